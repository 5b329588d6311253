//! What breaks.

use std::collections::BTreeSet;

use hall_core::fact::{EpochEnded, Fact};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, OpId};
use hall_log::{Op, Seal, Subject};
use hall_sync::push::{Judge, Judged};
use hall_sync::run::pack;

use crate::device::Guard;
use crate::disk::Image;
use crate::setup::COUNTY;
use crate::world::{Event, World};

/// One fault, and when the next one comes.
pub(crate) fn fault(world: &mut World) {
    if world.healed {
        return;
    }
    let n = world.rng.usize(..world.devices.len());
    match world.rng.u32(..100) {
        0..28 => cut(world, n),
        28..52 => {
            let fuse = world.rng.u32(..24);
            world.devices[n].fuse = Some(fuse);
        }
        52..55 => change_release(world, n),
        55..62 => {
            let image = (world.devices[n].disk.image(), world.devices[n].guard);
            world.devices[n].images.push(image);
        }
        62..70 => roll_back(world, n),
        70..75 => lose(world, n),
        75..78 => copy(world, n),
        78..84 => fill(world, n),
        84..93 => clock(world, n),
        93..95 => read_out(world, n),
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
    let lines = world.devices[n].upstreams.clone();
    if lines.is_empty() {
        return;
    }
    let to = lines[world.rng.usize(..lines.len())];
    let until = world.now.0 + world.rng.i64(1_000..900_000);
    world.cover.mark(match (world.devices[n].role, to) {
        (DeviceRole::Kiosk, COUNTY) => "line from a kiosk to the county cut",
        (DeviceRole::Kiosk, _) => "line from a kiosk to the desk cut",
        _ => "line from the desk to the county cut",
    });
    if world.chance(300) {
        world.cover.mark("line cut one way");
        let (from, to) = if world.rng.bool() { (n, to) } else { (to, n) };
        world.net.cut(from, to, until);
    } else {
        world.cover.mark("line cut both ways");
        world.net.cut(n, to, until);
        world.net.cut(to, n, until);
    }
}

/// Somebody puts an earlier image of the disk back.
fn roll_back(world: &mut World, n: usize) {
    if world.devices[n].images.is_empty() {
        return;
    }
    let pick = world.rng.usize(..world.devices[n].images.len());
    let (image, guard) = world.devices[n].images[pick].clone();
    if world.devices[n].is_up() {
        world.stop(n, 1_000);
    }
    let unsynced = world.only_at(n);
    if n == COUNTY {
        return put_back(world, &image, unsynced);
    }
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

/// The county's database is put back to a backup, and whoever does so says it: a new epoch begins.
fn put_back(world: &mut World, image: &Image, unsynced: BTreeSet<OpId>) {
    world.cover.mark("county put back to a backup");
    world.devices[COUNTY].disk.restore(image);
    world.devices[COUNTY].images.clear();
    world.devices[COUNTY].next_epoch(0);
    world.gone(COUNTY, unsynced);
    world.cursors_put_back();
}

/// A machine is given another release, and starts with it.
fn change_release(world: &mut World, n: usize) {
    let later = !world.devices[n].later;
    world.cover.mark(if later { "upgraded" } else { "downgraded" });
    world.devices[n].later = later;
    if world.devices[n].is_up() {
        world.stop(n, 2_000);
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
    // Staff write down that the old epoch is over, as far as they know of it.
    if world.devices[n].role == DeviceRole::Kiosk {
        let desk = world.devices[n].upstreams[0];
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
    if jump > 0 && world.chance(500) {
        let after = world.rng.i64(3_000..45_000);
        world.at(after, Event::ClockSet(n));
    }
    world.all_spendable_once();
}

/// Somebody saw that the clock was wrong, before the machine did anything else.
pub(crate) fn clock_set(world: &mut World, n: usize) {
    world.cover.mark("clock set right at once");
    world.devices[n].offset = 0;
    world.all_spendable_once();
}

/// A kiosk will not start any more. Staff take its disk to the desk, read its journal to the end, and have its
/// places granted anew; the machine comes back in a new epoch.
fn read_out(world: &mut World, n: usize) {
    if world.devices[n].role != DeviceRole::Kiosk || world.devices[n].astray || world.is_copied(n) {
        return;
    }
    let desk = world.devices[n].upstreams[0];
    if !world.devices[desk].is_up() {
        return;
    }
    if world.devices[n].is_up() {
        world.stop(n, 60_000);
    }
    let old = world.devices[n].holder;
    let Some((judged, end)) = journal(world, n, desk) else { return };
    if world.import(desk, judged, Vec::new()) != Some(true) {
        return;
    }
    let entity = world.devices[desk].store.device(old.device);
    let read = world.devices[desk].store.head_of(old).seq == end;
    let Some(entity) = entity.filter(|_| read && end > 0) else { return };
    world.devices[n].next_epoch(0);
    world.devices[n].images.clear();
    let ended = EpochEnded { epoch: old.epoch, last_seq: end, reason: String::new() };
    let posts: Vec<EntityId> = world.devices[desk].store.posts().map(|(id, _)| id).collect();
    world.commit(desk, vec![(Subject::Entity(entity), Fact::EpochEnded(ended))]);
    for post in posts {
        crate::work::reclaim_read_out(world, desk, post, old);
    }
    world.settle(desk);
}

/// What the desk makes of the journal on the disk of `n`, and where that ends.
fn journal(world: &World, n: usize, desk: usize) -> Option<(Judged, u64)> {
    let (device, old) = (&world.devices[n], world.devices[n].holder);
    let node = world.devices[desk].node.as_ref()?;
    let ops: Vec<Op> = device.on_disk().series.get(&old)?.iter().map(|op| (**op).clone()).collect();
    let last = ops.last()?;
    let (end, chain, at) = (last.envelope.id.seq, last.chain, last.envelope.hlc);
    let seal = Seal::sign(old, end, chain, at, &device.key);
    let runs: Vec<_> = pack(&ops, |_| true).into_iter().collect();
    let judge = Judge { me: world.devices[desk].reader(), trust: &node.trust };
    let Ok(judged) = judge.judge(&runs, &[seal], &world.devices[desk].store);
    Some((judged, end))
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
    world.all_spendable_once();
}
