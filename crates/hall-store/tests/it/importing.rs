use hall_core::OpId;
use hall_log::{CheckError, Op};
use hall_store::{Draft, Received};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{MORNING, Site, all_ops, assert_verified, hall_named, market, renamed, worker};

/// A hall of two devices: the second knows the first's ops and writes about the same entities.
fn two_devices() -> (Vec<Op>, Vec<Op>) {
    let (first, second) = (Site::of_device(1), Site::of_device(2));
    let (first, second) = (first.open(), second.open());
    let workers = market(&first, 20);
    second.import(MORNING, all_ops(&first, 1)).unwrap();
    for (n, id) in workers.iter().enumerate() {
        // Stamps before, between and after those of the first device.
        let at = MORNING.plus_ms(n as i64 * 17);
        second.commit(at, vec![Draft::about(*id, None, renamed(&format!("周**{n}")))]).unwrap();
    }
    market(&second, 12);
    (all_ops(&first, 1), all_ops(&second, 2))
}

#[test]
fn the_states_do_not_depend_on_the_order_of_arrival() {
    let (one, two) = two_devices();
    let reader = |pieces: &[(bool, usize, usize)]| {
        let site = Site::of_device(9);
        let store = site.open();
        for (second, begin, end) in pieces {
            let ops = if *second { &two } else { &one };
            let (begin, end) = ((*begin).min(ops.len()), (*end).min(ops.len()));
            store.import(MORNING, ops[begin.min(end)..end].to_vec()).unwrap();
        }
        // Whatever came before, in the end everything has come.
        let rest: Vec<Op> = two.iter().chain(&one).cloned().collect();
        let report = store.import(MORNING, rest).unwrap();
        assert!(report.refused.is_empty() && report.forks.is_empty());
        assert_verified(&store);
        store.state_digest().unwrap()
    };
    let expected = reader(&[]);
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let piece = (any::<bool>(), 0_usize..60, 0_usize..60);
    let pieces = proptest::collection::vec(piece, 0..12);
    runner
        .run(&pieces, |pieces| {
            prop_assert_eq!(reader(&pieces), expected);
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_was_imported_survives_the_loss_of_sled() {
    let (one, two) = two_devices();
    let site = Site::of_device(9);
    let store = site.open();
    store.import(MORNING, one.iter().chain(&two).cloned().collect()).unwrap();
    market(&store, 5);
    let digest = store.state_digest().unwrap();
    drop(store);
    std::fs::remove_dir_all(site.data().join("sled")).unwrap();
    let (store, _) = site.try_open().unwrap();
    assert_eq!(store.state_digest().unwrap(), digest);
    assert_eq!(store.heads().unwrap().len(), 3);
    assert_verified(&store);
}

#[test]
fn only_a_gap_free_continuation_is_taken() {
    let (one, _) = two_devices();
    let store = Site::of_device(9);
    let store = store.open();
    let mut holed = one.clone();
    holed.remove(4);
    let report = store.import(MORNING, holed).unwrap();
    assert_eq!(report.applied.len(), 4);
    assert_eq!(report.refused, [(OpId::new(1, 1, 6), CheckError::Gap { expected: 5, found: 6 })]);

    let mut altered = one[4].clone();
    altered.payload = Some(b"other".to_vec());
    let report = store.import(MORNING, vec![altered]).unwrap();
    assert_eq!(
        report.refused,
        [(OpId::new(1, 1, 5), CheckError::PayloadMismatch { id: OpId::new(1, 1, 5) })]
    );

    let report = store.import(MORNING, one.clone()).unwrap();
    assert_eq!((report.known, report.applied.len()), (4, one.len() - 4));
    assert_verified(&store);
}

#[test]
fn a_payload_that_may_not_be_here_leaves_the_chain_whole() {
    let (one, _) = two_devices();
    let store = Site::of_device(9);
    let store = store.open();
    let without: Vec<Op> = one
        .iter()
        .map(|op| Op { payload: op.payload.clone().filter(|_| op.envelope.kind != 32), ..op.clone() })
        .collect();
    let report = store.import(MORNING, without).unwrap();
    assert_eq!(report.applied.len(), one.len());
    assert_verified(&store);
    assert!(store.verify().unwrap().absent_payloads > 0);
}

#[test]
fn a_copied_device_is_noticed_and_its_ops_are_kept_apart() {
    let original = Site::of_device(1);
    let store = original.open();
    market(&store, 8);
    let common = store.head().unwrap().seq;
    let shared = all_ops(&store, 1);
    store.commit(MORNING, vec![Draft::new(None, worker(500))]).unwrap();
    let mine = all_ops(&store, 1);

    let copy = Site::of_device(1);
    let copied = copy.open();
    market(&copied, 8);
    assert_eq!(all_ops(&copied, 1), shared, "the same acts at the same times make the same log");
    copied.commit(MORNING, vec![Draft::new(None, worker(600))]).unwrap();
    copied.commit(MORNING, vec![Draft::new(None, worker(601))]).unwrap();
    let theirs = all_ops(&copied, 1);

    // A third device hears both.
    let site = Site::of_device(9);
    let reader = site.open();
    reader.import(MORNING, mine).unwrap();
    let digest = reader.state_digest().unwrap();
    let report = reader.import(MORNING, theirs.clone()).unwrap();
    assert_eq!(report.known, common);
    assert_eq!(report.forks, [OpId::new(1, 1, common + 1), OpId::new(1, 1, common + 2)]);
    assert_eq!(reader.state_digest().unwrap(), digest, "nothing of it was mixed in");
    let kept = || std::fs::read_dir(site.data().join("forks")).unwrap().count();
    assert_eq!(kept(), 2);
    reader.import(MORNING, theirs.clone()).unwrap();
    assert_eq!(kept(), 2, "the same contradiction is kept once");
    assert_verified(&reader);

    // What an exchange has found to contradict is kept in the same place.
    let received = Received { evidence: theirs[shared.len()..].to_vec(), ..Received::default() };
    reader.receive(MORNING, received).unwrap();
    assert_eq!(kept(), 2);

    // The device itself hears of ops that carry its own name.
    let report = store.import(MORNING, theirs).unwrap();
    assert_eq!(report.forks.len(), 2);
}

#[test]
fn a_rolled_back_device_learns_that_it_was_ahead() {
    let site = Site::of_device(1);
    let store = site.open();
    market(&store, 8);
    let all = all_ops(&store, 1);
    let rolled_back = Site::of_device(1);
    let store = rolled_back.open();
    market(&store, 6);
    let own = store.head().unwrap().seq;
    let report = store.import(MORNING, all.clone()).unwrap();
    assert_eq!(report.known, own);
    assert_eq!(report.ahead_of_us.first(), Some(&OpId::new(1, 1, own + 1)));
    assert_eq!(store.head().unwrap().seq, own, "nobody else writes our series");
}

#[test]
fn another_clock_moves_ours_only_a_little() {
    let store = |device| Site::of_device(device);
    let (near, far, here) = (store(2), store(3), store(9));
    let (near, far, here) = (near.open(), far.open(), here.open());
    near.commit(MORNING.plus_ms(60_000), vec![Draft::new(None, hall_named("近"))]).unwrap();
    far.commit(MORNING.plus_ms(86_400_000), vec![Draft::new(None, hall_named("远"))]).unwrap();
    here.import(MORNING, all_ops(&near, 2)).unwrap();
    here.import(MORNING, all_ops(&far, 3)).unwrap();
    let stamped = here.commit(MORNING, vec![Draft::new(None, hall_named("此"))]).unwrap()[0].hlc;
    assert!(stamped > near.head().unwrap().hlc);
    assert!(stamped < far.head().unwrap().hlc, "a day ahead is a wrong clock");
}
