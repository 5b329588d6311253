//! Facts of papers and of the printers that they come out of.

use minicbor::{Decode, Encode};

use crate::id::EntityId;
use crate::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};

/// Replaces what was assigned to the same machine for the same use.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PrinterAssigned {
    /// The machine that prints on it.
    #[n(0)]
    pub device: u32,
    #[n(1)]
    pub used_for: PrinterUse,
    /// How the machine reaches it: `tcp://192.168.1.50:9100`; empty: it prints on none.
    #[n(2)]
    pub address: String,
    /// Dots across a slip, 384 or 576.
    #[n(3)]
    pub dots: u16,
    /// It says how it is when it is asked.
    #[n(4)]
    pub answers: bool,
    /// It prints on both sides of a sheet.
    #[n(5)]
    pub duplex: bool,
    /// It sets what it can of a slip in letters of its own; nothing where it prints dots, and of earlier releases.
    #[n(6)]
    pub text: Option<bool>,
}

/// How a printer is, as the machine that prints on it found it; the last one said of an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PrinterTold {
    #[n(0)]
    pub trouble: Option<PaperTrouble>,
    /// The roll, the tray or the toner will soon be empty.
    #[n(1)]
    pub low: bool,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PaperOrdered {
    #[n(0)]
    pub kind: PaperKind,
    /// The ticket or the worker; nothing for a test page.
    #[n(1)]
    pub about: Option<EntityId>,
    /// 0 for the first one, otherwise the number of the reprint (补打).
    #[n(2)]
    pub reprint: u16,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PaperMoved {
    #[n(0)]
    pub to: PaperState,
    #[n(1)]
    pub why: Option<PaperTrouble>,
}
