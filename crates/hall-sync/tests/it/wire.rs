//! Messages: what a later release adds is skipped, what is no message is refused, everything has a bound.

use hall_core::fact::Holder;
use hall_log::Chain;
use hall_sync::wire::{
    ASKS_MAX, Answer, Ask, Have, MESSAGE_MAX, Refused, Request, Response, Run, SERIES_MAX, Signed, VERSION,
    WANTS_MAX, decode, encode,
};
use proptest::prelude::*;

use crate::golden::{sample_request, sample_response};
use crate::sample::{key, series};

/// A map or array with one entry more than it had.
fn with_more(bytes: &[u8], entry: &[u8]) -> Vec<u8> {
    let mut more = bytes.to_vec();
    assert!(bytes[0] & 0x1f < 23, "the length is in the first byte");
    more[0] += 1;
    more.extend_from_slice(entry);
    more
}

fn signed(body: Vec<u8>) -> Signed {
    Signed { body, signature: [0; 64] }
}

#[test]
fn keys_of_a_later_release_are_skipped() {
    // 99: {1: "later", 2: [h'00', null]}
    let entry = [0x18, 99, 0xa2, 1, 0x65, b'l', b'a', b't', b'e', b'r', 2, 0x82, 0x41, 0, 0xf6];
    let request = with_more(&encode(&sample_request()), &entry);
    assert_eq!(decode::<Request>(&request), Ok(sample_request()));
    assert_eq!(signed(request).request(), Ok(sample_request()));
    let response = with_more(&encode(&sample_response()), &entry);
    assert_eq!(decode::<Response>(&response), Ok(sample_response()));
}

#[test]
fn fields_of_a_later_release_are_skipped() {
    let later = [0x65, b'l', b'a', b't', b'e', b'r'];
    let request = sample_request();
    assert_eq!(decode::<Run>(&with_more(&encode(&request.push[0]), &later)), Ok(request.push[0].clone()));
    assert_eq!(decode::<Have>(&with_more(&encode(&request.have[0]), &later)), Ok(request.have[0]));
    assert_eq!(decode::<Ask>(&with_more(&encode(&request.asks[0]), &later)), Ok(request.asks[0]));
    assert_eq!(decode::<Holder>(&with_more(&encode(&series(7)), &later)), Ok(series(7)));
    let message = Signed::by(&request, &key(7));
    assert_eq!(decode::<Signed>(&with_more(&encode(&message), &later)), Ok(message));
}

#[test]
fn the_version_is_read_before_anything_else() {
    let mut other = sample_request();
    other.version = VERSION + 1;
    for (what, body, refused) in [
        ("the next version", encode(&other), Refused::Version),
        ("a version of which nothing else is known", vec![0xa2, 0, 9, 1, 0xf6], Refused::Version),
        ("only the version", vec![0xa1, 0, VERSION], Refused::Malformed),
        ("a version that is too wide", vec![0xa1, 0, 0x19, 1, 0], Refused::Malformed),
        ("something before the version", vec![0xa2, 1, 0, 0, VERSION], Refused::Malformed),
        ("no map", vec![0x82, 0, VERSION], Refused::Malformed),
        ("a captive portal", b"<html><body>login".to_vec(), Refused::Malformed),
        ("nothing", vec![], Refused::Malformed),
    ] {
        assert_eq!(signed(body).request(), Err(refused), "{what}");
    }
}

#[test]
fn a_request_is_its_signer_s_word_for_word() {
    let message = Signed::by(&sample_request(), &key(7));
    assert!(message.is_by(&key(7).verifying_key()));
    assert!(!message.is_by(&key(8).verifying_key()));
    for position in [0, 1, message.body.len() / 2, message.body.len() - 1] {
        let mut altered = message.clone();
        altered.body[position] ^= 1;
        assert!(!altered.is_by(&key(7).verifying_key()), "byte {position}");
    }
    let mut longer = message.clone();
    longer.body.push(0);
    assert!(!longer.is_by(&key(7).verifying_key()), "one byte more");
    let mut forged = message;
    forged.signature[63] ^= 0x20;
    assert!(!forged.is_by(&key(7).verifying_key()));
}

#[test]
fn a_seal_s_signature_opens_no_exchange() {
    let mut message = Signed::by(&sample_request(), &key(7));
    message.signature = sample_request().seals[0].signature;
    assert!(!message.is_by(&key(7).verifying_key()));
}

#[test]
fn lists_have_bounds() {
    let have = |n: usize| vec![Have::new(series(7), 1, Chain([0; 16])); n];
    let run = |n: usize| vec![Run { body: vec![], ..sample_request().push[0].clone() }; n];
    let ask = |n: usize| vec![sample_request().asks[0]; n];
    let want = |n: usize| vec![sample_request().wants[0]; n];
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = sample_request();
        change(&mut request);
        Signed::by(&request, &key(7)).request().map(|read| assert_eq!(read, request))
    };
    for over in [0, 1] {
        let expected = if over == 0 { Ok(()) } else { Err(Refused::TooLarge) };
        assert_eq!(with(&|request| request.have = have(SERIES_MAX + over)), expected, "have");
        assert_eq!(with(&|request| request.push = run(SERIES_MAX + over)), expected, "push");
        assert_eq!(with(&|request| request.asks = ask(ASKS_MAX + over)), expected, "asks");
        assert_eq!(with(&|request| request.wants = want(WANTS_MAX + over)), expected, "wants");
    }
}

#[test]
fn a_message_has_a_bound() {
    let mut response = sample_response();
    response.payloads[0].bytes = vec![0; MESSAGE_MAX];
    assert_eq!(decode::<Response>(&encode(&response)), Err(Refused::TooLarge));
    let room = MESSAGE_MAX - (encode(&response).len() - MESSAGE_MAX);
    response.payloads[0].bytes = vec![0; room];
    assert!(encode(&response).len() <= MESSAGE_MAX);
    assert_eq!(decode::<Response>(&encode(&response)), Ok(response));
}

#[test]
fn a_message_that_is_cut_off_is_refused() {
    let message = encode(&Signed::by(&sample_request(), &key(7)));
    for length in 0..message.len() {
        assert_eq!(decode::<Signed>(&message[..length]), Err(Refused::Malformed), "{length} bytes");
    }
    let request = encode(&sample_request());
    for length in 0..request.len() {
        assert_eq!(signed(request[..length].to_vec()).request(), Err(Refused::Malformed), "{length} bytes");
    }
    let response = encode(&sample_response());
    for length in 0..response.len() {
        assert_eq!(decode::<Response>(&response[..length]), Err(Refused::Malformed), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = (decode::<Run>(&bytes), decode::<Response>(&bytes), decode::<Refused>(&bytes));
        prop_assert!(!decode::<Answer>(&bytes).is_ok_and(|answer| answer.is_ok()));
        if let Ok(message) = decode::<Signed>(&bytes) {
            prop_assert!(!message.is_by(&key(7).verifying_key()));
        }
        prop_assert!(signed(bytes).request().is_err());
    }

    #[test]
    fn a_damaged_answer_is_refused_or_another(
        positions in proptest::collection::vec((any::<proptest::sample::Index>(), 1_u8..), 1..4),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        for answer in [Ok(sample_response()), Err(Refused::Expired)] {
            let untouched = encode(&answer);
            let mut bytes = untouched.clone();
            for (position, flip) in &positions {
                let n = position.index(bytes.len());
                bytes[n] ^= flip;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            match decode::<Answer>(&bytes) {
                Ok(read) => prop_assert!(bytes != untouched || read == answer),
                Err(refused) => prop_assert!(refused == Refused::Malformed && bytes != untouched),
            }
        }
    }

    /// Somebody who may sign sends whatever he likes.
    #[test]
    fn a_signed_request_of_any_bytes_is_refused_or_bounded(
        positions in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        rest in proptest::collection::vec(any::<u8>(), 0..30),
    ) {
        let mut body = encode(&sample_request());
        for (position, byte) in positions {
            let n = position.index(body.len());
            body[n] = byte;
        }
        body.extend(rest);
        if let Ok(request) = signed(body).request() {
            prop_assert!(request.have.len() <= SERIES_MAX && request.push.len() <= SERIES_MAX);
            prop_assert!(request.asks.len() <= ASKS_MAX && request.wants.len() <= WANTS_MAX);
            prop_assert!(request.payloads.len() <= WANTS_MAX);
        }
    }

    #[test]
    fn a_damaged_message_never_panics_and_never_passes(
        positions in proptest::collection::vec((any::<proptest::sample::Index>(), 1_u8..), 1..4),
    ) {
        let (mut request, mut response) = (encode(&sample_request()), encode(&sample_response()));
        let untouched = request.clone();
        for (position, flip) in &positions {
            let (n, m) = (position.index(request.len()), position.index(response.len()));
            request[n] ^= flip;
            response[m] ^= flip;
        }
        let _ = decode::<Response>(&response);
        let signature = Signed::by(&sample_request(), &key(7)).signature;
        let message = Signed { body: request, signature };
        let _ = message.request();
        prop_assert!(message.body == untouched || !message.is_by(&key(7).verifying_key()));
    }
}
