//! A picture of one bit a dot, as a thermal printer wants it.

use crate::PrintError;

/// Rows of dots, packed eight to a byte with the leftmost dot in the high bit; 1 is black.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    bits: Vec<u8>,
}

/// Not the dots: a picture in a log helps nobody and would hold a name.
impl std::fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitmap({} × {})", self.width, self.height())
    }
}

impl Bitmap {
    pub(crate) fn new(width: u32) -> Self {
        Self { width, bits: Vec::new() }
    }

    /// A picture of rows that are there already; what is left of a last one that is not whole is left out.
    pub fn of(width: u32, mut bits: Vec<u8>) -> Self {
        let stride = width.div_ceil(8).max(1) as usize;
        bits.truncate(bits.len() / stride * stride);
        Self { width, bits }
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        (self.bits.len() / self.stride()) as u32
    }

    /// Bytes in a row.
    pub fn stride(&self) -> usize {
        self.width.div_ceil(8) as usize
    }

    /// The rows from the top, each of [`Bitmap::stride`] bytes.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.bits.chunks_exact(self.stride())
    }

    /// All rows, one after the other.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bits
    }

    /// Whether the dot is black; outside the picture it is white.
    pub fn is_black(&self, x: u32, y: u32) -> bool {
        if x >= self.width || y >= self.height() {
            return false;
        }
        self.bits[y as usize * self.stride() + x as usize / 8] & (0x80 >> (x % 8)) != 0
    }

    /// Makes the picture at least `height` rows high; new rows are white.
    pub(crate) fn grow(&mut self, height: u32) {
        let bytes = height as usize * self.stride();
        if bytes > self.bits.len() {
            self.bits.resize(bytes, 0);
        }
    }

    /// Turns one dot black or white; a dot outside the picture is ignored, so that a glyph may overhang.
    pub(crate) fn set(&mut self, x: i32, y: i32, black: bool) {
        if x < 0 || y < 0 || x >= self.width as i32 || y >= self.height() as i32 {
            return;
        }
        let at = y as usize * self.stride() + x as usize / 8;
        let mask = 0x80 >> (x % 8);
        if black {
            self.bits[at] |= mask;
        } else {
            self.bits[at] &= !mask;
        }
    }

    /// A greyscale PNG of one bit a dot: the preview on the screen and the file in the spool folder.
    pub fn to_png(&self) -> Result<Vec<u8>, PrintError> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height());
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        // 203 dots an inch, so that a picture printed from a file comes out at its true size.
        encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: 7992, yppu: 7992, unit: png::Unit::Meter }));
        let mut writer = encoder.write_header()?;
        let white_is_one: Vec<u8> = self.bits.iter().map(|byte| !byte).collect();
        writer.write_image_data(&white_is_one)?;
        writer.finish()?;
        Ok(out)
    }
}
