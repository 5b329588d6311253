//! Who may give away which place of a post.
//!
//! Every place has a version that rises each time its right changes hands, and only the custodian can write
//! the next one; so the highest version is the present, whatever order the ops came in and whatever their
//! clocks say. What tickets did with a place is in the tickets, see [`crate::places::Places`].
//!
//! Must never decide by time or by order of arrival.

use std::collections::BTreeMap;

use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::fact::{Holder, PlacesBurned, PlacesGiven, PlacesMinted, PlacesReclaimed, PlacesTaken, Version};
use crate::id::OpId;
use crate::mutant::{self, Bug};
use crate::time::Instant;

/// Where the right to a place lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Custody {
    #[n(0)]
    Held(#[n(0)] Holder),
    /// Given up by the device that wrote `gift` and not yet answered by `to`.
    #[n(1)]
    Given {
        #[n(0)]
        to: Holder,
        #[n(1)]
        gift: OpId,
    },
    /// Burned: there is no such place any more.
    #[n(2)]
    Gone,
}

/// One place as far as the transfers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Place {
    #[n(0)]
    pub version: Version,
    #[n(1)]
    pub custody: Custody,
    /// Until when the custodian may promise the place; `None` until the work begins.
    #[n(2)]
    pub not_after: Option<Instant>,
}

/// The places of a post by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    places: BTreeMap<u16, Place>,
}

/// Places of one post have at most this index; a fact that names a higher one says nothing.
const INDEX_MAX: u16 = 4 * crate::places::PLACES_MAX;

impl Register {
    /// Places that exist, lowest number first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u16, Place)> {
        self.places
            .iter()
            .filter(|(_, place)| place.custody != Custody::Gone)
            .map(|(index, place)| (*index, *place))
    }

    pub fn get(&self, index: u16) -> Option<Place> {
        self.places.get(&index).copied()
    }

    pub fn len(&self) -> usize {
        self.iter().count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes over what happened to one place, unless something later is known. Two ops that claim one version
    /// contradict each other; the order of custody then decides the same way everywhere.
    fn take(&mut self, index: u16, place: Place) {
        if !(1..=INDEX_MAX).contains(&index) {
            return;
        }
        let present = self.places.entry(index).or_insert(place);
        if (present.version, present.custody, present.not_after)
            < (place.version, place.custody, place.not_after)
            || mutant::on(Bug::ArrivalOrder)
        {
            *present = place;
        }
    }

    pub(super) fn minted(&mut self, minted: &PlacesMinted) {
        let version = Version { gver: minted.gver, cver: minted.cver.unwrap_or(0) };
        let place = Place { version, custody: Custody::Held(minted.holder), not_after: None };
        for index in minted.first..minted.first.saturating_add(minted.count) {
            self.take(index, place);
        }
    }

    pub(super) fn burned(&mut self, burned: &PlacesBurned) {
        for (n, index) in burned.indices.iter().enumerate() {
            let told = burned.versions.as_ref().and_then(|versions| versions.get(n)).copied();
            let known = self.places.get(index).map_or(Version::default(), |place| place.version);
            let version = told.unwrap_or(Version { cver: known.cver.saturating_add(1), ..known });
            self.take(*index, Place { version, custody: Custody::Gone, not_after: None });
        }
    }

    pub(super) fn given(&mut self, given: &PlacesGiven, gift: OpId) {
        let custody = Custody::Given { to: given.to, gift };
        for right in &given.places {
            let place = Place { version: right.version(), custody, not_after: given.not_after };
            self.take(right.index, place);
        }
    }

    /// The gift was answered: `holder` has the places, whether the addressee kept or the giver got them back.
    pub(super) fn answered(&mut self, taken: &PlacesTaken, holder: Holder) {
        let custody = Custody::Held(holder);
        for right in &taken.places {
            let place = Place { version: right.version(), custody, not_after: taken.not_after };
            self.take(right.index, place);
        }
    }

    pub(super) fn reclaimed(&mut self, reclaimed: &PlacesReclaimed) {
        for right in &reclaimed.places {
            let custody = Custody::Held(reclaimed.to);
            self.take(right.index, Place { version: right.version(), custody, not_after: None });
        }
    }
}

/// Stored as runs of places that are alike, for that is what a post's places mostly are.
impl<C> Encode<C> for Register {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let mut runs: Vec<(u16, u16, Place)> = Vec::new();
        for (index, place) in &self.places {
            match runs.last_mut() {
                Some((first, count, alike)) if *first + *count == *index && alike == place => *count += 1,
                _ => runs.push((*index, 1, *place)),
            }
        }
        runs.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Register {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let runs: Vec<(u16, u16, Place)> = Decode::decode(d, ctx)?;
        let mut places = BTreeMap::new();
        for (first, count, place) in runs {
            places.extend((first..first.saturating_add(count)).map(|index| (index, place)));
        }
        Ok(Self { places })
    }
}
