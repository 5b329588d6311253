//! Ops that another device wrote.
//!
//! They are taken only as a gap-free continuation of their series. What contradicts the history that is
//! here is put aside durably and reported: it is evidence of a copied or rolled-back device, and it is never
//! dropped and never mixed in.

use std::collections::BTreeMap;

use hall_core::entity::Applied;
use hall_core::{Hlc, Instant, OpId};
use hall_log::{CheckError, Frame, Head, Op, check};

use crate::disk;
use crate::error::{CommitError, IoError, ReadError};
use crate::read::Identity;
use crate::store::{Store, Writer, seal_ops, with_clock};

/// How far another device's clock may be ahead and still move ours: a device with a wrong clock must not
/// drag the whole hall into the future.
const AHEAD_MS: i64 = 5 * 60_000;
/// Ops in one frame.
const CHUNK: usize = 256;
/// Bound of the contradictions that are kept.
const FORKS_MAX: usize = 1000;

/// What became of imported ops.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportReport {
    pub applied: Vec<Applied>,
    /// Ops that were here already.
    pub known: u64,
    /// Ops that contradict the history here; each is kept in `forks/`.
    pub forks: Vec<OpId>,
    /// For each series that stopped: the first op that could not be taken, and why.
    pub refused: Vec<(OpId, CheckError)>,
    /// Ops of this store's own series that it has not written: the store is a copy, or was rolled back. It
    /// must not go on writing in this epoch.
    pub ahead_of_us: Vec<OpId>,
}

/// Why nothing more could be imported; what the report of an earlier call says stands.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("a contradicting op cannot be put aside")]
    Forks(#[from] IoError),
    #[error("{FORKS_MAX} contradicting ops are already put aside")]
    TooManyForks,
}

/// The latest stamp that may move this device's clock.
pub(crate) fn clock(heads: &[(u32, u16, Head)], own: Identity, own_hlc: Hlc, now: Instant) -> Hlc {
    let limit = now.plus_ms(AHEAD_MS);
    heads
        .iter()
        .filter(|(device, epoch, head)| {
            (*device, *epoch) == (own.device, own.epoch) || head.hlc.instant() <= limit
        })
        .map(|(_, _, head)| head.hlc)
        .fold(own_hlc, Hlc::max)
}

enum Verdict {
    Next(Head),
    Known,
    Fork,
    Refused(CheckError),
}

impl Store {
    /// Takes over ops of other devices' series; `ops` holds each series in order, with payloads as far as
    /// this device may have them.
    pub fn import(&self, now: Instant, ops: Vec<Op>) -> Result<ImportReport, ImportError> {
        let mut writer = self.writer();
        let mut report = ImportReport::default();
        let mut heads: BTreeMap<(u32, u16), Head> = BTreeMap::new();
        let mut stopped: Vec<(u32, u16)> = Vec::new();
        let mut chunk: Vec<Op> = Vec::new();
        for op in ops {
            let id = op.envelope.id;
            let series = (id.device, id.epoch);
            let head = match heads.get(&series) {
                Some(head) => *head,
                None => self.tables.head(id.device, id.epoch).map_err(ReadError::from)?,
            };
            match self.judge(&head, &op, &chunk)? {
                Verdict::Known => report.known += 1,
                Verdict::Fork => {
                    self.put_aside(&op)?;
                    report.forks.push(id);
                }
                Verdict::Next(_) if series == (self.identity.device, self.identity.epoch) => {
                    self.put_aside(&op)?;
                    report.ahead_of_us.push(id);
                }
                Verdict::Next(_) | Verdict::Refused(_) if stopped.contains(&series) => {}
                Verdict::Next(next) => {
                    heads.insert(series, next);
                    chunk.push(op);
                    if chunk.len() == CHUNK {
                        self.take_over(&mut writer, now, &chunk, &mut report)?;
                        chunk.clear();
                    }
                }
                Verdict::Refused(why) => {
                    stopped.push(series);
                    report.refused.push((id, why));
                }
            }
        }
        self.take_over(&mut writer, now, &chunk, &mut report)?;
        Ok(report)
    }

    fn judge(&self, head: &Head, op: &Op, chunk: &[Op]) -> Result<Verdict, ReadError> {
        let id = op.envelope.id;
        Ok(match check(head, op) {
            Ok(next) => Verdict::Next(next),
            Err(CheckError::Known { .. }) => {
                let here = match chunk.iter().find(|held| held.envelope.id == id) {
                    Some(held) => Some(held.chain),
                    None => self.tables.op(id)?.map(|(chain, _)| chain),
                };
                if here == Some(op.chain) { Verdict::Known } else { Verdict::Fork }
            }
            // A link that fits no history of ours belongs to another one.
            Err(CheckError::Fork { .. } | CheckError::BadChain { .. }) => Verdict::Fork,
            Err(why @ (CheckError::Gap { .. } | CheckError::PayloadMismatch { .. })) => Verdict::Refused(why),
        })
    }

    fn take_over(
        &self,
        writer: &mut Writer,
        now: Instant,
        ops: &[Op],
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        if ops.is_empty() {
            return Ok(());
        }
        if self.tables.is_shut_off() || writer.journal.is_broken() {
            return Err(CommitError::ReopenNeeded.into());
        }
        self.check_room()?;
        let applied = self.keep(writer, ops)?;
        let limit = now.plus_ms(AHEAD_MS);
        let latest = applied.iter().map(|op| op.hlc).filter(|hlc| hlc.instant() <= limit).max();
        if let Some(latest) = latest {
            writer.series = with_clock(writer.series, latest);
        }
        report.applied.extend(applied);
        Ok(())
    }

    /// Keeps an op that contradicts, under a name that holds its link, so that the same one is kept once.
    fn put_aside(&self, op: &Op) -> Result<(), ImportError> {
        let id = op.envelope.id;
        tracing::error!(op = %id, chain = ?op.chain, "an op contradicts the history that is here");
        let dir = self.data.join("forks");
        disk::create_dir(&dir)?;
        let path = dir.join(format!("{id}-{:032x}.frame", u128::from_be_bytes(op.chain.0)));
        if path.exists() {
            return Ok(());
        }
        if disk::names_with(&dir, "")?.len() >= FORKS_MAX {
            return Err(ImportError::TooManyForks);
        }
        let sealed = seal_ops(&self.seal, std::slice::from_ref(op));
        let frame = Frame::encode(&sealed).map_err(CommitError::from)?;
        Ok(disk::write_durably(&path, &frame)?)
    }
}
