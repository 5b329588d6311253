//! Damage of every part, and what opening makes of it.

use std::fs;

use hall_store::{Draft, OpenError, RebuildReason, StateDigest, Store};
use proptest::test_runner::{Config, TestRunner};

use crate::support::{MORNING, Site, assert_verified, copy_dir, market, worker};

/// A closed store with some history.
fn filled() -> (Site, StateDigest) {
    let site = Site::new();
    let store = site.open();
    market(&store, 60);
    let digest = store.state_digest().unwrap();
    store.close().unwrap();
    assert!(site.segments().len() > 2, "the journal has rotated");
    (site, digest)
}

#[test]
fn without_sled_the_journal_gives_the_same_states() {
    let (site, digest) = filled();
    fs::remove_dir_all(site.data().join("sled")).unwrap();
    let (store, report) = site.try_open().unwrap();
    let rebuilt = report.rebuilt.unwrap();
    assert_eq!((rebuilt.reason, rebuilt.quarantined), (RebuildReason::Missing, None));
    assert_eq!(report.replayed, store.head().unwrap().seq);
    assert_eq!(store.state_digest().unwrap(), digest);
    assert_verified(&store);
}

#[test]
fn without_the_journal_sled_gives_it_back() {
    let (site, digest) = filled();
    fs::remove_dir_all(site.journal()).unwrap();
    let (store, report) = site.try_open().unwrap();
    let rewritten = report.journal_rewritten.unwrap();
    assert_eq!((rewritten.ops, rewritten.kept), (store.head().unwrap().seq, None));
    assert_verified(&store);
    store.commit(MORNING, vec![Draft::new(None, worker(1))]).unwrap();
    drop(store);

    // The journal that was written anew is good enough to lose sled again.
    fs::remove_dir_all(site.data().join("sled")).unwrap();
    let (store, _) = site.try_open().unwrap();
    assert_ne!(store.state_digest().unwrap(), digest, "one worker more");
    assert_verified(&store);
}

#[test]
fn a_journal_that_lost_its_end_is_written_anew() {
    let (site, digest) = filled();
    let last = site.segments().pop().unwrap();
    fs::remove_file(&last).unwrap();
    let (store, report) = site.try_open().unwrap();
    let rewritten = report.journal_rewritten.unwrap();
    assert!(rewritten.kept.unwrap().is_dir());
    assert_eq!(store.state_digest().unwrap(), digest);
    assert_verified(&store);
    drop(store);
    assert_verified(&site.open());
}

#[test]
fn a_rewriting_cut_short_begins_again() {
    let (site, digest) = filled();
    // As after a power cut in the middle: the mark is there and the first segments have been moved away.
    fs::write(site.journal().join("REWRITE"), b"").unwrap();
    fs::remove_file(&site.segments()[0]).unwrap();
    let (store, report) = site.try_open().unwrap();
    assert!(report.journal_rewritten.is_some());
    assert_eq!(store.state_digest().unwrap(), digest);
    assert_verified(&store);
    drop(store);
    site.open();
}

#[test]
fn with_both_gone_the_store_says_so() {
    let (site, _) = filled();
    fs::remove_dir_all(site.journal()).unwrap();
    fs::remove_dir_all(site.data().join("sled")).unwrap();
    assert!(matches!(site.try_open(), Err(OpenError::Lost)));
    assert!(matches!(site.try_open(), Err(OpenError::Lost)), "asking twice makes nothing new");
}

#[test]
fn damage_in_the_middle_of_the_journal_is_loud_and_discards_nothing() {
    let (site, digest) = filled();
    let store = site.open();
    // All in the newest segment, so that opening looks at it.
    store.commit(MORNING, vec![Draft::new(None, worker(1000))]).unwrap();
    store.commit(MORNING, vec![Draft::new(None, worker(1001))]).unwrap();
    let with_two_more = store.state_digest().unwrap();
    drop(store);
    let last = site.segments().pop().unwrap();
    let mut bytes = fs::read(&last).unwrap();
    bytes[50] ^= 1;
    fs::write(&last, &bytes).unwrap();
    for _ in 0..2 {
        let error = site.try_open().unwrap_err();
        assert!(matches!(&error, OpenError::JournalDamaged { segment, .. } if *segment == last), "{error:?}");
    }
    assert_eq!(fs::read(&last).unwrap(), bytes);

    let mut config = site.config();
    config.repair_journal = true;
    let (store, report) = Store::open(&config, MORNING).unwrap();
    let kept = report.journal_rewritten.unwrap().kept.unwrap();
    assert_eq!(fs::read(kept.join(last.file_name().unwrap())).unwrap(), bytes, "the damaged one is kept");
    assert_eq!(store.state_digest().unwrap(), with_two_more);
    assert_ne!(with_two_more, digest);
    assert_verified(&store);
}

#[test]
fn damage_in_an_old_segment_is_found_by_verify() {
    let (site, digest) = filled();
    let first = site.segments().remove(0);
    let mut bytes = fs::read(&first).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&first, &bytes).unwrap();
    let store = site.open();
    let report = store.verify().unwrap();
    assert!(
        !report.ok() && !report.journal_matches && report.chain_ok && report.fold_equals_replay,
        "{report:?}"
    );
    assert_eq!(store.state_digest().unwrap(), digest);
    drop(store);
    site.open();
}

#[test]
fn a_last_frame_cut_at_any_byte_disappears_whole() {
    let site = Site::new();
    let store = site.open();
    market(&store, 5);
    let before = store.state_digest().unwrap();
    let head = store.head().unwrap();
    drop(store);
    let guard = fs::read(site.guard()).unwrap();
    let sled = site.dir.path().join("sled-before");
    copy_dir(&site.data().join("sled"), &sled);
    let segment = site.segments().pop().unwrap();
    let whole = fs::metadata(&segment).unwrap().len() as usize;
    let store = site.open();
    store.commit(MORNING, vec![Draft::new(None, worker(7)), Draft::follow(0, None, worker(8))]).unwrap();
    drop(store);
    let bytes = fs::read(&segment).unwrap();
    assert!(bytes.len() > whole && site.segments().len() == 1);

    // Step 7 meets every part of the header and of the body; every byte would take a minute.
    for cut in (whole + 1..whole + 12).chain((whole + 12..bytes.len()).step_by(7)).chain([bytes.len() - 1]) {
        fs::write(&segment, &bytes[..cut]).unwrap();
        // An act that was cut short never came to be guarded.
        fs::write(site.guard(), &guard).unwrap();
        fs::remove_dir_all(site.data().join("sled")).unwrap();
        copy_dir(&sled, &site.data().join("sled"));
        let (store, report) = site.try_open().unwrap();
        let torn = report.torn.unwrap();
        assert_eq!(torn.bytes as usize, cut - whole);
        assert_eq!(fs::read(&torn.kept).unwrap(), &bytes[whole..cut], "kept aside");
        fs::remove_file(&torn.kept).unwrap();
        assert_eq!(store.head().unwrap(), head);
        assert_eq!(store.state_digest().unwrap(), before);
        let next = store.commit(MORNING, vec![Draft::new(None, worker(9))]).unwrap();
        assert_eq!(next[0].id.seq, head.seq + 1);
        drop(store);
    }

    // Whole, it is replayed into a sled that lacks it.
    fs::write(&segment, &bytes).unwrap();
    fs::remove_dir_all(site.data().join("sled")).unwrap();
    copy_dir(&sled, &site.data().join("sled"));
    let (store, report) = site.try_open().unwrap();
    assert_eq!((report.replayed, report.torn), (2, None));
    assert_verified(&store);
}

#[test]
fn an_unfinished_snapshot_does_not_stop_sled() {
    let (site, digest) = filled();
    fs::write(site.data().join("sled/snap.00000000000fffff.generating"), b"half a snapshot").unwrap();
    let store = site.open();
    assert_eq!(store.state_digest().unwrap(), digest);
}

#[test]
fn sled_of_another_store_is_not_taken_for_ours() {
    let (site, digest) = filled();
    let other = Site::of_device(2);
    market(&other.open(), 10);
    fs::remove_dir_all(site.data().join("sled")).unwrap();
    copy_dir(&other.data().join("sled"), &site.data().join("sled"));
    let (store, report) = site.try_open().unwrap();
    assert!(matches!(report.rebuilt.unwrap().reason, RebuildReason::Unusable(_)));
    assert_eq!(store.state_digest().unwrap(), digest);
}

#[test]
fn an_older_sled_is_brought_forward() {
    let (site, _) = filled();
    let sled = site.dir.path().join("sled-before");
    copy_dir(&site.data().join("sled"), &sled);
    let store = site.open();
    market(&store, 60);
    let digest = store.state_digest().unwrap();
    let head = store.head().unwrap();
    drop(store);
    fs::remove_dir_all(site.data().join("sled")).unwrap();
    copy_dir(&sled, &site.data().join("sled"));
    let (store, report) = site.try_open().unwrap();
    assert!(report.replayed > 50 && report.rebuilt.is_none());
    assert_eq!(store.head().unwrap(), head);
    assert_eq!(store.state_digest().unwrap(), digest);
    assert_verified(&store);
}

/// Whatever is done to sled's files, at the latest the opening after `verify` has the same states again.
#[test]
fn sled_damaged_anywhere_is_rebuilt_to_the_same_states() {
    let (site, digest) = filled();
    let sled = site.dir.path().join("sled-before");
    copy_dir(&site.data().join("sled"), &sled);
    let files: Vec<_> =
        fs::read_dir(&sled).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_file()).collect();
    assert!(files.len() >= 3, "conf, db and a snapshot");
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let damage = (0..files.len(), 0.0..1.0_f64, 1_usize..4000, 0_u8..4);
    let ruin = |(file, position, length, how): (usize, f64, usize, u8)| {
        fs::remove_dir_all(site.data().join("sled")).unwrap();
        copy_dir(&sled, &site.data().join("sled"));
        let path = site.data().join("sled").join(files[file].file_name().unwrap());
        let mut bytes = fs::read(&path).unwrap();
        let begin = (bytes.len() as f64 * position) as usize;
        let end = (begin + length).min(bytes.len());
        match how {
            0 => bytes[begin..end].iter_mut().for_each(|byte| *byte ^= 0x5a),
            1 => bytes[begin..end].fill(0),
            2 => bytes.truncate(begin),
            _ => bytes[begin] ^= 1,
        }
        fs::write(&path, bytes).unwrap();

        let (store, first) = site.try_open().unwrap();
        let found = store.verify();
        if found.as_ref().is_ok_and(hall_store::VerifyReport::ok) {
            assert_eq!(store.state_digest().unwrap(), digest);
            return Ok(());
        }
        assert!(first.rebuilt.is_none(), "a rebuilt sled is good");
        drop(store);
        let (store, second) = site.try_open().unwrap();
        assert!(matches!(second.rebuilt.unwrap().reason, RebuildReason::Marked(_)));
        assert_eq!(store.state_digest().unwrap(), digest);
        assert_verified(&store);
        Ok(())
    };
    runner.run(&damage, ruin).unwrap();
    let quarantined = fs::read_dir(site.data())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("corrupt."));
    assert_eq!(quarantined.count(), 1, "kept, and not without bound");
}
