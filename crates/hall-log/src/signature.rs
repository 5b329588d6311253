//! Ed25519 signatures over what is stored and sent.
//!
//! A process that plays many machines checks the same signature once for each of them. It may ask its thread to
//! [`remember`] the good ones: the same key, bytes and signature are then good again without the work. Nothing is
//! ever taken for good that was not checked, or made, in this very thread.

use std::cell::RefCell;
use std::collections::HashSet;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Signatures that a thread remembers before it begins anew.
const REMEMBERED_MAX: usize = 1 << 16;

thread_local! {
    static GOOD: RefCell<Option<HashSet<[u8; 32]>>> = const { RefCell::new(None) };
}

pub fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    let signature = key.sign(message).to_bytes();
    note(&key.verifying_key(), message, &signature);
    signature
}

pub fn is_by(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let known = GOOD
        .with_borrow(|good| good.as_ref().is_some_and(|good| good.contains(&name(key, message, signature))));
    let good = known || key.verify_strict(message, &Signature::from_bytes(signature)).is_ok();
    if good && !known {
        note(key, message, signature);
    }
    good
}

/// From now on this thread remembers good signatures; what it remembered before is forgotten.
pub fn remember() {
    GOOD.set(Some(HashSet::new()));
}

fn note(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) {
    GOOD.with_borrow_mut(|good| {
        let Some(good) = good else { return };
        if good.len() >= REMEMBERED_MAX {
            good.clear();
        }
        good.insert(name(key, message, signature));
    });
}

fn name(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes()).update(signature).update(message);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_good_and_nothing_else_is() {
        let (mine, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        for remembering in [false, true] {
            if remembering {
                remember();
            }
            let signature = sign(&mine, b"one");
            let mut bent = signature;
            bent[63] ^= 1;
            for _ in 0..2 {
                assert!(is_by(&mine.verifying_key(), b"one", &signature));
                assert!(!is_by(&mine.verifying_key(), b"two", &signature));
                assert!(!is_by(&other.verifying_key(), b"one", &signature));
                assert!(!is_by(&mine.verifying_key(), b"one", &bent));
            }
        }
    }
}
