//! A seal: a device's signed word that its series is complete and unchanged up to here.
//!
//! One signature covers every op before it, because the chain does. Whoever relays ops passes the seals on, so
//! that the last receiver can tell for himself who wrote them. A seal also says at what time nothing more had
//! happened: how fresh what is known of a device is. Nothing may be granted on the word of that time.
//!
//! Frozen: seals are stored and sent. Golden file: `tests/golden/seal.hex`.

use ed25519_dalek::{SigningKey, VerifyingKey};
use hall_core::Hlc;
use hall_core::fact::Holder;
use minicbor::{Decode, Encode};

use crate::envelope::Chain;
use crate::signature;

/// Keeps the signature of a seal from meaning anything else that the same key signs.
const DOMAIN: &[u8] = b"linggong series seal 1";
/// A device seals its series at every multiple of this, besides at its end, so that whoever relays it can cut it
/// there.
pub const STRIDE: u64 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Seal {
    /// Whose series.
    #[n(0)]
    pub series: Holder,
    /// The last op that the seal covers.
    #[n(1)]
    pub seq: u64,
    #[n(2)]
    pub chain: Chain,
    /// When the device had nothing more to say; never before the op it seals.
    #[n(3)]
    pub at: Hlc,
    #[cbor(n(4), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

impl Seal {
    /// Seals `series` at op `seq` with its `chain`.
    pub fn sign(series: Holder, seq: u64, chain: Chain, at: Hlc, key: &SigningKey) -> Self {
        let signature = signature::sign(key, &message(series, seq, chain, at));
        Self { series, seq, chain, at, signature }
    }

    pub fn is_by(&self, key: &VerifyingKey) -> bool {
        let message = message(self.series, self.seq, self.chain, self.at);
        signature::is_by(key, &message, &self.signature)
    }
}

fn message(series: Holder, seq: u64, chain: Chain, at: Hlc) -> Vec<u8> {
    let mut message = DOMAIN.to_vec();
    message.extend_from_slice(&series.device.to_be_bytes());
    message.extend_from_slice(&series.epoch.to_be_bytes());
    message.extend_from_slice(&seq.to_be_bytes());
    message.extend_from_slice(&chain.0);
    message.extend_from_slice(&at.0.to_be_bytes());
    message
}
