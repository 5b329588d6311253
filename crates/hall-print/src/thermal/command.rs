//! What is sent to print a slip.

use crate::Bitmap;

/// Rows of one band. Cheap printers hold little more than that and forget the rest of a longer picture.
const BAND_ROWS: usize = 256;

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

/// The picture in bands that follow each other without a gap: `GS v 0`.
pub fn bands(paper: &Bitmap) -> impl Iterator<Item = Vec<u8>> + '_ {
    let stride = paper.stride();
    paper.as_bytes().chunks(BAND_ROWS * stride).map(move |rows| {
        let [x_low, x_high, ..] = stride.to_le_bytes();
        let [y_low, y_high, ..] = (rows.len() / stride).to_le_bytes();
        [&[0x1d, b'v', b'0', 0, x_low, x_high, y_low, y_high], rows].concat()
    })
}

/// All of a slip, from the start to the cut.
pub fn slip(paper: &Bitmap) -> Vec<u8> {
    let mut bytes = START.to_vec();
    bytes.extend(bands(paper).flatten());
    bytes.extend(CUT);
    bytes
}
