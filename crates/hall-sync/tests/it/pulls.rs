//! What is sent: within limits, cut where the receiver can check it, without what he may not read, and in the
//! end everything, once.

use std::collections::BTreeMap;

use hall_core::Hlc;
use hall_core::fact::{Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_log::seal::STRIDE;
use hall_log::{Chain, Ledger, Op};
use hall_sync::Trust;
use hall_sync::pull::{Parcel, Sender};
use hall_sync::push::Judge;
use hall_sync::run::{pack, unpack};
use hall_sync::trust::Reader;
use hall_sync::wire::{Have, LIMITS, Limits};
use proptest::prelude::*;

use crate::memory::Memory;
use crate::sample::{About, HALL, Keep, NOW, Plan, SCOPES, forked, key, ops, seal, series, trust, written};

const DESK: Reader = Reader { hall: HALL, role: DeviceRole::Desk };
const KIOSK: Reader = Reader { hall: HALL, role: DeviceRole::Kiosk };
const COUNTY: Reader = Reader { hall: 0, role: DeviceRole::County };

fn hall() -> Trust {
    use DeviceRole::{County, Desk, Kiosk};
    trust(&[(HALL, 1, Desk), (HALL, 7, Kiosk), (HALL, 8, Kiosk), (HALL + 1, 9, Kiosk), (0, 100, County)])
}

fn parcel(me: u32, peer: Reader, have: &[Have], limits: Limits, ledger: &Memory) -> Parcel {
    let (trust, key) = (hall(), key(me));
    let sender = Sender { me: series(me), trust: &trust, key: &key, now: NOW };
    let have = have.iter().map(|have| (have.series, *have)).collect();
    sender.parcel(peer, &have, limits, ledger).unwrap()
}

fn everything(me: u32, peer: Reader, ledger: &Memory) -> Parcel {
    parcel(me, peer, &[], LIMITS, ledger)
}

fn haves(ledger: &Memory) -> Vec<Have> {
    let heads = ledger.heads().unwrap();
    heads.into_iter().map(|(series, head)| Have::new(series, head.seq, head.chain)).collect()
}

/// Ops of `device`, each of another scope in turn.
fn of_all_scopes(device: u32) -> Vec<Op> {
    let plan = |(n, scope): (usize, Scope)| Plan {
        hlc: Hlc::new(NOW, n as u16).0,
        entity: About::Itself,
        kind: 40,
        schema: 1,
        scope,
        by: None,
        payload: vec![n as u8],
        keep: Keep::Whole,
    };
    let plans: Vec<Plan> = SCOPES.into_iter().enumerate().map(plan).collect();
    ops(series(device), 1, Chain::origin(device, 1), &plans)
}

fn lengths(parcel: &Parcel) -> Vec<(u32, u64, u16)> {
    parcel.runs.iter().map(|run| (run.series.device, run.first, run.count)).collect()
}

/// A relay's log: the ops of others with the seals that came with them.
fn relayed(series: &[(&[Op], &[usize])]) -> Memory {
    let mut ledger = Memory::default();
    for (ops, sealed) in series {
        ledger.add(ops);
        for n in *sealed {
            ledger.seal(seal(&ops[n - 1], 0));
        }
    }
    ledger
}

#[test]
fn the_own_series_comes_first_with_its_certificate_and_a_seal_at_its_end() {
    let (one, seven) = (written(1, 3, 1), written(7, 2, 1));
    let mut ledger = relayed(&[(&one, &[3])]);
    ledger.add(&seven);
    let parcel = everything(7, DESK, &ledger);
    assert_eq!(lengths(&parcel), [(7, 1, 2), (1, 1, 3)]);
    assert_eq!(
        parcel.seals.iter().map(|seal| (seal.series.device, seal.seq)).collect::<Vec<_>>(),
        [(7, 2), (1, 3)]
    );
    assert_eq!(parcel.certificates.iter().map(|it| it.bearer.device).collect::<Vec<_>>(), [7, 1]);
    assert!(!parcel.more);
    assert!(parcel.seals.iter().all(|seal| seal.is_by(&key(seal.series.device).verifying_key())));
    assert!(parcel.seals[0].at >= Hlc::new(NOW, 0), "nothing happened up to now");
}

#[test]
fn whoever_has_everything_gets_nothing() {
    let ledger = Memory::of(&written(7, 5, 1));
    assert_eq!(parcel(7, DESK, &haves(&ledger), LIMITS, &ledger), Parcel::default());
    assert_eq!(everything(7, DESK, &Memory::default()), Parcel::default());
}

#[test]
fn a_peer_gets_only_what_he_lacks() {
    let seven = written(7, 5, 1);
    let ledger = Memory::of(&seven);
    for (has, expected) in [(0, vec![(7, 1, 5)]), (3, vec![(7, 4, 2)]), (4, vec![(7, 5, 1)]), (5, vec![])] {
        let have = Memory::of(&seven[..has]);
        assert_eq!(lengths(&parcel(7, DESK, &haves(&have), LIMITS, &ledger)), expected, "he has {has}");
    }
}

#[test]
fn a_peer_with_another_history_gets_no_more_of_it() {
    let (seven, eight) = (written(7, 6, 1), written(8, 4, 1));
    let ledger = relayed(&[(&seven, &[6]), (&eight, &[4])]);
    for (what, other) in [
        ("behind ours", forked(&seven, 2, 4)),
        ("as long as ours", forked(&seven, 2, 6)),
        ("ahead of ours", forked(&seven, 2, 9)),
    ] {
        let theirs = Memory::of(&other);
        assert_eq!(lengths(&parcel(1, DESK, &haves(&theirs), LIMITS, &ledger)), [(8, 1, 4)], "{what}");
    }
}

#[test]
fn a_peer_who_is_ahead_gets_nothing() {
    let seven = written(7, 6, 1);
    let ledger = Memory::of(&seven[..4]);
    assert_eq!(everything_after(&haves(&Memory::of(&seven)), &ledger), Parcel::default());
    let silenced = Have { series: series(7), seq: u64::MAX, chain: [0; 8] };
    assert_eq!(everything_after(&[silenced], &ledger), Parcel::default());
}

fn everything_after(have: &[Have], ledger: &Memory) -> Parcel {
    parcel(7, DESK, have, LIMITS, ledger)
}

#[test]
fn payloads_stop_where_their_scope_ends() {
    let read = |author: u32, peer: Reader| {
        let ops = of_all_scopes(author);
        let mut ledger = Memory::of(&ops);
        ledger.seal(seal(&ops[4], 0));
        let run = everything(1, peer, &ledger).runs.pop()?;
        let read = unpack(&run, Chain::origin(author, 1)).unwrap();
        assert_eq!(read.last().map(|op| op.chain), Some(ops[4].chain), "envelopes always travel");
        Some(read.iter().map(|op| op.payload.is_some()).collect::<Vec<_>>())
    };
    let elsewhere = Reader { hall: HALL + 1, role: DeviceRole::Desk };
    // Device, Desk, Hall, County, Public.
    assert_eq!(read(7, DESK), Some(vec![false, true, true, true, true]));
    assert_eq!(read(7, KIOSK), Some(vec![false, false, true, true, true]));
    assert_eq!(read(7, COUNTY), Some(vec![false, true, true, true, true]));
    assert_eq!(read(100, KIOSK), Some(vec![false, false, false, true, true]));
    assert_eq!(read(100, elsewhere), Some(vec![false, false, false, true, true]));
    assert_eq!(read(7, elsewhere), None, "another hall's series does not travel at all");
    assert_eq!(read(9, DESK), None);
}

#[test]
fn a_series_of_which_nobody_vouched_for_the_author_stays() {
    let mut ledger = Memory::of(&written(50, 3, 1));
    ledger.add(&written(7, 1, 1));
    assert_eq!(lengths(&everything(7, DESK, &ledger)), [(7, 1, 1)]);
}

#[test]
fn a_relay_cuts_where_the_author_sealed() {
    let seven = written(7, 10, 1);
    for (sealed, limit, expected, more) in [
        (vec![4, 10], 2_000, 10, false),
        (vec![4, 10], 9, 4, true),
        (vec![4, 10], 4, 4, true),
        // No seal within the limit: the first one behind it, or nobody would ever get on.
        (vec![4, 10], 3, 4, true),
        (vec![10], 3, 10, false),
        // Behind the last seal nothing can be checked.
        (vec![4], 2_000, 4, true),
    ] {
        let ledger = relayed(&[(&seven, &sealed)]);
        let parcel = parcel(1, DESK, &[], Limits { ops: limit, ..LIMITS }, &ledger);
        assert_eq!(lengths(&parcel), [(7, 1, expected)], "sealed at {sealed:?}, at most {limit}");
        assert_eq!(parcel.seals.last().map(|seal| seal.seq), Some(u64::from(expected)));
        assert_eq!(parcel.more, more, "sealed at {sealed:?}, at most {limit}");
    }
    let unsealed = relayed(&[(&seven, &[])]);
    assert_eq!(everything(1, DESK, &unsealed), Parcel::default());
}

#[test]
fn whoever_got_a_series_in_one_piece_can_pass_it_on_in_pieces() {
    let seven = written(7, 300, 1);
    let whole = everything(7, DESK, &Memory::of(&seven));
    assert_eq!(lengths(&whole), [(7, 1, 300)]);
    let sealed: Vec<u64> = whole.seals.iter().map(|seal| seal.seq).collect();
    assert_eq!(sealed, [STRIDE, 2 * STRIDE, 3 * STRIDE, 4 * STRIDE, 300]);

    let mut relay = Memory::default();
    relay.store(&Judge { me: DESK, trust: &hall() }.judge(&whole.runs, &whole.seals, &relay).unwrap(), &[]);
    let piece = parcel(1, KIOSK, &[], Limits { ops: 70, ..LIMITS }, &relay);
    assert_eq!((lengths(&piece), piece.more), (vec![(7, 1, 64)], true));
}

#[test]
fn the_limit_of_ops_is_kept_to_a_stride() {
    let mut ledger = Memory::of(&written(7, 1_000, 1));
    let eight = written(8, 500, 1);
    ledger.add(&eight);
    for n in (STRIDE as usize..500).step_by(STRIDE as usize).chain([500]) {
        ledger.seal(seal(&eight[n - 1], 0));
    }
    for limit in [1, 64, 100, 500, 999, 1_000, 1_001, 1_200, 1_500, 2_000] {
        let parcel = parcel(7, DESK, &[], Limits { ops: limit, ..LIMITS }, &ledger);
        let sent: u64 = parcel.runs.iter().map(|run| u64::from(run.count)).sum();
        assert!(sent <= u64::from(limit) + STRIDE, "{sent} ops where {limit} were asked for");
        assert!(sent >= u64::from(limit).min(STRIDE), "{sent} ops where {limit} were asked for");
        assert_eq!(parcel.more, sent < 1_500, "{sent} ops where {limit} were asked for");
    }
}

#[test]
fn the_limit_of_bytes_is_kept_beyond_the_first_run() {
    let long = |device: u32| {
        let mut state = device;
        let plan = |n: usize| Plan {
            hlc: Hlc::new(NOW, n as u16).0,
            entity: About::Itself,
            kind: 40,
            schema: 1,
            scope: Scope::Hall,
            by: None,
            // What does not compress.
            payload: std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .take(1_000)
            .collect(),
            keep: Keep::Whole,
        };
        let plans: Vec<Plan> = (0..20).map(plan).collect();
        ops(series(device), 1, Chain::origin(device, 1), &plans)
    };
    let (one, seven, eight) = (long(1), long(7), long(8));
    let ledger = relayed(&[(&one, &[20]), (&seven, &[20]), (&eight, &[20])]);
    for (bytes, runs) in [(4 << 10, 1), (25 << 10, 1), (45 << 10, 2), (128 << 10, 3)] {
        let parcel = parcel(1, COUNTY, &[], Limits { bytes, ..LIMITS }, &ledger);
        assert_eq!((parcel.runs.len(), parcel.more), (runs, runs < 3), "{bytes} bytes");
        let size: usize = parcel.runs.iter().map(|run| run.body.len()).sum();
        assert!(runs == 1 || size <= bytes as usize, "{size} bytes where {bytes} were asked for");
    }
}

/// Lets `reader`, who has nothing, pull from device `me` until there is no more; how often he was given each op.
fn drain(me: u32, reader: Reader, limits: Limits, ledger: &Memory) -> (Memory, BTreeMap<Holder, u64>) {
    let (mut theirs, mut given, mut rounds) = (Memory::default(), BTreeMap::new(), 0);
    loop {
        rounds += 1;
        let parcel = parcel(me, reader, &haves(&theirs), limits, ledger);
        for run in &parcel.runs {
            *given.entry(run.series).or_default() += u64::from(run.count);
        }
        let trust = hall();
        let judge = Judge { me: reader, trust: &trust };
        let judged = judge.judge(&parcel.runs, &parcel.seals, &theirs).unwrap();
        assert_eq!(judged.refused, [], "what is sent can be checked");
        theirs.store(&judged, &[]);
        if !parcel.more {
            return (theirs, given);
        }
        assert!(!judged.ops.is_empty(), "more was promised and nothing came");
        assert!(rounds < 2_000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn asking_until_there_is_no_more_brings_everything_once(
        own in 0_usize..400,
        others in proptest::collection::vec((0_usize..200, proptest::collection::vec(1_usize..200, 0..4)), 3),
        limit in prop_oneof![Just(1_u16), 1_u16..80, 1_u16..2_000],
        bytes in prop_oneof![Just(4_u32 << 10), Just(256_u32 << 10)],
    ) {
        let mut ledger = Memory::of(&written(7, own, 1));
        for (device, (count, seals)) in [1_u32, 8, 100].into_iter().zip(others) {
            let ops = written(device, count, 1);
            ledger.add(&ops);
            for n in seals.into_iter().filter(|n| *n <= count).chain((count > 0).then_some(count)) {
                ledger.seal(seal(&ops[n - 1], 0));
            }
        }
        let (theirs, given) = drain(7, KIOSK, Limits { ops: limit, bytes }, &ledger);
        let chains = |ledger: &Memory| -> BTreeMap<Holder, Vec<Chain>> {
            ledger.series.iter().map(|(series, ops)| (*series, ops.iter().map(|op| op.chain).collect())).collect()
        };
        prop_assert_eq!(chains(&theirs), chains(&ledger));
        let once: BTreeMap<Holder, u64> =
            ledger.series.iter().map(|(series, ops)| (*series, ops.len() as u64)).collect();
        prop_assert_eq!(given, once);
    }
}

#[test]
fn a_series_that_is_asked_for_from_the_middle_is_packed_from_there() {
    let seven = written(7, 100, 1);
    let have = Have::new(series(7), 70, seven[69].chain);
    let parcel = parcel(7, DESK, &[have], LIMITS, &Memory::of(&seven));
    assert_eq!(Some(&parcel.runs[0]), pack(&seven[70..], |_| true).as_ref());
    assert_eq!(unpack(&parcel.runs[0], seven[69].chain).unwrap(), seven[70..]);
}

#[test]
fn what_a_device_wrote_in_an_earlier_epoch_is_sent_with_its_seals() {
    let earlier = written(7, 70, 1);
    let ledger = Memory::of(&earlier);
    let (trust, key) = (hall(), key(7));
    let me = Holder { device: 7, epoch: 2 };
    let sender = Sender { me, trust: &trust, key: &key, now: NOW };
    let parcel = sender.parcel(DESK, &BTreeMap::new(), LIMITS, &ledger).unwrap();
    assert_eq!(lengths(&parcel), [(7, 1, 70)]);
    let sealed: Vec<_> = parcel.seals.iter().map(|seal| (seal.series, seal.seq)).collect();
    assert_eq!(sealed, [(series(7), STRIDE), (series(7), 70)]);
    // Nobody can say of an epoch that is over that nothing happened in it up to now.
    assert_eq!(parcel.seals[1].at, earlier[69].envelope.hlc);
    let judged =
        Judge { me: DESK, trust: &trust }.judge(&parcel.runs, &parcel.seals, &Memory::default()).unwrap();
    assert_eq!((judged.ops, judged.refused), (earlier, vec![]));
}
