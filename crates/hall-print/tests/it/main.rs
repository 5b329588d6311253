//! Papers as a printer and a reader get them: bitmaps decoded by other programs, PDF files read by poppler.
//!
//! Needs `zbarimg` (Debian: zbar-tools) and poppler's `pdftotext`, `pdffonts` and `pdfinfo` (poppler-utils).
//! After a wanted change of a golden file: `UPDATE_GOLDEN=1 cargo test -p hall-print`, then look at the
//! difference.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod agreements;
mod characters;
mod cups;
mod ipp;
mod ipp_cups;
mod ipp_raster;
mod lines;
mod printer;
mod sample;
mod slips;
mod text_mode;
mod thermal;
mod tools;
mod variants;
