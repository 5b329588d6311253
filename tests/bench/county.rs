//! A county on a PostgreSQL of its own: the figures of the county server's own measurement, which runs the real program.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::row::Row;

/// Lines on which one device each pushes, and the row that says so.
const LINES: [(u64, &str); 2] = [(1, "one device to county"), (8, "eight halls to county")];
/// Ops in a message.
const OPS: u64 = 500;
/// What an op may cost on the wire in such a message, bytes.
const WIRE: f64 = 40.0;
/// What a county must take in on two cores, ops/s.
const INGEST: f64 = 100_000.0;

pub(crate) fn rows(requests: u64) -> Vec<Row> {
    let all = LINES.map(|(lines, what)| {
        measured(lines, requests, what).unwrap_or_else(|error| vec![Row::not_measured(what, &error)])
    });
    all.concat()
}

fn measured(lines: u64, requests: u64, what: &str) -> Result<Vec<Row>> {
    let program = program()?;
    let numbers = [lines, requests, OPS].map(|number| number.to_string());
    let output = Command::new(&program).args(numbers).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{}: {}", program.display(), output.status);
    let rows = String::from_utf8(output.stdout)?;
    let rows: Vec<Row> = rows.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    // A message is as large on one line as on eight.
    let named = rows.into_iter().filter(|row| lines > 1 || row.what != "wire").map(|row| {
        let (at_least, budget) = match row.what.as_str() {
            "wire" => (false, Some(WIRE)),
            "push" if lines > 1 => (true, Some(INGEST)),
            _ => (true, None),
        };
        Row { what: format!("{what}, {}", row.what), at_least, budget, ..row }
    });
    Ok(named.collect())
}

/// Built beside this one.
fn program() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("examples").join("ingest");
    ensure!(program.exists(), "{} is not built", program.display());
    Ok(program)
}
