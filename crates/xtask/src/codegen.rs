//! `cargo xtask codegen`: the façade's types, in TypeScript, as the screens compile against them.

use anyhow::Result;

use crate::run::{cargo, must};

pub(crate) fn run() -> Result<()> {
    must(cargo().args(["test", "--package", "hall-app", "--test", "it", "types"]).env("UPDATE_TYPES", "1"))
}
