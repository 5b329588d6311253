//! What the tests that cross crates share: a WebDriver client, the three windows, and the player of the main job.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod county;
mod cut;
pub mod desk;
pub mod hall;
mod http;
pub mod kiosk;
pub mod line;
pub mod people;
pub mod player;
pub mod printer;
pub mod screens;
pub mod wall;
pub mod webdriver;
