//! A post: its terms, its numbered places and whether it still takes people.

use minicbor::{Decode, Encode};

use super::Applied;
use super::custody::Register;
use crate::fact::{Fact, PostTerms};
use crate::id::{EntityId, OpId};
use crate::time::{Day, Hlc, Instant, Minute};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum PostStatus {
    #[n(0)]
    Open,
    /// Nobody new is taken; tickets stand.
    #[n(1)]
    Closed,
    /// The work does not take place.
    #[n(2)]
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Post {
    #[n(0)]
    pub terms: PostTerms,
    #[n(1)]
    pub published: Hlc,
    #[n(2)]
    pub status: PostStatus,
    /// Every place with its custodian.
    #[n(3)]
    pub places: Register,
    /// Codes that a supervisor let pass, with the reason.
    #[n(4)]
    pub overridden: Vec<(String, String)>,
    /// Places that its hall handed to the county.
    #[n(5)]
    pub offered: u16,
    /// The hall's post of which the county made this one, and the offer.
    #[n(6)]
    pub taken_over: Option<(EntityId, OpId)>,
}

impl Post {
    pub(super) fn begin(terms: &PostTerms, published: Hlc) -> Self {
        Self {
            terms: terms.clone(),
            published,
            status: PostStatus::Open,
            places: Register::default(),
            overridden: Vec::new(),
            offered: 0,
            taken_over: None,
        }
    }

    pub(super) fn apply(&mut self, op: &Applied) {
        match &op.fact {
            Fact::PostRevised(terms) => self.terms = terms.clone(),
            Fact::PostClosed(closed) => {
                let status = if closed.cancelled { PostStatus::Cancelled } else { PostStatus::Closed };
                self.status = self.status.max(status);
            }
            Fact::PlacesMinted(minted) => self.places.minted(minted),
            Fact::PlacesBurned(burned) => self.places.burned(burned),
            Fact::PlacesGiven(given) => self.places.given(given, op.id),
            Fact::PlacesAccepted(taken) => self.places.answered(taken, op.id.holder()),
            Fact::PlacesRefused(taken) => self.places.answered(taken, taken.gift.holder()),
            Fact::PlacesReclaimed(reclaimed) => self.places.reclaimed(reclaimed),
            Fact::FindingsOverridden(overridden) => {
                let pairs = overridden.codes.iter().map(|code| (code.clone(), overridden.reason.clone()));
                self.overridden.extend(pairs);
            }
            Fact::PlacesOffered(offered) => self.offered = self.offered.saturating_add(offered.places),
            Fact::PostTakenOver(taken) => self.taken_over = Some((taken.from, taken.offer)),
            _ => {}
        }
    }

    pub fn headcount(&self) -> usize {
        self.places.len()
    }

    pub fn span(&self) -> Span {
        Span::of(&self.terms)
    }
}

/// The hours of a post over its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first_day: Day,
    pub last_day: Day,
    pub start: Minute,
    pub end: Minute,
}

impl Span {
    fn of(terms: &PostTerms) -> Self {
        Self { first_day: terms.first_day, last_day: terms.last_day, start: terms.start, end: terms.end }
    }

    /// Minutes from start to end of one shift, over midnight when the end is not after the start.
    pub fn shift_minutes(self) -> u16 {
        if self.end > self.start { self.end.0 - self.start.0 } else { 1440 - self.start.0 + self.end.0 }
    }

    pub fn days(self) -> u16 {
        (self.first_day.days_until(self.last_day) + 1).clamp(0, i32::from(u16::MAX)) as u16
    }

    pub fn begins(self) -> Instant {
        self.first_day.at(self.start)
    }

    pub fn ends(self) -> Instant {
        self.last_day.at(self.start).plus_ms(i64::from(self.shift_minutes()) * 60_000)
    }

    /// Whether one person cannot work both: some shift of one meets some shift of the other.
    pub fn overlaps(self, other: Self) -> bool {
        let shifts = |span: Self| {
            (0..i32::from(span.days())).map(move |n| {
                let begins = span.first_day.plus_days(n).at(span.start);
                (begins, begins.plus_ms(i64::from(span.shift_minutes()) * 60_000))
            })
        };
        // A day's work is short and a post has at most a few dozen days: comparing pairs is cheap enough, but
        // the common miss is decided first.
        if self.ends() <= other.begins() || other.ends() <= self.begins() {
            return false;
        }
        shifts(self).any(|(a0, a1)| shifts(other).any(|(b0, b1)| a0 < b1 && b0 < a1))
    }
}
