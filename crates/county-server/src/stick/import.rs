//! Reading a stick: each batch is one visit, as one push of the device that wrote the file would be.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use hall_core::Instant;
use hall_core::vocab::DeviceRole;
use hall_log::{Chain, Ledger};
use hall_sync::Trust;
use hall_sync::run::unpack;
use hall_sync::stick::{Batch, Header, Import, Part, Parts, StickError, Taken};
use hall_sync::trust::Reader;
use hall_sync::wire::{Limits, Payload, Request, Run};
use serde::Serialize;

use super::{request, words};
use crate::archive::{Archive, ArchiveError, Device, Visit};
use crate::county::{self, County, DEVICE, now};
use crate::exchange::{believing, concerns, is_ahead};

const ME: Reader = Reader { hall: county::HALL, role: DeviceRole::County };
/// Nothing is sent back, so as little as can be is read for it.
const NOTHING_BACK: Limits = Limits { ops: 1, bytes: 0 };

/// What became of a stick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    pub file: String,
    /// The hall whose it is, and who wrote it: `device.epoch`.
    pub hall: Option<u32>,
    pub from: Option<String>,
    pub batches: u64,
    /// Ops that are new here.
    pub ops: u64,
    /// Ops that were here.
    pub known: u64,
    /// Payloads of ops that were here without.
    pub payloads: u64,
    /// Certificates that are new here.
    pub certificates: u64,
    /// Batches that were not taken to their end.
    pub refused: u64,
    /// Ops that contradict the history here; they are kept aside.
    pub forks: u64,
    /// What was not taken and what to do about it; empty when the whole stick was good.
    pub problems: Vec<String>,
}

impl Imported {
    fn problem(&mut self, text: &str) {
        if !self.problems.iter().any(|known| known == text) {
            self.problems.push(text.to_owned());
        }
    }

    fn stopped(&mut self, why: &str) {
        match self.batches {
            0 => self.problem(why),
            batches => self.problem(&words::stopped_behind(batches, why)),
        }
    }
}

/// Why a stick is not read, or not further.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("the file cannot be opened")]
    NotFound(#[source] io::Error),
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Stick(#[from] StickError),
    #[error("the county wrote it itself")]
    Ours,
    #[error("the device that wrote it was revoked")]
    Revoked,
    #[error("a certificate is from the future: clock wrong")]
    ClockBehind,
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Takes what is good of the file at `path`; what was taken stands also when the archive fails.
pub async fn import(archive: &impl Archive, county: &County, path: &Path) -> Result<Imported, ArchiveError> {
    let mut imported = Imported { file: path.display().to_string(), ..Imported::default() };
    let read = read(archive, county, path, &mut imported).await;
    if let Err(stopped) = read {
        tracing::warn!(error = %stopped, "a stick is not read any further");
        match stopped {
            Stopped::NotFound(_) => imported.stopped(words::NOT_FOUND),
            Stopped::Io(_) => imported.stopped(words::NOT_READ),
            Stopped::Stick(error) => imported.stopped(words::unread(error)),
            Stopped::Ours => imported.stopped(words::OURS),
            Stopped::Revoked => imported.stopped(words::REVOKED),
            Stopped::ClockBehind => imported.stopped(words::CLOCK),
            Stopped::Archive(error) => return Err(error),
        }
    }
    tracing::info!(?imported, "a stick was read");
    Ok(imported)
}

async fn read(
    archive: &impl Archive,
    county: &County,
    path: &Path,
    imported: &mut Imported,
) -> Result<(), Stopped> {
    let mut stick = Stick::open(path)?;
    let Some(Part::Header(header)) = stick.next()? else { return Err(StickError::Malformed.into()) };
    let bearer = header.certificate.bearer;
    if bearer.role == DeviceRole::County {
        return Err(Stopped::Ours);
    }
    if header.hall != bearer.hall {
        return Err(StickError::Malformed.into());
    }
    let reading = Reading { archive, county, header: *header };
    reading.admitted(&archive.devices(bearer.hall).await?, now())?;
    imported.hall = Some(bearer.hall);
    imported.from = Some(format!("{}.{}", reading.header.from.device, reading.header.from.epoch));
    imported.certificates = reading.learn(Stick::open(path)?).await?;
    while let Some(part) = stick.next()? {
        if let Part::Batch(batch) = part {
            reading.batch(*batch, imported).await?;
        }
    }
    Ok(())
}

/// A stick whose writer is to be believed as far as a line to him would be opened.
struct Reading<'a, A> {
    archive: &'a A,
    county: &'a County,
    header: Header,
}

impl<A: Archive> Reading<'_, A> {
    fn hall(&self) -> u32 {
        self.header.hall
    }

    fn request(&self) -> Request {
        Request { limits: NOTHING_BACK, ..request(self.header.from, &self.header.certificate) }
    }

    fn trust(&self, devices: &[Device], now: Instant) -> Trust {
        let mut trust = believing(self.county, devices, now);
        // Halls bring back what the county wrote.
        let _its_own_root = trust.learn(&self.county.identity(now).certificate, now);
        // What it was told here is no news.
        trust.news();
        trust
    }

    /// Whoever is revoked brings nothing; a certificate that has expired or an epoch that has ended still says who
    /// wrote what.
    fn admitted(&self, devices: &[Device], now: Instant) -> Result<Import, Stopped> {
        let trust = self.trust(devices, now);
        let import = Import::begin(ME, &trust, &self.header, now)?;
        if is_ahead(&self.header.certificate.bearer, now) {
            return Err(Stopped::ClockBehind);
        }
        if trust.is_revoked(self.header.from.device) {
            return Err(Stopped::Revoked);
        }
        Ok(import)
    }

    /// Keeps the certificates of the whole file, for what one device says of another counts when both are known; how
    /// many are new. What stops the reading is told when the batches are read.
    async fn learn(&self, mut stick: Stick) -> Result<u64, Stopped> {
        let now = now();
        let mut visit = self.archive.visit(self.county, self.hall(), &self.request(), now).await?;
        let mut trust = self.trust(visit.devices(), now);
        let mut learn = |certificate: &_| {
            // A run of an author whose certificate is no good is refused with its batch.
            let _judged_with_its_run = trust.learn(certificate, now);
        };
        learn(&self.header.certificate);
        while let Ok(Some(part)) = stick.next() {
            let Part::Batch(batch) = part else { continue };
            batch.certificates.iter().filter(|other| concerns(other, self.hall())).for_each(&mut learn);
        }
        let mut learned = trust.news();
        learned.retain(|certificate| certificate.bearer.device != DEVICE);
        if !learned.is_empty() {
            visit.keep(&learned).await?;
        }
        visit.finish().await?;
        Ok(learned.len() as u64)
    }

    async fn batch(&self, batch: Batch, imported: &mut Imported) -> Result<(), Stopped> {
        let now = now();
        // Its certificates are kept already, those that concern the hall.
        let batch = Batch { certificates: Vec::new(), ..batch };
        let request = Request { push: vec![batch.run.clone()], seals: batch.seals.clone(), ..self.request() };
        let mut visit = self.archive.visit(self.county, self.hall(), &request, now).await?;
        let mut import = self.admitted(visit.devices(), now)?;
        let archive_error = |error| -> ArchiveError { Into::into(error) };
        let Taken { judged, known, .. } = import.batch(&batch, visit.ledger()).map_err(archive_error)?;
        let payloads = late(&batch.run, visit.ledger()).map_err(archive_error)?;
        imported.batches += 1;
        imported.known += known;
        if let Some((_, verdict)) = judged.refused.first() {
            imported.refused += 1;
            imported.problem(words::refused(*verdict));
        }
        let (ops, forks) = (judged.ops.len() as u64, judged.evidence.len() as u64);
        let completed = visit.import(judged, payloads).await?;
        visit.finish().await?;
        imported.ops += ops;
        imported.forks += forks;
        imported.payloads += completed as u64;
        Ok(())
    }
}

/// What a run says of ops that are here, when payloads are missing: the archive takes those that it misses.
fn late<L: Ledger>(run: &Run, ledger: &L) -> Result<Vec<Payload>, L::Error> {
    let end = ledger.head(run.series)?.seq;
    if run.first > end || ledger.missing(1)?.is_empty() {
        return Ok(Vec::new());
    }
    // A payload is what its op here says it is, whatever the run says of its place.
    let ops = unpack(run, Chain::origin(run.series.device, run.series.epoch)).unwrap_or_default();
    let here = ops.into_iter().take_while(|op| op.envelope.id.seq <= end);
    Ok(here.filter_map(|op| Some(Payload { op: op.envelope.id, bytes: op.payload? })).collect())
}

/// A file that is read piece by piece.
struct Stick {
    file: BufReader<File>,
    parts: Parts,
    buffer: Vec<u8>,
}

impl Stick {
    fn open(path: &Path) -> Result<Self, Stopped> {
        // Opening a pipe would wait for somebody to write into it.
        if !path.metadata().map_err(Stopped::NotFound)?.is_file() {
            return Err(StickError::NotOurs.into());
        }
        let file = File::open(path).map_err(Stopped::NotFound)?;
        Ok(Self { file: BufReader::new(file), parts: Parts::default(), buffer: Vec::new() })
    }

    /// The next part; `None` behind the last.
    fn next(&mut self) -> Result<Option<Part>, Stopped> {
        while let wanted @ 1.. = self.parts.wants() {
            self.buffer.clear();
            // Grows with what comes, not with what a header promises.
            self.file.by_ref().take(wanted as u64).read_to_end(&mut self.buffer)?;
            if let Some(part) = self.parts.take(&self.buffer)? {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }
}
