//! Places: which of a post's numbered places this device may give away.
//!
//! A place has exactly one custodian. A device promises only a place that it holds and that no live ticket
//! stands on; a count is never trusted.

use std::collections::BTreeMap;

use crate::entity::Post;
use crate::entity::custody::{Custody, Place};
use crate::entity::key::Spent;
use crate::fact::{
    Holder, PlaceRight, PlacesBurned, PlacesGiven, PlacesMinted, PlacesReclaimed, PlacesTaken, Version,
};
use crate::id::{EntityId, OpId};
use crate::mutant::{self, Bug};
use crate::time::Instant;
use crate::vocab::ReclaimTier;

/// Most places a post may have: four coach-loads, and a state that stays well below the bound of a stored value.
pub const PLACES_MAX: u16 = 200;

/// What the tickets of a post say about its places.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Highest version that a ticket's act gave a place.
    version: BTreeMap<u16, Version>,
    /// Places with a live ticket, and the version of the one that stands.
    taken: BTreeMap<u16, Version>,
}

impl Places {
    pub fn of(spent: impl IntoIterator<Item = Spent>) -> Self {
        let mut places = Self::default();
        for spent in spent {
            let version = Version { gver: spent.gver, cver: spent.cver };
            let seen = places.version.entry(spent.index).or_default();
            *seen = (*seen).max(version);
            if spent.live {
                // Two live tickets on a place come of a supervisor's override; the higher version stands.
                let stands = places.taken.entry(spent.index).or_default();
                *stands = (*stands).max(version);
            }
        }
        places
    }

    pub fn taken(&self) -> u16 {
        self.taken.len() as u16
    }

    pub fn is_taken(&self, index: u16) -> bool {
        self.taken.contains_key(&index)
    }

    /// The places that `me` holds and that nobody stands on, lowest number first, each as it would be spent.
    pub fn free(&self, post: &Post, me: Holder) -> Vec<PlaceRight> {
        let held = |custody| {
            custody == Custody::Held(me)
                || mutant::on(Bug::CounterHeadcount)
                || matches!(custody, Custody::Held(other) if mutant::on(Bug::NoEpochFence) && other.device == me.device)
                || matches!(custody, Custody::Given { gift, .. } if mutant::on(Bug::TakeBack) && gift.holder() == me)
        };
        let taken = |index: u16| self.taken.contains_key(&index) && !mutant::on(Bug::TakenIgnored);
        let free = |(index, place): &(u16, Place)| held(place.custody) && !taken(*index);
        post.places.iter().filter(free).map(|(index, place)| self.next(index, place)).collect()
    }

    /// Those of them that `me` may promise at `now`, as [`crate::clock::promising`] has it, or give to somebody who
    /// may. Behind its time a right is
    /// worth nothing but to the device that published the post, named `id`: that one may have granted the
    /// place anew.
    pub fn usable(&self, id: EntityId, post: &Post, me: Holder, now: Instant) -> Vec<PlaceRight> {
        let in_time = |right: &PlaceRight| bound(id, post, right.index, me).is_none_or(|until| now < until);
        self.free(post, me).into_iter().filter(in_time).collect()
    }

    /// The right to a place one version on from everything that is known of it.
    fn next(&self, index: u16, place: Place) -> PlaceRight {
        let spent = self.version.get(&index).copied().unwrap_or_default();
        let Version { gver, cver } = place.version.max(spent);
        PlaceRight { index, gver, cver: cver.saturating_add(u32::from(!mutant::on(Bug::VersionStands))) }
    }
}

/// Why a post cannot have that many places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    #[error("a post has 1 to {PLACES_MAX} places")]
    OutOfRange,
    #[error("{taken} places are taken")]
    Taken { taken: u16 },
    #[error("only {here} free places are held here")]
    Elsewhere { here: u16 },
    /// Only the device that published a post makes new places of it: two could make the same number.
    #[error("the post was published on another device")]
    NotOurs,
}

/// Facts that change a post's number of places.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    None,
    Mint(Vec<PlacesMinted>),
    Burn(PlacesBurned),
}

/// The first places of a new post.
pub fn mint(me: Holder, count: u16) -> Result<PlacesMinted, PlacesError> {
    if !(1..=PLACES_MAX).contains(&count) {
        return Err(PlacesError::OutOfRange);
    }
    Ok(PlacesMinted { first: 1, count, holder: me, gver: 1, cver: None })
}

/// What brings `post`, named `id`, to `wanted` places: the lowest numbers that are missing, or the highest
/// free ones gone.
pub fn change(
    id: EntityId,
    post: &Post,
    places: &Places,
    me: Holder,
    wanted: u16,
) -> Result<Change, PlacesError> {
    if !(1..=PLACES_MAX).contains(&wanted) {
        return Err(PlacesError::OutOfRange);
    }
    let have = post.headcount() as u16;
    if wanted > have && id.holder() != me {
        return Err(PlacesError::NotOurs);
    }
    if wanted >= have {
        let minted = more(post, places, me, wanted - have);
        return Ok(if minted.is_empty() { Change::None } else { Change::Mint(minted) });
    }
    let free = places.free(post, me);
    let surplus = usize::from(have - wanted);
    if wanted < places.taken() {
        return Err(PlacesError::Taken { taken: places.taken() });
    }
    if free.len() < surplus {
        return Err(PlacesError::Elsewhere { here: free.len() as u16 });
    }
    let gone: Vec<PlaceRight> = free.into_iter().rev().take(surplus).collect();
    Ok(Change::Burn(PlacesBurned {
        indices: gone.iter().map(|right| right.index).collect(),
        versions: Some(gone.iter().map(|right| right.version()).collect()),
    }))
}

/// `count` new places in the lowest numbers that are not there, each version above what a burned place of that
/// number had.
fn more(post: &Post, places: &Places, me: Holder, count: u16) -> Vec<PlacesMinted> {
    let mut minted: Vec<PlacesMinted> = Vec::new();
    let absent =
        (1..).filter(|index| post.places.get(*index).is_none_or(|place| place.custody == Custody::Gone));
    for index in absent.take(usize::from(count)) {
        let before = post.places.get(index).map(|place| places.next(index, place));
        let (gver, cver) = before.map_or((1, None), |right| (right.gver, Some(right.cver)));
        match minted.last_mut() {
            Some(run) if run.first + run.count == index && (run.gver, run.cver) == (gver, cver) => {
                run.count += 1;
            }
            _ => minted.push(PlacesMinted { first: index, count: 1, holder: me, gver, cver }),
        }
    }
    minted
}

/// Until when `me` may promise a place it holds; the publishing device, which alone grants its places anew, until
/// the work begins.
fn bound(id: EntityId, post: &Post, index: u16, me: Holder) -> Option<Instant> {
    if id.holder() == me || mutant::on(Bug::LeaseIgnored) { None } else { post.places.get(index)?.not_after }
}

/// Gives `rights` of `me`, all of them out of [`Places::usable`], to another device; `None` when there are none.
/// `not_after` never goes beyond what the giver itself may do.
pub fn give(
    id: EntityId,
    post: &Post,
    me: Holder,
    rights: Vec<PlaceRight>,
    to: Holder,
    not_after: Option<Instant>,
) -> Option<PlacesGiven> {
    let bounds = rights.iter().filter_map(|right| bound(id, post, right.index, me));
    let not_after = bounds.chain(not_after).min();
    (!rights.is_empty()).then_some(PlacesGiven { places: rights, to, not_after })
}

/// Gifts to `me` that were not answered yet, each with the answer that keeps it.
pub fn gifts(post: &Post, places: &Places, me: Holder) -> Vec<PlacesTaken> {
    let mut gifts: BTreeMap<OpId, PlacesTaken> = BTreeMap::new();
    for (index, place) in post.places.iter() {
        let Custody::Given { to, gift } = place.custody else { continue };
        if to == me {
            let taken = gifts.entry(gift).or_insert(PlacesTaken {
                gift,
                places: Vec::new(),
                not_after: place.not_after,
            });
            taken.places.push(places.next(index, place));
        }
    }
    gifts.into_values().collect()
}

/// What is known of a silent device before its places are granted anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The stamp of the last op of its log, when a seal of its own ends the log there. Not the time of that seal:
    /// a clock that somebody sets back makes it untrue, and a stamp never, see [`crate::clock::promising`].
    pub sealed: Instant,
    /// Staff read the device's own journal to its end, and it will never write again.
    pub read_out: bool,
}

/// Why places are not granted anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReclaimError {
    #[error("only the device that published the post grants its places anew on that ground")]
    NotOurs,
    #[error("nothing there to be taken back")]
    Nothing,
}

/// Grants to `to` the places of the silent device `from` that no known ticket stands on.
///
/// Without a supervisor's `override_risk` only those whose custodian can have promised nothing that is not
/// known: its log was read to the end, or is sealed past the time up to which it could promise them. That much
/// only the publishing device may do, for two grantors could write the same version. A lease that has merely
/// run out is no ground: the silent device may have spent the place before.
pub fn reclaim(
    id: EntityId,
    post: &Post,
    places: &Places,
    (from, to): (Holder, Holder),
    silence: Silence,
    override_risk: Option<&str>,
) -> Result<PlacesReclaimed, ReclaimError> {
    // Time binds whoever got a place from the publishing device, and not that one.
    let bound = |place: &Place| place.not_after.filter(|_| from != id.holder());
    let safe = |place: &Place| {
        let elapsed = mutant::on(Bug::TimeOnlyReclaim) && place.not_after.is_some();
        silence.read_out || elapsed || bound(place).is_some_and(|not_after| silence.sealed >= not_after)
    };
    let theirs: Vec<(u16, Place)> = post
        .places
        .iter()
        .filter(|(index, place)| of(place.custody) == from && !places.taken.contains_key(index))
        .collect();
    let (sure, doubtful): (Vec<_>, Vec<_>) = theirs.into_iter().partition(|(_, place)| safe(place));
    let counted = override_risk.is_some() && !mutant::on(Bug::RiskUncounted);
    let at_risk = if counted { doubtful.len() as u16 } else { 0 };
    let granted: Vec<(u16, Place)> = if override_risk.is_some() { [sure, doubtful].concat() } else { sure };
    if granted.is_empty() {
        return Err(ReclaimError::Nothing);
    }
    if at_risk == 0 && id.holder() != to && !mutant::on(Bug::RiskUncounted) {
        return Err(ReclaimError::NotOurs);
    }
    let tier = match (at_risk, silence.read_out) {
        (0, true) => ReclaimTier::Evidence,
        (0, false) => ReclaimTier::Seal,
        _ => ReclaimTier::Override,
    };
    let grant = |(index, place): (u16, Place)| match places.next(index, place) {
        // Then the silent device may write that very version, too.
        next if mutant::on(Bug::ReclaimKeepsVersion) => next,
        next => PlaceRight { index, gver: next.gver + 1, cver: 0 },
    };
    let places = granted.into_iter().map(grant).collect();
    let reason = override_risk.unwrap_or_default().to_owned();
    Ok(PlacesReclaimed { places, from, to, tier, at_risk, reason })
}

/// Whose promise a place may be: the custodian's, or the addressee's while a gift is on its way.
fn of(custody: Custody) -> Holder {
    match custody {
        Custody::Held(holder) | Custody::Given { to: holder, .. } => holder,
        Custody::Gone => Holder { device: 0, epoch: 0 },
    }
}

/// Who of the standby list gets which free place, in the list's order.
pub fn promote(free: &[PlaceRight], standbys: &[EntityId]) -> Vec<(EntityId, PlaceRight)> {
    standbys.iter().copied().zip(free.iter().copied()).collect()
}
