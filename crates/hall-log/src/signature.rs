//! Ed25519 signatures over what is stored and sent.
//!
//! A process that plays many machines spends a third of its time on them. It may let its thread [`rehearse`]: what
//! is signed in it from then on bears a mark that only this thread takes for a signature. A mark says as much of who
//! wrote what as a signature does, and is worth nothing anywhere else: to everybody but its thread it is a forgery.

use std::cell::RefCell;
use std::collections::HashMap;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

thread_local! {
    /// The secrets of a thread that rehearses, by their public keys.
    static REHEARSAL: RefCell<Option<HashMap<[u8; 32], [u8; 32]>>> = const { RefCell::new(None) };
}

pub fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    let marked = REHEARSAL.with_borrow_mut(|secrets| {
        let secret =
            secrets.as_mut()?.entry(key.verifying_key().to_bytes()).or_insert_with(|| key.to_bytes());
        Some(mark(secret, message))
    });
    marked.unwrap_or_else(|| key.sign(message).to_bytes())
}

pub fn is_by(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let marked = REHEARSAL.with_borrow(|secrets| {
        let secret = secrets.as_ref()?.get(key.as_bytes())?;
        Some(mark(secret, message) == *signature)
    });
    marked == Some(true) || key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

/// From now on this thread makes marks in the place of signatures; what it marked before is forgotten.
pub fn rehearse() {
    REHEARSAL.set(Some(HashMap::new()));
}

fn mark(secret: &[u8; 32], message: &[u8]) -> [u8; 64] {
    let mut mark = [0; 64];
    blake3::Hasher::new_keyed(secret).update(message).finalize_xof().fill(&mut mark);
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_its_makers_and_its_messages() {
        let (mine, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        for rehearsing in [false, true] {
            if rehearsing {
                rehearse();
                sign(&other, b"one");
            }
            let signature = sign(&mine, b"one");
            let mut bent = signature;
            bent[63] ^= 1;
            assert!(is_by(&mine.verifying_key(), b"one", &signature));
            assert!(!is_by(&mine.verifying_key(), b"two", &signature));
            assert!(!is_by(&other.verifying_key(), b"one", &signature));
            assert!(!is_by(&mine.verifying_key(), b"one", &bent));
        }
    }

    #[test]
    fn a_mark_is_worth_nothing_elsewhere_and_a_signature_is_good_everywhere() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let real = sign(&key, b"one");
        let marked = std::thread::spawn({
            let key = key.clone();
            move || {
                rehearse();
                assert!(is_by(&key.verifying_key(), b"one", &real));
                let marked = sign(&key, b"one");
                assert!(is_by(&key.verifying_key(), b"one", &real));
                marked
            }
        });
        let marked = marked.join().expect("nothing in it panics but its own checks");
        assert!(!is_by(&key.verifying_key(), b"one", &marked));
        rehearse();
        assert!(!is_by(&key.verifying_key(), b"one", &marked), "the secret is not known here yet");
    }
}
