//! What an exchange with other devices brings: payloads that come later, seals, the ends of epochs.

use std::fs;

use hall_core::OpId;
use hall_core::fact::{DeviceEnrolled, EpochEnded, Fact, Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_log::seal::STRIDE;
use hall_log::{Ledger, Op, Seal};
use hall_store::{Draft, ImportReport, Received, StateDigest, Store};

use crate::child::other_series;
use crate::support::{MORNING, Site, all_ops, assert_verified, market, seal_on, without_payload};

const OTHER: Holder = Holder { device: 2, epoch: 1 };

fn ops(ops: Vec<Op>) -> Received {
    Received { ops, ..Received::default() }
}

fn payloads(payloads: Vec<(OpId, Vec<u8>)>) -> Received {
    Received { payloads, ..Received::default() }
}

fn seals(seals: Vec<Seal>) -> Received {
    Received { seals, ..Received::default() }
}

/// What a device wrote, with the payloads held back that are for desks only.
struct HeldBack {
    bare: Vec<Op>,
    held: Vec<(OpId, Vec<u8>)>,
    /// Of all of it.
    digest: StateDigest,
}

fn held_back() -> HeldBack {
    let site = Site::of_device(1);
    let store = site.open();
    market(&store, 20);
    let all = all_ops(&store, 1);
    let desk = |op: &Op| op.envelope.scope == Scope::Desk;
    let bare = all.iter().map(|op| if desk(op) { without_payload(op) } else { op.clone() }).collect();
    let held = all.iter().filter(|op| desk(op)).map(|op| (op.envelope.id, op.payload.clone().unwrap()));
    HeldBack { bare, held: held.collect(), digest: store.state_digest().unwrap() }
}

#[test]
fn a_payload_that_comes_later_is_there_as_if_it_had_come_at_once() {
    let HeldBack { bare, held, digest } = held_back();
    let site = Site::of_device(9);
    let store = site.open();
    store.receive(MORNING, ops(bare.clone())).unwrap();
    let ids: Vec<OpId> = held.iter().map(|(id, _)| *id).collect();
    assert_eq!(store.missing(100).unwrap(), ids);
    assert_eq!(store.missing(3).unwrap(), ids[..3]);
    assert_ne!(store.state_digest().unwrap(), digest);

    // Not the payload of that op, an op that is not here, an op that has its payload.
    let wrong = (ids[0], held[1].1.clone());
    let unknown = (OpId::new(5, 5, 5), held[0].1.clone());
    let again = (bare[0].envelope.id, bare[0].payload.clone().unwrap());
    let report = store.receive(MORNING, payloads(vec![wrong, unknown, again])).unwrap();
    assert_eq!(report, ImportReport::default());

    let report = store.receive(MORNING, payloads(held[..4].to_vec())).unwrap();
    assert_eq!(report.completed.iter().map(|op| op.id).collect::<Vec<_>>(), ids[..4]);
    assert_eq!(store.missing(100).unwrap(), ids[4..]);
    // The rest comes with ops that are known, as from a stick, twice.
    let mut known = bare.clone();
    for (op, (_, payload)) in known.iter_mut().filter(|op| op.payload.is_none()).zip(&held) {
        op.payload = Some(payload.clone());
    }
    let report = store.receive(MORNING, ops([known.clone(), known].concat())).unwrap();
    assert_eq!((report.known, report.completed.len()), (bare.len() as u64 * 2, ids.len() - 4));
    let check = |store: &Store| {
        assert_eq!(store.missing(100).unwrap(), []);
        assert_eq!(store.state_digest().unwrap(), digest);
        assert_verified(store);
    };
    check(&store);
    drop(store);
    check(&site.rebuilt());
    fs::remove_dir_all(site.journal()).unwrap();
    let (store, report) = site.try_open().unwrap();
    assert_eq!(report.journal_rewritten.unwrap().ops, bare.len() as u64, "each op once");
    check(&store);
    market(&store, 2);
    assert_verified(&store);
    drop(store);
    let store = site.open();
    assert_verified(&store);
    drop(store);
    assert_verified(&site.rebuilt());
}

#[test]
fn what_a_role_may_not_read_is_neither_kept_nor_asked_for() {
    let HeldBack { bare, held, .. } = held_back();
    let full: Vec<Op> = {
        let mut late = held.iter();
        let fill = |op: &Op| match &op.payload {
            Some(_) => op.clone(),
            None => Op { payload: late.next().map(|(_, payload)| payload.clone()), ..op.clone() },
        };
        bare.iter().map(fill).collect()
    };
    let site = Site::of_device(9);
    let mut config = site.config();
    config.role = DeviceRole::Kiosk;
    let (store, _) = Store::open(&config, MORNING).unwrap();
    store.receive(MORNING, ops(full)).unwrap();
    store.receive(MORNING, payloads(held.clone())).unwrap();
    assert_eq!(all_ops(&store, 1), bare);
    assert_eq!(store.missing(100).unwrap(), []);
    assert_verified(&store);
    drop(store);
    // Made a desk, it asks for what it lacks.
    let store = site.open();
    assert_eq!(store.missing(100).unwrap().len(), held.len());
}

#[test]
fn of_the_seals_the_last_and_those_at_every_stride_are_kept() {
    let all = other_series();
    let stride = STRIDE as usize;
    let site = Site::of_device(9);
    let store = site.open();
    store.receive(MORNING, ops(all[..stride * 3].to_vec())).unwrap();
    let on = |seq: usize, later| seal_on(&all[seq - 1], later);
    let kept = |store: &Store| store.seals(OTHER, 0, u64::MAX).unwrap();

    store.receive(MORNING, seals(vec![on(5, 0), on(stride, 0)])).unwrap();
    assert_eq!(kept(&store), [on(stride, 0)], "the last, and that it is one at a stride");
    store.receive(MORNING, seals(vec![on(7, 0), on(stride + 9, 0), on(stride + 20, 0)])).unwrap();
    assert_eq!(kept(&store), [on(stride, 0), on(stride + 20, 0)]);
    store.receive(MORNING, seals(vec![on(stride + 20, 50_000), on(stride + 20, 40_000)])).unwrap();
    assert_eq!(kept(&store), [on(stride, 0), on(stride + 20, 50_000)], "the later of two on one op");
    store.receive(MORNING, seals(vec![on(stride * 3, 0), on(stride * 2, 0)])).unwrap();
    let expected = [on(stride, 0), on(stride * 2, 0), on(stride * 3, 0)];
    assert_eq!(kept(&store), expected);

    // On an op that is not here, and on another history.
    let mut other = on(stride * 3, 90_000);
    other.chain = all[0].chain;
    store.receive(MORNING, seals(vec![on(stride * 3 + 1, 0), other])).unwrap();
    assert_eq!(kept(&store), expected);
    assert_eq!(store.seals(OTHER, STRIDE, STRIDE * 2).unwrap(), expected[1..2]);
    assert_eq!(store.seals(OTHER, STRIDE * 2, STRIDE).unwrap(), []);
    assert_eq!(store.seals(Holder { device: 3, epoch: 1 }, 0, u64::MAX).unwrap(), []);
    drop(store);
    assert_eq!(kept(&site.open()), expected);
    assert_eq!(kept(&site.rebuilt()), expected);
}

#[test]
fn a_seal_whose_ops_did_not_come_to_be_here_takes_no_others_place() {
    let all = other_series();
    let site = Site::of_device(9);
    let store = site.open();
    let on = |seq: usize| seal_on(&all[seq - 1], 0);
    let batch = |from: usize, to: usize| Received {
        ops: all[from..to].to_vec(),
        seals: vec![on(to)],
        ..Received::default()
    };
    store.receive(MORNING, batch(0, 10)).unwrap();
    // Behind a gap: nothing of it is taken.
    let report = store.receive(MORNING, batch(20, 30)).unwrap();
    assert_eq!(report.refused.len(), 1);
    assert_eq!(store.seals(OTHER, 0, u64::MAX).unwrap(), [on(10)]);
    drop(store);
    // The power went between a seal and its ops.
    let path = site.journal().join("seals");
    let store = site.open();
    let before = fs::read(&path).unwrap();
    store.receive(MORNING, batch(10, 30)).unwrap();
    let sealed_further = fs::read(&path).unwrap();
    drop(store);
    let site = Site::of_device(9);
    site.open().receive(MORNING, batch(0, 10)).unwrap();
    fs::write(site.journal().join("seals"), [before, sealed_further].concat()).unwrap();
    let store = site.open();
    assert_eq!(store.seals(OTHER, 0, u64::MAX).unwrap(), [on(10)]);
    store.receive(MORNING, batch(10, 20)).unwrap();
    assert_eq!(store.seals(OTHER, 0, u64::MAX).unwrap(), [on(20)]);
    drop(store);
    assert_eq!(site.open().seals(OTHER, 0, u64::MAX).unwrap(), [on(20)]);
}

#[test]
fn damaged_seals_are_left_out_and_the_others_stay() {
    let all = other_series();
    let strides = [64, 128, 192, 256, 320].map(|seq: usize| seal_on(&all[seq - 1], 0));
    let site = Site::of_device(9);
    let path = site.journal().join("seals");
    let store = site.open();
    store.receive(MORNING, ops(all[..320].to_vec())).unwrap();
    store.receive(MORNING, seals(strides.to_vec())).unwrap();
    drop(store);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len() % strides.len(), 0);
    let record = bytes.len() / strides.len();
    for damaged in 0..bytes.len() {
        let (flip, which) = (damaged % 2 == 0, damaged / record);
        let mut ruined = bytes.clone();
        if flip {
            ruined[damaged] ^= 0x10;
        } else {
            ruined.truncate(damaged);
        }
        if damaged % 37 > 1 {
            continue;
        }
        fs::write(&path, &ruined).unwrap();
        let store = site.open();
        let mut left = strides.to_vec();
        if flip {
            left.remove(which);
        } else {
            left.truncate(which);
        }
        assert_eq!(store.seals(OTHER, 0, 320).unwrap(), left, "{damaged}");
        // What comes next is not lost behind the damage.
        let later = seal_on(&all[319], 70_000);
        store.receive(MORNING, seals(vec![later])).unwrap();
        drop(store);
        assert_eq!(site.open().seals(OTHER, 319, 320).unwrap(), [later]);
    }
}

#[test]
fn seals_that_come_again_and_again_do_not_fill_the_disk() {
    let all = other_series();
    let site = Site::of_device(9);
    let store = site.open();
    store.receive(MORNING, ops(all[..10].to_vec())).unwrap();
    for round in 0..40 {
        let again = (0..100).map(|n| seal_on(&all[9], round * 1_000 + n * 10)).collect();
        store.receive(MORNING, seals(again)).unwrap();
    }
    let last = seal_on(&all[9], 39_990);
    assert_eq!(store.seals(OTHER, 0, 10).unwrap(), [last]);
    drop(store);
    assert!(fs::metadata(site.journal().join("seals")).unwrap().len() < 200 << 10);
    assert_eq!(site.open().seals(OTHER, 0, 10).unwrap(), [last]);
}

#[test]
fn an_epoch_has_ended_when_any_desk_said_so() {
    let site = Site::new();
    let store = site.open();
    let enrolled = |device| {
        let (name, certificate) = ("自助机".to_owned(), Vec::new());
        Fact::DeviceEnrolled(DeviceEnrolled { device, name, role: DeviceRole::Kiosk, certificate })
    };
    let ended =
        |epoch, last_seq| Fact::EpochEnded(EpochEnded { epoch, last_seq, reason: "硬盘坏了".into() });
    assert_eq!(store.ended(OTHER).unwrap(), None);
    store.commit(MORNING, vec![Draft::new(None, enrolled(2)), Draft::follow(0, None, ended(1, 90))]).unwrap();
    store.commit(MORNING, vec![Draft::new(None, enrolled(2)), Draft::follow(0, None, ended(1, 70))]).unwrap();
    store.commit(MORNING, vec![Draft::new(None, enrolled(3)), Draft::follow(0, None, ended(4, 5))]).unwrap();
    assert_eq!(store.ended(OTHER).unwrap(), Some(70), "the first end stands");
    assert_eq!(store.ended(Holder { device: 2, epoch: 2 }).unwrap(), None);
    assert_eq!(store.ended(Holder { device: 3, epoch: 4 }).unwrap(), Some(5));
}
