//! What one node knows: its log and the states folded from it, in memory, rebuilt from its disk after a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::rc::Rc;

use hall_core::entity::key::Spent;
use hall_core::entity::{Applied, Entity, Post, Ticket};
use hall_core::fact::{Fact, Holder, PlaceRight, Scope};
use hall_core::places::Places;
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Hlc, OpId};
use hall_log::seal::STRIDE;
use hall_log::{Certificate, Chain, Head, Ledger, Op, Seal, payload_digest};
use hall_sync::trust::Reader;

/// What a disk holds, in the order in which it was written.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    Ops(Vec<Rc<Op>>),
    Seals(Vec<Seal>),
    Payload(OpId, Vec<u8>),
    /// Kept aside, never mixed in.
    Evidence(Vec<Rc<Op>>),
    /// Of authors whose series are here.
    Certificates(Vec<Certificate>),
}

/// An entity with its ops.
#[derive(Clone, Debug, Default)]
struct Folded {
    ops: Vec<Applied>,
    state: Option<Entity>,
}

#[derive(Clone, Debug)]
pub(crate) struct Store {
    reader: Reader,
    /// Whether it reads what a later release writes.
    later: bool,
    pub series: BTreeMap<Holder, Vec<Rc<Op>>>,
    seals: BTreeMap<(Holder, u64), Seal>,
    entities: BTreeMap<EntityId, Folded>,
    tickets: BTreeMap<EntityId, BTreeSet<EntityId>>,
    devices: BTreeMap<u32, EntityId>,
    missing: BTreeSet<OpId>,
    pub erased: BTreeSet<EntityId>,
    pub evidence: Vec<Rc<Op>>,
    /// What came to be that must not.
    pub broken: Option<String>,
    /// Stamps that may move the clock of this node.
    pub clock: Hlc,
}

impl Store {
    pub(crate) fn new(hall: u32, role: DeviceRole, later: bool) -> Self {
        Self {
            reader: Reader { hall, role },
            later,
            series: BTreeMap::new(),
            seals: BTreeMap::new(),
            entities: BTreeMap::new(),
            tickets: BTreeMap::new(),
            devices: BTreeMap::new(),
            missing: BTreeSet::new(),
            erased: BTreeSet::new(),
            evidence: Vec::new(),
            broken: None,
            clock: Hlc::default(),
        }
    }

    /// Takes a record over; the entities it touched.
    pub(crate) fn apply(&mut self, record: &Record) -> Vec<EntityId> {
        match record {
            Record::Ops(ops) => {
                let mut touched = Vec::new();
                for op in ops {
                    touched.extend(self.take(op));
                }
                touched
            }
            Record::Seals(seals) => {
                let fitting: Vec<Seal> = seals.iter().filter(|seal| self.fits(seal)).copied().collect();
                for seal in fitting {
                    self.hold(seal);
                }
                Vec::new()
            }
            Record::Payload(id, bytes) => self.fill(*id, bytes),
            Record::Evidence(ops) => {
                self.evidence.extend(ops.iter().cloned());
                Vec::new()
            }
            Record::Certificates(_) => Vec::new(),
        }
    }

    fn take(&mut self, op: &Rc<Op>) -> Vec<EntityId> {
        let id = op.envelope.id;
        let series = self.series.entry(id.holder()).or_default();
        let next = series.len() as u64 + 1;
        if next != id.seq {
            self.broken.get_or_insert(format!("I5: {id} comes where op {next} should"));
            return Vec::new();
        }
        let mut kept = crate::release::kept(op);
        if op.payload.is_some() && self.erased.contains(&op.envelope.entity) && identifies(op) {
            kept = Rc::new(Op { payload: None, ..(**op).clone() });
        }
        series.push(Rc::clone(&kept));
        let readable = self.reader.may_read(op.envelope.scope, self.reader.hall);
        if kept.payload.is_none() && readable && !self.erased.contains(&op.envelope.entity) {
            self.missing.insert(id);
        }
        let mut touched = vec![op.envelope.entity];
        let applied = crate::release::applied(&kept, self.later);
        if let Fact::WorkerErased(erased) = &applied.fact {
            touched.extend(self.erase(erased.worker));
        }
        self.fold(op.envelope.entity, applied);
        touched
    }

    fn fold(&mut self, entity: EntityId, op: Applied) {
        let folded = self.entities.entry(entity).or_default();
        let before = promise(folded.state.as_ref());
        let in_order = folded.ops.last().is_none_or(|last| last.order() < op.order() && op.id != entity);
        folded.ops.push(op);
        if in_order {
            let last = folded.ops.last().expect("just pushed");
            folded.state = Entity::fold(folded.state.take(), last);
        } else {
            folded.ops.sort_by_key(|op| (op.id != entity, op.order()));
            folded.state = Entity::fold_all(entity, folded.ops.clone());
        }
        let now = promise(folded.state.as_ref());
        if before.is_some_and(|(place, released)| !released && now.is_none_or(|(now, _)| now != place)) {
            self.broken.get_or_insert(format!("I9: ticket {entity} had {before:?} and has {now:?}"));
        }
        match &folded.state {
            Some(Entity::Ticket(ticket)) => {
                self.tickets.entry(ticket.post).or_default().insert(entity);
            }
            Some(Entity::Device(device)) => {
                self.devices.insert(device.number, entity);
            }
            _ => {}
        }
    }

    /// A payload that came after its op.
    fn fill(&mut self, id: OpId, bytes: &[u8]) -> Vec<EntityId> {
        if !self.missing.contains(&id) {
            return Vec::new();
        }
        let Some(slot) =
            self.series.get_mut(&id.holder()).and_then(|series| series.get_mut(id.seq as usize - 1))
        else {
            return Vec::new();
        };
        if payload_digest(bytes) != slot.envelope.payload_digest {
            return Vec::new();
        }
        *slot = Rc::new(Op { payload: Some(bytes.to_vec()), ..(**slot).clone() });
        self.missing.remove(&id);
        let (entity, now) = (slot.envelope.entity, crate::release::applied(slot, self.later));
        self.again(entity, |op| if op.id == id { now.clone() } else { op });
        vec![entity]
    }

    fn again(&mut self, entity: EntityId, change: impl Fn(Applied) -> Applied) {
        let Some(folded) = self.entities.get_mut(&entity) else { return };
        folded.ops = std::mem::take(&mut folded.ops).into_iter().map(change).collect();
        folded.state = Entity::fold_all(entity, folded.ops.clone());
        if let Some(Entity::Ticket(ticket)) = &folded.state {
            self.tickets.entry(ticket.post).or_default().insert(entity);
        }
    }

    /// A worker's identity goes; what happened to the places stays.
    fn erase(&mut self, worker: EntityId) -> Vec<EntityId> {
        self.erased.insert(worker);
        let ids: Vec<OpId> = self
            .entities
            .get(&worker)
            .map(|folded| folded.ops.iter().map(|op| op.id).collect())
            .unwrap_or_default();
        for id in &ids {
            self.missing.remove(id);
            if let Some(slot) = self.series.get_mut(&id.holder()).and_then(|s| s.get_mut(id.seq as usize - 1))
                && identifies(slot)
            {
                *slot = Rc::new(Op { payload: None, ..(**slot).clone() });
            }
        }
        self.again(worker, |op| match op.fact {
            Fact::WorkerIdentified(_) => Applied { fact: Fact::Absent { kind: op.fact.kind() }, ..op },
            _ => op,
        });
        vec![worker]
    }

    pub(crate) fn entity(&self, id: EntityId) -> Option<&Entity> {
        self.entities.get(&id)?.state.as_ref()
    }

    /// What was written about an entity.
    pub(crate) fn ops_of(&self, id: EntityId) -> &[Applied] {
        self.entities.get(&id).map_or(&[], |folded| &folded.ops)
    }

    pub(crate) fn post(&self, id: EntityId) -> Option<&Post> {
        match self.entity(id)? {
            Entity::Post(post) => Some(post),
            _ => None,
        }
    }

    /// The post that an entity is or is about.
    pub(crate) fn post_of(&self, id: EntityId) -> Option<EntityId> {
        match self.entity(id)? {
            Entity::Post(_) => Some(id),
            Entity::Ticket(ticket) => Some(ticket.post),
            _ => None,
        }
    }

    pub(crate) fn ticket(&self, id: EntityId) -> Option<&Ticket> {
        match self.entity(id)? {
            Entity::Ticket(ticket) => Some(ticket),
            _ => None,
        }
    }

    /// The entity of the device with that number.
    pub(crate) fn device(&self, number: u32) -> Option<EntityId> {
        self.devices.get(&number).copied()
    }

    /// Workers that the device with that number registered.
    pub(crate) fn workers(&self, number: u32) -> impl Iterator<Item = EntityId> {
        let from = EntityId::new(number, 0, 0);
        let of = self.entities.range(from..).take_while(move |(id, _)| id.device == number);
        of.filter(|(_, folded)| matches!(folded.state, Some(Entity::Worker(_)))).map(|(id, _)| *id)
    }

    pub(crate) fn posts(&self) -> impl Iterator<Item = (EntityId, &Post)> {
        self.entities.iter().filter_map(|(id, folded)| match &folded.state {
            Some(Entity::Post(post)) => Some((*id, &**post)),
            _ => None,
        })
    }

    pub(crate) fn tickets(&self, post: EntityId) -> impl Iterator<Item = (EntityId, &Ticket)> {
        let ids = self.tickets.get(&post).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.ticket(*id)?)))
    }

    pub(crate) fn places(&self, post: EntityId) -> Places {
        Places::of(self.tickets(post).filter_map(|(_, ticket)| {
            let place = ticket.place?;
            let released = ticket.released.as_ref();
            let cver = released.and_then(|released| released.cver).unwrap_or(place.cver);
            Some(Spent { index: place.index, live: released.is_none(), gver: place.gver, cver })
        }))
    }

    /// The first entity whose state is not the fold of its ops.
    pub(crate) fn not_folded(&self) -> Option<EntityId> {
        let whole =
            |(id, folded): &(&EntityId, &Folded)| Entity::fold_all(**id, folded.ops.clone()) == folded.state;
        self.entities.iter().find(|entity| !whole(entity)).map(|(id, _)| *id)
    }

    /// Every state as the later release folds it, from the ops alone.
    pub(crate) fn as_later(&self) -> BTreeMap<EntityId, Option<Entity>> {
        let mut ops: BTreeMap<EntityId, Vec<Applied>> = BTreeMap::new();
        for op in self.series.values().flatten() {
            let entity = op.envelope.entity;
            ops.entry(entity).or_default().push(crate::release::applied(op, true));
        }
        ops.into_iter().map(|(id, ops)| (id, Entity::fold_all(id, ops))).collect()
    }

    pub(crate) fn missing_here(&self) -> &BTreeSet<OpId> {
        &self.missing
    }

    /// An op as it lies here.
    pub(crate) fn op_here(&self, id: OpId) -> Option<&Rc<Op>> {
        self.series.get(&id.holder())?.get(usize::try_from(id.seq.checked_sub(1)?).ok()?)
    }

    pub(crate) fn chain(&self, series: Holder, seq: u64) -> Option<Chain> {
        self.chain_at(series, seq).unwrap_or_default()
    }

    pub(crate) fn head_of(&self, series: Holder) -> Head {
        let last = self.series.get(&series).and_then(|ops| ops.last());
        last.map_or_else(
            || Head::origin(series.device, series.epoch),
            |op| Head { seq: op.envelope.id.seq, chain: op.chain, hlc: op.envelope.hlc },
        )
    }

    /// Keeps a seal, and of the earlier ones that stand only those at a stride, as the real store does.
    fn hold(&mut self, seal: Seal) {
        let kept = self.seals.entry((seal.series, seal.seq)).or_insert(seal);
        if kept.at < seal.at {
            *kept = seal;
        }
        let head = self.head_of(seal.series).seq;
        let mut standing = self.seals.range((seal.series, 0)..=(seal.series, head));
        let Some((&(series, last), _)) = standing.next_back() else { return };
        let between = |seq: &u64| !seq.is_multiple_of(STRIDE);
        let earlier = self.seals.range((series, 0)..(series, last)).map(|((_, seq), _)| *seq).filter(between);
        for seq in earlier.collect::<Vec<u64>>() {
            self.seals.remove(&(series, seq));
        }
    }

    /// Whether a seal is on the history that is here, or goes further.
    fn fits(&self, seal: &Seal) -> bool {
        self.chain_at(seal.series, seal.seq).unwrap_or_default().is_none_or(|chain| chain == seal.chain)
    }

    /// Whether an op of that number is here.
    pub(crate) fn holds(&self, id: OpId) -> bool {
        id.seq > 0 && id.seq <= self.head_of(id.holder()).seq
    }
}

/// What a ticket promises, and whether that was given back.
fn promise(state: Option<&Entity>) -> Option<(PlaceRight, bool)> {
    match state {
        Some(Entity::Ticket(ticket)) => Some((ticket.place?, ticket.released.is_some())),
        _ => None,
    }
}

/// The payloads that an erasure takes: who somebody is.
fn identifies(op: &Op) -> bool {
    op.envelope.scope == Scope::Desk
}

impl Ledger for Store {
    type Error = Infallible;

    fn heads(&self) -> Result<Vec<(Holder, Head)>, Infallible> {
        Ok(self.series.keys().map(|series| (*series, self.head_of(*series))).collect())
    }

    fn head(&self, series: Holder) -> Result<Head, Infallible> {
        Ok(self.head_of(series))
    }

    fn chain_at(&self, series: Holder, seq: u64) -> Result<Option<Chain>, Infallible> {
        let op = |ops: &Vec<Rc<Op>>| ops.get(usize::try_from(seq.checked_sub(1)?).ok()?).map(|op| op.chain);
        Ok(self.series.get(&series).and_then(op))
    }

    fn ops_after(&self, series: Holder, seq: u64, limit: usize) -> Result<Vec<Op>, Infallible> {
        let ops = self.series.get(&series).map(|ops| ops.iter().skip(seq as usize).take(limit));
        Ok(ops.into_iter().flatten().map(|op| (**op).clone()).collect())
    }

    fn seals(&self, series: Holder, after: u64, to: u64) -> Result<Vec<Seal>, Infallible> {
        if after >= to {
            return Ok(Vec::new());
        }
        let between = self.seals.range((series, after + 1)..=(series, to)).map(|(_, seal)| *seal);
        Ok(between.filter(|seal| self.fits(seal)).collect())
    }

    fn ended(&self, series: Holder) -> Result<Option<u64>, Infallible> {
        let device = self.devices.get(&series.device).and_then(|id| self.entity(*id));
        Ok(match device {
            Some(Entity::Device(device)) => device.ended.get(&series.epoch).copied(),
            _ => None,
        })
    }

    fn missing(&self, limit: usize) -> Result<Vec<OpId>, Infallible> {
        Ok(self.missing.iter().copied().take(limit).collect())
    }

    fn op(&self, id: OpId) -> Result<Option<Op>, Infallible> {
        let ops = self.series.get(&id.holder());
        Ok(ops.and_then(|ops| ops.get(id.seq.checked_sub(1)? as usize)).map(|op| (**op).clone()))
    }
}
