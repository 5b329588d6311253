//! What is carried by hand: the whole of it arrives, twice or in any order, and whatever happens to the file, what is
//! taken of it is what its authors wrote.

use std::ops::Range;

use hall_core::OpId;
use hall_core::fact::Scope;
use hall_core::vocab::DeviceRole;
use hall_log::frame::{BODY_MAX, HEADER, enclose};
use hall_log::{Certificate, Op, Seal};
use hall_sync::Trust;
use hall_sync::node::Identity;
use hall_sync::run::{columns, pack};
use hall_sync::stick::{Batch, End, Export, Header, Import, Part, Parts, StickError, VERSION};
use hall_sync::trust::Reader;
use hall_sync::wire::{Run, Verdict};
use minicbor::Encode;
use proptest::prelude::*;

use crate::memory::Memory;
use crate::sample::{
    About, HALL, Keep, NOW, Plan, SCOPES, certificate, forked, key, ops, seal, series, trust, written,
};

const DESK: Reader = Reader { hall: HALL, role: DeviceRole::Desk };
const KIOSK: Reader = Reader { hall: HALL, role: DeviceRole::Kiosk };
const COUNTY: Reader = Reader { hall: 0, role: DeviceRole::County };

/// 1 is the desk, 7 and 8 are kiosks, 9 is of another hall, 100 is the county.
fn everybody() -> Trust {
    use DeviceRole::{County, Desk, Kiosk};
    trust(&[(HALL, 1, Desk), (HALL, 7, Kiosk), (HALL, 8, Kiosk), (HALL + 1, 9, Kiosk), (0, 100, County)])
}

/// Believes the issuer and has met nobody yet.
fn newcomer() -> Trust {
    trust(&[])
}

fn identity(hall: u32, device: u32, role: DeviceRole) -> Identity {
    Identity { me: series(device), certificate: certificate(hall, device, role), key: key(device) }
}

/// Ops of every scope, so that it matters for whom a stick is.
fn mixed(device: u32, count: usize) -> Vec<Op> {
    let plan = |n: usize| Plan {
        hlc: hall_core::Hlc::new(NOW.plus_ms(n as i64 * 900), 0).0,
        entity: About::Back(n as u64 % 3),
        kind: 30 + n as u16 % 4,
        schema: 1,
        scope: SCOPES[n % SCOPES.len()],
        by: None,
        payload: format!("of {device}, number {n}, scope {}", n % SCOPES.len()).into_bytes(),
        keep: Keep::Whole,
    };
    let plans: Vec<Plan> = (0..count).map(plan).collect();
    ops(series(device), 1, hall_log::Chain::origin(device, 1), &plans)
}

/// The desk with its own ops and two kiosks', sealed as they come by a line.
fn desk_ledger() -> Memory {
    let mut ledger = Memory::default();
    for (device, count) in [(1, 150), (7, 90), (8, 40)] {
        let ops = mixed(device, count);
        ledger.add(&ops);
        for op in ops.iter().filter(|op| op.envelope.id.seq.is_multiple_of(64)).chain(ops.last()) {
            ledger.seal(seal(op, 0));
        }
    }
    ledger
}

fn export(identity: Identity, reader: Reader, ledger: &Memory) -> Vec<Vec<u8>> {
    let mut export = Export::begin(identity, &everybody(), reader, NOW).unwrap();
    std::iter::from_fn(|| export.next(ledger).unwrap()).collect()
}

/// The desk's stick, piece by piece: the beginning and then frame by frame.
fn desk_stick(role: DeviceRole) -> Vec<Vec<u8>> {
    export(identity(HALL, 1, DeviceRole::Desk), Reader { hall: HALL, role }, &desk_ledger())
}

/// What became of a file.
#[derive(Debug, Default, PartialEq)]
struct Read {
    batches: usize,
    new: usize,
    known: u64,
    late: usize,
    learned: Vec<Certificate>,
    refused: Vec<(OpId, Verdict)>,
    stopped: Option<StickError>,
}

fn parts(bytes: &[u8]) -> (Vec<Part>, Option<StickError>) {
    let (mut parts, mut found, mut rest) = (Parts::default(), Vec::new(), bytes);
    while let wanted @ 1.. = parts.wants() {
        assert!(wanted <= BODY_MAX);
        let (given, left) = rest.split_at(wanted.min(rest.len()));
        rest = left;
        match parts.take(given) {
            Ok(part) => found.extend(part),
            Err(error) => {
                assert_eq!(parts.wants(), 0, "after an error nothing more is read");
                return (found, Some(error));
            }
        }
    }
    (found, None)
}

fn import(bytes: &[u8], me: Reader, trust: &Trust, ledger: &mut Memory) -> Read {
    let (found, stopped) = parts(bytes);
    let mut read = Read { stopped, ..Read::default() };
    let mut found = found.into_iter();
    let Some(Part::Header(header)) = found.next() else { return read };
    let mut import = match Import::begin(me, trust, &header, NOW) {
        Ok(import) => import,
        Err(error) => return Read { stopped: Some(error), ..read },
    };
    for part in found {
        let Part::Batch(batch) = part else { continue };
        let taken = import.batch(&batch, ledger).unwrap();
        // Asserts that there is no hole, no other history and no seal over what is not here.
        ledger.store(&taken.judged, &taken.payloads);
        read.batches += 1;
        read.new += taken.judged.ops.len();
        read.known += taken.known;
        read.late += taken.payloads.len();
        read.learned.extend(taken.learned);
        read.refused.extend(taken.judged.refused);
    }
    read
}

fn reads(scopes: &[Scope]) -> Memory {
    Memory { reads: scopes.to_vec(), ..Memory::default() }
}

/// Whoever wrote a series may have more of it: here it is one of the desk's three, and only as it was written.
fn assert_prefix(ledger: &Memory) {
    for series in ledger.series.keys() {
        let whole = mixed(series.device, 150);
        for (op, written) in ledger.ops(*series).iter().zip(&whole) {
            assert_eq!((op.chain, &op.envelope), (written.chain, &written.envelope));
            assert!(op.payload.is_none() || op.payload == written.payload);
        }
    }
}

fn frame<T: Encode<()>>(kind: u8, content: &T) -> Vec<u8> {
    enclose(&minicbor::to_vec((kind, content)).unwrap()).unwrap()
}

fn header(stick: &[Vec<u8>]) -> Header {
    match parts(&stick.concat()).0.remove(0) {
        Part::Header(header) => *header,
        other => panic!("{other:?}"),
    }
}

/// A file around batches that somebody made by hand.
fn around(header: &Header, batches: &[Batch]) -> Vec<u8> {
    let ops = batches.iter().map(|batch| u64::from(batch.run.count)).sum();
    let mut bytes = [b"LGB", &[VERSION][..], &frame(0, header)].concat();
    bytes.extend(batches.iter().flat_map(|batch| frame(1, batch)));
    bytes.extend(frame(2, &End { batches: batches.len() as u64, ops }));
    bytes
}

fn batch(ops: &[Op], seals: Vec<Seal>, certificates: Vec<Certificate>) -> Batch {
    Batch { run: pack(ops, |_| true).unwrap(), seals, certificates }
}

fn kiosk_certificate(device: u32) -> Certificate {
    certificate(HALL, device, DeviceRole::Kiosk)
}

#[test]
fn everything_arrives_with_its_seals_at_somebody_who_knew_nobody() {
    let there = desk_ledger();
    let mut here = Memory::default();
    let read = import(&desk_stick(DeviceRole::County).concat(), COUNTY, &newcomer(), &mut here);
    assert_eq!((read.new, read.known, read.stopped, read.refused), (280, 0, None, vec![]));
    let learned: Vec<u32> = read.learned.iter().map(|certificate| certificate.bearer.device).collect();
    assert_eq!(learned, [1, 7, 8]);
    for (series, ops) in &there.series {
        let scope = |op: &Op| op.envelope.scope;
        for (op, expected) in here.ops(*series).iter().zip(ops) {
            assert_eq!((op.chain, &op.envelope), (expected.chain, &expected.envelope));
            let whole = scope(expected) != Scope::Device;
            assert_eq!(op.payload.is_some(), whole, "{:?}", scope(expected));
        }
        assert_eq!(here.ops(*series).len(), ops.len());
    }
    // They are what lets the reader pass the series on.
    for device in [1, 7, 8] {
        let last = there.ops(series(device)).len() as u64;
        assert!(here.seals.contains_key(&(series(device), last)), "{device}");
    }
    assert!(here.seals.contains_key(&(series(7), 64)));
}

#[test]
fn a_file_read_twice_is_a_file_read_once() {
    let stick = desk_stick(DeviceRole::Desk).concat();
    let mut here = Memory::default();
    let first = import(&stick, DESK, &newcomer(), &mut here);
    let once = here.clone();
    let second = import(&stick, DESK, &newcomer(), &mut here);
    assert_eq!((first.new, second.new, second.known), (280, 0, 280));
    assert_eq!((second.late, second.refused, second.stopped), (0, vec![], None));
    assert_eq!((&here.series, &here.seals), (&once.series, &once.seals));
}

#[test]
fn a_whole_log_that_is_loaded_takes_nothing_from_what_is_here() {
    // The desk has 40 ops of this kiosk; what it did since nobody else has.
    let unsent = mixed(8, 100);
    let mut here = Memory::of(&unsent);
    here.reads = vec![Scope::Hall, Scope::County, Scope::Public];
    let read = import(&desk_stick(DeviceRole::Kiosk).concat(), KIOSK, &newcomer(), &mut here);
    assert_eq!((read.new, read.known, read.refused, read.stopped), (150 + 90, 40, vec![], None));
    assert_eq!(here.ops(series(8)), unsent);
    let counts = [1, 7].map(|device| here.ops(series(device)).len());
    assert_eq!(counts, [150, 90]);
    // And it is what this machine hands on.
    let mut desk = desk_ledger();
    here.seal(seal(unsent.last().unwrap(), 0));
    let on = export(identity(HALL, 8, DeviceRole::Kiosk), DESK, &here).concat();
    assert_eq!(import(&on, DESK, &newcomer(), &mut desk).new, 60);
    assert_eq!(desk.ops(series(8)).len(), 100);
}

#[test]
fn files_in_any_order_come_to_the_same() {
    let kiosk = Memory::of(&mixed(7, 120));
    let kiosk = export(identity(HALL, 7, DeviceRole::Kiosk), DESK, &kiosk).concat();
    let desk = desk_stick(DeviceRole::Desk).concat();
    let orders: [&[&Vec<u8>]; 4] =
        [&[&desk, &kiosk], &[&kiosk, &desk], &[&desk, &kiosk, &desk], &[&kiosk, &desk, &kiosk]];
    let mut ends = Vec::new();
    for order in orders {
        let mut here = reads(&[Scope::Desk, Scope::Hall, Scope::County, Scope::Public]);
        for stick in order {
            let read = import(stick, DESK, &newcomer(), &mut here);
            assert_eq!((read.stopped, read.refused), (None, vec![]));
        }
        assert_eq!(here.ops(series(7)).len(), 120);
        ends.push(here.series);
    }
    assert!(ends.iter().all(|end| *end == ends[0]));
}

#[test]
fn what_a_reader_may_not_have_is_not_in_his_file() {
    let holds = |role, scope: usize| {
        let found = parts(&desk_stick(role).concat()).0;
        let secret = format!("scope {scope}");
        found.iter().any(|part| match part {
            Part::Batch(batch) => {
                let raw = columns(&batch.run).unwrap();
                raw.windows(secret.len()).any(|window| window == secret.as_bytes())
            }
            _ => false,
        })
    };
    for (role, readable) in [
        (DeviceRole::County, [false, true, true, true, true]),
        (DeviceRole::Desk, [false, true, true, true, true]),
        (DeviceRole::Kiosk, [false, false, true, true, true]),
        (DeviceRole::Wall, [false, false, true, true, true]),
    ] {
        assert_eq!([0, 1, 2, 3, 4].map(|scope| holds(role, scope)), readable, "{role:?}");
    }
    // And one who gets another's file keeps only what is for him.
    let mut here = Memory::default();
    import(&desk_stick(DeviceRole::Desk).concat(), KIOSK, &newcomer(), &mut here);
    for op in here.series.values().flatten() {
        let kept = !matches!(op.envelope.scope, Scope::Desk | Scope::Device);
        assert_eq!(op.payload.is_some(), kept, "{:?}", op.envelope);
    }
}

#[test]
fn payloads_that_came_another_way_without_are_completed() {
    let mut here = reads(&[Scope::Desk, Scope::Hall, Scope::County, Scope::Public]);
    import(&desk_stick(DeviceRole::Kiosk).concat(), DESK, &newcomer(), &mut here);
    let lacking = here.series.values().flatten().filter(|op| op.envelope.scope == Scope::Desk).count();
    let read = import(&desk_stick(DeviceRole::Desk).concat(), DESK, &newcomer(), &mut here);
    assert_eq!((read.new, read.late, read.known), (0, lacking, 280));
    assert!(lacking > 50);
    let mut whole = Memory::default();
    import(&desk_stick(DeviceRole::Desk).concat(), DESK, &newcomer(), &mut whole);
    assert_eq!(here.series, whole.series);
}

#[test]
fn a_long_log_goes_through_in_small_pieces() {
    let ledger = Memory::of(&written(1, 9_000, 1));
    let stick = export(identity(HALL, 1, DeviceRole::Desk), COUNTY, &ledger);
    assert!(stick.len() > 6, "{} pieces", stick.len());
    assert!(stick.iter().all(|piece| piece.len() <= HEADER + BODY_MAX));
    let mut here = Memory::default();
    let read = import(&stick.concat(), COUNTY, &newcomer(), &mut here);
    assert_eq!((read.new, read.stopped), (9_000, None));
    assert_eq!(here.series, ledger.series);
}

#[test]
fn series_of_unknown_authors_are_left_out_and_named() {
    let (me, ledger) = (identity(HALL, 1, DeviceRole::Desk), desk_ledger());
    let knows_one = trust(&[(HALL, 8, DeviceRole::Kiosk)]);
    let mut export = Export::begin(me, &knows_one, COUNTY, NOW).unwrap();
    let stick: Vec<Vec<u8>> = std::iter::from_fn(|| export.next(&ledger).unwrap()).collect();
    assert_eq!(export.left_out(&ledger).unwrap(), [series(7)]);
    let mut here = Memory::default();
    let read = import(&stick.concat(), COUNTY, &newcomer(), &mut here);
    assert_eq!((read.new, read.stopped, read.refused), (190, None, vec![]));
    assert!(here.ops(series(7)).is_empty());
}

#[test]
fn an_empty_log_makes_an_empty_file() {
    let stick = export(identity(HALL, 1, DeviceRole::Desk), COUNTY, &Memory::default()).concat();
    let mut here = Memory::default();
    assert_eq!(import(&stick, COUNTY, &newcomer(), &mut here), Read::default());
}

#[test]
fn whoever_is_not_enrolled_writes_no_file() {
    let mut stranger = identity(HALL, 1, DeviceRole::Desk);
    stranger.certificate = Certificate::issue(stranger.certificate.bearer, &key(40));
    let begun = Export::begin(stranger, &everybody(), COUNTY, NOW);
    assert_eq!(begun.err(), Some(StickError::Stranger));
}

/// Where each frame ends, and how many batches are whole by then.
fn ends(stick: &[Vec<u8>]) -> Vec<(usize, usize)> {
    let mut at = 0;
    stick
        .iter()
        .enumerate()
        .map(|(n, piece)| {
            at += piece.len();
            // The beginning and the header come before the batches, the end behind them.
            (at, n.saturating_sub(1).min(stick.len() - 3))
        })
        .collect()
}

#[test]
fn a_file_cut_anywhere_gives_what_is_whole_and_says_so() {
    let stick = desk_stick(DeviceRole::Desk);
    let (bytes, ends) = (stick.concat(), ends(&stick));
    let mut last = 0;
    for cut in 0..bytes.len() {
        let whole = ends.iter().rev().find(|(end, _)| *end <= cut).map_or(0, |(_, batches)| *batches);
        let (found, stopped) = parts(&bytes[..cut]);
        assert_eq!(stopped, Some(if cut < 3 { StickError::NotOurs } else { StickError::CutOff }), "{cut}");
        assert_eq!(found.iter().filter(|part| matches!(part, Part::Batch(_))).count(), whole, "{cut}");
        last = whole;
    }
    assert_eq!(last, stick.len() - 3, "all but the end");
}

#[test]
fn what_is_no_file_of_ours_is_told_apart() {
    let good = desk_stick(DeviceRole::County).concat();
    let mut next = good.clone();
    next[3] = VERSION + 1;
    let mut headless = good[..4].to_vec();
    headless.extend_from_slice(&frame(2, &End::default()));
    let cases: [(&str, Vec<u8>, StickError); 7] = [
        ("nothing", vec![], StickError::NotOurs),
        ("a picture", b"\x89PNG\r\n\x1a\n".repeat(9), StickError::NotOurs),
        ("zeros", vec![0; 4_096], StickError::NotOurs),
        ("a later version", next, StickError::Version(VERSION + 1)),
        ("only a beginning", good[..4].to_vec(), StickError::CutOff),
        ("zeros behind a beginning", [&good[..4], &[0; 64]].concat(), StickError::Damaged),
        ("an end without a header", headless, StickError::Malformed),
    ];
    for (what, bytes, expected) in cases {
        let mut here = Memory::default();
        let read = import(&bytes, COUNTY, &newcomer(), &mut here);
        assert_eq!((read.stopped, read.batches), (Some(expected), 0), "{what}");
        assert!(here.series.is_empty(), "{what}");
    }
}

#[test]
fn a_file_of_another_hall_or_of_a_stranger_is_not_read() {
    let mine = desk_stick(DeviceRole::Desk);
    let other = |hall, role| {
        let ledger = Memory::of(&mixed(9, 5));
        let reader = Reader { hall, role: DeviceRole::Desk };
        export(identity(HALL + 1, 9, role), reader, &ledger).concat()
    };
    let begin = |bytes: &[u8], me| import(bytes, me, &newcomer(), &mut Memory::default()).stopped;
    let found = HALL + 1;
    assert_eq!(begin(&other(found, DeviceRole::Kiosk), DESK), Some(StickError::OtherHall { found }));
    assert_eq!(begin(&other(found, DeviceRole::Kiosk), COUNTY), None);
    // The county's, for that hall.
    let ledger = Memory::of(&mixed(100, 5));
    for (hall, expected) in [(HALL, None), (found, Some(StickError::OtherHall { found }))] {
        let reader = Reader { hall, role: DeviceRole::Desk };
        let stick = export(identity(0, 100, DeviceRole::County), reader, &ledger).concat();
        assert_eq!(begin(&stick, DESK), expected, "for {hall}");
    }
    let honest = header(&mine);
    let bearer = honest.certificate.bearer;
    let stranger = Header { certificate: Certificate::issue(bearer, &key(40)), ..honest.clone() };
    assert_eq!(begin(&around(&stranger, &[]), DESK), Some(StickError::Stranger));
    let posing = Header { from: series(7), ..honest };
    assert_eq!(begin(&around(&posing, &[]), DESK), Some(StickError::Malformed));
}

#[test]
fn what_its_author_did_not_seal_is_refused_and_the_rest_is_taken() {
    let (seven, eight) = (mixed(7, 10), mixed(8, 10));
    let good = batch(&eight, vec![seal(&eight[9], 0)], vec![kiosk_certificate(8)]);
    let honest = header(&desk_stick(DeviceRole::Desk));
    let forged = Seal::sign(series(7), 10, seven[9].chain, seal(&seven[9], 0).at, &key(1));
    let altered = forked(&written(7, 10, 1), 4, 10);
    let garbled = |run: Run| Run { body: b"no run".to_vec(), ..run };
    let mine = batch(&seven, vec![seal(&seven[9], 0)], vec![kiosk_certificate(7)]);
    let bad: [(&str, Batch, Verdict); 6] = [
        ("no seal", Batch { seals: vec![], ..mine.clone() }, Verdict::Unsealed),
        ("another's seal", Batch { seals: vec![forged], ..mine.clone() }, Verdict::Unsealed),
        (
            "other ops under a seal",
            batch(&altered, mine.seals.clone(), mine.certificates.clone()),
            Verdict::Fork,
        ),
        ("a gap", batch(&seven[3..], mine.seals.clone(), mine.certificates.clone()), Verdict::Gap),
        ("no run", Batch { run: garbled(mine.run.clone()), ..mine.clone() }, Verdict::Malformed),
        ("an unknown author", Batch { certificates: vec![], ..mine.clone() }, Verdict::Foreign),
    ];
    for (what, bad, verdict) in bad {
        let mut here = Memory::default();
        let bytes = around(&honest, &[bad, good.clone()]);
        let read = import(&bytes, DESK, &newcomer(), &mut here);
        assert_eq!((read.new, read.stopped), (10, None), "{what}");
        assert_eq!(read.refused.iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>(), [verdict], "{what}");
        assert!(here.ops(series(7)).is_empty() && here.ops(series(8)).len() == 10, "{what}");
    }
}

#[test]
fn another_history_is_kept_as_evidence() {
    let (seven, honest) = (written(7, 10, 1), header(&desk_stick(DeviceRole::Desk)));
    let copy = forked(&seven, 4, 10);
    let mut here = Memory::of(&seven);
    let bytes = around(&honest, &[batch(&copy, vec![seal(&copy[9], 0)], vec![kiosk_certificate(7)])]);
    for round in 1..=2 {
        let read = import(&bytes, DESK, &newcomer(), &mut here);
        assert_eq!((read.new, read.known), (0, 0));
        assert_eq!(read.refused, [(OpId::new(7, 1, 1), Verdict::Fork)]);
        assert_eq!((here.ops(series(7)), here.evidence.len()), (&seven[..], 10 * round));
    }
}

#[test]
fn frames_that_are_gone_or_changed_places_are_missed() {
    let stick = desk_stick(DeviceRole::Desk);
    let batches: Range<usize> = 2..stick.len() - 1;
    for gone in batches {
        let mut less = stick.clone();
        less.remove(gone);
        let (_, stopped) = parts(&less.concat());
        assert_eq!(stopped, Some(StickError::CutOff), "without {gone}");
    }
    let mut twice = stick.clone();
    twice.insert(2, stick[1].clone());
    assert_eq!(parts(&twice.concat()).1, Some(StickError::Malformed), "two headers");
    // Nothing is read behind the end.
    let mut more = stick.concat();
    more.extend_from_slice(b"whatever is on the stick");
    assert_eq!(parts(&more).1, None);
}

#[test]
fn frames_of_a_later_release_are_skipped() {
    let mut stick = desk_stick(DeviceRole::Desk);
    stick.insert(2, frame(77, &("later", 5)));
    let mut here = Memory::default();
    let read = import(&stick.concat(), DESK, &newcomer(), &mut here);
    assert_eq!((read.new, read.stopped), (280, None));
}

#[test]
fn lists_in_a_batch_have_bounds() {
    let honest = header(&desk_stick(DeviceRole::Desk));
    let ops = mixed(7, 3);
    let one = seal(&ops[2], 0);
    for (seals, certificates, stopped) in
        [(4_096, 16, None), (4_097, 1, Some(StickError::Malformed)), (1, 17, Some(StickError::Malformed))]
    {
        let batch = batch(&ops, vec![one; seals], vec![kiosk_certificate(7); certificates]);
        assert_eq!(
            parts(&around(&honest, &[batch])).1,
            stopped,
            "{seals} seals, {certificates} certificates"
        );
    }
}

proptest! {
    #[test]
    fn damage_takes_the_rest_of_the_file_and_nothing_else(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), 1_u8..), 1..4),
    ) {
        let stick = desk_stick(DeviceRole::Desk);
        let (mut bytes, ends) = (stick.concat(), ends(&stick));
        let mut first = bytes.len();
        let untouched = bytes.clone();
        for (position, flip) in flips {
            bytes[position.index(untouched.len())] ^= flip;
        }
        first = first.min(bytes.iter().zip(&untouched).position(|(a, b)| a != b).unwrap_or(first));
        let whole = ends.iter().rev().find(|(end, _)| *end <= first).map_or(0, |(_, batches)| *batches);
        let mut here = Memory::default();
        let read = import(&bytes, DESK, &newcomer(), &mut here);
        prop_assert_eq!(read.batches, whole);
        prop_assert_eq!(read.stopped.is_none(), bytes == untouched);
        assert_prefix(&here);
        // The good file puts everything right.
        let again = import(&untouched, DESK, &newcomer(), &mut here);
        prop_assert_eq!(read.new + again.new, 280);
    }

    /// Somebody who can count a checksum alters a frame.
    #[test]
    fn an_altered_frame_changes_nothing_that_its_author_did_not_write(
        which in any::<proptest::sample::Index>(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), 1_u8..), 1..4),
    ) {
        let mut stick = desk_stick(DeviceRole::Desk);
        let which = 1 + which.index(stick.len() - 1);
        let mut body = stick[which][HEADER..].to_vec();
        for (position, flip) in flips {
            let position = position.index(body.len());
            body[position] ^= flip;
        }
        stick[which] = enclose(&body).unwrap();
        let mut here = Memory::default();
        import(&stick.concat(), DESK, &newcomer(), &mut here);
        assert_prefix(&here);
        let again = import(&desk_stick(DeviceRole::Desk).concat(), DESK, &newcomer(), &mut here);
        prop_assert_eq!((again.stopped, again.refused), (None, vec![]));
        prop_assert_eq!(here.series.values().map(Vec::len).sum::<usize>(), 280);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        kind in 0_u8..4,
    ) {
        let (found, stopped) = parts(&bytes);
        prop_assert!(found.is_empty() && stopped.is_some());
        let framed = [b"LGB", &[VERSION][..], &enclose(&[&[0x82, kind], &bytes[..]].concat()).unwrap()].concat();
        prop_assert!(parts(&framed).1.is_some());
    }

    #[test]
    fn files_of_two_devices_in_any_pieces_and_order(
        order in proptest::collection::vec((any::<bool>(), any::<proptest::sample::Index>()), 0..6),
    ) {
        let kiosk = Memory::of(&mixed(7, 120));
        let sticks = [
            desk_stick(DeviceRole::Desk).concat(),
            export(identity(HALL, 7, DeviceRole::Kiosk), DESK, &kiosk).concat(),
        ];
        let mut here = reads(&[Scope::Desk, Scope::Hall, Scope::County, Scope::Public]);
        for (second, cut) in order {
            let stick = &sticks[usize::from(second)];
            import(&stick[..cut.index(stick.len())], DESK, &newcomer(), &mut here);
            assert_prefix(&here);
        }
        for stick in &sticks {
            import(stick, DESK, &newcomer(), &mut here);
        }
        let mut once = Memory::default();
        for stick in &sticks {
            import(stick, DESK, &newcomer(), &mut once);
        }
        prop_assert_eq!(here.series, once.series);
    }
}
