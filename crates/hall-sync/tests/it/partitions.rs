//! Lines are cut and come back, disks fill up and are emptied: in the end everybody has everything.

use hall_core::vocab::DeviceRole::{County, Desk, Kiosk};
use proptest::prelude::*;

use crate::net::Net;
use crate::sample::HALL;

const LINES: [(u32, u32); 6] = [(1, 100), (2, 100), (7, 1), (7, 2), (8, 1), (8, 2)];
const DEVICES: [u32; 5] = [100, 1, 2, 7, 8];
/// The longest pause after failures, and a little.
const HEALED_MS: i64 = 310_000;

/// A hall with two desks, either of which the kiosks may ask.
fn two_hubs() -> Net {
    Net::new(&[
        (100, 0, County, &[]),
        (1, HALL, Desk, &[100]),
        (2, HALL, Desk, &[100]),
        (7, HALL, Kiosk, &[1, 2]),
        (8, HALL, Kiosk, &[1, 2]),
    ])
}

fn assert_everybody_has_everything(net: &Net) {
    let all = net.histories(100);
    for device in DEVICES {
        assert_eq!(net.histories(device), all, "device {device}");
    }
}

#[test]
fn two_hubs_are_harmless() {
    let mut net = two_hubs();
    net.pass(1_000);
    for device in DEVICES {
        net.writes(device, 3);
    }
    net.pass(2_000);
    assert_everybody_has_everything(&net);
    assert_eq!(net.histories(7).len(), DEVICES.len());
    let began = net.at;
    net.pass(60_000);
    let messages = net.since(began).len();
    assert!(messages <= 6 * LINES.len(), "{messages} in an idle minute");
}

#[test]
fn ops_find_their_way_around_a_line_that_is_down() {
    let mut net = two_hubs();
    net.pass(1_000);
    net.cut.extend([(7, 1), (2, 100), (8, 2)]);
    net.writes(7, 2);
    net.pass(1_000);
    // From kiosk to second desk, and nobody else is within its reach.
    assert_eq!((net.has(2, 7), net.has(1, 7), net.has(100, 7)), (2, 0, 0));
    net.cut.remove(&(8, 2));
    net.pass(HEALED_MS);
    // The other kiosk carries them from one desk to the other, and that one to the county.
    assert_eq!((net.has(8, 7), net.has(1, 7), net.has(100, 7)), (2, 2, 2));
}

#[derive(Clone, Debug)]
enum Event {
    Write(u32, usize),
    Cut((u32, u32)),
    Heal((u32, u32)),
    Fill(u32),
    Empty(u32),
    Pass(i64),
}

fn any_event() -> impl Strategy<Value = Event> {
    let device = || proptest::sample::select(DEVICES.to_vec());
    let line = || proptest::sample::select(LINES.to_vec());
    prop_oneof![
        4 => (device(), 1_usize..100).prop_map(|(device, count)| Event::Write(device, count)),
        2 => line().prop_map(Event::Cut),
        1 => line().prop_map(Event::Heal),
        1 => device().prop_map(Event::Fill),
        1 => device().prop_map(Event::Empty),
        4 => (1_i64..40_000).prop_map(Event::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn in_the_end_everybody_has_everything(events in proptest::collection::vec(any_event(), 1..25)) {
        let mut net = two_hubs();
        for event in events {
            match event {
                Event::Write(device, count) => net.writes(device, count),
                Event::Cut(line) => drop(net.cut.insert(line)),
                Event::Heal(line) => drop(net.cut.remove(&line)),
                Event::Fill(device) => net.site_mut(device).full = true,
                Event::Empty(device) => net.site_mut(device).full = false,
                Event::Pass(ms) => net.pass(ms),
            }
        }
        net.cut.clear();
        for device in DEVICES {
            net.site_mut(device).full = false;
        }
        net.pass(HEALED_MS);
        assert_everybody_has_everything(&net);
        for device in DEVICES {
            prop_assert!(net.site(device).fences.is_empty(), "nobody was copied");
        }
    }
}
