//! Reading: entities, index ranges, ops. Readers never wait for the writer.

use hall_core::entity::{Applied, Entity};
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Head, Op};

use crate::error::ReadError;
use crate::fold;
use crate::store::Store;
use crate::tables::Table;

/// Whose series this store writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    pub device: u32,
    pub epoch: u16,
}

/// Instants that the present cannot lie before, unless a clock was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeFloor {
    /// Stamp of the newest op.
    pub last_op: Instant,
    /// What the clock said when the store was opened last before this time, or in this run, whichever is
    /// later.
    pub last_boot: Instant,
}

impl TimeFloor {
    /// The later of the two.
    pub fn instant(self) -> Instant {
        self.last_op.max(self.last_boot)
    }
}

impl Store {
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The state of an entity; `None` when there is none or its first op cannot be read.
    pub fn entity(&self, id: EntityId) -> Result<Option<Entity>, ReadError> {
        Ok(fold::read_state(&self.tables, &self.seal, id)?.entity)
    }

    /// Up to `limit` index rows with `from <= key < to`, in the order of the keys.
    ///
    /// A row is stored as the key followed by the entity's id; a key that is a true prefix of `to` may
    /// therefore be left out. Keys of one kind have one length, so questions about one kind never meet that.
    pub fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, EntityId)>, ReadError> {
        let rows = self.tables.range(Table::Index, from, to, limit)?;
        let parse = |row: &[u8]| {
            let (key, entity) = row.split_at_checked(row.len().checked_sub(OpId::LEN)?)?;
            Some((key.to_vec(), EntityId::from_bytes(entity)?))
        };
        Ok(rows.iter().filter_map(|(row, _)| parse(row)).collect())
    }

    /// The ops of an entity, in the order of the fold.
    pub fn ops_of(&self, entity: EntityId) -> Result<Vec<Applied>, ReadError> {
        Ok(fold::ops_of(&self.tables, &self.seal, entity)?)
    }

    pub fn op(&self, id: OpId) -> Result<Option<Applied>, ReadError> {
        Ok(fold::read_op(&self.tables, &self.seal, id)?.map(|(_, applied)| applied))
    }

    /// Which entity an op is about.
    pub fn entity_of(&self, op: OpId) -> Result<Option<EntityId>, ReadError> {
        Ok(self.tables.op(op)?.map(|(_, envelope)| envelope.entity))
    }

    /// Up to `limit` ops of a series after number `seq`, as they travel: with payloads as far as they are
    /// here.
    pub fn ops_after(&self, device: u32, epoch: u16, seq: u64, limit: usize) -> Result<Vec<Op>, ReadError> {
        let from = OpId::new(device, epoch, seq.saturating_add(1)).to_bytes();
        let to = [&from[..6], &[0xff; 9]].concat();
        let rows = self.tables.range(Table::Ops, &from, &to, limit)?;
        let mut ops = Vec::with_capacity(rows.len());
        for (_, value) in rows {
            let (chain, envelope) = self.tables.parse_op(&value)?;
            let payload = fold::read_payload(&self.tables, &self.seal, envelope.id)?;
            ops.push(Op { envelope, chain, payload });
        }
        Ok(ops)
    }

    /// The end of every series held here: device, epoch, head.
    pub fn heads(&self) -> Result<Vec<(u32, u16, Head)>, ReadError> {
        Ok(self.tables.heads()?)
    }

    /// The end of the device's own series.
    pub fn head(&self) -> Result<Head, ReadError> {
        Ok(self.tables.head(self.identity.device, self.identity.epoch)?)
    }

    pub fn time_floor(&self) -> TimeFloor {
        let last_op = self.writer().series.head().hlc.instant();
        TimeFloor { last_op, last_boot: *self.last_boot() }
    }

    /// Accepts that the clock is right although an earlier start saw a later time.
    pub fn reset_boot_time(&self, now: Instant) -> Result<(), ReadError> {
        self.tables.set_boot(now)?;
        *self.last_boot() = now;
        Ok(())
    }

    fn last_boot(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.last_boot.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
