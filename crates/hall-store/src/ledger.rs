//! The store as the exchange between devices reads it. Nothing here writes.

use hall_core::OpId;
use hall_core::entity::{Entity, key};
use hall_core::fact::{Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_log::{Chain, Head, Ledger, Op};

use crate::PAYLOAD_MAX;
use crate::error::ReadError;
use crate::fold;
use crate::store::Store;

/// The scopes that a device of this role may read of its own hall's ops, and the county of everybody's. The scope
/// of a device is never read elsewhere.
const fn readable(role: DeviceRole) -> &'static [Scope] {
    match role {
        DeviceRole::Desk | DeviceRole::County => &[Scope::Desk, Scope::Hall, Scope::County, Scope::Public],
        DeviceRole::Kiosk | DeviceRole::Wall => &[Scope::Hall, Scope::County, Scope::Public],
    }
}

impl Store {
    /// Whether a payload of another device may be kept here; one that is too large is none that a store wrote.
    pub(crate) fn may_keep(&self, scope: Scope, payload: &[u8]) -> bool {
        readable(self.role).contains(&scope) && payload.len() <= PAYLOAD_MAX
    }
}

impl Ledger for Store {
    type Error = ReadError;

    fn heads(&self) -> Result<Vec<(Holder, Head)>, ReadError> {
        let heads = self.tables.heads()?;
        Ok(heads.into_iter().map(|(device, epoch, head)| (Holder { device, epoch }, head)).collect())
    }

    fn head(&self, series: Holder) -> Result<Head, ReadError> {
        Ok(self.tables.head(series.device, series.epoch)?)
    }

    fn chain_at(&self, series: Holder, seq: u64) -> Result<Option<Chain>, ReadError> {
        let op = self.tables.op(OpId::new(series.device, series.epoch, seq))?;
        Ok(op.map(|(chain, _)| chain))
    }

    fn ops_after(&self, series: Holder, seq: u64, limit: usize) -> Result<Vec<Op>, ReadError> {
        Store::ops_after(self, series.device, series.epoch, seq, limit)
    }

    fn seals(&self, series: Holder, after: u64, to: u64) -> Result<Vec<hall_log::Seal>, ReadError> {
        Ok(self.seals().between(series, after, to))
    }

    fn ended(&self, series: Holder) -> Result<Option<u64>, ReadError> {
        let from = key::device(series.device);
        let mut end: Option<u64> = None;
        for (_, id) in self.scan(&from, &key::end_of(&from), usize::MAX)? {
            let device = self.entity(id)?.and_then(Entity::device);
            // Enrolled twice, a device is two entities; what either says of its end holds.
            let said = device.and_then(|device| device.ended.get(&series.epoch).copied());
            end = end.into_iter().chain(said).min();
        }
        Ok(end)
    }

    fn missing(&self, limit: usize) -> Result<Vec<OpId>, ReadError> {
        let mut missing = Vec::new();
        for scope in readable(self.role) {
            missing.extend(self.tables.missing(*scope, limit - missing.len())?);
        }
        Ok(missing)
    }

    fn op(&self, id: OpId) -> Result<Option<Op>, ReadError> {
        let Some((chain, envelope)) = self.tables.op(id)? else { return Ok(None) };
        let payload = fold::read_payload(&self.tables, &self.seal, id)?;
        Ok(Some(Op { envelope, chain, payload }))
    }
}
