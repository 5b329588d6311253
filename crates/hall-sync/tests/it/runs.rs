//! What is packed comes out as it was; whatever else comes in is refused within bounds.

use std::sync::LazyLock;

use hall_core::fact::Scope;
use hall_log::{Chain, Op};
use hall_sync::run::{OPS_MAX, RAW_MAX, RunError, columns, pack, unpack};
use hall_sync::wire::Run;
use proptest::prelude::*;

use crate::market_day::{Half, MarketDay};
use crate::sample::{About, Keep, Plan, SCOPES, any_plan, ops, series};

/// The first ops of a day.
fn day(count: usize) -> Vec<Op> {
    static DAY: LazyLock<Vec<Op>> = LazyLock::new(|| MarketDay::new(Half::Measured, 3, 7).ops(100));
    DAY[..count].to_vec()
}

fn origin() -> Chain {
    Chain::origin(3, 1)
}

/// A run around columns that somebody made by hand.
fn around(columns: &[u8], count: u16) -> Run {
    let body = zstd::bulk::compress(columns, 3).unwrap();
    Run { series: series(3), first: 1, count, dictionary: 0, body }
}

fn body_bytes(length: usize) -> f64 {
    let mut day = MarketDay::new(Half::Measured, 3, 1_000_003);
    day.ops(2_000);
    let runs = 4_000 / length;
    let bytes: usize = (0..runs).map(|_| pack(&day.ops(length), |_| true).unwrap().body.len()).sum();
    bytes as f64 / (runs * length) as f64
}

#[test]
fn a_batch_is_as_small_as_was_promised() {
    for (length, budget) in [(1, 70.0), (20, 38.0), (500, 30.0)] {
        let bytes = body_bytes(length);
        assert!(bytes <= budget, "{bytes:.1} bytes an op in runs of {length}");
    }
}

#[test]
fn the_dictionary_is_used_where_it_helps() {
    assert_eq!(pack(&day(20), |_| true).unwrap().dictionary, 1);
    // Bytes that look like nothing known: the tables of the dictionary only cost.
    let mut noise = day(1);
    let mut state = 1_u32;
    let bytes = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x0f | 0xf0
    });
    noise[0].payload = Some(bytes.take(4_000).collect());
    noise[0].envelope.payload_digest = hall_log::payload_digest(noise[0].payload.as_ref().unwrap());
    let run = pack(&noise, |_| true).unwrap();
    let without = zstd::bulk::compress(&columns(&run).unwrap(), 6).unwrap();
    assert!(run.body.len() <= without.len());
}

#[test]
fn what_the_dictionary_was_trained_on_is_a_day_like_the_others() {
    let ops = MarketDay::new(Half::Trained, 3, 0).ops(60);
    assert_eq!(unpack(&pack(&ops, |_| true).unwrap(), origin()).unwrap(), ops);
}

#[test]
fn nothing_packs_to_nothing() {
    assert_eq!(pack(&[], |_| true), None);
}

#[test]
fn the_same_ops_make_the_same_run() {
    assert_eq!(pack(&day(50), |_| true), pack(&day(50), |_| true));
}

#[test]
fn a_withheld_payload_leaves_no_byte_in_the_run() {
    let mut ops = day(1);
    let secret = b"379901198406149942";
    ops[0].payload = Some(secret.to_vec());
    ops[0].envelope.payload_digest = hall_log::payload_digest(secret);
    ops[0].envelope.scope = Scope::Desk;
    let holds = |run: &Run| columns(run).unwrap().windows(18).any(|window| window == secret);
    assert!(holds(&pack(&ops, |_| true).unwrap()));
    assert!(!holds(&pack(&ops, |scope| scope != Scope::Desk).unwrap()));
}

#[test]
fn a_run_that_claims_another_count_is_refused() {
    let run = pack(&day(20), |_| true).unwrap();
    assert!(unpack(&run, origin()).is_ok());
    for count in [0, 1, 19, 21, OPS_MAX as u16 + 1, u16::MAX] {
        let claimed = Run { count, ..run.clone() };
        assert_eq!(unpack(&claimed, origin()), Err(RunError::Malformed), "{count}");
    }
}

#[test]
fn a_run_outside_the_numbers_is_refused() {
    let run = pack(&day(20), |_| true).unwrap();
    for first in [0, u64::MAX - 18, u64::MAX] {
        let moved = Run { first, ..run.clone() };
        assert_eq!(unpack(&moved, origin()), Err(RunError::Malformed), "{first}");
    }
}

#[test]
fn a_run_put_elsewhere_does_not_come_out_as_it_was() {
    let ops = day(20);
    let run = pack(&ops, |_| true).unwrap();
    let chains = |run: &Run, before| unpack(run, before).map(|ops| ops.last().unwrap().chain);
    let right = chains(&run, origin()).unwrap();
    assert_eq!(right, ops[19].chain);
    assert_ne!(chains(&Run { first: 2, ..run.clone() }, origin()), Ok(right), "another number");
    assert_ne!(chains(&Run { series: series(4), ..run.clone() }, origin()), Ok(right), "another device");
    assert_ne!(chains(&run, Chain([0; 16])), Ok(right), "another history");
}

#[test]
fn a_dictionary_that_is_not_here_is_named() {
    let run = pack(&day(20), |_| true).unwrap();
    for dictionary in [2, 255] {
        let other = Run { dictionary, ..run.clone() };
        assert_eq!(unpack(&other, origin()), Err(RunError::Dictionary(dictionary)));
    }
    assert!(
        unpack(&Run { dictionary: 0, ..run.clone() }, origin()).is_err(),
        "packed with 1, read with none"
    );
}

#[test]
fn a_bomb_does_not_go_off() {
    assert_eq!(columns(&around(&vec![0; RAW_MAX], 1)).map(|raw| raw.len()), Ok(RAW_MAX));
    for size in [RAW_MAX + 1, RAW_MAX * 4, RAW_MAX * 32] {
        let run = around(&vec![0; size], 1);
        assert!(run.body.len() < size / 1_000, "{} bytes stand for {size}", run.body.len());
        assert_eq!(unpack(&run, origin()), Err(RunError::Packed), "{size}");
    }
    // The same without a word of its size in the frame's header.
    let mut zstd = zstd::bulk::Compressor::new(3).unwrap();
    zstd.include_contentsize(false).unwrap();
    let body = zstd.compress(&vec![0; RAW_MAX + 1]).unwrap();
    assert_eq!(unpack(&Run { body, ..around(&[], 1) }, origin()), Err(RunError::Packed));
}

#[test]
fn a_run_has_as_many_ops_as_may_be_and_no_more() {
    let empty = |count: usize| -> Vec<Op> {
        let plan = Plan {
            hlc: 1 << 56,
            entity: About::Itself,
            kind: 1,
            schema: 1,
            scope: Scope::Hall,
            by: None,
            payload: vec![],
            keep: Keep::Whole,
        };
        ops(series(3), 1, origin(), &vec![plan; count])
    };
    let most = pack(&empty(OPS_MAX + 1), |_| true).unwrap();
    assert_eq!(usize::from(most.count), OPS_MAX);
    assert_eq!(unpack(&most, origin()).unwrap(), empty(OPS_MAX));
    assert!(most.body.len() < 1_000, "{} bytes", most.body.len());

    let array = |value: &[u8]| {
        let count = OPS_MAX as u16 + 1;
        [&[0x99], &count.to_be_bytes()[..], &value.repeat(usize::from(count))].concat()
    };
    let constant = [&[0x0], &[0x0], &[0x0], &[0x1], &[0x1], &[0x2], &[0x0], &[0x1]].map(|value| array(value));
    let raw = [&[0x8b], constant.concat().as_slice(), &[0x80, 0x40, 0x40]].concat();
    assert_eq!(unpack(&around(&raw, OPS_MAX as u16 + 1), origin()), Err(RunError::Malformed));
}

#[test]
fn columns_that_claim_more_than_they_hold_are_refused() {
    let endless = [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    for raw in [
        vec![],
        vec![0x8b],
        endless.to_vec(),
        [&[0x8b], &endless[..]].concat(),
        // Eight billion bytes of payload, of which none is there.
        [
            &[0x8b, 0x81, 0, 0x81, 0, 0x81, 0, 0x81, 0, 0x81, 0, 0x81, 0, 0x81, 0, 0x81, 0, 0x80, 0x40, 0x5b]
                [..],
            &[0, 0, 0, 2, 0, 0, 0, 0],
        ]
        .concat(),
    ] {
        assert_eq!(unpack(&around(&raw, 1), origin()), Err(RunError::Malformed), "{raw:02x?}");
    }
}

#[test]
fn columns_that_contradict_each_other_are_refused() {
    // milliseconds, counters, entities, kinds, schemas, scopes, by, lengths, ids, digests, payloads
    let whole: [&[u8]; 11] = [
        &[0x81, 0],
        &[0x81, 0],
        &[0x81, 0],
        &[0x81, 1],
        &[0x81, 1],
        &[0x81, 2],
        &[0x81, 0],
        &[0x81, 2],
        &[0x80],
        &[0x40],
        &[0x41, 9],
    ];
    let read = |column: usize, bytes: &[u8]| {
        let mut columns = whole;
        columns[column] = bytes;
        unpack(&around(&[&[0x8b], columns.concat().as_slice()].concat(), 1), origin())
    };
    assert_eq!(read(0, whole[0]).map(|ops| ops.len()), Ok(1));
    let cases: [(&str, usize, &[u8]); 16] = [
        ("no time", 0, &[0x80]),
        ("two times", 0, &[0x82, 0, 0]),
        ("a time before all time", 0, &[0x81, 0x20]),
        ("a time after all time", 0, &[0x81, 0x1b, 0, 1, 0, 0, 0, 0, 0, 0]),
        ("no counter", 1, &[0x80]),
        ("an entity before the first op", 2, &[0x81, 2]),
        ("an entity that is not listed", 2, &[0x81, 1]),
        ("an entity far outside the list", 2, &[0x81, 0x1b, 255, 255, 255, 255, 255, 255, 255, 255]),
        ("no kind", 3, &[0x80]),
        ("no schema", 4, &[0x80]),
        ("a scope nobody knows", 5, &[0x81, 9]),
        ("a member of staff who is not listed", 6, &[0x81, 1]),
        ("a longer payload than there is", 7, &[0x81, 3]),
        ("a shorter payload than there is", 7, &[0x81, 1]),
        ("a digest that is not there", 7, &[0x81, 0]),
        ("a digest that nobody asked for", 9, &[0x50, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
    ];
    for (what, column, bytes) in cases {
        assert_eq!(read(column, bytes), Err(RunError::Malformed), "{what}");
    }
    assert_eq!(read(9, &[0x41, 0]), Err(RunError::Malformed), "a torn digest");
}

proptest! {
    #[test]
    fn what_is_packed_comes_out(
        plans in proptest::collection::vec(any_plan(), 1..60),
        first in prop_oneof![Just(1_u64), 1_u64..1 << 40],
        readable in proptest::sample::subsequence(SCOPES.to_vec(), 0..=5),
    ) {
        let before = Chain([7; 16]);
        let mut ops = ops(series(3), first, before, &plans);
        let run = pack(&ops, |scope| readable.contains(&scope)).unwrap();
        prop_assert_eq!((run.series, run.first, usize::from(run.count)), (series(3), first, ops.len()));
        for (op, plan) in ops.iter_mut().zip(&plans) {
            if plan.keep != Keep::Whole || !readable.contains(&plan.scope) {
                op.payload = None;
            }
        }
        prop_assert_eq!(unpack(&run, before).unwrap(), ops);
    }

    #[test]
    fn a_market_day_comes_out_in_whatever_pieces(cuts in proptest::collection::vec(1_usize..30, 1..8)) {
        let (day, mut before) = (day(100), origin());
        let mut rest = day.as_slice();
        for cut in cuts {
            let (ops, after) = rest.split_at(cut.min(rest.len()));
            let Some(run) = pack(ops, |_| true) else { break };
            prop_assert_eq!(unpack(&run, before).unwrap(), ops);
            (before, rest) = (ops[ops.len() - 1].chain, after);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        dictionary in 0_u8..3,
        count: u16,
    ) {
        let run = Run { series: series(3), first: 1, count, dictionary, body };
        prop_assert!(unpack(&run, origin()).is_err());
    }

    #[test]
    fn a_damaged_body_is_refused_or_gives_as_many_ops(
        position in any::<proptest::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut run = pack(&day(30), |_| true).unwrap();
        let position = position.index(run.body.len());
        run.body[position] ^= flip;
        if let Ok(raw) = columns(&run) {
            prop_assert!(raw.len() <= RAW_MAX);
        }
        if let Ok(ops) = unpack(&run, origin()) {
            prop_assert_eq!(ops.len(), 30);
        }
    }

    #[test]
    fn damaged_columns_are_refused_or_give_another_history(
        position in any::<proptest::sample::Index>(),
        flip in 1_u8..,
    ) {
        let ops = day(30);
        let mut raw = columns(&pack(&ops, |_| true).unwrap()).unwrap();
        let position = position.index(raw.len());
        raw[position] ^= flip;
        if let Ok(read) = unpack(&around(&raw, 30), origin()) {
            prop_assert_eq!(read.len(), 30);
            prop_assert_ne!(read[29].chain, ops[29].chain, "nothing changes without the chain");
        }
    }
}
