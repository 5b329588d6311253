//! What can go wrong, told apart by what the caller must do about it.

use std::io;
use std::path::{Path, PathBuf};

use hall_core::OpId;
use hall_log::frame::FrameBound;

/// An operation on a file failed.
#[derive(Debug, thiserror::Error)]
#[error("{}", path.display())]
pub struct IoError {
    pub path: PathBuf,
    #[source]
    pub source: io::Error,
}

impl IoError {
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }

    /// Whether the disk or a quota is full.
    pub fn is_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self.source.kind(), StorageFull | QuotaExceeded | FileTooLarge)
    }
}

/// Why a store did not open. Nothing has been discarded.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the store is open in another process")]
    AlreadyOpen,
    /// The keys are not those the store was written with. The data is whole.
    #[error("the keys do not belong to this store")]
    WrongKey,
    #[error("the store belongs to device {found}, not to {expected}")]
    OtherDevice { expected: u32, found: u32 },
    /// The journal is damaged where no interrupted write can explain it. sled is untouched.
    #[error("the journal segment {} is damaged at byte {offset}: {detail}", segment.display())]
    JournalDamaged { segment: PathBuf, offset: u64, detail: String },
    /// The store was created here, and both sled and the journal are gone.
    #[error("the store's data is gone")]
    Lost,
    /// Written by a later release.
    #[error("the store has format {found}; this release reads {known}")]
    Newer { found: u32, known: u32 },
    /// sled broke down so badly that this process cannot use it again; the next start rebuilds.
    #[error("the store must be rebuilt, which needs a new start of the program")]
    RestartNeeded,
    #[error("less than {} MiB are free on the disk ({})", floor >> 20, free >> 20)]
    DiskFull { free: u64, floor: u64 },
    #[error("the store's folder cannot be used")]
    Io(#[from] IoError),
    #[error("the keys cannot be used")]
    Keys(#[source] Box<KeysError>),
    #[error("sled does not open even after a rebuild: {0}")]
    Sled(String),
}

/// Why an act was not accepted, or, for [`CommitError::SavedReopenNeeded`], not shown.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Nothing was saved. The store goes on when there is room again.
    #[error("less than {} MiB are free on the disk ({})", floor >> 20, free >> 20)]
    DiskFull { free: u64, floor: u64 },
    /// Nothing was saved. The store goes on when the disk does.
    #[error("the journal cannot be written")]
    Io(#[from] IoError),
    /// Nothing was saved.
    #[error("the payload of draft {draft} has {bytes} bytes; at most {} fit", crate::PAYLOAD_MAX)]
    TooLarge { draft: usize, bytes: usize },
    /// Nothing was saved.
    #[error("the act is too large")]
    TooMany(#[from] FrameBound),
    /// Nothing was saved.
    #[error(transparent)]
    Dangling(#[from] hall_log::series::DanglingDraft),
    /// The disk failed in such a way that only opening the store again will show whether the act stands.
    #[error("the journal cannot be written, and whether the act was saved is not known")]
    Uncertain(#[source] IoError),
    /// Nothing was saved; an earlier failure stands.
    #[error("the store must be opened again")]
    ReopenNeeded,
    /// The act is durable and will be there at the next start, but cannot be shown now. It must not be
    /// done again.
    #[error("the act is saved; the store must be opened again to show it")]
    SavedReopenNeeded { ids: Vec<OpId> },
    /// Nothing was saved.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// sled failed; the next start rebuilds it from the journal.
    #[error("the store must be opened again: {0}")]
    Damaged(String),
    /// sled was shut off after an earlier failure.
    #[error("the store must be opened again")]
    ReopenNeeded,
}

/// Why the keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the key file {} is damaged", .0.display())]
    Damaged(PathBuf),
    #[error("the key file {} can be read by others", .0.display())]
    Exposed(PathBuf),
    #[error("the keys cannot be read or written")]
    Io(#[from] IoError),
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}
