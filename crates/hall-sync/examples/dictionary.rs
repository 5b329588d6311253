//! Trains the dictionary of runs, and measures what it is worth. See `assets/README.md`.
//!
//! `cargo run --release -p hall-sync --example dictionary` prints the table; `-- train FILE` writes a dictionary
//! to FILE.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for whoever changes the layout")]

#[path = "../tests/it/market_day.rs"]
mod market_day;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use hall_log::{Chain, Op};
use hall_sync::run::{columns, pack, unpack};
use market_day::{Half, MarketDay};

const SIZE_MAX: usize = 16 << 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => measure(),
        [train, file] if train == "train" => std::fs::write(file, trained()).unwrap(),
        _ => println!("dictionary [train FILE]"),
    }
}

/// The columns of small runs of many days, as a line that is up most of the time sends them.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for seed in 0..60 {
        let mut day = MarketDay::new(Half::Trained, 2 + seed as u32 % 5, seed);
        // So that numbers have the width that they have in a hall's second month.
        day.ops(300 * (seed as usize % 10));
        for length in [1, 1, 1, 2, 3, 5, 8, 20, 20, 20, 60] {
            let run = pack(&day.ops(length), |_| true).unwrap();
            samples.push(columns(&run).unwrap());
        }
    }
    samples
}

fn trained() -> Vec<u8> {
    zstd::dict::from_samples(&samples(), SIZE_MAX).unwrap()
}

fn measure() {
    println!("ops in a run   columns   without    with   (bytes an op; days that were not trained on)");
    for length in [1, 5, 20, 64, 500, 2_000] {
        let runs = (4_000 / length).max(4);
        let mut day = MarketDay::new(Half::Measured, 3, 1_000_003);
        day.ops(2_000);
        let (mut raw, mut without, mut with) = (0, 0, 0);
        for _ in 0..runs {
            let run = pack(&day.ops(length), |_| true).unwrap();
            let columns = columns(&run).unwrap();
            raw += columns.len();
            without += zstd::bulk::compress(&columns, 6).unwrap().len();
            with += run.body.len();
        }
        let an_op = |bytes: usize| bytes as f64 / (runs * length) as f64;
        println!("{length:>12} {:>9.1} {:>9.1} {:>7.1}", an_op(raw), an_op(without), an_op(with));
    }
    how_fast();
    what_costs(20, 50);
    what_costs(500, 4);
}

fn how_fast() {
    let ops = MarketDay::new(Half::Measured, 3, 3_000_003).ops(500);
    let before = Chain::origin(3, 1);
    for length in [1, 20, 500] {
        let (ops, rounds) = (&ops[..length], 20_000 / length);
        let began = Instant::now();
        for _ in 0..rounds {
            black_box(pack(black_box(ops), |_| true));
        }
        let packed = began.elapsed();
        let run = pack(ops, |_| true).unwrap();
        let began = Instant::now();
        for _ in 0..rounds {
            black_box(unpack(black_box(&run), before).unwrap());
        }
        let unpacked = began.elapsed();
        let us = |time: Duration| time.as_secs_f64() * 1e6 / (rounds * length) as f64;
        println!(
            "runs of {length:>3}: packed in {:.2}, unpacked in {:.2} us an op",
            us(packed),
            us(unpacked)
        );
    }
}

/// What the envelopes and the payloads of each kind cost: a run with and without them.
fn what_costs(length: usize, runs: usize) {
    let mut day = MarketDay::new(Half::Measured, 3, 2_000_003);
    day.ops(2_000);
    let size = |ops: &[Op]| pack(ops, |_| true).map_or(0, |run| run.body.len() as i64);
    let emptied = |ops: &[Op], kind: Option<u16>| {
        let mut ops = ops.to_vec();
        for op in ops.iter_mut().filter(|op| kind.is_none_or(|kind| op.envelope.kind == kind)) {
            op.payload = Some(Vec::new());
            op.envelope.payload_digest = hall_log::payload_digest(&[]);
        }
        ops
    };
    let (mut envelopes, mut kinds) = (0, BTreeMap::<u16, (usize, i64)>::new());
    for _ in 0..runs {
        let ops = day.ops(length);
        let whole = size(&ops);
        envelopes += size(&emptied(&ops, None));
        for op in &ops {
            kinds.entry(op.envelope.kind).or_default().0 += 1;
        }
        for (kind, (_, bytes)) in &mut kinds {
            *bytes += whole - size(&emptied(&ops, Some(*kind)));
        }
    }
    let total = (length * runs) as f64;
    println!("\nruns of {length}: envelopes {:.1} bytes each; payloads by kind:", envelopes as f64 / total);
    for (kind, (count, bytes)) in kinds {
        println!(
            "  kind {kind:>2}: {:>4.1} % of the ops, {:>6.1} bytes each, {:>5.2} an op of the mix",
            count as f64 / total * 100.0,
            bytes as f64 / count as f64,
            bytes as f64 / total
        );
    }
}
