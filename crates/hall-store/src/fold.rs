//! States kept in step with the ops: for each entity that an act touches, the state, its index keys, and the
//! op that was folded last.
//!
//! An op that sorts after the last one is applied to the stored state; any other makes the entity fold again
//! from its list of ops. Either way the result is the fold of the set of ops, and a test compares the two.

use std::collections::BTreeMap;

use hall_core::entity::{Applied, Entity};
use hall_core::fact::Fact;
use hall_core::{EntityId, Hlc, OpId};
use hall_log::Envelope;

use crate::seal::{Seal, Sealed};
use crate::tables::{Change, Table, Tables, TablesError};

const ORDER: usize = 8 + OpId::LEN;

/// A state with the op that was folded last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Folded {
    pub last: Option<(Hlc, OpId)>,
    pub entity: Option<Entity>,
}

/// The states that one transaction changes.
#[derive(Debug)]
pub(crate) struct Folding<'a> {
    tables: &'a Tables,
    seal: &'a Seal,
    touched: BTreeMap<EntityId, Touched>,
    /// Ops of this transaction, which go before what the tables hold of them.
    fresh: BTreeMap<EntityId, Vec<Applied>>,
}

#[derive(Debug)]
struct Touched {
    keys_before: Vec<Vec<u8>>,
    now: Folded,
    /// An op came that does not simply follow: the entity is folded again from all its ops.
    stale: bool,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

/// The fact that an op speaks of, as far as this device can read it.
pub(crate) fn applied(envelope: &Envelope, payload: Option<&[u8]>) -> Applied {
    let fact = match payload {
        None => Fact::Absent { kind: envelope.kind },
        Some(payload) => Fact::decode(envelope.kind, envelope.schema, payload).unwrap_or_else(|error| {
            tracing::warn!(op = %envelope.id, %error, "a payload does not decode; the op is kept and changes nothing");
            Fact::Unknown { kind: envelope.kind, schema: envelope.schema }
        }),
    };
    Applied { id: envelope.id, hlc: envelope.hlc, by: envelope.by, fact }
}

/// Reads an op with its payload.
pub(crate) fn read_op(
    tables: &Tables,
    seal: &Seal,
    id: OpId,
) -> Result<Option<(Envelope, Applied)>, TablesError> {
    let Some((_, envelope)) = tables.op(id)? else { return Ok(None) };
    let payload = read_payload(tables, seal, id)?;
    let applied = applied(&envelope, payload.as_deref());
    Ok(Some((envelope, applied)))
}

pub(crate) fn read_payload(tables: &Tables, seal: &Seal, id: OpId) -> Result<Option<Vec<u8>>, TablesError> {
    let Some(sealed) = tables.get(Table::Payloads, &id.to_bytes())? else { return Ok(None) };
    if sealed.is_empty() {
        return Ok(None);
    }
    seal.open(Sealed::Payload(id), &sealed).map(Some).map_err(|_| {
        let error = TablesError::Malformed("a sealed payload does not open");
        tables.shut_off(&error);
        error
    })
}

/// All ops of an entity in the order of the fold.
pub(crate) fn ops_of(tables: &Tables, seal: &Seal, entity: EntityId) -> Result<Vec<Applied>, TablesError> {
    let mut ops = Vec::new();
    for id in tables.op_ids_of(entity)? {
        // A row without its op would be half a transaction, which sled's transactions rule out.
        let (_, op) =
            read_op(tables, seal, id)?.ok_or(TablesError::Malformed("an op of an entity is missing"))?;
        ops.push(op);
    }
    Ok(ops)
}

pub(crate) fn read_state(tables: &Tables, seal: &Seal, id: EntityId) -> Result<Folded, TablesError> {
    let Some(sealed) = tables.get(Table::States, &id.to_bytes())? else { return Ok(Folded::default()) };
    open_state(seal, id, &sealed).ok_or_else(|| {
        let error = TablesError::Malformed("a state does not decode");
        tables.shut_off(&error);
        error
    })
}

pub(crate) fn open_state(seal: &Seal, id: EntityId, sealed: &[u8]) -> Option<Folded> {
    let plain = seal.open(Sealed::State(id), sealed).ok()?;
    let (order, state) = plain.split_at_checked(ORDER)?;
    let hlc = Hlc(u64::from_be_bytes(*order.first_chunk()?));
    let last = OpId::from_bytes(&order[8..])?;
    let entity = if state.is_empty() { None } else { Some(Entity::decode(state).ok()?) };
    Some(Folded { last: Some((hlc, last)), entity })
}

fn seal_state(seal: &Seal, id: EntityId, last: (Hlc, OpId), entity: Option<&Entity>) -> Vec<u8> {
    let mut plain = last.0.0.to_be_bytes().to_vec();
    plain.extend_from_slice(&last.1.to_bytes());
    if let Some(entity) = entity {
        plain.extend_from_slice(&entity.encode());
    }
    seal.seal(Sealed::State(id), &plain)
}

/// Bound of an index key.
const KEY_MAX: usize = 64;

fn index_key(key: &[u8], entity: EntityId) -> Vec<u8> {
    debug_assert!(key.len() <= KEY_MAX, "an index key is at most {KEY_MAX} bytes");
    [key, &entity.to_bytes()].concat()
}

fn keys(entity: Option<&Entity>) -> Vec<Vec<u8>> {
    entity.map(Entity::keys).unwrap_or_default()
}

impl<'a> Folding<'a> {
    pub(crate) fn new(tables: &'a Tables, seal: &'a Seal) -> Self {
        Self { tables, seal, touched: BTreeMap::new(), fresh: BTreeMap::new() }
    }

    fn touch(&mut self, entity: EntityId) -> Result<&mut Touched, TablesError> {
        use std::collections::btree_map::Entry;
        Ok(match self.touched.entry(entity) {
            Entry::Occupied(occupied) => occupied.into_mut(),
            Entry::Vacant(vacant) => {
                let now = read_state(self.tables, self.seal, entity)?;
                vacant.insert(Touched { keys_before: keys(now.entity.as_ref()), now, stale: false })
            }
        })
    }

    /// Folds one more op into its entity, or one that is known and has lost or got its payload.
    pub(crate) fn add(&mut self, entity: EntityId, op: Applied) -> Result<(), TablesError> {
        let touched = self.touch(entity)?;
        // The op that makes the entity goes before all others, whenever it comes.
        let follows = touched.now.last.is_none_or(|last| last < op.order() && op.id != entity);
        if follows && !touched.stale {
            touched.now.entity = Entity::fold(touched.now.entity.take(), &op);
            touched.now.last = Some(op.order());
        } else {
            touched.stale = true;
        }
        self.fresh.entry(entity).or_default().push(op);
        Ok(())
    }

    /// The fold of all ops of an entity; of an op that came more than once, as it came last.
    fn again(&self, entity: EntityId) -> Result<Folded, TablesError> {
        let mut ops: Vec<Applied> = self.fresh.get(&entity).into_iter().flatten().rev().cloned().collect();
        ops.extend(ops_of(self.tables, self.seal, entity)?);
        let last = ops.iter().map(Applied::order).max();
        Ok(Folded { last, entity: Entity::fold_all(entity, ops) })
    }

    /// Puts the new states and the difference of the index keys into `change`.
    pub(crate) fn finish(mut self, change: &mut Change) -> Result<(), TablesError> {
        for (id, mut touched) in std::mem::take(&mut self.touched) {
            if touched.stale {
                touched.now = self.again(id)?;
            }
            let Some(last) = touched.now.last else { continue };
            let entity = touched.now.entity.as_ref();
            change.put(Table::States, &id.to_bytes(), seal_state(self.seal, id, last, entity));
            let keys_now = keys(entity);
            for gone in touched.keys_before.iter().filter(|key| !keys_now.contains(key)) {
                change.remove(Table::Index, &index_key(gone, id));
            }
            for new in keys_now.iter().filter(|key| !touched.keys_before.contains(key)) {
                change.put(Table::Index, &index_key(new, id), Vec::new());
            }
        }
        Ok(())
    }
}
