//! Trying sled's folder before it is trusted.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::tables::{TABLES, Tables};

/// Small: the child only looks.
const CACHE: u64 = 8 << 20;
const WAIT: Duration = Duration::from_millis(10);
/// A minute; the largest store of a hall opens in a second.
const WAITS_MAX: u32 = 6000;

/// What a probing child does: opens sled in `dir`, reads a little of every tree, and closes it.
///
/// It panics, aborts or hangs where sled does; that is what it is for.
pub fn probe(dir: &Path) -> Result<(), String> {
    let marker = crate::open::rebuild_mark(dir);
    let tables = Tables::open(dir, &marker, CACHE).map_err(|error| error.to_string())?;
    tables.format().map_err(|error| error.to_string())?;
    for table in TABLES {
        tables.page(table, None, 16).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Whether a child could open sled in `dir`; `None` when no child could be started.
pub(crate) fn by_child(executable: &Path, arguments: &[String], dir: &Path) -> Option<bool> {
    let started = Command::new(executable)
        .args(arguments)
        .arg(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            tracing::warn!(%error, "the probe could not be started");
            return None;
        }
    };
    for _ in 0..WAITS_MAX {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => std::thread::sleep(WAIT),
            Err(error) => {
                tracing::warn!(%error, "the probe cannot be waited for");
                break;
            }
        }
    }
    // It hangs, which an opening in this process would do as well.
    let _ = child.kill();
    let _ = child.wait();
    Some(false)
}
