//! The county's end of the exchange: takes the halls' logs, gives them out again, enrols devices.
//!
//! Every request is judged by a fresh [`hall_sync::Node`] over what the archive holds for its hall. Over PostgreSQL a
//! process holds no state that matters, so any number of processes can stand behind a load balancer; embedded, one
//! process holds all of it in a folder.
//!
//! Must never acknowledge what is not durable, drop what contradicts, or log what a payload says.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod archive;
pub mod console;
pub mod county;
pub mod embedded;
pub mod enrol;
pub mod exchange;
pub mod http;
pub mod limit;
pub mod metrics;
pub mod postgres;
mod steward;
pub mod stick;
mod told;

pub use county::County;
pub use http::Server;
