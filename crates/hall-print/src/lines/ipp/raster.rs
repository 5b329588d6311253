//! PWG Raster (PWG 5102.4), for printers that take no PDF: a page is its header and its lines, each packed.

use std::sync::Arc;

use hayro::RenderCache;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::Pixmap;

use super::answer::Group;
use crate::picture::{a4, draw, grey};

pub(super) const TYPE: &str = "image/pwg-raster";
const DPI: u32 = 300;
/// A4, in points.
const POINTS: [u32; 2] = [595, 842];
const HEADER: usize = 1796;

/// How dots are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    /// `black_1`
    Black,
    /// `sgray_8`
    Grey,
    /// `srgb_8`
    Colour,
}

/// How the back of a sheet lies when it is printed (`pwg-raster-document-sheet-back`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    Upright,
    /// Bottom line first, and each from its right end.
    Rotated,
    /// Bottom line first.
    Flipped,
}

/// What kind of pictures a printer takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raster {
    ink: Ink,
    dpi: u32,
    /// `None`: one side of a sheet.
    back: Option<Back>,
}

impl Raster {
    /// `None` for a printer that takes other kinds only.
    pub(super) fn for_printer(printer: Group<'_>, both_sides: bool) -> Option<Self> {
        let types: Vec<String> = printer.texts("pwg-raster-document-type-supported").collect();
        let takes = |name: &str| types.iter().any(|one| one == name);
        let ink = match () {
            () if types.is_empty() || takes("sgray_8") => Ink::Grey,
            () if takes("black_1") => Ink::Black,
            () if takes("srgb_8") => Ink::Colour,
            () => return None,
        };
        let dpis: Vec<u32> = printer.resolutions("pwg-raster-document-resolution-supported").collect();
        let dpi = match () {
            () if dpis.is_empty() || dpis.contains(&DPI) => DPI,
            // The nearest; a page of 1200 dots an inch would not fit into memory four bytes a dot.
            () => dpis
                .into_iter()
                .filter(|dpi| (150..=600).contains(dpi))
                .min_by_key(|dpi| dpi.abs_diff(DPI))?,
        };
        // For sheets that are turned over their long edge, "manual-tumble" is upright too.
        let back = match printer.text("pwg-raster-document-sheet-back").as_deref() {
            Some("rotated") => Back::Rotated,
            Some("flipped") => Back::Flipped,
            _ => Back::Upright,
        };
        Some(Self { ink, dpi, back: both_sides.then_some(back) })
    }

    /// The file as pictures; `None` for what is no PDF file.
    pub(super) fn pages(&self, pdf: &[u8]) -> Option<Vec<u8>> {
        let pdf = Pdf::new(Arc::new(pdf.to_vec())).ok()?;
        let pages = pdf.pages();
        let cache = RenderCache::new();
        let mut out = b"RaS2".to_vec();
        for (n, page) in pages.iter().enumerate() {
            let picture = draw(page, &cache, self.size());
            let back = self.back.filter(|_| n % 2 == 1).unwrap_or(Back::Upright);
            out.extend(self.header(pages.len() as u32, back));
            self.pack(&picture, back, &mut out);
        }
        (!pages.is_empty()).then_some(out)
    }

    fn size(&self) -> [u32; 2] {
        a4(self.dpi)
    }

    /// Bits a colour, colours, and the number of their space.
    fn depth(&self) -> (u32, u32, u32) {
        match self.ink {
            Ink::Black => (1, 1, 3),
            Ink::Grey => (8, 1, 18),
            Ink::Colour => (8, 3, 19),
        }
    }

    fn stride(&self) -> u32 {
        let (bits, colours, _) = self.depth();
        (self.size()[0] * bits * colours).div_ceil(8)
    }

    fn header(&self, pages: u32, back: Back) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        let (bits, colours, space) = self.depth();
        let [width, height] = self.size();
        put(0, b"PwgRaster");
        let (across, down) = match back {
            Back::Upright => (1_i32, 1_i32),
            Back::Rotated => (-1, -1),
            Back::Flipped => (1, -1),
        };
        for (at, number) in [
            (272, u32::from(self.back.is_some())),
            (276, self.dpi),
            (280, self.dpi),
            (340, 1), // copies
            (352, POINTS[0]),
            (356, POINTS[1]),
            (372, width),
            (376, height),
            (384, bits),
            (388, bits * colours),
            (392, self.stride()),
            (400, space),
            (420, colours),
            (452, pages),
            (456, across.cast_unsigned()),
            (460, down.cast_unsigned()),
            (472, width), // the box of what is drawn, left and top of it 0
            (476, height),
        ] {
            put(at, &number.to_be_bytes());
        }
        put(1732, b"iso_a4_210x297mm");
        header
    }

    fn pack(&self, picture: &Pixmap, back: Back, out: &mut Vec<u8>) {
        let dots = picture.data_as_u8_slice();
        let mut lines: Vec<Vec<u8>> =
            dots.chunks_exact(usize::from(picture.width()) * 4).map(|line| self.line(line, back)).collect();
        if back != Back::Upright {
            lines.reverse();
        }
        let unit = if self.ink == Ink::Colour { 3 } else { 1 };
        for same in lines.chunk_by(|a, b| a == b) {
            for same in same.chunks(256) {
                out.push((same.len() - 1) as u8);
                pack_line(&same[0], unit, out);
            }
        }
    }

    /// One line of the picture, red, green, blue and an opaque byte a dot, as the printer wants it.
    fn line(&self, dots: &[u8], back: Back) -> Vec<u8> {
        let mut dots: Vec<[u8; 4]> = dots.as_chunks().0.to_vec();
        if back == Back::Rotated {
            dots.reverse();
        }
        match self.ink {
            Ink::Colour => dots.into_iter().flat_map(|[red, green, blue, _]| [red, green, blue]).collect(),
            Ink::Grey => dots.into_iter().map(grey).collect(),
            Ink::Black => {
                let byte = |eight: &[[u8; 4]]| {
                    eight
                        .iter()
                        .enumerate()
                        .fold(0, |byte, (n, dot)| byte | u8::from(grey(*dot) < 128) << (7 - n))
                };
                dots.chunks(8).map(byte).collect()
            }
        }
    }
}

/// Runs of one dot and runs of different ones, each with its length in front; `unit` bytes are a dot.
fn pack_line(line: &[u8], unit: usize, out: &mut Vec<u8>) {
    let dots: Vec<&[u8]> = line.chunks_exact(unit).collect();
    let mut rest = &dots[..];
    while let Some(first) = rest.first() {
        let same = rest.iter().take(128).take_while(|dot| *dot == first).count();
        if same > 1 || rest.len() == 1 {
            out.push((same - 1) as u8);
            out.extend(*first);
            rest = &rest[same..];
            continue;
        }
        // Up to where two of the same begin.
        let different = rest.windows(2).take(128).take_while(|pair| pair[0] != pair[1]).count();
        let different = if different + 1 == rest.len() { rest.len().min(128) } else { different };
        if different == 1 {
            out.push(0);
        } else {
            out.push((257 - different) as u8);
        }
        out.extend(rest[..different].concat());
        rest = &rest[different..];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the standard says that it is read.
    fn unpack(mut packed: &[u8], unit: usize) -> Vec<u8> {
        let mut line = Vec::new();
        while let Some((count, rest)) = packed.split_first() {
            let (bytes, times) = match *count {
                count @ 0..=127 => (unit, usize::from(count) + 1),
                128 => panic!("128 is no count"),
                count => ((257 - usize::from(count)) * unit, 1),
            };
            line.extend(rest[..bytes].repeat(times));
            packed = &rest[bytes..];
        }
        line
    }

    proptest! {
        #[test]
        fn a_packed_line_is_the_line(line in proptest::collection::vec(0_u8..3, 0..900), unit in prop_oneof![Just(1), Just(3)]) {
            let line = &line[..line.len() / unit * unit];
            let mut packed = Vec::new();
            pack_line(line, unit, &mut packed);
            prop_assert_eq!(unpack(&packed, unit), line);
        }
    }

    #[test]
    fn long_runs_take_little_room() {
        let mut packed = Vec::new();
        pack_line(&[255; 2480], 1, &mut packed);
        assert_eq!(packed.len(), 2480_usize.div_ceil(128) * 2);
        let different: Vec<u8> = (0..=255).collect();
        packed.clear();
        pack_line(&different, 1, &mut packed);
        assert_eq!((packed.len(), unpack(&packed, 1)), (258, different));
    }
}
