//! A child that commits is killed at random moments; what it acknowledged is there.

use hall_core::fact::Holder;
use hall_log::Ledger;
use hall_store::Store;

use crate::child;
use crate::support::{Site, assert_verified};

const KILLS: u32 = 40;

#[test]
fn what_a_killed_process_acknowledged_is_there() {
    let site = Site::new();
    drop(site.open());
    let mut acked = 0;
    for kill in 0..KILLS {
        let (mut child, lines) = child::start("commit", site.dir.path());
        // Some are killed while they open, most in the middle of an act.
        let acts = kill * 7 % 61;
        let delay = std::time::Duration::from_micros(u64::from(kill * 379 % 2000));
        let mut seen = 0;
        let mut lines = lines;
        for line in lines.by_ref() {
            if let Some(seq) = line.strip_prefix("acked ") {
                acked = seq.parse().unwrap();
                seen += 1;
            }
            if seen >= acts {
                break;
            }
        }
        std::thread::sleep(delay);
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            if let Some(seq) = line.strip_prefix("acked ") {
                acked = seq.parse().unwrap();
            }
        }
        if kill % 4 == 0 {
            let (store, report) = site.try_open().unwrap();
            assert!(report.cut_short || acts == 0);
            assert!(report.rebuilt.is_none() && report.journal_rewritten.is_none(), "{report:?}");
            assert!(store.head().unwrap().seq >= acked);
            assert_verified(&store);
        }
    }
    let (store, _) = site.try_open().unwrap();
    assert!(acked > 1000 && store.head().unwrap().seq >= acked, "{acked}");
    assert_verified(&store);
}

#[test]
fn what_a_killed_process_received_is_there() {
    let site = Site::new();
    drop(site.open());
    let mut acked: u64 = 0;
    for kill in 0..12 {
        let (mut child, mut lines) = child::start("receive", site.dir.path());
        for line in lines.by_ref().take(kill * 3 + 1) {
            acked = line.strip_prefix("acked ").map_or(acked, |seq| seq.parse().unwrap());
        }
        std::thread::sleep(std::time::Duration::from_micros(kill as u64 * 379 % 2000));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            acked = line.strip_prefix("acked ").map_or(acked, |seq| seq.parse().unwrap());
        }
    }
    let series = Holder { device: 2, epoch: 1 };
    let check = |store: &Store| {
        let head = Ledger::head(store, series).unwrap();
        assert!(head.seq >= acked);
        // The last seal stands on an op that was acknowledged, or comes with the next exchange.
        assert!(store.seals(series, 0, head.seq).unwrap().last().unwrap().seq >= acked);
        assert!(store.missing(100).unwrap().iter().all(|id| id.seq > acked));
        assert_verified(store);
        store.state_digest().unwrap()
    };
    let (store, report) = site.try_open().unwrap();
    assert!(acked > 100 && report.cut_short, "{acked}, {report:?}");
    assert!(report.rebuilt.is_none() && report.journal_rewritten.is_none(), "{report:?}");
    let digest = check(&store);
    drop(store);
    assert_eq!(check(&site.rebuilt()), digest);
}
