//! The log that every device keeps: op envelopes and their hash chain, series and the seals on them, frames,
//! certificates, signed slip tokens and dictatable ticket codes.
//!
//! Pure: nothing here does IO, reads a clock or draws a random number. Every shape in this crate is stored
//! or printed, so it is frozen; the files under `tests/golden` hold its bytes.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod base32;
pub mod certificate;
pub mod envelope;
pub mod frame;
pub mod ledger;
pub mod seal;
pub mod series;
pub mod short_code;
pub mod signature;
pub mod token;

pub use certificate::{Bearer, Certificate, CertificateError};
pub use envelope::{Chain, Envelope, EnvelopeError, Op, payload_digest};
pub use frame::{Frame, FrameError, Frames};
pub use ledger::Ledger;
pub use seal::Seal;
pub use series::{CheckError, Draft, Head, Series, Subject, check};
pub use short_code::{ShortCode, ShortCodeError};
