//! What to send to a peer: the series it lacks, cut where a seal lets it check them, without payloads it may not
//! read.

use std::collections::BTreeMap;

use hall_core::fact::{Holder, Scope};
use hall_core::mutant::{self, Bug};
use hall_core::{Hlc, Instant};
use hall_log::seal::STRIDE;
use hall_log::{Certificate, Head, Ledger, Op, Seal};

use crate::run::{RAW_MAX, pack};
use crate::trust::{Reader, Trust};
use crate::wire::{Have, Limits, Run, half};

/// Ops behind a limit that a run may still take in to reach a seal.
const OVERHANG: usize = STRIDE as usize * 4;

/// Ops for a peer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parcel {
    pub runs: Vec<Run>,
    pub seals: Vec<Seal>,
    /// Of the authors of the runs, and of the desks that vouched for them.
    pub certificates: Vec<Certificate>,
    /// Something was left out for want of room.
    pub more: bool,
}

/// Who sends, and how it seals its own series.
pub struct Sender<'a> {
    pub me: Holder,
    pub trust: &'a Trust,
    pub key: &'a ed25519_dalek::SigningKey,
    pub now: Instant,
}

impl std::fmt::Debug for Sender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("me", &self.me).finish_non_exhaustive()
    }
}

impl Sender<'_> {
    /// What `peer`, who has each series as far as `have` says, lacks; the sender's own series first.
    pub fn parcel<L: Ledger>(
        &self,
        peer: Reader,
        have: &BTreeMap<Holder, Have>,
        limits: Limits,
        ledger: &L,
    ) -> Result<Parcel, L::Error> {
        let mut parcel = Parcel::default();
        let (mut ops_left, mut bytes_left) = (usize::from(limits.ops), limits.bytes as usize);
        let mut heads = ledger.heads()?;
        heads.sort_by_key(|(series, _)| *series != self.me);
        for (series, head) in heads {
            let Some(author) = self.trust.bearer(series.device) else { continue };
            let own = series.device == self.me.device;
            if !peer.may_hold(author) || (mutant::on(Bug::NoRelay) && !own) {
                continue;
            }
            let theirs = have.get(&series).map_or(0, |have| have.seq);
            // A peer whose history differs must not be given more of ours.
            let same = match have.get(&series) {
                Some(have) if (1..=head.seq).contains(&have.seq) => {
                    ledger.chain_at(series, have.seq)?.map(half) == Some(have.chain)
                }
                _ => true,
            };
            if theirs >= head.seq || !same {
                continue;
            }
            if ops_left == 0 || bytes_left == 0 {
                parcel.more = true;
                break;
            }
            let readable = |scope: Scope| peer.may_read(scope, author.hall);
            let Some((run, seals)) = self.run(series, theirs, &head, ops_left, readable, ledger)? else {
                continue;
            };
            if run.body.len() > bytes_left && !parcel.runs.is_empty() {
                parcel.more = true;
                break;
            }
            parcel.more |= theirs + u64::from(run.count) < head.seq;
            ops_left = ops_left.saturating_sub(usize::from(run.count));
            bytes_left = bytes_left.saturating_sub(run.body.len());
            for certificate in self.trust.credentials(series.device) {
                if !parcel.certificates.contains(certificate) {
                    parcel.certificates.push(certificate.clone());
                }
            }
            parcel.runs.push(run);
            parcel.seals.extend(seals);
        }
        Ok(parcel)
    }

    /// A run of `series` after op `after` with the seals on it, the last of them at its end.
    fn run<L: Ledger>(
        &self,
        series: Holder,
        after: u64,
        head: &Head,
        limit: usize,
        readable: impl Fn(Scope) -> bool,
        ledger: &L,
    ) -> Result<Option<(Run, Vec<Seal>)>, L::Error> {
        let mut ops = ledger.ops_after(series, after, limit + OVERHANG)?;
        let mut room = RAW_MAX / 4;
        let fits = ops.iter().take_while(|op| {
            let bytes = 128 + op.payload.as_ref().map_or(0, Vec::len);
            room.checked_sub(bytes).inspect(|left| room = *left).is_some()
        });
        let most = after + fits.count().clamp(1, limit.max(1)) as u64;
        // What the device wrote in an earlier epoch is its own, too, and perhaps nobody else has it.
        let mut seals =
            if series == self.me || (series.device == self.me.device && !mutant::on(Bug::OldEpochUnsealed)) {
                self.own(series, head, &ops)
            } else {
                let last = ops.last().map_or(after, |op| op.envelope.id.seq);
                ledger.seals(series, after, last)?
            };
        // The last seal within the limit, or, when none is, the first one behind it.
        let within = seals.iter().rposition(|seal| seal.seq <= most);
        seals.truncate(within.map_or(1, |last| last + 1));
        let Some(end) = seals.last() else { return Ok(None) };
        ops.truncate((end.seq - after) as usize);
        Ok(pack(&ops, readable).map(|run| (run, seals)))
    }

    /// Seals `ops` of an own series at every stride, where a relay can cut, and at the head.
    fn own(&self, series: Holder, head: &Head, ops: &[Op]) -> Vec<Seal> {
        let seal = |op: &Op| {
            let (seq, hlc) = (op.envelope.id.seq, op.envelope.hlc);
            if seq == head.seq && series == self.me {
                return Some(self.seal(head));
            }
            // Nobody can say of an earlier epoch that nothing happened later in it.
            let cut = seq.is_multiple_of(STRIDE) || seq == head.seq;
            cut.then(|| Seal::sign(series, seq, op.chain, hlc, self.key))
        };
        ops.iter().filter_map(seal).collect()
    }

    /// The sender's word that nothing has happened after `head`, its own.
    pub fn seal(&self, head: &Head) -> Seal {
        let at = head.hlc.max(Hlc::new(self.now, 0));
        Seal::sign(self.me, head.seq, head.chain, at, self.key)
    }
}
