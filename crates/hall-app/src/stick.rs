//! Carrying the log by hand, for halls without a line: writing a stick, reading one.
//!
//! What a stick holds and what is believed of it is decided in hall-sync; here are the files, the store and the
//! sentences. A stick is read and written batch by batch, so its length does not matter.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use hall_core::vocab::DeviceRole;
use hall_store::{ImportError, IoError, ReadError, Received, write_pieces};
use hall_sync::event::{Fence, Identity};
use hall_sync::stick::{Export, ExportError, Header, Import, Part, Parts, StickError, Taken};
use hall_sync::trust::Reader;
use hall_sync::wire::Verdict;
use serde::Serialize;

use crate::error::{AppError, Code};
use crate::errors::bad_field;
use crate::exchange::{fenced, name_of};
use crate::hall::Hall;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Who may read all of it.
    pub reader: DeviceRole,
    pub batches: u64,
    pub ops: u64,
    pub bytes: u64,
    /// What is not in it and what to do about it; empty when everything is.
    pub problems: Vec<String>,
}

/// What became of a stick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Who wrote it: `device.epoch`.
    pub from: String,
    /// What the hall calls that machine.
    pub name: String,
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
    /// It holds ops of this device that are not here: the data of this device is an older one.
    pub rolled_back: bool,
    /// What was not taken and what to do about it; empty when the whole stick was good.
    pub problems: Vec<String>,
}

impl Imported {
    fn begin(header: &Header) -> Self {
        Self {
            from: format!("{}.{}", header.from.device, header.from.epoch),
            name: String::new(),
            batches: 0,
            ops: 0,
            known: 0,
            payloads: 0,
            certificates: 0,
            refused: 0,
            forks: 0,
            rolled_back: false,
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, text: &str) {
        if !self.problems.iter().any(|known| known == text) {
            self.problems.push(text.to_owned());
        }
    }
}

impl Hall {
    /// Writes everything that a reader of this role may have to the file at `path`; what was there before stays until
    /// the new file is durable.
    pub fn export(&self, path: &Path, role: DeviceRole) -> Result<Exported, AppError> {
        let certificate = self.enrolment().certificate;
        let reader = Reader { hall: certificate.bearer.hall, role };
        let identity = Identity { me: self.me, certificate, key: self.signing.clone() };
        let trust = self.exchange().trust().clone();
        let mut export =
            Export::begin(identity, &trust, reader, self.machine_now()).map_err(|_| not_enrolled())?;
        let mut bytes = 0;
        let pieces = std::iter::from_fn(|| {
            let piece = export.next(&self.store).map_err(WriteError::Export).transpose()?;
            Some(piece.inspect(|piece| bytes += piece.len() as u64))
        });
        write_pieces(path, pieces)?;
        let written = export.written();
        let left_out = export.left_out(&self.store)?;
        tracing::info!(?role, ?written, bytes, ?left_out, "a stick was written");
        let problem = || {
            let count = left_out.len();
            format!(
                "有 {count} 组记录没有写进去：本机没有写它们的机器的证书，别人没法核对。请在那些机器上各导出一次"
            )
        };
        let problems = if left_out.is_empty() { Vec::new() } else { vec![problem()] };
        Ok(Exported { reader: role, batches: written.batches, ops: written.ops, bytes, problems })
    }

    /// Takes what is good of the file at `path`. Once more, or another one first, makes no difference.
    pub fn import(&self, path: &Path) -> Result<Imported, AppError> {
        self.import_from(open(path)?)
    }

    /// The same of a file that somebody else opened.
    pub(crate) fn import_from(&self, file: impl Read) -> Result<Imported, AppError> {
        let bearer = self.enrolment().certificate.bearer;
        let me = Reader { hall: bearer.hall, role: bearer.role };
        let here = self.store.head()?.seq;
        let mut stick = Stick::new(file);
        let Some(Part::Header(header)) = stick.next().map_err(|error| error.refusal())? else {
            return Err(sentence(StickError::Malformed));
        };
        let mut trust = self.exchange().trust().clone();
        // What the exchange has yet to tell did not come on the stick.
        let _told_by_the_exchange = trust.news();
        let mut import = Import::begin(me, &trust, &header, self.machine_now()).map_err(sentence)?;
        let mut imported = Imported::begin(&header);
        let read = self.batches(&mut stick, &mut import, &mut imported);
        // Also what came before a failure is to be seen. The whole stick at once: entity by entity, a long one would
        // end up in memory.
        let mut inner = self.inner();
        if imported.forks > 0 {
            Self::notice(&mut inner, refused(Verdict::Fork).to_owned());
        }
        if imported.ops + imported.payloads > 0 {
            self.read_anew(&mut inner)?;
        }
        imported.name = name_of(&inner.live, header.from.device);
        drop(inner);
        if imported.rolled_back {
            fenced(self, Fence::RolledBack { here, there: here + 1 }, self.me.epoch);
        }
        self.tell();
        read?;
        tracing::info!(?imported, "a stick was read");
        Ok(imported)
    }

    fn batches(
        &self,
        stick: &mut Stick<impl Read>,
        import: &mut Import,
        imported: &mut Imported,
    ) -> Result<(), AppError> {
        loop {
            match stick.next() {
                Ok(Some(Part::Batch(batch))) => {
                    let taken = import.batch(&batch, &self.store)?;
                    if !taken.learned.is_empty() {
                        // Before their ops: without its author's certificate, a series cannot be passed on.
                        self.exchange().believe(self, &taken.learned);
                    }
                    self.keep(taken, imported)?;
                }
                Ok(Some(Part::Header(_) | Part::End(_))) => {}
                Ok(None) => return Ok(()),
                Err(error) => {
                    let sentence = error.refusal().message;
                    imported.problem(&format!("前面完好的 {} 段已经收下。{sentence}", imported.batches));
                    return Ok(());
                }
            }
        }
    }

    /// Makes durable what is good of a batch.
    fn keep(&self, taken: Taken, imported: &mut Imported) -> Result<(), AppError> {
        let Taken { learned, judged, payloads, known } = taken;
        let received = Received {
            ops: judged.ops,
            seals: judged.seals,
            evidence: judged.evidence,
            payloads: payloads.into_iter().map(|payload| (payload.op, payload.bytes)).collect(),
        };
        let report = self.store.receive(self.machine_now(), received)?;
        imported.batches += 1;
        imported.certificates += learned.len() as u64;
        imported.ops += report.applied.len() as u64;
        imported.known += known;
        imported.payloads += report.completed.len() as u64;
        imported.forks += report.forks.len() as u64;
        if let Some((_, verdict)) = judged.refused.first() {
            imported.refused += 1;
            imported.problem(refused(*verdict));
        }
        if !report.ahead_of_us.is_empty() {
            imported.rolled_back = true;
            imported.problem(ROLLED_BACK);
        }
        Ok(())
    }
}

fn open(path: &Path) -> Result<BufReader<File>, AppError> {
    let not_found = |error: io::Error| {
        tracing::warn!(%error, "a stick cannot be opened");
        bad_field("打不开这个文件，请核对文件名，看 U 盘插好没有")
    };
    // Opening a pipe would wait for somebody to write into it.
    if !path.metadata().map_err(not_found)?.is_file() {
        return Err(sentence(StickError::NotOurs));
    }
    Ok(BufReader::new(File::open(path).map_err(not_found)?))
}

/// A file that is read piece by piece.
struct Stick<R> {
    file: R,
    parts: Parts,
    buffer: Vec<u8>,
}

impl<R: Read> Stick<R> {
    fn new(file: R) -> Self {
        Self { file, parts: Parts::default(), buffer: Vec::new() }
    }

    /// The next part; `None` behind the last.
    fn next(&mut self) -> Result<Option<Part>, StopError> {
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

/// What stopped the reading of a stick.
#[derive(Debug, thiserror::Error)]
enum StopError {
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Stick(#[from] StickError),
}

impl StopError {
    /// The sentence for people.
    fn refusal(&self) -> AppError {
        tracing::warn!(error = %self, "a stick is not read any further");
        match self {
            Self::Io(_) => {
                AppError::new(Code::Storage, "U 盘上的文件读不出来，请把 U 盘插好或换一个，再导入一次")
                    .retryable()
            }
            Self::Stick(error) => sentence(*error),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Io(#[from] IoError),
    #[error(transparent)]
    Export(ExportError<ReadError>),
}

impl From<WriteError> for AppError {
    fn from(error: WriteError) -> Self {
        tracing::error!(%error, "a stick was not written");
        match error {
            WriteError::Io(error) if error.is_full() => {
                Self::new(Code::DiskFull, "U 盘或磁盘满了，没有导出。请腾出空间或换一个 U 盘，再导出一次")
                    .retryable()
            }
            WriteError::Io(_) => Self::new(
                Code::Storage,
                "文件写不进去，没有导出。请看 U 盘插好没有、是不是写保护，或换一个地方再导出一次",
            )
            .retryable(),
            WriteError::Export(ExportError::Ledger(error)) => error.into(),
            WriteError::Export(ExportError::TooLarge(_)) => {
                Self::new(Code::Internal, "有一段记录太大，没有导出。请联系维护人员，数据都在")
            }
        }
    }
}

impl From<ImportError> for AppError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Commit(error) => error.into(),
            ImportError::Read(error) => error.into(),
            ImportError::Io(error) => {
                tracing::error!(%error, "what a stick brought beside the ops cannot be kept");
                Self::new(Code::Storage, "本机存储写不进去，没有收完。请重启本机再导入一次").retryable()
            }
        }
    }
}

const ROLLED_BACK: &str = "U 盘里有本机自己后来办的记录，本机却没有：本机数据是旧的一份（像是用备份恢复的，或被复制过）。程序要重新打开才能接着办事，请告诉维护人员";

fn not_enrolled() -> AppError {
    AppError::new(Code::NotSetUp, "本机还没有登记，U 盘文件别人不会认。请先登记本机，再导出")
}

/// What is wrong with the file, and what to do.
fn sentence(error: StickError) -> AppError {
    bad_field(match error {
        StickError::NotOurs => "这不是零工大厅导出的文件（.lgb），请另选一个文件".to_owned(),
        StickError::Version(_) => {
            "这个文件是新版本的程序导出的，本机读不了。请先升级本机的程序，再导入一次".to_owned()
        }
        StickError::CutOff => {
            "文件不完整，像是没写完就拔了 U 盘。请在原来的机器上重新导出，再导入一次".to_owned()
        }
        StickError::Damaged => {
            "文件坏了，后面的没有收。请在原来的机器上重新导出（或换一个 U 盘），再导入一次".to_owned()
        }
        StickError::Malformed => {
            "文件里有本机认不出的内容，后面的没有收。请升级本机的程序，或在原来的机器上重新导出".to_owned()
        }
        StickError::OtherHall { found } => {
            format!("这是别的大厅（编号 {found}）的文件，不能导入本厅。请核对是不是拿错了 U 盘")
        }
        StickError::Stranger => {
            "导出这个文件的机器没有登记过，不能导入。请先在本厅或县级平台登记那台机器".to_owned()
        }
    })
}

/// Why a batch was not taken to its end, and what to do.
fn refused(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Gap => "有的记录前面缺了一段，没有收。请先导入更早的那个 U 盘文件，再导入一次",
        Verdict::Unsealed => "有的记录签名对不上，没有收。请在写这些记录的机器上重新导出，再导入一次",
        Verdict::Foreign => "有的记录是没有登记的机器或别的大厅写的，没有收。请先登记那台机器，再导入一次",
        Verdict::Forbidden => {
            "有一台自助机写了只有服务台才能写的记录，从那里起没有收。那台机器可能被人动过，请停用它并告诉维护人员"
        }
        Verdict::Malformed => "有的记录读不出来，没有收。请升级本机的程序，或在原来的机器上重新导出",
        Verdict::Fork => {
            "同一台机器有两份不同的记录（像是被复制或恢复过），和本机不同的那份没有收，已另存。请联系维护人员核对"
        }
    }
}
