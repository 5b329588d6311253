//! Lines to printers: the one place of this crate that opens anything. A feature, so that papers are drawn without it.
//!
//! A printer is spoken to in two steps, because a paper that may have come out must never be sent again: it is opened
//! and asked how it is, which sends nothing of a paper; whoever prints makes a note of that, durably; and only then the
//! paper is sent, once. Nothing here repeats a paper, decides what to do about a trouble, or knows what was printed
//! before. Everything blocks, with a bound: a thread for each printer.

mod address;
mod bounds;
pub mod ipp;
mod talk;
mod thermal;
mod wire;

pub use address::{Address, AddressError};
pub use bounds::Bounds;

use hall_core::vocab::PaperTrouble;

use crate::Strip;

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
    /// A slip, cut off at its end. Where it has pieces of text, the printer may set them in letters of its own.
    Slip(Strip),
    /// A PDF file of A4 pages. The name is the paper's own, and no other paper has it.
    Pages { pdf: Vec<u8>, name: String },
}

/// A printer that is open and can print. Dropped, it is let go, and nothing was printed.
#[derive(Debug)]
pub struct Ready(Kind);

#[derive(Debug)]
enum Kind {
    Thermal(thermal::Ready),
    Ipp(ipp::Ready),
}

/// Opens a printer and asks it how it is. Nothing of a paper is sent.
pub fn open(address: &Address, manner: Manner) -> Result<Ready, PaperTrouble> {
    open_within(address, manner, Bounds::default())
}

/// [`open`], waiting no longer than this.
pub fn open_within(address: &Address, manner: Manner, bounds: Bounds) -> Result<Ready, PaperTrouble> {
    match address {
        Address::Tcp { .. } | Address::Usb(_) | Address::Serial { .. } => {
            thermal::open(address, manner, bounds).map(|ready| Ready(Kind::Thermal(ready)))
        }
        Address::Ipp(uri) => ipp::open(uri, manner).map(|ready| Ready(Kind::Ipp(ready))),
    }
}

impl Ready {
    pub fn health(&self) -> Health {
        match &self.0 {
            Kind::Thermal(ready) => ready.health(),
            Kind::Ipp(ready) => ready.health,
        }
    }

    /// Sends the paper, once, and waits for what becomes of it. `told` hears of a trouble in the middle when it comes, and
    /// `None` when it is over; meanwhile the call goes on waiting.
    pub fn print(self, sheet: &Sheet, told: &mut dyn FnMut(Option<PaperTrouble>)) -> Outcome {
        match (self.0, sheet) {
            (Kind::Thermal(ready), _) => ready.print(sheet, told),
            (Kind::Ipp(ready), Sheet::Pages { pdf, name }) => ready.print(pdf, name, told),
            (Kind::Ipp(_), Sheet::Slip(_)) => Outcome::Failed(PaperTrouble::Unsupported),
        }
    }
}

/// What became of the pages that were being sent when the program ended, as far as the printer knows them by their name;
/// one that prints them still is waited for.
pub fn recall(address: &Address, name: &str, told: &mut dyn FnMut(Option<PaperTrouble>)) -> Option<Outcome> {
    let Address::Ipp(uri) = address else { return None };
    Some(ipp::find(uri, name).ok()??.follow(told))
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
