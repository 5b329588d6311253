//! Facts of tickets and of the agreements made on them.

use minicbor::{Decode, Encode};

use super::places::PlaceRight;

use crate::id::EntityId;
use crate::money::Fen;
use crate::time::Day;
use crate::vocab::{AgreementType, InsurancePayer, Outcome, ReleaseReason, StandbyReason};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct TicketOpened {
    #[n(0)]
    pub worker: EntityId,
    #[n(1)]
    pub post: EntityId,
    /// The day's number on this device, from 1: `A037`.
    #[n(2)]
    pub number: u16,
    /// First day of the work promised.
    #[n(3)]
    pub first_day: Day,
    /// The place, when one was held: the ticket is confirmed.
    #[n(4)]
    pub place: Option<PlaceRight>,
    /// Why there is no place: the ticket is provisional (候补).
    #[n(5)]
    pub standby: Option<StandbyReason>,
}

/// A provisional ticket got a place.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct TicketConfirmed {
    #[n(0)]
    pub place: PlaceRight,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct TicketReleased {
    #[n(0)]
    pub reason: ReleaseReason,
    /// Custody version of the place after the release; `None` for a provisional ticket.
    #[n(1)]
    pub cver: Option<u32>,
    #[n(2)]
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct OutcomeRecorded {
    #[n(0)]
    pub outcome: Outcome,
    /// Paid or owed.
    #[n(1)]
    pub amount: Option<Fen>,
    #[n(2)]
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AgreementMade {
    #[n(0)]
    pub agreement: AgreementType,
    /// Number printed on the paper.
    #[n(1)]
    pub number: String,
    #[n(2)]
    pub file: String,
    /// BLAKE3 of the file.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub file_hash: [u8; 32],
    #[n(4)]
    pub copies: u8,
    /// Codes of the findings that were shown.
    #[n(5)]
    pub findings: Vec<String>,
    /// Both sides were asked and agreed that the hall keeps a copy; nothing without one, and of earlier releases.
    #[n(6)]
    pub hall_copy_agreed: Option<bool>,
}

/// What stands on a policy that was shown: the hall vouches for nothing. It names nobody, so it outlives an erasure.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct InsuranceRecorded {
    #[n(0)]
    pub insurer: String,
    #[n(1)]
    pub number: String,
    #[n(2)]
    pub days: u16,
    /// Yuan: more than a count of fen can hold.
    #[n(3)]
    pub sum: u32,
    #[n(4)]
    pub payer: InsurancePayer,
    #[n(5)]
    pub claim_phone: String,
}
