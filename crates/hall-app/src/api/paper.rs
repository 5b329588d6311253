//! Papers and printers, as the screens show them. What is the matter is a word of the domain; the sentence and its
//! remedy are the screen's.

use hall_core::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A paper on its way to a hand.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PaperView {
    pub id: String,
    pub kind: PaperKind,
    pub state: PaperState,
    pub why: Option<PaperTrouble>,
    /// 补打 n; 0 for the first one.
    pub reprint: u16,
    /// Of an agreement that was made anew since.
    pub superseded: bool,
    /// The number of the ticket or of the card; empty for a test page.
    pub number: String,
    /// The ticket, where it is one's.
    pub ticket: Option<String>,
    /// `hh:mm` of the order, with the date when that was not today.
    pub at: String,
    /// The machine that prints it.
    pub device: String,
    /// This machine prints it.
    pub here: bool,
}

/// How the printer of a machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct PrinterHealth {
    pub trouble: Option<PaperTrouble>,
    /// The roll, the tray or the toner will soon be empty.
    pub low: bool,
}

/// What a machine prints on.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PrinterRow {
    pub device: u32,
    /// What staff call the machine.
    pub name: String,
    pub here: bool,
    pub used_for: PrinterUse,
    /// Empty: it prints on nothing.
    pub address: String,
    pub dots: u16,
    pub answers: bool,
    pub duplex: bool,
    pub text: bool,
    /// Once it was asked, by the machine that prints on it.
    pub health: Option<PrinterHealth>,
    /// When another machine said so, as the screen shows a time; nothing of this machine's own, which were just asked.
    pub told_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PrintersView {
    pub printers: Vec<PrinterRow>,
    /// What is left to do or to find out first, then the newest.
    pub papers: Vec<PaperView>,
}

/// A printer that could be assigned.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PrinterFound {
    pub address: String,
    /// What it calls itself; empty for a bare device file.
    pub name: String,
    pub used_for: PrinterUse,
}

/// What the desk assigns to a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PrinterForm {
    pub device: u32,
    pub used_for: PrinterUse,
    /// `tcp://192.168.1.50:9100`, `usb:/dev/usb/lp0`, `serial:/dev/ttyS0@9600`, `ipp://localhost:631/printers/A4`;
    /// empty: nothing.
    pub address: String,
    /// 384 or 576.
    pub dots: u16,
    pub answers: bool,
    pub duplex: bool,
    /// A slip printer sets in letters of its own what it can, which is quicker than dots over a slow line.
    #[serde(default)]
    pub text: bool,
}
