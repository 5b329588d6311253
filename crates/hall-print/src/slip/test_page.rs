//! The test page of a thermal printer: who it is, a code to scan, and every dot of its head.
//!
//! A head wears dot by dot, and a dead one is a white hair through every slip. It is seen best in full black and in
//! slanting lines that each dot draws alone; the scale says which one it is. Unlike a slip it goes to the very edges.

use super::{Page, SlipWidth};
use crate::canvas::Style;
use crate::strip::Strip;
use crate::{Fonts, PrintError, Rendered};

/// What a printer's test page says, in words ready to print; an A4 printer's sheet as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestPageContent {
    pub hall: String,
    /// The printer, as staff wrote it down: `tcp://192.168.1.50:9100`.
    pub printer: String,
    pub printed: String,
    /// A text for the code.
    pub qr: String,
}

/// Dots between the long strokes of the scale, and between the short ones.
const STROKES: (u32, u32) = (64, 8);
/// Dots from one slanting line to the next: each dot is alone among so many.
const SLANT: u32 = 16;

/// Draws a test page.
pub fn test_page(
    content: &TestPageContent,
    fonts: &Fonts,
    width: SlipWidth,
) -> Result<Rendered<Strip>, PrintError> {
    let mut page = Page::new(fonts, width);
    page.canvas.space(page.px(8));
    page.centred(&content.hall, Style::bold(page.px(28)));
    page.centred("打印机测试", Style::bold(page.px(52)));
    page.centred(&content.printer, Style::bold(page.px(26)));
    page.centred(&format!("{} 点", width.dots()), Style::regular(page.px(24)));
    page.canvas.qr(&content.qr, width.module_dots())?;
    page.centred("扫一扫，读得出就好", Style::regular(page.px(24)));
    page.ruled();
    page.centred("黑块有白线、斜线有断口", Style::regular(page.px(24)));
    page.centred("就是打印头有坏点", Style::regular(page.px(24)));
    page.canvas.space(page.px(6));
    page.scale_of_dots();
    page.black();
    page.slanting();
    page.single_dots();
    page.ruled();
    page.centred(&format!("打印 {}", content.printed), Style::regular(page.px(24)));
    // Blank paper so that the cutter does not go through the last line.
    page.canvas.space(page.px(16));
    Ok(page.canvas.finish())
}

impl Page<'_> {
    /// Strokes down to the black block below, the long ones with the number of their dot.
    fn scale_of_dots(&mut self) {
        let (long, short) = STROKES;
        let top = self.canvas.y;
        let style = Style::regular(20);
        for at in (0..self.width.dots()).step_by(long as usize) {
            self.canvas.y = top;
            // Beside the stroke, so that the last one has room as well.
            self.canvas.text(&at.to_string(), style, at + 4, at + long);
        }
        let foot = self.canvas.y + 4;
        for at in (0..self.width.dots()).step_by(short as usize) {
            let from = if at % long == 0 { top } else { foot - 8 };
            self.canvas.fill(at, from, at + 1, foot);
        }
        self.canvas.y = foot;
    }

    fn black(&mut self) {
        let top = self.canvas.y;
        self.canvas.fill(0, top, self.width.dots(), top + 32);
        self.canvas.y = top + 32;
    }

    /// Each row moves all lines on by a dot, so that each dot draws by itself, with white around it.
    fn slanting(&mut self) {
        self.canvas.space(8);
        for y in 0..4 * SLANT {
            let top = self.canvas.y + y;
            for x in (y % SLANT..self.width.dots()).step_by(SLANT as usize) {
                self.canvas.fill(x, top, x + 1, top + 1);
            }
        }
        self.canvas.space(4 * SLANT + 8);
    }

    /// Every other dot, then the others between them: upright hairs show two that stick together.
    fn single_dots(&mut self) {
        for first in 0..2 {
            let top = self.canvas.y;
            for x in (first..self.width.dots()).step_by(2) {
                self.canvas.fill(x, top, x + 1, top + 16);
            }
            self.canvas.space(16);
        }
    }
}
