//! Frozen bytes. When one of these fails, the code is wrong, not the file.

use std::fmt::Write;
use std::path::PathBuf;

use hall_core::fact::Scope;
use hall_core::{Hlc, OpId};
use hall_log::frame::enclose;
use hall_log::{Chain, Op, Seal, base32};
use hall_sync::enrolment::{self, Application, Enrolled, Invitation, NotEnrolled, Pin};
use hall_sync::node::Identity;
use hall_sync::run::{columns, pack, unpack};
use hall_sync::stick::{self, Batch, End, Export, Header, Part, Parts};
use hall_sync::trust::Reader;
use hall_sync::wire::{
    Ask, Have, LIMITS, Payload, Refused, Request, Response, Run, Signed, VERSION, Verdict, encode,
};

use crate::sample::{About, HALL, Keep, NOW, Plan, certificate, key, ops, series, trust};
use hall_core::vocab::DeviceRole;

pub(crate) fn frozen(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn golden(name: &str, actual: &str) {
    assert_eq!(frozen(name).trim_end(), actual, "{name} is a released shape");
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.trim_end().bytes().map(|digit| (digit as char).to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Every way an op can be written in a run.
fn sample_ops() -> Vec<Op> {
    let plan = |n: u64, entity, scope, by, payload: &[u8], keep| Plan {
        hlc: Hlc::new(NOW.plus_ms(n as i64 * 4_711), (n % 3) as u16).0,
        entity,
        kind: 40 + n as u16 % 2,
        schema: 1,
        scope,
        by,
        payload: payload.to_vec(),
        keep,
    };
    let desk = OpId::new(1, 1, 42);
    let plans = [
        plan(0, About::Itself, Scope::Hall, None, b"itself", Keep::Whole),
        plan(1, About::Back(1), Scope::Public, Some(desk), b"the one before", Keep::Whole),
        plan(2, About::Other(OpId::new(2, 3, 70_000)), Scope::Hall, Some(desk), b"elsewhere", Keep::Whole),
        plan(3, About::Other(desk), Scope::Desk, None, b"withheld", Keep::Absent),
        // A clock that was set back.
        plan(1, About::Back(3), Scope::County, None, b"", Keep::Whole),
    ];
    ops(series(7), 65, Chain([0xc4; 16]), &plans)
}

/// A run whose body was packed once and for all: what zstd makes may differ from version to version.
fn sample_run(name: &str, dictionary: u8) -> Run {
    Run { series: series(7), first: 65, count: 5, dictionary, body: unhex(&frozen(name)) }
}

#[test]
fn run() {
    let packed = columns(&pack(&sample_ops(), |_| true).unwrap()).unwrap();
    golden("run-columns.hex", &hex(&packed));
    for (name, dictionary) in [("run-0.hex", 0), ("run-1.hex", 1)] {
        let run = sample_run(name, dictionary);
        assert_eq!(unpack(&run, Chain([0xc4; 16])).unwrap(), sample_ops(), "{name}");
        assert_eq!(columns(&run).unwrap(), packed, "{name}");
    }
}

pub(crate) fn sample_request() -> Request {
    let chain = sample_ops()[4].chain;
    Request {
        version: VERSION,
        from: series(7),
        certificate: certificate(HALL, 7, DeviceRole::Kiosk),
        have: vec![Have::new(series(1), 70_000, Chain([1; 16])), Have::new(series(7), 69, chain)],
        push: vec![sample_run("run-1.hex", 1)],
        seals: vec![Seal::sign(series(7), 69, chain, Hlc::new(NOW, 0), &key(7))],
        certificates: vec![certificate(HALL, 1, DeviceRole::Desk)],
        asks: vec![Ask { since: Hlc::new(NOW, 1), post: OpId::new(1, 1, 300), count: 2, to: series(7) }],
        wants: vec![OpId::new(1, 1, 301)],
        wait_ms: 25_000,
        limits: LIMITS,
        payloads: vec![Payload { op: OpId::new(7, 1, 2), bytes: b"missed".to_vec() }],
    }
}

pub(crate) fn sample_response() -> Response {
    let request = sample_request();
    let refused = [Verdict::Fork, Verdict::Gap, Verdict::Unsealed, Verdict::Foreign, Verdict::Malformed];
    let refused = refused.into_iter().zip(1..).map(|(verdict, seq)| (OpId::new(8, 1, seq), verdict));
    Response {
        version: VERSION,
        from: series(1),
        acks: request.have.clone(),
        refused: refused.collect(),
        pull: request.push.clone(),
        seals: request.seals.clone(),
        certificates: request.certificates.clone(),
        payloads: vec![Payload { op: OpId::new(1, 1, 301), bytes: b"a payload".to_vec() }],
        more: true,
        wanted: request.asks.clone(),
        county: vec![request.have[0]],
        now: NOW,
        limits: LIMITS,
        retry_after_ms: 500,
        wants: vec![OpId::new(7, 1, 2)],
    }
}

#[test]
fn request() {
    let bytes = encode(&sample_request());
    golden("request.hex", &hex(&bytes));
    assert_eq!(minicbor::decode::<Request>(&bytes).unwrap(), sample_request());
}

#[test]
fn signed() {
    let signed = Signed::by(&sample_request(), &key(7));
    golden("signed.hex", &hex(&encode(&signed)));
    assert_eq!(signed.request().unwrap(), sample_request());
}

#[test]
fn response() {
    let bytes = encode(&sample_response());
    golden("response.hex", &hex(&bytes));
    assert_eq!(minicbor::decode::<Response>(&bytes).unwrap(), sample_response());
}

#[test]
fn answer() {
    for (name, answer) in [("answer-0.hex", Ok(sample_response())), ("answer-1.hex", Err(Refused::Expired))] {
        let bytes = encode(&answer);
        golden(name, &hex(&bytes));
        assert_eq!(minicbor::decode::<Result<Response, Refused>>(&bytes).unwrap(), answer);
    }
}

#[test]
fn refusal() {
    let all = [
        Refused::Malformed,
        Refused::Version,
        Refused::Certificate,
        Refused::Expired,
        Refused::Revoked,
        Refused::Signature,
        Refused::OtherHall,
        Refused::TooLarge,
        Refused::Unavailable,
        Refused::Busy,
        Refused::EpochEnded,
    ];
    golden("refused.hex", &all.map(|refused| hex(&encode(&refused))).join(" "));
}

/// A stick by hand, because what zstd makes of a run may differ; the exporter writes the same around it.
#[test]
fn stick() {
    let Request { push, seals, certificate: mine, .. } = sample_request();
    let header = Header {
        hall: HALL,
        from: series(7),
        certificate: mine.clone(),
        reader: DeviceRole::County,
        at: NOW,
    };
    let batch = Batch { run: push[0].clone(), seals, certificates: vec![mine.clone()] };
    let end = End { batches: 1, ops: 5 };
    let frames = [
        minicbor::to_vec((0_u8, &header)).unwrap(),
        minicbor::to_vec((1_u8, &batch)).unwrap(),
        minicbor::to_vec((2_u8, &end)).unwrap(),
    ];
    let frames = frames.map(|body| enclose(&body).unwrap());
    let file = [&[b'L', b'G', b'B', stick::VERSION], frames.concat().as_slice()].concat();
    golden("stick-1.hex", &hex(&file));

    let (mut parts, mut rest, mut found) = (Parts::default(), file.as_slice(), Vec::new());
    while let wanted @ 1.. = parts.wants() {
        let (given, left) = rest.split_at(wanted);
        found.extend(parts.take(given).unwrap());
        rest = left;
    }
    assert_eq!(found, [Part::Header(Box::new(header)), Part::Batch(Box::new(batch)), Part::End(end)]);
    assert!(rest.is_empty());

    let identity = Identity { me: series(7), certificate: mine, key: key(7) };
    let reader = Reader { hall: HALL, role: DeviceRole::County };
    let trust = trust(&[]);
    let mut export = Export::begin(identity, &trust, reader, NOW).unwrap();
    let ledger = crate::memory::Memory::default();
    let pieces: Vec<Vec<u8>> = std::iter::from_fn(|| export.next(&ledger).unwrap()).collect();
    assert_eq!(pieces[..2].concat(), file[..4 + frames[0].len()]);
    assert_eq!(pieces[2], enclose(&minicbor::to_vec((2_u8, End::default())).unwrap()).unwrap());
}

#[test]
fn the_dictionary_is_never_replaced() {
    let dictionary = include_bytes!("../../assets/dictionary-1.zdict");
    let digest = hex(&hall_log::payload_digest(dictionary));
    golden("dictionary-1.txt", &format!("{} {digest}", dictionary.len()));
    assert!(dictionary.len() <= 16 << 10);
}

fn sample_invitations() -> [Invitation; 2] {
    let code = enrolment::draw_code(std::array::from_fn(|n| n as u8 * 2 + 9));
    let addresses = vec!["192.168.1.10:7443".to_owned(), "10.0.0.5:7443".to_owned()];
    let county = vec!["https://county.example.cn".to_owned()];
    [
        Invitation { code: code.clone(), pin: Some(Pin::of(&[7; 32])), addresses },
        Invitation { code, pin: None, addresses: county },
    ]
}

#[test]
fn invitations() {
    let text = |invitation: &Invitation| format!("{invitation}\n{}", invitation.qr());
    golden("invitation.txt", &sample_invitations().each_ref().map(text).join("\n"));
    for invitation in sample_invitations() {
        assert_eq!(invitation.qr().parse::<Invitation>().unwrap(), invitation);
        let typed = format!("{invitation} @ {}", invitation.addresses.join(", ")).to_lowercase();
        assert_eq!(typed.parse::<Invitation>().unwrap(), invitation);
    }
}

#[test]
fn enrolment() {
    let application = Application {
        code: sample_invitations()[0].code.clone(),
        key: base32::encode(key(7).verifying_key().as_bytes()),
        device: Some(3_000_000_017),
    };
    let by_county = Enrolled {
        hall: HALL,
        device: 1_004,
        role: DeviceRole::Desk,
        name: "服务台".into(),
        certificate: base32::encode(&certificate(HALL, 7, DeviceRole::Desk).encode()),
        issuers: vec![base32::encode(&[0x15; 32])],
        hall_key: None,
        hub: None,
    };
    let (hall_key, hub) = (Some(base32::encode(&[0x2a; 32])), Some(base32::encode(&[7; 32])));
    let by_desk = Enrolled { role: DeviceRole::Kiosk, hall_key, hub, ..by_county.clone() };
    let refused = [
        NotEnrolled::Malformed,
        NotEnrolled::Code,
        NotEnrolled::Revoked,
        NotEnrolled::OtherHall,
        NotEnrolled::Number,
        NotEnrolled::Busy,
        NotEnrolled::Unavailable,
        NotEnrolled::Role,
    ];
    let said = [
        serde_json::to_string(&application).unwrap(),
        serde_json::to_string(&by_county).unwrap(),
        serde_json::to_string(&by_desk).unwrap(),
        serde_json::to_string(&refused).unwrap(),
    ];
    golden("enrolment.jsonl", &said.join("\n"));
    assert_eq!(serde_json::from_str::<Application>(&said[0]).unwrap(), application);
    assert_eq!(serde_json::from_str::<Enrolled>(&said[1]).unwrap(), by_county);
    assert_eq!(serde_json::from_str::<Enrolled>(&said[2]).unwrap(), by_desk);
    assert_eq!(serde_json::from_str::<Vec<NotEnrolled>>(&said[3]).unwrap(), refused);
}
