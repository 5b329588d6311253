//! Opening a store: who may, what is there, what has to be repaired first.
//!
//! Must never discard what was acknowledged: what cannot be used is renamed and reported.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use std::time::Duration;

use hall_core::fact::Holder;
use hall_core::{Instant, OpId};
use hall_log::Series;

use crate::certificates::Certificates;
use crate::config::{Probe, StoreConfig};
use crate::disk;
use crate::error::{IoError, KeysError, OpenError};
use crate::guard::{Guard, RollBack};
use crate::journal::{self, Expected, Header, Journal};
use crate::probe;
use crate::read::Identity;
use crate::recover::{self, Replay};
use crate::seal::Seal;
use crate::seals::Seals;
use crate::store::{Store, Writer, with_clock};
use crate::tables::{FORMAT_VERSION, Tables, TablesError};

/// Present while a store is open: found at the start, it says that the last run was cut short.
pub(crate) const OPEN_MARK: &str = "OPEN";
const REBUILD_MARK: &str = "REBUILD";
const LOCK_TRIES: u32 = 20;
const LOCK_WAIT: Duration = Duration::from_millis(10);
const CREATED: &str = "CREATED";
/// Bound of sled folders that are kept after they could not be used: what they held is in the rebuilt one, and
/// they are large.
const QUARANTINED_MAX: usize = 1;
/// Since this format the ops lie in sled as they do now, so that a lost journal can be written from them; what is folded
/// of them is another matter.
const OPS_AS_NOW: u32 = 2;

/// What opening a store found and did; the desk is told of all but a quiet opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// There was no store; now there is.
    pub created: bool,
    /// The last run did not close the store.
    pub cut_short: bool,
    pub rebuilt: Option<Rebuild>,
    /// Ops that sled lacked and the journal had.
    pub replayed: u64,
    pub torn: Option<TornTail>,
    pub journal_rewritten: Option<JournalRewrite>,
    /// The device's own series was shorter than it is known to have been: it writes in a new epoch now.
    pub rolled_back: Option<RollBack>,
    /// Erasures that an interrupted run had begun and this opening finished.
    pub erasures_finished: usize,
}

impl OpenReport {
    /// Whether somebody has to be told.
    pub fn is_quiet(&self) -> bool {
        self.rebuilt.is_none()
            && self.torn.is_none()
            && self.journal_rewritten.is_none()
            && self.rolled_back.is_none()
    }
}

/// sled was built anew from the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    pub reason: RebuildReason,
    /// Where the unusable folder is kept.
    pub quarantined: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RebuildReason {
    /// sled's folder is not there.
    Missing,
    /// sled did not open, or what it holds is not this store's.
    Unusable(String),
    /// sled failed while the store was open, or `verify` found it wrong.
    Marked(String),
    /// Another release wrote it.
    Format { found: Option<u32> },
}

/// An act was being written when the power went; it was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    pub bytes: u64,
    /// A copy of what was cut off.
    pub kept: PathBuf,
}

/// The journal had less than sled and was written anew from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRewrite {
    /// Ops that the new journal holds: all that sled had.
    pub ops: u64,
    /// Where the old segments are kept, if there were any.
    pub kept: Option<PathBuf>,
}

/// Where the mark for a rebuild is written, given sled's folder.
pub(crate) fn rebuild_mark(sled: &Path) -> PathBuf {
    sled.with_file_name(REBUILD_MARK)
}

impl Store {
    /// Opens the store in `config.data`, or creates it. `now` names what is put aside and sets the time floor.
    pub fn open(config: &StoreConfig, now: Instant) -> Result<(Self, OpenReport), OpenError> {
        disk::create_dir(&config.data)?;
        let lock = take_lock(&config.data)?;
        let seal = Seal::new(&config.keys.store);
        let mut report = OpenReport::default();
        let opening = Opening { config, seal: &seal, now, sled: config.data.join("sled") };
        let existing = opening.existing_identity()?;
        report.created = existing.is_none();
        let identity = existing.map_or_else(|| opening.create(), Ok)?;
        report.cut_short = config.data.join(OPEN_MARK).exists();
        let tables = opening.open_tables(identity, &mut report)?;
        let mut journal = opening.open_journal(identity, &tables, &mut report)?;
        let mut guard = Guard::read(&config.keys, now)?;
        let identity = opening.settle_epoch(identity, &tables, &mut guard, &mut report)?;
        journal.begin_epoch(identity.epoch)?;
        let store = opening.assemble(identity, tables, (journal, guard), lock, &mut report)?;
        prune_quarantine(&config.data)?;
        if !report.is_quiet() {
            tracing::warn!(?report, "the store was repaired");
        }
        Ok((store, report))
    }
}

fn take_lock(data: &Path) -> Result<File, OpenError> {
    let path = data.join("lock");
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    disk::private(&mut options);
    let file = options.open(&path).map_err(IoError::at(&path))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // A program that is just being started holds a copy of the lock for a moment.
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
            Err(TryLockError::Error(error)) => return Err(IoError::at(&path)(error).into()),
        }
    }
    Err(OpenError::AlreadyOpen)
}

struct Opening<'a> {
    config: &'a StoreConfig,
    seal: &'a Seal,
    now: Instant,
    sled: PathBuf,
}

impl Opening<'_> {
    /// Whose store is in the folder. The journal's header answers when the marker is gone: a lost marker must
    /// not look like an empty folder. It also knows better when it is on a medium of its own and only the data
    /// folder was put back to an earlier epoch.
    fn existing_identity(&self) -> Result<Option<Identity>, OpenError> {
        let journal = journal::newest_header(&self.config.journal_dir());
        let header = match (read_created(&self.config.data)?, journal) {
            (Some(created), Ok(Some(header))) if header.device == created.device => {
                Header { epoch: created.epoch.max(header.epoch), ..created }
            }
            (Some(created), _) => created,
            (None, Ok(Some(header))) if recover::has_frames(&self.config.journal_dir())? => header,
            (None, Err(error)) => return Err(error),
            (None, Ok(_)) => return Ok(None),
        };
        if header.fingerprint != self.seal.fingerprint() {
            return Err(OpenError::WrongKey);
        }
        if let Some(expected) = self.config.device.filter(|expected| *expected != header.device) {
            return Err(OpenError::OtherDevice { expected, found: header.device });
        }
        Ok(Some(Identity { device: header.device, epoch: header.epoch }))
    }

    /// Makes an empty store so that it is there whole or not at all: the marker comes last.
    fn create(&self) -> Result<Identity, OpenError> {
        let device = self.config.device.map_or_else(draw_number, Ok)?;
        let epoch = self.config.keys.begin_epoch(0).map_err(keys_failed)?;
        let identity = Identity { device, epoch };
        self.create_tables(identity)?;
        let dir = self.config.journal_dir();
        disk::create_dir(&dir)?;
        for (_, path) in journal::list(&dir)? {
            // Headers only, of a creation that was cut short.
            disk::remove_file(&path)?;
        }
        let header = self.header(identity, 1);
        Journal::create(&dir, header, self.config.segment_bytes)?;
        disk::write_durably(&self.config.data.join(CREATED), &created_text(&header))?;
        Ok(identity)
    }

    fn header(&self, identity: Identity, first: u64) -> Header {
        Header { device: identity.device, epoch: identity.epoch, first, fingerprint: self.seal.fingerprint() }
    }

    /// An empty sled, built beside its place and moved there when it is durable; where the folder is now that
    /// was there before.
    fn create_tables(&self, identity: Identity) -> Result<Option<PathBuf>, OpenError> {
        let building = self.config.data.join("creating");
        disk::remove_dir(&building)?;
        disk::create_dir(&building)?;
        let made =
            Tables::open(&building, &rebuild_mark(&self.sled), self.config.cache_bytes).and_then(|tables| {
                tables.set_identity(identity.device, identity.epoch).and_then(|()| tables.barrier())
            });
        made.map_err(|error| self.unusable_for_good(error))?;
        disk::sync_tree(&building)?;
        let aside = self.put_aside_sled()?;
        disk::rename(&building, &self.sled)?;
        Ok(aside)
    }

    /// sled cannot even begin with an empty folder: the disk is full, or an earlier panic broke it for this
    /// process.
    fn unusable_for_good(&self, error: TablesError) -> OpenError {
        let floor = self.config.free_floor_bytes;
        match disk::free_bytes(&self.config.data) {
            Ok(free) if free < floor => OpenError::DiskFull { free, floor },
            _ => match error {
                TablesError::Io(error) => OpenError::Io(error),
                _ => OpenError::RestartNeeded,
            },
        }
    }

    fn put_aside_sled(&self) -> Result<Option<PathBuf>, IoError> {
        if !self.sled.exists() {
            return Ok(None);
        }
        let aside = disk::free_name(&self.config.data, "corrupt", self.now.0);
        disk::rename(&self.sled, &aside)?;
        Ok(Some(aside))
    }

    fn open_tables(&self, identity: Identity, report: &mut OpenReport) -> Result<Tables, OpenError> {
        let mark = rebuild_mark(&self.sled);
        let reason = match fs::read_to_string(&mark) {
            Ok(text) => RebuildReason::Marked(text),
            Err(_) if !self.sled.join("db").exists() => RebuildReason::Missing,
            Err(_) => match self.try_tables(identity, report.cut_short) {
                Ok(tables) => return Ok(tables),
                Err(Unusable::For(reason)) => reason,
                Err(Unusable::Disk(error)) => return Err(error.into()),
                Err(Unusable::Newer { found }) => {
                    return Err(OpenError::Newer { found, known: FORMAT_VERSION });
                }
            },
        };
        let floor = self.config.free_floor_bytes;
        let free = disk::free_bytes(&self.config.data)?;
        if free < floor {
            // A full disk looks like corruption to sled; a rebuild needs room in any case.
            return Err(OpenError::DiskFull { free, floor });
        }
        if !recover::has_segments(&self.config.journal_dir())? {
            if !matches!(reason, RebuildReason::Format { found: Some(OPS_AS_NOW..) }) {
                return Err(OpenError::Lost);
            }
            let tables = Tables::open(&self.sled, &mark, self.config.cache_bytes);
            let tables = tables.map_err(|error| self.unusable_for_good(error))?;
            disk::create_dir(&self.config.journal_dir())?;
            self.rewrite_journal(identity, &tables, report)?;
        }
        let quarantined = self.create_tables(identity)?;
        report.rebuilt = Some(Rebuild { reason, quarantined });
        disk::remove_file(&mark)?;
        let cache = self.config.cache_bytes;
        Tables::open(&self.sled, &mark, cache).map_err(|error| self.unusable_for_good(error))
    }

    fn try_tables(&self, identity: Identity, cut_short: bool) -> Result<Tables, Unusable> {
        if let Probe::Child { executable, arguments } = &self.config.probe
            && cut_short
            && probe::by_child(executable, arguments, &self.sled) == Some(false)
        {
            return Err(Unusable::For(RebuildReason::Unusable("the probe could not open sled".to_owned())));
        }
        let mark = rebuild_mark(&self.sled);
        let tables = Tables::open(&self.sled, &mark, self.config.cache_bytes)?;
        match tables.format()? {
            Some(FORMAT_VERSION) => {}
            Some(found) if found > FORMAT_VERSION => return Err(Unusable::Newer { found }),
            found => return Err(Unusable::For(RebuildReason::Format { found })),
        }
        // One that a new epoch began behind is brought forward.
        let ours = |(device, epoch)| device == identity.device && epoch <= identity.epoch;
        if tables.identity()?.is_some_and(ours) {
            Ok(tables)
        } else {
            Err(Unusable::For(RebuildReason::Unusable("sled holds another series".to_owned())))
        }
    }

    /// Brings sled and the journal to the same ops, whichever has more.
    fn open_journal(
        &self,
        identity: Identity,
        tables: &Tables,
        report: &mut OpenReport,
    ) -> Result<Journal, OpenError> {
        let dir = self.config.journal_dir();
        disk::create_dir(&dir)?;
        let known = tables.arrivals().map_err(recover::sled_failed)?;
        if recover::rewrite_begun(&dir) || !recover::has_segments(&dir)? {
            return self.rewrite_journal(identity, tables, report);
        }
        let expected = Expected {
            identity: (identity.device, identity.epoch),
            fingerprint: self.seal.fingerprint(),
            segment_bytes: self.config.segment_bytes,
        };
        let mut replay = Replay::new(tables, self.seal, known, &dir);
        let opened = Journal::open(&dir, expected, known, self.now.0, |ops| replay.add(ops));
        let (journal, tail) = match opened {
            Err(OpenError::JournalDamaged { .. })
                if self.config.repair_journal && report.rebuilt.is_none() =>
            {
                drop(replay);
                return self.rewrite_journal(identity, tables, report);
            }
            opened => opened?,
        };
        report.replayed = replay.finish()?;
        report.torn = tail.torn.map(|(bytes, kept)| TornTail { bytes, kept });
        if journal.arrivals() < known {
            return self.rewrite_journal(identity, tables, report);
        }
        Ok(journal)
    }

    fn rewrite_journal(
        &self,
        identity: Identity,
        tables: &Tables,
        report: &mut OpenReport,
    ) -> Result<Journal, OpenError> {
        let dir = self.config.journal_dir();
        let header = self.header(identity, 1);
        let (journal, rewritten) =
            recover::rewrite_journal(&dir, tables, header, self.config.segment_bytes, self.now.0)?;
        report.journal_rewritten = Some(rewritten);
        Ok(journal)
    }

    /// The epoch in which the device goes on: another than before when its own series lacks what it is known to
    /// have had, or when it was told so.
    fn settle_epoch(
        &self,
        identity: Identity,
        tables: &Tables,
        guard: &mut Guard,
        report: &mut OpenReport,
    ) -> Result<Identity, OpenError> {
        let Identity { device, epoch } = identity;
        let own = tables.head(device, epoch).map_err(recover::sled_failed)?;
        let here = OpId::new(device, epoch, own.seq);
        report.rolled_back = guard.contradicts(here);
        let leaves = report.rolled_back.is_some() || (self.config.new_epoch.is_some() && !report.created);
        let mut settled = identity;
        if leaves {
            let heads = tables.heads().map_err(recover::sled_failed)?;
            let mine = heads.iter().filter(|head| head.0 == device).map(|head| head.1);
            let beyond = mine.chain(self.config.new_epoch).max().unwrap_or(0);
            settled.epoch = self.config.keys.begin_epoch(beyond).map_err(keys_failed)?;
            // From here on the marker decides; what the journal and sled say of the epoch follows it.
            let marker = created_text(&self.header(settled, 1));
            disk::write_durably(&self.config.data.join(CREATED), &marker)?;
            guard.write(OpId::new(device, settled.epoch, 0))?;
        } else if let Err(error) = guard.write(here) {
            tracing::warn!(%error, "the guard against roll-backs could not be written");
        }
        if tables.identity().map_err(recover::sled_failed)? != Some((device, settled.epoch)) {
            tables.set_epoch(device, settled.epoch).map_err(recover::sled_failed)?;
        }
        Ok(settled)
    }

    fn assemble(
        &self,
        identity: Identity,
        tables: Tables,
        (journal, guard): (Journal, Guard),
        lock: File,
        report: &mut OpenReport,
    ) -> Result<Store, OpenError> {
        let data = &self.config.data;
        let created = data.join(CREATED);
        if !created.exists() {
            disk::write_durably(&created, &created_text(&self.header(identity, 1)))?;
        }
        if report.rebuilt.is_some() {
            tables.barrier().map_err(recover::sled_failed)?;
        }
        let boot = tables.boot().map_err(recover::sled_failed)?.unwrap_or_default().max(self.now);
        tables.set_boot(boot).map_err(recover::sled_failed)?;
        let heads = tables.heads().map_err(recover::sled_failed)?;
        let own = tables.head(identity.device, identity.epoch).map_err(recover::sled_failed)?;
        let clock = crate::import::clock(&heads, identity, own.hlc, boot);
        let ends = heads
            .iter()
            .map(|(device, epoch, head)| (Holder { device: *device, epoch: *epoch }, head.seq))
            .collect();
        let series = with_clock(Series::resume(identity.device, identity.epoch, own), clock);
        let store = Store {
            tables,
            seal: Seal::new(&self.config.keys.store),
            identity,
            writer: Mutex::new(Writer { journal, series, guard }),
            data: data.clone(),
            journal_dir: self.config.journal_dir(),
            free_floor: self.config.free_floor_bytes,
            role: self.config.role,
            erasing: Mutex::new(()),
            seals: Mutex::new(Seals::open(&self.config.journal_dir(), &ends)?),
            certificates: Mutex::new(Certificates::open(&self.config.journal_dir())?),
            last_boot: Mutex::new(boot),
            closed: AtomicBool::new(false),
            _lock: lock,
        };
        report.erasures_finished = store.finish_erasures()?;
        disk::write_durably(&data.join(OPEN_MARK), b"")?;
        Ok(store)
    }
}

enum Unusable {
    For(RebuildReason),
    Newer {
        found: u32,
    },
    /// The disk failed; what sled holds may be good.
    Disk(IoError),
}

impl From<TablesError> for Unusable {
    fn from(error: TablesError) -> Self {
        match error {
            TablesError::Io(error) => Self::Disk(error),
            other => Self::For(RebuildReason::Unusable(other.to_string())),
        }
    }
}

/// A number for a machine that nobody gave one: from the upper half of all numbers, the lower one is the county's to
/// give. Two machines of one hall draw the same once in a hundred million halls, and enrolment then refuses it.
fn draw_number() -> Result<u32, OpenError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| keys_failed(KeysError::Random(error)))?;
    Ok(u32::from_be_bytes(bytes) | 1 << 31)
}

fn keys_failed(error: KeysError) -> OpenError {
    OpenError::Keys(Box::new(error))
}

fn created_text(header: &Header) -> Vec<u8> {
    let fingerprint = u64::from_be_bytes(header.fingerprint);
    let Header { device, epoch, .. } = header;
    format!("linggong store 1\ndevice {device}\nepoch {epoch}\nkey {fingerprint:016x}\n").into_bytes()
}

/// The marker says what the journal's headers say. One that cannot be read is treated as lost: they answer.
fn read_created(data: &Path) -> Result<Option<Header>, OpenError> {
    let path = data.join(CREATED);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Ok(None),
        Err(error) => return Err(IoError::at(&path)(error).into()),
    };
    let mut lines = text.lines();
    let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
    let version = field("linggong store").and_then(|text| text.parse::<u32>().ok());
    if let Some(found) = version.filter(|found| *found > 1) {
        return Err(OpenError::Newer { found, known: 1 });
    }
    let mut parsed = || {
        version?;
        let device = field("device")?.parse().ok()?;
        let epoch = field("epoch")?.parse().ok()?;
        let fingerprint = u64::from_str_radix(field("key")?, 16).ok()?.to_be_bytes();
        Some(Header { device, epoch, first: 1, fingerprint })
    };
    Ok(parsed())
}

fn prune_quarantine(data: &Path) -> Result<(), IoError> {
    let kept = disk::names_with(data, "corrupt.")?;
    for path in kept.iter().rev().skip(QUARANTINED_MAX) {
        disk::remove_dir(path)?;
    }
    Ok(())
}
