//! The store on a real disk: what was acknowledged is there afterwards, whatever happened in between.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod acts;
mod bytes;
mod child;
mod damage;
mod erasure;
mod exchange;
mod full_disk;
mod importing;
mod killed;
mod ledger;
mod opening;
mod roll_back;
mod support;
