//! Files beside the store: slips, agreements, photos. Written whole or not at all, and read only when they
//! are still what was written.

use std::fs;
use std::path::PathBuf;

use crate::disk;
use crate::error::IoError;
use crate::store::Store;

/// Bound of a name or a kind.
const NAME_MAX: usize = 120;

/// Why a file could not be put or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{0:?} is no name for a file")]
    Name(String),
    #[error("the file is not there")]
    Missing,
    /// What is there is not what was written.
    #[error("the file was changed after it was written")]
    Changed,
    #[error("less than {} MiB are free on the disk ({})", floor >> 20, free >> 20)]
    DiskFull { free: u64, floor: u64 },
    #[error(transparent)]
    Io(#[from] IoError),
}

impl Store {
    /// Writes `files/<kind>/<name>` durably and returns its BLAKE3 hash. A file of that name is replaced.
    pub fn put_file(&self, kind: &str, name: &str, bytes: &[u8]) -> Result<[u8; 32], FileError> {
        let path = self.file_path(kind, name)?;
        let (free, floor) = (disk::free_bytes(&self.data)?, self.free_floor);
        if free < floor.saturating_add(bytes.len() as u64) {
            return Err(FileError::DiskFull { free, floor });
        }
        disk::create_dir(&self.data.join("files"))?;
        disk::create_dir(&self.data.join("files").join(kind))?;
        disk::write_durably(&path, bytes)?;
        Ok(*blake3::hash(bytes).as_bytes())
    }

    /// Reads a file and holds it against the hash that [`Store::put_file`] returned.
    pub fn read_file(&self, kind: &str, name: &str, hash: &[u8; 32]) -> Result<Vec<u8>, FileError> {
        let path = self.file_path(kind, name)?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(FileError::Missing),
            Err(error) => return Err(IoError::at(&path)(error).into()),
        };
        if blake3::hash(&bytes) == *hash { Ok(bytes) } else { Err(FileError::Changed) }
    }

    /// Removes a file; one that is not there is fine.
    pub fn remove_file(&self, kind: &str, name: &str) -> Result<(), FileError> {
        Ok(disk::remove_file(&self.file_path(kind, name)?)?)
    }

    /// Where a file is or would be, for a program that opens it.
    pub fn file_path(&self, kind: &str, name: &str) -> Result<PathBuf, FileError> {
        for part in [kind, name] {
            let fits = part.len() <= NAME_MAX
                && !part.is_empty()
                && !part.starts_with('.')
                && !part.contains(|c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c));
            if !fits {
                return Err(FileError::Name(part.to_owned()));
            }
        }
        Ok(self.data.join("files").join(kind).join(name))
    }
}
