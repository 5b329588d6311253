//! The exchange at its boundary: frozen bytes, every way to be wrong, and nodes that talk in memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod admission;
mod bombs;
mod golden;
mod lines;
mod market_day;
mod memory;
mod net;
mod nodes;
mod partitions;
mod pulls;
mod pushes;
mod runs;
mod sample;
mod silence;
mod sticks;
mod trusts;
mod wire;
