//! PouchDB, which moves the same records to express-pouchdb and back out on loopback: what a hall's exchange is compared
//! with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::line::RECORDS;
use crate::row::Row;

const WHAT: &str = "PouchDB";

#[derive(Deserialize)]
struct Measured {
    pouchdb: String,
    docs: u64,
    push: f64,
    pull: f64,
}

/// The records are those that [`crate::line`] left in `folder`.
pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    match measured(folder) {
        Ok(Measured { pouchdb, docs, push, pull }) => {
            let row =
                |what: &str, per_second| Row::rate(&format!("{WHAT}, {what}"), per_second, "docs", None);
            let note = format!("{pouchdb}, the same {docs} records, each end its own LevelDB");
            vec![row("push", push).with_note(note), row("pull", pull)]
        }
        Err(error) => vec![Row::not_measured(WHAT, &error)],
    }
}

fn measured(folder: &Path) -> Result<Measured> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers");
    if !peers.join("node_modules/.package-lock.json").exists() {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&peers);
        run(&mut install).context("its packages cannot be installed")?;
    }
    let work: PathBuf = folder.join("pouchdb");
    fs::create_dir_all(&work)?;
    let mut replicate = Command::new("node");
    let done = run(replicate.arg(peers.join("replicate.js")).arg(folder.join(RECORDS)).arg(work))?;
    Ok(serde_json::from_slice(&done.stdout)?)
}

fn run(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} does not start", name.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {}", name.display(), said.lines().next().unwrap_or_default());
    Ok(output)
}
