//! Drawing on a bitmap that grows downwards: text, boxes, rules, QR codes.

use crate::bitmap::Bitmap;
use crate::fonts::{Fonts, Glyph, Weight};
use crate::qr::{Modules, QUIET};
use crate::strip::{Area, Piece, Strip};
use crate::text::{width, wrap};
use crate::{PrintError, Rendered};

/// Height of a line of text in ems.
const LEADING: f32 = 1.32;
/// Where the baseline lies below the top of the em box.
const BASELINE: f32 = 0.88;

/// Where a line stands between the margins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
}

/// How a piece of text looks; sizes are in dots for an em.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) size: u32,
    pub(crate) weight: Weight,
    pub(crate) align: Align,
}

impl Style {
    pub(crate) const fn regular(size: u32) -> Self {
        Self { size, weight: Weight::Regular, align: Align::Left }
    }

    pub(crate) const fn bold(size: u32) -> Self {
        Self { size, weight: Weight::Bold, align: Align::Left }
    }

    pub(crate) const fn centred(self) -> Self {
        Self { align: Align::Centre, ..self }
    }

    fn line_height(self) -> u32 {
        (self.size as f32 * LEADING).round() as u32
    }
}

/// A paper in the making: `y` is where the next thing goes.
pub(crate) struct Canvas<'a> {
    fonts: &'a Fonts,
    bitmap: Bitmap,
    pieces: Vec<Piece>,
    missing: Vec<char>,
    pub(crate) y: u32,
}

impl<'a> Canvas<'a> {
    pub(crate) fn new(fonts: &'a Fonts, width: u32) -> Self {
        Self { fonts, bitmap: Bitmap::new(width), pieces: Vec::new(), missing: Vec::new(), y: 0 }
    }

    pub(crate) fn width(&self) -> u32 {
        self.bitmap.width()
    }

    pub(crate) fn finish(mut self) -> Rendered<Strip> {
        self.bitmap.grow(self.y);
        Rendered { paper: Strip { picture: self.bitmap, pieces: self.pieces }, missing: self.missing }
    }

    pub(crate) fn space(&mut self, dots: u32) {
        self.y += dots;
    }

    pub(crate) fn shape(&mut self, text: &str, weight: Weight) -> Vec<Glyph> {
        self.fonts.shape(text, weight, &mut self.missing)
    }

    /// Wraps `text` between `left` and `right` and moves below it.
    pub(crate) fn text(&mut self, text: &str, style: Style, left: u32, right: u32) {
        let glyphs = self.shape(text, style.weight);
        for line in wrap(&glyphs, (right - left) as f32 / style.size as f32) {
            self.bitmap.grow(self.y + style.line_height());
            let slack = (right - left) as f32 - width(&line) * style.size as f32;
            let x = match style.align {
                Align::Left => left as f32,
                Align::Centre => left as f32 + (slack / 2.0).max(0.0),
            };
            let lead = (style.line_height() - style.size) as f32 / 2.0;
            self.line(&line, style, x, self.y as f32 + lead + style.size as f32 * BASELINE);
            self.y += style.line_height();
        }
    }

    /// Draws one line of a style's size with its baseline at `baseline`; the bitmap must already reach down to it.
    /// Returns where the line ends.
    pub(crate) fn line(&mut self, line: &[Glyph], style: Style, left: f32, baseline: f32) -> f32 {
        let (mut x, size) = (left, style.size as f32);
        let mut ink: Option<Area> = None;
        for glyph in line {
            let drawn = self.glyph(*glyph, style.size, x.round() as i32, baseline.round() as i32);
            ink = match (ink, drawn) {
                (Some(before), Some(drawn)) => Some(before.with(&drawn)),
                (before, drawn) => before.or(drawn),
            };
            x += glyph.advance * size;
        }
        // What blackens nothing is no text.
        self.pieces.extend(ink.map(|ink| Piece {
            text: line.iter().map(|glyph| glyph.ch).collect(),
            size: style.size,
            top: (baseline - size * BASELINE).round() as u32,
            across: left.round() as u32..(left + width(line) * size).round() as u32,
            centred: style.align == Align::Centre,
            ink,
        }));
        x
    }

    /// The dots that it blackened.
    fn glyph(&mut self, glyph: Glyph, size: u32, x: i32, baseline: i32) -> Option<Area> {
        let stamp = self.fonts.stamp(glyph, size);
        let (mut first, mut last) = ((i16::MAX, i16::MAX), (i16::MIN, i16::MIN));
        for (dx, dy) in stamp.iter() {
            self.bitmap.set(x + i32::from(*dx), baseline + i32::from(*dy), true);
            first = (first.0.min(*dx), first.1.min(*dy));
            last = (last.0.max(*dx), last.1.max(*dy));
        }
        let span = |from: i32, first: i16, last: i16| {
            let dot = |at: i16| (from + i32::from(at)).max(0) as u32;
            dot(first)..dot(last) + 1
        };
        (!stamp.is_empty())
            .then(|| Area { columns: span(x, first.0, last.0), rows: span(baseline, first.1, last.1) })
    }

    /// Makes sure that the next `dots` rows exist.
    pub(crate) fn reserve(&mut self, dots: u32) {
        self.bitmap.grow(self.y + dots);
    }

    /// Turns black into white and white into black.
    pub(crate) fn invert(&mut self, left: u32, top: u32, right: u32, bottom: u32) {
        self.bitmap.grow(bottom);
        for y in top..bottom {
            for x in left..right {
                self.bitmap.set(x as i32, y as i32, !self.bitmap.is_black(x, y));
            }
        }
    }

    /// A filled box.
    pub(crate) fn fill(&mut self, left: u32, top: u32, right: u32, bottom: u32) {
        self.bitmap.grow(bottom);
        for y in top..bottom {
            for x in left..right {
                self.bitmap.set(x as i32, y as i32, true);
            }
        }
    }

    /// An empty box with lines of `thick` dots.
    pub(crate) fn frame(&mut self, left: u32, top: u32, right: u32, bottom: u32, thick: u32) {
        self.fill(left, top, right, top + thick);
        self.fill(left, bottom - thick, right, bottom);
        self.fill(left, top, left + thick, bottom);
        self.fill(right - thick, top, right, bottom);
    }

    /// A rule across the paper; `dashed` where the paper may be torn or the matter changes.
    pub(crate) fn rule(&mut self, left: u32, right: u32, dashed: bool) {
        let y = self.y;
        if dashed {
            for x in (left..right).step_by(10) {
                self.fill(x, y, (x + 6).min(right), y + 2);
            }
        } else {
            self.fill(left, y, right, y + 2);
        }
        self.y += 2;
    }

    /// A QR code in the middle, with its quiet zone, of the first of these sizes (dots for a module) that fits.
    pub(crate) fn qr(&mut self, text: &str, sizes: &[u32]) -> Result<(), PrintError> {
        let modules = Modules::encode(text)?;
        let across = modules.side() + 2 * QUIET;
        let fits = |dots: &u32| across * dots <= self.width();
        let fitting = sizes.iter().copied().find(fits);
        let dots = fitting.ok_or_else(|| PrintError::QrTooLong(text.chars().count()))?;
        let left = (self.width() - across * dots) / 2 + QUIET * dots;
        let top = self.y + QUIET * dots;
        for (x, y, length) in modules.runs() {
            let (x, y) = (left + x * dots, top + y * dots);
            self.fill(x, y, x + length * dots, y + dots);
        }
        self.y += across * dots;
        self.bitmap.grow(self.y);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_too_wide_for_the_paper_is_refused_and_never_shrunk() {
        let fonts = Fonts::load(&[]);
        let mut canvas = Canvas::new(&fonts, 384);
        assert!(canvas.qr(&"A".repeat(550), &[6, 4]).is_ok());
        let long = "A".repeat(800);
        assert!(matches!(canvas.qr(&long, &[6, 4]), Err(PrintError::QrTooLong(800))));
    }
}
