//! The changes of one transaction, by table.

use std::collections::BTreeMap;

use hall_core::fact::Scope;
use hall_core::{EntityId, Hlc, OpId};
use hall_log::{Chain, Envelope, Head};

use super::{ARRIVALS, TREES, Table};

/// What a transaction puts (`Some`) and removes (`None`).
pub(super) type Edits = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The changes of one transaction.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(super) edits: [Edits; TREES.len()],
}

impl Change {
    pub(crate) fn put(&mut self, table: Table, key: &[u8], value: Vec<u8>) {
        self.edits[table as usize].insert(key.to_vec(), Some(value));
    }

    pub(crate) fn remove(&mut self, table: Table, key: &[u8]) {
        self.edits[table as usize].insert(key.to_vec(), None);
    }

    pub(crate) fn set_head(&mut self, device: u32, epoch: u16, head: &Head) {
        let value = [&head.seq.to_be_bytes()[..], &head.chain.0, &head.hlc.0.to_be_bytes()].concat();
        self.put(Table::Heads, &series_key(device, epoch), value);
    }

    pub(crate) fn set_arrivals(&mut self, arrivals: u64) {
        self.put(Table::Meta, ARRIVALS, arrivals.to_be_bytes().to_vec());
    }

    /// Notes that the log erases a worker.
    pub(crate) fn erase_worker(&mut self, worker: EntityId) {
        for state in [ERASED, TO_ERASE] {
            self.put(Table::Erased, &erased_key(state, worker), Vec::new());
        }
    }

    /// Notes that nothing of an erased worker is left to be erased.
    pub(crate) fn worker_is_erased(&mut self, worker: EntityId) {
        self.remove(Table::Erased, &erased_key(TO_ERASE, worker));
    }

    /// Puts the payload of an op that came without, or nothing in the place of one that was erased.
    pub(crate) fn put_payload(&mut self, envelope: &Envelope, sealed: &[u8]) {
        self.put(Table::Payloads, &envelope.id.to_bytes(), sealed.to_vec());
        self.remove(Table::Missing, &missing_key(envelope.scope, envelope.id));
    }

    /// Puts an op. No payload means that it never came; an empty one, that it was erased.
    pub(crate) fn put_op(&mut self, envelope: &Envelope, chain: Chain, sealed: Option<&[u8]>) {
        let key = envelope.id.to_bytes();
        self.put(Table::Ops, &key, [&chain.0[..], &envelope.encode()].concat());
        if let Some(sealed) = sealed {
            self.put(Table::Payloads, &key, sealed.to_vec());
        } else if envelope.scope != Scope::Device {
            self.put(Table::Missing, &missing_key(envelope.scope, envelope.id), Vec::new());
        }
        self.put(Table::ByEntity, &by_entity_key(envelope.entity, envelope.hlc, envelope.id), Vec::new());
    }
}

pub(crate) fn missing_key(scope: Scope, op: OpId) -> [u8; 1 + OpId::LEN] {
    let mut key = [scope as u8; 1 + OpId::LEN];
    key[1..].copy_from_slice(&op.to_bytes());
    key
}

/// Kept for ever: what still comes of the worker is not kept.
pub(super) const ERASED: u8 = 1;
/// Kept until the payloads are gone.
pub(super) const TO_ERASE: u8 = 2;

pub(super) fn erased_key(state: u8, worker: EntityId) -> [u8; 1 + OpId::LEN] {
    let mut key = [state; 1 + OpId::LEN];
    key[1..].copy_from_slice(&worker.to_bytes());
    key
}

pub(crate) fn series_key(device: u32, epoch: u16) -> [u8; 6] {
    let mut key = [0; 6];
    key[..4].copy_from_slice(&device.to_be_bytes());
    key[4..].copy_from_slice(&epoch.to_be_bytes());
    key
}

fn by_entity_key(entity: EntityId, hlc: Hlc, op: OpId) -> [u8; 36] {
    let mut key = [0; 36];
    key[..14].copy_from_slice(&entity.to_bytes());
    key[14..22].copy_from_slice(&hlc.0.to_be_bytes());
    key[22..].copy_from_slice(&op.to_bytes());
    key
}
