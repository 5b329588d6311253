//! A data folder that was put back to an earlier day, beside keys that were not.

use std::fs;

use hall_core::OpId;
use hall_store::{Draft, Identity, RollBack, Store};

use crate::support::{MORNING, Site, all_ops, assert_verified, copy_dir, market, worker};

fn guarded(site: &Site) -> OpId {
    fs::read_to_string(site.guard()).unwrap().trim().parse().unwrap()
}

fn put_back(site: &Site) {
    fs::remove_dir_all(site.data()).unwrap();
    copy_dir(&site.dir.path().join("image"), &site.data());
}

/// A store that was put back and has lost ops 11 and following; what it had written.
fn rolled_back() -> (Site, Vec<hall_log::Op>) {
    let site = Site::new();
    let store = site.open();
    market(&store, 5);
    assert_eq!(store.head().unwrap().seq, 10);
    store.close().unwrap();
    copy_dir(&site.data(), &site.dir.path().join("image"));
    let store = site.open();
    market(&store, 4);
    let written = all_ops(&store, 1);
    store.close().unwrap();
    put_back(&site);
    (site, written)
}

#[test]
fn a_store_that_was_put_back_goes_on_in_a_new_epoch() {
    let (site, written) = rolled_back();
    let (store, report) = site.try_open().unwrap();
    let (here, known) = (OpId::new(1, 1, 10), OpId::new(1, 1, written.len() as u64));
    assert_eq!(report.rolled_back, Some(RollBack { here, known }));
    assert!(!report.is_quiet() && !report.created);
    assert_eq!(store.identity(), Identity { device: 1, epoch: 2 });
    assert_eq!(guarded(&site), OpId::new(1, 2, 0), "before anything is written in it");
    let digest = store.state_digest().unwrap();
    let first = store.commit(MORNING, vec![Draft::new(None, worker(70))]).unwrap();
    assert_eq!(first[0].id, OpId::new(1, 2, 1));
    assert!(first[0].hlc > all_ops(&store, 1)[9].envelope.hlc, "the clock does not run back");
    assert_eq!(all_ops(&store, 1), written[..10], "what is left is history");
    assert_ne!(store.state_digest().unwrap(), digest);
    assert_verified(&store);

    // Others may have what was lost; it is not ours to write any more.
    let report = store.import(MORNING, written.clone()).unwrap();
    assert_eq!((report.known, report.applied.len()), (10, written.len() - 10));
    assert_eq!(report.ahead_of_us, []);
    let digest = store.state_digest().unwrap();
    drop(store);

    let store = site.open();
    assert_eq!((store.identity().epoch, store.head().unwrap().seq), (2, 1));
    drop(store);
    fs::remove_file(site.data().join("CREATED")).unwrap();
    let store = site.rebuilt();
    assert_eq!((store.identity().epoch, store.head().unwrap().seq), (2, 1));
    assert_eq!(store.state_digest().unwrap(), digest);
    assert_verified(&store);
}

#[test]
fn an_image_of_an_earlier_epoch_is_not_gone_on_with() {
    let (site, _) = rolled_back();
    drop(site.try_open().unwrap());
    put_back(&site);
    let (store, report) = site.try_open().unwrap();
    assert_eq!(report.rolled_back.unwrap().known, OpId::new(1, 2, 0));
    assert_eq!(store.identity().epoch, 3, "the second epoch may have been seen too");
}

#[test]
fn a_journal_on_a_medium_of_its_own_knows_the_epoch() {
    let site = Site::new();
    let mut config = site.config();
    config.journal = Some(site.dir.path().join("second-medium"));
    let open = |config: &hall_store::StoreConfig| Store::open(config, MORNING).unwrap();
    market(&open(&config).0, 5);
    copy_dir(&site.data(), &site.dir.path().join("image"));
    config.new_epoch = Some(0);
    let (store, _) = open(&config);
    market(&store, 3);
    let digest = store.state_digest().unwrap();
    drop(store);
    put_back(&site);
    config.new_epoch = None;
    let (store, report) = open(&config);
    assert!(report.is_quiet() && report.replayed == store.head().unwrap().seq, "{report:?}");
    assert_eq!((store.identity().epoch, store.state_digest().unwrap()), (2, digest));
    assert_verified(&store);
}

#[test]
fn an_epoch_whose_beginning_was_cut_short_is_begun_at_the_next_start() {
    // The count was raised and nothing else was written.
    let (site, _) = rolled_back();
    fs::write(site.dir.path().join("keys/epoch"), "2\n").unwrap();
    let (store, report) = site.try_open().unwrap();
    assert!(report.rolled_back.is_some());
    assert_eq!(store.identity().epoch, 3);
    assert_verified(&store);

    // The marker was written too; the guard, the journal and sled still say the first epoch.
    let (site, _) = rolled_back();
    fs::write(site.dir.path().join("keys/epoch"), "2\n").unwrap();
    let created = site.data().join("CREATED");
    let text = fs::read_to_string(&created).unwrap().replace("epoch 1", "epoch 2");
    fs::write(&created, text).unwrap();
    let store = site.open();
    assert_eq!((store.identity().epoch, store.head().unwrap().seq), (2, 0));
    assert_eq!(guarded(&site), OpId::new(1, 2, 0));
    market(&store, 5);
    drop(store);
    assert_verified(&site.rebuilt());
}

#[test]
fn a_new_epoch_is_begun_when_others_say_so() {
    let site = Site::new();
    let mut config = site.config();
    config.new_epoch = Some(0);
    let (store, report) = Store::open(&config, MORNING).unwrap();
    assert!(report.created);
    assert_eq!(store.identity().epoch, 1, "a new store is in a new epoch already");
    market(&store, 5);
    drop(store);
    let (store, report) = Store::open(&config, MORNING).unwrap();
    assert!(report.is_quiet() && report.rolled_back.is_none());
    assert_eq!((store.identity().epoch, store.head().unwrap().seq), (2, 0));
    market(&store, 3);
    assert_verified(&store);
    drop(store);
    assert_eq!(site.open().identity().epoch, 2);
}

#[test]
fn the_guard_is_written_once_a_minute_and_at_the_end() {
    let site = Site::new();
    let store = site.open();
    let commit = |ms| store.commit(MORNING.plus_ms(ms), vec![Draft::new(None, worker(1))]).unwrap()[0].id;
    assert_eq!(guarded(&site).seq, 0);
    commit(1_000);
    commit(59_000);
    assert_eq!(guarded(&site).seq, 0);
    assert_eq!(guarded(&site).seq + 3, commit(61_000).seq);
    assert_eq!(guarded(&site).seq, 3);
    commit(119_000);
    assert_eq!(guarded(&site).seq, 3);
    commit(122_000);
    assert_eq!(guarded(&site).seq, 5);
    commit(123_000);
    store.close().unwrap();
    assert_eq!(guarded(&site).seq, 6);
}

#[test]
fn a_guard_that_says_nothing_of_this_device_stops_nobody() {
    for text in ["", "7.1.99\n", "\u{0}\u{0}", "1.1"] {
        let (site, _) = rolled_back();
        fs::write(site.guard(), text).unwrap();
        let store = site.open();
        assert_eq!(store.identity().epoch, 1);
        assert_eq!(guarded(&site), OpId::new(1, 1, 10));
    }
}
