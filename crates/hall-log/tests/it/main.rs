//! The shapes of the log at their boundary: frozen bytes, round trips, and every way to be wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod certificates;
mod envelopes;
mod frames;
mod golden;
mod seals;
mod series;
mod short_codes;
mod tokens;

use hall_core::fact::Scope;
use hall_core::{Hlc, Instant, OpId};
use hall_log::{Draft, Envelope, Subject};
use proptest::prelude::*;

/// What is changed of a signed thing, and how.
type Change<T> = (&'static str, fn(&mut T));

fn draft(subject: Subject, payload: &[u8]) -> Draft {
    Draft { subject, by: None, kind: 40, schema: 1, scope: Scope::Hall, payload: payload.to_vec() }
}

fn sample_envelope() -> Envelope {
    Envelope {
        id: OpId::new(7, 1, 70_000),
        hlc: Hlc::new(Instant(1_795_104_000_123), 5),
        entity: OpId::new(3, 1, 42),
        kind: 52,
        schema: 1,
        scope: Scope::Hall,
        by: Some(OpId::new(3, 1, 2)),
        payload_digest: hall_log::payload_digest(b"a payload"),
    }
}

fn any_id() -> impl Strategy<Value = OpId> {
    (any::<u32>(), any::<u16>(), any::<u64>()).prop_map(|(d, e, s)| OpId::new(d, e, s))
}

fn any_envelope() -> impl Strategy<Value = Envelope> {
    let scope = prop_oneof![Just(Scope::Device), Just(Scope::Desk), Just(Scope::Hall), Just(Scope::Public)];
    (
        any_id(),
        any::<u64>(),
        any_id(),
        any::<u16>(),
        any::<u16>(),
        scope,
        proptest::option::of(any_id()),
        any::<[u8; 16]>(),
    )
        .prop_map(|(id, hlc, entity, kind, schema, scope, by, payload_digest)| Envelope {
            id,
            hlc: Hlc(hlc),
            entity,
            kind,
            schema,
            scope,
            by,
            payload_digest,
        })
}
