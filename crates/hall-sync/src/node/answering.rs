//! What a node says to whoever asks it.

use hall_core::EntityId;
use hall_core::fact::Holder;
use hall_core::mutant::{self, Bug};
use hall_log::{Bearer, Ledger};

use super::{Exchange, Job, Node, Peer, Waiting, wants};
use crate::Now;
use crate::event::Output;
use crate::pull::Parcel;
use crate::trust::Reader;
use crate::upstream::WAIT_MS;
use crate::wire::{ASKS_MAX, Ask, LIMITS, Limits, Refused, Request, Response, SERIES_MAX, Signed, VERSION};

/// How long a wish for places is remembered that is not repeated, milliseconds.
const ASK_MS: i64 = 40_000;
/// Answers held back at once; whoever comes on top is answered at once.
const WAITING_MAX: usize = 64;

impl Node {
    pub(super) fn request<L: Ledger>(
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
        let judged = self.judge(&request.push, &request.seals, ledger, out)?;
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

    pub(super) fn serve<L: Ledger>(
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

    pub(super) fn answer<L: Ledger>(
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
            || self.told.get(&request.from).map_or(&[][..], Vec::as_slice) != response.wanted;
        let idle =
            request.wait_ms > 0 && request.push.is_empty() && !news && self.waiting.len() < WAITING_MAX;
        if idle {
            let until = now.mono.plus_ms(i64::from(request.wait_ms.min(WAIT_MS)));
            self.waiting.push(Waiting { until, exchange });
        } else {
            self.told.insert(request.from, response.wanted.clone());
            out.push(Output::Reply { link: exchange.link, response: Ok(Box::new(response)) });
        }
        Ok(())
    }

    fn respond<L: Ledger>(&self, now: Now, exchange: &Exchange, ledger: &L) -> Result<Response, L::Error> {
        let (request, peer) = (&exchange.request, &exchange.peer);
        let reader = Reader { hall: peer.hall, role: peer.role };
        let have = request.have.iter().map(|have| (have.series, *have)).collect();
        let limits = Limits {
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

    /// What `peer` could give, to us or to others of its hall: another hall's machine would never see the gift. A copy of
    /// the peer's machine, which goes on in a later epoch, is another; an earlier epoch of it is gone.
    fn wanted_from(&self, peer: Holder) -> Vec<Ask> {
        let hall = |device: u32| self.trust.bearer(device).map(|bearer| bearer.hall);
        let other = |to: Holder| to.device != peer.device || to.epoch > peer.epoch;
        let near = |ask: &&Ask| other(ask.to) && hall(ask.to.device) == hall(peer.device);
        let others = self.wanted.values().map(|(ask, _)| ask).chain(&self.asks);
        let mut asks: Vec<Ask> = others.filter(near).copied().collect();
        asks.sort_unstable();
        asks.truncate(ASKS_MAX);
        asks
    }

    /// Answers whoever was kept waiting and has something coming now, or has waited long enough. Unless `stirred`, there
    /// is nothing new for anybody, and it is not looked for.
    pub(super) fn release<L: Ledger>(
        &mut self,
        now: Now,
        stirred: bool,
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
        let over = |waiting: &mut Waiting| stirred || now.mono >= waiting.until;
        let due: Vec<Waiting> = self.waiting.extract_if(.., over).collect();
        for Waiting { until, mut exchange } in due {
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
}
