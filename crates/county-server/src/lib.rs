//! The county's end of the exchange: takes the halls' logs into PostgreSQL, gives them out again, enrols devices.
//!
//! A process holds no state that matters: every request is answered from one transaction, by a fresh
//! [`hall_sync::Node`] over what was read for it, so any number of processes can stand behind a load balancer.
//!
//! Must never acknowledge what is not committed, drop what contradicts, or log what a payload says.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod county;
pub mod database;
pub mod enrol;
mod erase;
pub mod exchange;
pub mod extract;
pub mod http;
pub mod limit;
pub mod metrics;
mod read;
mod write;

pub use county::County;
pub use http::Server;
