//! Who should hold which places: what a device asks for, what it gives, how a hall shares out.
//!
//! Only wishes and gifts are decided here. That a place has one custodian does not depend on any of it; a bad
//! decision costs somebody a walk to the desk, never a day's pay.

use hall_core::entity::custody::Custody;
use hall_core::entity::{Applied, Post, PostStatus};
use hall_core::fact::{Fact, Holder, PlaceRight, PlacesGiven, PlacesTaken};
use hall_core::mutant::{self, Bug};
use hall_core::places::{self, Places};
use hall_core::{EntityId, Hlc, Instant, OpId};
use hall_log::{Ledger, Seal};

use crate::wire::Ask;

/// How long a gift may be promised by its addressee, milliseconds.
pub const LEASE_MS: i64 = 12 * 3_600_000;
/// After a gift was sent back, its giver waits so long with the next one, milliseconds: whoever refuses, for his clock
/// is another, would only send back that, too.
const AGAIN_MS: i64 = 60_000;
/// One free place in so many stays at the desk when places are shared out.
const DESK_ONE_IN: usize = 5;

/// A post as its steward on one device sees it, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Stand<'a> {
    pub me: Holder,
    /// As [`hall_core::clock::promising`] has it.
    pub now: Instant,
    /// Whether the clock may be believed; without it nothing is promised.
    pub trusted: bool,
    /// How long a gift may be promised by its addressee, milliseconds; [`LEASE_MS`] in a real hall.
    pub lease_ms: i64,
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
    fn is_open(&self) -> bool {
        self.post.status == PostStatus::Open && self.now < self.post.span().begins()
    }

    fn usable(&self) -> Vec<PlaceRight> {
        self.places.usable(self.id, self.post, self.me, self.now)
    }

    /// Usable places that nobody here waits for, highest number first, so that both sides of a gift keep runs.
    fn spare(&self) -> Vec<PlaceRight> {
        let usable = self.usable();
        let spare = usable.len().saturating_sub(self.waiting.len());
        usable.into_iter().rev().take(spare).collect()
    }

    fn give(&self, rights: Vec<PlaceRight>, to: Holder) -> Option<PlacesGiven> {
        let not_after = self.post.span().begins().min(self.now.plus_ms(self.lease_ms));
        places::give(self.id, self.post, self.me, rights, to, Some(not_after))
    }

    /// What this device would like to have: a place for everybody who waits here.
    pub fn ask(&self) -> Option<Ask> {
        let count = self.waiting.len().saturating_sub(self.usable().len());
        let (_, since) = self.waiting.first()?;
        let count = u16::try_from(count).ok().filter(|count| *count > 0)?;
        let of_use = (self.trusted || mutant::on(Bug::AskUntrusted)) && self.is_open();
        of_use.then_some(Ask { since: *since, post: self.id, count, to: self.me })
    }

    /// What this device can give to whoever asks, out of what nobody here waits for.
    pub fn grant(&self, ask: &Ask) -> Option<PlacesGiven> {
        if !self.is_open() || ask.to == self.me || self.is_given(ask.to) {
            return None;
        }
        self.give(self.spare().into_iter().take(usize::from(ask.count)).collect(), ask.to)
    }

    /// A gift to `to` is already on its way; another one would be one too many.
    fn is_given(&self, to: Holder) -> bool {
        let given = |custody| matches!(custody, Custody::Given { to: other, .. } if other == to);
        self.post.places.iter().any(|(_, place)| given(place.custody))
    }

    /// The answers to gifts that came: kept while the post can still use them, otherwise sent back. What comes
    /// back to the device that published the post stays there.
    pub fn answers(&self) -> Vec<Fact> {
        let keep = |taken: &PlacesTaken| {
            let in_time = taken.not_after.is_none_or(|not_after| self.now < not_after);
            self.id.holder() == self.me || (self.trusted && self.is_open() && in_time)
        };
        places::gifts(self.post, self.places, self.me)
            .into_iter()
            .map(|taken| if keep(&taken) { Fact::PlacesAccepted(taken) } else { Fact::PlacesRefused(taken) })
            .collect()
    }

    /// Places whose time here has run out go back to the device that published the post.
    pub fn expired(&self) -> Option<PlacesGiven> {
        let publisher = self.id.holder();
        let usable = self.usable();
        let mut rights = self.places.free(self.post, self.me);
        rights.retain(|right| !usable.contains(right));
        if publisher == self.me || !self.trusted { None } else { self.give(rights, publisher) }
    }

    /// Gifts of the desk that bring the kiosks, as far as they can be reached, to their shares of the free
    /// places.
    pub fn share_out(&self, kiosks: &[Neighbour]) -> Vec<PlacesGiven> {
        if !self.is_open() || kiosks.is_empty() {
            return Vec::new();
        }
        let (stays, shares) = self.shares(self.me, kiosks);
        let mut rights = self.spare();
        rights.truncate(rights.len().saturating_sub(stays));
        let mut gifts = Vec::new();
        for (kiosk, share) in kiosks.iter().zip(shares) {
            let lacks = share.saturating_sub(self.with(kiosk.holder)).min(rights.len());
            if !self.is_given(kiosk.holder) {
                let given = rights.drain(..lacks).collect();
                gifts.extend(self.give(given, kiosk.holder));
            }
        }
        gifts
    }

    /// What a kiosk gives back to the desk at a new edition: everything over its share, so that it can go where
    /// people ask for it. `kiosks` are all of the hall, this one among them.
    pub fn give_back(&self, desk: Holder, kiosks: &[Neighbour]) -> Option<PlacesGiven> {
        let (_, shares) = self.shares(desk, kiosks);
        let share = kiosks.iter().position(|kiosk| kiosk.holder == self.me).and_then(|n| shares.get(n))?;
        let spare = self.spare();
        let over = spare.len().saturating_sub(*share);
        if self.is_open() { self.give(spare.into_iter().take(over).collect(), desk) } else { None }
    }

    /// How the free places that are known should lie: at the desk one in five and always the last one, the
    /// others at the kiosks by demand.
    fn shares(&self, desk: Holder, kiosks: &[Neighbour]) -> (usize, Vec<usize>) {
        let total = kiosks.iter().map(|kiosk| self.with(kiosk.holder)).sum::<usize>() + self.with(desk);
        let stays = total.div_ceil(DESK_ONE_IN);
        (stays, by_demand(total - stays, kiosks))
    }

    /// Free places that `holder` has or is being given, as far as is known here.
    fn with(&self, holder: Holder) -> usize {
        let theirs = |custody| match custody {
            Custody::Held(other) | Custody::Given { to: other, .. } => other == holder,
            Custody::Gone => false,
        };
        let free = |index| !self.places.is_taken(index);
        self.post.places.iter().filter(|(index, place)| theirs(place.custody) && free(*index)).count()
    }
}

/// Whether what `me` gave `to` last, of the post that `ops` are about, came back a short while ago.
pub fn was_refused(ops: &[Applied], (me, to): (Holder, Holder), now: Instant) -> bool {
    let gifts = ops.iter().filter(|op| op.id.holder() == me);
    let last = gifts
        .filter(|op| matches!(&op.fact, Fact::PlacesGiven(given) if given.to == to))
        .max_by_key(|op| op.id);
    let refused =
        |op: &Applied, gift: OpId| matches!(&op.fact, Fact::PlacesRefused(taken) if taken.gift == gift);
    let lately = |gift: &&Applied| now < gift.hlc.instant().plus_ms(AGAIN_MS);
    last.filter(lately).is_some_and(|gift| ops.iter().any(|op| refused(op, gift.id)))
        && !mutant::on(Bug::GrantAgain)
}

/// Up to when a silent device is known to have promised nothing that is not known here; see
/// [`hall_core::places::Silence`].
pub fn sealed_until<L: Ledger>(series: Holder, ledger: &L) -> Result<Instant, L::Error> {
    let head = ledger.head(series)?;
    let seal = match head.seq.checked_sub(1) {
        Some(before) => ledger.seals(series, before, head.seq)?.pop(),
        None => None,
    };
    let until = |seal: Seal| if mutant::on(Bug::SealTimeBelieved) { seal.at } else { head.hlc };
    Ok(seal.map_or(Instant(0), |seal| until(seal).instant()))
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
