//! Sealing at rest: XChaCha20-Poly1305 with a nonce made from the content.
//!
//! The nonce is a keyed hash of the associated data and the plaintext, so no counter or random source has to
//! survive a power cut or a restored disk: the same nonce can only come back with the same message. Sealing
//! the same content for the same place gives the same bytes, which is what lets the journal and sled be
//! compared.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hall_core::OpId;
use zeroize::{Zeroize, ZeroizeOnDrop};

const NONCE: usize = 24;

/// What a sealed value is; part of what its seal covers, so that one cannot be put in another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sealed {
    Payload(OpId),
    State(OpId),
}

impl Sealed {
    fn associated(self) -> [u8; 1 + OpId::LEN] {
        let (tag, id) = match self {
            Self::Payload(id) => (b'p', id),
            Self::State(id) => (b's', id),
        };
        let mut bytes = [tag; 1 + OpId::LEN];
        bytes[1..].copy_from_slice(&id.to_bytes());
        bytes
    }
}

/// The sealed bytes were altered, or sealed with another key or for another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open")]
pub(crate) struct BrokenSeal;

#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Seal {
    encryption: [u8; 32],
    nonce: [u8; 32],
    fingerprint: [u8; 8],
}

impl Seal {
    pub(crate) fn new(store_key: &[u8; 32]) -> Self {
        let fingerprint = blake3::derive_key("linggong hall store 1 fingerprint", store_key);
        Self {
            encryption: blake3::derive_key("linggong hall store 1 encryption", store_key),
            nonce: blake3::derive_key("linggong hall store 1 nonce", store_key),
            fingerprint: *fingerprint.first_chunk().expect("a derived key has 32 bytes"),
        }
    }

    /// Tells keys apart without telling anything about them.
    pub(crate) fn fingerprint(&self) -> [u8; 8] {
        self.fingerprint
    }

    pub(crate) fn seal(&self, place: Sealed, plaintext: &[u8]) -> Vec<u8> {
        let associated = place.associated();
        let mut hasher = blake3::Hasher::new_keyed(&self.nonce);
        hasher.update(&associated).update(plaintext);
        let hash = hasher.finalize();
        let nonce = &hash.as_bytes()[..NONCE];
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(nonce), Payload { msg: plaintext, aad: &associated })
            .expect("a payload is far below the cipher's bound of 256 GiB");
        [nonce, &sealed].concat()
    }

    pub(crate) fn open(&self, place: Sealed, bytes: &[u8]) -> Result<Vec<u8>, BrokenSeal> {
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or(BrokenSeal)?;
        self.cipher()
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: &place.associated() })
            .map_err(|_| BrokenSeal)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&self.encryption))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_only_in_its_place_with_its_key() {
        let seal = Seal::new(&[7; 32]);
        let (here, there) = (OpId::new(1, 1, 1), OpId::new(1, 1, 2));
        let sealed = seal.seal(Sealed::Payload(here), b"text");
        assert_eq!(seal.open(Sealed::Payload(here), &sealed).unwrap(), b"text");
        assert_eq!(seal.seal(Sealed::Payload(here), b"text"), sealed, "comparable");
        assert_ne!(seal.seal(Sealed::Payload(here), b"texT")[..NONCE], sealed[..NONCE]);
        assert!(seal.open(Sealed::Payload(there), &sealed).is_err());
        assert!(seal.open(Sealed::State(here), &sealed).is_err());
        assert!(Seal::new(&[8; 32]).open(Sealed::Payload(here), &sealed).is_err());
        for position in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[position] ^= 1;
            assert!(seal.open(Sealed::Payload(here), &altered).is_err());
            assert!(seal.open(Sealed::Payload(here), &sealed[..position]).is_err());
        }
    }
}
