//! What one request needs of the log, read beforehand: a [`Ledger`] in memory.

use std::collections::BTreeMap;
use std::convert::Infallible;

use hall_core::OpId;
use hall_core::fact::Holder;
use hall_log::{Chain, Head, Ledger, Op, Seal};
use hall_sync::push::Judged;

/// See the module. What was not read is as if it were not there.
#[derive(Clone, Debug, Default)]
pub struct Extract {
    heads: BTreeMap<Holder, Head>,
    ended: BTreeMap<Holder, u64>,
    links: BTreeMap<OpId, Chain>,
    ops: BTreeMap<OpId, Op>,
    seals: BTreeMap<OpId, Seal>,
    /// Ops here without a payload that is to be asked for.
    missing: Vec<OpId>,
}

fn at(series: Holder, seq: u64) -> OpId {
    OpId::new(series.device, series.epoch, seq)
}

impl Extract {
    pub fn set_head(&mut self, series: Holder, head: Head) {
        self.heads.insert(series, head);
    }

    /// Says that the epoch of `series` has ended when `seq` was its last known op.
    pub fn set_ended(&mut self, series: Holder, seq: u64) {
        self.ended.insert(series, seq);
    }

    pub fn add_link(&mut self, id: OpId, chain: Chain) {
        self.links.insert(id, chain);
    }

    pub fn add_op(&mut self, op: Op) {
        self.ops.insert(op.envelope.id, op);
    }

    /// Of two seals on one op the later stays.
    pub fn add_seal(&mut self, seal: Seal) {
        let known = self.seals.entry(at(seal.series, seal.seq)).or_insert(seal);
        if known.at < seal.at {
            *known = seal;
        }
    }

    /// Adds what has become durable.
    pub fn apply(&mut self, judged: Judged) {
        for op in judged.ops {
            let (id, hlc) = (op.envelope.id, op.envelope.hlc);
            self.heads.insert(id.holder(), Head { seq: id.seq, chain: op.chain, hlc });
            self.add_op(op);
        }
        judged.seals.into_iter().for_each(|seal| self.add_seal(seal));
    }

    pub fn set_missing(&mut self, ids: Vec<OpId>) {
        self.missing = ids;
    }

    /// Adds the payload of an op that was without.
    pub fn complete(&mut self, op: Op) {
        self.missing.retain(|id| *id != op.envelope.id);
        self.add_op(op);
    }

    pub fn known_heads(&self) -> &BTreeMap<Holder, Head> {
        &self.heads
    }
}

impl Ledger for Extract {
    type Error = Infallible;

    fn heads(&self) -> Result<Vec<(Holder, Head)>, Infallible> {
        Ok(self.heads.iter().map(|(series, head)| (*series, *head)).collect())
    }

    fn head(&self, series: Holder) -> Result<Head, Infallible> {
        Ok(self.heads.get(&series).copied().unwrap_or_else(|| Head::origin(series.device, series.epoch)))
    }

    fn chain_at(&self, series: Holder, seq: u64) -> Result<Option<Chain>, Infallible> {
        let head = self.heads.get(&series).filter(|head| head.seq == seq && seq > 0);
        let id = at(series, seq);
        Ok(head
            .map(|head| head.chain)
            .or_else(|| self.ops.get(&id).map(|op| op.chain))
            .or_else(|| self.links.get(&id).copied()))
    }

    fn ops_after(&self, series: Holder, seq: u64, limit: usize) -> Result<Vec<Op>, Infallible> {
        let range = self.ops.range(at(series, seq.saturating_add(1))..=at(series, u64::MAX));
        let dense = range.zip(seq + 1..).take_while(|((id, _), expected)| id.seq == *expected);
        Ok(dense.take(limit).map(|((_, op), _)| op.clone()).collect())
    }

    fn seals(&self, series: Holder, after: u64, to: u64) -> Result<Vec<Seal>, Infallible> {
        if after >= to {
            return Ok(Vec::new());
        }
        Ok(self.seals.range(at(series, after + 1)..=at(series, to)).map(|(_, seal)| *seal).collect())
    }

    fn ended(&self, series: Holder) -> Result<Option<u64>, Infallible> {
        Ok(self.ended.get(&series).copied())
    }

    fn missing(&self, limit: usize) -> Result<Vec<OpId>, Infallible> {
        Ok(self.missing.iter().take(limit).copied().collect())
    }

    fn op(&self, id: OpId) -> Result<Option<Op>, Infallible> {
        Ok(self.ops.get(&id).cloned())
    }
}
