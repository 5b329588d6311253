//! What must hold: at every promise, and when everything has come together.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::entity::custody::Custody;
use hall_core::fact::{Fact, Holder, PlaceRight, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, OpId};
use hall_log::Subject;

use crate::setup::COUNTY;
use crate::world::World;

/// A slip somebody holds.
#[derive(Clone, Copy, Debug)]
struct Slip {
    ticket: EntityId,
    right: PlaceRight,
    live: bool,
}

/// What people were told about places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slips {
    by_place: BTreeMap<(EntityId, u16), Vec<Slip>>,
    /// Places about which people decided against the protocol, with their eyes open, or which a copied machine
    /// had: two promises may stand there.
    at_risk: BTreeSet<(EntityId, u16)>,
    /// Series of which there are two histories: known, put aside, and people must look.
    pub forked: BTreeSet<Holder>,
    /// Ops that some machine had and lost: that it once acknowledged them proves nothing.
    forgotten: BTreeSet<OpId>,
    /// Ops that nobody can have any more: their only holder's disk was lost.
    gone: BTreeSet<OpId>,
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
            Fact::TicketReleased(released) => {
                if released.reason == hall_core::vocab::ReleaseReason::Duplicate {
                    self.cover.mark("gave way to the same worker's other ticket");
                }
                for slip in self.slips.by_place.values_mut().flatten().filter(|slip| slip.ticket == entity) {
                    slip.live = false;
                }
            }
            Fact::PlacesReclaimed(reclaimed) if reclaimed.at_risk > 0 => {
                let places = reclaimed.places.iter().map(|right| (entity, right.index));
                self.slips.at_risk.extend(places);
            }
            Fact::PlacesGiven(_) => self.cover.mark("gift sent"),
            Fact::PlacesAccepted(_) => self.cover.mark("gift accepted"),
            Fact::PlacesRefused(_) => self.cover.mark("gift refused"),
            _ => {}
        }
    }

    /// Invariant 1: no place is promised to two people.
    fn promised(&mut self, n: usize, post: EntityId, right: PlaceRight, ticket: EntityId) {
        let risky = self.devices[n].astray || self.slips.at_risk.contains(&(post, right.index));
        // Whoever was interrupted in saying so has released it all the same.
        let store = &self.devices[n].store;
        let released = |ticket| store.ticket(ticket).is_some_and(|ticket| !ticket.is_live());
        let slips = self.slips.by_place.entry((post, right.index)).or_default();
        let other =
            slips.iter().find(|slip| slip.live && slip.ticket != ticket && !released(slip.ticket)).copied();
        slips.push(Slip { ticket, right, live: true });
        if let Some(other) = other.filter(|_| !risky) {
            self.fail(format!(
                "place {} of post {post} is promised to {ticket} by {:?} with {right:?}; {} has it with {:?}",
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
        self.slips.at_risk.extend(places);
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

    /// Invariant 3: at most one machine can spend a place.
    pub(crate) fn one_custodian(&mut self) {
        let mut spenders: BTreeMap<(EntityId, u16), Vec<Holder>> = BTreeMap::new();
        for device in self.devices.iter().filter(|device| !device.astray) {
            for (id, post) in device.store.posts() {
                let places = device.store.places(id);
                for right in places.usable(id, post, device.holder, device.now(self.now)) {
                    spenders.entry((id, right.index)).or_default().push(device.holder);
                }
            }
        }
        let double = spenders
            .into_iter()
            .find(|(place, holders)| holders.len() > 1 && !self.slips.at_risk.contains(place));
        if let Some((place, holders)) = double {
            self.fail(format!("{holders:?} can all spend place {} of post {}", place.1, place.0));
        }
    }

    /// What must be true when the lines have long been whole.
    pub(crate) fn at_peace(&mut self) {
        self.one_custodian();
        self.same_histories();
        self.nothing_lost();
        self.same_states();
        self.scopes_kept();
        self.nobody_waits_in_vain();
    }

    /// Invariants 5 and 8: what two machines have of a series is the same, and they have the same.
    fn same_histories(&mut self) {
        for n in 1..self.devices.len() {
            let device = &self.devices[n];
            let county = &self.devices[COUNTY].store;
            let mut wrong = None;
            let forked = &self.slips.forked;
            for series in device.store.series.keys().filter(|series| !forked.contains(series)) {
                // What lost its seal in a power cut, and its author for ever, stays where it is.
                let here = device.store.sealed_to(*series, device.holder.device);
                let there = county.head_of(*series).seq;
                let (ours, theirs) = (device.store.chain(*series, here), county.chain(*series, here));
                if here > there || (here > 0 && ours != theirs) {
                    wrong =
                        Some(format!("after peace {n} has {here} ops of {series:?} and the county {there}"));
                }
            }
            for (series, ops) in county.series.iter().filter(|(series, _)| !forked.contains(series)) {
                let same_hall = self
                    .devices
                    .iter()
                    .any(|other| other.holder.device == series.device && other.hall == device.hall);
                let here = device.store.series.get(series).map_or(0, Vec::len);
                if same_hall && here < ops.len() {
                    wrong = Some(format!(
                        "after peace {n} has {here} ops of {series:?} and the county {}",
                        ops.len()
                    ));
                }
            }
            if let Some(wrong) = wrong {
                self.fail(wrong);
            }
        }
    }

    /// Invariant 4: whatever was shown is at the county, or kept as evidence, or was on a disk that is gone.
    fn nothing_lost(&mut self) {
        let kept: BTreeSet<OpId> = ids(self, COUNTY).collect();
        let evidence: BTreeSet<OpId> = self
            .devices
            .iter()
            .flat_map(|device| device.store.evidence.iter().map(|op| op.envelope.id))
            .collect();
        // One history of a forked series may be everywhere but at the county.
        let forked = |id: &OpId| {
            let all = self.devices.iter().any(|device| device.store.holds(*id));
            let stuck = |device: &crate::device::Device| {
                device.store.holds(*id) && id.seq > device.store.sealed_to(id.holder(), device.holder.device)
            };
            (self.slips.forked.contains(&id.holder()) && all) || self.devices.iter().any(stuck)
        };
        let known = |id: &OpId| kept.contains(id) || evidence.contains(id) || self.slips.gone.contains(id);
        let lost = self.shown.iter().find(|id| !known(id) && !forked(id)).copied();
        if let Some(id) = lost {
            let far: Vec<u64> = self.devices.iter().map(|d| d.store.head_of(id.holder()).seq).collect();
            self.fail(format!(
                "op {id} was shown and is not at the county; the machines have its series up to {far:?}"
            ));
        }
    }

    /// Whether a series of the hall has two histories.
    fn has_fork(&self, hall: u32) -> bool {
        let of_hall = |device: u32| self.devices.iter().any(|d| d.hall == hall && d.holder.device == device);
        self.slips.forked.iter().any(|series| of_hall(series.device))
    }

    /// Invariants 7 and 8: each state is the fold of its ops, and the same at every machine that may read it.
    fn same_states(&mut self) {
        let mut wrong = Vec::new();
        for (n, device) in self.devices.iter().enumerate() {
            // What hangs on a forked series differs until people have decided.
            if self.has_fork(device.hall) {
                continue;
            }
            for (id, state, whole) in device.store.states() {
                if !whole {
                    wrong.push(format!("the state of {id} at {n} is not the fold of its ops"));
                }
                // Kiosks do not hold what identifies people; all else must agree.
                let county = self.devices[COUNTY].store.entity(id);
                let comparable = device.role != DeviceRole::Kiosk
                    || !matches!(county, Some(hall_core::entity::Entity::Worker(_)));
                if comparable && state != county {
                    wrong.push(format!("{n} and the county differ about {id}: {state:?} {county:?}"));
                }
            }
        }
        for wrong in wrong {
            self.fail(wrong);
        }
    }

    /// Invariants 7 (design) and 10: payloads stay where they may be, and erased ones are gone everywhere.
    fn scopes_kept(&mut self) {
        let mut wrong = Vec::new();
        for (n, device) in self.devices.iter().enumerate() {
            let all = device.store.series.values().flatten();
            for op in all.filter(|op| op.payload.is_some()) {
                let (scope, id) = (op.envelope.scope, op.envelope.id);
                let own = id.device == device.holder.device;
                if device.role == DeviceRole::Kiosk && scope == Scope::Desk && !own {
                    wrong.push(format!("{n} holds the payload of {id}, which is for desks"));
                }
                if scope == Scope::Desk && device.store.erased.contains(&op.envelope.entity) {
                    wrong.push(format!("{n} holds the payload of {id}, which was erased"));
                }
            }
        }
        let erased = self.devices[COUNTY].store.erased.clone();
        for (n, device) in self.devices.iter().enumerate() {
            // The erasure may stand in the history that this machine does not have.
            if self.has_fork(device.hall) {
                continue;
            }
            let hall = |worker: &&EntityId| {
                let same = |other: &&crate::device::Device| other.holder.device == worker.device;
                self.devices.iter().find(same).is_some_and(|other| other.hall == device.hall)
            };
            if let Some(worker) =
                erased.iter().filter(hall).find(|worker| !device.store.erased.contains(worker))
            {
                wrong.push(format!("{n} has not erased {worker}"));
            }
        }
        for wrong in wrong {
            self.fail(wrong);
        }
    }

    /// Invariant 11: nobody waits at a machine while a place lies free in his hall, and no machine is stuck.
    fn nobody_waits_in_vain(&mut self) {
        let mut wrong = Vec::new();
        for (n, device) in self.devices.iter().enumerate().skip(1) {
            let now = device.now(self.now);
            if !device.is_up() {
                wrong.push(format!("{n} is down although nothing is wrong"));
            }
            if self.has_fork(device.hall) {
                continue;
            }
            for (id, post) in device.store.posts() {
                let open = post.status == hall_core::entity::PostStatus::Open;
                let waits = device.waiting(id, now);
                let begins = post.span().begins();
                // Whoever came to trust his clock only now has not had the time to ask.
                let lately = self.now.plus_ms(-3 * 60_000);
                if !open || waits.is_empty() || now >= begins || !device.trusts_clock(lately) {
                    continue;
                }
                let near = self.devices.iter().enumerate().filter(|(_, other)| other.hall == device.hall);
                for (other_n, other) in near {
                    let spare = other
                        .free(id, other.now(self.now))
                        .len()
                        .saturating_sub(other.waiting(id, now).len());
                    if spare > 0 && other.trusts_clock(lately) {
                        wrong.push(format!(
                            "{waits:?} wait at {n} for post {id} while {other_n} has {spare} to spare: {:?}, wishes {:?}",
                            post.places,
                            other.node.as_ref().map(|node| node.wanted().collect::<Vec<_>>())
                        ));
                    }
                }
            }
        }
        for wrong in wrong {
            self.fail(wrong);
        }
    }
}

fn ids(world: &World, n: usize) -> impl Iterator<Item = OpId> {
    let series = world.devices[n].store.series.values();
    series.flatten().map(|op| op.envelope.id).collect::<Vec<_>>().into_iter()
}

fn short(fact: &Fact) -> String {
    let text = format!("{fact:?}");
    text.chars().take(150).collect()
}
