//! What each screen can ask and see: plain data in the words of the people who look at the screens.
//!
//! Every type here reaches TypeScript through ts-rs. No number is wider than 32 bits (JavaScript would round
//! it): ids are text, money is fen, days are `yyyy-mm-dd`, minutes are `hh:mm`.

pub mod desk;
pub mod examples;
pub mod kiosk;
pub mod paper;
pub mod readers;
pub mod shared;
pub mod wall;

pub use desk::{DeskCommand, DeskReply};
pub use kiosk::{KioskCommand, KioskReply};
pub use wall::{WallCommand, WallReply};
