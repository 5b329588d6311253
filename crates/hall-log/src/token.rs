//! Signed tokens: what the QR of a slip, of an agreement and of a member card say. Anybody who holds the device's public key
//! can check one without a line; no name, telephone or identity number is inside.
//!
//! Text: `LG1`, then CBOR and an Ed25519 signature in Crockford's Base32. Frozen: tokens are on paper.
//! Golden file: `tests/golden/token.txt`.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hall_core::{EntityId, Instant};
use minicbor::{Decode, Encode};

use crate::base32;

/// What every token text begins with.
pub const PREFIX: &str = "LG1";
const VERSION: u8 = 1;
const TYPE_SLIP: u8 = 1;
const TYPE_CARD: u8 = 2;
const TYPE_AGREEMENT: u8 = 3;
const SIGNATURE: usize = 64;
/// Longer than any token; a scanner that sends more sends something else.
const TEXT_MAX: usize = 1024;
/// Keeps a token's signature from meaning anything else that the same key signs.
const DOMAIN: &[u8] = b"linggong token 1";

/// Names a key by the first bytes of the public key's digest, so that nobody has to hand out numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct KeyId(#[n(0)] pub u32);

impl KeyId {
    pub fn of(key: &VerifyingKey) -> Self {
        Self::of_bytes(key.as_bytes())
    }

    /// The name of a key that nobody has looked at yet: whoever looks for one among thousands need not unpack them all.
    pub fn of_bytes(key: &[u8; 32]) -> Self {
        let hash = blake3::hash(key);
        Self(u32::from_be_bytes(*hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes")))
    }
}

/// What a slip proves; on an agreement, for which ticket it was made, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SlipFacts {
    #[n(0)]
    pub ticket: EntityId,
    #[n(1)]
    pub post: EntityId,
    /// The place's index from 1; 0 on a standby slip, which promises none.
    #[n(2)]
    pub place: u16,
    /// The same for one worker in one hall, and nothing to anybody else.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub worker: [u8; 8],
    #[n(4)]
    pub issued: Seconds,
    /// The last second at which the slip is good.
    #[n(5)]
    pub expires: Seconds,
    /// Tells a reprint from the first print, and an agreement from the one that was made anew.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub nonce: [u8; 8],
}

/// What a worker's member card proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CardFacts {
    #[n(0)]
    pub worker: EntityId,
    /// Which of the worker's cards this is: a new one takes the place of a lost one.
    #[n(1)]
    pub card: u16,
    #[n(2)]
    pub issued: Seconds,
    #[n(3)]
    pub expires: Seconds,
    #[cbor(n(4), with = "minicbor::bytes")]
    pub nonce: [u8; 8],
}

/// Whole seconds since 1970: milliseconds would cost four bytes in a code that has to stay coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Seconds(#[n(0)] pub u32);

impl From<Instant> for Seconds {
    /// Rounds down; instants outside 1970–2106 go to the nearer end.
    fn from(at: Instant) -> Self {
        Self(at.0.div_euclid(1000).clamp(0, i64::from(u32::MAX)) as u32)
    }
}

impl Seconds {
    pub fn instant(self) -> Instant {
        Instant(i64::from(self.0) * 1000)
    }
}

/// A token's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    Slip(SlipFacts),
    Card(CardFacts),
    Agreement(SlipFacts),
}

/// Why a text is no good token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Another code altogether, a code of a later release, or one that was cut off.
    #[error("not a token of this system")]
    NotOurs,
    #[error("the key {0:?} that signed the token is not known here")]
    UnknownKey(KeyId),
    /// The key is known and did not sign this.
    #[error("the signature is not good")]
    BadSignature,
    /// Everything is right but the time.
    #[error("the token has expired")]
    Expired(Token),
}

impl Token {
    pub fn expires(&self) -> Instant {
        match self {
            Self::Slip(slip) | Self::Agreement(slip) => slip.expires.instant(),
            Self::Card(card) => card.expires.instant(),
        }
    }

    /// The text for the QR.
    pub fn sign(&self, key: &SigningKey) -> String {
        let mut bytes = self.encode(KeyId::of(&key.verifying_key()));
        let signature = key.sign(&signed_message(&bytes));
        bytes.extend_from_slice(&signature.to_bytes());
        format!("{PREFIX}{}", base32::encode(&bytes))
    }

    /// Reads and checks `text`. `key` finds the public key for an id; `now` is the time to hold `expires`
    /// against, from whoever knows how far the clock may be trusted.
    pub fn verify(
        text: &str,
        now: Instant,
        key: impl FnOnce(KeyId) -> Option<VerifyingKey>,
    ) -> Result<Self, TokenError> {
        let bytes = token_bytes(text).ok_or(TokenError::NotOurs)?;
        let (content, signature) = bytes.split_last_chunk::<SIGNATURE>().ok_or(TokenError::NotOurs)?;
        let (key_id, token) = Self::decode(content).ok_or(TokenError::NotOurs)?;
        let key = key(key_id).ok_or(TokenError::UnknownKey(key_id))?;
        key.verify_strict(&signed_message(content), &Signature::from_bytes(signature))
            .map_err(|_| TokenError::BadSignature)?;
        if Seconds::from(now).instant() > token.expires() {
            return Err(TokenError::Expired(token));
        }
        Ok(token)
    }

    fn encode(&self, key: KeyId) -> Vec<u8> {
        match self {
            Self::Slip(slip) => minicbor::to_vec((VERSION, key, TYPE_SLIP, slip)),
            Self::Card(card) => minicbor::to_vec((VERSION, key, TYPE_CARD, card)),
            Self::Agreement(made) => minicbor::to_vec((VERSION, key, TYPE_AGREEMENT, made)),
        }
        .expect("writing to memory cannot fail")
    }

    fn decode(bytes: &[u8]) -> Option<(KeyId, Self)> {
        let mut d = minicbor::Decoder::new(bytes);
        if d.array().ok()? != Some(4) || d.u8().ok()? != VERSION {
            return None;
        }
        let key: KeyId = d.decode().ok()?;
        let token = match d.u8().ok()? {
            TYPE_SLIP => Self::Slip(d.decode().ok()?),
            TYPE_CARD => Self::Card(d.decode().ok()?),
            TYPE_AGREEMENT => Self::Agreement(d.decode().ok()?),
            _ => return None,
        };
        (d.position() == bytes.len()).then_some((key, token))
    }
}

fn signed_message(content: &[u8]) -> Vec<u8> {
    [DOMAIN, content].concat()
}

/// The bytes behind the prefix. The prefix is read as tolerantly as the rest, because a scanner that sends
/// lower case or full-width letters does so from the first character on.
fn token_bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let mut characters = text.chars().filter(|c| !base32::is_separator(*c));
    for expected in PREFIX.chars() {
        if base32::value(characters.next()?)? != base32::value(expected)? {
            return None;
        }
    }
    base32::decode(&characters.collect::<String>())
}
