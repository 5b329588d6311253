//! Small bodies that stand for very much: refused, in little memory. Measured in a process of its own, whose memory
//! nothing else uses.

use std::io::Write as _;
use std::process::Command;

use hall_core::vocab::DeviceRole;
use hall_log::Chain;
use hall_sync::push::Judge;
use hall_sync::run::{OPS_MAX, RAW_MAX, RunError, pack, unpack};
use hall_sync::trust::Reader;
use hall_sync::wire::{Run, Verdict};

use crate::memory::Memory;
use crate::sample::{HALL, seal, series, trust, written};

const CHILD: &str = "HALL_SYNC_BOMBS";
/// What may be in memory at once, times [`RAW_MAX`]: what was unpacked, what was read of it, and room.
const TIMES_MAX: usize = 6;

/// A zstd frame, made by hand so that making it takes no memory: some bytes, and then so many blocks of 128 KiB of one.
fn repeated(before: &[u8], byte: u8, blocks: usize) -> Vec<u8> {
    let header = |last: bool, kind: u32, size: usize| {
        let header = u32::from(last) | kind << 1 | (size as u32) << 3;
        let [a, b, c, _] = header.to_le_bytes();
        [a, b, c]
    };
    // No size, no checksum; a window of 128 KiB. Kind 0 is a block as it is, 1 a byte that is repeated.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    frame.extend(header(false, 0, before.len()));
    frame.extend_from_slice(before);
    for n in 0..blocks {
        frame.extend(header(n + 1 == blocks, 1, 128 << 10));
        frame.push(byte);
    }
    frame
}

fn run(body: Vec<u8>, count: u16) -> Run {
    Run { series: series(7), first: 1, count, dictionary: 0, body }
}

/// Columns of which one is as long as may be unpacked, of zeros.
fn long_column(column: u8) -> Run {
    let blocks = RAW_MAX / (128 << 10) - 1;
    let length = (blocks * (128 << 10)) as u32;
    let before = [&[0x8b][..], &vec![0x80; usize::from(column)], &[0x9a], &length.to_be_bytes()].concat();
    run(repeated(&before, 0, blocks), OPS_MAX as u16)
}

/// Columns with a million names.
fn many_names() -> Run {
    let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    let count = (RAW_MAX / 4 - 64) as u32;
    zstd.write_all(&[&[0x8b; 1][..], &[0x80; 8], &[0x9a], &count.to_be_bytes()].concat()).unwrap();
    for _ in 0..count {
        zstd.write_all(&[0x83, 0, 0, 0]).unwrap();
    }
    run(zstd.finish().unwrap(), OPS_MAX as u16)
}

#[test]
fn the_frame_that_is_made_by_hand_is_one() {
    let unpacked = zstd::bulk::decompress(&repeated(b"abc", 7, 3), 1 << 20).unwrap();
    assert_eq!(unpacked, [&b"abc"[..], &vec![7; 3 * (128 << 10)]].concat());
}

fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

fn set_off_all() -> usize {
    let ops = written(7, 64, 1);
    let good = pack(&ops, |_| true).unwrap();
    let trust = trust(&[(HALL, 7, DeviceRole::Kiosk)]);
    let judge = Judge { me: Reader { hall: HALL, role: DeviceRole::Desk }, trust: &trust };
    unpack(&good, Chain::origin(7, 1)).unwrap();
    let gigabytes = repeated(&[0x8b], 0x80, 4 << 13);
    assert!(gigabytes.len() < 256 << 10, "{} bytes stand for 4 GiB", gigabytes.len());
    let bombs: Vec<Run> =
        [run(gigabytes, 1)].into_iter().chain((0..8).map(long_column)).chain([many_names()]).collect();
    // From here on the peak counts anew.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak();
    for (n, bomb) in bombs.iter().enumerate() {
        let expected = if n == 0 { RunError::Packed } else { RunError::Malformed };
        assert_eq!(unpack(bomb, Chain::origin(7, 1)), Err(expected), "{n}");
        let judged =
            judge.judge(std::slice::from_ref(bomb), &[seal(&ops[63], 0)], &Memory::default()).unwrap();
        assert_eq!(judged.refused[0].1, Verdict::Malformed, "{n}");
    }
    peak() - before
}

#[test]
#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn child() {
    if std::env::var_os(CHILD).is_some() {
        println!("took {}", set_off_all());
    }
}

#[test]
fn a_bomb_takes_no_more_memory_than_a_good_run_may() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "bombs::child", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
    let took = said.lines().find_map(|line| line.split_once("took ")).unwrap().1;
    let took: usize = took.trim().parse().unwrap();
    assert!(took <= TIMES_MAX * RAW_MAX, "{took} bytes");
}
