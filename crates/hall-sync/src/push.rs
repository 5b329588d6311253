//! What becomes of runs that somebody sends: verified against their author's seals and the history here.
//!
//! Nothing is believed because of who relayed it. What contradicts is kept as evidence and never mixed in; what
//! cannot be checked yet is left for later; a bad run of one series never holds up another.

use std::collections::BTreeMap;

use hall_core::OpId;
use hall_core::fact::{Fact, Holder};
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_log::{Chain, Ledger, Op, Seal};

use crate::run::unpack;
use crate::trust::{Reader, Trust};
use crate::wire::{Run, Verdict};

/// What to do with the runs of one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// New ops, each series in order and without a hole to what is here.
    pub ops: Vec<Op>,
    /// Good seals over ops that are here or in `ops`.
    pub seals: Vec<Seal>,
    /// Ops that contradict; they are kept aside.
    pub evidence: Vec<Op>,
    /// The first op of each series that was not taken, and why.
    pub refused: Vec<(OpId, Verdict)>,
}

/// Who judges.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    pub me: Reader,
    pub trust: &'a Trust,
}

impl Judge<'_> {
    pub fn judge<L: Ledger>(&self, runs: &[Run], seals: &[Seal], ledger: &L) -> Result<Judged, L::Error> {
        let mut judged = Judged::default();
        let good: Vec<&Seal> = seals.iter().filter(|seal| self.is_good(seal)).collect();
        // How far each series is with what this message brings.
        let mut ends: BTreeMap<Holder, (u64, Chain)> = BTreeMap::new();
        for run in runs {
            let end = if let Some(end) = ends.get(&run.series) {
                *end
            } else {
                let head = ledger.head(run.series)?;
                (head.seq, head.chain)
            };
            if let Some(end) = self.run(run, &good, end, ledger, &mut judged)? {
                ends.insert(run.series, end);
            }
        }
        for seal in good {
            let here = match ends.get(&seal.series).filter(|(seq, _)| *seq == seal.seq) {
                Some((_, chain)) => Some(*chain),
                None => ledger.chain_at(seal.series, seal.seq)?,
            };
            let new = judged
                .ops
                .iter()
                .find(|op| op.envelope.id.holder() == seal.series && op.envelope.id.seq == seal.seq);
            if here.or(new.map(|op| op.chain)) == Some(seal.chain) {
                judged.seals.push(*seal);
            }
        }
        Ok(judged)
    }

    fn is_good(&self, seal: &Seal) -> bool {
        self.trust.key(seal.series.device).is_some_and(|key| seal.is_by(key))
    }

    /// Judges one run against `end`, how far its series is; the new end when something was taken.
    fn run<L: Ledger>(
        &self,
        run: &Run,
        seals: &[&Seal],
        end: (u64, Chain),
        ledger: &L,
        judged: &mut Judged,
    ) -> Result<Option<(u64, Chain)>, L::Error> {
        let at = |seq| OpId::new(run.series.device, run.series.epoch, seq);
        let mut refuse = |seq, verdict| judged.refused.push((at(seq), verdict));
        let author = self.trust.bearer(run.series.device);
        let Some(author) = author.filter(|author| self.me.may_hold(author)) else {
            refuse(run.first, Verdict::Foreign);
            return Ok(None);
        };
        if run.first == 0 || (run.first > end.0 + 1 && !mutant::on(Bug::GapAccepted)) {
            refuse(run.first, Verdict::Gap);
            return Ok(None);
        }
        let before = match run.first - 1 {
            0 => Some(Chain::origin(run.series.device, run.series.epoch)),
            seq if seq == end.0 => Some(end.1),
            seq if mutant::on(Bug::GapAccepted) && seq > end.0 => Some(end.1),
            seq => ledger.chain_at(run.series, seq)?,
        };
        let Some(mut ops) = before.and_then(|before| unpack(run, before).ok()) else {
            refuse(run.first, Verdict::Malformed);
            return Ok(None);
        };
        let permitted = ops.iter().take_while(|op| may_say(author.role, op.envelope.kind)).count();
        let forbidden = permitted < ops.len();
        ops.truncate(permitted);
        let covers = |op: &Op| {
            let id = op.envelope.id;
            seals.iter().any(|seal| seal.series == run.series && seal.seq == id.seq && seal.chain == op.chain)
        };
        let covers = |op: &Op| covers(op) || mutant::on(Bug::GapAccepted) || mutant::on(Bug::ForkIgnored);
        let sealed = ops.iter().rposition(covers).map_or(0, |last| last + 1);
        if sealed < ops.len() || forbidden {
            // A good seal of the author over another chain: what it was built on is not what is here.
            let other = seals.iter().any(|seal| {
                let n = seal.seq.checked_sub(run.first).and_then(|n| usize::try_from(n).ok());
                seal.series == run.series
                    && n.and_then(|n| ops.get(n)).is_some_and(|op| op.chain != seal.chain)
            });
            let verdict = match (other, forbidden) {
                (true, _) => Verdict::Fork,
                (false, true) => Verdict::Forbidden,
                (false, false) => Verdict::Unsealed,
            };
            refuse(run.first + sealed as u64, verdict);
            ops.truncate(sealed);
        }
        let known = ops.iter().take_while(|op| op.envelope.id.seq <= end.0).count();
        if let Some(last) = ops[..known].last() {
            let seq = last.envelope.id.seq;
            let here = if seq == end.0 { Some(end.1) } else { ledger.chain_at(run.series, seq)? };
            if here != Some(last.chain) && !mutant::on(Bug::ForkIgnored) {
                refuse(run.first, Verdict::Fork);
                judged.evidence.append(&mut ops);
                return Ok(None);
            }
        }
        if !mutant::on(Bug::DuplicatesTaken) {
            ops.drain(..known);
        }
        let end = ops.last().map(|op| (op.envelope.id.seq, op.chain));
        judged.ops.append(&mut ops);
        Ok(end)
    }
}

/// A machine whose software is ours never tries: the rest of its series is nobody's.
fn may_say(role: DeviceRole, kind: u16) -> bool {
    matches!(role, DeviceRole::Desk | DeviceRole::County) || !Fact::is_of_desks(kind)
}
