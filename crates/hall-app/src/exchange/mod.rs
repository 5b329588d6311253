//! This machine among others: drives the protocol's node on the store, keeps the hall's places moving, and tells the
//! screens how far things have come.
//!
//! Never on the way of a tap: a command makes its act durable and is answered; what others learn of it and what they
//! send is done here, under a lock of its own. That lock is taken before the hall's, never after it.

mod enrolment;
mod joining;
mod steward;

use std::collections::{BTreeSet, VecDeque};

use ed25519_dalek::SigningKey;
use hall_core::entity::{Applied, Device};
use hall_core::fact::{Fact, Holder};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::Certificate;
use hall_store::{ReadError, Received};
use hall_sync::event::{Fence, Identity, Outgoing, Reach, Stepped};
use hall_sync::push::Judged;
use hall_sync::trust::Reader;
use hall_sync::wire::Payload;
use hall_sync::{Input, Node, Now, Output, Trust};

pub use enrolment::{Asked, Enrolment};
pub(crate) use joining::{Codes, known};
pub(crate) use steward::{hall_of, name_of};

use crate::hall::{Hall, Inner, random};
use crate::live::Live;

/// Others of the hall count as reachable when they were heard within this, milliseconds: a device that has nothing to
/// say speaks at least every 25 s.
pub(crate) const REACHABLE_MS: i64 = 60_000;
/// Entities taken over under one lock.
const BITE: usize = 64;
/// The file beside the keys that makes the next start begin a new epoch, behind the number in it.
pub(crate) const LEAVE_EPOCH: &str = "leave-epoch";
/// A machine and its copy begin their new epochs up to so many numbers apart.
const APART: u8 = 64;

/// See the module.
#[derive(Debug)]
pub(crate) struct Exchange {
    node: Node,
    steward: steward::Steward,
    /// How many ops of this machine the node was told of.
    told: u64,
}

/// How things stand between this machine and the others, for the screens; never waited for.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub enrolment: Enrolment,
    /// Whoever is asked, and how many milliseconds ago he last answered.
    pub hub: Option<Heard>,
    pub county: Option<Heard>,
    pub peers: Vec<(Holder, Heard)>,
    /// How far the county has each series, and how far others of the hall have this machine's own.
    county_has: Vec<(Holder, u64)>,
    hall_has: u64,
    me: Holder,
    /// This machine's data is a copy or an older state: nothing is promised until it has started anew.
    pub fenced: bool,
    /// Where this machine's own hub listens, for the invitations it makes.
    pub addresses: Vec<String>,
}

/// When somebody was last heard, by the wall clock; `None` for never since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard(pub Option<Instant>);

impl Lines {
    pub(crate) fn new(enrolment: Enrolment, me: Holder) -> Self {
        Self {
            enrolment,
            hub: None,
            county: None,
            peers: Vec::new(),
            county_has: Vec::new(),
            hall_has: 0,
            me,
            fenced: false,
            addresses: Vec::new(),
        }
    }

    /// How far an op that is here has come.
    pub(crate) fn reach(&self, op: OpId) -> Reach {
        let county = self.county_has.iter().any(|(series, seq)| *series == op.holder() && *seq >= op.seq);
        if county {
            Reach::County
        } else if op.holder() != self.me || op.seq <= self.hall_has {
            Reach::Hall
        } else {
            Reach::Device
        }
    }

    /// What the screens show of it: how far ops have come, and whether anybody was heard at all.
    fn shown(&self) -> (u64, Vec<(Holder, u64)>, [Option<bool>; 2]) {
        let heard = [self.hub, self.county].map(|heard| heard.map(|heard| heard.0.is_some()));
        (self.hall_has, self.county_has.clone(), heard)
    }

    /// How many of this machine's own ops others of the hall have, and how many the county.
    pub(crate) fn own(&self) -> (u64, u64) {
        let county = self.county_has.iter().find(|(series, _)| *series == self.me);
        (self.hall_has, county.map_or(0, |(_, seq)| *seq))
    }
}

impl Exchange {
    pub(crate) fn new(identity: Identity, enrolment: &Enrolment, trust: Trust, wall: Instant) -> Self {
        let hall = enrolment.hall();
        let hub = enrolment.hub.as_ref().map(|_| Reader { hall, role: DeviceRole::Desk });
        let county = enrolment.county.as_ref().map(|_| Reader { hall: 0, role: DeviceRole::County });
        let upstreams = hub.into_iter().chain(county).collect();
        let now = Now { wall, mono: Instant(0) };
        Self {
            node: Node::new(identity, trust, upstreams, now),
            steward: steward::Steward::default(),
            told: 0,
        }
    }
}

/// Whom a machine believes at its start: what it kept, the desks' certificates first, for they vouch for the others.
pub(crate) fn trust(enrolment: &Enrolment, certificates: &[Certificate], live: &Live, now: Instant) -> Trust {
    let mut trust = Trust::new(enrolment.roots());
    let (desks, others): (Vec<&Certificate>, Vec<&Certificate>) =
        certificates.iter().partition(|certificate| certificate.bearer.role == DeviceRole::Desk);
    for certificate in desks.into_iter().chain(others) {
        // One that has expired still tells who wrote a series.
        let _known_either_way = trust.learn(certificate, now);
    }
    revoke(&mut trust, live, enrolment.hall());
    trust
}

/// The county tells of other halls' machines, too, and those may have the numbers of this one's.
fn revoke(trust: &mut Trust, live: &Live, hall: u32) {
    let ours = |device: &&Device| steward::hall_of(device).is_none_or(|its| its == hall);
    for device in live.devices.values().filter(|device| device.revoked).filter(ours) {
        trust.revoke(device.number);
    }
}

impl Hall {
    /// Who this machine is among the others, and whom it asks.
    pub fn enrolment(&self) -> Enrolment {
        self.lines().enrolment.clone()
    }

    /// The key with which this machine signs and shows who it is.
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// Where the hall's other machines reach this one, for the invitations it makes.
    pub fn listens_at(&self, addresses: Vec<String>) {
        self.lines().addresses = addresses;
    }

    /// Whether the program has to start anew before anything can be done here again.
    pub fn must_restart(&self) -> bool {
        self.lines().fenced
    }

    /// Which of the hall's machines this is, from 0, in the order in which they were enrolled.
    pub(crate) fn rank(&self, inner: &Inner) -> u16 {
        let hall = self.enrolment().hall();
        let mut ours = inner.live.devices.values().filter(|device| steward::hall_of(device) == Some(hall));
        ours.position(|device| device.number == self.me.device).unwrap_or(0) as u16
    }

    /// Tells the exchange what happened, at `mono` of a clock that only goes forward, and does on this machine what
    /// follows; the rest is for the lines.
    pub fn step(&self, mono: Instant, input: Input) -> Stepped {
        let mut exchange = self.exchange();
        let mut out = Vec::new();
        if let Err(error) = exchange.drive(self, mono, input, &mut out) {
            // Read or written again with the next input: nothing was acknowledged that is not durable.
            tracing::error!(%error, "the exchange stopped at the store");
        }
        let wake = exchange.node.wake();
        self.note_lines(&exchange, mono);
        Stepped { out, wake }
    }

    fn note_lines(&self, exchange: &Exchange, mono: Instant) {
        let wall = self.machine_now();
        let heard = |at: Option<Instant>| Heard(at.map(|at| wall.plus_ms(at.0 - mono.0)));
        let node = &exchange.node;
        let mut lines = self.lines();
        let before = lines.shown();
        let hub = lines.enrolment.hub.is_some();
        lines.hub = hub.then(|| heard(node.heard(0)));
        lines.county = lines.enrolment.county.is_some().then(|| heard(node.heard(usize::from(hub))));
        lines.peers = node.peers().map(|peer| (peer.holder, heard(Some(peer.heard)))).collect();
        lines.county_has = node.county_has();
        lines.hall_has = node.hall_has();
        let after = lines.shown();
        drop(lines);
        if before != after {
            self.tell();
        }
    }
}

impl Exchange {
    fn drive(
        &mut self,
        app: &Hall,
        mono: Instant,
        input: Input,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), ReadError> {
        self.revoke(app);
        let mut inputs = VecDeque::new();
        let mut work = match input {
            // The screens changed, perhaps without a new op.
            Input::Changed => steward::Work::Asks,
            Input::Tick => steward::Work::All,
            _ => steward::Work::None,
        };
        if !matches!(input, Input::Changed) {
            inputs.push_back(input);
        }
        loop {
            while let Some(input) = inputs.pop_front() {
                let now = Now { wall: app.machine_now(), mono };
                for output in self.node.step(now, input, &app.store)? {
                    work = work.max(self.perform(app, now, output, &mut inputs, out));
                }
            }
            let mono_now = Now { wall: app.machine_now(), mono };
            match std::mem::take(&mut work) {
                steward::Work::None => {}
                work => inputs.extend(self.steward.work(app, &mut self.node, mono_now, work)),
            }
            let head = app.store.head()?.seq;
            if head > self.told {
                self.told = head;
                inputs.push_back(Input::Changed);
            }
            if inputs.is_empty() {
                return Ok(());
            }
        }
    }

    fn perform(
        &mut self,
        app: &Hall,
        now: Now,
        output: Output,
        inputs: &mut VecDeque<Input>,
        out: &mut Vec<Outgoing>,
    ) -> steward::Work {
        match output {
            Output::Send { upstream, exchange, message } => {
                out.push(Outgoing::Send { upstream, exchange, message });
            }
            Output::Reply { link, response } => out.push(Outgoing::Reply { link, response }),
            Output::Learned(certificates) => self.learned(app, &certificates),
            Output::Import { job, judged, payloads } => {
                let stored = import(app, now.wall, judged, payloads);
                inputs.push_back(Input::Imported { job, stored });
            }
            Output::Serve { job, asks } => {
                steward::serve(app, &asks);
                inputs.push_back(Input::Served { job });
            }
            Output::News => {
                self.revoke(app);
                return steward::Work::All;
            }
            Output::Contradiction(series) => {
                tracing::error!(?series, "two histories of one series");
                let mut inner = app.inner();
                let name = steward::name_of(&inner.live, series.device);
                Hall::notice(
                    &mut inner,
                    format!(
                        "{name} 的记录有两个版本，像是机器被复制过或恢复过旧数据。两边都留着，请停用那台机器并告诉维护人员"
                    ),
                );
            }
            Output::Forbidden(series) => {
                tracing::error!(?series, "a machine says what only a desk may say");
                let mut inner = app.inner();
                let name = steward::name_of(&inner.live, series.device);
                Hall::notice(
                    &mut inner,
                    format!(
                        "{name} 写了只有服务台才能写的记录，从那里起都没有收。那台机器可能被人动过，请停用它并告诉维护人员"
                    ),
                );
            }
            Output::Fenced { why, beyond } => fenced(app, why, beyond),
        }
        steward::Work::None
    }

    fn revoke(&mut self, app: &Hall) {
        let hall = app.enrolment().hall();
        revoke(&mut self.node.trust, &app.inner().live, hall);
    }

    /// Whom this machine believes now.
    pub(crate) fn trust(&self) -> &Trust {
        &self.node.trust
    }

    /// Takes over what a stick taught.
    pub(crate) fn believe(&mut self, app: &Hall, certificates: &[Certificate]) {
        for certificate in certificates {
            // It was checked as a line would have done.
            let _checked_before = self.node.trust.learn(certificate, app.machine_now());
        }
        self.learned(app, certificates);
    }

    fn learned(&mut self, app: &Hall, certificates: &[Certificate]) {
        if let Err(error) = app.store.learn(certificates) {
            tracing::error!(%error, "certificates of others are not kept and have to come again");
        }
        let mine = certificates.iter().find(|certificate| certificate.bearer.device == app.me.device);
        let mut lines = app.lines();
        let shown = lines.enrolment.certificate.bearer;
        if let Some(mine) =
            mine.filter(|mine| mine.bearer.key == shown.key && mine.bearer.issued > shown.issued)
        {
            lines.enrolment.certificate = mine.clone();
            if let Err(error) = lines.enrolment.write(&app.keys) {
                tracing::error!(%error, "the renewed certificate is not kept and has to come again");
            }
            self.node.renew(mine.clone());
        }
    }
}

/// Makes durable what came and takes it over into what the screens show; whether it is.
fn import(app: &Hall, now: Instant, judged: Judged, payloads: Vec<Payload>) -> bool {
    let received = Received {
        ops: judged.ops,
        seals: judged.seals,
        evidence: judged.evidence,
        payloads: payloads.into_iter().map(|payload| (payload.op, payload.bytes)).collect(),
    };
    match app.receive(now, received) {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(%error, "what others sent cannot be kept now");
            false
        }
    }
}

/// The machine must not write in this epoch any more: it says so, and its next start begins a new one.
pub(crate) fn fenced(app: &Hall, why: Fence, beyond: u16) {
    tracing::error!(?why, "others know another history of this machine");
    // Whoever has a copy of this machine leaves the same epoch, perhaps before either is heard again.
    let beyond = beyond.saturating_add(u16::from(random::<1>()[0] % APART));
    if let Err(error) = app.keys.write_beside(LEAVE_EPOCH, beyond.to_string().as_bytes()) {
        tracing::error!(%error, "the end of the epoch is not noted");
    }
    app.lines().fenced = true;
    Hall::notice(
        &mut app.inner(),
        "本机数据不是最新的（像是用备份恢复过，或机器被复制过）。为了不把一个名额答应给两个人，本机要重新启动后才能继续".into(),
    );
    app.tell();
}

/// Takes over what came into what the screens show, a few entities at a time: somebody may be tapping.
pub(crate) fn take_over<'a>(app: &Hall, applied: impl Iterator<Item = &'a Applied>) -> Result<(), ReadError> {
    let mut touched = BTreeSet::new();
    for op in applied {
        touched.extend(app.store.entity_of(op.id)?);
        if let Fact::WorkerErased(erased) = &op.fact {
            touched.insert(erased.worker);
        }
    }
    let touched: Vec<EntityId> = touched.into_iter().collect();
    for bite in touched.chunks(BITE) {
        let mut inner = app.inner();
        for entity in bite {
            inner.live.refresh(&app.store, *entity)?;
        }
        inner.directory = None;
    }
    Ok(())
}
