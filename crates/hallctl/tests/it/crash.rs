//! A child that works like a hall is killed at random moments: what it said was done is there afterwards, and
//! the store is whole. At the end of each stretch the store is rebuilt from the journal alone.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::support::Folder;

/// Kills in one folder before a fresh one is begun, so that looking at the whole store stays quick.
const KILLS_A_FOLDER: u64 = 10;

/// A small generator (splitmix64), so that a failing run can be had again by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn seq_of(line: &str) -> Option<u64> {
    line.strip_prefix("acked 1.1.")?.parse().ok()
}

/// Starts a soak, lets it acknowledge some ops, kills it a little later. The last op it said was done.
fn kill_once(folder: &Folder, chance: &mut Chance) -> Option<u64> {
    let seed = chance.below(1 << 40).to_string();
    let mut child = folder
        .command(&["soak", "--ops", "1000000", "--workers", "6", "--seed", &seed])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (mut last, mut line) = (None, String::new());
    // One in eight dies while it is still opening the store or making it.
    let wanted = if chance.below(8) == 0 { 0 } else { 1 + chance.below(110) };
    for _ in 0..wanted {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "the soak ended by itself");
        last = seq_of(line.trim_end()).or(last);
    }
    let delay = if wanted == 0 { chance.below(400_000) } else { chance.below(12_000) };
    std::thread::sleep(Duration::from_micros(delay));
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts, down to the last whole line.
    for line in out.lines().map_while(Result::ok) {
        last = seq_of(&line).or(last);
    }
    last
}

fn last_of(report: &Value) -> u64 {
    report["last"].as_str().unwrap().strip_prefix("1.1.").unwrap().parse().unwrap()
}

/// The journal alone brings every state back.
fn rebuild(folder: &Folder, whole: &Value, damage: u64) {
    let sled = folder.data().join("sled");
    if damage.is_multiple_of(2) {
        fs::remove_dir_all(&sled).unwrap();
    } else {
        // A long stretch in the middle of sled's file, as a failing disk would leave it.
        let file = sled.join("db");
        let mut bytes = fs::read(&file).unwrap();
        let (from, to) = (bytes.len() / 5, bytes.len() * 4 / 5);
        bytes[from..to].iter_mut().for_each(|byte| *byte ^= 0xa5);
        fs::write(&file, bytes).unwrap();
    }
    // Damage in a corner that a start does not read is found by looking, and put right by the next start.
    folder.verify();
    let rebuilt = folder.verified();
    for key in ["state_digest", "last", "ops", "entities", "confirmed", "standby", "places"] {
        assert_eq!(rebuilt[key], whole[key], "{key}");
    }
}

/// `kills` kills, in folders that are renewed from time to time; how many ops were lived through.
fn stretch(seed: u64, kills: u64) -> u64 {
    let mut chance = Chance(seed);
    let mut lived = 0;
    let mut folder = Folder::new();
    let mut acked = 0;
    for n in 1..=kills {
        let last = kill_once(&folder, &mut chance);
        acked = last.unwrap_or(acked);
        let report = folder.verified();
        let there = last_of(&report);
        assert!(there >= acked, "seed {seed}, kill {n}: {acked} was acknowledged, {there} is there");
        acked = there;
        if n % KILLS_A_FOLDER == 0 {
            rebuild(&folder, &report, n / KILLS_A_FOLDER);
            lived += acked;
            folder = Folder::new();
            acked = 0;
        }
    }
    lived
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let lived: u64 = std::thread::scope(|scope| {
        let stretches: Vec<_> =
            [20_261_120, 20_261_121].map(|seed| scope.spawn(move || stretch(seed, 100))).into();
        stretches.into_iter().map(|stretch| stretch.join().unwrap()).sum()
    });
    assert!(lived > 5_000, "{lived} ops are too few to mean anything");
}
