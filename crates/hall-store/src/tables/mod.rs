//! sled, and everything that knows it: trees, keys, values, transactions.
//!
//! Keys are big-endian so that byte order is the order that readers ask for; neighbours share a value (see
//! `leaf`). Every call into sled goes
//! through [`Tables::run`], because sled answers some corruption with a panic: after the first one nothing
//! more is asked of it, and the next start rebuilds.
//!
//! Must never hold anything that the journal could not bring back.

mod change;
mod leaf;
mod named;
mod rows;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sled::{Db, Mode, Tree};

use crate::disk;
use crate::error::{IoError, ReadError};
pub(crate) use change::{Change, missing_key};

/// The trees, in the order of [`Tables::trees`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// op -> chain ‖ envelope.
    Ops,
    /// op -> sealed payload; nothing where it was erased. An op without a row never had one here.
    Payloads,
    /// scope ‖ op -> nothing: the ops whose payload never came.
    Missing,
    /// 1 ‖ worker -> nothing: the workers that the log erases. 2 ‖ worker: those of whom something may be left.
    Erased,
    /// entity ‖ hlc ‖ op -> nothing: the ops of an entity in the order of the fold.
    ByEntity,
    /// entity -> sealed (hlc ‖ op ‖ state): the state and the op it was last folded with.
    States,
    /// key ‖ entity -> nothing.
    Index,
    /// device ‖ epoch -> seq ‖ chain ‖ hlc.
    Heads,
    /// name -> value.
    Meta,
}

/// Rows of a table, in the order of their keys.
pub(crate) type Rows = Vec<(Vec<u8>, Vec<u8>)>;

pub(crate) const TABLES: [Table; 9] = [
    Table::Ops,
    Table::Payloads,
    Table::Missing,
    Table::Erased,
    Table::ByEntity,
    Table::States,
    Table::Index,
    Table::Heads,
    Table::Meta,
];
const TREES: [&str; TABLES.len()] =
    ["ops", "payloads", "missing", "erased", "by_entity", "states", "index", "heads", "meta"];

const LOCK_WAIT: Duration = Duration::from_millis(10);
/// Ten seconds: sled's threads may be waiting for a slow disk.
const LOCK_WAITS_MAX: u32 = 1000;

const FORMAT: &[u8] = b"format";
const IDENTITY: &[u8] = b"identity";
const ARRIVALS: &[u8] = b"arrivals";
const BOOT: &[u8] = b"boot";

/// Raised when a table changes its shape or a fold its result: the next start then rebuilds from the
/// journal.
pub const FORMAT_VERSION: u32 = 7;

/// sled does what it should not; nothing more is asked of it.
#[derive(Debug)]
pub(crate) enum TablesError {
    Sled(String),
    /// A panic, which may have broken sled for the whole process.
    Panic,
    Io(IoError),
    /// What a value says cannot be.
    Malformed(&'static str),
    /// Shut off after an earlier failure.
    ShutOff,
}

impl std::fmt::Display for TablesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sled(text) => write!(f, "sled: {text}"),
            Self::Panic => f.write_str("sled panicked"),
            Self::Io(error) => write!(f, "{error}: {}", error.source),
            Self::Malformed(what) => write!(f, "{what}"),
            Self::ShutOff => f.write_str("shut off after an earlier failure"),
        }
    }
}

impl From<TablesError> for ReadError {
    fn from(error: TablesError) -> Self {
        match error {
            TablesError::ShutOff => Self::ReopenNeeded,
            other => Self::Damaged(other.to_string()),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Tables {
    db: Db,
    trees: [Tree; TREES.len()],
    dir: PathBuf,
    /// Our own handle to sled's file: syncing goes by file, not by handle, and sled's flush does not sync.
    file: File,
    shut_off: AtomicBool,
    /// A change is planned against what is there, so only one is planned at a time.
    applying: Mutex<()>,
    /// Written when sled must not be trusted again; the next start finds it.
    marker: PathBuf,
}

fn catch<T>(dir: &Path, f: impl FnOnce() -> sled::Result<T>) -> Result<T, TablesError> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(error))) if is_the_disk(&error) => {
            Err(TablesError::Io(IoError::at(dir)(error)))
        }
        Ok(Err(error)) => Err(TablesError::Sled(error.to_string())),
        Err(_) => Err(TablesError::Panic),
    }
}

/// Failures that say nothing about what sled's files hold. sled reports some corruption as an IO error too.
fn is_the_disk(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{
        FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    matches!(error.kind(), FileTooLarge | PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull)
}

/// sled locks its file, and its threads let go of it only some time after the last handle is dropped. Nobody
/// else can hold the lock: the store has one of its own, taken before.
fn open_unlocked(config: &sled::Config) -> sled::Result<Db> {
    let mut waits = 0;
    loop {
        match config.open() {
            Err(sled::Error::Io(error)) if is_locked(&error) && waits < LOCK_WAITS_MAX => {
                waits += 1;
                std::thread::sleep(LOCK_WAIT);
            }
            Err(sled::Error::Io(error)) if is_locked(&error) => {
                return Err(sled::Error::Io(std::io::Error::new(
                    std::io::ErrorKind::PermissionDenied,
                    error,
                )));
            }
            done => return done,
        }
    }
}

/// sled wraps the failure, so only its words tell.
fn is_locked(error: &std::io::Error) -> bool {
    error.to_string().starts_with("could not acquire lock")
}

fn config(dir: &Path, cache_bytes: u64) -> sled::Config {
    sled::Config::default()
        .path(dir)
        .mode(Mode::LowSpace)
        .cache_capacity(cache_bytes)
        .flush_every_ms(Some(500))
        .use_compression(false)
}

impl Tables {
    /// Opens sled in `dir`: removes what an interrupted snapshot left, and makes durable what opening wrote.
    pub(crate) fn open(dir: &Path, marker: &Path, cache_bytes: u64) -> Result<Self, TablesError> {
        remove_unfinished_snapshots(dir).map_err(TablesError::Io)?;
        let (db, trees) = catch(dir, || {
            let db = open_unlocked(&config(dir, cache_bytes))?;
            let mut trees = Vec::with_capacity(TREES.len());
            for name in TREES {
                trees.push(db.open_tree(name)?);
            }
            Ok((db, trees))
        })?;
        let trees = trees.try_into().map_err(|_| TablesError::Malformed("a tree is missing"))?;
        let path = dir.join("db");
        let file = File::open(&path).map_err(IoError::at(&path)).map_err(TablesError::Io)?;
        // Opening writes a snapshot and, the first time, the configuration; sled syncs neither.
        for name in ["conf", "db"] {
            disk::sync_file(&dir.join(name)).map_err(TablesError::Io)?;
        }
        disk::sync_dir(dir).map_err(TablesError::Io)?;
        let (shut_off, applying) = (AtomicBool::new(false), Mutex::new(()));
        Ok(Self { db, trees, dir: dir.to_owned(), file, shut_off, applying, marker: marker.to_owned() })
    }

    /// The one way into sled. Any failure is final: sled's own answer to it would be to go on.
    fn run<T>(&self, f: impl FnOnce(&Self) -> sled::Result<T>) -> Result<T, TablesError> {
        if self.shut_off.load(Ordering::Acquire) {
            return Err(TablesError::ShutOff);
        }
        catch(&self.dir, || f(self)).inspect_err(|error| self.shut_off(error))
    }

    /// Nothing more will be asked of sled, and the next start rebuilds it.
    pub(crate) fn shut_off(&self, why: &TablesError) {
        if self.shut_off.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::error!(%why, "the store is shut off until it is opened again");
        // A disk that failed says nothing against what sled has written: it only has to catch up.
        if !matches!(why, TablesError::Io(_)) {
            self.mark_for_rebuild(&why.to_string());
        }
    }

    /// The next start builds sled anew from the journal.
    pub(crate) fn mark_for_rebuild(&self, why: &str) {
        if let Err(error) = disk::write_durably(&self.marker, why.as_bytes()) {
            // The next start then finds out by itself, when it opens sled.
            tracing::error!(%error, "the mark for the rebuild could not be written");
        }
    }

    pub(crate) fn is_shut_off(&self) -> bool {
        self.shut_off.load(Ordering::Acquire)
    }

    fn malformed<T>(&self, what: &'static str) -> Result<T, TablesError> {
        let error = TablesError::Malformed(what);
        self.shut_off(&error);
        Err(error)
    }

    fn tree(&self, table: Table) -> &Tree {
        &self.trees[table as usize]
    }

    /// Makes everything applied so far survive a power cut.
    pub(crate) fn barrier(&self) -> Result<(), TablesError> {
        self.run(|tables| tables.db.flush())?;
        let path = self.dir.join("db");
        self.file.sync_all().map_err(IoError::at(&path)).map_err(TablesError::Io)?;
        disk::sync_dir(&self.dir).map_err(TablesError::Io)
    }
}

/// sled would take an unfinished snapshot for the newest one and never open again.
fn remove_unfinished_snapshots(dir: &Path) -> Result<(), IoError> {
    if !dir.is_dir() {
        return Ok(());
    }
    for path in disk::names_with(dir, "snap.")? {
        if path.extension().is_some_and(|extension| extension == "generating") {
            tracing::warn!(path = %path.display(), "removing an unfinished snapshot");
            disk::remove_file(&path)?;
        }
    }
    Ok(())
}
