//! `cargo xtask bench`: a hall with years behind it, measured against the budgets, as a table.

use anyhow::Result;

use crate::run::{cargo, must, target};

/// The first run builds the hall, which takes minutes; later ones work on a copy of it.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut bench = cargo();
    bench.args(["run", "--release", "--package", "hall-tests", "--bin", "bench", "--"]);
    must(bench.arg("--data").arg(target().join("bench-data")).args(arguments))
}
