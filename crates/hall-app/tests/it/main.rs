//! The façade's promises, on a real store.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bad_people;
mod bad_posts;
mod codes;
mod county;
mod editions;
mod examples;
mod insurance;
mod kept;
mod lines;
mod machine;
mod main_job;
mod market_days;
mod market_hall;
#[cfg(feature = "lines")]
mod pages;
mod papers;
mod previews;
#[cfg(feature = "lines")]
mod printing;
#[cfg(all(unix, feature = "lines"))]
mod rare_fonts;
mod readers;
mod roles;
mod sheets;
mod silence;
mod standby;
mod sticks;
mod support;
mod types;
mod verify;
