//! `cargo xtask sim`: mornings under every fault, from seeds; `--help` behind it says what there is.

use anyhow::Result;

use crate::run::{cargo, must};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    must(cargo().args(["run", "--quiet", "--profile", "sim", "-p", "hall-sim", "--"]).args(arguments))
}
