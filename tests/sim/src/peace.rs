//! What must hold when the lines have long been whole.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hall_core::entity::Entity;
use hall_core::fact::{Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, OpId};
use hall_log::{Op, payload_digest};
use hall_sync::node::Reach;

use crate::check::ids;
use crate::device::Device;
use crate::setup::COUNTY;
use crate::world::World;

/// Whoever waits is served when he asks the next time, so there is always somebody who has just written.
const ON_ITS_WAY_MS: i64 = 40_000;

impl World {
    /// How far a series that is here must be everywhere by now: what was written a moment ago is on its way.
    fn due(&self, series: Holder, head: u64) -> u64 {
        self.truth.written_before(series, head, self.now.plus_ms(-ON_ITS_WAY_MS))
    }

    /// What ops speak of that are on their way.
    fn in_motion(&self) -> BTreeSet<EntityId> {
        let series = self.devices.iter().flat_map(|device| &device.store.series);
        let young = |(series, ops): (&Holder, &Vec<Rc<Op>>)| {
            let due = self.due(*series, ops.len() as u64) as usize;
            ops.iter().skip(due).map(|op| op.envelope.entity).collect::<Vec<_>>()
        };
        series.flat_map(young).collect()
    }

    pub(crate) fn at_peace(&mut self) {
        self.all_spendable_once();
        self.same_histories();
        self.nothing_lost();
        self.all_acknowledged();
        self.same_states();
        self.payloads_whole();
        self.slips_stand();
        self.as_many_as_there_are();
        self.erased_everywhere();
        self.nobody_waits_in_vain();
        self.all_delivered();
    }

    /// The first of what is wrong, if anything is.
    fn fail_first(&mut self, wrong: Option<String>) {
        if let Some(wrong) = wrong {
            self.fail(wrong);
        }
    }

    /// Invariants 5 and 8: what two machines have of a series is the same, and they have the same.
    fn same_histories(&mut self) {
        for n in 1..self.devices.len() {
            let device = &self.devices[n];
            let county = &self.devices[COUNTY].store;
            let mut wrong = None;
            let forked = &self.truth.forked;
            for series in device.store.series.keys().filter(|series| !forked.contains(series)) {
                let here = self.due(*series, device.store.head_of(*series).seq);
                let there = county.head_of(*series).seq;
                let (ours, theirs) = (device.store.chain(*series, here), county.chain(*series, here));
                if here > there || (here > 0 && ours != theirs) {
                    wrong = Some(format!(
                        "I8: after peace {n} has {here} ops of {series:?} and the county {there}"
                    ));
                }
            }
            for (series, ops) in county.series.iter().filter(|(series, _)| !forked.contains(series)) {
                let same_hall = self
                    .devices
                    .iter()
                    .any(|other| other.holder.device == series.device && other.hall == device.hall);
                let here = device.store.head_of(*series).seq;
                let there = self.due(*series, ops.len() as u64);
                if same_hall && here < there {
                    wrong = Some(format!(
                        "I8: after peace {n} has {here} ops of {series:?} and the county {there}"
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
            self.truth.forked.contains(&id.holder()) && all
        };
        let coming = |id: &OpId| id.seq > self.due(id.holder(), id.seq);
        let known = |id: &OpId| {
            coming(id) || kept.contains(id) || evidence.contains(id) || self.slips.gone.contains(id)
        };
        let lost = self.shown.iter().find(|id| !known(id) && !forked(id)).copied();
        if let Some(id) = lost {
            let far: Vec<u64> = self.devices.iter().map(|d| d.store.head_of(id.holder()).seq).collect();
            self.fail(format!(
                "I4: op {id} was shown and is not at the county; the machines have its series up to {far:?}"
            ));
        }
    }

    /// Whether a series of the hall has two histories.
    fn has_fork(&self, hall: u32) -> bool {
        let of_hall = |device: u32| self.devices.iter().any(|d| d.hall == hall && d.holder.device == device);
        self.truth.forked.iter().any(|series| of_hall(series.device))
    }

    /// Invariant 11: each machine knows that what it wrote has reached the county.
    fn all_acknowledged(&mut self) {
        let far = |device: &&Device| {
            let head = self.due(device.holder, device.store.head_of(device.holder).seq);
            let node = device.node.as_ref();
            head == 0 || node.is_none_or(|node| node.reach(head) == Reach::County)
        };
        let forked = |device: &&Device| self.truth.forked.contains(&device.holder);
        let wrong =
            self.devices.iter().skip(1).find(|device| !far(device) && !forked(device)).map(|device| {
                format!("I11: {:?} was never told that its ops are at the county", device.holder)
            });
        self.fail_first(wrong);
    }

    /// Invariants 7, 8 and 15: each state is the fold of its ops, and the same at every machine that may read it,
    /// once each runs the later release.
    fn same_states(&mut self) {
        let county = self.devices[COUNTY].store.as_later();
        let mut wrong = None;
        let moving = self.in_motion();
        let halls = self.devices.iter().filter(|device| device.role == DeviceRole::Desk).count();
        for (n, device) in self.devices.iter().enumerate() {
            if let Some(id) = device.store.not_folded() {
                wrong = Some(format!("I7: the state of {id} at {n} is not the fold of its ops"));
            }
            // What hangs on a forked series differs until people have decided.
            if n == COUNTY || self.has_fork(device.hall) {
                continue;
            }
            for (id, state) in device.store.as_later() {
                let there = county.get(&id).and_then(Option::as_ref);
                if moving.contains(&id) {
                    continue;
                }
                // Of its own posts the county alone knows what every hall did.
                if id.device == hall_core::COUNTY && halls > 1 {
                    continue;
                }
                // Kiosks do not hold what identifies people; all else must agree.
                let comparable =
                    device.role != DeviceRole::Kiosk || !matches!(there, Some(Entity::Worker(_)));
                if comparable && state.as_ref() != there {
                    wrong = Some(format!("I8: {n} and the county differ about {id}: {state:?} {there:?}"));
                }
            }
        }
        self.fail_first(wrong);
    }

    /// Invariant 15: payloads are what their authors wrote, whichever release carried them, and nobody lacks one
    /// that he may have and a neighbour has.
    fn payloads_whole(&mut self) {
        let mut wrong = None;
        for (n, device) in self.devices.iter().enumerate() {
            for op in device.store.series.values().flatten() {
                let spoiled =
                    op.payload.as_ref().is_some_and(|it| payload_digest(it) != op.envelope.payload_digest);
                if spoiled {
                    wrong = Some(format!("I15: {n} has another payload of {}", op.envelope.id));
                }
            }
            if self.has_fork(device.hall) || device.role == DeviceRole::County {
                continue;
            }
            for upstream in &device.upstreams {
                let other = &self.devices[*upstream];
                let lacks = |here: &Device, there: &Device| {
                    let has = |id: &&OpId| there.store.op_here(**id).is_some_and(|op| op.payload.is_some());
                    let ours = |id: &&OpId| self.hall_of(id.device) == Some(device.hall);
                    here.store.missing_here().iter().filter(ours).find(has).copied()
                };
                if let Some(id) = lacks(device, other).or_else(|| lacks(other, device)) {
                    wrong = Some(format!("I8: of {n} and {upstream} only one has the payload of {id}"));
                }
            }
        }
        self.fail_first(wrong);
    }

    /// Invariant 9: a slip that was not given back is a confirmed ticket at the county, with that very place.
    fn slips_stand(&mut self) {
        let store = &self.devices[COUNTY].store;
        let moving = self.in_motion();
        let mut wrong = None;
        for (place, slips) in
            self.slips.by_place.iter().filter(|(place, _)| !self.truth.at_risk.contains(place))
        {
            for slip in slips
                .iter()
                .filter(|slip| !self.truth.is_released(slip.ticket) && !moving.contains(&slip.ticket))
            {
                let series = slip.ticket.holder();
                let lost = self.slips.gone.contains(&slip.ticket) || self.truth.forked.contains(&series);
                let ticket = store.ticket(slip.ticket);
                let stands = ticket.is_some_and(|it| !it.is_live() || it.place == Some(slip.right));
                // Promotions may be lost where the ticket itself is not.
                let place_lost = self.slips.gone.iter().any(|id| id.holder() == series);
                if !stands && !lost && !place_lost && store.holds(slip.ticket) {
                    wrong = Some(format!("I9: {slip:?} for place {place:?} is {ticket:?} at the county"));
                }
            }
        }
        self.fail_first(wrong);
    }

    /// Invariant 2: at the county a place has at most one live ticket, and no post has more than it has places.
    fn as_many_as_there_are(&mut self) {
        let store = &self.devices[COUNTY].store;
        let mut wrong = None;
        for (id, post) in store.posts() {
            // Whoever gave a place of it back may have done so in the history that is not told any more.
            let is_of_fork = |device| self.hall_of(device).is_some_and(|hall| self.has_fork(hall));
            if is_of_fork(id.device) {
                continue;
            }
            let mut taken: BTreeMap<u16, EntityId> = BTreeMap::new();
            let told = store.tickets(id).filter(|(ticket, _)| !is_of_fork(ticket.device));
            for (ticket, held) in told.filter(|(_, ticket)| ticket.holds_place()) {
                let index = held.place.map_or(0, |place| place.index);
                if self.truth.at_risk.contains(&(id, index)) {
                    continue;
                }
                if let Some(other) = taken.insert(index, ticket) {
                    wrong = Some(format!("I2: {other} and {ticket} both have place {index} of {id}"));
                }
                if post.places.iter().all(|(place, _)| place != index) {
                    wrong = Some(format!("I2: {ticket} has place {index} of {id}, which is not there"));
                }
            }
        }
        self.fail_first(wrong);
    }

    /// Invariant 10: what was erased is erased everywhere, and identities are only where they may be.
    fn erased_everywhere(&mut self) {
        let mut wrong = None;
        let erased = &self.devices[COUNTY].store.erased;
        for (n, device) in self.devices.iter().enumerate() {
            for op in device.store.series.values().flatten().filter(|op| op.payload.is_some()) {
                let (scope, id) = (op.envelope.scope, op.envelope.id);
                let own = id.device == device.holder.device;
                if device.role == DeviceRole::Kiosk && scope == Scope::Desk && !own {
                    wrong = Some(format!("I10: {n} holds the payload of {id}, which is for desks"));
                }
                if scope == Scope::Desk && device.store.erased.contains(&op.envelope.entity) {
                    wrong = Some(format!("I10: {n} holds the payload of {id}, which was erased"));
                }
            }
            // The erasure may stand in the history that this machine does not have.
            if self.has_fork(device.hall) {
                continue;
            }
            let ours = |worker: &&EntityId| self.hall_of(worker.device) == Some(device.hall);
            let missed = erased.iter().filter(ours).find(|worker| !device.store.erased.contains(worker));
            if let Some(worker) = missed {
                wrong = Some(format!("I10: {n} has not erased {worker}"));
            }
        }
        self.fail_first(wrong);
    }

    /// Invariant 14: a machine that came new to a hall has what the hall had then.
    pub(crate) fn has_settled(&mut self, n: usize, owed: &[(Holder, u64)]) {
        let store = &self.devices[n].store;
        let lacks = |(series, seq): &&(Holder, u64)| {
            store.head_of(*series).seq < *seq && !self.truth.forked.contains(series)
        };
        let wrong = owed.iter().find(lacks).map(|(series, seq)| {
            let here = store.head_of(*series).seq;
            format!("I14: the new machine {n} has {here} of {seq} ops of {series:?} after a minute")
        });
        self.cover.mark("newcomer settled");
        self.fail_first(wrong);
    }

    /// Invariant 11: nobody waits at a machine while a place lies free in his hall, and no machine is stuck.
    fn nobody_waits_in_vain(&mut self) {
        let mut wrong = Vec::new();
        for (n, device) in self.devices.iter().enumerate().skip(1) {
            let now = device.now(self.now);
            if !device.is_up() {
                wrong.push(format!("I11: {n} is down although nothing is wrong"));
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
                let near = self.devices.iter().enumerate();
                // What the county gives comes through the desk.
                let through = device.upstreams.iter().all(|n| self.devices[*n].trusts_clock(lately));
                let near = near.filter(|(_, other)| {
                    // A copy is not told of what the machine that it was copied from wants: that epoch may be over.
                    let is_copy = other.holder.device == device.holder.device && other.holder > device.holder;
                    !is_copy && (other.hall == device.hall || (other.role == DeviceRole::County && through))
                });
                for (other_n, other) in near {
                    let spare = other.free(id, self.now).len().saturating_sub(other.waiting(id, now).len());
                    if spare > 0 && other.trusts_clock(lately) {
                        wrong.push(format!(
                            "I11: {waits:?} wait at {n} for post {id} while {other_n} has {spare} to spare: {:?}, wishes {:?}",
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
