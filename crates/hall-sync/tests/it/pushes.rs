//! What becomes of runs: taken as far as their author sealed them, put aside where they contradict.

use hall_core::fact::{Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{Hlc, OpId};
use hall_log::certificate::LIFETIME_S;
use hall_log::{Chain, Op, Seal};
use hall_sync::Trust;
use hall_sync::push::{Judge, Judged};
use hall_sync::run::pack;
use hall_sync::trust::Reader;
use hall_sync::wire::{Run, Verdict};
use proptest::prelude::*;

use crate::memory::Memory;
use crate::sample::{
    About, HALL, Keep, NOW, Plan, certificate, forked, key, ops, seal, series, trust, written,
};

const DESK: Reader = Reader { hall: HALL, role: DeviceRole::Desk };

/// 7 and 8 are kiosks of the hall, 9 is of another hall, 100 is the county; 50 is nobody.
fn hall() -> Trust {
    use DeviceRole::{County, Kiosk};
    trust(&[(HALL, 7, Kiosk), (HALL, 8, Kiosk), (HALL + 1, 9, Kiosk), (0, 100, County)])
}

fn judge(runs: &[Run], seals: &[Seal], ledger: &Memory) -> Judged {
    Judge { me: DESK, trust: &hall() }.judge(runs, seals, ledger).unwrap()
}

fn run(ops: &[Op]) -> Run {
    pack(ops, |_| true).unwrap()
}

fn refused(device: u32, seq: u64, verdict: Verdict) -> Vec<(OpId, Verdict)> {
    vec![(OpId::new(device, 1, seq), verdict)]
}

#[test]
fn a_sealed_run_is_taken() {
    let ops = written(7, 10, 1);
    let judged = judge(&[run(&ops)], &[seal(&ops[9], 0)], &Memory::default());
    assert_eq!(judged, Judged { ops: ops.clone(), seals: vec![seal(&ops[9], 0)], ..Judged::default() });
}

#[test]
fn a_run_in_pieces_is_taken_in_order() {
    let ops = written(7, 10, 1);
    let seals = [seal(&ops[3], 0), seal(&ops[9], 0)];
    let judged = judge(&[run(&ops[..4]), run(&ops[4..])], &seals, &Memory::default());
    assert_eq!((judged.ops, judged.seals), (ops.clone(), seals.to_vec()));

    let judged = judge(&[run(&ops[4..]), run(&ops[..4])], &seals, &Memory::default());
    assert_eq!(judged.ops, ops[..4], "the first comes too late for the second");
    assert_eq!(judged.refused, refused(7, 5, Verdict::Gap));
    assert_eq!(judged.seals, [seals[0]]);
}

#[test]
fn authors_whose_series_does_not_belong_here() {
    for (device, expected) in
        [(7, None), (9, Some(Verdict::Foreign)), (50, Some(Verdict::Foreign)), (100, None)]
    {
        let ops = written(device, 3, 1);
        let judged = judge(&[run(&ops)], &[seal(&ops[2], 0)], &Memory::default());
        assert_eq!(judged.refused.first().map(|(_, verdict)| *verdict), expected, "device {device}");
        assert_eq!(judged.ops.is_empty(), expected.is_some(), "device {device}");
        assert!(judged.evidence.is_empty());
    }
    let ops = written(9, 3, 1);
    let county = Reader { hall: 0, role: DeviceRole::County };
    let judge = Judge { me: county, trust: &hall() };
    assert_eq!(judge.judge(&[run(&ops)], &[seal(&ops[2], 0)], &Memory::default()).unwrap().ops, ops);
}

#[test]
fn a_kiosk_says_nothing_that_is_for_staff_to_say() {
    const ERASED: u16 = 4;
    for (role, kind, taken) in [
        (DeviceRole::Kiosk, ERASED, 3),
        (DeviceRole::Wall, ERASED, 3),
        (DeviceRole::Desk, ERASED, 6),
        (DeviceRole::County, ERASED, 6),
        (DeviceRole::Kiosk, 9_000, 6),
    ] {
        let plan = |kind| Plan {
            hlc: Hlc::new(NOW, 0).0,
            entity: About::Itself,
            kind,
            schema: 1,
            scope: Scope::Hall,
            by: None,
            payload: vec![1],
            keep: Keep::Whole,
        };
        let kinds = [40, 60, 40, kind, 40, 40];
        let ops = ops(series(7), 1, Chain::origin(7, 1), &kinds.map(plan));
        let hall = if role == DeviceRole::County { 0 } else { HALL };
        let judge = Judge { me: DESK, trust: &trust(&[(hall, 7, role)]) };
        let seals = [seal(&ops[2], 0), seal(&ops[5], 0)];
        let judged = judge.judge(&[run(&ops)], &seals, &Memory::default()).unwrap();
        assert_eq!(judged.ops, ops[..taken], "{role:?} says {kind}");
        let rest = if taken == 6 { vec![] } else { refused(7, 4, Verdict::Forbidden) };
        assert_eq!(judged.refused, rest, "{role:?} says {kind}");
    }
}

#[test]
fn a_gap_is_named_and_nothing_is_taken() {
    let ops = written(7, 10, 1);
    for (here, first) in [(0, 2), (0, 10), (3, 5)] {
        let judged = judge(&[run(&ops[first - 1..])], &[seal(&ops[9], 0)], &Memory::of(&ops[..here]));
        assert_eq!(judged.refused, refused(7, first as u64, Verdict::Gap));
        assert_eq!((judged.ops, judged.seals), (vec![], vec![]), "{here} here, from {first}");
    }
}

#[test]
fn what_no_seal_covers_is_left_for_later() {
    let ops = written(7, 10, 1);
    for (sealed, taken) in [(vec![], 0), (vec![6], 6), (vec![2, 6], 6), (vec![1], 1), (vec![10], 10)] {
        let seals: Vec<Seal> = sealed.iter().map(|n| seal(&ops[n - 1], 0)).collect();
        let judged = judge(&[run(&ops)], &seals, &Memory::default());
        assert_eq!(judged.ops, ops[..taken], "sealed at {sealed:?}");
        assert_eq!(judged.seals, seals);
        let rest = if taken == 10 { vec![] } else { refused(7, taken as u64 + 1, Verdict::Unsealed) };
        assert_eq!(judged.refused, rest, "sealed at {sealed:?}");
    }
}

#[test]
fn a_seal_that_is_not_the_author_s_covers_nothing() {
    let ops = written(7, 4, 1);
    let good = seal(&ops[3], 0);
    let by_another = Seal::sign(series(7), 4, ops[3].chain, good.at, &key(8));
    let of_another = Seal::sign(series(8), 4, ops[3].chain, good.at, &key(8));
    let of_another_epoch = Seal::sign(Holder { device: 7, epoch: 2 }, 4, ops[3].chain, good.at, &key(7));
    let mut altered = good;
    altered.at.0 += 1;
    for bad in [by_another, of_another, of_another_epoch, altered] {
        let judged = judge(&[run(&ops)], &[bad], &Memory::default());
        assert_eq!(judged.refused, refused(7, 1, Verdict::Unsealed), "{bad:?}");
        assert_eq!((judged.ops, judged.seals), (vec![], vec![]), "{bad:?}");
    }
}

#[test]
fn a_relay_that_alters_an_op_is_seen() {
    let ops = written(7, 6, 1);
    let altered = forked(&ops, 2, 6);
    let judged = judge(&[run(&altered)], &[seal(&ops[5], 0)], &Memory::default());
    assert_eq!(judged.refused, refused(7, 1, Verdict::Fork));
    assert_eq!((judged.ops, judged.seals, judged.evidence), (vec![], vec![], vec![]));

    // Up to a seal that fits it is taken all the same.
    let judged = judge(&[run(&altered)], &[seal(&ops[1], 0), seal(&ops[5], 0)], &Memory::default());
    assert_eq!(judged.ops, ops[..2]);
    assert_eq!(judged.refused, refused(7, 3, Verdict::Fork));
}

#[test]
fn another_history_of_the_same_device_is_evidence() {
    let ops = written(7, 6, 1);
    for (what, same, length) in [
        ("from the first op", 0, 8),
        ("before the head", 3, 8),
        ("at the head", 5, 8),
        ("at the head and no longer", 5, 6),
        ("shorter than what is here", 3, 5),
    ] {
        let copy = forked(&ops, same, length);
        let ledger = Memory::of(&ops);
        let judged = judge(&[run(&copy)], &[seal(&copy[length - 1], 0)], &ledger);
        assert_eq!(judged.refused, refused(7, 1, Verdict::Fork), "{what}");
        assert_eq!((judged.ops, judged.seals), (vec![], vec![]), "{what}");
        assert_eq!(judged.evidence, copy, "{what}");
    }
    // What continues another history does not fit what it would continue.
    let copy = forked(&ops, 3, 9);
    let judged = judge(&[run(&copy[6..])], &[seal(&copy[8], 0)], &Memory::of(&ops));
    assert_eq!(judged.refused, refused(7, 7, Verdict::Fork));
    assert!(judged.ops.is_empty());
}

#[test]
fn nobody_is_accused_by_ops_he_did_not_seal() {
    let ops = written(7, 6, 1);
    let made_up = forked(&ops, 3, 8);
    let judged = judge(&[run(&made_up)], &[], &Memory::of(&ops));
    assert_eq!((judged.evidence, judged.ops), (vec![], vec![]));
    assert_eq!(judged.refused, refused(7, 1, Verdict::Unsealed));
}

#[test]
fn what_is_known_is_skipped() {
    let ops = written(7, 10, 1);
    let end = [seal(&ops[9], 0)];
    for (here, first, new) in [(10, 1, 10..10), (10, 10, 10..10), (5, 3, 5..10), (5, 6, 5..10), (0, 1, 0..10)]
    {
        let judged = judge(&[run(&ops[first - 1..])], &end, &Memory::of(&ops[..here]));
        assert_eq!(judged.ops, ops[new], "{here} here, from {first}");
        assert_eq!((judged.refused, judged.seals), (vec![], end.to_vec()), "{here} here, from {first}");
    }
    let judged = judge(&[run(&ops), run(&ops)], &end, &Memory::default());
    assert_eq!((judged.ops, judged.refused), (ops, vec![]), "twice in one message");
}

#[test]
fn a_later_seal_on_what_is_here_is_news() {
    let ops = written(7, 10, 1);
    let later = seal(&ops[9], 60_000);
    assert_eq!(judge(&[], &[later], &Memory::of(&ops)).seals, [later]);
    assert_eq!(judge(&[], &[later], &Memory::of(&ops[..9])).seals, [], "over what is not here");
    let other = seal(&forked(&ops, 4, 10)[9], 0);
    assert_eq!(judge(&[], &[other], &Memory::of(&ops)).seals, [], "over another history");
}

#[test]
fn a_bad_run_holds_nobody_else_up() {
    let (seven, eight, county) = (written(7, 5, 1), written(8, 5, 1), written(100, 5, 1));
    let mut garbled = run(&eight);
    garbled.body = b"no run".to_vec();
    let seals = [seal(&seven[4], 0), seal(&eight[4], 0), seal(&county[4], 0)];
    let bad: [(&str, Run, Verdict); 4] = [
        ("garbled", garbled.clone(), Verdict::Malformed),
        ("another dictionary", Run { dictionary: 9, ..run(&eight) }, Verdict::Malformed),
        ("a gap", run(&eight[2..]), Verdict::Gap),
        ("unsealed", run(&eight[..3]), Verdict::Unsealed),
    ];
    for (what, bad, verdict) in bad {
        let runs = [run(&seven), bad, run(&county)];
        let judged = judge(&runs, &seals, &Memory::default());
        assert_eq!(judged.ops, [seven.clone(), county.clone()].concat(), "{what}");
        assert_eq!(
            judged.refused.iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>(),
            [verdict],
            "{what}"
        );
    }
    // Also when the good run of a series comes after a bad one of the same.
    let judged = judge(&[garbled, run(&eight)], &seals, &Memory::default());
    assert_eq!(judged.ops, eight);
}

#[test]
fn a_run_without_a_number_is_refused() {
    let ops = written(7, 3, 1);
    for first in [0, u64::MAX] {
        let judged = judge(&[Run { first, ..run(&ops) }], &[seal(&ops[2], 0)], &Memory::default());
        assert_eq!(judged.refused, refused(7, first, Verdict::Gap));
        assert!(judged.ops.is_empty());
    }
}

/// Whoever heard of the end later has taken them; both must come to the same.
#[test]
fn what_was_written_after_the_end_of_an_epoch_is_history_all_the_same() {
    let ops = written(7, 10, 1);
    for here in [0, 4, 6] {
        let mut ledger = Memory::of(&ops[..here]);
        ledger.ended.insert(series(7), 6);
        let judged = judge(&[run(&ops[here..])], &[seal(&ops[9], 0)], &ledger);
        assert_eq!((judged.ops.as_slice(), judged.refused, judged.evidence), (&ops[here..], vec![], vec![]));
    }
}

#[test]
fn who_is_revoked_or_expired_is_still_the_author_of_what_he_wrote() {
    let ops = written(7, 5, 1);
    let late = NOW.plus_ms(i64::from(LIFETIME_S) * 1_000);
    let mut trust = Trust::new([key(0).verifying_key()]);
    assert!(trust.learn(&certificate(HALL, 7, DeviceRole::Kiosk), late).is_err(), "expired");
    trust.revoke(7);
    let judge = Judge { me: DESK, trust: &trust };
    let judged = judge.judge(&[run(&ops)], &[seal(&ops[4], 0)], &Memory::default()).unwrap();
    assert_eq!((judged.ops, judged.refused), (ops, vec![]));
}

#[test]
fn a_withheld_payload_does_not_hinder() {
    let ops = written(7, 5, 1);
    let withheld = pack(&ops, |_| false).unwrap();
    let judged = judge(&[withheld], &[seal(&ops[4], 0)], &Memory::default());
    assert!(judged.ops.iter().all(|op| op.payload.is_none()));
    assert_eq!(judged.ops.last().map(|op| op.chain), Some(ops[4].chain));
}

/// What somebody sends of two devices, one of which was copied.
fn any_run() -> impl Strategy<Value = (u8, usize, usize, Vec<usize>)> {
    (0_u8..3, 0_usize..12, 1_usize..12, proptest::collection::vec(0_usize..12, 0..4))
}

proptest! {
    #[test]
    fn whatever_is_sent_what_is_taken_was_written_so(
        messages in proptest::collection::vec(proptest::collection::vec(any_run(), 1..4), 1..12),
    ) {
        let seven = written(7, 12, 1);
        let stories = [seven.clone(), forked(&seven, 5, 12), written(8, 12, 1)];
        let mut ledger = Memory::default();
        for message in messages {
            let (mut runs, mut seals) = (Vec::new(), Vec::new());
            for (story, from, length, sealed) in message {
                let ops = &stories[usize::from(story)];
                runs.push(run(&ops[from..(from + length).min(12)]));
                seals.extend(sealed.into_iter().map(|n| seal(&ops[n], 0)));
            }
            // Storing asserts that there is no hole and no other history.
            ledger.store(&judge(&runs, &seals, &ledger), &[]);
            let seven = ledger.ops(series(7));
            prop_assert!(stories[0].starts_with(seven) || stories[1].starts_with(seven));
            prop_assert!(stories[2].starts_with(ledger.ops(series(8))));
        }
    }
}
