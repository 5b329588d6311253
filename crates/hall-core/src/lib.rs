//! The pure domain of a hall: ids, time, money, facts, the folds that turn facts into state, the
//! decisions that turn a wish into facts, and the rules of the law as dated data.
//!
//! Nothing here does IO, reads a clock or draws a random number: the same input gives the same output.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod clock;
pub mod edition;
pub mod entity;
pub mod fact;
pub mod id;
pub mod money;
#[doc(hidden)]
pub mod mutant;
pub mod places;
pub mod rotation;
pub mod rules;
pub mod ticketing;
pub mod time;
pub mod vocab;

pub use id::{COUNTY, EntityId, OpId};
pub use money::Fen;
pub use time::{Day, Hlc, Instant, Minute};
