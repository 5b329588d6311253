//! The store's log as one hall's exchange sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hall_core::OpId;
use hall_core::fact::Holder;
use hall_log::{Chain, Head, Ledger, Op, Seal};
use hall_store::{ReadError, Store};

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
    pub(super) left_out: Arc<LeftOut>,
}

/// Words of an erasure that came since this process began and did not count, so that they are not asked for again and
/// again.
#[derive(Debug, Default)]
pub(super) struct LeftOut(Mutex<BTreeSet<OpId>>);

impl LeftOut {
    /// A panic while the lock was held left nothing half done.
    fn words(&self) -> MutexGuard<'_, BTreeSet<OpId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, word: OpId) {
        self.words().insert(word);
    }
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
        let left_out = self.left_out.words();
        // A desk's word may count when more of its hall is known.
        missing.retain(|id| {
            let counts = self.desks.contains(&id.device) || !left_out.contains(id);
            counts && self.devices.contains(&id.device)
        });
        missing.truncate(limit);
        Ok(missing)
    }

    fn op(&self, id: OpId) -> Result<Option<Op>, ReadError> {
        Ledger::op(&*self.store, id)
    }
}
