//! The world of one seed: machines, lines, time, and what people were told.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::rc::Rc;

use ed25519_dalek::SigningKey;
use hall_core::fact::{Fact, Holder};
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Op, Subject};
use hall_sync::custody::was_refused;
use hall_sync::node::Fence;
use hall_sync::push::Judged;
use hall_sync::trust::Reader;
use hall_sync::wire::{self, Ask, Payload};
use hall_sync::{Input, Output};

use crate::check::Slips;
use crate::county::County;
use crate::cover::Cover;
use crate::device::Device;
use crate::net::{Letter, Message, Net};
use crate::setup::COUNTY;
use crate::store::Record;
use crate::truth::Truth;

/// Steps of all nodes in one morning: the busiest takes a third of it.
const STEPS_MAX: u64 = 60_000;

/// Something that will happen.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Tick {
        device: usize,
        life: u32,
    },
    Letter(Letter),
    /// The county's transaction ends.
    Commit {
        job: u64,
        life: u32,
    },
    Start(usize),
    Work,
    Fault,
    /// Every machine looks again, whatever it heard: a clock may have come right meanwhile.
    Minute,
    CountyPost,
    ClockSet(usize),
    Edition,
    Heal,
    /// A new machine comes to a hall.
    Newcomer,
    /// The new machine has had its time.
    Settled {
        device: usize,
        owed: Vec<(Holder, u64)>,
    },
}

/// Who wants to see what happens.
#[derive(Debug, Default)]
pub(crate) enum Trace {
    #[default]
    Off,
    Print,
    /// The last lines are kept.
    Last(RefCell<VecDeque<String>>),
}

/// Lines of the trace that are shown of a failing seed.
const LINES_MAX: usize = 40;

pub(crate) struct World {
    pub rng: fastrand::Rng,
    pub now: Instant,
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    events: BTreeMap<u64, Event>,
    next: u64,
    pub devices: Vec<Device>,
    pub net: Net,
    pub county: County,
    pub issuer: SigningKey,
    pub truth: Truth,
    pub slips: Slips,
    pub cover: Cover,
    pub trace: Trace,
    /// Faults are over; everything must come together.
    pub healed: bool,
    steps: u64,
    pub violation: Option<String>,
    /// Ops whose effect was shown to somebody.
    pub shown: Vec<OpId>,
}

impl World {
    pub(crate) fn empty(seed: u64, now: Instant, trace: Trace) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let net = Net::new(&mut rng);
        Self {
            rng,
            now,
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            next: 0,
            devices: Vec::new(),
            net,
            county: County::default(),
            issuer: SigningKey::from_bytes(&[1; 32]),
            truth: Truth::default(),
            slips: Slips::default(),
            cover: Cover::default(),
            trace,
            healed: false,
            steps: 0,
            violation: None,
            shown: Vec::new(),
        }
    }

    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        let line = || format!("{:>9.3} {}", (self.now.0 - crate::setup::DAWN.0) as f64 / 1e3, what());
        match &self.trace {
            Trace::Off => {}
            Trace::Print => println!("{}", line()),
            Trace::Last(lines) => {
                let mut lines = lines.borrow_mut();
                lines.push_back(line());
                if lines.len() > LINES_MAX {
                    lines.pop_front();
                }
            }
        }
    }

    pub(crate) fn fail(&mut self, what: String) {
        self.say(|| format!("VIOLATION {what}"));
        self.violation.get_or_insert(what);
    }

    pub(crate) fn chance(&mut self, in_1000: u32) -> bool {
        self.rng.u32(..1000) < in_1000
    }

    pub(crate) fn at(&mut self, after_ms: i64, event: Event) {
        self.next += 1;
        self.events.insert(self.next, event);
        self.queue.push(Reverse((self.now.0 + after_ms.max(0), self.next)));
    }

    /// The next event, with the clock moved on to it; `None` when nothing more happens before `end`.
    pub(crate) fn next(&mut self, end: Instant) -> Option<Event> {
        let Reverse((at, id)) = *self.queue.peek()?;
        if at > end.0 {
            return None;
        }
        self.queue.pop();
        self.now = Instant(self.now.0.max(at));
        self.events.remove(&id)
    }

    /// The hall of the device with that number.
    pub(crate) fn hall_of(&self, number: u32) -> Option<u32> {
        self.devices.iter().find(|device| device.holder.device == number).map(|device| device.hall)
    }

    fn readers(&self, device: usize) -> Vec<Reader> {
        self.devices[device].upstreams.iter().map(|n| self.devices[*n].reader()).collect()
    }

    pub(crate) fn start(&mut self, n: usize) {
        if self.devices[n].is_up() {
            return;
        }
        let (readers, issuer, now) = (self.readers(n), self.issuer.clone(), self.now);
        let half = self.devices[n].start(now, &issuer, readers);
        if half > 0 {
            self.fail(format!("I4: {n} reads {half} acts from a torn write"));
        }
        self.acts_are_whole(n);
        self.say(|| format!("{n} starts as {:?}", self.devices[n].holder));
        self.all_spendable_once();
        self.drive(n, Input::Tick);
        self.settle(n);
    }

    pub(crate) fn stop(&mut self, n: usize, down_ms: i64) {
        self.say(|| format!("{n} goes down"));
        self.devices[n].node = None;
        self.devices[n].fuse = None;
        self.devices[n].unwritten.clear();
        self.devices[n].unkept.clear();
        if n == COUNTY {
            self.county.crashed();
        }
        self.at(down_ms, Event::Start(n));
    }

    /// A point at which the power may go; whether it did.
    pub(crate) fn boundary(&mut self, n: usize, what: &'static str) -> bool {
        let Some(fuse) = &mut self.devices[n].fuse else { return false };
        if *fuse > 0 {
            *fuse -= 1;
            return false;
        }
        self.cover.mark(what);
        let down = self.rng.i64(200..20_000);
        self.stop(n, down);
        true
    }

    // What a machine does.

    /// Tells the node what happened and does what it says, until nothing more follows.
    pub(crate) fn drive(&mut self, n: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            self.steps += 1;
            if self.steps > STEPS_MAX {
                return self
                    .fail(format!("I13: {STEPS_MAX} steps in one morning: somebody never comes to rest"));
            }
            let now = self.devices[n].node_now(self.now);
            let device = &mut self.devices[n];
            let Some(node) = &mut device.node else { return };
            let Ok(outputs) = node.step(now, input, &device.store);
            for output in outputs {
                if !self.devices[n].is_up() || self.boundary(n, "crash between two outputs") {
                    return;
                }
                self.perform(n, output, &mut inputs);
            }
        }
        self.arm(n);
    }

    /// Sees to it that the node is woken in time; one waking at a time.
    fn arm(&mut self, n: usize) {
        let device = &self.devices[n];
        let Some(wake) = device.node.as_ref().and_then(hall_sync::Node::wake) else { return };
        let at = wake.0.clamp(self.now.0 + 50, self.now.0 + 60_000);
        if device.armed > self.now.0 && device.armed <= at {
            return;
        }
        self.devices[n].armed = at;
        let life = self.devices[n].life;
        self.at(at - self.now.0, Event::Tick { device: n, life });
    }

    pub(crate) fn perform(&mut self, n: usize, output: Output, inputs: &mut VecDeque<Input>) {
        match output {
            Output::Send { upstream, exchange, message } => {
                let to = self.devices[n].upstreams[upstream];
                let (body, life) = (wire::encode(&message), self.devices[n].life);
                self.compact(n);
                self.send(n, to, Message::Request { life, upstream, exchange, body });
            }
            Output::Reply { link, response } => self.reply(n, link, &response),
            Output::Import { job, judged, payloads } if n == COUNTY => self.begin(job, judged, payloads),
            Output::Import { job, judged, payloads } => {
                if let Some(stored) = self.import(n, judged, payloads) {
                    inputs.push_back(Input::Imported { job, stored });
                }
            }
            Output::Serve { job, asks } => {
                self.serve(n, &asks);
                inputs.push_back(Input::Served { job });
            }
            // They are written with what was checked with them, and must be there before it.
            Output::Learned(certificates) => self.devices[n].unkept.extend(certificates),
            Output::Contradiction(series) => {
                self.say(|| format!("{n} meets another history of {series:?}"));
                self.truth.forked.insert(series);
            }
            Output::Forbidden(series) => self.fail(format!("{n} is told what {series:?} may not say")),
            Output::News => self.settle(n),
            Output::Fenced { why, beyond } => self.fence(n, why, beyond),
        }
    }

    /// A deliberate bug: what was sent counts as kept elsewhere, and its room is used again.
    fn compact(&mut self, n: usize) {
        if mutant::on(Bug::CompactedBeforeAck) {
            let own = self.devices[n].holder;
            let is_own = |record: &Record| match record {
                Record::Ops(ops) => ops.iter().any(|op| op.envelope.id.holder() == own),
                _ => false,
            };
            let mut records = self.devices[n].disk.records().to_vec();
            while records.last().is_some_and(|record| is_own(record)) {
                records.pop();
            }
            self.devices[n].disk.rewrite(records);
        }
    }

    /// Whether a deliberate bug keeps the record in memory for now; what it kept before is written.
    fn is_late(&mut self, n: usize, record: &Record) -> bool {
        for earlier in std::mem::take(&mut self.devices[n].unwritten) {
            self.write(n, &earlier);
        }
        let own = self.is_own(n, record).is_some();
        if own {
            mutant::on(Bug::ShownBeforeDurable)
        } else {
            n != COUNTY && mutant::on(Bug::AckBeforeDurable)
        }
    }

    /// The ops of a record, when they are of the machine's own series.
    fn is_own<'a>(&self, n: usize, record: &'a Record) -> Option<&'a [Rc<Op>]> {
        let Record::Ops(ops) = record else { return None };
        let own = ops.iter().all(|op| op.envelope.id.holder() == self.devices[n].holder);
        own.then_some(ops)
    }

    /// Puts a record on the disk; `false` when there is no room.
    fn write(&mut self, n: usize, record: &Rc<Record>) -> bool {
        let written = self.devices[n].disk.write(record);
        if let Some(ops) = self.is_own(n, record).filter(|_| written) {
            self.wrote(n, ops);
        }
        match &**record {
            Record::Ops(ops) if n == COUNTY && written => self.number(ops),
            _ => {}
        }
        written
    }

    /// Makes a record durable; `None` when the power went, `Some(false)` when there is no room.
    pub(crate) fn keep(&mut self, n: usize, record: Record) -> Option<bool> {
        let record = Rc::new(record);
        if self.is_late(n, &record) {
            self.take(n, &record);
            self.devices[n].unwritten.push(record);
            return Some(true);
        }
        if self.devices[n].fuse == Some(0) {
            self.half_write(n, &record);
        }
        if self.boundary(n, "crash before the barrier") {
            return None;
        }
        if !self.write(n, &record) {
            self.cover.mark("disk full");
            return Some(false);
        }
        self.take(n, &record);
        if self.boundary(n, "crash after the barrier") { None } else { Some(true) }
    }

    /// The power is about to go while a record is written: it may reach the disk although nobody was told, or
    /// half of it.
    fn half_write(&mut self, n: usize, record: &Rc<Record>) {
        match self.rng.u32(..3) {
            0 => {
                self.write(n, record);
            }
            1 if !self.devices[n].disk.full => {
                if let Record::Ops(ops) = &**record {
                    self.cover.mark("write torn");
                    let (keep, blank) = (self.rng.f64(), self.rng.usize(..64));
                    self.devices[n].disk.tear(ops, keep, blank);
                }
            }
            _ => {}
        }
    }

    /// Takes over what is durable, and looks whether all is as it must be.
    fn take(&mut self, n: usize, record: &Record) {
        let now = self.now;
        let device = &mut self.devices[n];
        let touched = device.take(record, now);
        device.guard.seq = device.guard.seq.max(device.store.head_of(device.holder).seq);
        if self.is_own(n, record).is_none() {
            self.is_fit(n, record);
        }
        let posts: BTreeSet<EntityId> =
            touched.into_iter().filter_map(|id| self.devices[n].store.post_of(id)).collect();
        for post in posts {
            self.spendable_once(post);
        }
        if let Some(broken) = self.devices[n].store.broken.take() {
            self.fail(format!("{broken}, at {n}"));
        }
    }

    pub(crate) fn import(&mut self, n: usize, judged: Judged, payloads: Vec<Payload>) -> Option<bool> {
        let Judged { ops, seals, evidence, refused } = judged;
        let forks = refused.iter().filter(|(_, verdict)| *verdict == wire::Verdict::Fork);
        self.truth.forked.extend(forks.map(|(op, _)| op.holder()));
        let wrap = |ops: Vec<Op>| ops.into_iter().map(Rc::new).collect::<Vec<_>>();
        let unkept = std::mem::take(&mut self.devices[n].unkept);
        if !unkept.is_empty() && !self.keep(n, Record::Certificates(unkept.clone()))? {
            self.devices[n].unkept = unkept;
            return Some(false);
        }
        let known = &self.devices[n].store.evidence;
        let evidence: Vec<Op> =
            evidence.into_iter().filter(|op| !known.iter().any(|known| known.chain == op.chain)).collect();
        if !evidence.is_empty() {
            self.cover.mark("evidence kept");
            if !self.keep(n, Record::Evidence(wrap(evidence)))? {
                return Some(false);
            }
        }
        // Before the ops, for without a seal these could be passed on to nobody.
        if !seals.is_empty() && !self.keep(n, Record::Seals(seals))? {
            return Some(false);
        }
        if !ops.is_empty() {
            // Another life of the same exchange may have brought them meanwhile.
            let store = &self.devices[n].store;
            let mut heads: BTreeMap<Holder, u64> = BTreeMap::new();
            let fresh: Vec<_> = ops
                .into_iter()
                .filter(|op| {
                    let id = op.envelope.id;
                    let head = heads.entry(id.holder()).or_insert_with(|| store.head_of(id.holder()).seq);
                    let next = id.seq == *head + 1;
                    *head += u64::from(next);
                    next || mutant::on(Bug::DuplicatesTaken) || mutant::on(Bug::GapAccepted)
                })
                .collect();
            self.say(|| format!("{n} takes {} ops", fresh.len()));
            if !fresh.is_empty() && !self.keep(n, Record::Ops(wrap(fresh)))? {
                return Some(false);
            }
        }
        for Payload { op, bytes } in payloads {
            self.cover.mark("payload filled");
            if !self.keep(n, Record::Payload(op, bytes))? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Writes facts of this device; their ids when they are durable.
    pub(crate) fn commit(&mut self, n: usize, facts: Vec<(Subject, Fact)>) -> Option<Vec<OpId>> {
        if facts.is_empty() || !self.devices[n].is_up() {
            return None;
        }
        let ops = self.devices[n].ops(self.now, facts.clone());
        let ids: Vec<OpId> = ops.iter().map(|op| op.envelope.id).collect();
        if !self.keep(n, Record::Ops(ops))? {
            return None;
        }
        if let Some(id) = ids.iter().find(|id| !self.truth.holds(**id)) {
            self.fail(format!("I4: {id} is shown and not durable"));
        }
        self.shown.extend(&ids);
        for (id, (subject, fact)) in ids.iter().zip(facts) {
            self.told(n, *id, subject, &fact);
        }
        self.drive(n, Input::Changed);
        Some(ids)
    }

    /// Writes an op that this release cannot read; whether it became durable.
    pub(crate) fn write_unread(&mut self, n: usize, draft: hall_log::series::Draft) -> bool {
        let ops = self.devices[n].chained(self.now, vec![draft]);
        let ids: Vec<OpId> = ops.iter().map(|op| op.envelope.id).collect();
        let kept = self.keep(n, Record::Ops(ops)) == Some(true);
        if kept {
            self.shown.extend(ids);
            self.drive(n, Input::Changed);
        }
        kept
    }

    /// Tells two runs of the world apart.
    pub(crate) fn digest(&self) -> u64 {
        let mut digest = 0xcbf2_9ce4_8422_2325_u64;
        let mut stir = |n: u64| digest = (digest ^ n).wrapping_mul(0x0100_0000_01b3);
        stir(self.net.messages);
        stir(self.next);
        for op in self.devices.iter().flat_map(|device| device.store.series.values().flatten()) {
            op.chain.0.iter().for_each(|byte| stir(u64::from(*byte)));
        }
        digest
    }

    /// Places go to whoever asks, as far as this device can spare them.
    fn serve(&mut self, n: usize, asks: &[Ask]) {
        let mut asks = asks.to_vec();
        asks.sort_unstable();
        for ask in asks {
            if n == COUNTY && !self.county_may_write() {
                return;
            }
            let device = &self.devices[n];
            if was_refused(device.store.ops_of(ask.post), (device.holder, ask.to), device.now(self.now)) {
                continue;
            }
            let given = self.devices[n].stand(ask.post, self.now, |stand| stand.grant(&ask)).flatten();
            if let Some(given) = given {
                self.cover.mark(match self.devices[n].role {
                    DeviceRole::Desk => "asked and granted",
                    DeviceRole::County => "asked and granted by the county",
                    DeviceRole::Kiosk | DeviceRole::Wall => "wanted by others and given",
                });
                self.commit(n, vec![Device::gift(ask.post, given)]);
            }
        }
    }

    /// Answers gifts, lets people move up, says what is still wanted.
    pub(crate) fn settle(&mut self, n: usize) {
        if !self.devices[n].is_up() || (n == COUNTY && !self.county_may_write()) {
            return;
        }
        let posts: Vec<EntityId> = self.devices[n].store.posts().map(|(id, _)| id).collect();
        for post in posts {
            let facts = self.devices[n].tidy(post, self.now);
            self.commit(n, facts);
            if !self.devices[n].is_up() {
                return;
            }
            let facts = self.devices[n].promotions(post, self.now);
            self.commit(n, facts);
            if !self.devices[n].is_up() {
                return;
            }
        }
        let wanted: Vec<Ask> =
            self.devices[n].node.as_ref().map(|node| node.wanted().copied().collect()).unwrap_or_default();
        self.serve(n, &wanted);
        self.ask(n);
    }

    #[allow(clippy::redundant_closure_for_method_calls)] // the bare method is bound to one lifetime
    fn ask(&mut self, n: usize) {
        if !self.devices[n].is_up() {
            return;
        }
        let posts: Vec<EntityId> = self.devices[n].store.posts().map(|(id, _)| id).collect();
        let asks: Vec<Ask> = posts
            .into_iter()
            .filter_map(|post| self.devices[n].stand(post, self.now, |stand| stand.ask()).flatten())
            .collect();
        let hands_on = self.devices[n].trusts_clock(self.now);
        if !hands_on && !asks.is_empty() {
            self.fail(format!("I11: {n} asks for places that it would send back: {asks:?}"));
        }
        self.drive(n, Input::Asks { asks, hands_on });
    }

    /// The device is a copy or was rolled back: what contradicts is put aside, and a new epoch begins.
    fn fence(&mut self, n: usize, fence: Fence, beyond: u16) {
        self.say(|| format!("{n} is fenced: {fence:?}"));
        let apart = self.rng.u16(..64);
        self.cover.mark(match fence {
            Fence::RolledBack { .. } => "fenced: rolled back",
            Fence::Forked { .. } => "fenced: forked",
            Fence::Ended => "epoch ended",
        });
        if matches!(fence, Fence::Forked { .. }) {
            self.truth.forked.insert(self.devices[n].holder);
        }
        let device = &mut self.devices[n];
        let me = device.holder;
        let own: Vec<_> = device.store.series.get(&me).cloned().unwrap_or_default();
        let mut records: Vec<Rc<Record>> = Vec::new();
        for record in device.disk.records() {
            records.push(Rc::new(match &**record {
                Record::Ops(ops) => {
                    Record::Ops(ops.iter().filter(|op| op.envelope.id.holder() != me).cloned().collect())
                }
                Record::Seals(seals) => {
                    Record::Seals(seals.iter().filter(|seal| seal.series != me).copied().collect())
                }
                Record::Payload(op, _) if op.holder() == me => continue,
                other => other.clone(),
            }));
        }
        records.push(Rc::new(Record::Evidence(own)));
        device.disk.rewrite(records);
        device.next_epoch(beyond.saturating_add(apart));
        device.images.clear();
        device.astray = false;
        self.stop(n, 500);
    }
}
