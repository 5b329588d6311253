use std::fs;
use std::os::unix::fs::PermissionsExt;

use hall_store::{Draft, KeysError, OpenError, Probe, RebuildReason, Store, StoreKeys};

use crate::child;
use crate::support::{MORNING, Site, assert_verified, market, worker};

#[test]
fn a_second_opening_is_refused_while_the_first_lives() {
    let site = Site::new();
    let store = site.open();
    assert!(matches!(site.try_open(), Err(OpenError::AlreadyOpen)));
    let other = child::run("open", site.dir.path());
    assert_eq!(other.lines().last(), Some("AlreadyOpen"), "{other}");
    drop(store);
    site.open();
}

#[test]
fn the_first_opening_says_so_and_the_next_does_not() {
    let site = Site::new();
    let (store, report) = site.try_open().unwrap();
    assert!(report.created && report.is_quiet());
    drop(store);
    let (_, report) = site.try_open().unwrap();
    assert!(!report.created && !report.cut_short);
}

#[test]
fn other_keys_are_not_corruption() {
    let site = Site::new();
    let store = site.open();
    market(&store, 10);
    store.close().unwrap();
    let mut config = site.config();
    config.keys.store = [9; 32];
    assert!(matches!(Store::open(&config, MORNING), Err(OpenError::WrongKey)));
    fs::remove_file(site.data().join("CREATED")).unwrap();
    assert!(matches!(Store::open(&config, MORNING), Err(OpenError::WrongKey)));
    let mut config = site.config();
    config.device = Some(2);
    assert!(matches!(Store::open(&config, MORNING), Err(OpenError::OtherDevice { expected: 2, found: 1 })));
    assert_verified(&site.open());
}

#[test]
fn keys_are_private_whole_and_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = StoreKeys::load_or_create(dir.path()).unwrap();
    let again = StoreKeys::load_or_create(dir.path()).unwrap();
    assert_eq!((first.store, first.device, first.hall), (again.store, again.device, again.hall));
    assert!(first.store != first.device && first.device != first.hall);
    assert!(!format!("{first:?}").contains(&format!("{:?}", first.store)));

    let path = dir.path().join("hall.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(StoreKeys::load_or_create(dir.path()), Err(KeysError::Exposed(_))));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, b"short").unwrap();
    assert!(matches!(StoreKeys::load_or_create(dir.path()), Err(KeysError::Damaged(_))));
    fs::remove_file(&path).unwrap();
    assert!(
        matches!(StoreKeys::load_or_create(dir.path()), Err(KeysError::Io(_))),
        "not made anew beside old data"
    );
}

#[test]
fn a_creation_cut_short_begins_again() {
    let site = Site::new();
    site.open().close().unwrap();
    // Everything but the marker is there, as after a power cut just before it.
    fs::remove_file(site.data().join("CREATED")).unwrap();
    let (store, report) = site.try_open().unwrap();
    assert!(report.created);
    assert_eq!(store.identity().epoch, 2, "no number of the first attempt is used again");
    store.commit(MORNING, vec![Draft::new(None, worker(1))]).unwrap();
    assert_verified(&store);
}

#[test]
fn a_lost_marker_is_not_an_empty_store() {
    let site = Site::new();
    let store = site.open();
    market(&store, 10);
    let head = store.head().unwrap();
    drop(store);
    for marker in [None, Some("linggong"), Some("")] {
        fs::remove_file(site.data().join("CREATED")).unwrap();
        if let Some(text) = marker {
            fs::write(site.data().join("CREATED"), text).unwrap();
        }
        let (store, report) = site.try_open().unwrap();
        assert!(!report.created);
        assert_eq!(store.head().unwrap(), head);
    }
}

#[test]
fn a_store_of_a_later_release_is_left_alone() {
    let site = Site::new();
    site.open().close().unwrap();
    let path = site.data().join("CREATED");
    let text = fs::read_to_string(&path).unwrap().replace("store 1", "store 2");
    fs::write(&path, &text).unwrap();
    assert!(matches!(site.try_open(), Err(OpenError::Newer { found: 2, known: 1 })));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_probe_in_a_child_finds_what_sled_would_die_of() {
    let site = Site::new();
    let store = site.open();
    market(&store, 60);
    let digest = store.state_digest().unwrap();
    drop(store);
    // Cut short, and sled's file without its beginning.
    fs::write(site.data().join("OPEN"), b"").unwrap();
    let db = site.data().join("sled/db");
    let mut bytes = fs::read(&db).unwrap();
    let half = bytes.len() / 2;
    bytes[..half].fill(0xff);
    fs::write(&db, bytes).unwrap();

    let mut config = site.config();
    config.probe = Probe::Child {
        executable: std::env::current_exe().unwrap(),
        arguments: vec!["--exact".to_owned(), "child::probing".to_owned()],
    };
    let (store, report) = Store::open(&config, MORNING).unwrap();
    assert!(report.cut_short);
    let rebuilt = report.rebuilt.unwrap();
    assert!(
        matches!(&rebuilt.reason, RebuildReason::Unusable(text) if text.contains("probe")),
        "{rebuilt:?}"
    );
    assert_eq!(store.state_digest().unwrap(), digest);
    drop(store);

    // A healthy store passes the same probe.
    fs::write(site.data().join("OPEN"), b"").unwrap();
    let (store, report) = Store::open(&config, MORNING).unwrap();
    assert!(report.cut_short && report.is_quiet(), "{report:?}");
    assert_verified(&store);
}
