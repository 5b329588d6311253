//! `cargo xtask sim`: mornings under every fault, from seeds; `--help` behind it says what there is. `cargo xtask
//! mutants`: the same with one deliberate bug after the other, each of which must be found.

use anyhow::Result;

use crate::run::{cargo, must, target};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    must(cargo().args(["run", "--quiet", "--profile", "sim", "-p", "hall-sim", "--"]).args(arguments))
}

/// Built apart, so that no other build ever holds a bug.
pub(crate) fn mutants(arguments: &[String]) -> Result<()> {
    let mut simulate = cargo();
    simulate.env("RUSTFLAGS", "--cfg mutants").env("CARGO_TARGET_DIR", target().join("mutants"));
    simulate.args(["run", "--quiet", "--profile", "sim", "-p", "hall-sim", "--", "--mutants"]);
    must(simulate.args(["--seeds", "10000"]).args(arguments))
}
