//! Places: which of a post's numbered places this device may give away.
//!
//! A place has exactly one custodian. A device promises only a place that it holds and that no live ticket
//! stands on; a count is never trusted.

use std::collections::BTreeMap;

use crate::entity::Post;
use crate::entity::key::Spent;
use crate::fact::{Holder, PlaceRight, PlacesBurned, PlacesMinted};
use crate::id::EntityId;

/// Most places a post may have: four coach-loads, and a state that stays well below the bound of a stored value.
pub const PLACES_MAX: u16 = 200;

/// What the tickets of a post say about its places.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Highest custody version seen of a place.
    cver: BTreeMap<u16, u32>,
    /// Places with a live ticket.
    taken: BTreeMap<u16, (u32, u32)>,
}

impl Places {
    pub fn of(spent: impl IntoIterator<Item = Spent>) -> Self {
        let mut places = Self::default();
        for spent in spent {
            let seen = places.cver.entry(spent.index).or_default();
            *seen = (*seen).max(spent.cver);
            if spent.live {
                // Two live tickets on a place can only come from elsewhere; the higher custody version stands.
                let stands = places.taken.entry(spent.index).or_default();
                *stands = (*stands).max((spent.gver, spent.cver));
            }
        }
        places
    }

    pub fn taken(&self) -> u16 {
        self.taken.len() as u16
    }

    /// The places that `me` holds and that nobody stands on, lowest number first, each as it would be spent.
    pub fn free(&self, post: &Post, me: Holder) -> Vec<PlaceRight> {
        post.places
            .iter()
            .filter(|(index, holder, _)| *holder == me && !self.taken.contains_key(index))
            .map(|(index, _, gver)| PlaceRight {
                index: *index,
                gver: *gver,
                cver: self.cver.get(index).copied().unwrap_or(0) + 1,
            })
            .collect()
    }
}

/// Why a post cannot have that many places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    #[error("a post has 1 to {PLACES_MAX} places")]
    OutOfRange,
    #[error("{taken} places are taken")]
    Taken { taken: u16 },
}

/// Facts that change a post's number of places.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    None,
    Mint(PlacesMinted),
    Burn(PlacesBurned),
}

/// The first places of a new post.
pub fn mint(me: Holder, count: u16) -> Result<PlacesMinted, PlacesError> {
    if !(1..=PLACES_MAX).contains(&count) {
        return Err(PlacesError::OutOfRange);
    }
    Ok(PlacesMinted { first: 1, count, holder: me, gver: 1 })
}

/// What brings `post` to `wanted` places: new numbers above the old, or the highest free ones gone.
pub fn change(post: &Post, places: &Places, me: Holder, wanted: u16) -> Result<Change, PlacesError> {
    if !(1..=PLACES_MAX).contains(&wanted) {
        return Err(PlacesError::OutOfRange);
    }
    let have = post.headcount() as u16;
    if wanted >= have {
        let first = post.places.last().map_or(1, |(index, ..)| index + 1);
        let minted = PlacesMinted { first, count: wanted - have, holder: me, gver: 1 };
        return Ok(if wanted == have { Change::None } else { Change::Mint(minted) });
    }
    let free = places.free(post, me);
    let surplus = usize::from(have - wanted);
    if free.len() < surplus {
        return Err(PlacesError::Taken { taken: places.taken() });
    }
    let indices = free.iter().rev().take(surplus).map(|right| right.index).collect();
    Ok(Change::Burn(PlacesBurned { indices }))
}

/// Who of the standby list gets which free place, in the list's order.
pub fn promote(free: &[PlaceRight], standbys: &[EntityId]) -> Vec<(EntityId, PlaceRight)> {
    standbys.iter().copied().zip(free.iter().copied()).collect()
}
