//! The façade: what each screen can ask and see. The only API of the shells.
//!
//! A command comes in as one closed enum per screen, is checked against the caller's role, decided by pure
//! functions of hall-core over what hall-store holds, made durable, and only then answered. Nothing here
//! waits for a network.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod api;
mod audit;
mod board;
mod claims;
mod desk;
mod directory;
pub mod error;
mod errors;
mod exchange;
mod forms;
mod hall;
mod kiosk;
#[cfg(feature = "lines")]
pub mod lines;
mod live;
mod papers;
mod pin;
#[cfg(feature = "lines")]
pub mod printing {
    //! What the shell and the operator's tool start beside the façade, so that papers come out. No command waits for it.

    pub use crate::papers::spool::{look, run};
}
pub mod readers;
mod session;
mod stick;
mod text;
mod trades;
mod views;
mod wall;

pub use audit::Audit;
pub use error::{AppError, Code};
pub use exchange::{Asked, Enrolment};
pub use hall::{Clock, Hall, Options};
#[cfg(feature = "lines")]
pub use hall_print::lines::ipp::simulated as simulated_a4;
pub use hall_print::slip::SlipWidth;
pub use hall_print::thermal;
pub use hall_store::{Probe, probe};
pub use stick::{Exported, Imported};
