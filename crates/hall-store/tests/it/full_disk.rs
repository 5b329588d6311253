//! A disk that is full for real: the free-space floor, a limit on the size of files, and a small disk where
//! this process may mount one.

use std::path::Path;
use std::process::Command;

use hall_store::{CommitError, Draft, Store};

use crate::child::{self, said};
use crate::support::{MORNING, Site, assert_verified, config, renamed, worker};

#[test]
fn below_the_floor_nothing_is_accepted_and_nothing_is_lost() {
    let site = Site::new();
    let store = site.open();
    store.commit(MORNING, vec![Draft::new(None, worker(1))]).unwrap();
    assert!(store.room().unwrap() > 0);
    drop(store);
    let mut config = site.config();
    config.free_floor_bytes = u64::MAX;
    let (store, _) = Store::open(&config, MORNING).unwrap();
    let refused = store.commit(MORNING, vec![Draft::new(None, worker(2))]);
    assert!(matches!(refused, Err(CommitError::DiskFull { floor: u64::MAX, .. })));
    assert!(matches!(store.put_file("slips", "a.png", b"x"), Err(hall_store::FileError::DiskFull { .. })));
    assert_eq!(store.room().unwrap(), 0);
    assert_eq!(store.head().unwrap().seq, 1);
    drop(store);
    assert_verified(&site.open());
}

/// Files may not grow past a limit, so writes come back short and then fail. sled's file meets the limit
/// first, behind an act that the journal has: every acknowledged op is there afterwards, and so is the one
/// that was saved and could not be shown. (The journal's own short writes: see `journal::tests`.)
#[test]
fn what_sled_could_not_take_is_there_at_the_next_start() {
    for kilobytes in [560, 700, 1100] {
        let site = Site::new();
        site.open().close().unwrap();
        let output = limited(&child::command("fill", site.dir.path()), kilobytes).output().unwrap();
        let said = said(&String::from_utf8(output.stdout).unwrap());
        let lines: Vec<&str> = said.lines().collect();
        let [.., last_ack, saved] = lines[..] else { panic!("{said}") };
        let last_ack: u64 = last_ack.strip_prefix("acked ").unwrap().parse().unwrap();
        let saved: u64 = saved.strip_prefix("saved ").unwrap().parse().unwrap();
        assert_eq!(saved, last_ack + 2);

        let (store, report) = site.try_open().unwrap();
        assert!(report.rebuilt.is_none() && report.replayed > 0, "a full disk is no corruption: {report:?}");
        assert_eq!(store.head().unwrap().seq, saved);
        assert_verified(&store);
        store.commit(MORNING, vec![Draft::new(None, worker(1))]).unwrap();
    }
}

/// A disk that cannot take what opening writes is no reason to give sled up.
#[test]
fn sled_that_cannot_write_is_not_called_corrupt() {
    let site = Site::new();
    let store = site.open();
    store.commit(MORNING, vec![Draft::new(None, worker(1))]).unwrap();
    drop(store);
    let output = limited(&child::command("open", site.dir.path()), 4).output().unwrap();
    let said = said(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(said, "Io");
    let store = site.open();
    assert_verified(&store);
}

/// `child` under a limit on the size of its files, with the signal ignored that would end it there.
fn limited(child: &Command, kilobytes: u32) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$@\""), "bash"]);
    shell.arg(child.get_program()).args(child.get_args());
    shell.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

/// A disk of eight megabytes, if this process may mount one. Otherwise the tests above and
/// those of the journal, which need no rights, have shown the same refusals.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[test]
fn a_full_journal_disk_refuses_until_there_is_room() {
    let site = Site::new();
    let journal = site.dir.path().join("medium");
    std::fs::create_dir(&journal).unwrap();
    let Some(_disk) = SmallDisk::mount(&journal) else { return };
    let mut config = config(site.dir.path(), 1);
    config.journal = Some(journal.clone());
    config.free_floor_bytes = 0;
    let (store, _) = Store::open(&config, MORNING).unwrap();
    let ballast = journal.join("ballast");
    std::fs::write(&ballast, vec![0; 6 << 20]).unwrap();

    let text = "满".repeat(2300);
    let act = || vec![Draft::new(None, worker(1)), Draft::follow(0, None, renamed(&text))];
    let refused = loop {
        if let Err(error) = store.commit(MORNING, act()) {
            break error;
        }
    };
    assert!(matches!(&refused, CommitError::Io(error) if error.is_full()), "{refused:?}");
    let head = store.head().unwrap();
    assert!(head.seq > 100);
    assert!(store.commit(MORNING, act()).is_err(), "still full");
    assert_verified(&store);

    std::fs::remove_file(&ballast).unwrap();
    let next = store.commit(MORNING, act()).unwrap();
    assert_eq!(next[0].id.seq, head.seq + 1, "the store went on by itself");
    assert_verified(&store);
    drop(store);
    let (store, report) = Store::open(&config, MORNING).unwrap();
    assert!(report.is_quiet(), "{report:?}");
    assert_verified(&store);
}

#[test]
fn a_floor_keeps_the_small_disk_usable() {
    let site = Site::new();
    let data = site.data();
    std::fs::create_dir(&data).unwrap();
    let Some(_disk) = SmallDisk::mount(&data) else { return };
    let mut config = config(site.dir.path(), 1);
    config.free_floor_bytes = 3 << 20;
    let (store, _) = Store::open(&config, MORNING).unwrap();
    let refused = loop {
        if let Err(error) = store.commit(MORNING, vec![Draft::new(None, worker(1))]) {
            break error;
        }
    };
    assert!(matches!(refused, CommitError::DiskFull { .. }), "{refused:?}");
    let digest = store.state_digest().unwrap();
    assert_verified(&store);
    drop(store);
    let (store, report) = Store::open(&config, MORNING).unwrap();
    assert!(report.is_quiet(), "{report:?}");
    assert_eq!(store.state_digest().unwrap(), digest);
}
