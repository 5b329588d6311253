//! End to end, in the real windows: the built shell, the real web view, the real store.
//!
//! Run by `cargo xtask test`, which gives `HALL_SHELL` (the built program) and a display. One test at a time: each
//! has a whole program with three windows for itself.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod access;
mod characters;
#[allow(dead_code, reason = "the printing crate's own tests ask more of it")]
#[path = "../../crates/hall-print/tests/it/cups.rs"]
mod cups;
mod lockdown;
mod mainjob;
mod printing;
mod readers;
mod sticks;
mod support;
