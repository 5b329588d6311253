//! The store's log as one hall's exchange sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hall_core::OpId;
use hall_core::fact::Holder;
use hall_log::{Chain, Head, Ledger, Op, Seal};
use hall_store::{ReadError, Store};

use crate::embedded::ERASURE;

/// Missing payloads that are looked through for those of the hall.
const LOOKED_THROUGH: usize = 4_096;

/// See the module.
#[derive(Debug)]
pub struct HallLog {
    pub(super) store: Arc<Store>,
    /// The numbers of the hall's devices.
    pub(super) devices: BTreeSet<u32>,
    /// Those of its desks.
    pub(super) desks: BTreeSet<u32>,
    pub(super) ended: BTreeMap<Holder, u64>,
    /// Where the asking begins: the payloads that nobody has do not stand before the others for ever.
    pub(super) turn: usize,
}

/// The heads of all halls' series are read: the node passes over those of authors that it does not know, and it knows
/// those of one hall.
impl Ledger for HallLog {
    type Error = ReadError;

    fn heads(&self) -> Result<Vec<(Holder, Head)>, ReadError> {
        Ledger::heads(&*self.store)
    }

    fn head(&self, series: Holder) -> Result<Head, ReadError> {
        Ledger::head(&*self.store, series)
    }

    fn chain_at(&self, series: Holder, seq: u64) -> Result<Option<Chain>, ReadError> {
        self.store.chain_at(series, seq)
    }

    fn ops_after(&self, series: Holder, seq: u64, limit: usize) -> Result<Vec<Op>, ReadError> {
        Ledger::ops_after(&*self.store, series, seq, limit)
    }

    fn seals(&self, series: Holder, after: u64, to: u64) -> Result<Vec<Seal>, ReadError> {
        self.store.seals(series, after, to)
    }

    fn ended(&self, series: Holder) -> Result<Option<u64>, ReadError> {
        Ok(self.ended.get(&series).copied())
    }

    fn missing(&self, limit: usize) -> Result<Vec<OpId>, ReadError> {
        let mut missing = self.store.missing(LOOKED_THROUGH)?;
        missing.retain(|id| self.devices.contains(&id.device));
        if !missing.is_empty() {
            let turn = self.turn % missing.len();
            missing.rotate_left(turn);
        }
        let mut asked = Vec::new();
        for id in missing {
            if asked.len() == limit {
                break;
            }
            // A word of an erasure that does not count was left out on purpose. (That of a desk about another hall's
            // worker is asked for, again and again, and never taken.)
            let erasure = !self.desks.contains(&id.device)
                && Ledger::op(&*self.store, id)?.is_some_and(|op| op.envelope.kind == ERASURE);
            if !erasure {
                asked.push(id);
            }
        }
        Ok(asked)
    }

    fn op(&self, id: OpId) -> Result<Option<Op>, ReadError> {
        Ledger::op(&*self.store, id)
    }
}
