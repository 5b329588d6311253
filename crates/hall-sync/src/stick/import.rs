//! Reading a stick: each batch is judged as if somebody had sent it.

use hall_core::vocab::DeviceRole;
use hall_core::{Instant, OpId};
use hall_log::{Certificate, Chain, Ledger, Seal};

use super::{Batch, Header, StickError};
use crate::push::{Judge, Judged};
use crate::run::unpack;
use crate::trust::{Reader, Trust};
use crate::wire::{Payload, Refused};

/// A stick that is being read, batch by batch; what is taken of one is made durable before the next is judged.
#[derive(Debug)]
pub struct Import {
    me: Reader,
    trust: Trust,
    now: Instant,
}

/// What to make durable of a batch, the certificates first: without its author's, a series cannot be passed on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    pub learned: Vec<Certificate>,
    pub judged: Judged,
    /// Of ops that are here and lack theirs.
    pub payloads: Vec<Payload>,
    /// Ops that were here.
    pub known: u64,
}

impl Import {
    /// Begins to read for `me` a stick that says so of itself.
    pub fn begin(me: Reader, trust: &Trust, header: &Header, now: Instant) -> Result<Self, StickError> {
        let mut trust = trust.clone();
        if trust.learn(&header.certificate, now) == Err(Refused::Certificate) {
            return Err(StickError::Stranger);
        }
        let writer = &header.certificate.bearer;
        if writer.device != header.from.device {
            return Err(StickError::Malformed);
        }
        if !me.may_hold(writer) || (me.role != DeviceRole::County && header.hall != me.hall) {
            return Err(StickError::OtherHall { found: header.hall });
        }
        Ok(Self { me, trust, now })
    }

    /// Judges a batch against what is here.
    pub fn batch<L: Ledger>(&mut self, batch: &Batch, ledger: &L) -> Result<Taken, L::Error> {
        for certificate in batch.certificates.iter().filter(|other| self.me.may_hold(&other.bearer)) {
            // A run of an author whose certificate is no good is refused below.
            let _judged_with_its_run = self.trust.learn(certificate, self.now);
        }
        let run = &batch.run;
        let payloads = self.late(batch, ledger)?;
        let seals: Vec<Seal> = batch.seals.iter().filter(|seal| seal.series == run.series).copied().collect();
        let judge = Judge { me: self.me, trust: &self.trust };
        let mut judged = judge.judge(std::slice::from_ref(run), &seals, ledger)?;
        let author = self.trust.bearer(run.series.device);
        for op in judged.ops.iter_mut().chain(&mut judged.evidence) {
            let readable = author.is_some_and(|author| self.me.may_read(op.envelope.scope, author.hall));
            op.payload = op.payload.take().filter(|_| readable);
        }
        let judged_ops = match judged.refused.first() {
            Some((first, _)) => first.seq.saturating_sub(run.first),
            None => u64::from(run.count),
        };
        let known = judged_ops.saturating_sub(judged.ops.len() as u64);
        Ok(Taken { learned: self.trust.news(), judged, payloads, known })
    }

    /// Payloads that ops here lack: they came by way of somebody who might not read them.
    fn late<L: Ledger>(&self, batch: &Batch, ledger: &L) -> Result<Vec<Payload>, L::Error> {
        let run = &batch.run;
        let (series, end) = (run.series, ledger.head(run.series)?.seq);
        let Some(author) = self.trust.bearer(series.device) else { return Ok(Vec::new()) };
        if run.first > end || ledger.missing(1)?.is_empty() {
            return Ok(Vec::new());
        }
        // A payload is what its op here says it is, whatever the run says of its place.
        let Ok(ops) = unpack(run, Chain::origin(series.device, series.epoch)) else { return Ok(Vec::new()) };
        let mut late = Vec::new();
        for op in ops.into_iter().take_while(|op| op.envelope.id.seq <= end) {
            let Some(bytes) = op.payload else { continue };
            let id: OpId = op.envelope.id;
            let lacks = ledger.op(id)?.is_some_and(|here| {
                here.payload.is_none()
                    && here.envelope.payload_digest == op.envelope.payload_digest
                    && self.me.may_read(here.envelope.scope, author.hall)
            });
            if lacks {
                late.push(Payload { op: id, bytes });
            }
        }
        Ok(late)
    }
}
