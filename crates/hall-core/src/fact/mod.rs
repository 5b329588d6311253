//! What can have happened: the payloads of ops, one struct a kind.
//!
//! Frozen shapes. A payload is a CBOR map with integer keys, so a later release may add a key and an older one skips it;
//! a key never changes its meaning and is never used again. Golden files hold the bytes of every kind. Facts that speak of
//! a person's identity are kinds of their own with [`Scope::Desk`], and carry a salt: the digest in the envelope travels
//! to every device and must not be a way to guess an identity number.

mod hall;
mod paper;
mod people;
mod places;
mod post;
mod ticket;

use minicbor::{Decode, Encode};

use crate::vocab::DeviceRole;

pub use hall::{
    ClockAccepted, DeviceEnrolled, DeviceRevoked, EpochEnded, HallSet, StaffAdded, StaffPinSet, StaffRetired,
    TierEntered, WorkerErased,
};
pub use paper::{PaperMoved, PaperOrdered, PrinterAssigned, PrinterTold};
pub use people::{
    EmployerIdentified, EmployerRegistered, SignedIn, WorkerCardIssued, WorkerIdentified, WorkerProfile,
};
pub use places::{
    Holder, PlaceRight, PlacesBurned, PlacesGiven, PlacesMinted, PlacesReclaimed, PlacesTaken, Version,
};
pub use post::{FindingsOverridden, Pay, PlacesOffered, PostClosed, PostTakenOver, PostTerms};
pub use ticket::{
    AgreementMade, InsuranceRecorded, OutcomeRecorded, TicketConfirmed, TicketOpened, TicketReleased,
};

/// Who may hold a payload. The envelope always travels; the payload stops where its scope ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Scope {
    /// Never leaves the device that wrote it.
    #[n(0)]
    Device,
    /// The desks of the hall and the county: identity numbers, phones.
    #[n(1)]
    Desk,
    /// Every device of the hall, and the county.
    #[n(2)]
    Hall,
    /// Every device of the county.
    #[n(3)]
    County,
    /// Also a browser on the hall's network.
    #[n(4)]
    Public,
}

/// A payload that this release knows by its kind but cannot read.
#[derive(Debug, thiserror::Error)]
#[error("payload of kind {kind} does not decode")]
pub struct FactError {
    pub kind: u16,
    #[source]
    source: minicbor::decode::Error,
}

macro_rules! facts {
    ($($(#[$doc:meta])* $kind:literal $scope:ident $name:ident($payload:ty)),+ $(,)?) => {
        /// One thing that happened.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fact {
            $($(#[$doc])* $name($payload),)+
            /// A kind that a later release wrote: kept, relayed, folded after an upgrade.
            Unknown { kind: u16, schema: u16 },
            /// The payload was erased, or never reached this device.
            Absent { kind: u16 },
        }

        /// The kinds by name, as the number that an envelope states.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Kind {
            $($name = $kind,)+
        }

        impl Fact {
            /// Every kind this release can read, with its scope.
            pub const KINDS: &'static [(u16, Scope)] = &[$(($kind, Scope::$scope)),+];

            pub fn kind(&self) -> u16 {
                match self {
                    $(Self::$name(_) => Kind::$name as u16,)+
                    Self::Unknown { kind, .. } | Self::Absent { kind } => *kind,
                }
            }

            /// Who may hold the payload of this fact.
            pub fn scope(&self) -> Scope {
                match self {
                    $(Self::$name(_) => Scope::$scope,)+
                    Self::Unknown { .. } | Self::Absent { .. } => Scope::Hall,
                }
            }

            /// The payload's bytes; empty for a fact whose payload is not here.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Self::$name(payload) => minicbor::to_vec(payload).expect("writing to memory cannot fail"),)+
                    Self::Unknown { .. } | Self::Absent { .. } => Vec::new(),
                }
            }

            pub fn decode(kind: u16, schema: u16, bytes: &[u8]) -> Result<Self, FactError> {
                match kind {
                    $($kind => minicbor::decode(bytes).map(Self::$name).map_err(|source| FactError { kind, source }),)+
                    _ => Ok(Self::Unknown { kind, schema }),
                }
            }
        }
    };
}

facts! {
    /// The hall's own facts; `None` leaves a field as it was.
    1 Public HallSet(HallSet),
    /// A supervisor entered the county's minimum-wage tier with the document that says so.
    2 Hall TierEntered(TierEntered),
    /// A supervisor declared the machine's clock right although it is behind what the log has seen.
    3 Hall ClockAccepted(ClockAccepted),
    /// 个人信息保护法 art. 47: a worker's payloads were erased.
    4 Hall WorkerErased(WorkerErased),
    /// A device was given its number and its certificate.
    5 County DeviceEnrolled(DeviceEnrolled),
    /// Nothing that the device signs from now on is believed.
    6 County DeviceRevoked(DeviceRevoked),
    /// An epoch of a device that will never write again: its disk is lost, or it was rolled back.
    7 County EpochEnded(EpochEnded),
    10 Hall StaffAdded(StaffAdded),
    11 Hall StaffPinSet(StaffPinSet),
    12 Hall StaffRetired(StaffRetired),
    20 Hall EmployerRegistered(EmployerRegistered),
    21 Desk EmployerIdentified(EmployerIdentified),
    30 Hall WorkerRegistered(WorkerProfile),
    /// Changes what is `Some`.
    31 Hall WorkerChanged(WorkerProfile),
    32 Desk WorkerIdentified(WorkerIdentified),
    33 Hall WorkerCardIssued(WorkerCardIssued),
    40 Hall SignedIn(SignedIn),
    50 Hall PostPublished(PostTerms),
    51 Hall PostRevised(PostTerms),
    52 Hall PostClosed(PostClosed),
    53 Hall PlacesMinted(PlacesMinted),
    54 Hall PlacesBurned(PlacesBurned),
    55 Hall PlacesGiven(PlacesGiven),
    56 Hall PlacesAccepted(PlacesTaken),
    /// The addressee sends a gift back; only it may.
    57 Hall PlacesRefused(PlacesTaken),
    58 Hall PlacesReclaimed(PlacesReclaimed),
    60 Hall TicketOpened(TicketOpened),
    61 Hall TicketConfirmed(TicketConfirmed),
    62 Hall TicketReleased(TicketReleased),
    63 Hall OutcomeRecorded(OutcomeRecorded),
    64 Desk AgreementMade(AgreementMade),
    /// An accident-insurance policy that was shown; the last one said of a ticket stands.
    65 Desk InsuranceRecorded(InsuranceRecorded),
    /// A supervisor let something pass that a rule blocks.
    70 Desk FindingsOverridden(FindingsOverridden),
    /// A hall hands places of a post, which it burned in the same act, to the county, for all its halls.
    80 Desk PlacesOffered(Box<PlacesOffered>),
    /// The county made a post of its own of them.
    81 County PostTakenOver(PostTakenOver),
    /// Which printer a machine uses, and how.
    90 Hall PrinterAssigned(PrinterAssigned),
    /// A paper is to come out of the machine that says so.
    91 Hall PaperOrdered(PaperOrdered),
    92 Hall PaperMoved(PaperMoved),
    /// How a printer is, for the desks at other machines.
    93 Hall PrinterTold(PrinterTold),
}

const OF_DESKS: [Kind; 23] = [
    Kind::HallSet,
    Kind::TierEntered,
    Kind::ClockAccepted,
    Kind::WorkerErased,
    Kind::DeviceEnrolled,
    Kind::DeviceRevoked,
    Kind::EpochEnded,
    Kind::StaffAdded,
    Kind::StaffPinSet,
    Kind::StaffRetired,
    Kind::EmployerRegistered,
    Kind::EmployerIdentified,
    Kind::PostPublished,
    Kind::PostRevised,
    Kind::PostClosed,
    Kind::PlacesMinted,
    Kind::PlacesBurned,
    Kind::PlacesReclaimed,
    Kind::AgreementMade,
    Kind::InsuranceRecorded,
    Kind::FindingsOverridden,
    Kind::PlacesOffered,
    Kind::PrinterAssigned,
];

impl Fact {
    /// Who may hold the payload when a device of that role writes it: what the county says is for all its halls.
    pub fn scope_of(&self, author: DeviceRole) -> Scope {
        if author == DeviceRole::County { self.scope().max(Scope::County) } else { self.scope() }
    }

    /// Whether only a desk or the county says it: people who signed in decide on it. A kiosk stands in a public room.
    pub fn is_of_desks(kind: u16) -> bool {
        OF_DESKS.iter().any(|known| *known as u16 == kind)
    }

    /// The schema that this release writes.
    pub const fn schema() -> u16 {
        1
    }
}
