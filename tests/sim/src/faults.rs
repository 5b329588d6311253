//! What breaks.

use hall_core::fact::{EpochEnded, Fact};
use hall_core::vocab::DeviceRole;
use hall_log::Subject;

use crate::device::Guard;
use crate::world::{Event, World};

/// One fault, and when the next one comes.
pub(crate) fn fault(world: &mut World) {
    if world.healed {
        return;
    }
    let n = world.rng.usize(..world.devices.len());
    match world.rng.u32(..100) {
        0..30 => cut(world, n),
        30..55 => {
            let fuse = world.rng.u32(..12);
            world.devices[n].fuse = Some(fuse);
        }
        55..62 => {
            let image = (world.devices[n].disk.image(), world.devices[n].guard);
            world.devices[n].images.push(image);
        }
        62..70 => roll_back(world, n),
        70..75 => lose(world, n),
        75..78 => copy(world, n),
        78..84 => fill(world, n),
        84..94 => clock(world, n),
        _ => {
            let down = world.rng.i64(1_000..300_000);
            if world.devices[n].is_up() {
                world.stop(n, down);
            }
        }
    }
    let after = world.rng.i64(2_000..120_000);
    world.at(after, Event::Fault);
}

fn cut(world: &mut World, n: usize) {
    let Some(to) = world.devices[n].upstreams.first().copied() else { return };
    let until = world.now.0 + world.rng.i64(1_000..900_000);
    if world.chance(300) {
        world.cover.mark("line cut one way");
        let (from, to) = if world.rng.bool() { (n, to) } else { (to, n) };
        world.net.cut(from, to, until);
    } else {
        world.cover.mark("line cut");
        world.net.cut(n, to, until);
        world.net.cut(to, n, until);
    }
}

/// Somebody puts an earlier image of the disk back.
fn roll_back(world: &mut World, n: usize) {
    if world.devices[n].role == DeviceRole::County || world.devices[n].images.is_empty() {
        return;
    }
    let pick = world.rng.usize(..world.devices[n].images.len());
    let (image, guard) = world.devices[n].images[pick].clone();
    if world.devices[n].is_up() {
        world.stop(n, 1_000);
    }
    let unsynced = world.only_at(n);
    // The guard lies with the keys, on another medium; sometimes that is put back too.
    let unnoticed = world.chance(300);
    world.cover.mark(if unnoticed { "disk rolled back, unnoticed" } else { "disk rolled back, noticed" });
    world.devices[n].disk.restore(&image);
    world.devices[n].images.clear();
    world.gone(n, unsynced);
    if unnoticed {
        world.astray(n);
        world.devices[n].guard = guard;
        world.devices[n].holder.epoch = guard.epoch;
    }
}

/// Somebody copies the whole machine, keys and all, and runs the copy beside it.
fn copy(world: &mut World, n: usize) {
    let device = &world.devices[n];
    let copied = world.devices.iter().filter(|other| other.holder.device == device.holder.device).count() > 1;
    if device.role != DeviceRole::Kiosk || copied {
        return;
    }
    world.cover.mark("disk cloned");
    let twin = device.twin();
    world.devices.push(twin);
    let twin = world.devices.len() - 1;
    world.astray(twin);
    world.start(twin);
}

/// The disk is gone, the keys with it; the machine is enrolled anew under its number, in a new epoch.
fn lose(world: &mut World, n: usize) {
    if world.devices[n].role == DeviceRole::County {
        return;
    }
    world.cover.mark("disk lost");
    let acknowledged = world.acknowledged(n);
    if world.devices[n].is_up() {
        world.stop(n, 2_000);
    }
    let old = world.devices[n].holder;
    let unsynced = world.only_at(n);
    let device = &mut world.devices[n];
    device.disk.wipe();
    device.images.clear();
    device.guard = Guard { epoch: old.epoch + 1, seq: 0 };
    device.holder.epoch = old.epoch + 1;
    world.gone(n, unsynced.into_iter().filter(|id| !acknowledged.contains(id)).collect());
    let device = &mut world.devices[n];
    // Staff write down that the old epoch is over, as far as they know of it.
    if device.role == DeviceRole::Kiosk {
        let desk = device.upstreams[0];
        let known = world.devices[desk].store.head_of(old).seq;
        let entity = world.devices[desk].store.device(old.device);
        if let Some(entity) = entity.filter(|_| known > 0 && world.rng.bool()) {
            let ended = EpochEnded { epoch: old.epoch, last_seq: known, reason: String::new() };
            world.cover.mark("epoch ended");
            world.commit(desk, vec![(Subject::Entity(entity), Fact::EpochEnded(ended))]);
        }
    }
}

fn fill(world: &mut World, n: usize) {
    world.devices[n].disk.full = !world.devices[n].disk.full;
}

fn clock(world: &mut World, n: usize) {
    if world.devices[n].role == DeviceRole::County {
        return;
    }
    let jump = if world.chance(300) {
        world.cover.mark("clock reset");
        -world.now.0 + 1_000
    } else {
        world.cover.mark("clock jumped");
        world.rng.i64(-3_600_000..3_600_000)
    };
    world.devices[n].offset = if world.chance(400) { 0 } else { jump };
}

/// Everything works again, for good.
pub(crate) fn heal(world: &mut World) {
    world.healed = true;
    world.net.heal();
    for n in 0..world.devices.len() {
        world.devices[n].fuse = None;
        world.devices[n].disk.full = false;
        world.devices[n].offset = 0;
        world.start(n);
    }
    for n in 1..world.devices.len() {
        world.settle(n);
    }
}
