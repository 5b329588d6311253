//! The county's own posts: made of the places that halls hand over, shared out among the halls, given to whoever asks.
//!
//! The same custody as within a hall, one level up: the county holds the places and its halls' desks are what kiosks
//! are to a desk. Works under the lock of the county's series, in the transaction that took what it answers, so an
//! offer is answered once. Must never write about a place that the county does not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::ops::RangeInclusive;

use hall_core::entity::{Applied, Entity, Post, PostStatus};
use hall_core::fact::{
    Fact, Holder, Kind, PlacesMinted, PlacesOffered, PostClosed, PostTakenOver, PostTerms,
};
use hall_core::places::{PLACES_MAX, Places};
use hall_core::vocab::EmployerKind;
use hall_core::{COUNTY, EntityId, Instant, OpId};
use hall_log::{Envelope, Op, Subject};
use hall_sync::custody::{Neighbour, Stand, was_refused};
use hall_sync::wire::Ask;

use crate::archive::ArchiveError;

/// How long a hall may promise what the county gave it, milliseconds. Short, for what lies there unasked is missed
/// elsewhere: the desk then gives it back, and whoever asks gets it.
const LEASE_MS: i64 = 2 * 3_600_000;
/// Answers, shares, gifts: each can make the next possible.
const ROUNDS: usize = 3;

/// Gifts and the answers to them.
const HANDED_ON: RangeInclusive<u16> = Kind::PlacesGiven as u16..=Kind::PlacesRefused as u16;

/// A fact and what it is about.
pub(crate) type Said = (Subject, Fact);

/// Something that a hall wrote.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub id: OpId,
    pub entity: EntityId,
    pub fact: Fact,
    /// Whether its author is a desk, and of the hall that made what it speaks of.
    pub by_its_desk: bool,
}

/// A post that the county made of a hall's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counterpart {
    pub post: EntityId,
    pub offer: OpId,
}

/// The county's posts as an archive keeps them, under the lock of the county's series. Two archives do.
pub(crate) trait Posts: Send {
    fn me(&self) -> Holder;

    /// Everything that was written about a post of the county.
    fn ops(&mut self, post: EntityId) -> impl Future<Output = Result<Vec<Applied>, ArchiveError>> + Send;

    /// What was made of a hall's post.
    fn counterparts(
        &mut self,
        of: EntityId,
    ) -> impl Future<Output = Result<Vec<Counterpart>, ArchiveError>> + Send;

    /// One desk of each hall that exchanges.
    fn desks(&mut self) -> impl Future<Output = Result<Vec<Holder>, ArchiveError>> + Send;

    /// Writes one act into the county's series; it is told the name of its first op, which is returned.
    fn write(
        &mut self,
        act: impl FnOnce(OpId) -> Vec<Said> + Send,
    ) -> impl Future<Output = Result<OpId, ArchiveError>> + Send;
}

/// Whether an op may have to be answered; a cheap look before anything is locked.
pub(crate) fn concerns(op: &Op) -> bool {
    let Envelope { entity, kind, .. } = op.envelope;
    let ours = entity.device == COUNTY && HANDED_ON.contains(&kind);
    let theirs = [Kind::PlacesOffered as u16, Kind::PostClosed as u16].contains(&kind);
    op.payload.is_some() && (ours || theirs)
}

/// Whether an op says of which offer a post of the county was made.
pub(crate) fn is_take_over(envelope: &Envelope) -> bool {
    envelope.kind == Kind::PostTakenOver as u16 && envelope.id.device == COUNTY
}

/// Answers what halls wrote.
pub(crate) async fn attend<P: Posts>(
    posts: &mut P,
    heard: &[Heard],
    now: Instant,
) -> Result<(), ArchiveError> {
    let mut touched = BTreeSet::new();
    for heard in heard {
        match &heard.fact {
            Fact::PlacesOffered(offered) if heard.by_its_desk => {
                touched.extend(publish(posts, heard, offered).await?);
            }
            Fact::PostClosed(closed) if heard.by_its_desk => close(posts, heard.entity, closed).await?,
            Fact::PlacesGiven(_) | Fact::PlacesAccepted(_) | Fact::PlacesRefused(_)
                if heard.entity.device == COUNTY =>
            {
                touched.insert(heard.entity);
            }
            _ => {}
        }
    }
    for post in touched {
        tend(posts, post, &[], now).await?;
    }
    Ok(())
}

/// Gives to a device what it asks for, as far as the county has it.
pub(crate) async fn serve<P: Posts>(posts: &mut P, asks: &[Ask], now: Instant) -> Result<(), ArchiveError> {
    // A hub asks for each of its kiosks; to the county all of them are one.
    let mut wishes: BTreeMap<EntityId, Ask> = BTreeMap::new();
    for ask in asks.iter().filter(|ask| ask.post.device == COUNTY) {
        let wish = wishes.entry(ask.post).or_insert(Ask { count: 0, ..*ask });
        wish.count = wish.count.saturating_add(ask.count);
    }
    for (post, wish) in wishes {
        tend(posts, post, &[wish], now).await?;
    }
    Ok(())
}

/// Publishes what a hall offered, unless that was done before.
async fn publish<P: Posts>(
    posts: &mut P,
    heard: &Heard,
    offered: &PlacesOffered,
) -> Result<Option<EntityId>, ArchiveError> {
    // A private person's name is not for every hall.
    let fit =
        offered.employer.kind == EmployerKind::Organisation && (1..=PLACES_MAX).contains(&offered.places);
    let counterparts = posts.counterparts(heard.entity).await?;
    if !fit || counterparts.iter().any(|known| known.offer == heard.id) {
        return Ok(None);
    }
    let minted = PlacesMinted { first: 1, count: offered.places, holder: posts.me(), gver: 1, cver: None };
    let taken_over = PostTakenOver { from: heard.entity, offer: heard.id };
    let PlacesOffered { terms, employer, identified, .. } = offered.clone();
    let act = |first: OpId| {
        vec![
            (Subject::New, Fact::EmployerRegistered(employer)),
            (Subject::Draft(0), Fact::EmployerIdentified(identified)),
            (Subject::New, Fact::PostPublished(PostTerms { employer: first, ..terms })),
            (Subject::Draft(2), Fact::PlacesMinted(minted)),
            (Subject::Draft(2), Fact::PostTakenOver(taken_over)),
        ]
    };
    let first = posts.write(act).await?;
    Ok(Some(OpId { seq: first.seq + 2, ..first }))
}

/// What a hall says of its post holds for what was made of it.
async fn close<P: Posts>(posts: &mut P, of: EntityId, closed: &PostClosed) -> Result<(), ArchiveError> {
    let status = if closed.cancelled { PostStatus::Cancelled } else { PostStatus::Closed };
    for Counterpart { post, .. } in posts.counterparts(of).await? {
        let state = fold(post, &posts.ops(post).await?);
        if state.is_none_or(|state| state.status >= status) {
            continue;
        }
        let closed = Fact::PostClosed(closed.clone());
        posts.write(|_| vec![(Subject::Entity(post), closed)]).await?;
    }
    Ok(())
}

async fn tend<P: Posts>(posts: &mut P, id: EntityId, asks: &[Ask], now: Instant) -> Result<(), ArchiveError> {
    for _ in 0..ROUNDS {
        let ops = posts.ops(id).await?;
        let Some(post) = fold(id, &ops) else { return Ok(()) };
        let desks = if is_fresh(&post) { posts.desks().await? } else { Vec::new() };
        let me = posts.me();
        let mut asks = asks.to_vec();
        asks.retain(|ask| !was_refused(&ops, (me, ask.to), now));
        let facts = decide(me, (id, &post), &desks, &asks, now);
        if facts.is_empty() {
            return Ok(());
        }
        posts.write(|_| facts.into_iter().map(|fact| (Subject::Entity(id), fact)).collect()).await?;
    }
    Ok(())
}

fn fold(id: EntityId, ops: &[Applied]) -> Option<Post> {
    Entity::fold_all(id, ops.to_vec()).and_then(Entity::post).map(|post| *post)
}

/// Whether nobody was given anything of it yet.
fn is_fresh(post: &Post) -> bool {
    post.places.iter().all(|(_, place)| place.version.cver == 0)
}

/// What is to be written about a post of the county now. What tickets did with a place is no business of the county:
/// what comes back has a version above all of it.
fn decide(
    me: Holder,
    (id, post): (EntityId, &Post),
    desks: &[Holder],
    asks: &[Ask],
    now: Instant,
) -> Vec<Fact> {
    let places = Places::default();
    let stand = Stand { me, now, trusted: true, lease_ms: LEASE_MS, id, post, places: &places, waiting: &[] };
    let answers = stand.answers();
    if !answers.is_empty() {
        return answers;
    }
    let desks: Vec<Neighbour> = desks.iter().map(|desk| Neighbour { holder: *desk, demand: 0 }).collect();
    let shares = stand.share_out(&desks);
    let gifts =
        if shares.is_empty() { asks.iter().filter_map(|ask| stand.grant(ask)).collect() } else { shares };
    gifts.into_iter().map(Fact::PlacesGiven).collect()
}
