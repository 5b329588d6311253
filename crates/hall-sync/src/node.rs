//! A node: the exchanges of one device, hub or county server, as a state machine without IO.
//!
//! It is told what happened ([`Input`]) and says what to do ([`Output`]). Ops that came are first made durable
//! by whoever drives it; only when that is reported are they acknowledged, answered for or passed on.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::fact::Holder;
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::seal::STRIDE;
use hall_log::{Bearer, Certificate, Chain, Ledger, Seal, payload_digest};

use crate::Now;
pub use crate::event::{Fence, Identity, Input, Outgoing, Output, Reach};
use crate::pull::{Parcel, Sender};
use crate::push::{Judge, Judged};
use crate::trust::{Reader, Trust};
use crate::upstream::{Upstream, WAIT_MS};
use crate::wire::{
    ASKS_MAX, Ask, Have, LIMITS, Payload, Refused, Request, Response, Run, SERIES_MAX, Signed, VERSION,
    Verdict, WANTS_MAX,
};

/// How long a wish for places is remembered that is not repeated, milliseconds.
const ASK_MS: i64 = 40_000;
/// Answers held back at once; whoever comes on top is answered at once.
const WAITING_MAX: usize = 64;
/// A relayed seal is passed on again when it is so much newer, milliseconds.
const SEAL_NEWS_MS: i64 = 60_000;
/// A series that was refused is offered again after so long, milliseconds.
const HELD_BACK_MS: i64 = 60_000;
/// Of so many missing payloads some are asked for at once.
const LOOKED_THROUGH: usize = 2048;
/// Nobody moves a device further ahead than this at once: its epochs are numbered once and for all.
const EPOCHS_AHEAD: u16 = 256;
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
    told: BTreeMap<u32, Vec<Ask>>,
    /// How far the county has each series, as far as is known here.
    county: BTreeMap<Holder, Have>,
    /// Whoever exchanged with this node, by device.
    peers: BTreeMap<u32, Peer>,
    /// Series of which another history was met, so that it is told once.
    contradicted: BTreeSet<Holder>,
    fenced: bool,
}

impl Node {
    /// A node that talks to `upstreams`, each a reader in a hall.
    pub fn new(identity: Identity, mut trust: Trust, upstreams: Vec<Reader>, now: Now) -> Self {
        let bearer = identity.certificate.bearer;
        // Its own certificate may have expired; what it wrote is still its own.
        let _known_either_way = trust.learn(&identity.certificate, now.wall);
        let upstreams = upstreams.into_iter().map(|reader| (reader, Upstream::default())).collect();
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
        self.wanted.retain(|_, (_, until)| *until > now.mono);
        if self.trust.certificate(self.identity.me.device).is_none() {
            // It could not be checked before whoever vouched for it was known; without it nothing of ours is sent.
            let _known_at_last = self.trust.learn(&self.identity.certificate, now.wall);
        }
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
        self.release(now, ledger, &mut out)?;
        self.pump(now, ledger, &mut out)?;
        let learned = self.trust.news();
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

    fn judge<L: Ledger>(&self, runs: &[Run], seals: &[Seal], ledger: &L) -> Result<Judged, L::Error> {
        Judge { me: self.reader(), trust: &self.trust }.judge(runs, seals, ledger)
    }

    // Answering.

    fn request<L: Ledger>(
        &mut self,
        now: Now,
        link: u64,
        message: &Signed,
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
        let (peer, request) = match self.admit(now, message) {
            Ok(admitted) => admitted,
            Err(refused) => {
                out.push(Output::Reply { link, response: Err(refused) });
                return Ok(());
            }
        };
        if ledger.ended(request.from)?.is_some() {
            out.push(Output::Reply { link, response: Err(Refused::EpochEnded) });
            return Ok(());
        }
        self.note_peer(now, &peer, &request, ledger)?;
        for ask in request.asks.iter().filter(|ask| ask.to != self.identity.me) {
            self.wanted.insert((ask.to, ask.post), (*ask, now.mono.plus_ms(ASK_MS)));
        }
        // What it no longer asks for, it no longer wants.
        let asked: Vec<(Holder, EntityId)> = request.asks.iter().map(|ask| (ask.to, ask.post)).collect();
        self.wanted.retain(|key, _| key.0 != request.from || asked.contains(key));
        self.compare(&request.have, ledger, out)?;
        let judged = self.judge(&request.push, &request.seals, ledger)?;
        let exchange = Exchange {
            link,
            peer,
            request: Box::new(request),
            refused: judged.refused.clone(),
            news: !judged.ops.is_empty(),
        };
        let payloads = exchange.request.payloads.clone();
        let empty = judged.ops.is_empty() && judged.seals.is_empty() && judged.evidence.is_empty();
        if empty && payloads.is_empty() {
            return self.serve(now, exchange, ledger, out);
        }
        let job = self.job(Job::Take(exchange));
        out.push(Output::Import { job, judged, payloads });
        Ok(())
    }

    fn note_peer<L: Ledger>(
        &mut self,
        now: Now,
        peer: &Bearer,
        request: &Request,
        ledger: &L,
    ) -> Result<(), L::Error> {
        let mut has = 0;
        for have in request.have.iter().filter(|have| have.series == self.identity.me) {
            if ledger.chain_at(have.series, have.seq)?.map(crate::wire::half) == Some(have.chain) {
                has = have.seq;
            }
        }
        let peer = Peer { holder: request.from, role: peer.role, heard: now.mono, has };
        self.peers.insert(peer.holder.device, peer);
        Ok(())
    }

    /// Whether whoever sent `message` may exchange at all.
    fn admit(&mut self, now: Now, message: &Signed) -> Result<(Bearer, Request), Refused> {
        let request = message.request()?;
        let peer = self.trust.learn(&request.certificate, now.wall)?;
        if self.trust.is_revoked(peer.device) {
            return Err(Refused::Revoked);
        }
        let signed = self.trust.key(peer.device).is_some_and(|key| message.is_by(key));
        if !signed || peer.device != request.from.device {
            return Err(Refused::Signature);
        }
        if !self.reader().may_hold(&peer) {
            return Err(Refused::OtherHall);
        }
        for certificate in &request.certificates {
            // Runs of an author whose certificate is no good are refused one by one.
            let _judged_with_its_runs = self.trust.learn(certificate, now.wall);
        }
        Ok((peer, request))
    }

    fn serve<L: Ledger>(
        &mut self,
        now: Now,
        exchange: Exchange,
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
        if exchange.request.asks.is_empty() {
            return self.answer(now, exchange, ledger, out);
        }
        let asks = exchange.request.asks.clone();
        let job = self.job(Job::Serve(exchange));
        out.push(Output::Serve { job, asks });
        Ok(())
    }

    fn answer<L: Ledger>(
        &mut self,
        now: Now,
        exchange: Exchange,
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
        let response = self.respond(now, &exchange, ledger)?;
        let request = &exchange.request;
        let news = !response.pull.is_empty()
            || !response.refused.is_empty()
            || !response.payloads.is_empty()
            || (mutant::on(Bug::WishesRepeated) && !response.wanted.is_empty())
            || self.told.get(&request.from.device).map_or(&[][..], Vec::as_slice) != response.wanted;
        let idle =
            request.wait_ms > 0 && request.push.is_empty() && !news && self.waiting.len() < WAITING_MAX;
        if idle {
            let until = now.mono.plus_ms(i64::from(request.wait_ms.min(WAIT_MS)));
            self.waiting.push(Waiting { until, exchange });
        } else {
            self.told.insert(request.from.device, response.wanted.clone());
            out.push(Output::Reply { link: exchange.link, response: Ok(Box::new(response)) });
        }
        Ok(())
    }

    fn respond<L: Ledger>(&self, now: Now, exchange: &Exchange, ledger: &L) -> Result<Response, L::Error> {
        let (request, peer) = (&exchange.request, &exchange.peer);
        let reader = Reader { hall: peer.hall, role: peer.role };
        let have = request.have.iter().map(|have| (have.series, *have)).collect();
        let limits = crate::wire::Limits {
            ops: request.limits.ops.clamp(1, LIMITS.ops),
            bytes: request.limits.bytes.clamp(4 << 10, LIMITS.bytes),
        };
        let Parcel { runs, seals, mut certificates, more } =
            self.sender(now).parcel(reader, &have, limits, ledger)?;
        let shown = request.certificate.bearer.issued;
        let renewed = self.trust.certificate(peer.device).filter(|known| known.bearer.issued > shown);
        certificates.extend(renewed.cloned());
        let payloads = self.payloads_for(reader, &request.wants, ledger)?;
        Ok(Response {
            version: VERSION,
            from: self.identity.me,
            acks: self.haves(reader, ledger)?,
            refused: exchange.refused.clone(),
            pull: runs,
            seals,
            certificates,
            payloads,
            more,
            wanted: self.wanted_from(request.from),
            county: self.county.values().copied().take(SERIES_MAX).collect(),
            now: now.wall,
            limits: LIMITS,
            retry_after_ms: 0,
            wants: wants(now, ledger)?,
        })
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

    /// What `peer` could give, to us or to others of its hall: another hall's machine would never see the gift.
    fn wanted_from(&self, peer: Holder) -> Vec<Ask> {
        let hall = |device: u32| self.trust.bearer(device).map(|bearer| bearer.hall);
        let near = |ask: &&Ask| ask.to.device != peer.device && hall(ask.to.device) == hall(peer.device);
        let others = self.wanted.values().map(|(ask, _)| ask).chain(&self.asks);
        let mut asks: Vec<Ask> = others.filter(near).copied().collect();
        asks.sort_unstable();
        asks.truncate(ASKS_MAX);
        asks
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

    /// Answers whoever was kept waiting and has something coming now, or has waited long enough.
    fn release<L: Ledger>(&mut self, now: Now, ledger: &L, out: &mut Vec<Output>) -> Result<(), L::Error> {
        for Waiting { until, mut exchange } in std::mem::take(&mut self.waiting) {
            let before = self.waiting.len();
            let link = exchange.link;
            if now.mono >= until {
                exchange.request.wait_ms = 0;
            }
            self.answer(now, exchange, ledger, out)?;
            if let Some(waiting) =
                self.waiting.get_mut(before).filter(|waiting| waiting.exchange.link == link)
            {
                waiting.until = until;
            }
        }
        Ok(())
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

    // Asking.

    fn pump<L: Ledger>(&mut self, now: Now, ledger: &L, out: &mut Vec<Output>) -> Result<(), L::Error> {
        for n in 0..self.upstreams.len() {
            if self.upstreams[n].1.is_overdue(now.mono) {
                // Nobody told us that the line failed; the hall's devices do not share this moment.
                self.upstreams[n].1.failed(now.mono, u64::from(self.bearer.device));
            }
            // What was pulled is asked for again until it is written.
            let pulling = self.jobs.values().any(|job| matches!(job, Job::Pull(_)));
            if pulling || !self.upstreams[n].1.is_ready(now.mono) {
                continue;
            }
            let request = self.compose(n, now, ledger)?;
            let idle = request.push.is_empty() && request.wait_ms > 0;
            let message = Signed::by(&request, &self.identity.key);
            let exchange = self.upstreams[n].1.sent(now.mono, idle);
            out.push(Output::Send { upstream: n, exchange, message });
        }
        Ok(())
    }

    fn compose<L: Ledger>(&mut self, n: usize, now: Now, ledger: &L) -> Result<Request, L::Error> {
        let (reader, upstream) = &self.upstreams[n];
        let parcel = match &upstream.acks {
            Some(acks) => {
                let mut acks = acks.clone();
                for (series, until) in &upstream.held_back {
                    if now.mono < *until {
                        acks.insert(*series, Have { series: *series, seq: u64::MAX, chain: [0; 8] });
                    }
                }
                self.sender(now).parcel(*reader, &acks, upstream.limits(), ledger)?
            }
            None => Parcel::default(),
        };
        let Parcel { runs, mut seals, certificates, .. } = parcel;
        let own = ledger.head(self.identity.me)?;
        if runs.is_empty() && own.seq > 0 {
            // That nothing happened is news, too, but not at every breath.
            let said =
                self.upstreams[n].1.sealed.get(&self.identity.me).map_or(i64::MIN, |at| at.instant().0);
            if now.wall.0.saturating_sub(SEAL_NEWS_MS) > said {
                seals.push(self.sender(now).seal(&own));
            }
        }
        seals.extend(self.newer_seals(n, ledger)?);
        for seal in &seals {
            let known = self.upstreams[n].1.sealed.entry(seal.series).or_default();
            *known = (*known).max(seal.at);
        }
        let have = self.shown_to(n, ledger)?;
        let (_, upstream) = &self.upstreams[n];
        let wait_ms = if upstream.acks.is_some() { WAIT_MS } else { 0 };
        Ok(Request {
            version: VERSION,
            from: self.identity.me,
            certificate: self.identity.certificate.clone(),
            have,
            push: runs,
            seals,
            certificates,
            asks: self.asks_for(n),
            wants: wants(now, ledger)?,
            wait_ms,
            limits: upstream.limits(),
            payloads: self.payloads_for(self.upstreams[n].0, &upstream.wants, ledger)?,
        })
    }

    /// How far this node has everything. Of a series that has another history there, as far as that goes, so that
    /// it is seen on both sides.
    fn shown_to<L: Ledger>(&self, n: usize, ledger: &L) -> Result<Vec<Have>, L::Error> {
        let (reader, upstream) = &self.upstreams[n];
        let mut have = self.haves(*reader, ledger)?;
        for have in have.iter_mut().filter(|have| self.contradicted.contains(&have.series)) {
            let there = upstream.acks.as_ref().and_then(|acks| acks.get(&have.series));
            if let Some(there) = there.filter(|there| there.seq < have.seq)
                && let Some(chain) = ledger.chain_at(have.series, there.seq)?
            {
                *have = Have::new(have.series, there.seq, chain);
            }
        }
        Ok(have)
    }

    /// Our own wishes, and those of others that came to us.
    fn asks_for(&self, n: usize) -> Vec<Ask> {
        let mut asks = self.asks.clone();
        if self.upstreams[n].0.role == DeviceRole::County && self.hands_on {
            // The county gives to the hall; the hall shares out.
            asks.extend(self.wanted.values().map(|(ask, _)| Ask { to: self.identity.me, ..*ask }));
        }
        asks.sort_unstable();
        asks.truncate(ASKS_MAX);
        asks
    }

    /// Seals of others whose series the upstream already has to its end.
    fn newer_seals<L: Ledger>(&self, n: usize, ledger: &L) -> Result<Vec<Seal>, L::Error> {
        let upstream = &self.upstreams[n].1;
        let Some(acks) = &upstream.acks else { return Ok(Vec::new()) };
        let mut seals = Vec::new();
        for (series, head) in ledger.heads()? {
            let there = acks.get(&series).is_some_and(|have| have.seq == head.seq && head.seq > 0);
            if series == self.identity.me || !there {
                continue;
            }
            let known = upstream.sealed.get(&series).map_or(i64::MIN, |at| at.instant().0);
            let newest = ledger.seals(series, head.seq - 1, head.seq)?.pop();
            seals.extend(newest.filter(|seal| seal.at.instant().0.saturating_sub(SEAL_NEWS_MS) > known));
        }
        Ok(seals)
    }

    fn response<L: Ledger>(
        &mut self,
        now: Now,
        (n, exchange): (usize, u64),
        response: Result<Response, Refused>,
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
        let Some((reader, upstream)) = self.upstreams.get_mut(n).filter(|(_, line)| line.expects(exchange))
        else {
            return Ok(());
        };
        let response = match response {
            Ok(response) if response.version == VERSION && response.is_bounded() => response,
            Err(Refused::EpochEnded) => {
                return self.fence(Fence::Ended, ledger, out);
            }
            _ => {
                upstream.failed(now.mono, exchange.wrapping_mul(7_919));
                return Ok(());
            }
        };
        upstream.answered(now.mono, response.limits, response.retry_after_ms);
        for (op, verdict) in &response.refused {
            // A gap is closed by what the acknowledgements say; anything else would be refused again.
            if *verdict != Verdict::Gap {
                upstream.held_back.insert(op.holder(), now.mono.plus_ms(HELD_BACK_MS));
            }
        }
        let mut acks: BTreeMap<Holder, Have> =
            response.acks.iter().take(SERIES_MAX).map(|have| (have.series, *have)).collect();
        if mutant::on(Bug::AcksOnlyGrow) {
            for (series, before) in upstream.acks.iter().flatten() {
                let ack = acks.entry(*series).or_insert(*before);
                *ack = if ack.seq < before.seq { *before } else { *ack };
            }
        }
        let told = if reader.role == DeviceRole::County { &response.acks } else { &response.county };
        for have in told.iter().take(SERIES_MAX) {
            let known = self.county.entry(have.series).or_insert(*have);
            if known.seq < have.seq {
                *known = *have;
            }
        }
        let ours = acks.get(&self.identity.me).copied();
        upstream.wants.clone_from(&response.wants);
        upstream.acks = Some(acks);
        self.compare(&response.acks, ledger, out)?;
        if let Some(fence) = self.fenced_by(ours, ledger)? {
            return self.fence(fence, ledger, out);
        }
        for certificate in &response.certificates {
            let _judged_with_its_runs = self.trust.learn(certificate, now.wall);
        }
        let judged = self.judge(&response.pull, &response.seals, ledger)?;
        if !judged.refused.is_empty() {
            self.upstreams[n].1.pause(now.mono, PAUSE_MS);
        }
        if !response.wanted.is_empty() {
            let job = self.job(Job::Consider);
            out.push(Output::Serve { job, asks: response.wanted });
        }
        let empty = judged.ops.is_empty() && judged.seals.is_empty() && judged.evidence.is_empty();
        if !empty || !response.payloads.is_empty() {
            let job = self.job(Job::Pull(n));
            out.push(Output::Import { job, judged, payloads: response.payloads });
        }
        // Whether or not there is news, the line stays open for it.
        self.upstreams[n].1.due();
        Ok(())
    }

    fn fenced_by<L: Ledger>(&self, ours: Option<Have>, ledger: &L) -> Result<Option<Fence>, L::Error> {
        let believed = |have: &Have| have.seq > 0 && !mutant::on(Bug::FenceIgnored);
        let Some(there) = ours.filter(believed) else { return Ok(None) };
        let here = ledger.head(self.identity.me)?;
        if there.seq > here.seq {
            return Ok(Some(Fence::RolledBack { here: here.seq, there: there.seq }));
        }
        let link = ledger.chain_at(self.identity.me, there.seq)?.map(crate::wire::half);
        Ok((link != Some(there.chain)).then_some(Fence::Forked { at: there.seq }))
    }

    fn fence<L: Ledger>(&mut self, why: Fence, ledger: &L, out: &mut Vec<Output>) -> Result<(), L::Error> {
        self.fenced = true;
        let here = ledger.heads()?.into_iter().map(|(series, _)| series);
        let there = self.upstreams.iter().filter_map(|(_, upstream)| upstream.acks.as_ref()).flatten();
        let known = here.chain(there.map(|(series, _)| *series)).chain(self.county.keys().copied());
        let epochs =
            known.filter(|series| series.device == self.identity.me.device).map(|series| series.epoch);
        let mine = self.identity.me.epoch;
        let beyond = epochs.fold(mine, u16::max).min(mine.saturating_add(EPOCHS_AHEAD));
        out.push(Output::Fenced { why, beyond });
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
