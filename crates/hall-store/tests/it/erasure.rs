use std::fs;

use hall_core::OpId;
use hall_core::fact::Fact;
use hall_store::Store;

use crate::child;
use crate::support::{MORNING, Site, assert_verified, market, name_of};

/// The ops that hold identities.
fn personal(store: &Store) -> Vec<OpId> {
    let ops = store.ops_after(1, 1, 0, 10_000).unwrap();
    ops.iter().filter(|op| op.envelope.kind == 32).map(|op| op.envelope.id).collect()
}

#[test]
fn an_erased_payload_is_gone_and_the_log_still_verifies() {
    let site = Site::new();
    let store = site.open();
    let workers = market(&store, 40);
    let targets = personal(&store);
    let sealed = store.ops_after(1, 1, 0, 10_000).unwrap();
    let report = store.erase(&targets).unwrap();
    assert_eq!((report.erased, report.copies_kept), (targets.len(), Vec::new()));
    for id in &targets {
        assert_eq!(store.op(*id).unwrap().unwrap().fact, Fact::Absent { kind: 32 });
    }
    let worker = store.entity(workers[0]).unwrap().unwrap().worker().unwrap();
    assert_eq!(worker.identity, None, "the state was folded again");
    assert!(!name_of(&store, workers[0]).is_empty(), "what is not personal stays");
    assert_verified(&store);
    assert_eq!(store.verify().unwrap().absent_payloads, targets.len() as u64);
    let after: Vec<_> = store.ops_after(1, 1, 0, 10_000).unwrap();
    assert!(after.iter().zip(&sealed).all(|(a, b)| a.chain == b.chain));
    let digest = store.state_digest().unwrap();
    assert_eq!(store.erase(&targets).unwrap().erased, 0, "twice is once");
    assert_eq!(store.erase(&[OpId::new(8, 8, 8)]).unwrap().erased, 0);
    drop(store);

    // The journal does not bring it back.
    fs::remove_dir_all(site.data().join("sled")).unwrap();
    let (store, _) = site.try_open().unwrap();
    assert_eq!(store.state_digest().unwrap(), digest);
    assert_verified(&store);
}

#[test]
fn copies_that_repairs_kept_are_erased_too() {
    let site = Site::new();
    let store = site.open();
    market(&store, 30);
    let targets = personal(&store);
    drop(store);
    fs::write(site.data().join("REBUILD"), "tried").unwrap();
    fs::remove_dir_all(site.journal()).unwrap();
    let lost = site.try_open();
    assert!(lost.is_err(), "without a journal sled is not given up");
    fs::remove_file(site.data().join("REBUILD")).unwrap();
    drop(site.try_open().unwrap());
    fs::write(site.data().join("REBUILD"), "tried").unwrap();
    let (store, report) = site.try_open().unwrap();
    let quarantined = report.rebuilt.unwrap().quarantined.unwrap();
    assert!(quarantined.is_dir());
    let report = store.erase(&targets).unwrap();
    assert_eq!((report.erased, report.copies_removed), (targets.len(), 1));
    assert!(!quarantined.exists());
    assert_verified(&store);
}

/// Killed at any moment, the erasure is afterwards either not begun or finished.
#[test]
fn an_erasure_cut_short_is_finished_at_the_next_start() {
    let mut finished = 0;
    for delay in 0..24 {
        let site = Site::new();
        let store = site.open();
        market(&store, 40);
        let targets = personal(&store);
        store.close().unwrap();
        let (mut child, mut lines) = child::start("erase", site.dir.path());
        assert_eq!(lines.next().as_deref(), Some("erasing"));
        std::thread::sleep(std::time::Duration::from_micros(delay * 400));
        child.kill().unwrap();
        child.wait().unwrap();
        let ended = lines.next().is_some();

        let (store, report) = Store::open(&site.config(), MORNING).unwrap();
        finished += usize::from(report.erasures_finished > 0);
        let absent = store.verify().unwrap().absent_payloads;
        assert!(absent == targets.len() as u64 || (absent == 0 && !ended), "{absent} of {}", targets.len());
        assert_verified(&store);
        drop(store);
        assert_verified(&site.open());
    }
    assert!(finished > 0, "no child was killed in the middle");
}
