//! Taking a place, giving it back, and what may be recorded of a ticket: decisions over what the store
//! holds, without a store.

use crate::entity::{Attendance, Post, PostStatus, Span, Ticket};
use crate::fact::{OutcomeRecorded, PlaceRight, TicketOpened, TicketReleased};
use crate::id::EntityId;
use crate::money::Fen;
use crate::time::Instant;
use crate::vocab::{Outcome, ReleaseReason, StandbyReason};

/// Until so long before the work begins the worker may give a place back alone, milliseconds.
pub const RELEASE_CUTOFF_MS: i64 = 30 * 60_000;
/// So long before the work begins a standby ticket has its answer, milliseconds: then the worker is free.
pub const STANDBY_CUTOFF_MS: i64 = 20 * 60_000;

/// Why a wish about a ticket is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the post takes nobody any more")]
    PostClosed,
    #[error("the work has begun")]
    Begun,
    #[error("the worker has this post already")]
    AlreadyHolds { ticket: EntityId },
    #[error("the worker has another post at that time")]
    Overlap { ticket: EntityId },
    #[error("the ticket is not live")]
    NotLive,
    #[error("the worker has arrived")]
    Arrived,
    #[error("too late to give the place back alone")]
    TooLate,
    #[error("a standby ticket has no outcome")]
    NoPlace,
    #[error("the work has not begun")]
    NotBegun,
}

/// A live ticket of the worker who asks, with the hours of its post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub ticket: EntityId,
    pub post: EntityId,
    pub span: Span,
}

/// Everything the decision to open a ticket looks at.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    pub now: Instant,
    pub clock_trusted: bool,
    pub worker: EntityId,
    pub post_id: EntityId,
    pub post: &'a Post,
    /// Free places held here, see [`crate::places::Places::free`].
    pub free: &'a [PlaceRight],
    /// Standby tickets of this device that still wait: their places are spoken for.
    pub standbys: usize,
    /// Places of the post on which no known ticket stands and which other devices hold.
    pub elsewhere: usize,
    /// The worker's other live tickets.
    pub held: &'a [Held],
    /// The day's next ticket number on this device.
    pub number: u16,
}

impl Claim<'_> {
    /// The ticket that the worker gets: with a place when one is free and nobody waits for it.
    pub fn decide(&self) -> Result<TicketOpened, Refusal> {
        if self.post.status != PostStatus::Open {
            return Err(Refusal::PostClosed);
        }
        let span = self.post.span();
        if self.now >= span.begins() {
            return Err(Refusal::Begun);
        }
        if let Some(held) = self.held.iter().find(|held| held.post == self.post_id) {
            return Err(Refusal::AlreadyHolds { ticket: held.ticket });
        }
        if let Some(held) = self.held.iter().find(|held| held.span.overlaps(span)) {
            return Err(Refusal::Overlap { ticket: held.ticket });
        }
        let (place, standby) = match self.free.get(self.standbys) {
            _ if !self.clock_trusted => (None, Some(StandbyReason::ClockUntrusted)),
            Some(right) => (Some(*right), None),
            None if self.elsewhere > 0 => (None, Some(StandbyReason::NoneHere)),
            None => (None, Some(StandbyReason::Full)),
        };
        Ok(TicketOpened {
            worker: self.worker,
            post: self.post_id,
            number: self.number,
            first_day: span.first_day,
            place,
            standby,
        })
    }
}

/// Until when a worker may give the place back alone.
pub fn release_until(span: Span) -> Instant {
    span.begins().plus_ms(-RELEASE_CUTOFF_MS)
}

/// When a standby ticket has its answer.
pub fn decide_by(span: Span) -> Instant {
    span.begins().plus_ms(-STANDBY_CUTOFF_MS)
}

/// A standby ticket whose answer did not come: it binds nobody any more.
pub fn has_lapsed(ticket: &Ticket, span: Span, now: Instant) -> bool {
    ticket.is_live() && ticket.place.is_none() && now >= decide_by(span)
}

/// Whether `mine`, with its id, gives way to another ticket of the same worker for the same post: two devices
/// that did not know of each other let him take it twice. A promise is kept before a mere hope, the earlier one
/// before the later, and both devices come to the same answer whatever they have heard so far.
pub fn gives_way(mine: (EntityId, &Ticket), other: (EntityId, &Ticket)) -> bool {
    let ((my_id, mine), (id, other)) = (mine, other);
    let twice = id != my_id && other.worker == mine.worker && other.post == mine.post;
    if !twice || !mine.is_live() || !other.is_live() || mine.attendance.is_some() {
        return false;
    }
    let earlier = (other.opened, id) < (mine.opened, my_id);
    if mine.place.is_none() { other.place.is_some() || earlier } else { other.place.is_some() && earlier }
}

/// Gives a ticket back. The custody version of its place goes up by one, so that a copy of the old ticket
/// can never win over the next.
pub fn release(
    ticket: &Ticket,
    span: Span,
    now: Instant,
    reason: ReleaseReason,
    note: &str,
) -> Result<TicketReleased, Refusal> {
    if !ticket.is_live() {
        return Err(Refusal::NotLive);
    }
    if ticket.attendance.is_some() && reason != ReleaseReason::PostCancelled {
        return Err(Refusal::Arrived);
    }
    if reason == ReleaseReason::Worker && ticket.place.is_some() && now >= release_until(span) {
        return Err(Refusal::TooLate);
    }
    let cver = ticket.place.map(|place| place.cver + 1);
    Ok(TicketReleased { reason, cver, note: note.to_owned() })
}

/// Records what became of a ticket; a no-show also gives the place back.
pub fn record(
    ticket: &Ticket,
    span: Span,
    now: Instant,
    outcome: Outcome,
    amount: Option<Fen>,
    note: &str,
) -> Result<(OutcomeRecorded, Option<TicketReleased>), Refusal> {
    if ticket.place.is_none() {
        return Err(Refusal::NoPlace);
    }
    let recorded = OutcomeRecorded { outcome, amount, note: note.to_owned() };
    match outcome {
        Outcome::Arrived | Outcome::Finished if !ticket.is_live() => Err(Refusal::NotLive),
        Outcome::Arrived if now.day() < span.first_day => Err(Refusal::NotBegun),
        Outcome::Finished | Outcome::Paid | Outcome::Unpaid | Outcome::NoShow if now < span.begins() => {
            Err(Refusal::NotBegun)
        }
        Outcome::NoShow if matches!(ticket.attendance, Some(Attendance::Arrived | Attendance::Finished)) => {
            Err(Refusal::Arrived)
        }
        Outcome::NoShow => {
            let released = release(ticket, span, now, ReleaseReason::NoShow, note)?;
            Ok((recorded, Some(released)))
        }
        Outcome::Arrived | Outcome::Finished | Outcome::Paid | Outcome::Unpaid => Ok((recorded, None)),
    }
}
