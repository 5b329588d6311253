//! Who may exchange at all: everybody else gets a typed refusal, and nothing of what he sent is used.

use hall_core::fact::Scope;
use hall_core::vocab::DeviceRole::{County, Desk, Kiosk};
use hall_core::{Hlc, OpId};
use hall_log::certificate::LIFETIME_S;
use hall_log::{Certificate, Chain};
use hall_sync::node::{Identity, Node};
use hall_sync::run::pack;
use hall_sync::wire::{ASKS_MAX, Ask, LIMITS, Refused, Request, Signed, VERSION};
use hall_sync::{Input, Now, Output};

use crate::memory::Memory;
use crate::net::step;
use crate::sample::{
    About, HALL, Keep, NOW, Plan, SCOPES, bearer, certificate, key, ops, seal, series, trust, written,
};

const HERE: Now = Now { wall: NOW, mono: hall_core::Instant(0) };

fn hub() -> Node {
    let identity = Identity { me: series(1), certificate: certificate(HALL, 1, Desk), key: key(1) };
    Node::new(identity, trust(&[]), vec![], HERE)
}

/// A good request of kiosk 7 with ops and a wish.
fn request() -> Request {
    let ops = written(7, 3, 1);
    Request {
        version: VERSION,
        from: series(7),
        certificate: certificate(HALL, 7, Kiosk),
        have: vec![],
        push: pack(&ops, |_| true).into_iter().collect(),
        seals: vec![seal(&ops[2], 0)],
        certificates: vec![],
        asks: vec![Ask { since: Hlc::new(NOW, 0), post: OpId::new(1, 1, 1), count: 1, to: series(7) }],
        wants: vec![],
        wait_ms: 0,
        limits: LIMITS,
        payloads: vec![],
    }
}

fn answer(hub: &mut Node, now: Now, message: Signed, ledger: &Memory) -> Vec<Output> {
    step(hub, now, Input::Request { link: 5, message }, ledger)
}

fn signed(change: impl FnOnce(&mut Request)) -> Signed {
    let mut request = request();
    change(&mut request);
    Signed::by(&request, &key(7))
}

#[test]
fn a_good_request_is_imported() {
    let outputs = answer(&mut hub(), HERE, signed(|_| {}), &Memory::default());
    let [Output::Import { judged, .. }] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(judged.ops, written(7, 3, 1));
}

#[test]
fn every_way_not_to_be_admitted() {
    let late = Now { wall: NOW.plus_ms(i64::from(LIFETIME_S) * 1_000), ..HERE };
    let own = Certificate::issue(bearer(HALL, 7, Kiosk), &key(7));
    let mut promoted = certificate(HALL, 7, Kiosk);
    promoted.bearer.role = County;
    let mut keyless = bearer(HALL, 7, Kiosk);
    keyless.key = [2; 32];
    let keyless = Certificate::issue(keyless, &key(0));
    let mut altered = signed(|_| {});
    altered.body = hall_sync::wire::encode(&Request { wait_ms: 1, ..request() });
    let mut garbled = signed(|_| {});
    garbled.body = b"<html>please log in</html>".to_vec();
    let wish = request().asks[0];
    let table = [
        ("garbage", HERE, garbled, Refused::Malformed),
        ("the next version", HERE, signed(|request| request.version = 2), Refused::Version),
        (
            "too many wishes",
            HERE,
            signed(|request| request.asks = vec![wish; ASKS_MAX + 1]),
            Refused::TooLarge,
        ),
        ("vouched for by himself", HERE, signed(|request| request.certificate = own), Refused::Certificate),
        (
            "a certificate that was altered",
            HERE,
            signed(|request| request.certificate = promoted),
            Refused::Certificate,
        ),
        ("an expired certificate", late, signed(|_| {}), Refused::Expired),
        ("a body that was altered", HERE, altered, Refused::Signature),
        ("signed by another", HERE, Signed::by(&request(), &key(8)), Refused::Signature),
        ("in the name of another", HERE, signed(|request| request.from = series(8)), Refused::Signature),
        (
            "with the certificate of another",
            HERE,
            signed(|request| request.certificate = certificate(HALL, 8, Kiosk)),
            Refused::Signature,
        ),
        ("a key that is none", HERE, signed(|request| request.certificate = keyless), Refused::Certificate),
        (
            "another hall",
            HERE,
            signed(|request| request.certificate = certificate(HALL + 1, 7, Kiosk)),
            Refused::OtherHall,
        ),
    ];
    for (what, now, message, expected) in table {
        let mut hub = hub();
        let outputs = answer(&mut hub, now, message, &Memory::default());
        let [Output::Reply { link: 5, response: Err(refused) }] = &outputs[..] else {
            panic!("{what}: {outputs:?}")
        };
        assert_eq!(*refused, expected, "{what}");
        assert_eq!(hub.wanted().count(), 0, "{what}: no wish of his is remembered");
    }
}

#[test]
fn the_revoked_and_the_ended_are_told_so() {
    let mut hub = hub();
    let mut ledger = Memory::default();
    ledger.ended.insert(series(7), 2);
    let refusal = |outputs: Vec<Output>| match outputs.as_slice() {
        [Output::Reply { response: Err(refused), .. }] => *refused,
        _ => panic!("{outputs:?}"),
    };
    assert_eq!(refusal(answer(&mut hub, HERE, signed(|_| {}), &ledger)), Refused::EpochEnded);
    // Its next epoch is another matter.
    let next = hall_core::fact::Holder { device: 7, epoch: 2 };
    let outputs = answer(
        &mut hub,
        HERE,
        signed(|request| {
            request.from = next;
            request.asks.clear();
            request.push.clear();
            request.seals.clear();
        }),
        &ledger,
    );
    assert!(matches!(outputs[..], [Output::Reply { response: Ok(_), .. }]), "{outputs:?}");
    hub.trust.revoke(7);
    assert_eq!(refusal(answer(&mut hub, HERE, signed(|_| {}), &ledger)), Refused::Revoked);
}

#[test]
fn a_replayed_request_changes_nothing() {
    let (mut hub, mut ledger) = (hub(), Memory::default());
    let message = signed(|request| request.asks.clear());
    for round in 0..3 {
        let mut outputs = answer(&mut hub, HERE, message.clone(), &ledger);
        if let [Output::Import { job, judged, payloads }] = &outputs[..] {
            assert_eq!(judged.ops.len(), if round == 0 { 3 } else { 0 }, "round {round}");
            ledger.store(judged, payloads);
            let job = *job;
            outputs = step(&mut hub, HERE, Input::Imported { job, stored: true }, &ledger);
        }
        let replies: Vec<_> =
            outputs.iter().filter(|output| matches!(output, Output::Reply { .. })).collect();
        let [Output::Reply { response: Ok(response), .. }] = &replies[..] else { panic!("{outputs:?}") };
        assert_eq!(response.acks.iter().map(|have| have.seq).collect::<Vec<_>>(), [3], "round {round}");
        assert_eq!(ledger.ops(series(7)), written(7, 3, 1));
    }
}

#[test]
fn a_stranger_s_series_is_taken_with_its_certificate_only() {
    let eight = written(8, 2, 1);
    let relayed = |request: &mut Request| {
        request.push = pack(&eight, |_| true).into_iter().collect();
        request.seals = vec![seal(&eight[1], 0)];
        request.asks.clear();
    };
    let outputs = answer(&mut hub(), HERE, signed(relayed), &Memory::default());
    let [Output::Reply { response: Ok(response), .. }] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(response.refused.len(), 1, "nobody knows who wrote it");

    let vouched = |request: &mut Request| {
        relayed(request);
        request.certificates = vec![certificate(HALL, 8, Kiosk)];
    };
    let outputs = answer(&mut hub(), HERE, signed(vouched), &Memory::default());
    let [Output::Import { judged, .. }] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(judged.ops, eight);
}

#[test]
fn a_wanted_payload_stops_where_its_scope_ends() {
    let plan = |(n, scope): (usize, Scope)| Plan {
        hlc: Hlc::new(NOW, n as u16).0,
        entity: About::Itself,
        kind: 40,
        schema: 1,
        scope,
        by: None,
        payload: vec![n as u8],
        keep: Keep::Whole,
    };
    let plans: Vec<Plan> = SCOPES.into_iter().enumerate().map(plan).collect();
    let ledger = Memory::of(&ops(series(1), 1, Chain::origin(1, 1), &plans));
    let given = |role| {
        let wanting = |request: &mut Request| {
            request.certificate = certificate(HALL, 7, role);
            request.wants = (1..=6).map(|seq| OpId::new(1, 1, seq)).collect();
            request.asks.clear();
            request.push.clear();
            request.seals.clear();
        };
        let outputs = answer(&mut hub(), HERE, signed(wanting), &ledger);
        let [Output::Reply { response: Ok(response), .. }] = &outputs[..] else { panic!("{outputs:?}") };
        response.payloads.iter().map(|payload| SCOPES[payload.op.seq as usize - 1]).collect::<Vec<_>>()
    };
    assert_eq!(given(Kiosk), SCOPES[2..]);
    assert_eq!(given(Desk), SCOPES[1..]);
    assert_eq!(given(County), SCOPES[1..]);
}
