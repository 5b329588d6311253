//! Devices, keys and ops that the tests speak of.

use ed25519_dalek::SigningKey;
use hall_core::fact::{Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{Hlc, Instant, OpId};
use hall_log::certificate::LIFETIME_S;
use hall_log::token::Seconds;
use hall_log::{Bearer, Certificate, Chain, Envelope, Op, Seal, payload_digest};
use hall_sync::Trust;
use proptest::prelude::*;

/// 2026-11-20 06:30 in the hall.
pub(crate) const NOW: Instant = Instant(1_795_127_400_000);
pub(crate) const HALL: u32 = 12;

pub(crate) fn series(device: u32) -> Holder {
    Holder { device, epoch: 1 }
}

/// The key of `device`; device 0 stands for the issuer.
pub(crate) fn key(device: u32) -> SigningKey {
    SigningKey::from_bytes(&[device as u8 + 1; 32])
}

pub(crate) fn bearer(hall: u32, device: u32, role: DeviceRole) -> Bearer {
    let issued = Seconds::from(NOW.plus_ms(-86_400_000));
    let expires = Seconds(issued.0 + LIFETIME_S);
    Bearer { hall, device, role, key: key(device).verifying_key().to_bytes(), issued, expires }
}

pub(crate) fn certificate(hall: u32, device: u32, role: DeviceRole) -> Certificate {
    Certificate::issue(bearer(hall, device, role), &key(0))
}

/// Believes the issuer and knows these devices.
pub(crate) fn trust(known: &[(u32, u32, DeviceRole)]) -> Trust {
    let mut trust = Trust::new([key(0).verifying_key()]);
    for (hall, device, role) in known {
        trust.learn(&certificate(*hall, *device, *role), NOW).unwrap();
    }
    trust
}

/// What an op is to be, before it follows another.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) hlc: u64,
    pub(crate) entity: About,
    pub(crate) kind: u16,
    pub(crate) schema: u16,
    pub(crate) scope: Scope,
    pub(crate) by: Option<OpId>,
    pub(crate) payload: Vec<u8>,
    pub(crate) keep: Keep,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    Itself,
    /// The op so many before it, as far as there is one.
    Back(u64),
    Other(OpId),
}

/// What the holder of the op still has of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Whole,
    Absent,
    /// Other bytes than the envelope names.
    Spoiled,
}

/// Chains `plans` to ops of `series` from number `first` on, after `before`.
pub(crate) fn ops(series: Holder, first: u64, before: Chain, plans: &[Plan]) -> Vec<Op> {
    let mut chain = before;
    let op = |(n, plan): (usize, &Plan)| {
        let seq = first + n as u64;
        let id = OpId::new(series.device, series.epoch, seq);
        let entity = match plan.entity {
            About::Itself => id,
            About::Back(back) => OpId { seq: seq.saturating_sub(back).max(1), ..id },
            About::Other(other) => other,
        };
        let envelope = Envelope {
            id,
            hlc: Hlc(plan.hlc),
            entity,
            kind: plan.kind,
            schema: plan.schema,
            scope: plan.scope,
            by: plan.by,
            payload_digest: payload_digest(&plan.payload),
        };
        chain = chain.link(&envelope.encode());
        let payload = match plan.keep {
            Keep::Whole => Some(plan.payload.clone()),
            Keep::Absent => None,
            Keep::Spoiled => Some([&plan.payload[..], b"?"].concat()),
        };
        Op { envelope, chain, payload }
    };
    plans.iter().enumerate().map(op).collect()
}

pub(crate) const SCOPES: [Scope; 5] = [Scope::Device, Scope::Desk, Scope::Hall, Scope::County, Scope::Public];

fn any_id() -> impl Strategy<Value = OpId> {
    prop_oneof![
        // Few, so that they come again.
        (0_u32..4, 0_u16..2, 0_u64..40).prop_map(|(device, epoch, seq)| OpId::new(device, epoch, seq)),
        (any::<u32>(), any::<u16>(), any::<u64>()).prop_map(|(d, e, s)| OpId::new(d, e, s)),
    ]
}

pub(crate) fn any_plan() -> impl Strategy<Value = Plan> {
    let about =
        prop_oneof![Just(About::Itself), (0_u64..50).prop_map(About::Back), any_id().prop_map(About::Other),];
    let keep = prop_oneof![8 => Just(Keep::Whole), 2 => Just(Keep::Absent), 1 => Just(Keep::Spoiled)];
    let kind = prop_oneof![4 => 0_u16..80, 1 => any::<u16>()];
    let hlc = prop_oneof![4 => (0_u64..1 << 58).prop_map(|hlc| hlc | 1 << 56), 1 => any::<u64>()];
    (
        hlc,
        about,
        kind,
        any::<u16>(),
        proptest::sample::select(SCOPES.to_vec()),
        proptest::option::of(any_id()),
        proptest::collection::vec(any::<u8>(), 0..80),
        keep,
    )
        .prop_map(|(hlc, entity, kind, schema, scope, by, payload, keep)| Plan {
            hlc,
            entity,
            kind,
            schema,
            scope,
            by,
            payload,
            keep,
        })
}

/// What `device` wrote: `count` ops that anybody in the hall may read. `story` tells histories apart.
pub(crate) fn written(device: u32, count: usize, story: u8) -> Vec<Op> {
    let plan = |n: usize| Plan {
        hlc: Hlc::new(NOW.plus_ms(n as i64 * 1_000), 0).0,
        entity: About::Itself,
        kind: 40,
        schema: 1,
        scope: Scope::Hall,
        by: None,
        payload: vec![story, n as u8, (n >> 8) as u8],
        keep: Keep::Whole,
    };
    let plans: Vec<Plan> = (0..count).map(plan).collect();
    ops(series(device), 1, Chain::origin(device, 1), &plans)
}

/// A copy of the first `same` ops of a series, and then something else.
pub(crate) fn forked(from: &[Op], same: usize, count: usize) -> Vec<Op> {
    let device = from[0].envelope.id.device;
    let other = written(device, count, 200);
    let before = same.checked_sub(1).map_or(Chain::origin(device, 1), |last| from[last].chain);
    let plan = |op: &Op| Plan {
        hlc: op.envelope.hlc.0,
        entity: About::Itself,
        kind: op.envelope.kind,
        schema: 1,
        scope: op.envelope.scope,
        by: None,
        payload: op.payload.clone().unwrap(),
        keep: Keep::Whole,
    };
    let plans: Vec<Plan> = other[same..].iter().map(plan).collect();
    let rest = ops(series(device), same as u64 + 1, before, &plans);
    [&from[..same], &rest].concat()
}

/// The author's seal on `op`, given so many milliseconds after it.
pub(crate) fn seal(op: &Op, later: i64) -> Seal {
    let id = op.envelope.id;
    let at = Hlc::new(op.envelope.hlc.instant().plus_ms(later), 0).max(op.envelope.hlc);
    Seal::sign(id.holder(), id.seq, op.chain, at, &key(id.device))
}
