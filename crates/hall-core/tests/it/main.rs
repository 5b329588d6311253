//! hall-core from outside: frozen shapes, tables of decisions, and properties over random days.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bytes;
mod entities;
mod golden;
mod market;
mod order;
mod places;
mod sample;
mod span;
mod text;
mod ticketing;
