//! Frozen bytes of every fact. When one of these fails, the code is wrong, not the file: a released shape never
//! changes, a new one gets a new line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hall_core::fact::{Fact, PlacesMinted, Scope, TicketOpened};
use minicbor::{Decoder, Encoder};

use crate::sample::{every_kind, name, opened};

/// `kind name hex`, a line each.
const GOLDEN: &str = include_str!("../golden/facts.txt");

fn golden() -> BTreeMap<u16, (&'static str, Vec<u8>)> {
    let parse = |line: &'static str| {
        let [kind, name, hex] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        (kind.parse().unwrap(), (name, bytes(hex)))
    };
    let rows: Vec<_> = GOLDEN.lines().map(parse).collect();
    let count = rows.len();
    let golden = BTreeMap::from_iter(rows);
    assert_eq!(golden.len(), count, "a kind has one line");
    golden
}

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2), "{hex}");
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The map `bytes` with one more entry, which only a later release would know: at the front or at the end.
fn with_unknown_key(bytes: &[u8], in_front: bool) -> Vec<u8> {
    let mut decoder = Decoder::new(bytes);
    let entries = decoder.map().unwrap().expect("payloads have a definite length");
    let rest = &bytes[decoder.position()..];
    let mut unknown = Vec::new();
    let mut encoder = Encoder::new(&mut unknown);
    encoder
        .u16(999)
        .unwrap()
        .map(1)
        .unwrap()
        .str("later")
        .unwrap()
        .array(2)
        .unwrap()
        .u8(1)
        .unwrap()
        .null()
        .unwrap();
    let mut all = Vec::new();
    Encoder::new(&mut all).map(entries + 1).unwrap();
    let parts = if in_front { [&unknown[..], rest] } else { [rest, &unknown[..]] };
    all.extend(parts.concat());
    all
}

#[test]
fn every_kind_is_frozen() {
    let golden = golden();
    let kinds: Vec<u16> = Fact::KINDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(golden.keys().copied().collect::<Vec<_>>(), kinds, "every kind has its line");
    let examples: Vec<u16> = every_kind().iter().map(Fact::kind).collect();
    let mut sorted = examples.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, kinds, "every kind has its example");
}

#[test]
fn facts_are_written_and_read_as_ever() {
    let golden = golden();
    for fact in every_kind() {
        let line = format!("{} {} {}", fact.kind(), name(&fact), hex(&fact.encode()));
        let Some((frozen_name, frozen)) = golden.get(&fact.kind()) else { panic!("no line for {line}") };
        assert_eq!((*frozen_name, hex(frozen)), (name(&fact).as_str(), hex(&fact.encode())), "{line}");
        assert_eq!(Fact::decode(fact.kind(), Fact::schema(), frozen).unwrap(), fact);
    }
}

#[test]
fn a_key_of_a_later_release_is_skipped() {
    for fact in every_kind() {
        for in_front in [false, true] {
            let later = with_unknown_key(&fact.encode(), in_front);
            assert_eq!(Fact::decode(fact.kind(), 2, &later).unwrap(), fact, "{}", hex(&later));
        }
    }
}

/// Arrays inside a payload may grow at the end, too.
#[test]
fn a_longer_array_of_a_later_release_is_read() {
    let fact = every_kind().into_iter().find(|fact| matches!(fact, Fact::PlacesMinted(_))).unwrap();
    let Fact::PlacesMinted(PlacesMinted { holder, .. }) = &fact else { unreachable!() };
    let known = minicbor::to_vec(holder).unwrap();
    let longer = [&[known[0] + 1], &known[1..], &[0x05]].concat();
    let later = hex(&fact.encode()).replace(&hex(&known), &hex(&longer));
    assert_ne!(later, hex(&fact.encode()));
    assert_eq!(Fact::decode(fact.kind(), 2, &bytes(&later)).unwrap(), fact);
}

#[test]
fn what_is_optional_may_be_absent() {
    let ticket = TicketOpened { place: None, standby: None, ..opened(None) };
    let short = Fact::TicketOpened(ticket.clone()).encode();
    assert_eq!(Decoder::new(&short).map().unwrap(), Some(4), "an absent field takes no room");
    assert_eq!(Fact::decode(60, 1, &short).unwrap(), Fact::TicketOpened(ticket));
}

/// As they were written before places moved between devices.
#[test]
fn places_without_versions_are_read() {
    let minted = Fact::decode(53, 1, &bytes("a40001010c028201010301")).unwrap();
    let expected = PlacesMinted { first: 1, count: 12, holder: crate::sample::ME, gver: 1, cver: None };
    assert_eq!(minted, Fact::PlacesMinted(expected));
    let burned = Fact::decode(54, 1, &bytes("a100820c19012c")).unwrap();
    assert_eq!(burned, crate::sample::burned(&[12, 300]));
}

/// As they are written where the hall keeps a copy; without one they stay as they ever were.
#[test]
fn the_consent_to_a_hall_copy_is_frozen() {
    let (_, (_, without)) = golden().into_iter().find(|(kind, _)| *kind == 64).unwrap();
    let with = [&[without[0] + 1], &without[1..], &[0x06, 0xf5]].concat();
    let Fact::AgreementMade(made) = Fact::decode(64, 1, &with).unwrap() else { unreachable!() };
    assert_eq!(made.hall_copy_agreed, Some(true));
    assert_eq!(Fact::AgreementMade(made).encode(), with);
}

/// As it is written of a printer that sets text; of one that prints dots nothing is said, as ever.
#[test]
fn the_text_mode_of_a_printer_is_frozen() {
    let (_, (_, without)) = golden().into_iter().find(|(kind, _)| *kind == 90).unwrap();
    let Fact::PrinterAssigned(dots) = Fact::decode(90, 1, &without).unwrap() else { unreachable!() };
    assert_eq!(dots.text, None);
    let with = [&[without[0] + 1], &without[1..], &[0x06, 0xf5]].concat();
    let Fact::PrinterAssigned(assigned) = Fact::decode(90, 1, &with).unwrap() else { unreachable!() };
    assert_eq!(assigned.text, Some(true));
    assert_eq!(Fact::PrinterAssigned(assigned).encode(), with);
}

#[test]
fn an_unknown_kind_is_kept_as_what_it_is() {
    let known: Vec<u16> = Fact::KINDS.iter().map(|(kind, _)| *kind).collect();
    for kind in (0..200).filter(|kind| !known.contains(kind)) {
        let fact = Fact::decode(kind, 9, b"whatever a later release writes").unwrap();
        assert_eq!(fact, Fact::Unknown { kind, schema: 9 });
        assert_eq!((fact.kind(), fact.scope(), fact.encode()), (kind, Scope::Hall, Vec::new()));
    }
}

#[test]
fn a_payload_that_is_cut_short_is_an_error_that_names_its_kind() {
    for fact in every_kind() {
        let whole = fact.encode();
        for length in 0..whole.len() {
            let error = Fact::decode(fact.kind(), 1, &whole[..length]).unwrap_err();
            assert_eq!(error.kind, fact.kind());
        }
    }
}

/// What identifies a person stays at the desks; nothing else may.
#[test]
fn personal_facts_have_the_scope_of_the_desk() {
    let desk: Vec<String> =
        every_kind().iter().filter(|fact| fact.scope() == Scope::Desk).map(name).collect();
    let expected = [
        "EmployerIdentified",
        "WorkerIdentified",
        "PlacesOffered",
        "AgreementMade",
        "InsuranceRecorded",
        "FindingsOverridden",
    ];
    assert_eq!(desk, expected);
    for (kind, scope) in Fact::KINDS {
        let fact = every_kind().into_iter().find(|fact| fact.kind() == *kind).unwrap();
        assert_eq!(fact.scope(), *scope);
    }
}
