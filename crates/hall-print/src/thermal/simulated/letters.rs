//! The simulated printer's own letters, and the line of them that it has not printed yet.
//!
//! A real one has another face; the cells are the same: 24 dots for a Chinese character, half as wide for a Latin one,
//! all of them enlarged dot by dot.

use std::sync::LazyLock;

use encoding_rs::GBK;

use crate::Bitmap;
use crate::fonts::{Fonts, Weight};

/// Dots of a Chinese character, both ways.
const CELL: usize = 24;
/// Where the baseline lies below the top of a cell.
const BASELINE: i32 = 21;
/// Rows from line to line after `ESC 2`, and at the start.
const SPACING: usize = 30;

static FACE: LazyLock<Fonts> = LazyLock::new(|| Fonts::load(&[]));

/// A character on the line, and where it stands.
#[derive(Debug)]
struct Letter {
    ch: char,
    left: usize,
    size: Size,
}

/// How often each dot is printed, across and down.
#[derive(Clone, Copy, Debug)]
struct Size {
    across: usize,
    down: usize,
}

/// What is printed with the next line feed, and how what comes is taken.
#[derive(Debug)]
pub(super) struct Letters {
    pub(super) chinese: bool,
    size: Size,
    spacing: usize,
    /// Where the next letter stands.
    left: usize,
    line: Vec<Letter>,
    /// What is on it, a text for each place that it was sent to.
    texts: Vec<String>,
}

impl Letters {
    pub(super) fn new() -> Self {
        Self {
            chinese: false,
            size: Size { across: 1, down: 1 },
            spacing: SPACING,
            left: 0,
            line: Vec::new(),
            texts: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// `GS ! n`.
    pub(super) fn enlarge(&mut self, n: u8) {
        self.size = Size { across: usize::from(n >> 4 & 7) + 1, down: usize::from(n & 7) + 1 };
    }

    /// `ESC 3 n`; without a number, `ESC 2`.
    pub(super) fn space(&mut self, rows: Option<u8>) {
        self.spacing = rows.map_or(SPACING, usize::from);
    }

    /// `ESC $`.
    pub(super) fn go_to(&mut self, left: usize) {
        self.left = left;
        self.texts.push(String::new());
    }

    /// Whether the line has room for this character; when it has none, it is printed first.
    pub(super) fn has_room(&self, code: &[u8], width: usize) -> bool {
        let across = letter(code).map_or(0, |(_, cell)| cell * self.size.across);
        self.is_empty() || self.left + across <= width
    }

    /// Takes a character; what is none is passed over.
    pub(super) fn take(&mut self, code: &[u8]) {
        let Some((ch, cell)) = letter(code) else { return };
        self.line.push(Letter { ch, left: self.left, size: self.size });
        self.left += cell * self.size.across;
        match self.texts.last_mut() {
            Some(text) => text.push(ch),
            None => self.texts.push(ch.into()),
        }
    }

    /// The line in rows, and what is written on it: no fewer rows than its letters are high, and no fewer than are to be
    /// fed, which is the line spacing unless said otherwise.
    pub(super) fn print(&mut self, fed: Option<u8>, stride: usize) -> (Vec<Vec<u8>>, Vec<String>) {
        let line = std::mem::take(&mut self.line);
        let texts = std::mem::take(&mut self.texts);
        self.left = 0;
        let height = line.iter().map(|letter| CELL * letter.size.down).max().unwrap_or(0);
        let mut picture = Bitmap::new(stride as u32 * 8);
        picture.grow(height.max(fed.map_or(self.spacing, usize::from)) as u32);
        for letter in &line {
            letter.draw(height, &mut picture);
        }
        let rows = picture.rows().map(<[u8]>::to_vec).collect();
        (rows, texts.into_iter().filter(|text| !text.is_empty()).collect())
    }
}

/// The character with this code, and how wide its cell is; what the printer has no letter for is a replacement character.
fn letter(code: &[u8]) -> Option<(char, usize)> {
    match *code {
        [ch @ b' '..=b'~'] => Some((char::from(ch), CELL / 2)),
        [0x80..=0xff] => Some((char::REPLACEMENT_CHARACTER, CELL / 2)),
        [0xa1..=0xf7, _] => {
            let text = GBK.decode_without_bom_handling(code).0;
            Some((text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER), CELL))
        }
        [0xf8..=0xfe, _] => Some((char::REPLACEMENT_CHARACTER, CELL)),
        _ => None,
    }
}

impl Letter {
    /// With its foot on the foot of the line.
    fn draw(&self, height: usize, into: &mut Bitmap) {
        let Size { across, down } = self.size;
        let (left, top) = (self.left as i32, (height - CELL * down) as i32);
        for glyph in FACE.shape(self.ch.encode_utf8(&mut [0; 4]), Weight::Regular, &mut Vec::new()) {
            let wide = if self.ch.is_ascii() { CELL / 2 } else { CELL };
            // A Latin letter is narrowed to its cell by being smaller.
            let size = (wide as f32 / glyph.advance.max(0.1)).min(CELL as f32) as u32;
            for (x, y) in FACE.stamp(glyph, size).iter() {
                let (x, y) = (i32::from(*x) * across as i32, (BASELINE + i32::from(*y)) * down as i32);
                for dot in 0..across * down {
                    let (right, below) = ((dot % across) as i32, (dot / across) as i32);
                    into.set(left + x + right, top + y + below, true);
                }
            }
        }
    }
}
