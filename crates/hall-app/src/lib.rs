//! The façade: what each screen can ask and see. The only API of the shells.
//!
//! A command comes in as one closed enum per screen, is checked against the caller's role, decided by pure
//! functions of hall-core over what hall-store holds, made durable, and only then answered.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod api;
pub mod error;

pub use error::{AppError, Code};
