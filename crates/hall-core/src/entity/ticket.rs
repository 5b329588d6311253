//! A ticket: a worker's claim on a place of a post, and what became of it.

use minicbor::{Decode, Encode};

use super::{Applied, key};
use crate::fact::{Fact, InsuranceRecorded, OutcomeRecorded, PlaceRight, TicketOpened, TicketReleased};
use crate::id::EntityId;
use crate::money::Fen;
use crate::time::{Day, Hlc};
use crate::vocab::{AgreementType, Outcome, ReleaseReason, StandbyReason};

/// Where a ticket stands; derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketStatus {
    Provisional,
    Confirmed,
    Arrived,
    Finished,
    NoShow,
    Released,
    /// Arrived after it was released: people must look at it.
    Review,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Attendance {
    #[n(0)]
    Arrived,
    #[n(1)]
    Finished,
    #[n(2)]
    NoShow,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Released {
    #[n(0)]
    pub reason: ReleaseReason,
    #[n(1)]
    pub at: Hlc,
    #[n(2)]
    pub cver: Option<u32>,
}

/// What is known of the money.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Settled {
    #[n(0)]
    pub paid: bool,
    #[n(1)]
    pub amount: Option<Fen>,
    #[n(2)]
    pub note: String,
    #[n(3)]
    pub at: Hlc,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Agreement {
    #[n(0)]
    pub agreement: AgreementType,
    #[n(1)]
    pub number: String,
    #[n(2)]
    pub file: String,
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub file_hash: [u8; 32],
    #[n(4)]
    pub at: Hlc,
    #[n(5)]
    pub hall_copy_agreed: Option<bool>,
}

/// The policy that was recorded last, and by whom.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Insurance {
    #[n(0)]
    pub recorded: InsuranceRecorded,
    #[n(1)]
    pub by: Option<EntityId>,
    #[n(2)]
    pub at: Hlc,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Ticket {
    #[n(0)]
    pub worker: EntityId,
    #[n(1)]
    pub post: EntityId,
    #[n(2)]
    pub number: u16,
    #[n(3)]
    pub first_day: Day,
    #[n(4)]
    pub opened: Hlc,
    #[n(5)]
    pub standby: Option<StandbyReason>,
    /// The place, once the ticket is confirmed; kept after release, as history of the place.
    #[n(6)]
    pub place: Option<PlaceRight>,
    /// When the place was promised.
    #[n(7)]
    pub confirmed: Option<Hlc>,
    #[n(8)]
    pub released: Option<Released>,
    #[n(9)]
    pub attendance: Option<Attendance>,
    #[n(10)]
    pub settled: Option<Settled>,
    #[n(11)]
    pub agreement: Option<Agreement>,
    #[n(12)]
    pub insurance: Option<Insurance>,
}

impl Ticket {
    pub(super) fn begin(opened: &TicketOpened, at: Hlc) -> Self {
        Self {
            worker: opened.worker,
            post: opened.post,
            number: opened.number,
            first_day: opened.first_day,
            opened: at,
            standby: opened.standby,
            place: opened.place,
            confirmed: opened.place.map(|_| at),
            released: None,
            attendance: None,
            settled: None,
            agreement: None,
            insurance: None,
        }
    }

    pub(super) fn apply(&mut self, fact: &Fact, op: &Applied) {
        match fact {
            // The first place stands: a confirmed ticket never silently becomes another one.
            Fact::TicketConfirmed(confirmed) if self.place.is_none() => {
                self.place = Some(confirmed.place);
                self.confirmed = Some(op.hlc);
            }
            Fact::TicketReleased(TicketReleased { reason, cver, .. }) if self.released.is_none() => {
                self.released = Some(Released { reason: *reason, at: op.hlc, cver: *cver });
            }
            Fact::OutcomeRecorded(outcome) => self.record(outcome, op.hlc),
            Fact::AgreementMade(made) => {
                self.agreement = Some(Agreement {
                    agreement: made.agreement,
                    number: made.number.clone(),
                    file: made.file.clone(),
                    file_hash: made.file_hash,
                    at: op.hlc,
                    hall_copy_agreed: made.hall_copy_agreed,
                });
            }
            Fact::InsuranceRecorded(recorded) => {
                self.insurance = Some(Insurance { recorded: recorded.clone(), by: op.by, at: op.hlc });
            }
            _ => {}
        }
    }

    fn record(&mut self, recorded: &OutcomeRecorded, at: Hlc) {
        match recorded.outcome {
            Outcome::Arrived => self.attendance = Some(Attendance::Arrived),
            Outcome::Finished => self.attendance = Some(Attendance::Finished),
            Outcome::NoShow => self.attendance = Some(Attendance::NoShow),
            Outcome::Paid | Outcome::Unpaid => {
                self.settled = Some(Settled {
                    paid: recorded.outcome == Outcome::Paid,
                    amount: recorded.amount,
                    note: recorded.note.clone(),
                    at,
                });
            }
        }
    }

    /// Not given back: it counts against the worker's time, and against the post's places when it has one.
    pub fn is_live(&self) -> bool {
        self.released.is_none()
    }

    /// Holds a place now.
    pub fn holds_place(&self) -> bool {
        self.is_live() && self.place.is_some()
    }

    pub fn status(&self) -> TicketStatus {
        match (&self.released, self.attendance) {
            (_, Some(Attendance::NoShow)) => TicketStatus::NoShow,
            (Some(_), Some(_)) => TicketStatus::Review,
            (Some(_), None) => TicketStatus::Released,
            (None, Some(Attendance::Arrived)) => TicketStatus::Arrived,
            (None, Some(Attendance::Finished)) => TicketStatus::Finished,
            (None, None) if self.place.is_some() => TicketStatus::Confirmed,
            (None, None) => TicketStatus::Provisional,
        }
    }

    pub(super) fn keys(&self) -> Vec<Vec<u8>> {
        let mut keys = vec![
            key::ticket_of_worker(self.worker, self.first_day),
            key::ticket_opened(self.opened.instant().day(), self.opened),
            key::ticket_for_work(self.first_day),
        ];
        match self.place {
            Some(PlaceRight { index, gver, cver }) => {
                let released = self.released.as_ref();
                let cver = released.and_then(|released| released.cver).unwrap_or(cver);
                let spent = key::Spent { index, live: released.is_none(), gver, cver };
                keys.push(key::place_of_post(self.post, spent));
            }
            None if self.is_live() => keys.push(key::standby_of_post(self.post, self.opened)),
            None => {}
        }
        keys
    }
}
