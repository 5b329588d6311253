//! `cargo xtask bench`: a hall with years behind it, and the exchange between machines, measured against the budgets, as
//! a table.

use anyhow::Result;

use crate::run::{cargo, must, program, target};

/// What measures, and the programs that it measures.
const BUILT: [&str; 10] = [
    "--package",
    "hall-tests",
    "--package",
    "county-server",
    "--bin",
    "bench",
    "--bin",
    "county-server",
    "--example",
    "ingest",
];

/// The first run builds the hall, which takes minutes; later ones work on a copy of it.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    must(cargo().args(["build", "--release"]).args(BUILT))?;
    let mut bench = program(target().join("release/bench"));
    must(bench.arg("--data").arg(target().join("bench-data")).args(arguments))
}
