//! A certificate is believed when an issuer that is known here signed every word of it, and until it expires.

use ed25519_dalek::SigningKey;
use hall_core::vocab::DeviceRole;
use hall_core::{Instant, OpId};
use hall_log::certificate::LIFETIME_S;
use hall_log::token::{KeyId, Seconds, SlipFacts, Token};
use hall_log::{Bearer, Certificate, CertificateError};
use proptest::prelude::*;

use crate::Change;

const ISSUED: i64 = 1_795_127_400_000;
const EXPIRES: i64 = ISSUED + LIFETIME_S as i64 * 1_000;

fn county() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn bearer() -> Bearer {
    Bearer {
        hall: 12,
        device: 7,
        role: DeviceRole::Kiosk,
        key: SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes(),
        issued: Seconds::from(Instant(ISSUED)),
        expires: Seconds::from(Instant(EXPIRES)),
    }
}

pub(crate) fn sample() -> Certificate {
    Certificate::issue(bearer(), &county())
}

fn check(certificate: &Certificate, at: i64) -> Result<Bearer, CertificateError> {
    let known = county().verifying_key();
    certificate.check(Instant(at), |issuer| (issuer == KeyId::of(&known)).then_some(known))
}

#[test]
fn a_certificate_lasts_to_its_last_second() {
    let certificate = sample();
    for (at, expected) in [
        (ISSUED, Ok(bearer())),
        (EXPIRES, Ok(bearer())),
        (EXPIRES + 1, Err(CertificateError::Expired(bearer()))),
        (i64::MAX, Err(CertificateError::Expired(bearer()))),
        // A machine whose clock is behind must not lose its hall over it.
        (ISSUED - 1, Ok(bearer())),
        (i64::MIN, Ok(bearer())),
    ] {
        assert_eq!(check(&certificate, at), expected, "at {at}");
    }
}

#[test]
fn a_certificate_with_any_word_changed_is_not_believed() {
    let changes: [Change<Certificate>; 8] = [
        ("hall", |certificate| certificate.bearer.hall = 13),
        ("device", |certificate| certificate.bearer.device = 8),
        ("role", |certificate| certificate.bearer.role = DeviceRole::County),
        ("key", |certificate| {
            certificate.bearer.key = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
        }),
        ("issued", |certificate| certificate.bearer.issued.0 += 1),
        ("expires", |certificate| certificate.bearer.expires.0 += 1),
        ("point of the signature", |certificate| certificate.signature[0] ^= 1),
        ("scalar of the signature", |certificate| certificate.signature[32] ^= 1),
    ];
    for (what, change) in changes {
        let mut certificate = sample();
        change(&mut certificate);
        assert_ne!(certificate, sample(), "{what}");
        assert_eq!(check(&certificate, ISSUED), Err(CertificateError::BadSignature), "{what}");
        // What is forged is not told apart by being late as well.
        assert_eq!(check(&certificate, EXPIRES + 1), Err(CertificateError::BadSignature), "{what}");
    }
}

#[test]
fn who_vouches_must_be_known() {
    let stranger = SigningKey::from_bytes(&[2; 32]);
    let unknown = CertificateError::UnknownIssuer(KeyId::of(&stranger.verifying_key()));
    assert_eq!(check(&Certificate::issue(bearer(), &stranger), ISSUED), Err(unknown));

    let mut claimed = Certificate::issue(bearer(), &stranger);
    claimed.issuer = KeyId::of(&county().verifying_key());
    assert_eq!(check(&claimed, ISSUED), Err(CertificateError::BadSignature));

    // A device cannot vouch for itself, nor for another.
    let device = SigningKey::from_bytes(&[7; 32]);
    let own = CertificateError::UnknownIssuer(KeyId::of(&device.verifying_key()));
    assert_eq!(check(&Certificate::issue(bearer(), &device), ISSUED), Err(own));
}

#[test]
fn another_paper_of_the_issuer_is_no_certificate() {
    use ed25519_dalek::Signer;
    let mut certificate = sample();
    certificate.signature = county().sign(&minicbor::to_vec(bearer()).unwrap()).to_bytes();
    assert_eq!(check(&certificate, ISSUED), Err(CertificateError::BadSignature));

    let slip = Token::Slip(SlipFacts {
        ticket: OpId::new(7, 1, 1),
        post: OpId::new(7, 1, 2),
        place: 1,
        worker: *b"pseudony",
        issued: bearer().issued,
        expires: bearer().expires,
        nonce: [0; 8],
    });
    let paper = hall_log::base32::decode(&slip.sign(&county())[3..]).unwrap();
    certificate.signature = *paper.last_chunk().unwrap();
    assert_eq!(check(&certificate, ISSUED), Err(CertificateError::BadSignature));
}

#[test]
fn a_certificate_that_is_cut_off_is_none() {
    let bytes = sample().encode();
    for length in 0..bytes.len() {
        assert_eq!(Certificate::decode(&bytes[..length]), Err(CertificateError::Malformed), "{length} bytes");
    }
}

#[test]
fn a_role_of_a_later_release_is_not_taken_for_one_of_this() {
    let mut bytes = sample().encode();
    let role = bytes.windows(4).position(|window| window == [12, 7, 0, 0x58]).unwrap() + 2;
    bytes[role] = 9;
    assert_eq!(Certificate::decode(&bytes), Err(CertificateError::Malformed));
}

#[test]
fn a_key_that_is_no_point_seals_nothing() {
    let mut bearer = bearer();
    assert!(bearer.verifying_key().is_some());
    bearer.key = [2; 32];
    bearer.key[31] = 0;
    let ok = bearer.verifying_key();
    assert!(ok.is_none(), "{:?}", bearer.key);
}

proptest! {
    #[test]
    fn certificates_survive_the_round_trip(hall: u32, device: u32, key: [u8; 32], issued: u32, expires: u32) {
        let (issued, expires) = (Seconds(issued), Seconds(expires));
        let bearer = Bearer { hall, device, role: DeviceRole::Desk, key, issued, expires };
        let certificate = Certificate::issue(bearer, &county());
        let read = Certificate::decode(&certificate.encode()).unwrap();
        prop_assert_eq!(&read, &certificate);
        prop_assert_eq!(check(&read, expires.instant().0), Ok(bearer));
    }

    #[test]
    fn no_bytes_make_the_certificate_reader_panic_or_pass(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let read = Certificate::decode(&bytes);
        prop_assert!(!read.is_ok_and(|certificate| check(&certificate, ISSUED).is_ok()));
    }

    #[test]
    fn a_changed_byte_is_never_accepted(position in any::<proptest::sample::Index>(), flip in 1_u8..) {
        let mut bytes = sample().encode();
        let position = position.index(bytes.len());
        bytes[position] ^= flip;
        let read = Certificate::decode(&bytes);
        prop_assert!(!read.is_ok_and(|certificate| check(&certificate, ISSUED).is_ok()));
    }
}
