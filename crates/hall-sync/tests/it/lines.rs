//! A line is quiet when there is nothing to say, and stays within bounds when something cannot be said.

use hall_core::OpId;
use hall_core::vocab::DeviceRole::{Desk, Kiosk};
use hall_log::Ledger;
use hall_sync::node::{Identity, Node};
use hall_sync::trust::Reader;
use hall_sync::wire::{Ask, Refused, Response};
use hall_sync::{Input, Now, Output};

use crate::golden::sample_response;
use crate::memory::Memory;
use crate::net::{Net, What, step};
use crate::nodes::{COUNTY, EIGHT, HUB, SEVEN, hall};
use crate::sample::{HALL, NOW, certificate, key, seal, series, trust, written};

/// The most messages of a device with one upstream in a minute, answers included: a wait lasts 25 seconds.
const IDLE_A_MINUTE: usize = 6;
/// The same while something is wrong.
const TROUBLED_A_MINUTE: usize = 30;

/// The most messages on the line between two devices in any of the next ten minutes.
fn worst_minute(net: &mut Net, one: u32, other: u32) -> usize {
    (0..10)
        .map(|_| {
            let began = net.at;
            net.pass(60_000);
            let on_it =
                |sent: &&crate::net::Sent| [(one, other), (other, one)].contains(&(sent.from, sent.to));
            net.since(began).into_iter().filter(on_it).count()
        })
        .max()
        .unwrap()
}

#[test]
fn an_idle_hall_is_quiet() {
    let mut net = hall();
    net.writes(SEVEN, 3);
    net.writes(EIGHT, 3);
    net.pass(60_000);
    for (one, other) in [(SEVEN, HUB), (EIGHT, HUB), (HUB, COUNTY)] {
        let messages = worst_minute(&mut net, one, other);
        assert!((2..=IDLE_A_MINUTE).contains(&messages), "{messages} between {one} and {other}");
    }
    let bytes = net.sent.iter().rev().take(40).map(|sent| sent.bytes).max().unwrap();
    assert!(bytes < 600, "a message without news has {bytes} bytes");
}

#[test]
fn a_dead_line_is_tried_less_and_less() {
    // The hub is near, and people stand in front of the kiosk.
    for ((one, other), at_last) in [((HUB, COUNTY), 6), ((SEVEN, HUB), 16)] {
        let mut net = hall();
        net.cut.insert((one, other));
        net.writes(one, 1);
        let first = worst_minute(&mut net, one, other);
        assert!((2..=TROUBLED_A_MINUTE).contains(&first), "{first}");
        let later = worst_minute(&mut net, one, other);
        assert!(later <= at_last, "{later} in a minute after ten minutes");
    }
}

#[test]
fn two_histories_of_a_series_are_told_once_and_do_not_make_a_storm() {
    let mut net = hall();
    net.writes(EIGHT, 4);
    net.pass(1_000);
    // Seven has the series from a copy of eight that went its own way after two ops.
    net.cut.insert((EIGHT, HUB));
    let other = crate::sample::forked(net.site(EIGHT).ledger.ops(series(EIGHT)), 2, 10);
    let site = net.site_mut(SEVEN);
    site.ledger.series.remove(&series(EIGHT));
    site.ledger.add(&other);
    site.ledger.seal(seal(&other[9], 0));
    net.tell(SEVEN, Input::Changed);
    let messages = worst_minute(&mut net, SEVEN, HUB);
    assert!(messages <= TROUBLED_A_MINUTE, "{messages}");
    assert_eq!((net.has(HUB, EIGHT), net.has(SEVEN, EIGHT)), (4, 10), "neither is given up");
    for device in [SEVEN, HUB] {
        assert_eq!(net.site(device).contradictions, [series(EIGHT)], "{device}");
    }
    // All else goes on.
    net.writes(SEVEN, 2);
    net.pass(1_000);
    assert_eq!(net.has(HUB, SEVEN), 2);
}

#[test]
fn a_wish_that_nobody_can_meet_does_not_make_a_storm() {
    let mut net = hall();
    for device in [SEVEN, EIGHT, HUB] {
        let since = net.site(device).ledger.head(series(device)).unwrap().hlc;
        let ask = Ask { since, post: OpId::new(HUB, 1, 1), count: 3, to: series(device) };
        net.tell(device, Input::Asks { asks: vec![ask], hands_on: true });
    }
    net.pass(10_000);
    for (one, other) in [(SEVEN, HUB), (EIGHT, HUB), (HUB, COUNTY)] {
        let messages = worst_minute(&mut net, one, other);
        assert!(messages <= TROUBLED_A_MINUTE, "{messages} between {one} and {other}");
    }
}

#[test]
fn a_payload_that_nobody_has_does_not_make_a_storm() {
    let mut net = hall();
    net.writes(SEVEN, 3);
    net.pass(1_000);
    for device in [SEVEN, EIGHT, HUB, COUNTY] {
        net.site_mut(device).ledger.series.get_mut(&series(SEVEN)).unwrap()[1].payload = None;
        net.tell(device, Input::Changed);
    }
    net.pass(10_000);
    let messages = worst_minute(&mut net, EIGHT, HUB);
    assert!(messages <= IDLE_A_MINUTE, "{messages}");
}

#[test]
fn a_refused_device_does_not_knock_all_day() {
    let mut net = hall();
    net.site_mut(HUB).node.trust.revoke(SEVEN);
    net.writes(SEVEN, 1);
    let first = worst_minute(&mut net, SEVEN, HUB);
    assert!((1..=TROUBLED_A_MINUTE).contains(&first), "{first}");
    assert!(net.sent.iter().any(|sent| sent.to == SEVEN && sent.what == What::Refusal(Refused::Revoked)));
    assert_eq!((net.has(HUB, SEVEN), net.has(SEVEN, SEVEN)), (0, 1), "it keeps what it has");
    let later = worst_minute(&mut net, SEVEN, HUB);
    assert!(later <= 4, "{later} in a minute after ten minutes");
}

/// A kiosk alone, and the number of the exchange it began.
fn kiosk() -> (Node, Memory, Now, u64) {
    let identity = Identity { me: series(7), certificate: certificate(HALL, 7, Kiosk), key: key(7) };
    let now = Now { wall: NOW, mono: hall_core::Instant(0) };
    let hub = Reader { hall: HALL, role: Desk };
    let mut node = Node::new(identity, trust(&[(HALL, 1, Desk)]), vec![hub], now);
    let ledger = Memory::of(&written(7, 3, 1));
    let outputs = step(&mut node, now, Input::Tick, &ledger);
    let [Output::Send { upstream: 0, exchange, .. }] = outputs[..] else { panic!("{outputs:?}") };
    (node, ledger, now, exchange)
}

/// An answer that says nothing.
fn silence() -> Response {
    Response {
        acks: vec![],
        refused: vec![],
        pull: vec![],
        seals: vec![],
        certificates: vec![],
        payloads: vec![],
        more: false,
        wanted: vec![],
        county: vec![],
        retry_after_ms: 0,
        ..sample_response()
    }
}

#[test]
fn an_answer_that_is_not_waited_for_is_ignored() {
    let (mut node, ledger, now, exchange) = kiosk();
    let fork = Response { acks: sample_response().acks, ..silence() };
    for (what, upstream, number) in
        [("before any", 0, 0), ("of the future", 0, exchange + 1), ("of nobody", 1, exchange)]
    {
        for response in [Ok(fork.clone()), Err(Refused::EpochEnded), Err(Refused::Unavailable)] {
            let input = Input::Response { upstream, exchange: number, response };
            assert!(step(&mut node, now, input, &ledger).is_empty(), "{what}");
        }
        let input = Input::Failed { upstream, exchange: number, jitter: 0 };
        assert!(step(&mut node, now, input, &ledger).is_empty(), "{what}");
        assert_eq!(node.heard(0), None, "{what}");
    }
    let answer = |exchange| Input::Response { upstream: 0, exchange, response: Ok(silence()) };
    let outputs = step(&mut node, now, answer(exchange), &ledger);
    assert!(
        matches!(outputs[..], [Output::Send { exchange: next, .. }] if next == exchange + 1),
        "{outputs:?}"
    );
    // The same answer a second time, as a bad line may bring it.
    assert!(step(&mut node, now, answer(exchange), &ledger).is_empty());
    assert_eq!(node.heard(0), Some(now.mono));
}

#[test]
fn reports_of_jobs_that_are_not_there_are_ignored() {
    let (mut node, ledger, now, _) = kiosk();
    for job in [0, 1, u64::MAX] {
        for input in [
            Input::Imported { job, stored: true },
            Input::Imported { job, stored: false },
            Input::Served { job },
        ] {
            assert!(step(&mut node, now, input, &ledger).is_empty(), "job {job}");
        }
    }
}

#[test]
fn the_first_request_asks_before_it_pushes() {
    let (mut node, ledger, now, exchange) = kiosk();
    // Only what the other side has can tell whether this device was rolled back.
    let answer = Input::Response { upstream: 0, exchange, response: Ok(silence()) };
    let outputs = step(&mut node, now, answer, &ledger);
    let [Output::Send { message, .. }] = &outputs[..] else { panic!("{outputs:?}") };
    let request = message.request().unwrap();
    assert_eq!(request.push.iter().map(|run| (run.first, run.count)).collect::<Vec<_>>(), [(1, 3)]);
}

#[test]
fn an_answer_of_another_version_is_a_failure() {
    let (mut node, ledger, now, exchange) = kiosk();
    let response = Ok(Response { version: 2, ..silence() });
    assert!(step(&mut node, now, Input::Response { upstream: 0, exchange, response }, &ledger).is_empty());
    assert_eq!(node.heard(0), None);
    assert!(node.wake().is_some_and(|wake| wake >= now.mono), "it tries again");
}

#[test]
fn a_silent_line_is_given_up_and_tried_again() {
    let (mut node, ledger, now, exchange) = kiosk();
    let wake = node.wake().unwrap();
    let early = Now { mono: wake.plus_ms(-1), ..now };
    assert!(step(&mut node, early, Input::Tick, &ledger).is_empty());
    let mut at = Now { mono: wake, ..now };
    let mut outputs = step(&mut node, at, Input::Tick, &ledger);
    if outputs.is_empty() {
        at.mono = node.wake().unwrap();
        outputs = step(&mut node, at, Input::Tick, &ledger);
    }
    assert!(matches!(outputs[..], [Output::Send { exchange: next, .. }] if next > exchange), "{outputs:?}");
    let late = Input::Response { upstream: 0, exchange, response: Ok(silence()) };
    assert!(step(&mut node, at, late, &ledger).is_empty(), "the old answer comes too late");
}
