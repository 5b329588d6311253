//! How devices exchange their logs and the right to places.
//!
//! Everything but `http` is without IO: a [`Node`] is told what happened and says what is to be done. It has no
//! clock, no thread and no random number, so the same code runs in the desk's process, in the county's server
//! and in the simulator, and a run can be repeated from its seed.
//!
//! Must never send what is not durable, acknowledge what is not durable, or let anything depend on the order in
//! which messages arrive.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod custody;
pub mod enrolment;
pub mod event;
#[cfg(feature = "http")]
pub mod http;
pub mod node;
pub mod pull;
pub mod push;
pub mod run;
pub mod stick;
pub mod trust;
pub mod upstream;
pub mod wire;

pub use node::{Input, Node, Output};
pub use trust::Trust;
pub use wire::{Request, Response};

/// The time a node works with. What it says to others is stamped by the wall clock, which somebody may set; how
/// long it waits is measured by one that only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    pub wall: hall_core::Instant,
    /// Milliseconds since any fixed moment of this run of the program.
    pub mono: hall_core::Instant,
}
