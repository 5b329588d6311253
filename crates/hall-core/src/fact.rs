//! What can have happened: the payloads of ops, one struct a kind.
//!
//! Frozen shapes. A payload is a CBOR map with integer keys, so a later release may add a key and an older one skips it;
//! a key never changes its meaning and is never used again. Golden files hold the bytes of every kind. Facts that speak of
//! a person's identity are kinds of their own with [`Scope::Desk`], and carry a salt: the digest in the envelope travels
//! to every device and must not be a way to guess an identity number.

use minicbor::{Decode, Encode};

use crate::id::{EntityId, OpId};
use crate::money::Fen;
use crate::time::{Day, Instant, Minute};
use crate::vocab::{
    AgreementType, DeviceRole, EmployerKind, InsurancePayer, Meals, Outcome, PaperKind, PaperState,
    PaperTrouble, PayUnit, PostType, PrinterUse, ReclaimTier, ReleaseReason, Role, Settlement, Sex,
    SignInPlace, StandbyReason,
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

#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct HallSet {
    #[n(0)]
    pub name: Option<String>,
    /// GB/T 2260 code of the county, six digits.
    #[n(1)]
    pub county: Option<String>,
    #[n(2)]
    pub address: Option<String>,
    #[n(3)]
    pub phone: Option<String>,
    /// Where the desk is, as a slip says it: `2 号窗口`.
    #[n(4)]
    pub window: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct TierEntered {
    #[n(0)]
    pub county: String,
    /// 1, 2 or 3.
    #[n(1)]
    pub tier: u8,
    #[n(2)]
    pub document: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ClockAccepted {
    #[n(0)]
    pub at: Instant,
    #[n(1)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct WorkerErased {
    #[n(0)]
    pub worker: EntityId,
    #[n(1)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceEnrolled {
    #[n(0)]
    pub device: u32,
    /// What staff call it: `自助机 2`.
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub role: DeviceRole,
    /// The certificate as it was issued, signed by the county or the hall.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceRevoked {
    #[n(0)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct EpochEnded {
    #[n(0)]
    pub epoch: u16,
    /// The last op of that epoch that was known when it was ended.
    #[n(1)]
    pub last_seq: u64,
    #[n(2)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct StaffAdded {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub role: Role,
    /// PHC string of argon2id.
    #[n(2)]
    pub pin_hash: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct StaffPinSet {
    #[n(0)]
    pub pin_hash: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct StaffRetired {
    #[n(0)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct EmployerRegistered {
    #[n(0)]
    pub kind: EmployerKind,
    /// The organisation's name; for a private person the masked name.
    #[n(1)]
    pub shown_name: String,
    /// Keyed hash of the credit code or identity number: finds the employer again without holding it.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub id_tag: [u8; 16],
}

/// Replaces what was identified before.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct EmployerIdentified {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub salt: [u8; 16],
    #[n(1)]
    pub name: String,
    /// Credit code of an organisation, identity number of a private person.
    #[n(2)]
    pub code: String,
    #[n(3)]
    pub address: String,
    #[n(4)]
    pub legal_head: String,
    /// Who acts for the employer at the desk.
    #[n(5)]
    pub agent: String,
    #[n(6)]
    pub phone: String,
    /// What the clerk looked at: licence, letter of attorney, own ID card.
    #[n(7)]
    pub papers_seen: String,
}

#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct WorkerProfile {
    /// Keyed hash of the identity number.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub id_tag: Option<[u8; 16]>,
    #[n(1)]
    pub masked_name: Option<String>,
    #[n(2)]
    pub born: Option<Day>,
    #[n(3)]
    pub sex: Option<Sex>,
    #[n(4)]
    pub trades: Option<Vec<String>>,
    /// Certificates that staff have seen.
    #[n(5)]
    pub certificates: Option<Vec<String>>,
    #[n(6)]
    pub post_type: Option<PostType>,
    #[n(7)]
    pub pension: Option<bool>,
    #[n(8)]
    pub student: Option<bool>,
}

/// Replaces what was identified before.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct WorkerIdentified {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub salt: [u8; 16],
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub id_number: String,
    #[n(3)]
    pub phone: String,
    #[n(4)]
    pub address: String,
}

/// Makes every card issued before invalid.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct WorkerCardIssued {
    /// Counts this worker's cards from 1.
    #[n(0)]
    pub number: u16,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SignedIn {
    #[n(0)]
    pub worker: EntityId,
    #[n(1)]
    pub day: Day,
    #[n(2)]
    pub place: SignInPlace,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Pay {
    #[n(0)]
    pub amount: Fen,
    #[n(1)]
    pub unit: PayUnit,
    #[n(2)]
    pub settlement: Settlement,
}

/// Everything a post says. The ten items of 山东省人力资源市场条例 art. 32 are all here, with the employer's facts.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PostTerms {
    #[n(0)]
    pub employer: EntityId,
    /// 工种, one of the hall's trades.
    #[n(1)]
    pub trade: String,
    /// 岗位名称
    #[n(2)]
    pub title: String,
    /// 工作内容
    #[n(3)]
    pub content: String,
    /// 工作地点
    #[n(4)]
    pub address: String,
    #[n(5)]
    pub first_day: Day,
    #[n(6)]
    pub last_day: Day,
    #[n(7)]
    pub start: Minute,
    /// At or before `start`: the shift ends on the next day.
    #[n(8)]
    pub end: Minute,
    /// Unpaid rest within the shift, minutes.
    #[n(9)]
    pub rest_minutes: u16,
    #[n(10)]
    pub days_per_week: u8,
    #[n(11)]
    pub pay: Pay,
    #[n(12)]
    pub meals: Meals,
    #[n(13)]
    pub transport: bool,
    /// 录用条件
    #[n(14)]
    pub requirements: String,
    /// 社会保险和福利
    #[n(15)]
    pub insurance: String,
    /// 劳动保护和职业危害
    #[n(16)]
    pub protection: String,
    /// Codes of the hazard table.
    #[n(17)]
    pub hazards: Vec<String>,
    /// The certificate without which the law forbids the work.
    #[n(18)]
    pub certificate: Option<String>,
    /// What the worker brings.
    #[n(19)]
    pub bring: String,
    #[n(20)]
    pub contact_name: String,
    #[n(21)]
    pub contact_phone: String,
    /// The employer agreed on record that the phone may be shown before a place is taken.
    #[n(22)]
    pub contact_public: bool,
    #[n(23)]
    pub urgent: bool,
    #[n(24)]
    pub probation_days: u16,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PostClosed {
    #[n(0)]
    pub reason: String,
    /// The work does not take place: every ticket falls. Otherwise nobody new is taken.
    #[n(1)]
    pub cancelled: bool,
}

/// New places come into being in the custody of one device.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PlacesMinted {
    /// Index of the first new place; indices are dense from 1, as people count.
    #[n(0)]
    pub first: u16,
    #[n(1)]
    pub count: u16,
    #[n(2)]
    pub holder: Holder,
    /// Grant version: 1 where a place comes into being, one more with every reclaim.
    #[n(3)]
    pub gver: u32,
    /// Custody version that the places begin with: above what a burned place of that number had; 0 without.
    #[n(4)]
    pub cver: Option<u32>,
}

/// Places that no longer exist; a place with a live ticket is never burned.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PlacesBurned {
    #[n(0)]
    pub indices: Vec<u16>,
    /// Versions after the burn, in the order of the indices; without them: one more than is known.
    #[n(1)]
    pub versions: Option<Vec<Version>>,
}

/// The custodian gives places up, for good, in favour of one other device in one epoch. Durable before it is
/// sent, never taken back: only the addressee may refuse.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PlacesGiven {
    /// The places, each with its version after the gift.
    #[n(0)]
    pub places: Vec<PlaceRight>,
    #[n(1)]
    pub to: Holder,
    /// Until when the addressee may promise them to anybody.
    #[n(2)]
    pub not_after: Option<Instant>,
}

/// The addressee's answer to a gift, which is named by its op.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PlacesTaken {
    #[n(0)]
    pub gift: OpId,
    /// The places, each with its version after the answer.
    #[n(1)]
    pub places: Vec<PlaceRight>,
    /// As the gift said.
    #[n(2)]
    pub not_after: Option<Instant>,
}

/// Places whose custodian is gone are granted anew.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PlacesReclaimed {
    /// The places with their new grant version and custody version 0.
    #[n(0)]
    pub places: Vec<PlaceRight>,
    #[n(1)]
    pub from: Holder,
    #[n(2)]
    pub to: Holder,
    #[n(3)]
    pub tier: ReclaimTier,
    /// How many of them may already be promised on the silent device.
    #[n(4)]
    pub at_risk: u16,
    #[n(5)]
    pub reason: String,
}

/// A custodian: a device in one epoch. After disk loss the epoch changes and the rights are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Holder {
    #[n(0)]
    pub device: u32,
    #[n(1)]
    pub epoch: u16,
}

/// How often the right to a place has changed hands: what is higher is later, whatever device wrote it, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Version {
    #[n(0)]
    pub gver: u32,
    #[n(1)]
    pub cver: u32,
}

/// The right to a place at the moment it was spent or changed hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct PlaceRight {
    #[n(0)]
    pub index: u16,
    #[n(1)]
    pub gver: u32,
    /// Custody version: one more than at the last claim, release or transfer of the place.
    #[n(2)]
    pub cver: u32,
}

impl PlaceRight {
    pub fn version(self) -> Version {
        Version { gver: self.gver, cver: self.cver }
    }
}

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

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct FindingsOverridden {
    #[n(0)]
    pub codes: Vec<String>,
    #[n(1)]
    pub reason: String,
}

/// All that the county needs to publish a post of its own; it knows nothing else of the hall's employers and posts.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PlacesOffered {
    #[n(0)]
    pub places: u16,
    #[n(1)]
    pub terms: PostTerms,
    #[n(2)]
    pub employer: EmployerRegistered,
    #[n(3)]
    pub identified: EmployerIdentified,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PostTakenOver {
    /// The hall's post.
    #[n(0)]
    pub from: EntityId,
    /// The op that offered the places.
    #[n(1)]
    pub offer: OpId,
}

/// Replaces what was assigned to the same machine for the same use.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PrinterAssigned {
    /// The machine that prints on it.
    #[n(0)]
    pub device: u32,
    #[n(1)]
    pub used_for: PrinterUse,
    /// How the machine reaches it: `tcp://192.168.1.50:9100`; empty: it prints on none.
    #[n(2)]
    pub address: String,
    /// Dots across a slip, 384 or 576.
    #[n(3)]
    pub dots: u16,
    /// It says how it is when it is asked.
    #[n(4)]
    pub answers: bool,
    /// It prints on both sides of a sheet.
    #[n(5)]
    pub duplex: bool,
    /// It sets what it can of a slip in letters of its own; nothing where it prints dots, and of earlier releases.
    #[n(6)]
    pub text: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PaperOrdered {
    #[n(0)]
    pub kind: PaperKind,
    /// The ticket or the worker; nothing for a test page.
    #[n(1)]
    pub about: Option<EntityId>,
    /// 0 for the first one, otherwise the number of the reprint (补打).
    #[n(2)]
    pub reprint: u16,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PaperMoved {
    #[n(0)]
    pub to: PaperState,
    #[n(1)]
    pub why: Option<PaperTrouble>,
}
