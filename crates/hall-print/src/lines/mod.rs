//! Lines to printers: the one place of this crate that opens anything. A feature, so that papers are drawn without it.
//!
//! A printer is spoken to in two steps, because a paper that may have come out must never be sent again: it is opened
//! and asked how it is, which sends nothing of a paper; whoever prints makes a note of that, durably; and only then the
//! paper is sent, once. Nothing here repeats a paper, decides what to do about a trouble, or knows what was printed
//! before. Everything blocks, with a bound: a thread for each printer.

mod address;
pub mod ipp;

pub use address::{Address, AddressError};

use hall_core::vocab::PaperTrouble;

use crate::Bitmap;

/// How a printer is to be used; who assigned it said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// It says how it is when it is asked. One that does not is believed to be ready, and nobody knows what came out.
    pub answers: bool,
    /// Both sides of a sheet.
    pub duplex: bool,
}

/// What is printed.
#[derive(Clone, Debug)]
pub enum Sheet {
    /// A slip, cut off at its end.
    Slip(Bitmap),
    /// A PDF file of A4 pages. The name is the paper's own, and no other paper has it.
    Pages { pdf: Vec<u8>, name: String },
}

/// How a printer is that can print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// The roll, the tray or the toner will soon be empty.
    pub low: bool,
    /// It was asked and has answered.
    pub answered: bool,
}

/// What became of a paper that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// All or a part of it was sent, and nobody knows what came out.
    Unconfirmed(PaperTrouble),
    /// For certain nothing came out, and nothing will.
    Failed(PaperTrouble),
}
