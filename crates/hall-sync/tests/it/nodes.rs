//! A kiosk, the hub at the desk and the county, wired to each other: news spreads, nothing is acknowledged before
//! it is durable, a copied or rolled-back device is stopped.

use hall_core::fact::{Holder, Kind, Scope};
use hall_core::vocab::DeviceRole::{County, Desk, Kiosk};
use hall_core::{Instant, OpId};
use hall_log::Ledger;
use hall_sync::Input;
use hall_sync::node::{Fence, Reach};
use hall_sync::wire::{Ask, Refused};

use crate::net::{Net, Sent, TRIP, What};
use crate::sample::{About, HALL, Keep, Plan, forked, ops, series};

pub(crate) const HUB: u32 = 1;
pub(crate) const SEVEN: u32 = 7;
pub(crate) const EIGHT: u32 = 8;
pub(crate) const COUNTY: u32 = 100;

/// Two kiosks, the hub at the desk, the county; all have spoken with each other.
pub(crate) fn hall() -> Net {
    let mut net = Net::new(&[
        (COUNTY, 0, County, &[]),
        (HUB, HALL, Desk, &[COUNTY]),
        (SEVEN, HALL, Kiosk, &[HUB]),
        (EIGHT, HALL, Kiosk, &[HUB]),
    ]);
    net.pass(1_000);
    net
}

fn between(sent: Vec<&Sent>, one: u32, other: u32) -> Vec<&Sent> {
    let of = |sent: &&Sent| (sent.from, sent.to) == (one, other) || (sent.from, sent.to) == (other, one);
    sent.into_iter().filter(of).collect()
}

fn reach(net: &Net, device: u32, seq: u64) -> Reach {
    net.site(device).node.reach(seq)
}

#[test]
fn a_warm_line_needs_one_round_trip() {
    let mut net = hall();
    net.writes(SEVEN, 3);
    let began = net.at;
    assert_eq!(reach(&net, SEVEN, 3), Reach::Device);
    net.pass(2 * TRIP);
    assert_eq!(reach(&net, SEVEN, 3), Reach::Hall, "one round trip to the hub");
    assert_eq!((net.has(EIGHT, SEVEN), net.has(COUNTY, SEVEN)), (3, 3), "two trips to everybody else");
    let push = What::Request { exchange: 3, pushed: 3 };
    let pushes: Vec<&Sent> = net.since(began).into_iter().filter(|sent| sent.what == push).collect();
    let on_the_way: Vec<_> = pushes.iter().map(|sent| (sent.from, sent.to, sent.at)).collect();
    assert_eq!(on_the_way, [(SEVEN, HUB, began), (HUB, COUNTY, began.plus_ms(TRIP))]);
    net.pass(60_000);
    assert_eq!(reach(&net, SEVEN, 3), Reach::County);
    for device in [HUB, EIGHT, COUNTY] {
        assert_eq!(net.histories(device), net.histories(SEVEN), "{device}");
    }
}

#[test]
fn an_op_costs_each_line_a_handful_of_messages() {
    let mut net = hall();
    net.writes(SEVEN, 1);
    let began = net.at;
    net.pass(1_000);
    // The push and its answer, the answer to the wait that it overtook, and the next wait.
    assert!(between(net.since(began), SEVEN, HUB).len() <= 4);
    assert!(between(net.since(began), HUB, COUNTY).len() <= 4);
    // The news and the next wait.
    assert_eq!(between(net.since(began), EIGHT, HUB).len(), 2);
}

#[test]
fn a_wait_is_answered_by_news_and_by_nothing_else() {
    let mut net = hall();
    let began = net.at;
    net.pass(5_000);
    assert_eq!(between(net.since(began), EIGHT, HUB).len(), 0, "nothing to say");
    net.writes(HUB, 2);
    let written = net.at;
    net.pass(TRIP);
    let messages = between(net.since(written), HUB, EIGHT);
    let at_once = |sent: &Sent| sent.at == written && matches!(sent.what, What::Answer { pulled: 2, .. });
    assert!(at_once(messages[0]), "{messages:?}");
    assert!(matches!(messages[1..], [Sent { what: What::Request { .. }, from: EIGHT, .. }]), "{messages:?}");
    assert_eq!((net.has(EIGHT, HUB), net.has(SEVEN, HUB)), (2, 2));
    assert!(net.site(EIGHT).news > 0);
}

#[test]
fn everybody_ends_with_the_same_whoever_wrote_when() {
    let mut net = hall();
    for round in 0..20 {
        for (n, device) in [SEVEN, EIGHT, HUB, COUNTY].into_iter().enumerate() {
            if (round + n) % 3 == 0 {
                net.writes(device, 1 + (round * 7 + n) % 90);
            }
            net.pass(7);
        }
    }
    net.pass(60_000);
    let all = net.histories(COUNTY);
    assert_eq!(all.len(), 4);
    for device in [SEVEN, EIGHT, HUB] {
        assert_eq!(net.histories(device), all, "{device}");
    }
}

#[test]
fn a_backlog_drains_in_full_batches() {
    let mut net = hall();
    net.cut.insert((SEVEN, HUB));
    net.writes(SEVEN, 5_000);
    net.pass(3_600_000);
    assert_eq!(net.has(HUB, SEVEN), 0);
    net.cut.clear();
    let began = net.at;
    // The longest pause after many failures is five minutes.
    net.pass(301_000);
    assert_eq!((net.has(HUB, SEVEN), net.has(COUNTY, SEVEN), net.has(EIGHT, SEVEN)), (5_000, 5_000, 5_000));
    let messages = between(net.since(began), SEVEN, HUB).len();
    assert!(messages <= 80, "{messages} messages for 5 000 ops after a long silence");
}

#[test]
fn nothing_is_acknowledged_before_it_is_durable() {
    let mut net = hall();
    net.site_mut(HUB).slow = true;
    net.writes(SEVEN, 4);
    let began = net.at;
    net.pass(3_000);
    let answers = |net: &Net| {
        let sent = between(net.since(began), HUB, SEVEN).into_iter();
        sent.filter(|sent| sent.from == HUB).map(|sent| sent.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(answers(&net), [], "the disk has not written yet");
    assert_eq!(reach(&net, SEVEN, 4), Reach::Device);
    assert_eq!((net.has(EIGHT, SEVEN), net.has(COUNTY, SEVEN)), (0, 0), "nor is it passed on");
    net.write(HUB);
    net.pass(2 * TRIP);
    assert!(answers(&net).contains(&What::Answer { exchange: 3, pulled: 0, payloads: 0 }));
    assert_eq!(reach(&net, SEVEN, 4), Reach::Hall);
    assert_eq!((net.has(EIGHT, SEVEN), net.has(COUNTY, SEVEN)), (4, 4));
}

#[test]
fn what_a_full_disk_refuses_comes_again() {
    let mut net = hall();
    net.site_mut(HUB).full = true;
    net.writes(SEVEN, 4);
    let began = net.at;
    net.pass(10_000);
    let refused: Vec<_> = between(net.since(began), HUB, SEVEN)
        .into_iter()
        .filter(|sent| sent.what == What::Refusal(Refused::Unavailable))
        .collect();
    assert!((2..30).contains(&refused.len()), "{} refusals in ten seconds", refused.len());
    assert_eq!((net.has(HUB, SEVEN), reach(&net, SEVEN, 4)), (0, Reach::Device));
    net.site_mut(HUB).full = false;
    net.pass(60_000);
    assert_eq!(net.has(HUB, SEVEN), 4);
    assert!(reach(&net, SEVEN, 4) >= Reach::Hall);
}

#[test]
fn what_a_full_kiosk_cannot_pull_comes_again() {
    let mut net = hall();
    net.site_mut(SEVEN).full = true;
    net.writes(HUB, 4);
    let began = net.at;
    net.pass(20_000);
    assert_eq!((net.has(SEVEN, HUB), net.site(SEVEN).news), (0, 0));
    let messages = between(net.since(began), HUB, SEVEN).len();
    assert!((4..=12).contains(&messages), "{messages} messages in 20 seconds");
    net.site_mut(SEVEN).full = false;
    net.pass(20_000);
    assert_eq!(net.has(SEVEN, HUB), 4);
}

#[test]
fn a_slow_kiosk_is_not_sent_the_same_again_meanwhile() {
    let mut net = hall();
    net.site_mut(SEVEN).slow = true;
    net.writes(HUB, 4);
    let began = net.at;
    net.pass(9_000);
    let pulled = between(net.since(began), HUB, SEVEN);
    assert_eq!(pulled.len(), 1, "{pulled:?}");
    net.write(SEVEN);
    net.pass(1_000);
    assert_eq!(net.has(SEVEN, HUB), 4);
}

#[test]
fn a_device_that_was_rolled_back_is_stopped() {
    let mut net = hall();
    net.writes(SEVEN, 10);
    net.pass(1_000);
    let site = net.site_mut(SEVEN);
    site.ledger.series.get_mut(&series(SEVEN)).unwrap().truncate(6);
    net.pass(60_000);
    assert_eq!(net.site(SEVEN).fences, [Fence::RolledBack { here: 6, there: 10 }]);
    let began = net.at;
    net.writes(SEVEN, 3);
    net.pass(600_000);
    assert_eq!(
        between(net.since(began), SEVEN, HUB).into_iter().filter(|sent| sent.from == SEVEN).count(),
        0
    );
    assert_eq!(net.has(HUB, SEVEN), 10, "what others have stays");
    assert_eq!(net.site(SEVEN).fences.len(), 1, "said once");
}

#[test]
fn a_device_that_wrote_on_after_a_roll_back_is_stopped() {
    for (what, length) in [("shorter", 8), ("as long", 10), ("longer", 14)] {
        let mut net = hall();
        net.writes(SEVEN, 10);
        net.pass(1_000);
        let before = net.histories(HUB);
        let site = net.site_mut(SEVEN);
        let copy = forked(&site.ledger.series[&series(SEVEN)], 6, length);
        site.ledger.series.insert(series(SEVEN), copy);
        net.tell(SEVEN, Input::Changed);
        net.pass(60_000);
        let fence = match length {
            8 => Fence::RolledBack { here: 8, there: 10 },
            _ => Fence::Forked { at: 10 },
        };
        assert_eq!(net.site(SEVEN).fences, [fence], "{what}");
        assert_eq!(net.histories(HUB), before, "{what}: nothing of the other history is mixed in");
    }
}

#[test]
fn a_device_whose_epoch_was_ended_is_stopped() {
    let mut net = hall();
    net.writes(SEVEN, 5);
    net.pass(1_000);
    net.site_mut(HUB).ledger.ended.insert(series(SEVEN), 5);
    net.writes(SEVEN, 1);
    net.pass(60_000);
    assert_eq!(net.site(SEVEN).fences, [Fence::Ended]);
    assert_eq!(net.has(HUB, SEVEN), 5);
}

#[test]
fn a_missing_payload_is_fetched() {
    let mut net = hall();
    net.writes(SEVEN, 3);
    net.pass(1_000);
    let lost = OpId::new(SEVEN, 1, 2);
    net.site_mut(EIGHT).ledger.series.get_mut(&series(SEVEN)).unwrap()[1].payload = None;
    net.tell(EIGHT, Input::Changed);
    net.pass(1_000);
    let here = |device: u32| net.site(device).ledger.op(lost).unwrap().unwrap().payload;
    assert!(here(EIGHT).is_some());
    assert_eq!(here(EIGHT), here(SEVEN));
}

#[test]
fn a_wish_reaches_whoever_could_meet_it() {
    let mut net = hall();
    let ask = Ask {
        since: net.site(SEVEN).ledger.head(series(SEVEN)).unwrap().hlc,
        post: OpId::new(HUB, 1, 1),
        count: 2,
        to: series(SEVEN),
    };
    net.tell(SEVEN, Input::Asks { asks: vec![ask], hands_on: true });
    net.pass(1_000);
    assert!(net.site(HUB).served.contains(&vec![ask]), "the hub was asked");
    assert!(net.site(EIGHT).served.contains(&vec![ask]), "the other kiosk was told");
    let at_the_county = Ask { to: series(HUB), ..ask };
    net.pass(60_000);
    assert!(
        net.site(COUNTY).served.contains(&vec![at_the_county]),
        "the hub asks the county in its own name"
    );
    // It wants nothing any more.
    net.tell(SEVEN, Input::Asks { asks: Vec::new(), hands_on: true });
    net.pass(60_000);
    assert_eq!(net.site(HUB).node.wanted().count(), 0);
    let served = net.site(EIGHT).served.len();
    net.pass(300_000);
    assert_eq!(net.site(EIGHT).served.len(), served, "nobody is told of it any more");
}

/// A copied machine goes on in a later epoch beside the one that it was copied from, and both have places.
#[test]
fn a_copy_s_wish_reaches_the_machine_it_was_copied_from() {
    let mut net = hall();
    let wish = |epoch: u16| Ask {
        since: net.site(SEVEN).ledger.head(series(SEVEN)).unwrap().hlc,
        post: OpId::new(HUB, 1, 1),
        count: 1,
        to: Holder { device: EIGHT, epoch },
    };
    let (of_the_copy, of_an_epoch_that_is_over) = (wish(2), wish(0));
    net.tell(SEVEN, Input::Asks { asks: vec![of_the_copy, of_an_epoch_that_is_over], hands_on: true });
    net.pass(1_000);
    assert!(net.site(EIGHT).served.contains(&vec![of_the_copy]), "{:?}", net.site(EIGHT).served);
    assert!(!net.site(EIGHT).served.iter().flatten().any(|ask| *ask == of_an_epoch_that_is_over));
}

#[test]
fn a_line_that_comes_back_is_used_within_its_longest_pause() {
    let mut net = hall();
    net.cut.insert((HUB, COUNTY));
    net.writes(SEVEN, 1);
    net.pass(86_400_000);
    assert_eq!((net.has(HUB, SEVEN), net.has(COUNTY, SEVEN)), (1, 0), "the hall goes on without the county");
    let heard = net.site(HUB).node.heard(0);
    assert!(heard < Some(Instant(40_000)), "{heard:?}");
    net.cut.clear();
    net.pass(301_000);
    assert_eq!(net.has(COUNTY, SEVEN), 1);
    assert!(net.site(HUB).node.heard(0) > heard);
}

#[test]
fn a_kiosk_is_back_within_seconds_however_long_its_hub_was_away() {
    let mut net = hall();
    net.cut.insert((SEVEN, HUB));
    net.writes(SEVEN, 1);
    net.pass(86_400_000);
    assert_eq!(net.has(HUB, SEVEN), 0);
    net.cut.clear();
    net.pass(16_000);
    assert_eq!(net.has(HUB, SEVEN), 1);
}

#[test]
fn a_kiosk_that_speaks_as_a_desk_is_told_once_and_not_taken() {
    let mut net = hall();
    net.writes(SEVEN, 2);
    net.pass(1_000);
    let before = net.has(HUB, SEVEN);
    let head = net.site(SEVEN).ledger.head(series(SEVEN)).unwrap();
    let erases = Plan {
        hlc: head.hlc.0 + 1,
        entity: About::Itself,
        kind: Kind::WorkerErased as u16,
        schema: 1,
        scope: Scope::Hall,
        by: None,
        payload: vec![1],
        keep: Keep::Whole,
    };
    let word = ops(series(SEVEN), head.seq + 1, head.chain, &[erases]);
    net.site_mut(SEVEN).ledger.add(&word);
    net.tell(SEVEN, Input::Changed);
    net.writes(EIGHT, 1);
    net.pass(600_000);
    assert_eq!(net.site(HUB).forbidden, [series(SEVEN)]);
    assert_eq!((net.has(HUB, SEVEN), net.has(COUNTY, SEVEN)), (before, before));
    assert_eq!(net.has(COUNTY, EIGHT), net.has(EIGHT, EIGHT), "everything else goes on");
}

#[test]
fn two_histories_of_a_third_device_are_told_once_and_not_mixed() {
    let mut net = hall();
    net.writes(EIGHT, 6);
    net.pass(1_000);
    net.cut.insert((EIGHT, HUB));
    let site = net.site_mut(SEVEN);
    let copy = forked(&site.ledger.series[&series(EIGHT)], 3, 6);
    site.ledger.series.insert(series(EIGHT), copy);
    let before = (net.histories(SEVEN), net.histories(HUB));
    net.writes(SEVEN, 1);
    net.pass(600_000);
    for device in [SEVEN, HUB] {
        assert_eq!(net.site(device).contradictions, [series(EIGHT)], "{device}");
    }
    assert_eq!(net.histories(SEVEN)[&EIGHT], before.0[&EIGHT]);
    assert_eq!(net.histories(HUB)[&EIGHT], before.1[&EIGHT]);
    assert_eq!(net.has(HUB, SEVEN), 1, "everything else goes on");
}
