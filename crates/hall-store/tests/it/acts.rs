use hall_core::entity::key;
use hall_core::{Instant, OpId};
use hall_log::Subject;
use hall_store::{ActError, CommitError, Draft, Entity};

use crate::support::{
    MORNING, Site, assert_verified, hall_named, identified, market, name_of, renamed, worker,
};

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let site = Site::new();
    let store = site.open();
    let workers = market(&store, 40);
    let digest = store.state_digest().unwrap();
    let head = store.head().unwrap();
    assert_verified(&store);
    store.close().unwrap();

    let store = site.open();
    assert_eq!(store.head().unwrap(), head);
    assert_eq!(store.state_digest().unwrap(), digest);
    assert!(name_of(&store, workers[0]).starts_with("钱**"));
    assert_verified(&store);
}

#[test]
fn an_act_names_what_it_makes_before_it_is_made() {
    let store = Site::new();
    let store = store.open();
    let applied = store
        .act(MORNING, |next| {
            let id = next.id(0);
            Ok::<_, ()>(vec![Draft::new(None, worker(1)), Draft::about(id, Some(id), renamed("孙*"))])
        })
        .unwrap();
    assert_eq!(applied[0].id, OpId::new(1, 1, 1));
    assert_eq!(applied[1].by, Some(applied[0].id));
    assert_eq!(name_of(&store, applied[0].id), "孙*");
    assert_eq!(store.entity_of(applied[1].id).unwrap(), Some(applied[0].id));
}

#[test]
fn a_refused_decision_and_a_refused_draft_leave_nothing() {
    let site = Site::new();
    let store = site.open();
    let refused = store.act(MORNING, |_| Err::<Vec<Draft>, _>("full"));
    assert!(matches!(refused, Err(ActError::Refused("full"))));

    let long = "长".repeat(2400);
    let error =
        store.commit(MORNING, vec![Draft::new(None, worker(1)), Draft::follow(0, None, renamed(&long))]);
    assert!(matches!(error, Err(CommitError::TooLarge { draft: 1, .. })));

    let dangling =
        vec![Draft { subject: Subject::Draft(1), by: None, fact: worker(1) }, Draft::new(None, worker(2))];
    assert!(matches!(store.commit(MORNING, dangling), Err(CommitError::Dangling(_))));

    let many = vec![Draft::new(None, worker(1)); 5000];
    assert!(matches!(store.commit(MORNING, many), Err(CommitError::TooMany(_))));

    assert_eq!(store.head().unwrap().seq, 0);
    assert_eq!(store.commit(MORNING, Vec::new()).unwrap(), Vec::new());
    let first = store.commit(MORNING, vec![Draft::new(None, worker(1))]).unwrap();
    assert_eq!(first[0].id.seq, 1, "no number was lost");
    assert_verified(&store);
}

#[test]
fn the_index_follows_the_state() {
    let store = Site::new();
    let store = store.open();
    let workers = market(&store, 24);
    let all = store.scan(&key::workers(), &key::end_of(&key::workers()), 1000).unwrap();
    let mut found: Vec<OpId> = all.iter().map(|(_, id)| *id).collect();
    found.sort();
    assert_eq!(found, workers);
    assert_eq!(store.scan(&key::workers(), &key::end_of(&key::workers()), 3).unwrap().len(), 3);
    assert_eq!(store.scan(b"z", b"a", 3).unwrap(), Vec::new(), "an empty range is empty");

    let mut tag = [0; 16];
    tag[..8].copy_from_slice(&4_u64.to_be_bytes());
    let by_tag = store.scan(&key::worker_tag(&tag), &key::end_of(&key::worker_tag(&tag)), 10).unwrap();
    assert_eq!(by_tag.len(), 1);
    assert_eq!(by_tag[0].0, key::worker_tag(&tag));
}

#[test]
fn the_log_can_be_read_from_any_number_on() {
    let store = Site::new();
    let store = store.open();
    let workers = market(&store, 20);
    let head = store.head().unwrap().seq;
    let ops = store.ops_after(1, 1, 5, 1000).unwrap();
    assert_eq!(ops.len() as u64, head - 5);
    assert_eq!(ops[0].envelope.id.seq, 6);
    assert!(ops.iter().all(|op| op.payload.is_some()));
    assert_eq!(store.ops_after(1, 1, head, 10).unwrap(), Vec::new());
    assert_eq!(store.ops_after(1, 2, 0, 10).unwrap(), Vec::new());

    let of_first = store.ops_of(workers[0]).unwrap();
    assert!(of_first.is_sorted_by_key(hall_store::Applied::order) && of_first.len() > 3);
    assert_eq!(store.op(of_first[1].id).unwrap(), Some(of_first[1].clone()));
    assert_eq!(store.op(OpId::new(9, 9, 9)).unwrap(), None);
    assert_eq!(Entity::fold_all(workers[0], of_first), store.entity(workers[0]).unwrap());
}

#[test]
fn a_clock_set_back_a_day_changes_no_order() {
    let site = Site::new();
    let store = site.open();
    let id = store.commit(MORNING, vec![Draft::new(None, hall_named("东城"))]).unwrap()[0].id;
    let yesterday = MORNING.plus_ms(-86_400_000);
    store.commit(yesterday, vec![Draft::about(id, None, hall_named("西城"))]).unwrap();
    assert_eq!(store.entity(id).unwrap().unwrap().hall().unwrap().name, "西城", "the later act wins");
    assert_eq!(store.time_floor().last_op, MORNING);
    assert_verified(&store);
}

#[test]
fn the_time_floor_outlives_the_store() {
    let site = Site::new();
    site.open().close().unwrap();
    let (store, _) = hall_store::Store::open(&site.config(), Instant(5)).unwrap();
    assert_eq!(store.time_floor().instant(), MORNING, "a clock reset to 1970 is noticed");
    store.reset_boot_time(Instant(5)).unwrap();
    assert_eq!(store.time_floor().instant(), Instant(5));
}

#[test]
fn many_threads_commit_without_a_gap() {
    let site = Site::new();
    let store = site.open();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..25 {
                    store.commit(MORNING, vec![Draft::new(None, worker(thread * 100 + n))]).unwrap();
                }
            });
        }
    });
    assert_eq!(store.head().unwrap().seq, 100);
    assert_verified(&store);
}

#[test]
fn nothing_personal_lies_on_the_disk_in_the_clear() {
    let site = Site::new();
    let store = site.open();
    market(&store, 8);
    let id = store.commit(MORNING, vec![Draft::new(None, worker(99))]).unwrap()[0].id;
    store.commit(MORNING, vec![Draft::about(id, None, identified("欧阳修远"))]).unwrap();
    store.close().unwrap();
    let mut looked_at = 0;
    let mut folders = vec![site.data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            looked_at += bytes.len();
            for secret in ["欧阳修远", "370705199003071234", "13800000000", "王**"] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} in {}", path.display());
            }
        }
    }
    assert!(looked_at > 10_000);
}

#[test]
fn files_are_written_whole_and_read_only_unchanged() {
    use hall_store::FileError;
    let site = Site::new();
    let store = site.open();
    let hash = store.put_file("slips", "7K4M-2Q.png", b"pixels").unwrap();
    assert_eq!(store.read_file("slips", "7K4M-2Q.png", &hash).unwrap(), b"pixels");
    assert!(matches!(store.read_file("slips", "other.png", &hash), Err(FileError::Missing)));
    std::fs::write(store.file_path("slips", "7K4M-2Q.png").unwrap(), b"pixelS").unwrap();
    assert!(matches!(store.read_file("slips", "7K4M-2Q.png", &hash), Err(FileError::Changed)));
    store.remove_file("slips", "7K4M-2Q.png").unwrap();
    store.remove_file("slips", "7K4M-2Q.png").unwrap();
    for bad in ["", ".hidden", "a/b", "..", "a\\b", "a\0b", &"x".repeat(121)] {
        assert!(matches!(store.put_file("slips", bad, b""), Err(FileError::Name(_))), "{bad:?}");
        assert!(matches!(store.put_file(bad, "x", b""), Err(FileError::Name(_))), "{bad:?}");
    }
}
