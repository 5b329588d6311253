//! A log in memory that holds whoever writes into it to the rules: no hole, no fork, no payload that is not the
//! one its envelope names.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use hall_core::OpId;
use hall_core::fact::{Holder, Scope};
use hall_log::{Chain, Head, Ledger, Op, Seal, check, payload_digest};
use hall_sync::push::Judged;
use hall_sync::wire::Payload;

#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) series: BTreeMap<Holder, Vec<Op>>,
    pub(crate) seals: BTreeMap<(Holder, u64), Seal>,
    pub(crate) ended: BTreeMap<Holder, u64>,
    pub(crate) evidence: Vec<Op>,
    /// The scopes whose payloads belong here.
    pub(crate) reads: Vec<Scope>,
    pub(crate) erased: BTreeSet<OpId>,
}

impl Memory {
    pub(crate) fn of(ops: &[Op]) -> Self {
        let mut memory = Self::default();
        memory.add(ops);
        memory
    }

    /// Takes ops that follow what is here.
    pub(crate) fn add(&mut self, ops: &[Op]) {
        for op in ops {
            let holder = op.envelope.id.holder();
            let head = self.head(holder).unwrap_or_else(|never| match never {});
            check(&head, op).unwrap_or_else(|error| panic!("{error}"));
            self.series.entry(holder).or_default().push(op.clone());
        }
    }

    pub(crate) fn seal(&mut self, seal: Seal) {
        let known = self.seals.entry((seal.series, seal.seq)).or_insert(seal);
        if known.at < seal.at {
            *known = seal;
        }
    }

    pub(crate) fn store(&mut self, judged: &Judged, payloads: &[Payload]) {
        self.add(&judged.ops);
        for seal in &judged.seals {
            let here = self.chain_at(seal.series, seal.seq).unwrap_or_else(|never| match never {});
            assert_eq!(here, Some(seal.chain), "a seal over what is not here");
            self.seal(*seal);
        }
        self.evidence.extend(judged.evidence.iter().cloned());
        for payload in payloads {
            let op = self.series.get_mut(&payload.op.holder()).unwrap();
            let op = &mut op[payload.op.seq as usize - 1];
            if payload_digest(&payload.bytes) == op.envelope.payload_digest {
                op.payload = Some(payload.bytes.clone());
            }
        }
    }

    pub(crate) fn ops(&self, series: Holder) -> &[Op] {
        self.series.get(&series).map_or(&[], Vec::as_slice)
    }
}

impl Ledger for Memory {
    type Error = Infallible;

    fn heads(&self) -> Result<Vec<(Holder, Head)>, Infallible> {
        self.series.keys().map(|series| Ok((*series, self.head(*series)?))).collect()
    }

    fn head(&self, series: Holder) -> Result<Head, Infallible> {
        let head = |op: &Op| Head { seq: op.envelope.id.seq, chain: op.chain, hlc: op.envelope.hlc };
        Ok(self.ops(series).last().map_or(Head::origin(series.device, series.epoch), head))
    }

    fn chain_at(&self, series: Holder, seq: u64) -> Result<Option<Chain>, Infallible> {
        let n = seq.checked_sub(1).and_then(|n| usize::try_from(n).ok());
        Ok(n.and_then(|n| self.ops(series).get(n)).map(|op| op.chain))
    }

    fn ops_after(&self, series: Holder, seq: u64, limit: usize) -> Result<Vec<Op>, Infallible> {
        Ok(self.ops(series).iter().skip(seq as usize).take(limit).cloned().collect())
    }

    fn seals(&self, series: Holder, after: u64, to: u64) -> Result<Vec<Seal>, Infallible> {
        if after >= to {
            return Ok(Vec::new());
        }
        let range = (series, after + 1)..=(series, to);
        Ok(self.seals.range(range).map(|(_, seal)| *seal).collect())
    }

    fn ended(&self, series: Holder) -> Result<Option<u64>, Infallible> {
        Ok(self.ended.get(&series).copied())
    }

    fn missing(&self, limit: usize) -> Result<Vec<OpId>, Infallible> {
        let lacks = |op: &&Op| {
            op.payload.is_none()
                && self.reads.contains(&op.envelope.scope)
                && !self.erased.contains(&op.envelope.id)
        };
        Ok(self.series.values().flatten().filter(lacks).take(limit).map(|op| op.envelope.id).collect())
    }

    fn op(&self, id: OpId) -> Result<Option<Op>, Infallible> {
        Ok(self.ops(id.holder()).get((id.seq as usize).wrapping_sub(1)).cloned())
    }
}
