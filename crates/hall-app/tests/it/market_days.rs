//! Random market days on three devices that hear of each other late: whatever order ops arrive in, and however
//! often, the state is the same; and no place is ever promised twice.
//!
//! The days are made of the same decisions that the façade takes, without a disk under them, so that there can
//! be many; some of them then go through real stores.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::entity::{Applied, Entity, Post, Ticket, key};
use hall_core::fact::{
    Fact, Holder, OutcomeRecorded, Pay, PlacesMinted, PostClosed, PostTerms, SignedIn, TicketConfirmed,
    WorkerIdentified, WorkerProfile,
};
use hall_core::places::{self, Places};
use hall_core::ticketing::{self, Claim, Held};
use hall_core::vocab::{Meals, Outcome, PayUnit, ReleaseReason, Settlement, Sex, SignInPlace};
use hall_core::{Day, EntityId, Fen, Instant, Minute, OpId};
use hall_log::Op;
use hall_log::series::{Draft, Head, Series, Subject};
use hall_store::{Store, StoreConfig, StoreKeys};

use crate::support::{DAY, at};

const DAYS: u64 = 20;
const OPS: usize = 5_000;
const DEVICES: u32 = 3;

/// A small generator (splitmix64), so that a failing day can be had again by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.below(of.len())]) }
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n + 1));
        }
    }
}

/// What one device has heard, folded as it came in.
#[derive(Default)]
struct View {
    ops: BTreeMap<EntityId, Vec<Applied>>,
    states: BTreeMap<EntityId, Entity>,
    tickets_of: BTreeMap<EntityId, BTreeSet<EntityId>>,
}

impl View {
    fn hear(&mut self, entity: EntityId, op: &Applied) {
        let ops = self.ops.entry(entity).or_default();
        let in_order = ops.last().is_none_or(|last| last.order() < op.order() && op.id != entity);
        ops.push(op.clone());
        let state = if in_order {
            Entity::fold(self.states.remove(&entity), op)
        } else {
            ops.sort_by_key(Applied::order);
            Entity::fold_all(entity, ops.clone())
        };
        if let Some(state) = state {
            if let Entity::Ticket(ticket) = &state {
                self.tickets_of.entry(ticket.post).or_default().insert(entity);
            }
            self.states.insert(entity, state);
        }
    }

    fn post(&self, id: EntityId) -> Option<&Post> {
        match self.states.get(&id)? {
            Entity::Post(post) => Some(post),
            _ => None,
        }
    }

    fn ticket(&self, id: EntityId) -> Option<&Ticket> {
        match self.states.get(&id)? {
            Entity::Ticket(ticket) => Some(ticket),
            _ => None,
        }
    }

    fn tickets(&self, post: EntityId) -> impl Iterator<Item = (EntityId, &Ticket)> {
        let ids = self.tickets_of.get(&post).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.ticket(*id)?)))
    }

    fn places(&self, post: EntityId) -> Places {
        Places::of(self.tickets(post).filter_map(|(_, ticket)| {
            let place = ticket.place?;
            let released = ticket.released.as_ref();
            let cver = released.and_then(|released| released.cver).unwrap_or(place.cver);
            Some(key::Spent { index: place.index, live: released.is_none(), gver: place.gver, cver })
        }))
    }
}

struct Device {
    series: Series,
    skew: i64,
    view: View,
    /// How far it has heard each device's series.
    heard: [usize; DEVICES as usize],
}

struct Market {
    chance: Chance,
    now: Instant,
    devices: Vec<Device>,
    /// Every device's series, from its first op.
    series: Vec<Vec<Op>>,
    workers: Vec<EntityId>,
    posts: Vec<EntityId>,
    tickets: Vec<EntityId>,
}

fn applied(op: &Op) -> Applied {
    let payload = op.payload.as_deref().unwrap();
    let fact = Fact::decode(op.envelope.kind, op.envelope.schema, payload).unwrap();
    Applied { id: op.envelope.id, hlc: op.envelope.hlc, by: op.envelope.by, fact }
}

impl Market {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let devices = (1..=DEVICES).map(|n| Device {
            series: Series::new(n, 1),
            skew: chance.below(240_000) as i64 - 120_000,
            view: View::default(),
            heard: [0; DEVICES as usize],
        });
        let devices = devices.collect();
        Self {
            chance,
            now: at(DAY, "04:30"),
            devices,
            series: vec![Vec::new(); DEVICES as usize],
            workers: Vec::new(),
            posts: Vec::new(),
            tickets: Vec::new(),
        }
    }

    fn ops(&self) -> usize {
        self.series.iter().map(Vec::len).sum()
    }

    fn run(&mut self, ops: usize) {
        while self.ops() < ops {
            self.now = self.now.plus_ms(self.chance.below(12_000) as i64);
            let device = self.chance.below(DEVICES as usize);
            match self.chance.below(100) {
                _ if self.posts.len() < 8 => self.publish(),
                0..=1 => self.publish(),
                2..=9 => self.register(device),
                10..=17 => self.sign_in(device),
                18..=57 => self.claim(device),
                58..=72 => self.release(device),
                73..=80 => self.outcome(device),
                81..=84 => self.change(device),
                85 => self.close(device),
                86..=87 => self.more_places(),
                _ => self.sync(device, 40),
            }
        }
        for device in 0..self.devices.len() {
            self.sync(device, usize::MAX);
        }
    }

    fn write(&mut self, device: usize, drafts: Vec<(Subject, Fact)>) -> Vec<OpId> {
        let drafts = drafts.into_iter().map(|(subject, fact)| Draft {
            subject,
            by: None,
            kind: fact.kind(),
            schema: Fact::schema(),
            scope: fact.scope(),
            payload: fact.encode(),
        });
        let at = &mut self.devices[device];
        let ops = at.series.append(self.now.plus_ms(at.skew), drafts.collect()).unwrap();
        for op in &ops {
            at.view.hear(op.envelope.entity, &applied(op));
        }
        at.heard[device] += ops.len();
        let ids = ops.iter().map(|op| op.envelope.id).collect();
        self.series[device].extend(ops);
        ids
    }

    /// The device hears up to `most` ops of each other series, one series after another in any order.
    fn sync(&mut self, device: usize, most: usize) {
        let mut sources: Vec<usize> = (0..self.devices.len()).filter(|source| *source != device).collect();
        self.chance.shuffle(&mut sources);
        for source in sources {
            let at = &mut self.devices[device];
            let from = at.heard[source];
            let to = self.series[source].len().min(from.saturating_add(most));
            for op in &self.series[source][from..to] {
                at.view.hear(op.envelope.entity, &applied(op));
                let mut head = at.series.head();
                head.hlc = head.hlc.max(op.envelope.hlc);
                at.series = Series::resume(at.series.device(), 1, head);
            }
            at.heard[source] = to;
        }
    }

    fn holder(device: usize) -> Holder {
        Holder { device: device as u32 + 1, epoch: 1 }
    }

    fn publish(&mut self) {
        let start = Minute(self.now.minute().0 + 60 + self.chance.below(300) as u16);
        let day: Day = DAY.parse().unwrap();
        let terms = PostTerms {
            employer: OpId::new(1, 1, 1),
            trade: "小工".into(),
            title: format!("活{}", self.posts.len()),
            content: String::new(),
            address: "北关街".into(),
            first_day: day,
            last_day: day,
            start,
            end: Minute(start.0 + 240),
            rest_minutes: 0,
            days_per_week: 1,
            pay: Pay { amount: Fen::yuan(200), unit: PayUnit::Day, settlement: Settlement::Daily },
            meals: Meals::None,
            transport: false,
            requirements: String::new(),
            insurance: String::new(),
            protection: String::new(),
            hazards: Vec::new(),
            certificate: None,
            bring: String::new(),
            contact_name: String::new(),
            contact_phone: String::new(),
            contact_public: false,
            urgent: false,
            probation_days: 0,
        };
        let mut drafts = vec![(Subject::New, Fact::PostPublished(terms))];
        let mut first = 1;
        for device in 0..self.devices.len() {
            let count = self.chance.below(4) as u16 + 1;
            let minted = PlacesMinted { first, count, holder: Self::holder(device), gver: 1, cver: None };
            first += count;
            drafts.push((Subject::Draft(0), Fact::PlacesMinted(minted)));
        }
        let ids = self.write(0, drafts);
        self.posts.push(ids[0]);
    }

    fn more_places(&mut self) {
        let Some(id) = self.chance.pick(&self.posts) else { return };
        let first = self.devices[0].view.post(id).unwrap().places.iter().next_back().unwrap().0 + 1;
        let holder = Self::holder(self.chance.below(self.devices.len()));
        let minted = PlacesMinted { first, count: 1, holder, gver: 1, cver: None };
        self.write(0, vec![(Subject::Entity(id), Fact::PlacesMinted(minted))]);
    }

    fn register(&mut self, device: usize) {
        let n = self.workers.len();
        let profile = WorkerProfile {
            id_tag: Some([n as u8; 16]),
            masked_name: Some(format!("周**{n}")),
            born: "1980-02-14".parse().ok(),
            sex: Some(Sex::Male),
            ..WorkerProfile::default()
        };
        let identified = WorkerIdentified {
            salt: [n as u8; 16],
            name: format!("周{n}"),
            id_number: "379901198002140018".into(),
            phone: "15400000000".into(),
            address: String::new(),
        };
        let drafts = vec![
            (Subject::New, Fact::WorkerRegistered(profile)),
            (Subject::Draft(0), Fact::WorkerIdentified(identified)),
        ];
        let ids = self.write(device, drafts);
        self.workers.push(ids[0]);
    }

    /// A worker that this device has heard of.
    fn worker(&mut self, device: usize) -> Option<EntityId> {
        let worker = self.chance.pick(&self.workers)?;
        self.devices[device].view.states.contains_key(&worker).then_some(worker)
    }

    fn sign_in(&mut self, device: usize) {
        let Some(worker) = self.worker(device) else { return };
        let signed_in = SignedIn { worker, day: self.now.day(), place: SignInPlace::Kiosk };
        self.write(device, vec![(Subject::New, Fact::SignedIn(signed_in))]);
    }

    /// Three devices may change the same facts before they hear of each other.
    fn change(&mut self, device: usize) {
        let Some(worker) = self.worker(device) else { return };
        let trades = vec![format!("工种{}", self.chance.below(9))];
        let profile = match self.chance.below(3) {
            0 => WorkerProfile { trades: Some(trades), ..WorkerProfile::default() },
            1 => WorkerProfile { pension: Some(self.chance.below(2) == 0), ..WorkerProfile::default() },
            _ => WorkerProfile { masked_name: Some(trades[0].clone()), ..WorkerProfile::default() },
        };
        self.write(device, vec![(Subject::Entity(worker), Fact::WorkerChanged(profile))]);
    }

    fn claim(&mut self, device: usize) {
        let (Some(worker), Some(post_id)) = (self.worker(device), self.chance.pick(&self.posts)) else {
            return;
        };
        let view = &self.devices[device].view;
        let Some(post) = view.post(post_id) else { return };
        let held: Vec<Held> = view
            .tickets(post_id)
            .filter(|(_, ticket)| ticket.worker == worker && ticket.is_live())
            .map(|(ticket, _)| Held { ticket, post: post_id, span: post.span() })
            .collect();
        let free = view.places(post_id).free(post, Self::holder(device));
        let claim = Claim {
            now: self.now,
            clock_trusted: true,
            worker,
            post_id,
            post,
            free: &free,
            standbys: self.standbys(device, post_id).len(),
            elsewhere: 0,
            held: &held,
            number: 1,
        };
        let Ok(opened) = claim.decide() else { return };
        let ids = self.write(device, vec![(Subject::New, Fact::TicketOpened(opened))]);
        self.tickets.push(ids[0]);
    }

    /// Standby tickets that this device wrote: it alone lets them move up, onto its own places.
    fn standbys(&self, device: usize, post: EntityId) -> Vec<EntityId> {
        let waits = |ticket: &Ticket| ticket.is_live() && ticket.place.is_none();
        let tickets = self.devices[device].view.tickets(post);
        tickets.filter(|(id, t)| id.device == device as u32 + 1 && waits(t)).map(|(id, _)| id).collect()
    }

    fn known_ticket(&mut self, device: usize) -> Option<(EntityId, Ticket)> {
        let id = self.chance.pick(&self.tickets)?;
        Some((id, self.devices[device].view.ticket(id)?.clone()))
    }

    fn release(&mut self, device: usize) {
        let Some((id, ticket)) = self.known_ticket(device) else { return };
        // The ticket may have come before its post, from another device.
        let Some(post) = self.devices[device].view.post(ticket.post) else { return };
        let span = post.span();
        let Ok(released) = ticketing::release(&ticket, span, self.now, ReleaseReason::Desk, "") else {
            return;
        };
        self.write(device, vec![(Subject::Entity(id), Fact::TicketReleased(released))]);
        self.promote(device, ticket.post);
    }

    fn promote(&mut self, device: usize, post_id: EntityId) {
        let view = &self.devices[device].view;
        let free = view.places(post_id).free(view.post(post_id).unwrap(), Self::holder(device));
        let moves = places::promote(&free, &self.standbys(device, post_id));
        let drafts = moves.into_iter().map(|(ticket, place)| {
            (Subject::Entity(ticket), Fact::TicketConfirmed(TicketConfirmed { place }))
        });
        let drafts: Vec<_> = drafts.collect();
        if !drafts.is_empty() {
            self.write(device, drafts);
        }
    }

    fn outcome(&mut self, device: usize) {
        let Some((id, _)) = self.known_ticket(device) else { return };
        let outcome = self.chance.pick(Outcome::ALL).unwrap();
        // People record what they saw, whatever another device has written meanwhile.
        let recorded = OutcomeRecorded { outcome, amount: None, note: String::new() };
        self.write(device, vec![(Subject::Entity(id), Fact::OutcomeRecorded(recorded))]);
    }

    fn close(&mut self, device: usize) {
        let Some(id) = self.chance.pick(&self.posts) else { return };
        if self.devices[device].view.post(id).is_none() {
            return;
        }
        let closed = PostClosed { reason: "人够了".into(), cancelled: self.chance.below(2) == 0 };
        self.write(device, vec![(Subject::Entity(id), Fact::PostClosed(closed))]);
    }

    /// Every op there is, in the order of the fold.
    fn replay(&self) -> BTreeMap<EntityId, Entity> {
        let mut ops: Vec<&Op> = self.series.iter().flatten().collect();
        ops.sort_by_key(|op| (op.envelope.hlc, op.envelope.id));
        let mut states: BTreeMap<EntityId, Entity> = BTreeMap::new();
        for op in ops {
            let entity = op.envelope.entity;
            if let Some(state) = Entity::fold(states.remove(&entity), &applied(op)) {
                states.insert(entity, state);
            }
        }
        states
    }
}

fn assert_no_place_twice(states: &BTreeMap<EntityId, Entity>, seed: u64) -> usize {
    let mut promised: BTreeMap<(EntityId, u16), EntityId> = BTreeMap::new();
    for (id, state) in states {
        let Entity::Ticket(ticket) = state else { continue };
        let Some(place) = ticket.place.filter(|_| ticket.holds_place()) else { continue };
        let other = promised.insert((ticket.post, place.index), *id);
        assert_eq!(other, None, "seed {seed}: place {} of {} is promised twice", place.index, ticket.post);
    }
    promised.len()
}

#[test]
fn twenty_days_fold_the_same_in_every_order() {
    let (mut promised, mut entities) = (0, 0);
    for seed in 1..=DAYS {
        let mut market = Market::new(seed);
        for part in 1..=5 {
            market.run(OPS * part / 5);
            assert_no_place_twice(&market.replay(), seed);
        }
        let states = market.replay();
        promised += assert_no_place_twice(&states, seed);
        entities += states.len();
        for device in &market.devices {
            assert!(device.view.states == states, "seed {seed}: device {}", device.series.device());
        }
        // Shuffled, and some of it twice.
        let mut ops = market.devices[0].view.ops.clone();
        for (entity, ops) in &mut ops {
            let again: Vec<Applied> = ops.iter().filter(|_| market.chance.below(3) == 0).cloned().collect();
            ops.extend(again);
            market.chance.shuffle(ops);
            assert_eq!(
                Entity::fold_all(*entity, std::mem::take(ops)).as_ref(),
                states.get(entity),
                "seed {seed}"
            );
        }
    }
    assert!(promised > 1_000 && entities > 20_000, "{promised} promises, {entities} entities");
}

fn store(dir: &std::path::Path) -> Store {
    let keys = StoreKeys::load_or_create(&dir.join("keys")).unwrap();
    let mut config = StoreConfig::new(dir.join("data"), keys, 9);
    config.free_floor_bytes = 1 << 20;
    Store::open(&config, at(DAY, "04:00")).unwrap().0
}

#[test]
fn stores_that_hear_a_day_in_another_order_hold_the_same() {
    for seed in [101, 102] {
        let mut market = Market::new(seed);
        market.run(OPS);
        let states = market.replay();
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let mut digests = Vec::new();
        for dir in &dirs {
            let store = store(dir.path());
            let mut heard = [0_usize; DEVICES as usize];
            while heard.iter().zip(&market.series).any(|(heard, series)| *heard < series.len()) {
                // A piece of one series, with something heard before in front of it.
                let source = market.chance.below(DEVICES as usize);
                let from = heard[source].saturating_sub(market.chance.below(30));
                let to = (heard[source] + market.chance.below(400)).min(market.series[source].len());
                let ops = market.series[source][from..to].to_vec();
                let report = store.import(at(DAY, "20:00"), ops).unwrap();
                assert!(report.refused.is_empty() && report.forks.is_empty(), "{report:?}");
                heard[source] = to;
            }
            let report = store.verify().unwrap();
            assert!(report.ok(), "{:?}", report.problems);
            for (id, state) in &states {
                assert_eq!(store.entity(*id).unwrap().as_ref(), Some(state), "seed {seed}");
            }
            digests.push(report.state_digest);
        }
        assert_eq!(digests[0], digests[1]);
        assert_eq!(market.series.iter().map(Vec::len).sum::<usize>(), market.ops());
        let heads: Vec<Head> = market.devices.iter().map(|device| device.series.head()).collect();
        assert!(heads.iter().all(|head| head.seq > 500), "every device took part");
    }
}
