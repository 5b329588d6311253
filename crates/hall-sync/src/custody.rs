//! Who should hold which places: what a device asks for, what it gives, how a hall shares out.
//!
//! Only wishes and gifts are decided here. That a place has one custodian does not depend on any of it; a bad
//! decision costs somebody a walk to the desk, never a day's pay.

use hall_core::entity::custody::Custody;
use hall_core::entity::{Post, PostStatus};
use hall_core::fact::{Fact, Holder, PlaceRight, PlacesGiven, PlacesTaken};
use hall_core::places::{self, Places};
use hall_core::{EntityId, Hlc, Instant};

use crate::wire::Ask;

/// How long a gift may be promised by its addressee, milliseconds.
pub const LEASE_MS: i64 = 12 * 3_600_000;
/// Of five free places, so many stay at the desk when places are shared out.
const DESK_OF_FIVE: usize = 1;

/// A post as its steward on one device sees it.
#[derive(Clone, Copy, Debug)]
pub struct Stand<'a> {
    pub id: EntityId,
    pub post: &'a Post,
    pub places: &'a Places,
    /// This device's standby tickets that still wait, first come first.
    pub waiting: &'a [(EntityId, Hlc)],
}

/// Another device of the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub holder: Holder,
    /// How many places people took there of late, at this time of day.
    pub demand: u32,
}

impl Stand<'_> {
    fn is_open(&self, now: Instant) -> bool {
        self.post.status == PostStatus::Open && now < self.post.span().begins()
    }

    fn free(&self, me: Holder) -> usize {
        self.places.free(self.post, me).len()
    }

    fn spare(&self, me: Holder) -> usize {
        self.free(me).saturating_sub(self.waiting.len())
    }

    fn not_after(&self, now: Instant) -> Instant {
        self.post.span().begins().min(now.plus_ms(LEASE_MS))
    }

    /// A gift of up to `count` places that nobody here waits for, the highest numbers, so that both sides keep
    /// runs.
    fn give(&self, me: Holder, to: Holder, count: usize, now: Instant) -> Option<PlacesGiven> {
        let rights = self.spare_rights(me).into_iter().take(count).collect();
        places::give(self.post, rights, to, Some(self.not_after(now)))
    }

    /// Free places of `me` that nobody here waits for, highest number first.
    fn spare_rights(&self, me: Holder) -> Vec<PlaceRight> {
        let free = self.places.free(self.post, me);
        let spare = free.len().saturating_sub(self.waiting.len());
        free.into_iter().rev().take(spare).collect()
    }

    /// What this device would like to have: a place for everybody who waits here.
    pub fn ask(&self, me: Holder, now: Instant) -> Option<Ask> {
        let count = self.waiting.len().saturating_sub(self.free(me));
        let (_, since) = self.waiting.first()?;
        let count = u16::try_from(count).ok().filter(|count| *count > 0)?;
        self.is_open(now).then_some(Ask { since: *since, post: self.id, count, to: me })
    }

    /// What this device can give to whoever asks, out of what nobody here waits for.
    pub fn grant(&self, me: Holder, ask: &Ask, now: Instant) -> Option<PlacesGiven> {
        if !self.is_open(now) || ask.to == me || self.holds_gift(ask.to) {
            return None;
        }
        self.give(me, ask.to, usize::from(ask.count), now)
    }

    /// A gift to `to` is already on its way; another one would be one too many.
    fn holds_gift(&self, to: Holder) -> bool {
        self.post
            .places
            .iter()
            .any(|(_, place)| matches!(place.custody, Custody::Given { to: other, .. } if other == to))
    }

    /// The answers to gifts that came: kept while the post can still use them, otherwise sent back.
    pub fn answers(&self, me: Holder, now: Instant, trusted: bool) -> Vec<Fact> {
        let keep = |taken: &PlacesTaken| {
            trusted && self.is_open(now) && taken.not_after.is_none_or(|not_after| now < not_after)
        };
        places::gifts(self.post, self.places, me)
            .into_iter()
            .map(|taken| if keep(&taken) { Fact::PlacesAccepted(taken) } else { Fact::PlacesRefused(taken) })
            .collect()
    }

    /// Gifts of the desk that bring the kiosks, as far as they can be reached, to their shares of the free
    /// places.
    pub fn share_out(&self, desk: Holder, kiosks: &[Neighbour], now: Instant) -> Vec<PlacesGiven> {
        if !self.is_open(now) || kiosks.is_empty() {
            return Vec::new();
        }
        let (stays, shares) = self.shares(desk, kiosks);
        let mut rights = self.spare_rights(desk);
        rights.truncate(rights.len().saturating_sub(stays));
        let mut gifts = Vec::new();
        for (kiosk, share) in kiosks.iter().zip(shares) {
            let lacks = share.saturating_sub(self.with(kiosk.holder)).min(rights.len());
            if !self.holds_gift(kiosk.holder) {
                let given = rights.drain(..lacks).collect();
                gifts.extend(places::give(self.post, given, kiosk.holder, Some(self.not_after(now))));
            }
        }
        gifts
    }

    /// What a kiosk gives back to the desk at a new edition: everything over its share, so that it can go where
    /// people ask for it. `kiosks` are all of the hall, this one among them.
    pub fn give_back(
        &self,
        me: Holder,
        desk: Holder,
        kiosks: &[Neighbour],
        now: Instant,
    ) -> Option<PlacesGiven> {
        let (_, shares) = self.shares(desk, kiosks);
        let share = kiosks.iter().position(|kiosk| kiosk.holder == me).and_then(|n| shares.get(n).copied());
        let over = self.spare(me).saturating_sub(share?);
        if over == 0 || !self.is_open(now) { None } else { self.give(me, desk, over, now) }
    }

    /// How the free places that are known should lie: at the desk one in five and always the last one, the
    /// others at the kiosks by demand.
    fn shares(&self, desk: Holder, kiosks: &[Neighbour]) -> (usize, Vec<usize>) {
        let total = kiosks.iter().map(|kiosk| self.with(kiosk.holder)).sum::<usize>() + self.with(desk);
        let stays = (total * DESK_OF_FIVE).div_ceil(5);
        (stays, by_demand(total - stays, kiosks))
    }

    /// Free places that `holder` has or is being given, as far as is known here.
    fn with(&self, holder: Holder) -> usize {
        let theirs = |custody| match custody {
            Custody::Held(other) | Custody::Given { to: other, .. } => other == holder,
            Custody::Gone => false,
        };
        self.post
            .places
            .iter()
            .filter(|(index, place)| theirs(place.custody) && !self.places.is_taken(*index))
            .count()
    }
}

/// `total` places by demand, largest remainder first, so that the busiest kiosk is served first.
fn by_demand(total: usize, kiosks: &[Neighbour]) -> Vec<usize> {
    let weights: Vec<u64> = kiosks.iter().map(|kiosk| u64::from(kiosk.demand) + 1).collect();
    let sum: u64 = weights.iter().sum();
    let mut shares: Vec<usize> =
        weights.iter().map(|weight| (total as u64 * weight / sum) as usize).collect();
    let mut order: Vec<usize> = (0..kiosks.len()).collect();
    order.sort_by_key(|n| {
        (
            std::cmp::Reverse(total as u64 * weights[*n] % sum),
            std::cmp::Reverse(weights[*n]),
            kiosks[*n].holder,
        )
    });
    let rest = total - shares.iter().sum::<usize>();
    for n in order.into_iter().take(rest) {
        shares[n] += 1;
    }
    shares
}
