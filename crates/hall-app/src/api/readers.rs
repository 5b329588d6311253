//! What scanners and card readers bring to the screen that they stand beside.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The screen that a device stands beside; its label is the window's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    Kiosk,
    Desk,
}

impl Seat {
    /// The seat of the window that calls; the wall has none.
    pub fn of(label: &str) -> Option<Self> {
        [Self::Kiosk, Self::Desk].into_iter().find(|seat| seat.label() == label)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Desk => "desk",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    Scanner,
    CardReader,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ReaderEvent {
    /// A whole code.
    Scanned(String),
    /// What was scanned is no whole code: why, and what to do.
    Misread(String),
    /// A card was laid on the reader.
    Card(Box<IdCard>),
    Status(DeviceStatus),
}

/// How a device is. Staff at the desk learn it of every device of the machine, a kiosk of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DeviceStatus {
    pub seat: Seat,
    pub device: Device,
    pub state: DeviceState,
    /// For staff, when something is wrong: the fact, then the remedy.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    Ready,
    /// A card lies on the reader.
    Occupied,
    Trouble,
}

/// What a card says of its holder. A kiosk gets the number and nothing else.
#[derive(Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct IdCard {
    pub name: String,
    pub number: String,
    pub sex: String,
    pub nation: String,
    /// `yyyy-mm-dd`, or empty when the card's service does not say.
    pub born: String,
    pub address: String,
    /// `yyyy-mm-dd`; empty for 长期 and when the service does not say.
    pub valid_until: String,
}

impl IdCard {
    #[must_use]
    pub fn number_only(self) -> Self {
        Self { number: self.number, ..Self::default() }
    }
}

/// Whoever logs a card logs nobody.
impl fmt::Debug for IdCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdCard(..)")
    }
}
