//! What other devices wrote: ops, payloads that come after their ops, seals.
//!
//! Ops are taken only as a gap-free continuation of their series. What contradicts the history that is
//! here is put aside durably and reported: it is evidence of a copied or rolled-back device, and it is never
//! mixed in. A payload is taken only when the envelope names it, this device may read it, and it was not erased.

use std::collections::BTreeMap;

use hall_core::entity::Applied;
use hall_core::{Hlc, Instant, OpId};
use hall_log::{CheckError, Frame, Head, Op, Seal, check, payload_digest};

use crate::disk;
use crate::error::{CommitError, IoError, ReadError};
use crate::read::Identity;
use crate::store::{Store, Writer, seal_ops, with_clock};
use crate::tables::Table;

/// How far another device's clock may be ahead and still move ours: a device with a wrong clock must not
/// drag the whole hall into the future.
const AHEAD_MS: i64 = 5 * 60_000;
/// Ops in one frame.
const CHUNK: usize = 256;
/// Bound of the contradictions that are kept.
const FORKS_MAX: usize = 1000;

/// What an exchange or a stick brings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Received {
    /// Ops, each series in order.
    pub ops: Vec<Op>,
    /// Seals of their authors, whose signatures the caller has checked.
    pub seals: Vec<Seal>,
    /// Ops that are kept aside because they contradict.
    pub evidence: Vec<Op>,
    /// Payloads of ops that came without.
    pub payloads: Vec<(OpId, Vec<u8>)>,
}

/// What became of what was received.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportReport {
    pub applied: Vec<Applied>,
    /// Ops that were here and now have their payload.
    pub completed: Vec<Applied>,
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
    /// A contradicting op or a seal cannot be written.
    #[error("what came beside the ops cannot be kept")]
    Io(#[from] IoError),
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
    /// Takes over ops of other devices' series, as [`Store::receive`] does.
    pub fn import(&self, now: Instant, ops: Vec<Op>) -> Result<ImportReport, ImportError> {
        self.receive(now, Received { ops, ..Received::default() })
    }

    /// Takes over what came, as far as it fits to what is here. When this returns, all that was taken is durable;
    /// after an error the same may be received again.
    pub fn receive(&self, now: Instant, received: Received) -> Result<ImportReport, ImportError> {
        let mut report = ImportReport::default();
        let mut payloads = received.payloads;
        {
            // Payloads that come while others are erased could escape the erasure.
            let _nobody_erases = self.erasing();
            let mut writer = self.writer();
            // Before the ops, for without a seal these could be passed on to nobody.
            let seals = self.fitting(received.seals, &received.ops)?;
            self.seals().take(&seals)?;
            let taken = self.take_ops(&mut writer, now, received.ops, &mut payloads, &mut report);
            self.seals().settle(&seals, |seal| self.stands(seal))?;
            taken?;
            self.complete(&mut writer, payloads, &mut report)?;
        }
        for op in received.evidence {
            self.put_aside(&op)?;
            report.forks.push(op.envelope.id);
        }
        if let Err(error) = self.carry_out_erasures() {
            // What came is durable, the wish to erase too: the next start carries it out or says why not.
            tracing::error!(%error, "an erasure that was received could not be carried out yet");
        }
        Ok(report)
    }

    /// `late` takes the payloads of ops that are here already.
    fn take_ops(
        &self,
        writer: &mut Writer,
        now: Instant,
        ops: Vec<Op>,
        late: &mut Vec<(OpId, Vec<u8>)>,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        let mut heads: BTreeMap<(u32, u16), Head> = BTreeMap::new();
        let mut stopped: Vec<(u32, u16)> = Vec::new();
        let mut chunk: Vec<Op> = Vec::new();
        for mut op in ops {
            let id = op.envelope.id;
            let series = (id.device, id.epoch);
            let head = match heads.get(&series) {
                Some(head) => *head,
                None => self.tables.head(id.device, id.epoch).map_err(ReadError::from)?,
            };
            match self.judge(&head, &op, &chunk)? {
                Verdict::Known => {
                    report.known += 1;
                    late.extend(op.payload.map(|payload| (id, payload)));
                }
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
                    op.payload = op.payload.filter(|payload| self.may_keep(op.envelope.scope, payload));
                    chunk.push(op);
                    if chunk.len() == CHUNK {
                        self.take_over(writer, now, std::mem::take(&mut chunk), report)?;
                    }
                }
                Verdict::Refused(why) => {
                    stopped.push(series);
                    report.refused.push((id, why));
                }
            }
        }
        self.take_over(writer, now, chunk, report)
    }

    /// Takes payloads whose ops came without.
    fn complete(
        &self,
        writer: &mut Writer,
        payloads: Vec<(OpId, Vec<u8>)>,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        let mut ops: BTreeMap<OpId, Op> = BTreeMap::new();
        for (id, payload) in payloads {
            let here = self.tables.get(Table::Payloads, &id.to_bytes()).map_err(ReadError::from)?;
            let op = self.tables.op(id).map_err(ReadError::from)?;
            let Some((chain, envelope)) = op.filter(|_| here.is_none()) else { continue };
            if payload_digest(&payload) != envelope.payload_digest {
                tracing::warn!(op = %id, "a payload came that its op does not name");
            } else if self.may_keep(envelope.scope, &payload) {
                ops.insert(id, Op { envelope, chain, payload: Some(payload) });
            }
        }
        let ops: Vec<Op> = ops.into_values().collect();
        for chunk in ops.chunks(CHUNK) {
            report.completed.extend(self.write(writer, chunk.to_vec())?);
        }
        Ok(())
    }

    fn write(&self, writer: &mut Writer, ops: Vec<Op>) -> Result<Vec<Applied>, CommitError> {
        if self.tables.is_shut_off() || writer.journal.is_broken() {
            return Err(CommitError::ReopenNeeded);
        }
        self.check_room()?;
        self.keep(writer, ops)
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
        ops: Vec<Op>,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        if ops.is_empty() {
            return Ok(());
        }
        let applied = self.write(writer, ops)?;
        let limit = now.plus_ms(AHEAD_MS);
        let latest = applied.iter().map(|op| op.hlc).filter(|hlc| hlc.instant() <= limit).max();
        if let Some(latest) = latest {
            writer.series = with_clock(writer.series, latest);
        }
        report.applied.extend(applied);
        Ok(())
    }

    /// The seals on ops as they are here, or as they come.
    fn fitting(&self, seals: Vec<Seal>, coming: &[Op]) -> Result<Vec<Seal>, ReadError> {
        let mut fitting = Vec::new();
        for seal in seals {
            let comes = |op: &Op| (op.envelope.id, op.chain) == (sealed(&seal), seal.chain);
            let fits = match self.tables.op(sealed(&seal))? {
                Some((chain, _)) => chain == seal.chain,
                None => coming.iter().any(comes),
            };
            if fits {
                fitting.push(seal);
            }
        }
        Ok(fitting)
    }

    fn stands(&self, seal: &Seal) -> Result<bool, ReadError> {
        Ok(self.tables.op(sealed(seal))?.is_some_and(|(chain, _)| chain == seal.chain))
    }

    /// Keeps an op that contradicts, under a name that holds its link, so that the same one is kept once.
    fn put_aside(&self, op: &Op) -> Result<(), ImportError> {
        let id = op.envelope.id;
        let dir = self.data.join("forks");
        disk::create_dir(&dir)?;
        let path = dir.join(format!("{id}-{:032x}.frame", u128::from_be_bytes(op.chain.0)));
        if path.exists() {
            return Ok(());
        }
        tracing::error!(op = %id, chain = ?op.chain, "an op contradicts the history that is here");
        if disk::names_with(&dir, "")?.len() >= FORKS_MAX {
            // It was not acknowledged, so whoever sent it has it still; the others must not wait for it.
            tracing::error!(op = %id, "too many contradicting ops are kept already; this one is not");
            return Ok(());
        }
        let mut sealed = seal_ops(&self.seal, std::slice::from_ref(op));
        if self.tables.is_erased(op.envelope.entity).map_err(ReadError::from)? {
            sealed[0].payload = None;
        }
        let frame = Frame::encode(&sealed).map_err(CommitError::from)?;
        Ok(disk::write_durably(&path, &frame)?)
    }
}

/// The op that a seal is on.
fn sealed(seal: &Seal) -> OpId {
    OpId::new(seal.series.device, seal.series.epoch, seal.seq)
}
