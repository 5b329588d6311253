//! What a node asks of others, and what it makes of their answers.

use std::collections::BTreeMap;

use hall_core::fact::Holder;
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_log::{Ledger, Seal};

use super::{Job, Node, PAUSE_MS, wants};
use crate::Now;
use crate::event::{Fence, Output};
use crate::pull::Parcel;
use crate::upstream::WAIT_MS;
use crate::wire::{ASKS_MAX, Ask, Have, Refused, Request, Response, SERIES_MAX, Signed, VERSION, Verdict};

/// A relayed seal is passed on again when it is so much newer, milliseconds.
const SEAL_NEWS_MS: i64 = 60_000;
/// A series that was refused is offered again after so long, milliseconds.
const HELD_BACK_MS: i64 = 60_000;
/// Nobody moves a device further ahead than this at once: its epochs are numbered once and for all.
const EPOCHS_AHEAD: u16 = 256;

impl Node {
    pub(super) fn pump<L: Ledger>(
        &mut self,
        now: Now,
        ledger: &L,
        out: &mut Vec<Output>,
    ) -> Result<(), L::Error> {
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

    pub(super) fn response<L: Ledger>(
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
                upstream.refused(now.mono, exchange.wrapping_mul(7_919));
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
        let judged = self.judge(&response.pull, &response.seals, ledger, out)?;
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
