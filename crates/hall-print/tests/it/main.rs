//! Papers as a printer and a reader get them: bitmaps decoded by other programs, PDF files read by poppler.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod agreements;
mod sample;
mod slips;
