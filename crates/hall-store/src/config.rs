//! How a store is opened.

use std::path::PathBuf;

use hall_core::vocab::DeviceRole;

use crate::keys::StoreKeys;

/// Where a store lives and how it behaves.
#[derive(Debug)]
pub struct StoreConfig {
    /// The data folder: `sled/`, `journal/`, `files/`, `CREATED`, `lock`.
    pub data: PathBuf,
    pub keys: StoreKeys,
    /// The device number: used when the store is created, checked ever after. Without one a new store draws its
    /// own, and one that is there is taken as it is.
    pub device: Option<u32>,
    /// Where the journal lives when not in the data folder: a second medium survives the first.
    pub journal: Option<PathBuf>,
    /// A journal segment is closed when it has grown past this.
    pub segment_bytes: u64,
    /// Commits are refused when the disk has less than this free, so that sled and the journal never hit the
    /// end in the middle of an act.
    pub free_floor_bytes: u64,
    /// sled's page cache.
    pub cache_bytes: u64,
    pub probe: Probe,
    /// What this device is in its hall: it decides whose payloads may be here.
    pub role: DeviceRole,
    /// Leave the epoch in which the store writes and begin the next: others said that this device is a copy or
    /// was rolled back. What was written stays as history. The next one is behind this number, for others may have
    /// seen it begin already.
    pub new_epoch: Option<u16>,
    /// Write a damaged journal anew from sled instead of refusing to open. The damaged one is kept. Set by an
    /// operator who was told, never by default.
    pub repair_journal: bool,
}

/// How sled's folder is tried before it is opened.
///
/// sled panics on some corruption, and a panic in one of its IO threads breaks its thread pool for the rest
/// of the process. Only another process truly isolates that; it also survives an abort or a hang.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Open in this process and catch a panic. When sled cannot be used again afterwards, opening ends in
    /// [`crate::OpenError::RestartNeeded`] and the next start rebuilds.
    InProcess,
    /// Start `executable` with `arguments` and sled's folder as the last one. The child calls
    /// [`crate::probe`] and ends with 0 when that succeeds. Used only when the last run did not close the
    /// store.
    Child { executable: PathBuf, arguments: Vec<String> },
}

impl StoreConfig {
    pub fn new(data: impl Into<PathBuf>, keys: StoreKeys, device: impl Into<Option<u32>>) -> Self {
        Self {
            data: data.into(),
            keys,
            device: device.into(),
            journal: None,
            segment_bytes: 4 << 20,
            free_floor_bytes: 64 << 20,
            cache_bytes: 48 << 20,
            probe: Probe::InProcess,
            role: DeviceRole::Desk,
            new_epoch: None,
            repair_journal: false,
        }
    }

    pub(crate) fn journal_dir(&self) -> PathBuf {
        self.journal.clone().unwrap_or_else(|| self.data.join("journal"))
    }
}
