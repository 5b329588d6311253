//! Bringing sled and the journal together again, from whichever has the ops.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hall_core::OpId;
use hall_log::{CheckError, Frame, Head, Op, check, payload_digest};

use crate::disk;
use crate::error::{IoError, OpenError};
use crate::journal::{self, AppendError, HEADER, Header, Journal, damaged};
use crate::open::JournalRewrite;
use crate::seal::{Seal, Sealed};
use crate::store::apply_ops;
use crate::tables::{Table, Tables, TablesError};

/// Ops in one transaction of a replay: large enough to be quick, small enough to be held in memory.
const REPLAY_OPS: usize = 512;
/// Ops in one frame of a rewritten journal.
const REWRITE_OPS: usize = 256;
/// Says, inside the journal's folder, that its segments are being replaced from sled.
const REWRITE_MARK: &str = "REWRITE";

pub(crate) fn sled_failed(error: TablesError) -> OpenError {
    match error {
        TablesError::Io(error) => OpenError::Io(error),
        other => OpenError::Sled(other.to_string()),
    }
}

pub(crate) fn has_segments(dir: &Path) -> Result<bool, IoError> {
    Ok(dir.is_dir() && !journal::list(dir)?.is_empty())
}

/// Whether the journal holds more than the header that creating a store writes.
pub(crate) fn has_frames(dir: &Path) -> Result<bool, IoError> {
    let segments = journal::list(dir)?;
    let Some((_, newest)) = segments.last() else { return Ok(false) };
    let bytes = newest.metadata().map_err(IoError::at(newest))?.len();
    Ok(segments.len() > 1 || bytes > HEADER as u64)
}

pub(crate) fn rewrite_begun(dir: &Path) -> bool {
    dir.join(REWRITE_MARK).exists()
}

/// Puts what the journal has and sled lacks into sled, many ops a transaction.
pub(crate) struct Replay<'a> {
    tables: &'a Tables,
    seal: &'a Seal,
    dir: &'a Path,
    heads: BTreeMap<(u32, u16), Head>,
    held: Vec<Op>,
    held_sealed: Vec<Op>,
    arrivals: u64,
    replayed: u64,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(tables: &'a Tables, seal: &'a Seal, arrivals: u64, dir: &'a Path) -> Self {
        let (heads, held, held_sealed) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { tables, seal, dir, heads, held, held_sealed, arrivals, replayed: 0 }
    }

    /// Takes the ops of one frame, as the journal holds them.
    pub(crate) fn add(&mut self, sealed: Vec<Op>) -> Result<(), OpenError> {
        for sealed in sealed {
            let op = self.unseal(&sealed)?;
            let id = op.envelope.id;
            let key = (id.device, id.epoch);
            let head = match self.heads.get(&key) {
                Some(head) => *head,
                None => self.tables.head(id.device, id.epoch).map_err(sled_failed)?,
            };
            match check(&head, &op) {
                Ok(next) => drop(self.heads.insert(key, next)),
                Err(CheckError::Known { .. }) if self.completes(&op, &sealed)? => {}
                Err(error) => return Err(damaged(self.dir, 0, &error.to_string())),
            }
            self.held.push(op);
            self.held_sealed.push(sealed);
        }
        if self.held.len() >= REPLAY_OPS { self.apply() } else { Ok(()) }
    }

    /// Whether a repeated op is one whose payload came later, or was erased before it came.
    fn completes(&self, op: &Op, sealed: &Op) -> Result<bool, OpenError> {
        let id = op.envelope.id;
        let here = match self.held.iter().find(|held| held.envelope.id == id) {
            Some(held) => Some(held.chain),
            None => self.tables.op(id).map_err(sled_failed)?.map(|(chain, _)| chain),
        };
        let fits = |payload: &Vec<u8>| payload_digest(payload) == op.envelope.payload_digest;
        Ok(here == Some(op.chain) && sealed.payload.is_some() && op.payload.as_ref().is_none_or(fits))
    }

    fn unseal(&self, sealed: &Op) -> Result<Op, OpenError> {
        let id = sealed.envelope.id;
        let open = |bytes: &Vec<u8>| {
            let broken = || damaged(self.dir, 0, &format!("the payload of op {id} does not open"));
            self.seal.open(Sealed::Payload(id), bytes).map_err(|_| broken())
        };
        let payload = sealed.payload.as_ref().filter(|bytes| !bytes.is_empty()).map(open).transpose()?;
        Ok(Op { envelope: sealed.envelope.clone(), chain: sealed.chain, payload })
    }

    fn apply(&mut self) -> Result<(), OpenError> {
        let count = self.held.len() as u64;
        self.arrivals += count;
        apply_ops(self.tables, self.seal, &self.held, &self.held_sealed, self.arrivals)
            .map_err(sled_failed)?;
        self.replayed += count;
        self.held.clear();
        self.held_sealed.clear();
        Ok(())
    }

    /// How many arrivals sled lacked.
    pub(crate) fn finish(mut self) -> Result<u64, OpenError> {
        if !self.held.is_empty() {
            self.apply()?;
        }
        Ok(self.replayed)
    }
}

/// Writes the journal anew from sled, which has more. The old segments are kept in a folder beside it.
pub(crate) fn rewrite_journal(
    dir: &Path,
    tables: &Tables,
    header: Header,
    segment_bytes: u64,
    now: i64,
) -> Result<(Journal, JournalRewrite), OpenError> {
    let mark = dir.join(REWRITE_MARK);
    disk::write_durably(&mark, b"")?;
    let kept = put_aside(dir, now)?;
    let mut journal = Journal::create(dir, header, segment_bytes)?;
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows = tables.page(Table::Ops, after.as_deref(), REWRITE_OPS).map_err(sled_failed)?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.clone());
        let ops =
            rows.iter().map(|(key, value)| sealed_op(tables, key, value)).collect::<Result<Vec<_>, _>>()?;
        let frame = Frame::encode(&ops).map_err(|bound| OpenError::Sled(bound.to_string()))?;
        journal.append(&frame, ops.len()).map_err(AppendError::into_io)?;
    }
    let (ops, heads) = (journal.arrivals(), tables.heads().map_err(sled_failed)?);
    let counted: u64 = heads.iter().map(|(_, _, head)| head.seq).sum();
    if ops != counted {
        return Err(OpenError::Sled(format!("{ops} ops are there and {counted} were counted")));
    }
    // A payload that came later is with its op now, so there may be fewer arrivals than before.
    tables.set_arrivals(ops).and_then(|()| tables.barrier()).map_err(sled_failed)?;
    disk::remove_file(&mark)?;
    Ok((journal, JournalRewrite { ops, kept }))
}

fn sealed_op(tables: &Tables, key: &[u8], value: &[u8]) -> Result<Op, OpenError> {
    let (chain, envelope) = tables.parse_op(value).map_err(sled_failed)?;
    let payload = tables.get(Table::Payloads, key).map_err(sled_failed)?;
    debug_assert_eq!(OpId::from_bytes(key), Some(envelope.id));
    Ok(Op { envelope, chain, payload })
}

/// Moves the old segments away; where they are now.
fn put_aside(dir: &Path, now: i64) -> Result<Option<PathBuf>, OpenError> {
    let segments = journal::list(dir)?;
    if segments.is_empty() {
        return Ok(None);
    }
    let aside = disk::free_name(dir, "lost", now);
    disk::create_dir(&aside)?;
    for (_, path) in &segments {
        if let Some(name) = path.file_name() {
            disk::rename(path, &aside.join(name))?;
        }
    }
    disk::sync_dir(dir)?;
    Ok(Some(aside))
}
