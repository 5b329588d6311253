//! A slip as it was drawn: its dots, and which of them are text.
//!
//! The dots are the paper; the pieces of text only say what a printer with letters of its own may put in their place.

use std::ops::Range;

use crate::Bitmap;

/// What a thermal printer prints in one go.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    pub picture: Bitmap,
    /// The lines of text on it, or parts of lines, in the order of drawing; none: it is a picture and nothing else.
    pub pieces: Vec<Piece>,
}

impl From<Bitmap> for Strip {
    fn from(picture: Bitmap) -> Self {
        Self { picture, pieces: Vec::new() }
    }
}

/// Text that stands in one line, in one size.
#[derive(Clone, PartialEq)]
pub struct Piece {
    pub text: String,
    /// Dots for an em, and where the em begins.
    pub size: u32,
    pub top: u32,
    /// From where to where it goes, spaces at its end not counted.
    pub across: Range<u32>,
    /// It stands in the middle of its room, and would still do so if it were narrower.
    pub centred: bool,
    /// The dots that it blackened all lie in here.
    pub ink: Area,
}

/// Not the text: it may be a name.
impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Piece({} characters in {:?})", self.text.chars().count(), self.ink)
    }
}

/// Columns and rows of dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub columns: Range<u32>,
    pub rows: Range<u32>,
}

impl Area {
    /// The smallest one that holds both.
    pub(crate) fn with(&self, other: &Self) -> Self {
        let both = |a: &Range<u32>, b: &Range<u32>| a.start.min(b.start)..a.end.max(b.end);
        Self { columns: both(&self.columns, &other.columns), rows: both(&self.rows, &other.rows) }
    }

    pub fn holds(&self, x: u32, y: u32) -> bool {
        self.columns.contains(&x) && self.rows.contains(&y)
    }
}
