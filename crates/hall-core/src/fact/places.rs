//! Facts of the custody of places: who may promise which.

use minicbor::{Decode, Encode};

use crate::id::OpId;
use crate::time::Instant;
use crate::vocab::ReclaimTier;

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
