//! What people do in a morning.

use hall_core::entity::{PostStatus, Ticket};
use hall_core::fact::{
    Fact, Holder, OutcomeRecorded, Pay, PlacesMinted, PostClosed, PostTerms, TicketOpened, WorkerErased,
    WorkerIdentified, WorkerProfile,
};
use hall_core::places::{self, Change, Silence};
use hall_core::ticketing::{self, Claim, Held};
use hall_core::vocab::{DeviceRole, Meals, Outcome, PayUnit, ReleaseReason, Settlement, Sex, StandbyReason};
use hall_core::{EntityId, Fen, Instant, Minute};
use hall_log::Subject;
use hall_sync::custody::{Neighbour, sealed_until};

use crate::device::Device;
use crate::release;
use crate::setup::{COUNTY, begin, desks};
use crate::world::{Event, World};

/// One act of somebody, and when the next one comes.
pub(crate) fn work(world: &mut World) {
    if world.healed {
        return;
    }
    let n = world.rng.usize(1..world.devices.len());
    if world.devices[n].is_up() {
        let desk = world.devices[n].role == DeviceRole::Desk;
        match world.rng.u32(..100) {
            50..64 => release(world, n),
            64..70 => register(world, n),
            70..76 => outcome(world, n),
            76..80 if desk => publish(world, n),
            80..84 if desk => set_places(world, n),
            84..86 if desk => close(world, n),
            86..88 if desk => erase(world, n),
            88..91 => unread(world, n),
            91..93 if desk => revise(world, n),
            93..98 if desk => reclaim(world, n),
            _ => claim(world, n),
        }
    }
    let after = world.rng.i64(500..25_000);
    world.at(after, Event::Work);
}

pub(crate) fn publish(world: &mut World, n: usize) {
    let (now, start) = (world.now, begin(world));
    let terms = PostTerms {
        employer: EntityId::new(world.devices[n].holder.device, 1, 1),
        trade: "装卸".into(),
        title: "卸苹果".into(),
        content: String::new(),
        address: "北关街".into(),
        first_day: now.day(),
        last_day: now.day(),
        start,
        end: Minute(17 * 60),
        rest_minutes: 60,
        days_per_week: 1,
        pay: Pay { amount: Fen::yuan(200), unit: PayUnit::Day, settlement: Settlement::Daily },
        meals: Meals::None,
        transport: false,
        requirements: String::new(),
        insurance: String::new(),
        protection: String::new(),
        hazards: Vec::new(),
        certificate: None,
        bring: String::new(),
        contact_name: String::new(),
        contact_phone: String::new(),
        contact_public: false,
        urgent: false,
        probation_days: 0,
    };
    let count = if world.chance(400) { world.rng.u16(1..=2) } else { world.rng.u16(3..=8) };
    let holder = world.devices[n].holder;
    let minted = PlacesMinted { first: 1, count, holder, gver: 1, cver: None };
    let facts =
        vec![(Subject::New, Fact::PostPublished(terms)), (Subject::Draft(0), Fact::PlacesMinted(minted))];
    world.commit(n, facts);
    share_out(world, n);
}

pub(crate) fn register(world: &mut World, n: usize) {
    let tag = world.rng.u8(..);
    let profile = WorkerProfile {
        id_tag: Some([tag; 16]),
        masked_name: Some("周**".into()),
        born: "1980-02-14".parse().ok(),
        sex: Some(Sex::Male),
        ..WorkerProfile::default()
    };
    let identified = WorkerIdentified {
        salt: [tag; 16],
        name: "周试工".into(),
        id_number: "379901198002140018".into(),
        phone: "15400000000".into(),
        address: String::new(),
    };
    let facts = vec![
        (Subject::New, Fact::WorkerRegistered(profile)),
        (Subject::Draft(0), Fact::WorkerIdentified(identified)),
    ];
    world.commit(n, facts);
}

fn pick<T: Copy>(world: &mut World, of: &[T]) -> Option<T> {
    if of.is_empty() { None } else { Some(of[world.rng.usize(..of.len())]) }
}

fn a_post(world: &mut World, n: usize) -> Option<EntityId> {
    let posts: Vec<EntityId> = world.devices[n].store.posts().map(|(id, _)| id).collect();
    pick(world, &posts)
}

/// One that the hall may change: not the county's.
fn a_post_of_ours(world: &mut World, n: usize) -> Option<EntityId> {
    a_post(world, n).filter(|post| post.device != hall_core::COUNTY)
}

fn a_ticket(world: &mut World, n: usize) -> Option<(EntityId, Ticket)> {
    let post = a_post(world, n)?;
    let tickets: Vec<EntityId> = world.devices[n].store.tickets(post).map(|(id, _)| id).collect();
    let id = pick(world, &tickets)?;
    Some((id, world.devices[n].store.ticket(id)?.clone()))
}

fn claim(world: &mut World, n: usize) {
    let Some(post_id) = a_post(world, n) else { return };
    // One of the hall's first workers: few, so that the same one asks at two machines.
    let Some(worker) = a_worker(world, n) else { return };
    let device = &world.devices[n];
    let now = device.now(world.now);
    let store = &device.store;
    let Some(post) = store.post(post_id) else { return };
    let mut held: Vec<Held> = Vec::new();
    for (other, terms) in store.posts() {
        let span = terms.span();
        let live = store.tickets(other).filter(|(_, ticket)| {
            ticket.worker == worker && ticket.is_live() && !ticketing::has_lapsed(ticket, span, now)
        });
        held.extend(live.map(|(ticket, _)| Held { ticket, post: other, span }));
    }
    let free = device.free(post_id, world.now);
    let elsewhere = post.headcount().saturating_sub(usize::from(store.places(post_id).taken()) + free.len());
    let opened = Claim {
        now,
        clock_trusted: device.trusts_clock(world.now),
        worker,
        post_id,
        post,
        free: &free,
        standbys: device.waiting(post_id, now).len(),
        elsewhere,
        held: &held,
        number: 1,
    }
    .decide();
    let Ok(opened) = opened else { return };
    if opened.place.is_none() && now >= ticketing::decide_by(post.span()) {
        return;
    }
    let mark = match (opened.place, opened.standby) {
        (Some(_), _) => "claim confirmed",
        (None, Some(StandbyReason::NoneHere)) => "claim provisional: none here",
        (None, Some(StandbyReason::ClockUntrusted)) => "claim provisional: clock",
        (None, _) => "claim provisional: full",
    };
    if world.commit(n, vec![(Subject::New, Fact::TicketOpened(opened))]).is_some() {
        world.cover.mark(mark);
        world.settle(n);
    }
}

fn a_worker(world: &mut World, n: usize) -> Option<EntityId> {
    let desk = if world.devices[n].role == DeviceRole::Desk { n } else { world.devices[n].upstreams[0] };
    let number = world.devices[desk].holder.device;
    let known: Vec<EntityId> = world.devices[n].store.workers(number).take(12).collect();
    pick(world, &known)
}

fn release(world: &mut World, n: usize) {
    let Some((id, ticket)) = a_ticket(world, n) else { return };
    let device = &world.devices[n];
    let Some(post) = device.store.post(ticket.post) else { return };
    let now = device.now(world.now);
    let Ok(gone) = ticketing::release(&ticket, post.span(), now, ReleaseReason::Desk, "") else { return };
    let mark = if id.holder() == device.holder { "released at home" } else { "released elsewhere" };
    if world.commit(n, vec![(Subject::Entity(id), Fact::TicketReleased(gone))]).is_some() {
        world.cover.mark(mark);
        world.settle(n);
    }
}

fn outcome(world: &mut World, n: usize) {
    let Some((id, ticket)) = a_ticket(world, n) else { return };
    if !ticket.holds_place() {
        return;
    }
    let recorded = OutcomeRecorded { outcome: Outcome::Arrived, amount: None, note: String::new() };
    world.commit(n, vec![(Subject::Entity(id), Fact::OutcomeRecorded(recorded))]);
}

fn set_places(world: &mut World, n: usize) {
    let Some(id) = a_post_of_ours(world, n) else { return };
    let device = &world.devices[n];
    let (Some(post), places) = (device.store.post(id), device.store.places(id)) else { return };
    if post.status != PostStatus::Open {
        return;
    }
    let have = post.headcount() as u16;
    let wanted = if world.rng.bool() { have + 1 } else { have.saturating_sub(1) };
    let Ok(change) = places::change(id, post, &places, device.holder, wanted) else { return };
    let about = |fact| (Subject::Entity(id), fact);
    let (mark, facts) = match change {
        Change::None => return,
        Change::Mint(runs) => ("more places", runs.into_iter().map(Fact::PlacesMinted).map(about).collect()),
        Change::Burn(burned) => ("places burned", vec![about(Fact::PlacesBurned(burned))]),
    };
    if world.commit(n, facts).is_some() {
        world.cover.mark(mark);
        world.settle(n);
    }
}

fn close(world: &mut World, n: usize) {
    let Some(id) = a_post_of_ours(world, n) else { return };
    let cancelled = world.rng.bool();
    if cancelled {
        world.cover.mark("post cancelled");
    }
    world.commit(
        n,
        vec![(Subject::Entity(id), Fact::PostClosed(PostClosed { reason: String::new(), cancelled }))],
    );
}

fn erase(world: &mut World, n: usize) {
    let Some(worker) = a_worker(world, n) else { return };
    let about = world.devices[n].holder;
    let hall = EntityId::new(about.device, 1, 1);
    let erased = WorkerErased { worker, reason: String::new() };
    world.cover.mark("worker erased");
    world.commit(n, vec![(Subject::Entity(hall), Fact::WorkerErased(erased))]);
}

/// An op that this release cannot read, or nobody can: everybody carries it.
fn unread(world: &mut World, n: usize) {
    let ticket = a_ticket(world, n).filter(|(_, ticket)| ticket.holds_place()).map(|(id, _)| id);
    let byte = world.rng.u8(..);
    let (mark, draft) = match (ticket, world.rng.u32(..3)) {
        (Some(ticket), 0) if world.devices[n].later => ("later kind carried", release::later_kind(ticket)),
        (Some(ticket), 1) if world.devices[n].later => ("later field carried", release::later_field(ticket)),
        (Some(ticket), 2) => ("undecodable payload carried", release::undecodable(ticket, byte)),
        _ => ("unknown kind carried", release::unknown_kind(byte)),
    };
    if world.write_unread(n, draft) {
        world.cover.mark(mark);
    }
}

/// The work begins earlier or later than was said.
fn revise(world: &mut World, n: usize) {
    let Some(id) = a_post_of_ours(world, n) else { return };
    let start = begin(world);
    let Some(post) = world.devices[n].store.post(id) else { return };
    let terms = PostTerms { start, ..post.terms.clone() };
    if world.commit(n, vec![(Subject::Entity(id), Fact::PostRevised(terms))]).is_some() {
        world.cover.mark("post revised");
        world.settle(n);
    }
}

/// At each edition the desk shares out and the kiosks give back what is over.
pub(crate) fn edition(world: &mut World) {
    for desk in desks(world) {
        if world.devices[desk].is_up() {
            share_out(world, desk);
        }
    }
    if world.county_may_write() {
        share_out(world, COUNTY);
    }
    for n in 1..world.devices.len() {
        if world.devices[n].is_up() && world.devices[n].role == DeviceRole::Kiosk {
            give_back(world, n);
        }
    }
    world.at(10 * 60_000, Event::Edition);
}

/// The county publishes a post of its own and shares it out among the halls.
pub(crate) fn county_post(world: &mut World) {
    if world.county_may_write() {
        world.cover.mark("post of the county");
        publish(world, COUNTY);
    }
}

/// The kiosks of the hall with the demand that their tickets show.
fn neighbours(world: &World, n: usize, reachable: bool) -> Vec<Neighbour> {
    let device = &world.devices[n];
    if n == COUNTY {
        let desks = world.devices.iter().filter(|other| other.role == DeviceRole::Desk);
        return desks.map(|desk| Neighbour { holder: desk.holder, demand: 0 }).collect();
    }
    let desk = if device.role == DeviceRole::Desk { n } else { device.upstreams[0] };
    let kiosks = world.devices.iter().filter(|other| {
        other.role == DeviceRole::Kiosk
            && other.upstreams.first() == Some(&desk)
            && (!reachable || other.is_up())
    });
    let demand = |holder| {
        let tickets = device.store.posts().flat_map(|(post, _)| device.store.tickets(post));
        tickets.filter(|(id, _)| id.holder() == holder).count() as u32
    };
    kiosks.map(|kiosk| Neighbour { holder: kiosk.holder, demand: demand(kiosk.holder) }).collect()
}

fn share_out(world: &mut World, desk: usize) {
    let kiosks = neighbours(world, desk, true);
    let posts: Vec<EntityId> = world.devices[desk].store.posts().map(|(id, _)| id).collect();
    for post in posts {
        let gifts = world.devices[desk].stand(post, world.now, |stand| stand.share_out(&kiosks));
        let facts: Vec<_> = gifts.into_iter().flatten().map(|given| Device::gift(post, given)).collect();
        if !facts.is_empty() {
            world.cover.mark("shared out");
            world.commit(desk, facts);
        }
    }
}

fn give_back(world: &mut World, n: usize) {
    let kiosks = neighbours(world, n, false);
    let desk = world.devices[world.devices[n].upstreams[0]].holder;
    let posts: Vec<EntityId> = world.devices[n].store.posts().map(|(id, _)| id).collect();
    for post in posts {
        let gift = world.devices[n].stand(post, world.now, |stand| stand.give_back(desk, &kiosks));
        if let Some(given) = gift.flatten() {
            world.commit(n, vec![Device::gift(post, given)]);
        }
    }
}

/// Staff look for places that lie on a machine which has been silent.
fn reclaim(world: &mut World, n: usize) {
    let Some(id) = a_post(world, n) else { return };
    let device = &world.devices[n];
    let me = device.holder;
    let (Some(post), places) = (device.store.post(id), device.store.places(id)) else { return };
    let others: std::collections::BTreeSet<_> = post
        .places
        .iter()
        .map(|(_, place)| match place.custody {
            hall_core::entity::custody::Custody::Held(holder) => holder,
            hall_core::entity::custody::Custody::Given { to, .. } => to,
            hall_core::entity::custody::Custody::Gone => me,
        })
        .filter(|holder| *holder != me)
        .collect();
    let others: Vec<_> = others.into_iter().collect();
    let Some(from) = others.get(world.rng.usize(..others.len().max(1))).copied() else { return };
    let Ok(sealed) = sealed_until(from, &device.store);
    let silence = Silence { sealed, read_out: false };
    let granted = places::reclaim(id, post, &places, (from, me), silence, None);
    // A supervisor overrides only for a machine that is off.
    let gone = world
        .devices
        .iter()
        .any(|other| other.holder.device == from.device && (!other.is_up() || other.holder != from));
    let granted = match granted {
        Ok(granted) => Ok(granted),
        Err(_) if gone && world.rng.u32(..10) == 0 => {
            places::reclaim(id, post, &places, (from, me), silence, Some("关机了"))
        }
        Err(error) => Err(error),
    };
    let Ok(granted) = granted else { return };
    world.cover.mark(if granted.at_risk > 0 { "reclaimed: override" } else { "reclaimed: seal" });
    world.commit(n, vec![(Subject::Entity(id), Fact::PlacesReclaimed(granted))]);
    world.settle(n);
}

/// The places of a machine whose journal was read to its end are granted to the desk.
pub(crate) fn reclaim_read_out(world: &mut World, desk: usize, id: EntityId, from: Holder) {
    let device = &world.devices[desk];
    let (Some(post), places) = (device.store.post(id), device.store.places(id)) else { return };
    let silence = Silence { sealed: Instant(0), read_out: true };
    let Ok(granted) = places::reclaim(id, post, &places, (from, device.holder), silence, None) else {
        return;
    };
    if world.commit(desk, vec![(Subject::Entity(id), Fact::PlacesReclaimed(granted))]).is_some() {
        world.cover.mark("reclaimed: evidence");
    }
}

/// What a ticket promises, for the slips.
pub(crate) fn opened_place(opened: &TicketOpened) -> Option<(EntityId, hall_core::fact::PlaceRight)> {
    Some((opened.post, opened.place?))
}
