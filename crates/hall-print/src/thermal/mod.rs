//! Thermal printers of 58 and 80 mm, in the language that they share (ESC/POS).
//!
//! Paper goes out as raster: every brand prints the same dots, and the dots are those of the preview. Only where somebody
//! said so, for a slow line, does a printer set some of the lines in letters of its own (`text`). What a printer says of
//! itself is believed when it has the form of such a word; a printer that says nothing is *unknown*, never *fine*.
//! Nothing here opens a line: bytes in, bytes out.
//!
//! Source: the command references of the makers, for `ESC @`, `GS v 0`, `GS V`, `GS r`, `DLE EOT` and `GS a`,
//! and of text mode for `FS &`, `GS !`, `ESC $`, `ESC 3`, `ESC 2` and `ESC J`.

mod command;
mod simulated;
mod status;
mod text;

pub use command::{CUT, HUSH, SENSOR, START, TELL, bands, parts, slip};
pub use simulated::{Fault, Simulated};
pub use status::{Heard, Listener, Paper, Query, Status};
