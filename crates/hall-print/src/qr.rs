//! QR codes as a matrix of modules, error correction level M.
//!
//! Level M with the largest module that fits: on a worn print head a higher level gains almost nothing,
//! because the finder patterns break first.

mod mask;

use qrcode::canvas::Canvas;
use qrcode::{Color, EcLevel, bits, ec};

use crate::{Bitmap, PrintError};

/// White modules around the code that a reader needs.
pub const QUIET: u32 = 4;

/// A QR code by itself, quiet zone included, `dots` dots to a module.
pub fn picture(text: &str, dots: u32) -> Result<Bitmap, PrintError> {
    let modules = Modules::encode(text)?;
    let side = (modules.side() + 2 * QUIET) * dots;
    let mut bitmap = Bitmap::new(side);
    bitmap.grow(side);
    for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
        let module = |at: u32| (at / dots).checked_sub(QUIET);
        if let (Some(column), Some(row)) = (module(x), module(y)) {
            bitmap.set(x as i32, y as i32, modules.is_dark(column, row));
        }
    }
    Ok(bitmap)
}

/// A square of modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    side: u32,
    dark: Vec<bool>,
}

impl Modules {
    /// Encodes `text`. Upper-case letters, digits and `-` take the dense alphanumeric mode, which is why
    /// tokens are written in Crockford Base32.
    pub fn encode(text: &str) -> Result<Self, PrintError> {
        let too_long = |_| PrintError::QrTooLong(text.chars().count());
        let bits = bits::encode_auto(text.as_bytes(), EcLevel::M).map_err(too_long)?;
        let version = bits.version();
        let (data, corrections) =
            ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).map_err(too_long)?;
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &corrections);
        Ok(mask::masked(&canvas, version.width() as usize))
    }

    fn of(colours: Vec<Color>, side: usize) -> Self {
        Self { side: side as u32, dark: colours.into_iter().map(|colour| colour == Color::Dark).collect() }
    }

    /// Modules along one side, quiet zone not counted.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Whether the module is dark; outside the code it is light.
    pub fn is_dark(&self, x: u32, y: u32) -> bool {
        x < self.side && y < self.side && self.dark[(y * self.side + x) as usize]
    }

    /// The runs of dark modules in each row: `(x, y, length)`. Few, long runs keep a drawn code small.
    pub(crate) fn runs(&self) -> Vec<(u32, u32, u32)> {
        let mut runs = Vec::new();
        for y in 0..self.side {
            let mut x = 0;
            while x < self.side {
                let length = (x..self.side).take_while(|x| self.is_dark(*x, y)).count() as u32;
                if length > 0 {
                    runs.push((x, y, length));
                }
                x += length.max(1);
            }
        }
        runs
    }
}
