//! Facts of workers and employers.

use minicbor::{Decode, Encode};

use crate::id::EntityId;
use crate::time::Day;
use crate::vocab::{EmployerKind, PostType, Sex, SignInPlace};

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
