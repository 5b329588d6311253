use std::fs;

use hall_core::fact::{Fact, WorkerErased};
use hall_core::{EntityId, OpId};
use hall_log::{Frames, Ledger, Op};
use hall_store::{Draft, Received, Store};

use crate::child;
use crate::support::{
    MORNING, Site, all_ops, assert_verified, hall_named, market, name_of, renamed, without_payload,
};

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

fn erased(worker: EntityId) -> Fact {
    Fact::WorkerErased(WorkerErased { worker, reason: "本人要求删除".to_owned() })
}

/// What one desk wrote, and what another wrote that erases a worker of the first; the worker.
fn two_desks() -> (Vec<Op>, Vec<Op>, EntityId) {
    let (first, second) = (Site::of_device(1), Site::of_device(2));
    let (first, second) = (first.open(), second.open());
    let worker = market(&first, 20)[0];
    let hall = second.commit(MORNING, vec![Draft::new(None, hall_named("东站"))]).unwrap()[0].id;
    second.commit(MORNING, vec![Draft::about(worker, None, renamed("王*"))]).unwrap();
    second.commit(MORNING, vec![Draft::about(hall, None, erased(worker))]).unwrap();
    (all_ops(&first, 1), all_ops(&second, 2), worker)
}

fn payloads_of(ops: &[Op]) -> Vec<(OpId, Vec<u8>)> {
    ops.iter().map(|op| (op.envelope.id, op.payload.clone().unwrap())).collect()
}

#[test]
fn an_erasure_spreads_whatever_comes_first() {
    let (one, two, worker) = two_desks();
    let about = |op: &&Op| op.envelope.entity == worker;
    let personal = one.iter().chain(&two).filter(about).count();
    assert!(personal > 3);
    let bare = |ops: &[Op]| -> Vec<Op> { ops.iter().map(without_payload).collect() };
    let ops = |ops: Vec<Op>| Received { ops, ..Received::default() };
    let late = |ops: &[Op]| Received { payloads: payloads_of(ops), ..Received::default() };
    let orders = [
        vec![ops(one.clone()), ops(two.clone())],
        vec![ops(two.clone()), ops(one.clone())],
        vec![ops([one.clone(), two.clone()].concat())],
        vec![ops(bare(&one)), ops(two.clone()), late(&one)],
        vec![ops(bare(&one)), late(&one), ops(bare(&two)), late(&two)],
        vec![ops(bare(&two)), ops(bare(&one)), late(&[two.clone(), one.clone()].concat())],
        vec![ops(bare(&one)), ops(two.clone()), ops(one.clone()), late(&one)],
    ];
    let mut digests = Vec::new();
    for order in orders {
        let site = Site::of_device(9);
        let store = site.open();
        for received in order {
            store.receive(MORNING, received).unwrap();
        }
        let check = |store: &Store| {
            for op in store.ops_of(worker).unwrap() {
                assert!(matches!(op.fact, Fact::Absent { .. }), "{op:?}");
            }
            assert!(store.entity(worker).unwrap().is_none());
            assert_eq!(store.missing(100).unwrap(), [], "nobody asks for what was erased");
            assert_eq!(store.verify().unwrap().absent_payloads, personal as u64);
            assert_verified(store);
            store.state_digest().unwrap()
        };
        let digest = check(&store);
        drop(store);
        assert_eq!(check(&site.rebuilt()), digest);
        fs::remove_dir_all(site.journal()).unwrap();
        let (store, report) = site.try_open().unwrap();
        assert!(report.journal_rewritten.is_some());
        store.receive(MORNING, late(&one)).unwrap();
        assert_eq!(check(&store), digest);
        drop(store);
        digests.push(check(&site.rebuilt()));
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[test]
fn evidence_of_the_erased_is_kept_without_what_it_says() {
    let (one, two, worker) = two_desks();
    let site = Site::of_device(9);
    let store = site.open();
    store.import(MORNING, two).unwrap();
    let kept = |evidence: Op| {
        store.receive(MORNING, Received { evidence: vec![evidence], ..Received::default() }).unwrap();
        let files = fs::read_dir(site.data().join("forks")).unwrap();
        let frames = files.map(|file| {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            Frames::new(&bytes).next().unwrap().unwrap().ops.remove(0).payload
        });
        frames.collect::<Vec<_>>()
    };
    let (erased, other): (Vec<Op>, Vec<Op>) = one.into_iter().partition(|op| op.envelope.entity == worker);
    assert_eq!(kept(erased[0].clone()), [None]);
    let payloads = kept(other[0].clone());
    assert_eq!(payloads.len(), 2);
    assert!(payloads.iter().any(Option::is_some));
}

#[test]
fn an_erasure_of_ones_own_is_carried_out_at_the_latest_at_the_next_start() {
    for at_once in [true, false] {
        let site = Site::new();
        let store = site.open();
        let worker = market(&store, 20)[0];
        let hall = store.commit(MORNING, vec![Draft::new(None, hall_named("东站"))]).unwrap()[0].id;
        store.commit(MORNING, vec![Draft::about(hall, None, erased(worker))]).unwrap();
        let personal = store.ops_of(worker).unwrap().len();
        if at_once {
            assert_eq!(store.carry_out_erasures().unwrap().erased, personal);
            assert_eq!(store.carry_out_erasures().unwrap().erased, 0, "once is enough");
        }
        assert_eq!(store.entity(worker).unwrap().is_none(), at_once);
        drop(store);
        let (store, report) = site.try_open().unwrap();
        assert_eq!(report.erasures_finished, if at_once { 0 } else { personal });
        assert!(store.entity(worker).unwrap().is_none());
        assert_verified(&store);
        let after = store.commit(MORNING, vec![Draft::about(worker, None, renamed("王*"))]).unwrap();
        assert!(matches!(after[0].fact, Fact::Absent { .. }), "what is said of the erased is not kept");
        drop(store);
        assert_verified(&site.rebuilt());
    }
}
