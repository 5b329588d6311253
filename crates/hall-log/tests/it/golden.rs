//! Frozen bytes. When one of these fails, the code is wrong, not the file.

use std::fmt::Write;
use std::path::PathBuf;

use hall_core::OpId;
use hall_log::{Certificate, Chain, Envelope, Frame, Op, Seal, ShortCode};

use crate::sample_envelope;

pub(crate) fn golden(name: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let frozen = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(frozen.trim_end(), actual, "{name} is a released shape");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

pub(crate) fn sample_ops() -> Vec<Op> {
    let first = sample_envelope();
    let mut second = sample_envelope();
    second.id.seq += 1;
    second.by = None;
    let chain = Chain::origin(7, 1).link(&first.encode());
    let next = chain.link(&second.encode());
    vec![
        Op { envelope: first, chain, payload: Some(b"a payload".to_vec()) },
        Op { envelope: second, chain: next, payload: None },
    ]
}

#[test]
fn envelope_and_chain() {
    let bytes = sample_envelope().encode();
    let chain = Chain::origin(7, 1);
    golden("envelope.hex", &format!("{}\n{}\n{}", hex(&bytes), hex(&chain.0), hex(&chain.link(&bytes).0)));
    assert_eq!(Envelope::decode(&bytes).unwrap(), sample_envelope());
}

#[test]
fn frame() {
    golden("frame.hex", &hex(&Frame::encode(&sample_ops()).unwrap()));
}

#[test]
fn seal() {
    let bytes = minicbor::to_vec(crate::seals::sample()).unwrap();
    golden("seal.hex", &hex(&bytes));
    assert_eq!(minicbor::decode::<Seal>(&bytes).unwrap(), crate::seals::sample());
}

#[test]
fn certificate() {
    let bytes = crate::certificates::sample().encode();
    golden("certificate.hex", &hex(&bytes));
    assert_eq!(Certificate::decode(&bytes).unwrap(), crate::certificates::sample());
}

#[test]
fn token() {
    let key = crate::tokens::key(1);
    let [slip, card, agreement] = crate::tokens::samples().map(|token| token.sign(&key));
    golden("token.txt", &format!("{slip}\n{card}"));
    golden("token_agreement.txt", &agreement);
}

#[test]
fn short_code() {
    let codes: Vec<String> = [(1, 1, 1), (1, 1, 2), (1, 1, 1 << 24), (1, 2, 1), (2, 1, 1)]
        .into_iter()
        .map(|(device, epoch, seq)| {
            let id = OpId::new(device, epoch, seq);
            format!("{id} {}", ShortCode::of(id))
        })
        .collect();
    golden("short_code.txt", &codes.join("\n"));
}
