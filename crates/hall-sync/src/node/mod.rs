//! A node: the exchanges of one device, hub or county server, as a state machine without IO.
//!
//! It is told what happened ([`Input`]) and says what to do ([`Output`]). Ops that came are first made durable
//! by whoever drives it; only when that is reported are they acknowledged, answered for or passed on.

mod answering;
mod asking;

use std::collections::{BTreeMap, BTreeSet};

use hall_core::fact::Holder;
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::seal::STRIDE;
use hall_log::{Bearer, Certificate, Chain, Ledger, Seal, payload_digest};

use crate::Now;
pub use crate::event::{Fence, Identity, Input, Outgoing, Output, Reach};
use crate::pull::Sender;
use crate::push::{Judge, Judged};
use crate::trust::{Reader, Trust};
use crate::upstream::Upstream;
use crate::wire::{Ask, Have, Payload, Refused, Request, Run, SERIES_MAX, Verdict, WANTS_MAX};

/// Of so many missing payloads some are asked for at once.
const LOOKED_THROUGH: usize = 2048;
/// How long to wait after something came that could not be used or written, milliseconds.
const PAUSE_MS: i64 = 5_000;

#[derive(Clone, Debug)]
struct Exchange {
    link: u64,
    peer: Bearer,
    request: Box<Request>,
    refused: Vec<(OpId, Verdict)>,
    /// It brought ops that were not here.
    news: bool,
}

#[derive(Clone, Debug)]
enum Job {
    /// Writing what a request pushed.
    Take(Exchange),
    /// Considering what it asks for.
    Serve(Exchange),
    /// Writing what was pulled from that upstream.
    Pull(usize),
    /// Considering what others want.
    Consider,
}

/// An answer that is held back until there is something to say.
#[derive(Clone, Debug)]
struct Waiting {
    until: Instant,
    exchange: Exchange,
}

/// Somebody who exchanged with this node.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub holder: Holder,
    pub role: DeviceRole,
    /// When he was last heard, by the clock that only goes forward.
    pub heard: Instant,
    /// How far he has this node's own series.
    has: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Node {
    identity: Identity,
    bearer: Bearer,
    pub trust: Trust,
    upstreams: Vec<(Reader, Upstream)>,
    jobs: BTreeMap<u64, Job>,
    next_job: u64,
    waiting: Vec<Waiting>,
    asks: Vec<Ask>,
    hands_on: bool,
    /// Wishes of others, by whom and for what, and until when they stand.
    wanted: BTreeMap<(Holder, EntityId), (Ask, Instant)>,
    /// What each device was last told of them.
    told: BTreeMap<Holder, Vec<Ask>>,
    /// How far the county has each series, as far as is known here.
    county: BTreeMap<Holder, Have>,
    /// Whoever exchanged with this node, by device.
    peers: BTreeMap<u32, Peer>,
    /// Series of which another history was met, so that it is told once.
    contradicted: BTreeSet<Holder>,
    /// Series of machines that said what they may not, so that it is told once.
    forbidden: BTreeSet<Holder>,
    fenced: bool,
}

impl Node {
    /// A node that talks to `upstreams`, each a reader in a hall.
    pub fn new(identity: Identity, mut trust: Trust, upstreams: Vec<Reader>, now: Now) -> Self {
        let bearer = identity.certificate.bearer;
        // Its own certificate may have expired; what it wrote is still its own.
        let _known_either_way = trust.learn(&identity.certificate, now.wall);
        let upstreams = upstreams.into_iter().map(|reader| (reader, Upstream::new(reader.role))).collect();
        Self {
            identity,
            bearer,
            trust,
            upstreams,
            jobs: BTreeMap::new(),
            next_job: 0,
            waiting: Vec::new(),
            asks: Vec::new(),
            hands_on: true,
            wanted: BTreeMap::new(),
            told: BTreeMap::new(),
            county: BTreeMap::new(),
            peers: BTreeMap::new(),
            contradicted: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            fenced: false,
        }
    }

    /// Goes on with a newer certificate of the same device.
    pub fn renew(&mut self, certificate: Certificate) {
        self.bearer = certificate.bearer;
        self.identity.certificate = certificate;
    }

    /// Whoever exchanged with this node since it was made.
    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values()
    }

    pub fn me(&self) -> Holder {
        self.identity.me
    }

    /// How far op `seq` of this device is known to have come.
    pub fn reach(&self, seq: u64) -> Reach {
        self.reach_of(OpId::new(self.identity.me.device, self.identity.me.epoch, seq))
    }

    /// How far an op that is here is known to have come.
    pub fn reach_of(&self, op: OpId) -> Reach {
        let has = |have: Option<&Have>| have.is_some_and(|have| have.seq >= op.seq);
        if has(self.county.get(&op.holder())) {
            return Reach::County;
        }
        if op.holder() != self.identity.me {
            return Reach::Hall;
        }
        if op.seq <= self.hall_has() { Reach::Hall } else { Reach::Device }
    }

    /// How far the county has each series, as far as is known here.
    pub fn county_has(&self) -> Vec<(Holder, u64)> {
        self.county.iter().map(|(series, have)| (*series, have.seq)).collect()
    }

    /// How far anybody else of the hall is known to have this device's own series.
    pub fn hall_has(&self) -> u64 {
        let me = self.identity.me;
        let hubs = self.upstreams.iter().filter(|(reader, _)| reader.role != DeviceRole::County);
        let answered = hubs.filter_map(|(_, upstream)| upstream.acks.as_ref()?.get(&me)).map(|have| have.seq);
        let peers = self.peers.values().filter(|peer| peer.role != DeviceRole::County);
        answered.chain(peers.map(|peer| peer.has)).max().unwrap_or(0)
    }

    /// When each upstream last answered, by the clock that only goes forward.
    pub fn heard(&self, upstream: usize) -> Option<Instant> {
        self.upstreams.get(upstream)?.1.heard
    }

    /// Wishes of others that still stand.
    pub fn wanted(&self) -> impl Iterator<Item = &Ask> {
        self.wanted.values().map(|(ask, _)| ask)
    }

    /// When [`Input::Tick`] is due next, by the clock that only goes forward.
    pub fn wake(&self) -> Option<Instant> {
        let upstreams = self.upstreams.iter().map(|(_, upstream)| upstream.wake());
        upstreams.chain(self.waiting.iter().map(|waiting| waiting.until)).min()
    }

    pub fn step<L: Ledger>(&mut self, now: Now, input: Input, ledger: &L) -> Result<Vec<Output>, L::Error> {
        let now = if mutant::on(Bug::WallClockTimers) { Now { mono: now.wall, ..now } } else { now };
        let mut out = Vec::new();
        if self.fenced {
            return Ok(out);
        }
        let wishes: Vec<Ask> = self.wanted().copied().collect();
        self.wanted.retain(|_, (_, until)| *until > now.mono);
        if self.trust.certificate(self.identity.me.device).is_none() {
            // It could not be checked before whoever vouched for it was known; without it nothing of ours is sent.
            let _known_at_last = self.trust.learn(&self.identity.certificate, now.wall);
        }
        let mut stirred = matches!(input, Input::Changed | Input::Asks { .. } | Input::Imported { .. });
        match input {
            Input::Tick => {}
            Input::Changed => self.all_due(),
            Input::Asks { asks, hands_on } => {
                self.hands_on = hands_on;
                if asks != self.asks {
                    self.asks = asks;
                    self.all_due();
                }
            }
            Input::Request { link, message } => self.request(now, link, &message, ledger, &mut out)?,
            Input::Response { upstream, exchange, response } => {
                self.response(now, (upstream, exchange), response, ledger, &mut out)?;
            }
            Input::Failed { upstream, exchange, jitter } => {
                if let Some((_, line)) =
                    self.upstreams.get_mut(upstream).filter(|(_, line)| line.expects(exchange))
                {
                    line.failed(now.mono, jitter);
                }
            }
            Input::Imported { job, stored } => self.imported(now, job, stored, ledger, &mut out)?,
            // What was given is told by the change it made; here somebody may be waiting for the answer.
            Input::Served { job } => {
                if let Some(Job::Serve(exchange)) = self.jobs.remove(&job) {
                    self.answer(now, exchange, ledger, &mut out)?;
                }
            }
        }
        let learned = self.trust.news();
        stirred |= !learned.is_empty() || !self.wanted().eq(&wishes);
        self.release(now, stirred, ledger, &mut out)?;
        self.pump(now, ledger, &mut out)?;
        if !learned.is_empty() {
            // Before the ops that were checked with them.
            out.insert(0, Output::Learned(learned));
        }
        Ok(out)
    }

    fn all_due(&mut self) {
        for (_, upstream) in &mut self.upstreams {
            upstream.due();
        }
    }

    fn job(&mut self, job: Job) -> u64 {
        self.next_job += 1;
        self.jobs.insert(self.next_job, job);
        self.next_job
    }

    fn reader(&self) -> Reader {
        Reader { hall: self.bearer.hall, role: self.bearer.role }
    }

    fn sender(&self, now: Now) -> Sender<'_> {
        Sender { me: self.identity.me, trust: &self.trust, key: &self.identity.key, now: now.wall }
    }

    /// Holds what somebody says he has against the history here.
    fn compare<L: Ledger>(
        &mut self,
        theirs: &[Have],
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
        for have in theirs.iter().filter(|have| have.seq > 0 && have.series != self.identity.me) {
            let here = ledger.chain_at(have.series, have.seq)?.map(crate::wire::half);
            if here.is_some_and(|here| here != have.chain) && self.contradicted.insert(have.series) {
                out.push(Output::Contradiction(have.series));
            }
        }
        Ok(())
    }

    fn judge<L: Ledger>(
        &mut self,
        runs: &[Run],
        seals: &[Seal],
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<Judged, L::Error> {
        let judged = Judge { me: self.reader(), trust: &self.trust }.judge(runs, seals, ledger)?;
        for (op, _) in judged.refused.iter().filter(|(_, verdict)| *verdict == Verdict::Forbidden) {
            if self.forbidden.insert(op.holder()) {
                out.push(Output::Forbidden(op.holder()));
            }
        }
        Ok(judged)
    }

    /// Those of the wanted payloads that are here, whole, and that `reader` may read.
    fn payloads_for<L: Ledger>(
        &self,
        reader: Reader,
        wants: &[OpId],
        ledger: &L,
    ) -> Result<Vec<Payload>, L::Error> {
        let mut payloads = Vec::new();
        for id in wants.iter().take(WANTS_MAX) {
            let author = self.trust.bearer(id.device);
            let readable = |scope| author.is_some_and(|author| reader.may_read(scope, author.hall));
            if let Some(op) = ledger.op(*id)?.filter(|op| readable(op.envelope.scope))
                && let Some(bytes) = op.payload
                && payload_digest(&bytes) == op.envelope.payload_digest
            {
                payloads.push(Payload { op: *id, bytes });
            }
        }
        Ok(payloads)
    }

    /// How far this node has every series that `reader` may hold, with a seal that it can pass on: power may have
    /// gone between the ops and their seals.
    fn haves<L: Ledger>(&self, reader: Reader, ledger: &L) -> Result<Vec<Have>, L::Error> {
        let held =
            |series: &Holder| self.trust.bearer(series.device).is_some_and(|author| reader.may_hold(author));
        let mut haves = Vec::new();
        for (series, head) in ledger.heads()?.into_iter().filter(|(series, _)| held(series)).take(SERIES_MAX)
        {
            let own = series.device == self.identity.me.device;
            let before = head.seq.saturating_sub(STRIDE);
            let sealed = match ledger.seals(series, before, head.seq)?.last() {
                Some(seal) if !own && seal.seq < head.seq => Have::new(series, seal.seq, seal.chain),
                None if !own => {
                    let chain = ledger.chain_at(series, before)?;
                    let origin = Chain::origin(series.device, series.epoch);
                    Have::new(series, before, chain.unwrap_or(origin))
                }
                _ => Have::new(series, head.seq, head.chain),
            };
            haves.push(sealed);
        }
        Ok(haves)
    }

    fn imported<L: Ledger>(
        &mut self,
        now: Now,
        job: u64,
        stored: bool,
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
        match self.jobs.remove(&job) {
            Some(Job::Take(exchange)) if !stored => {
                out.push(Output::Reply { link: exchange.link, response: Err(Refused::Unavailable) });
            }
            Some(Job::Take(exchange)) => {
                if exchange.news {
                    out.push(Output::News);
                    self.all_due();
                }
                self.serve(now, exchange, ledger, out)?;
            }
            Some(Job::Pull(_)) if stored => {
                out.push(Output::News);
                self.all_due();
            }
            // It will be pulled again, when there may be room.
            Some(Job::Pull(upstream)) => self.upstreams[upstream].1.pause(now.mono, PAUSE_MS),
            Some(_) | None => {}
        }
        Ok(())
    }
}

/// Payloads that are missing here: others each second where there are many, for nobody may have the first of them.
fn wants<L: Ledger>(now: Now, ledger: &L) -> Result<Vec<OpId>, L::Error> {
    let mut missing = ledger.missing(LOOKED_THROUGH)?;
    let second = usize::try_from(now.mono.0 / 1000).unwrap_or(0);
    let first = second.saturating_mul(WANTS_MAX) % missing.len().max(1);
    missing.rotate_left(first);
    missing.truncate(WANTS_MAX);
    Ok(missing)
}
