//! The secrets of a device: three keys and the count of stores it has had, as files outside the data folder
//! that nobody but the owner can read.
//!
//! The count lives here and not in the store because it must outlive the store: a device whose disk was lost
//! begins a new epoch, so that no number of the lost series is ever used again.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::disk;
use crate::error::{IoError, KeysError};

/// The keys of one device.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKeys {
    /// Seals what is at rest.
    pub store: [u8; 32],
    /// The seed of the Ed25519 key with which the device signs.
    pub device: [u8; 32],
    /// Shared by the hall: pseudonyms and tags of identity numbers.
    pub hall: [u8; 32],
    #[zeroize(skip)]
    dir: PathBuf,
}

impl std::fmt::Debug for StoreKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreKeys").field("dir", &self.dir).finish_non_exhaustive()
    }
}

const LENGTH: usize = 32;

impl StoreKeys {
    /// Reads the keys from `dir`, or makes them when there are none. Some without the others is an error:
    /// a new key beside old data would look like corruption.
    pub fn load_or_create(dir: &Path) -> Result<Self, KeysError> {
        disk::create_dir(dir)?;
        restrict(dir)?;
        let paths = ["store.key", "device.key", "hall.key"].map(|name| dir.join(name));
        // The first start writes `epoch` last, so its presence says that the keys were all written.
        let complete = dir.join("epoch").exists();
        let mut keys =
            Self { store: [0; LENGTH], device: [0; LENGTH], hall: [0; LENGTH], dir: dir.to_owned() };
        for (path, key) in paths.iter().zip([&mut keys.store, &mut keys.device, &mut keys.hall]) {
            if complete || path.exists() {
                read_key(path, key)?;
            } else {
                getrandom::fill(key).map_err(KeysError::Random)?;
                disk::write_durably(path, key)?;
            }
        }
        if !complete {
            disk::write_durably(&dir.join("epoch"), b"0\n")?;
        }
        Ok(keys)
    }

    /// A file of the store that is kept beside the keys.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A small file that is kept with the keys because it must outlive the data; `None` when it is not there.
    pub fn read_beside(&self, name: &str) -> Result<Option<Vec<u8>>, KeysError> {
        let path = self.beside(name);
        match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            read => Ok(Some(read.map_err(IoError::at(&path))?)),
        }
    }

    /// Writes such a file durably.
    pub fn write_beside(&self, name: &str, bytes: &[u8]) -> Result<(), KeysError> {
        Ok(disk::write_durably(&self.beside(name), bytes)?)
    }

    /// Removes such a file; one that is not there is fine.
    pub fn remove_beside(&self, name: &str) -> Result<(), KeysError> {
        Ok(disk::remove_file(&self.beside(name))?)
    }

    /// The error of such a file that does not say what it should.
    pub fn damaged(&self, name: &str) -> KeysError {
        KeysError::Damaged(self.beside(name))
    }

    /// Takes the hall's key over from the hall that the device joins. Only for a device that has hashed nothing with
    /// its own yet.
    pub fn join(&mut self, hall: [u8; LENGTH]) -> Result<(), KeysError> {
        disk::write_durably(&self.dir.join("hall.key"), &hall)?;
        self.hall = hall;
        Ok(())
    }

    /// The epoch of a new store, or of one that left its epoch: one more than the last and than all up to `beyond`, and
    /// durable before it is used.
    pub(crate) fn begin_epoch(&self, beyond: u16) -> Result<u16, KeysError> {
        let path = self.dir.join("epoch");
        let text = fs::read_to_string(&path).map_err(IoError::at(&path))?;
        let last: u16 = text.trim().parse().map_err(|_| KeysError::Damaged(path.clone()))?;
        let next = last.max(beyond).checked_add(1).ok_or_else(|| KeysError::Damaged(path.clone()))?;
        disk::write_durably(&path, format!("{next}\n").as_bytes())?;
        Ok(next)
    }
}

fn read_key(path: &Path, key: &mut [u8; LENGTH]) -> Result<(), KeysError> {
    refuse_exposed(path)?;
    let mut bytes = fs::read(path).map_err(IoError::at(path))?;
    let whole = bytes.len() == LENGTH;
    if whole {
        key.copy_from_slice(&bytes);
    }
    bytes.zeroize();
    if whole { Ok(()) } else { Err(KeysError::Damaged(path.to_owned())) }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), KeysError> {
    use std::os::unix::fs::PermissionsExt;
    // The lowest six bits are what the group and others may do.
    let mode = fs::metadata(path).map_err(IoError::at(path))?.permissions().mode();
    if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(KeysError::Exposed(path.to_owned())) }
}

#[cfg(unix)]
fn restrict(dir: &Path) -> Result<(), KeysError> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(IoError::at(dir))?)
}

/// On other systems the files inherit the protection of the user's profile.
#[cfg(not(unix))]
fn refuse_exposed(_: &Path) -> Result<(), KeysError> {
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> Result<(), KeysError> {
    Ok(())
}
