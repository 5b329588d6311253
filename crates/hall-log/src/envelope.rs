//! An op: the envelope that always travels, the chain that proves its place, and the payload that may be
//! withheld or erased.
//!
//! The chain covers the envelope and the envelope holds the payload's digest, so a payload can be left out
//! or erased without breaking what the chain proves. `by`, the member of staff who acted, is in the envelope
//! and not in the payload: who did it must still be known after what was done to whom has been erased.
//!
//! Must never change: the bytes of [`Envelope::encode`] are hashed into every chain ever written. Golden
//! file: `tests/golden/envelope.hex`.

use hall_core::fact::{Fact, Scope};
use hall_core::{EntityId, Hlc, OpId};
use minicbor::{Decode, Encode};

/// What is known of an op by everybody.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Envelope {
    #[n(0)]
    pub id: OpId,
    #[n(1)]
    pub hlc: Hlc,
    /// What the op is about; equal to `id` when the op brings the entity into being.
    #[n(2)]
    pub entity: EntityId,
    #[n(3)]
    pub kind: u16,
    #[n(4)]
    pub schema: u16,
    #[n(5)]
    pub scope: Scope,
    /// The member of staff who acted; `None` for a worker at the kiosk and for the device itself.
    #[n(6)]
    pub by: Option<EntityId>,
    #[cbor(n(7), with = "minicbor::bytes")]
    pub payload_digest: [u8; 16],
}

/// Bytes that are not the one encoding of an envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    #[error("envelope does not decode")]
    Decode(#[from] minicbor::decode::Error),
    #[error("envelope is not in its canonical encoding")]
    NotCanonical,
}

impl Envelope {
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }

    /// Accepts the one canonical encoding only: two byte strings for one envelope would be two chains.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope: Self = minicbor::decode(bytes)?;
        if envelope.encode() == bytes { Ok(envelope) } else { Err(EnvelopeError::NotCanonical) }
    }
}

/// The digest by which an envelope names its payload: BLAKE3, first 16 bytes.
pub fn payload_digest(payload: &[u8]) -> [u8; 16] {
    first_16(&blake3::hash(payload))
}

fn first_16(hash: &blake3::Hash) -> [u8; 16] {
    *hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes")
}

/// A link of the hash chain: equal chains at equal numbers mean equal histories.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Chain(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl Chain {
    /// What the first op of a series links to.
    pub fn origin(device: u32, epoch: u16) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"linggong hall series 1");
        hasher.update(&device.to_be_bytes());
        hasher.update(&epoch.to_be_bytes());
        Self(first_16(&hasher.finalize()))
    }

    /// The link that `envelope` adds.
    #[must_use]
    pub fn link(self, envelope: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(envelope);
        Self(first_16(&hasher.finalize()))
    }
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({self})")
    }
}

/// One op as a device holds it. The payload is `None` when it was erased or may not be here; in a store's
/// own journal it is sealed, everywhere else it is what `payload_digest` was taken of.
#[derive(Clone, PartialEq, Eq)]
pub struct Op {
    pub envelope: Envelope,
    pub chain: Chain,
    pub payload: Option<Vec<u8>>,
}

impl Op {
    /// What it says, as far as its payload is here and this release can read it.
    pub fn fact(&self) -> Fact {
        let (kind, schema) = (self.envelope.kind, self.envelope.schema);
        match &self.payload {
            None => Fact::Absent { kind },
            Some(payload) => Fact::decode(kind, schema, payload).unwrap_or(Fact::Unknown { kind, schema }),
        }
    }
}

impl std::fmt::Debug for Op {
    /// Without the payload: it may speak of a person, and this text may reach a log file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Op")
            .field("envelope", &self.envelope)
            .field("chain", &self.chain)
            .field("payload_bytes", &self.payload.as_ref().map(Vec::len))
            .finish()
    }
}
