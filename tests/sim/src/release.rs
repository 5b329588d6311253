//! Two releases of the program: this one, and a later one that writes a kind and a field which this one has not.
//!
//! A machine of this release must keep what it cannot read, bit for bit, and pass it on; when it is upgraded the
//! states are folded anew and are the same as everywhere else.

use std::rc::Rc;

use hall_core::EntityId;
use hall_core::entity::Applied;
use hall_core::fact::{Fact, OutcomeRecorded, Scope};
use hall_core::mutant::{self, Bug};
use hall_core::vocab::Outcome;
use hall_log::series::Draft;
use hall_log::{Op, Subject};

/// The later release's kind: an outcome under a new name.
const LATER_KIND: u16 = 900;
/// A kind of which neither release knows anything.
const UNKNOWN_KIND: u16 = 901;

/// What the release can read of an op.
pub(crate) fn applied(op: &Op, later: bool) -> Applied {
    let envelope = &op.envelope;
    let kind = if later && envelope.kind == LATER_KIND { outcome().kind() } else { envelope.kind };
    let fact = match &op.payload {
        None => Fact::Absent { kind: envelope.kind },
        Some(payload) => Fact::decode(kind, envelope.schema, payload)
            .unwrap_or(Fact::Unknown { kind: envelope.kind, schema: envelope.schema }),
    };
    Applied { id: envelope.id, hlc: envelope.hlc, by: envelope.by, fact }
}

/// What a machine keeps of an op that it takes over: all of it.
pub(crate) fn kept(op: &Rc<Op>) -> Rc<Op> {
    let read = op.payload.as_ref().map(|it| Fact::decode(op.envelope.kind, op.envelope.schema, it));
    match read {
        Some(Ok(Fact::Unknown { .. }) | Err(_)) if mutant::on(Bug::UnknownDropped) => {
            Rc::new(Op { payload: None, ..(**op).clone() })
        }
        Some(Ok(fact)) if mutant::on(Bug::FieldsDropped) => {
            Rc::new(Op { payload: Some(fact.encode()), ..(**op).clone() })
        }
        _ => Rc::clone(op),
    }
}

fn outcome() -> Fact {
    Fact::OutcomeRecorded(OutcomeRecorded { outcome: Outcome::Arrived, amount: None, note: String::new() })
}

fn draft(subject: Subject, kind: u16, payload: Vec<u8>) -> Draft {
    Draft { subject, by: None, kind, schema: 9, scope: Scope::Hall, payload }
}

/// That somebody arrived, as the later release says it.
pub(crate) fn later_kind(ticket: EntityId) -> Draft {
    draft(Subject::Entity(ticket), LATER_KIND, outcome().encode())
}

/// The same in this release's kind, with a field more.
pub(crate) fn later_field(ticket: EntityId) -> Draft {
    let mut payload = outcome().encode();
    // A map of fewer than 23 entries has their number in its first byte.
    payload[0] += 1;
    payload.extend([0x17, 0x07]);
    draft(Subject::Entity(ticket), outcome().kind(), payload)
}

/// What no release can read.
pub(crate) fn unknown_kind(byte: u8) -> Draft {
    draft(Subject::New, UNKNOWN_KIND, vec![byte; 5])
}

/// What a release wrote that had a fault: a kind that everybody knows, and nobody can read.
pub(crate) fn undecodable(ticket: EntityId, byte: u8) -> Draft {
    draft(Subject::Entity(ticket), outcome().kind(), vec![0xff, byte])
}
