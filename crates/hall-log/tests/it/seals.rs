//! A seal says one thing only: this device, this series, complete and unchanged up to here, at this time.

use ed25519_dalek::SigningKey;
use hall_core::fact::Holder;
use hall_core::{Hlc, Instant};
use hall_log::{Chain, Seal};
use proptest::prelude::*;

use crate::Change;

fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(crate) fn sample() -> Seal {
    let series = Holder { device: 7, epoch: 1 };
    Seal::sign(series, 70_000, Chain([0xc4; 16]), Hlc::new(Instant(1_795_104_000_123), 5), &key(7))
}

fn encode(seal: &Seal) -> Vec<u8> {
    minicbor::to_vec(seal).unwrap()
}

#[test]
fn a_seal_is_its_device_s_and_nobody_else_s() {
    assert!(sample().is_by(&key(7).verifying_key()));
    assert!(!sample().is_by(&key(8).verifying_key()));
}

#[test]
fn a_seal_with_any_field_changed_is_nobody_s() {
    let changes: [Change<Seal>; 8] = [
        ("device", |seal| seal.series.device = 8),
        ("epoch", |seal| seal.series.epoch = 2),
        ("fewer ops", |seal| seal.seq -= 1),
        ("more ops", |seal| seal.seq += 1),
        ("chain", |seal| seal.chain.0[15] ^= 1),
        ("later", |seal| seal.at.0 += 1 << 16),
        ("point of the signature", |seal| seal.signature[0] ^= 1),
        ("scalar of the signature", |seal| seal.signature[32] ^= 1),
    ];
    for (what, change) in changes {
        let mut seal = sample();
        change(&mut seal);
        assert_ne!(seal, sample(), "{what}");
        assert!(!seal.is_by(&key(7).verifying_key()), "{what}");
    }
}

#[test]
fn the_same_facts_make_the_same_seal() {
    assert_eq!(sample(), sample(), "a seal that is made again is not a second one");
}

#[test]
fn a_signature_for_something_else_is_no_seal() {
    use ed25519_dalek::Signer;
    let mut seal = sample();
    let message = encode(&seal);
    seal.signature = key(7).sign(&message).to_bytes();
    assert!(!seal.is_by(&key(7).verifying_key()));
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The neutral point: with a lax check one signature would fit every message.
    let mut point = [0; 32];
    point[0] = 1;
    let weak = ed25519_dalek::VerifyingKey::from_bytes(&point).unwrap();
    let mut seal = sample();
    seal.signature = [0; 64];
    seal.signature[0] = 1;
    assert!(!seal.is_by(&weak));
}

#[test]
fn a_seal_that_is_cut_off_is_not_read() {
    let bytes = encode(&sample());
    for length in 0..bytes.len() {
        assert!(minicbor::decode::<Seal>(&bytes[..length]).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn seals_survive_the_round_trip(device: u32, epoch: u16, seq: u64, chain: [u8; 16], at: u64) {
        let series = Holder { device, epoch };
        let seal = Seal::sign(series, seq, Chain(chain), Hlc(at), &key(1));
        let read: Seal = minicbor::decode(&encode(&seal)).unwrap();
        prop_assert_eq!(read, seal);
        prop_assert!(read.is_by(&key(1).verifying_key()));
    }

    #[test]
    fn no_bytes_make_the_seal_reader_panic_or_pass(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
        let read = minicbor::decode::<Seal>(&bytes);
        prop_assert!(!read.is_ok_and(|seal| seal.is_by(&key(7).verifying_key())));
    }

    #[test]
    fn a_changed_byte_is_never_accepted(position in any::<proptest::sample::Index>(), flip in 1_u8..) {
        let mut bytes = encode(&sample());
        let position = position.index(bytes.len());
        bytes[position] ^= flip;
        let read = minicbor::decode::<Seal>(&bytes);
        prop_assert!(!read.is_ok_and(|seal| seal.is_by(&key(7).verifying_key())));
    }
}
