//! The morning before the first fault: a county, its halls, their machines, the first posts.

use ed25519_dalek::SigningKey;
use hall_core::fact::{DeviceEnrolled, Fact};
use hall_core::vocab::DeviceRole;
use hall_core::{Instant, Minute};
use hall_log::Subject;

use crate::device::Device;
use crate::world::{Event, Trace, World};

/// 2026-11-20 05:00 in Shandong.
pub(crate) const DAWN: Instant = Instant(1_795_104_000_000 + 5 * 3_600_000);
/// How long people work and things break, milliseconds.
pub(crate) const MORNING_MS: i64 = 30 * 60_000;
/// How long everything then has to come together.
pub(crate) const PEACE_MS: i64 = 12 * 60_000;

/// When, after the last fault, a new machine comes.
const NEWCOMER_MS: i64 = 4 * 60_000;
/// How long it has to learn what the hall knows.
const SETTLED_MS: i64 = 60_000;

/// The county is device 0 of the world.
pub(crate) const COUNTY: usize = 0;

pub(crate) fn world(seed: u64, trace: Trace) -> World {
    let mut world = World::empty(seed, DAWN, trace);
    let issuer: SigningKey = world.issuer.clone();
    world.devices.push(Device::new(hall_core::COUNTY, 0, DeviceRole::County, &issuer, 0));
    let halls = 1 + u32::from(world.chance(250));
    for hall in 1..=halls {
        let desk = world.devices.len();
        let kiosks = world.rng.u32(1..=3);
        // Kiosks that have a line of their own to the county, too.
        let direct = world.chance(250);
        for n in 0..=kiosks {
            let role = if n == 0 { DeviceRole::Desk } else { DeviceRole::Kiosk };
            // Clocks of a hall differ by seconds; some are off by more.
            let spread = if world.chance(50) { 200_000 } else { 3_000 };
            let offset = world.rng.i64(-spread..=spread);
            let mut device = Device::new(hall * 1_000 + n, hall, role, &issuer, offset);
            device.upstreams = if n == 0 { vec![COUNTY] } else { vec![desk] };
            if n > 0 && direct {
                world.cover.mark("kiosks with a line to the county");
                device.upstreams.push(COUNTY);
            }
            device.later = world.chance(200);
            world.devices.push(device);
        }
    }
    for n in 0..world.devices.len() {
        world.start(n);
    }
    for n in 0..world.devices.len() {
        if world.devices[n].role != DeviceRole::County {
            enrol(&mut world, n);
        }
    }
    let desks: Vec<usize> = desks(&world);
    for desk in desks {
        for _ in 0..world.rng.u32(1..=3) {
            crate::work::publish(&mut world, desk);
        }
        for _ in 0..8 {
            crate::work::register(&mut world, desk);
        }
    }
    if world.chance(400) {
        // The halls have spoken once, so the county knows to whom it may give.
        world.at(20_000, Event::CountyPost);
    }
    world.at(1_000, Event::Work);
    world.at(5_000, Event::Fault);
    world.at(30_000, Event::Minute);
    world.at(60_000, Event::Edition);
    world.at(MORNING_MS, Event::Heal);
    world.at(MORNING_MS + NEWCOMER_MS, Event::Newcomer);
    world
}

/// A machine that nobody had before is enrolled at the first hall's desk, and must soon know what the hall knows.
pub(crate) fn newcomer(world: &mut World) {
    let desk = desks(world)[0];
    let hall = world.devices[desk].hall;
    let mut device = Device::new(hall * 1_000 + 9, hall, DeviceRole::Kiosk, &world.issuer, 0);
    device.upstreams = vec![desk];
    world.devices.push(device);
    let n = world.devices.len() - 1;
    enrol(world, n);
    world.start(n);
    let store = &world.devices[desk].store;
    let owed = store.series.keys().map(|series| (*series, store.head_of(*series).seq)).collect();
    world.at(SETTLED_MS, Event::Settled { device: n, owed });
}

pub(crate) fn desks(world: &World) -> Vec<usize> {
    (0..world.devices.len()).filter(|n| world.devices[*n].role == DeviceRole::Desk).collect()
}

/// The hall's desk writes down who the device is.
fn enrol(world: &mut World, n: usize) {
    let device = &world.devices[n];
    let desk = if device.role == DeviceRole::Desk { n } else { device.upstreams[0] };
    let enrolled = DeviceEnrolled {
        device: device.holder.device,
        name: format!("机器 {n}"),
        role: device.role,
        certificate: device.certificate.encode(),
    };
    world.commit(desk, vec![(Subject::New, Fact::DeviceEnrolled(enrolled))]);
}

/// When work begins that is posted now: late in the morning, so that places move before.
pub(crate) fn begin(world: &mut World) -> Minute {
    // Some work begins while the simulation still runs: leases and decision times then end.
    Minute(if world.chance(200) { 5 * 60 + 35 + world.rng.u16(..25) } else { 8 * 60 + world.rng.u16(..60) })
}
