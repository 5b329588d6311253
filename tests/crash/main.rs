//! The hall is killed in the middle of its work, again and again, from outside and with the real tool.
//!
//! A child does `hallctl soak` and is killed without warning at a random point: while it opens, between two
//! acts or in the middle of one. After each kill every op it acknowledged is there and `hallctl verify` says
//! ok. `HALL_CRASH_KILLS` sets how often (200), `HALL_CRASH_SEED` repeats a run that failed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod hallctl;

use std::time::Duration;

use hallctl::{Hallctl, Verified};

/// Kills on one store before the next begins with an empty folder: creating a store is killed too.
const KILLS_A_STORE: u32 = 40;

/// splitmix64: repeatable is all it has to be.
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

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn whatever_was_acknowledged_survives_every_kill() {
    let kills = setting("HALL_CRASH_KILLS", 200) as u32;
    let seed = setting("HALL_CRASH_SEED", u64::from(std::process::id()));
    let hallctl = Hallctl::built();
    // Two stores at a time: a kill is mostly waiting.
    std::thread::scope(|scope| {
        let run = |half: u64| {
            let hallctl = &hallctl;
            move || {
                let mut chance = Chance(seed ^ half << 32);
                let mut left = kills / 2;
                while left > 0 {
                    let now = left.min(KILLS_A_STORE);
                    kill_one_store(hallctl, &mut chance, now, seed);
                    left -= now;
                }
            }
        };
        let other = scope.spawn(run(1));
        run(2)();
        other.join().unwrap();
    });
}

fn kill_one_store(hallctl: &Hallctl, chance: &mut Chance, kills: u32, seed: u64) {
    let site = hallctl.new_hall();
    let mut last_acked = 0;
    for kill in 0..kills {
        let mut soak = site.soak(chance.below(1 << 32));
        if chance.below(4) == 0 {
            // Somewhere in the start: creating, opening, replaying, logging in.
            std::thread::sleep(Duration::from_micros(chance.below(700_000)));
        } else {
            for _ in 0..=chance.below(30) {
                last_acked = soak.next_ack().unwrap_or(last_acked);
            }
            std::thread::sleep(Duration::from_micros(chance.below(6_000)));
        }
        last_acked = soak.kill().unwrap_or(last_acked);
        let Verified { ok, last, report } = site.verify();
        assert!(ok, "seed {seed}, kill {kill}: {report}");
        assert!(last >= last_acked, "seed {seed}, kill {kill}: op {last_acked} was acknowledged; {report}");
        last_acked = last;
    }
    assert!(last_acked > u64::from(kills), "the soak did its work");
    rebuild_from_the_journal_alone(&site);
}

fn rebuild_from_the_journal_alone(site: &hallctl::Site) {
    let before = site.verify();
    std::fs::remove_dir_all(site.data().join("sled")).unwrap();
    let after = site.verify();
    assert!(after.ok, "{}", after.report);
    assert_eq!(after.last, before.last);
    assert_eq!(after.state_digest(), before.state_digest());
}
