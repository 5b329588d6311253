//! What is sent to print a slip.

use super::text;
use crate::{Bitmap, Strip};

/// Rows of one band. Cheap printers hold little more than that and forget the rest of a longer picture.
pub(super) const BAND_ROWS: usize = 256;

/// Forgets what an interrupted job may have left set: `ESC @`.
pub const START: [u8; 2] = [0x1b, b'@'];
/// Feeds the paper to the knife and cuts it but for a strip, so that it does not fall: `GS V 66 0`.
pub const CUT: [u8; 4] = [0x1d, b'V', 66, 0];

/// The queued question: how the roll is, answered when everything in front of it is carried out (`GS r 1`).
pub const SENSOR: [u8; 3] = [0x1d, b'r', 1];
/// It is to tell of its own accord when it stops, fails or has no paper (`GS a`): a question behind a full buffer is
/// not heard.
pub const TELL: [u8; 3] = [0x1d, b'a', 0x0e];
/// No longer: what nobody reads would be in the way of the next one who asks.
pub const HUSH: [u8; 3] = [0x1d, b'a', 0];

/// The picture in bands that follow each other without a gap.
pub fn bands(paper: &Bitmap) -> impl Iterator<Item = Vec<u8>> + '_ {
    let stride = paper.stride();
    paper.as_bytes().chunks(BAND_ROWS * stride).map(move |rows| {
        let rows: Vec<&[u8]> = rows.chunks(stride).collect();
        band(&rows, stride)
    })
}

/// Rows of dots, so many bytes across: `GS v 0`.
pub(super) fn band(rows: &[&[u8]], across: usize) -> Vec<u8> {
    let [x_low, x_high, ..] = across.to_le_bytes();
    let [y_low, y_high, ..] = rows.len().to_le_bytes();
    let mut bytes = vec![0x1d, b'v', b'0', 0, x_low, x_high, y_low, y_high];
    bytes.extend(rows.iter().flat_map(|row| &row[..across]));
    bytes
}

/// What is sent between the start and the cut, in parts between which a printer can be asked: the bands of a picture, or
/// text where the strip has some.
pub fn parts(strip: &Strip) -> Box<dyn Iterator<Item = Vec<u8>> + '_> {
    if strip.pieces.is_empty() { Box::new(bands(&strip.picture)) } else { Box::new(text::parts(strip)) }
}

/// All of a slip, from the start to the cut.
pub fn slip(strip: &Strip) -> Vec<u8> {
    let mut bytes = START.to_vec();
    bytes.extend(parts(strip).flatten());
    bytes.extend(CUT);
    bytes
}
