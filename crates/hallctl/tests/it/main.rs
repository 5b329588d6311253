//! The operator's tool as its users run it: the real binary, lines in, lines out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod county;
mod crash;
mod exec;
mod hall;
mod machine;
mod rules;
mod serve;
mod shared_post;
mod sticks;
mod support;
mod whole;
