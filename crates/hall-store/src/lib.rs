//! The store of one device: sled for reading, a sidecar journal for keeping.
//!
//! An act is durable when its frame in the journal has been synced; sled follows and can always be rebuilt
//! from the journal. No sled type leaves this crate, no personal data leaves it unsealed onto the disk, and
//! no repair path throws away what was acknowledged.
//!
//! What must hold, in the order in which a commit does it: the journal first, then sled, then the caller is
//! told. When sled fails after the journal was written the act stands, and the store says that it must be
//! opened again.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod certificates;
mod commit;
mod config;
mod disk;
mod erase;
mod error;
mod files;
mod fold;
mod guard;
mod import;
mod journal;
mod keys;
mod ledger;
mod open;
mod probe;
mod read;
mod recover;
mod seal;
mod seals;
mod store;
mod tables;
mod verify;

pub use commit::{ActError, Draft, NextIds};
pub use config::{Probe, StoreConfig};
pub use disk::write_pieces;
pub use erase::{EraseError, EraseReport};
pub use error::{CommitError, IoError, KeysError, OpenError, ReadError};
pub use files::FileError;
pub use guard::RollBack;
pub use hall_core::entity::{Applied, Entity};
pub use hall_log::Subject;
pub use import::{ImportError, ImportReport, Received};
pub use keys::StoreKeys;
pub use open::{JournalRewrite, OpenReport, Rebuild, RebuildReason, TornTail};
pub use probe::probe;
pub use read::{Identity, TimeFloor};
pub use store::Store;
pub use tables::FORMAT_VERSION;
pub use verify::{StateDigest, VerifyReport};

/// Bound of a payload: a leaf of sled holds about 16 values and must stay far below the size at which sled
/// moves it into a file that it never syncs.
pub const PAYLOAD_MAX: usize = 7 << 10;
/// Payloads above this are unusual and are logged.
pub const PAYLOAD_SOFT: usize = 4 << 10;
