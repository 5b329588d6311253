//! Thermal printers of 58 and 80 mm, in the language that they share (ESC/POS).
//!
//! Paper goes out as raster only: every brand prints the same dots, and the dots are those of the preview. What a
//! printer says of itself is believed when it has the form of such a word; a printer that says nothing is *unknown*,
//! never *fine*. Nothing here opens a line: bytes in, bytes out.
//!
//! Source: the command references of the makers, for `ESC @`, `GS v 0`, `GS V`, `GS r`, `DLE EOT` and `GS a`.

mod command;
mod simulated;
mod status;

pub use command::{CUT, HUSH, SENSOR, START, TELL, bands, slip};
pub use simulated::{Fault, Simulated};
pub use status::{Heard, Listener, Paper, Query, Status};
