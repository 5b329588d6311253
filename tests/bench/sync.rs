//! The exchange between machines: what it costs on the wire, how fast it goes through a hall and to the county, how
//! long somebody waits for a place that lies elsewhere; and how fast PouchDB moves the same records.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::row::Row;
use crate::{Part, Size, child, county, day, peers, wire};

/// How much is exchanged.
#[derive(Clone, Debug, Args)]
pub(crate) struct Sync {
    /// Records that a kiosk wrote alone, in ten days; the first seven are a week's backlog. They are of about ten thousand
    /// entities.
    #[arg(long, default_value_t = 22_000, global = true)]
    pub records: u64,
    /// Taps at a kiosk that has no place of the post.
    #[arg(long, default_value_t = 200, global = true)]
    pub transfers: u64,
    /// Messages on each of the county's lines.
    #[arg(long, default_value_t = 100, global = true)]
    pub requests: u64,
    /// Leaves out the county on PostgreSQL and PouchDB, which are other programs.
    #[arg(long, global = true)]
    pub alone: bool,
}

pub(crate) fn rows(size: &Size) -> Result<Vec<Row>> {
    let folder = folder(size);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut rows = vec![day::load()?];
    rows.extend(wire::rows(&folder)?);
    rows.extend(child(size, Part::Line)?);
    if !size.sync.alone {
        rows.extend(county::rows(size.sync.requests));
        rows.extend(peers::rows(&folder));
    }
    Ok(rows)
}

/// Where the machines of a run lie.
pub(crate) fn folder(size: &Size) -> PathBuf {
    size.data.join("sync")
}
