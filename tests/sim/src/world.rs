//! The world of one seed: machines, lines, time, and what people were told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::rc::Rc;

use ed25519_dalek::SigningKey;
use hall_core::fact::{Fact, Holder};
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::Subject;
use hall_sync::node::Fence;
use hall_sync::push::Judged;
use hall_sync::trust::Reader;
use hall_sync::wire::{self, Ask, Payload, Refused, Response, Signed};
use hall_sync::{Input, Output};

use crate::check::Slips;
use crate::cover::Cover;
use crate::device::Device;
use crate::net::{Fate, Net};
use crate::store::Record;

/// Steps of all nodes in one morning: the busiest takes a third of it.
const STEPS_MAX: u64 = 60_000;

/// Something that will happen.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Tick {
        device: usize,
        life: u32,
    },
    Message(Message),
    Start(usize),
    Work,
    Fault,
    /// Every machine looks again, whatever it heard: a clock may have come right meanwhile.
    Minute,
    Edition,
    Heal,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Request {
        from: usize,
        life: u32,
        to: usize,
        upstream: usize,
        exchange: u64,
        body: Vec<u8>,
    },
    Answer {
        to: usize,
        life: u32,
        upstream: usize,
        exchange: u64,
        body: Vec<u8>,
    },
    /// The sender's connection failed.
    Failed {
        to: usize,
        life: u32,
        upstream: usize,
        exchange: u64,
    },
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug)]
struct Link {
    from: usize,
    life: u32,
    upstream: usize,
    exchange: u64,
}

pub(crate) struct World {
    pub rng: fastrand::Rng,
    pub now: Instant,
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    events: BTreeMap<u64, Event>,
    next: u64,
    pub devices: Vec<Device>,
    pub net: Net,
    pub issuer: SigningKey,
    links: BTreeMap<u64, Link>,
    next_link: u64,
    pub slips: Slips,
    pub cover: Cover,
    pub trace: bool,
    /// Faults are over; everything must come together.
    pub healed: bool,
    /// Messages sent, to bound chatter.
    pub messages: u64,
    steps: u64,
    pub violation: Option<String>,
    /// Ops whose effect was shown to somebody.
    pub shown: Vec<OpId>,
}

impl World {
    pub(crate) fn empty(seed: u64, now: Instant, trace: bool) -> Self {
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
            issuer: SigningKey::from_bytes(&[1; 32]),
            links: BTreeMap::new(),
            next_link: 0,
            slips: Slips::default(),
            cover: Cover::default(),
            trace,
            healed: false,
            messages: 0,
            steps: 0,
            violation: None,
            shown: Vec::new(),
        }
    }

    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>9.3} {}", (self.now.0 - crate::setup::DAWN.0) as f64 / 1e3, what());
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

    fn readers(&self, device: usize) -> Vec<Reader> {
        self.devices[device].upstreams.iter().map(|n| self.devices[*n].reader()).collect()
    }

    pub(crate) fn start(&mut self, n: usize) {
        if self.devices[n].is_up() {
            return;
        }
        let (readers, issuer, now) = (self.readers(n), self.issuer.clone(), self.now);
        self.devices[n].start(now, &issuer, readers);
        self.say(|| format!("{n} starts as {:?}", self.devices[n].holder));
        self.drive(n, Input::Tick);
        self.settle(n);
    }

    pub(crate) fn stop(&mut self, n: usize, down_ms: i64) {
        self.say(|| format!("{n} goes down"));
        self.devices[n].node = None;
        self.devices[n].fuse = None;
        self.devices[n].unwritten.clear();
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
                return self.fail(format!("{STEPS_MAX} steps in one morning: somebody never comes to rest"));
            }
            let now = self.devices[n].node_now(self.now);
            let device = &mut self.devices[n];
            let Some(node) = &mut device.node else { return };
            let Ok(outputs) = node.step(now, input, &device.store);
            for output in outputs {
                if !self.devices[n].is_up() {
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

    fn perform(&mut self, n: usize, output: Output, inputs: &mut VecDeque<Input>) {
        match output {
            Output::Send { upstream, exchange, message } => {
                if !self.boundary(n, "crash before a message") {
                    let to = self.devices[n].upstreams[upstream];
                    let body = wire::encode(&message);
                    let life = self.devices[n].life;
                    self.send(n, to, Message::Request { from: n, life, to, upstream, exchange, body });
                }
            }
            Output::Reply { link, response } => {
                if let Some(link) = self.links.remove(&link)
                    && !self.boundary(n, "crash before a message")
                {
                    let Link { from: to, life, upstream, exchange } = link;
                    if let Ok(response) = &response
                        && !response.refused.is_empty()
                    {
                        self.say(|| format!("{n} refuses {:?}", response.refused));
                    }
                    let body = match response {
                        Ok(response) => [&[1], &wire::encode(&*response)[..]].concat(),
                        Err(refused) => [&[0], &wire::encode(&refused)[..]].concat(),
                    };
                    self.send(n, to, Message::Answer { to, life, upstream, exchange, body });
                }
            }
            Output::Import { job, judged, payloads } => {
                if let Some(stored) = self.import(n, judged, payloads) {
                    inputs.push_back(Input::Imported { job, stored });
                }
            }
            Output::Serve { job, asks } => {
                self.serve(n, &asks);
                inputs.push_back(Input::Served { job });
            }
            Output::Learned(certificates) => self.devices[n].disk.certificates.extend(certificates),
            Output::Contradiction(series) => {
                self.say(|| format!("{n} meets another history of {series:?}"));
                self.slips.forked.insert(series);
            }
            Output::News => self.settle(n),
            Output::Fenced(fence) => self.fence(n, fence),
        }
    }

    /// Whether a deliberate bug keeps the record in memory for now; what it kept before is written.
    fn is_late(&mut self, n: usize, record: &Record) -> bool {
        for earlier in std::mem::take(&mut self.devices[n].unwritten) {
            self.devices[n].disk.write(&earlier);
        }
        let own = matches!(record, Record::Ops(ops) if ops.iter().all(|op| op.envelope.id.holder() == self.devices[n].holder));
        if own { mutant::on(Bug::ShownBeforeDurable) } else { mutant::on(Bug::AckBeforeDurable) }
    }

    /// Makes a record durable; `None` when the power went, `Some(false)` when there is no room.
    pub(crate) fn keep(&mut self, n: usize, record: Record) -> Option<bool> {
        let record = Rc::new(record);
        if self.is_late(n, &record) {
            let now = self.now;
            self.devices[n].take(&record, now);
            self.devices[n].unwritten.push(record);
            return Some(true);
        }
        if self.devices[n].fuse == Some(0) && self.rng.bool() {
            // The write reached the disk although nobody was told.
            self.devices[n].disk.write(&record);
        }
        if self.boundary(n, "crash before the barrier") {
            return None;
        }
        let now = self.now;
        let device = &mut self.devices[n];
        if !device.disk.write(&record) {
            self.cover.mark("disk full");
            return Some(false);
        }
        device.take(&record, now);
        device.guard.seq = device.guard.seq.max(device.store.head_of(device.holder).seq);
        if self.boundary(n, "crash after the barrier") { None } else { Some(true) }
    }

    fn import(&mut self, n: usize, judged: Judged, payloads: Vec<Payload>) -> Option<bool> {
        let Judged { ops, seals, evidence, refused } = judged;
        let forks = refused.iter().filter(|(_, verdict)| *verdict == wire::Verdict::Fork);
        self.slips.forked.extend(forks.map(|(op, _)| op.holder()));
        let wrap = |ops: Vec<hall_log::Op>| ops.into_iter().map(Rc::new).collect::<Vec<_>>();
        if !evidence.is_empty() {
            self.cover.mark("evidence kept");
            if !self.keep(n, Record::Evidence(wrap(evidence)))? {
                return Some(false);
            }
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
                    next
                })
                .collect();
            self.say(|| format!("{n} takes {} ops", fresh.len()));
            if !fresh.is_empty() && !self.keep(n, Record::Ops(wrap(fresh)))? {
                return Some(false);
            }
        }
        if !seals.is_empty() && !self.keep(n, Record::Seals(seals))? {
            return Some(false);
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
        self.shown.extend(&ids);
        for (id, (subject, fact)) in ids.iter().zip(facts) {
            self.told(n, *id, subject, &fact);
        }
        self.drive(n, Input::Changed);
        Some(ids)
    }

    /// Writes an op of a kind that no release has yet; whether it became durable.
    pub(crate) fn strange(&mut self, n: usize) -> bool {
        let draft = hall_log::series::Draft {
            subject: Subject::New,
            by: None,
            kind: 900,
            schema: 9,
            scope: hall_core::fact::Scope::Hall,
            payload: vec![self.rng.u8(..); 5],
        };
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
        stir(self.messages);
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
            let now = self.devices[n].node_now(self.now);
            if self.devices[n].node.as_ref().is_none_or(|node| node.was_granted(&ask, now)) {
                continue;
            }
            let given = self.devices[n].stand(ask.post, self.now, |stand| stand.grant(&ask)).flatten();
            if let Some(given) = given {
                let hub = self.devices[n].role == DeviceRole::Desk;
                self.cover.mark(if hub { "asked and granted" } else { "wanted by others and given" });
                self.commit(n, vec![Device::gift(ask.post, given)]);
                if let Some(node) = &mut self.devices[n].node {
                    node.note_granted(&ask, now);
                }
            }
        }
    }

    /// Answers gifts, lets people move up, says what is still wanted.
    pub(crate) fn settle(&mut self, n: usize) {
        if !self.devices[n].is_up() || self.devices[n].role == DeviceRole::County {
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
        self.drive(n, Input::Asks(asks));
    }

    /// The device is a copy or was rolled back: what contradicts is put aside, and a new epoch begins.
    fn fence(&mut self, n: usize, fence: Fence) {
        self.say(|| format!("{n} is fenced: {fence:?}"));
        self.cover.mark(match fence {
            Fence::RolledBack { .. } => "fenced: rolled back",
            Fence::Forked { .. } => "fenced: forked",
            Fence::Ended => "epoch ended",
        });
        if matches!(fence, Fence::Forked { .. }) {
            self.slips.forked.insert(self.devices[n].holder);
        }
        let device = &mut self.devices[n];
        let me = device.holder;
        let own: Vec<_> = device.store.series.get(&me).cloned().unwrap_or_default();
        let mut records: Vec<Rc<Record>> = Vec::new();
        for record in device.disk.records() {
            records.push(Rc::new(match record {
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
        device.next_epoch();
        device.images.clear();
        device.astray = false;
        self.stop(n, 500);
    }

    // What the lines do.

    fn send(&mut self, from: usize, to: usize, message: Message) {
        self.messages += 1;
        self.say(|| format!("{from} -> {to} {}", name(&message)));
        let failed = |message: &Message| match message {
            Message::Request { from, life, upstream, exchange, .. } => {
                Message::Failed { to: *from, life: *life, upstream: *upstream, exchange: *exchange }
            }
            Message::Answer { to, life, upstream, exchange, .. }
            | Message::Failed { to, life, upstream, exchange } => {
                Message::Failed { to: *to, life: *life, upstream: *upstream, exchange: *exchange }
            }
        };
        match self.net.fate(from, to, self.now.0, &mut self.rng) {
            Fate::Arrives { after_ms } => self.at(after_ms, Event::Message(message)),
            Fate::Twice { after_ms, again_ms } => {
                self.cover.mark("message twice");
                self.at(after_ms, Event::Message(message.clone()));
                self.at(again_ms, Event::Message(message));
            }
            Fate::Lost => self.cover.mark("message lost"),
            Fate::Broken { after_ms } => {
                self.cover.mark("connection broken");
                self.at(after_ms, Event::Message(failed(&message)));
            }
            Fate::Truncated { after_ms } => {
                self.cover.mark("body truncated");
                let cut = |body: &mut Vec<u8>, keep: usize| body.truncate(keep);
                let mut message = message;
                match &mut message {
                    Message::Request { body, .. } | Message::Answer { body, .. } => {
                        let keep = self.rng.usize(..body.len().max(1));
                        cut(body, keep);
                    }
                    Message::Failed { .. } => {}
                }
                self.at(after_ms, Event::Message(message));
            }
        }
    }

    pub(crate) fn receive(&mut self, message: Message) {
        match message {
            Message::Request { from, life, to, upstream, exchange, body } => {
                if !self.devices[to].is_up() {
                    let failed = Message::Failed { to: from, life, upstream, exchange };
                    self.at(5, Event::Message(failed));
                    return;
                }
                self.next_link += 1;
                let link = self.next_link;
                self.links.insert(link, Link { from, life, upstream, exchange });
                match wire::decode::<Signed>(&body) {
                    Ok(message) => self.drive(to, Input::Request { link, message }),
                    Err(refused) => {
                        let mut inputs = VecDeque::new();
                        self.perform(to, Output::Reply { link, response: Err(refused) }, &mut inputs);
                    }
                }
            }
            Message::Answer { to, life, upstream, exchange, body } => {
                if self.devices[to].life != life || !self.devices[to].is_up() {
                    return;
                }
                let response = match body.split_first() {
                    Some((1, body)) => wire::decode::<Response>(body).map(Ok),
                    Some((_, body)) => wire::decode::<Refused>(body).map(Err),
                    None => Err(Refused::Malformed),
                };
                let jitter = self.rng.u64(..);
                self.drive(
                    to,
                    match response {
                        Ok(response) => Input::Response { upstream, exchange, response },
                        Err(_) => Input::Failed { upstream, exchange, jitter },
                    },
                );
            }
            Message::Failed { to, life, upstream, exchange } => {
                if self.devices[to].life == life && self.devices[to].is_up() {
                    let jitter = self.rng.u64(..);
                    self.drive(to, Input::Failed { upstream, exchange, jitter });
                }
            }
        }
    }
}

fn name(message: &Message) -> String {
    match message {
        Message::Request { exchange, body, .. } => format!("request {exchange}, {} bytes", body.len()),
        Message::Answer { exchange, body, .. } => format!("answer {exchange}, {} bytes", body.len()),
        Message::Failed { exchange, .. } => format!("failure of {exchange}"),
    }
}
