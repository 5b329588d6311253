//! Durable file operations. A name counts as durable only when its folder has been synced.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::IoError;

/// Makes the names in a folder durable. Windows has no such call and needs none.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), IoError> {
    if cfg!(unix) {
        File::open(dir).and_then(|file| file.sync_all()).map_err(IoError::at(dir))?;
    }
    Ok(())
}

pub(crate) fn sync_file(path: &Path) -> Result<(), IoError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(IoError::at(path))
}

/// Writes a whole file so that after a power cut there is either the old one or the new one.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    write_pieces(path, [Ok(bytes)])
}

/// Writes a file that never has to be in memory as a whole, as durably. What fails to come leaves the old file.
pub fn write_pieces<B: AsRef<[u8]>, E: From<IoError>>(
    path: &Path,
    pieces: impl IntoIterator<Item = Result<B, E>>,
) -> Result<(), E> {
    let temporary = temporary_for(path);
    let written = write_synced(&temporary, pieces).and_then(|()| rename(&temporary, path).map_err(E::from));
    if written.is_err() {
        // What failed is reported; a left-over is removed by the next attempt at the latest.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_synced<B: AsRef<[u8]>, E: From<IoError>>(
    path: &Path,
    pieces: impl IntoIterator<Item = Result<B, E>>,
) -> Result<(), E> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    private(&mut options);
    let mut file = options.open(path).map_err(IoError::at(path))?;
    for piece in pieces {
        file.write_all(piece?.as_ref()).map_err(IoError::at(path))?;
    }
    Ok(file.sync_all().map_err(IoError::at(path))?)
}

fn temporary_for(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    path.with_file_name(name)
}

/// Nobody but the owner reads what the store writes.
pub(crate) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Renames within one folder, durably.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), IoError> {
    fs::rename(from, to).map_err(IoError::at(to))?;
    sync_parent(to)
}

/// Removes a file, durably; one that is not there is fine.
pub(crate) fn remove_file(path: &Path) -> Result<(), IoError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(IoError::at(path)).and_then(|()| sync_parent(path)),
    }
}

/// Removes a folder with all that is in it; one that is not there is fine.
pub(crate) fn remove_dir(path: &Path) -> Result<(), IoError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(IoError::at(path)).and_then(|()| sync_parent(path)),
    }
}

pub(crate) fn create_dir(path: &Path) -> Result<(), IoError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(IoError::at(path))?;
    sync_parent(path)
}

fn sync_parent(path: &Path) -> Result<(), IoError> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => Ok(()),
    }
}

/// The names in a folder that begin with `prefix`, sorted.
pub(crate) fn names_with(dir: &Path, prefix: &str) -> Result<Vec<PathBuf>, IoError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(IoError::at(dir))? {
        let entry = entry.map_err(IoError::at(dir))?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// A name `stem.<time>` in `dir` that is not taken.
pub(crate) fn free_name(dir: &Path, stem: &str, time: i64) -> PathBuf {
    let mut name = dir.join(format!("{stem}.{time:015}"));
    let mut n = 1;
    while name.exists() {
        name = dir.join(format!("{stem}.{time:015}-{n}"));
        n += 1;
    }
    name
}

/// Syncs every file below `dir` and every folder on the way.
pub(crate) fn sync_tree(dir: &Path) -> Result<(), IoError> {
    for path in names_with(dir, "")? {
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            sync_file(&path)?;
        }
    }
    sync_dir(dir)
}

/// Bytes that an ordinary user may still write where `path` is.
pub(crate) fn free_bytes(path: &Path) -> Result<u64, IoError> {
    fs2::available_space(path).map_err(IoError::at(path))
}
