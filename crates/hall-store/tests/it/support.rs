//! A store in a temporary folder, and facts to put into it.

use std::path::{Path, PathBuf};

use hall_core::fact::{Fact, HallSet, WorkerIdentified, WorkerProfile};
use hall_core::vocab::Sex;
use hall_core::{Day, EntityId, Hlc, Instant};
use hall_log::{Op, Seal};
use hall_store::{Draft, OpenError, OpenReport, Store, StoreConfig, StoreKeys};
use tempfile::TempDir;

pub(crate) const MORNING: Instant = Instant(1_795_122_000_000);

/// A device's folders, which outlive its store.
pub(crate) struct Site {
    pub dir: TempDir,
    pub device: u32,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::of_device(1)
    }

    pub(crate) fn of_device(device: u32) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), device }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.data().join("journal")
    }

    pub(crate) fn guard(&self) -> PathBuf {
        self.dir.path().join("keys/guard")
    }

    pub(crate) fn config(&self) -> StoreConfig {
        config(self.dir.path(), self.device)
    }

    pub(crate) fn try_open(&self) -> Result<(Store, OpenReport), OpenError> {
        Store::open(&self.config(), MORNING)
    }

    pub(crate) fn open(&self) -> Store {
        let (store, report) = self.try_open().unwrap();
        assert!(report.is_quiet(), "{report:?}");
        store
    }

    /// Opens the store from the journal alone.
    pub(crate) fn rebuilt(&self) -> Store {
        std::fs::remove_dir_all(self.data().join("sled")).unwrap();
        let (store, report) = self.try_open().unwrap();
        assert!(report.rebuilt.is_some() && report.rolled_back.is_none(), "{report:?}");
        store
    }

    /// The segments of the journal, oldest first.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(self.journal())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "journal"))
            .collect();
        paths.sort();
        paths
    }
}

pub(crate) fn config(root: &Path, device: u32) -> StoreConfig {
    let keys = StoreKeys::load_or_create(&root.join("keys")).unwrap();
    let mut config = StoreConfig::new(root.join("data"), keys, device);
    config.segment_bytes = 8 << 10;
    config.free_floor_bytes = 1 << 20;
    config
}

pub(crate) fn worker(n: u64) -> Fact {
    let mut tag = [0; 16];
    tag[..8].copy_from_slice(&n.to_be_bytes());
    Fact::WorkerRegistered(WorkerProfile {
        id_tag: Some(tag),
        masked_name: Some(format!("王**{n}")),
        born: Day::new(1968, 3, 7),
        sex: Some(Sex::Female),
        ..WorkerProfile::default()
    })
}

pub(crate) fn renamed(name: &str) -> Fact {
    Fact::WorkerChanged(WorkerProfile { masked_name: Some(name.to_owned()), ..WorkerProfile::default() })
}

pub(crate) fn identified(name: &str) -> Fact {
    Fact::WorkerIdentified(WorkerIdentified {
        salt: [3; 16],
        name: name.to_owned(),
        id_number: "370705199003071234".to_owned(),
        phone: "13800000000".to_owned(),
        address: "柳泉路 1 号".to_owned(),
    })
}

pub(crate) fn hall_named(name: &str) -> Fact {
    Fact::HallSet(HallSet { name: Some(name.to_owned()), ..HallSet::default() })
}

/// Workers who register and change their names: `acts` acts of one to three ops.
pub(crate) fn market(store: &Store, acts: u64) -> Vec<EntityId> {
    let mut workers = Vec::new();
    for n in 0..acts {
        let now = MORNING.plus_ms(n as i64 * 10);
        let drafts = match n % 4 {
            0 | 1 => {
                vec![Draft::new(None, worker(n)), Draft::follow(0, None, identified(&format!("王小{n}")))]
            }
            2 => vec![Draft::about(workers[workers.len() / 2], None, renamed(&format!("李**{n}")))],
            _ => vec![
                Draft::new(None, worker(n)),
                Draft::follow(0, None, renamed("赵*")),
                Draft::about(workers[0], None, renamed(&format!("钱**{n}"))),
            ],
        };
        let applied = store.commit(now, drafts).unwrap();
        if n % 4 != 2 {
            workers.push(applied[0].id);
        }
    }
    workers
}

pub(crate) fn name_of(store: &Store, id: EntityId) -> String {
    store.entity(id).unwrap().unwrap().worker().unwrap().masked_name
}

pub(crate) fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// All ops of a device's first epoch.
pub(crate) fn all_ops(store: &Store, device: u32) -> Vec<Op> {
    store.ops_after(device, 1, 0, 100_000).unwrap()
}

pub(crate) fn without_payload(op: &Op) -> Op {
    Op { payload: None, ..op.clone() }
}

/// A seal that nobody signed: the store leaves that to whoever receives it.
pub(crate) fn seal_on(op: &Op, later_ms: i64) -> Seal {
    let (id, hlc) = (op.envelope.id, op.envelope.hlc);
    let at = Hlc::new(hlc.instant().plus_ms(later_ms), 0).max(hlc);
    Seal { series: id.holder(), seq: id.seq, chain: op.chain, at, signature: [id.seq as u8; 64] }
}

/// Fails the test with everything that `verify` found.
pub(crate) fn assert_verified(store: &Store) {
    let report = store.verify().unwrap();
    assert!(report.ok(), "{report:?}");
    assert_eq!(report.state_digest, store.state_digest().unwrap());
}
