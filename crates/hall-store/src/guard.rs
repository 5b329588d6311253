//! How far the device's own series is known to have come, kept beside the keys.
//!
//! The data folder can be put back from an image of an earlier day; the folder of the keys is then another one, and
//! what it says makes the device leave an epoch whose numbers others may have seen used. The file may lag behind,
//! so it proves a roll-back and never its absence.

use std::fs;
use std::path::PathBuf;

use hall_core::{Instant, OpId};

use crate::disk;
use crate::error::IoError;
use crate::keys::StoreKeys;

/// How often the file is written while the store is open, milliseconds.
const EVERY_MS: u64 = 60_000;

/// The data was put back to an earlier day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollBack {
    /// The last own op that is here.
    pub here: OpId,
    /// The last own op that is known to have been durable.
    pub known: OpId,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Guard {
    path: PathBuf,
    /// What the file says, if it says anything.
    mark: Option<OpId>,
    /// When it was last written or tried.
    at: Instant,
}

impl Guard {
    /// Reads the file; one that is damaged says nothing.
    pub(crate) fn read(keys: &StoreKeys, now: Instant) -> Result<Self, IoError> {
        let path = keys.beside("guard");
        let mark = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => None,
            read => read.map_err(IoError::at(&path))?.trim().parse().ok(),
        };
        Ok(Self { path, mark, at: now })
    }

    /// Whether a store whose last own op is `here` must have had more.
    pub(crate) fn contradicts(&self, here: OpId) -> Option<RollBack> {
        let known = self.mark.filter(|mark| mark.device == here.device && *mark > here)?;
        Some(RollBack { here, known })
    }

    /// Notes that op `last` is durable, if it is time to.
    pub(crate) fn note(&mut self, now: Instant, last: OpId) -> Result<(), IoError> {
        if now.0.abs_diff(self.at.0) < EVERY_MS {
            return Ok(());
        }
        self.at = now;
        self.write(last)
    }

    pub(crate) fn write(&mut self, last: OpId) -> Result<(), IoError> {
        if self.mark != Some(last) {
            disk::write_durably(&self.path, format!("{last}\n").as_bytes())?;
            self.mark = Some(last);
        }
        Ok(())
    }
}
