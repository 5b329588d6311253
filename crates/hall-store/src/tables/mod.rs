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

use std::fs::File;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hall_core::{EntityId, Hlc, Instant, OpId};
use hall_log::{Chain, Envelope, Head};
use sled::{Batch, Db, IVec, Mode, Transactional, Tree};

use crate::disk;
use crate::error::{IoError, ReadError};
pub(crate) use change::{Change, series_key};
use leaf::LEFTMOST;

/// The trees, in the order of [`Tables::trees`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// op -> chain ‖ envelope.
    Ops,
    /// op -> sealed payload.
    Payloads,
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

const TABLES: [Table; 7] =
    [Table::Ops, Table::Payloads, Table::ByEntity, Table::States, Table::Index, Table::Heads, Table::Meta];
const TREES: [&str; TABLES.len()] = ["ops", "payloads", "by_entity", "states", "index", "heads", "meta"];

const LOCK_WAIT: Duration = Duration::from_millis(10);
/// Ten seconds: sled's threads may be waiting for a slow disk.
const LOCK_WAITS_MAX: u32 = 1000;

const FORMAT: &[u8] = b"format";
const IDENTITY: &[u8] = b"identity";
const ARRIVALS: &[u8] = b"arrivals";
const BOOT: &[u8] = b"boot";

/// Raised when a table changes its shape or a fold its result: the next start then rebuilds from the
/// journal.
pub(crate) const FORMAT_VERSION: u32 = 1;

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

    /// The leaf that holds `key` if any does.
    fn leaf_for(&self, table: Table, key: &[u8]) -> Result<Option<(IVec, IVec)>, TablesError> {
        self.run(|tables| tables.tree(table).range::<&[u8], _>(..=key).next_back().transpose())
    }

    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TablesError> {
        match self.leaf_for(table, key)? {
            None => Ok(None),
            Some((_, bytes)) => {
                leaf::find(&bytes, key).map_or_else(|| self.malformed("a leaf does not decode"), Ok)
            }
        }
    }

    /// Up to `limit` rows with `from <= key < to`.
    pub(crate) fn range(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, TablesError> {
        self.rows(table, Bound::Included(from), Some(to), limit)
    }

    /// Up to `limit` rows after the key `after`, or from the start.
    pub(crate) fn page(&self, table: Table, after: Option<&[u8]>, limit: usize) -> Result<Rows, TablesError> {
        self.rows(table, after.map_or(Bound::Included(LEFTMOST), Bound::Excluded), None, limit)
    }

    fn rows(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Rows, TablesError> {
        let (Bound::Included(first) | Bound::Excluded(first)) = from else { return Ok(Rows::new()) };
        let begin = self.leaf_for(table, first)?.map_or_else(|| first.into(), |(key, _)| key);
        let mut rows = Rows::new();
        if to.is_some_and(|to| first >= to) || limit == 0 {
            return Ok(rows);
        }
        let leaves = self.run(|tables| {
            let mut leaves = Vec::new();
            let mut entries = 0;
            for leaf in tables.tree(table).range::<IVec, _>(begin..) {
                let (key, bytes) = leaf?;
                // A leaf has at least one entry, and the first one may have none that is asked for.
                if to.is_some_and(|to| &*key >= to) || entries > limit {
                    break;
                }
                let leaf = leaf::decode(&bytes);
                entries +=
                    leaf.as_ref().map_or(0, |leaf| leaf.iter().filter(|(key, _)| **key >= *first).count());
                leaves.push(leaf);
            }
            Ok(leaves)
        })?;
        for leaf in leaves {
            let Some(leaf) = leaf else { return self.malformed("a leaf does not decode") };
            for (key, value) in leaf {
                let asked = match from {
                    Bound::Excluded(from) => &*key > from,
                    _ => &*key >= first,
                } && to.is_none_or(|to| &*key < to);
                // A leaf that was split while it was being read shows its second half twice.
                let again = rows.last().is_some_and(|(last, _)| *last >= key);
                if asked && !again && rows.len() < limit {
                    rows.push((key, value));
                }
            }
        }
        Ok(rows)
    }

    /// Applies all of `change` or none of it.
    pub(crate) fn apply(&self, change: &Change) -> Result<(), TablesError> {
        let _one = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batches: [Batch; TREES.len()] = Default::default();
        for (table, batch) in TABLES.into_iter().zip(&mut batches) {
            self.plan(table, &change.edits[table as usize], batch)?;
        }
        self.run(|tables| {
            tables
                .trees
                .transaction(|trees| {
                    for (tree, batch) in trees.iter().zip(&batches) {
                        tree.apply_batch(batch)?;
                    }
                    Ok(())
                })
                .map_err(|error| match error {
                    sled::transaction::TransactionError::Abort(error)
                    | sled::transaction::TransactionError::Storage(error) => error,
                })
        })
    }

    /// Turns the edits of one table into leaves to be written and removed.
    fn plan(&self, table: Table, edits: &change::Edits, batch: &mut Batch) -> Result<(), TablesError> {
        let mut edits = edits.iter().peekable();
        while let Some((first, _)) = edits.peek() {
            let (leaf_key, mut entries) = match self.leaf_for(table, first)? {
                None => (IVec::from(LEFTMOST), leaf::Entries::new()),
                Some((key, bytes)) => match leaf::decode(&bytes) {
                    Some(entries) => (key, entries),
                    None => return self.malformed("a leaf does not decode"),
                },
            };
            let next = self.leaf_after(table, &leaf_key)?;
            let mut here = Vec::new();
            while let Some(edit) =
                edits.next_if(|(key, _)| next.as_deref().is_none_or(|next| key.as_slice() < next))
            {
                here.push(edit);
            }
            let appended = leaf::edit(&mut entries, here);
            if entries.is_empty() {
                batch.remove(leaf_key);
                continue;
            }
            for (n, leaf) in leaf::split(entries, appended).iter().enumerate() {
                // The first one keeps its place, the others begin with their first key.
                let key = if n == 0 { leaf_key.clone() } else { IVec::from(&*leaf[0].0) };
                batch.insert(key, leaf::encode(leaf));
            }
        }
        Ok(())
    }

    fn leaf_after(&self, table: Table, key: &[u8]) -> Result<Option<IVec>, TablesError> {
        let after = (Bound::Excluded(key), Bound::Unbounded);
        self.run(|tables| {
            Ok(tables.tree(table).range::<&[u8], _>(after).next().transpose()?.map(|(key, _)| key))
        })
    }

    /// Makes everything applied so far survive a power cut.
    pub(crate) fn barrier(&self) -> Result<(), TablesError> {
        self.run(|tables| tables.db.flush())?;
        let path = self.dir.join("db");
        self.file.sync_all().map_err(IoError::at(&path)).map_err(TablesError::Io)?;
        disk::sync_dir(&self.dir).map_err(TablesError::Io)
    }

    pub(crate) fn op(&self, id: OpId) -> Result<Option<(Chain, Envelope)>, TablesError> {
        self.get(Table::Ops, &id.to_bytes())?.map(|value| self.parse_op(&value)).transpose()
    }

    pub(crate) fn parse_op(&self, value: &[u8]) -> Result<(Chain, Envelope), TablesError> {
        let parsed = value
            .split_first_chunk()
            .and_then(|(chain, rest)| Some((Chain(*chain), Envelope::decode(rest).ok()?)));
        parsed.map_or_else(|| self.malformed("an op does not decode"), Ok)
    }

    pub(crate) fn head(&self, device: u32, epoch: u16) -> Result<Head, TablesError> {
        match self.get(Table::Heads, &series_key(device, epoch))? {
            None => Ok(Head::origin(device, epoch)),
            Some(value) => parse_head(&value).map_or_else(|| self.malformed("a head does not decode"), Ok),
        }
    }

    /// The end of every series that is held here.
    pub(crate) fn heads(&self) -> Result<Vec<(u32, u16, Head)>, TablesError> {
        let rows = self.page(Table::Heads, None, usize::MAX)?;
        let parsed: Option<Vec<_>> = rows
            .iter()
            .map(|(key, value)| {
                let device = u32::from_be_bytes(*key.first_chunk()?);
                let epoch = u16::from_be_bytes(*key.get(4..)?.first_chunk()?);
                Some((device, epoch, parse_head(value)?))
            })
            .collect();
        parsed.map_or_else(|| self.malformed("a head does not decode"), Ok)
    }

    /// The ops of an entity, in the order of the fold.
    pub(crate) fn op_ids_of(&self, entity: EntityId) -> Result<Vec<OpId>, TablesError> {
        let from = entity.to_bytes();
        let to = [&from[..], &[0xff; 23]].concat();
        let rows = self.range(Table::ByEntity, &from, &to, usize::MAX)?;
        let ids: Option<Vec<OpId>> = rows.iter().map(|(key, _)| OpId::from_bytes(key.get(22..)?)).collect();
        ids.map_or_else(|| self.malformed("a row of an entity does not decode"), Ok)
    }

    pub(crate) fn format(&self) -> Result<Option<u32>, TablesError> {
        self.meta(FORMAT, u32::from_be_bytes)
    }

    pub(crate) fn identity(&self) -> Result<Option<(u32, u16)>, TablesError> {
        self.meta(IDENTITY, |bytes: [u8; 6]| {
            let [d0, d1, d2, d3, e0, e1] = bytes;
            (u32::from_be_bytes([d0, d1, d2, d3]), u16::from_be_bytes([e0, e1]))
        })
    }

    /// Ops held, which is the number of the last arrival.
    pub(crate) fn arrivals(&self) -> Result<u64, TablesError> {
        Ok(self.meta(ARRIVALS, u64::from_be_bytes)?.unwrap_or(0))
    }

    pub(crate) fn boot(&self) -> Result<Option<Instant>, TablesError> {
        self.meta(BOOT, |bytes| Instant(i64::from_be_bytes(bytes)))
    }

    pub(crate) fn set_boot(&self, at: Instant) -> Result<(), TablesError> {
        let mut change = Change::default();
        change.put(Table::Meta, BOOT, at.0.to_be_bytes().to_vec());
        self.apply(&change)
    }

    /// Says whose store this is; the last step of making one.
    pub(crate) fn set_identity(&self, device: u32, epoch: u16) -> Result<(), TablesError> {
        let mut change = Change::default();
        change.put(Table::Meta, FORMAT, FORMAT_VERSION.to_be_bytes().to_vec());
        change.put(Table::Meta, IDENTITY, series_key(device, epoch).to_vec());
        change.set_arrivals(0);
        self.apply(&change)
    }

    fn meta<const N: usize, T>(
        &self,
        name: &[u8],
        parse: impl FnOnce([u8; N]) -> T,
    ) -> Result<Option<T>, TablesError> {
        match self.get(Table::Meta, name)? {
            None => Ok(None),
            Some(value) => match <[u8; N]>::try_from(value.as_slice()) {
                Ok(bytes) => Ok(Some(parse(bytes))),
                Err(_) => self.malformed("a meta value has another length"),
            },
        }
    }
}

fn parse_head(value: &[u8]) -> Option<Head> {
    let value: &[u8; 32] = value.try_into().ok()?;
    Some(Head {
        seq: u64::from_be_bytes(*value.first_chunk()?),
        chain: Chain(*value[8..].first_chunk()?),
        hlc: Hlc(u64::from_be_bytes(*value[24..].first_chunk()?)),
    })
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn tables() -> (tempfile::TempDir, Tables) {
        let dir = tempfile::tempdir().unwrap();
        let tables = Tables::open(&dir.path().join("sled"), &dir.path().join("mark"), 8 << 20).unwrap();
        (dir, tables)
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        // Few distinct keys, so that they are changed and removed, some long, all with a common beginning.
        (0_u16..400, 0_usize..3)
            .prop_map(|(n, tail)| [&b"k"[..], &n.to_be_bytes(), &b"tail"[..tail]].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn tables_are_sorted_maps(
            changes in proptest::collection::vec(
                proptest::collection::vec((key(), proptest::option::weighted(0.7, 0_usize..300)), 1..60), 1..20),
            ranges in proptest::collection::vec((key(), key(), 0_usize..80), 8),
        ) {
            let (_dir, tables) = tables();
            let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for edits in changes {
                let mut change = Change::default();
                for (key, value) in edits {
                    match value {
                        Some(length) => {
                            change.put(Table::Index, &key, vec![length as u8; length]);
                            model.insert(key, vec![length as u8; length]);
                        }
                        None => {
                            change.remove(Table::Index, &key);
                            model.remove(&key);
                        }
                    }
                }
                tables.apply(&change).unwrap();
            }
            let all: Rows = model.clone().into_iter().collect();
            prop_assert_eq!(tables.page(Table::Index, None, usize::MAX).unwrap(), all.clone());
            for (from, to, limit) in ranges {
                prop_assert_eq!(tables.get(Table::Index, &from).unwrap(), model.get(&from).cloned());
                let expected: Rows = all.iter().filter(|(key, _)| *key >= from && *key < to).take(limit).cloned().collect();
                prop_assert_eq!(tables.range(Table::Index, &from, &to, limit).unwrap(), expected);
                let expected: Rows = all.iter().filter(|(key, _)| *key > from).take(limit).cloned().collect();
                prop_assert_eq!(tables.page(Table::Index, Some(&from), limit).unwrap(), expected);
            }
        }
    }

    #[test]
    fn neighbours_share_leaves() {
        let (_dir, tables) = tables();
        for n in 0..2000_u32 {
            let mut change = Change::default();
            change.put(Table::Ops, &n.to_be_bytes(), vec![7; 60]);
            change.put(Table::Index, &blake3::hash(&n.to_be_bytes()).as_bytes()[..], Vec::new());
            tables.apply(&change).unwrap();
        }
        let leaves = |table| tables.tree(table).len();
        assert!(leaves(Table::Ops) <= 2000 / 14, "{} leaves for rows that come in order", leaves(Table::Ops));
        assert!(leaves(Table::Index) <= 2000 / 15, "{} leaves for rows that do not", leaves(Table::Index));
    }
}
