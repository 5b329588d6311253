//! The morning before the first fault: a county, its halls, their machines, the first posts.

use ed25519_dalek::SigningKey;
use hall_core::fact::{DeviceEnrolled, Fact};
use hall_core::vocab::DeviceRole;
use hall_core::{Instant, Minute};
use hall_log::Subject;

use crate::device::Device;
use crate::world::{Event, World};

/// 2026-11-20 05:00 in Shandong.
pub(crate) const DAWN: Instant = Instant(1_795_104_000_000 + 5 * 3_600_000);
/// How long people work and things break, milliseconds.
pub(crate) const MORNING_MS: i64 = 30 * 60_000;
/// How long everything then has to come together.
pub(crate) const PEACE_MS: i64 = 12 * 60_000;

/// The county is device 0 of the world.
pub(crate) const COUNTY: usize = 0;

pub(crate) fn world(seed: u64, trace: bool) -> World {
    let mut world = World::empty(seed, DAWN, trace);
    let issuer: SigningKey = world.issuer.clone();
    world.devices.push(Device::new(1, 0, DeviceRole::County, &issuer, 0));
    let halls = 1 + u32::from(world.chance(250));
    for hall in 1..=halls {
        let desk = world.devices.len();
        let kiosks = world.rng.u32(1..=3);
        for n in 0..=kiosks {
            let role = if n == 0 { DeviceRole::Desk } else { DeviceRole::Kiosk };
            // Clocks of a hall differ by seconds; some are off by more.
            let spread = if world.chance(50) { 200_000 } else { 3_000 };
            let offset = world.rng.i64(-spread..=spread);
            let mut device = Device::new(hall * 1_000 + n, hall, role, &issuer, offset);
            device.upstreams = vec![if n == 0 { COUNTY } else { desk }];
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
    world.at(1_000, Event::Work);
    world.at(5_000, Event::Fault);
    world.at(30_000, Event::Minute);
    world.at(60_000, Event::Edition);
    world.at(MORNING_MS, Event::Heal);
    world
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
