//! What must hold at every event, as far as people and machines see it; see `truth` for what only the world sees,
//! and `peace` for what must hold at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hall_core::entity::custody::Custody;
use hall_core::fact::{Fact, Holder, PlaceRight, Scope};
use hall_core::vocab::{DeviceRole, ReleaseReason};
use hall_core::{EntityId, OpId};
use hall_log::{Op, Subject};

use crate::setup::COUNTY;
use crate::store::Record;
use crate::world::World;

/// A slip somebody holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slip {
    pub ticket: EntityId,
    pub right: PlaceRight,
}

/// What people were told about places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slips {
    pub by_place: BTreeMap<(EntityId, u16), Vec<Slip>>,
    /// Ops that some machine had and lost: that it once acknowledged them proves nothing.
    forgotten: BTreeSet<OpId>,
    /// Ops that nobody can have any more: their only holder's disk was lost.
    pub gone: BTreeSet<OpId>,
}

impl World {
    /// A fact became durable and was shown.
    pub(crate) fn told(&mut self, n: usize, id: OpId, subject: Subject, fact: &Fact) {
        self.say(|| format!("{n} {id} {subject:?} {}", short(fact)));
        let entity = match subject {
            Subject::New | Subject::Draft(_) => id,
            Subject::Entity(entity) => entity,
        };
        match fact {
            Fact::TicketOpened(opened) => {
                if let Some((post, right)) = crate::work::opened_place(opened) {
                    self.promised(n, post, right, entity);
                }
            }
            Fact::TicketConfirmed(confirmed) => {
                self.cover.mark("standby promoted");
                if let Some(post) = self.devices[n].store.ticket(entity).map(|ticket| ticket.post) {
                    self.promised(n, post, confirmed.place, entity);
                }
            }
            Fact::TicketReleased(released) if released.reason == ReleaseReason::Duplicate => {
                self.cover.mark("gave way to the same worker's other ticket");
            }
            Fact::PlacesGiven(_) => self.cover.mark("gift sent"),
            Fact::PlacesAccepted(_) if n == COUNTY => self.cover.mark("given back to the county"),
            Fact::PlacesAccepted(_) => self.cover.mark("gift accepted"),
            Fact::PlacesRefused(_) => self.cover.mark("gift refused"),
            _ => {}
        }
    }

    /// Invariant 1: no place is promised to two people.
    fn promised(&mut self, n: usize, post: EntityId, right: PlaceRight, ticket: EntityId) {
        let risky = self.is_copied(n) || self.truth.at_risk.contains(&(post, right.index));
        // It is released by whoever wrote so first, also before the promise came from a machine that had not heard.
        let stands = |slip: &&Slip| slip.ticket != ticket && !self.truth.is_released(slip.ticket);
        let slips = self.slips.by_place.entry((post, right.index)).or_default();
        let other = slips.iter().find(stands).copied();
        slips.push(Slip { ticket, right });
        if let Some(other) = other.filter(|_| !risky) {
            self.fail(format!(
                "I1: place {} of post {post} is promised to {ticket} by {:?} with {right:?}; {} has it with {:?}",
                right.index, self.devices[n].holder, other.ticket, other.right
            ));
        }
    }

    /// The machine's disk was put back without anybody noticing: until it is told, whatever it holds or held is
    /// at risk.
    /// Called when the image is back in its place.
    pub(crate) fn astray(&mut self, n: usize) {
        self.devices[n].astray = true;
        let device = self.devices[n].holder.device;
        let theirs = |holder: Holder| holder.device == device;
        let mut places = Vec::new();
        let before = self.devices[n].on_disk();
        for store in self.devices.iter().map(|device| &device.store).chain([&before]) {
            for (id, post) in store.posts() {
                let touched = post.places.iter().filter(|(_, place)| match place.custody {
                    Custody::Held(holder) => theirs(holder),
                    Custody::Given { to, gift } => theirs(to) || theirs(gift.holder()),
                    Custody::Gone => false,
                });
                places.extend(touched.map(|(index, _)| (id, index)));
            }
        }
        self.truth.at_risk.extend(places);
    }

    /// What no other machine has.
    pub(crate) fn only_at(&self, n: usize) -> BTreeSet<OpId> {
        let evidence = self.devices[n].store.evidence.iter().map(|op| op.envelope.id);
        let mine: BTreeSet<OpId> = ids(self, n).chain(evidence).collect();
        let others = (0..self.devices.len()).filter(|other| *other != n);
        let elsewhere: BTreeSet<OpId> = others.flat_map(|other| ids(self, other)).collect();
        mine.difference(&elsewhere).copied().collect()
    }

    /// What this machine was told is kept elsewhere, too.
    pub(crate) fn acknowledged(&self, n: usize) -> BTreeSet<OpId> {
        let device = &self.devices[n];
        let Some(node) = &device.node else { return BTreeSet::new() };
        let own = device.store.series.get(&device.holder).into_iter().flatten().map(|op| op.envelope.id);
        own.filter(|id| node.reach(id.seq) > hall_sync::node::Reach::Device)
            .filter(|id| !self.slips.forgotten.contains(id))
            .collect()
    }

    /// Of `unsynced`, what the machine's disk does not hold any more is gone for good.
    pub(crate) fn gone(&mut self, n: usize, mut unsynced: BTreeSet<OpId>) {
        let left = self.devices[n].on_disk();
        let before: Vec<OpId> = ids(self, n).collect();
        self.slips.forgotten.extend(before.into_iter().filter(|id| !left.holds(*id)));
        self.devices[n].store = left.clone();
        for op in left.series.values().flatten() {
            unsynced.remove(&op.envelope.id);
        }
        self.slips.gone.extend(unsynced);
    }

    /// Invariant 3: at most one machine of all can promise a place of the post now.
    pub(crate) fn spendable_once(&mut self, post: EntityId) {
        let mut spenders: BTreeMap<u16, Holder> = BTreeMap::new();
        for n in 0..self.devices.len() {
            let device = &self.devices[n];
            let begins_anew = !device.is_up() && device.is_short();
            if self.is_copied(n) || begins_anew || !device.trusts_clock(self.now) {
                continue;
            }
            for right in device.free(post, self.now) {
                let other = spenders.insert(right.index, device.holder);
                let at_risk = self.truth.at_risk.contains(&(post, right.index));
                if let Some(other) = other.filter(|_| !at_risk) {
                    let (index, holder) = (right.index, device.holder);
                    return self.fail(format!(
                        "I3: {other:?} and {holder:?} can both spend place {index} of {post}"
                    ));
                }
            }
        }
    }

    /// The same for all posts: a clock was set, or a machine reads its disk.
    pub(crate) fn all_spendable_once(&mut self) {
        let posts = self.devices.iter().flat_map(|device| device.store.posts().map(|(id, _)| id));
        for post in posts.collect::<BTreeSet<_>>() {
            self.spendable_once(post);
        }
    }

    /// Invariants 5 and 10: what a machine takes from others is true, and may be there.
    pub(crate) fn is_fit(&mut self, n: usize, record: &Record) {
        match record {
            Record::Ops(ops) => {
                self.is_true(n, ops);
                for op in ops {
                    self.may_be_at(n, op);
                }
            }
            Record::Payload(id, _) => {
                let store = &self.devices[n].store;
                if let Some(op) = store.op_here(*id).filter(|op| op.payload.is_some()).cloned() {
                    self.may_be_at(n, &op);
                }
            }
            _ => {}
        }
    }

    /// Invariant 10: a payload reaches only whom it may reach. Said here once more, in other words than in the
    /// protocol.
    fn may_be_at(&mut self, n: usize, op: &Rc<Op>) {
        let device = &self.devices[n];
        let (id, scope) = (op.envelope.id, op.envelope.scope);
        let home = self.hall_of(id.device);
        let county = device.role == DeviceRole::County;
        let at_home = home == Some(device.hall);
        let author_is_county = home == Some(self.devices[COUNTY].hall);
        let readable = match scope {
            Scope::Device => false,
            Scope::Desk => county || (at_home && device.role == DeviceRole::Desk),
            Scope::Hall => county || at_home,
            Scope::County | Scope::Public => true,
        };
        if !county && !at_home && !author_is_county {
            self.fail(format!("I10: {n} is given {id} of another hall"));
        } else if op.payload.is_some() && !readable && id.device != device.holder.device {
            self.fail(format!("I10: {n} is given the payload of {id}, which is for {scope:?}"));
        }
        let store = &self.devices[n].store;
        let kept = store.op_here(id).is_some_and(|kept| kept.payload.is_some());
        if scope == Scope::Desk && kept && store.erased.contains(&op.envelope.entity) {
            self.fail(format!("I10: {n} keeps the payload of {id}, which was erased"));
        }
    }
}

pub(crate) fn ids(world: &World, n: usize) -> impl Iterator<Item = OpId> + '_ {
    world.devices[n].store.series.values().flatten().map(|op| op.envelope.id)
}

fn short(fact: &Fact) -> String {
    let text = format!("{fact:?}");
    text.chars().take(150).collect()
}
