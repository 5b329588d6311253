//! The node on the network: HTTP/2 over TLS between machines, and how they find each other.
//!
//! Nothing here decides anything: bytes go in and out, and what the node says is done. Nothing that a screen waits
//! for is here either.

mod client;
mod discovery;
mod drive;
mod hub;
pub mod tls;

pub use client::{Line, LineError, application, base, is_in_the_clear};
pub use discovery::{Announced, announce, find};
pub use drive::{Step, Upstream, run};
pub use hub::{Asked, Enrol, HubError, serve};
pub use tls::Expected;
