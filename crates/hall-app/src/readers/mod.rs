//! Scanners and readers of ID cards: what they send becomes an event for the one screen that they stand beside.
//!
//! Each device has a thread of its own; none holds the hall's lock or makes a tap wait. What a card says is handed on
//! once and kept nowhere: no photograph, no number in a log.

mod assembly;
#[cfg(feature = "lines")]
mod card;
#[cfg(feature = "lines")]
mod card_reader;
#[cfg(feature = "lines")]
mod hub;
#[cfg(feature = "lines")]
mod scanner;
#[cfg(feature = "lines")]
pub mod simulated;

pub use assembly::{Assembly, Flaw, Scan};
#[cfg(feature = "lines")]
pub use card_reader::CardReaderSettings;
#[cfg(feature = "lines")]
pub use hub::{Attached, Readers};
#[cfg(feature = "lines")]
pub use scanner::ScannerSettings;
