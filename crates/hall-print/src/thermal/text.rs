//! Text mode: lines that a printer's own Chinese font can print go out as text, all other rows as dots.
//!
//! It is for slow lines, which take half a minute for the dots of a slip. The letters are not those of the preview, but
//! every line stands where it stands there, and the paper is as long. A line that any such printer might print falsely
//! is drawn: its fonts have the characters of GB 2312 in common, and what they do with enlarged Latin letters they have
//! not.
//!
//! Nothing but `ESC J` depends on how a printer counts rows, and no line feed on what it takes for its line spacing.

use std::iter::Peekable;
use std::ops::Range;

use encoding_rs::GB18030;

use super::command::{BAND_ROWS, band};
use crate::{Bitmap, Piece, Strip};

/// Dots of a Chinese character of plain size, both ways; a Latin one is half as wide.
const CELL: u32 = 24;
/// `GS !` enlarges no further.
const TIMES_MAX: u32 = 8;
/// Blank rows within a picture that are worth being fed; for fewer it is not broken up.
const BLANK_MIN: u32 = 8;

/// Chinese characters (`FS &`), and line feeds that are as high as what they print (`ESC 3 0`): some printers count the
/// letters in and some do not, but none feeds less than what it printed.
const BEGIN: [u8; 5] = [0x1c, b'&', 0x1b, b'3', 0];
/// Plain size and the usual line spacing (`GS ! 0`, `ESC 2`) for whoever prints next.
const END: [u8; 5] = [0x1d, b'!', 0, 0x1b, b'2'];

/// What is printed below each other.
enum Step {
    /// Rows of the picture.
    Dots(Range<u32>),
    Feed(u8),
    Line(Line),
}

/// A line of text, in the place of these rows.
struct Line {
    rows: Range<u32>,
    /// Where its letters begin.
    top: u32,
    times: u32,
    /// Each with its place across.
    words: Vec<(u32, Vec<u8>)>,
}

/// The strip in parts of no more rows than a band has, each of which ends with a row or a line.
pub(super) fn parts(strip: &Strip) -> impl Iterator<Item = Vec<u8>> {
    let mut steps = steps(strip).into_iter().peekable();
    let (mut times, mut begin) = (1, Some(BEGIN));
    std::iter::from_fn(move || {
        steps.peek()?;
        let mut bytes: Vec<u8> = begin.take().into_iter().flatten().collect();
        write_part(&strip.picture, &mut steps, &mut times, &mut bytes);
        if steps.peek().is_none() {
            bytes.extend(END);
        }
        Some(bytes)
    })
}

fn write_part(
    picture: &Bitmap,
    steps: &mut Peekable<impl Iterator<Item = Step>>,
    times: &mut u32,
    bytes: &mut Vec<u8>,
) {
    let mut rows = 0;
    while let Some(step) = steps.next_if(|step| rows == 0 || rows + step.rows() <= BAND_ROWS) {
        rows += step.rows();
        match step {
            Step::Dots(rows) => bytes.extend(dots(picture, rows)),
            Step::Feed(rows) => bytes.extend([0x1b, b'J', rows]),
            Step::Line(line) => {
                if line.times != *times {
                    *times = line.times;
                    bytes.extend([0x1d, b'!', (*times as u8 - 1) * 0x11]);
                }
                for (x, word) in line.words {
                    let [low, high, ..] = x.to_le_bytes();
                    bytes.extend([0x1b, b'$', low, high]);
                    bytes.extend(word);
                }
                bytes.push(b'\n');
            }
        }
    }
}

impl Step {
    fn rows(&self) -> usize {
        match self {
            Self::Dots(rows) => rows.len(),
            Self::Feed(rows) => usize::from(*rows),
            Self::Line(line) => (CELL * line.times) as usize,
        }
    }
}

/// Rows as a band that is no wider than what is black in it.
fn dots(picture: &Bitmap, rows: Range<u32>) -> Vec<u8> {
    let rows: Vec<&[u8]> = rows.map(|y| row(picture, y)).collect();
    let ends = rows.iter().filter_map(|row| row.iter().rposition(|byte| *byte != 0));
    let across = ends.max().map_or(1, |last| last + 1);
    band(&rows, across)
}

fn row(picture: &Bitmap, y: u32) -> &[u8] {
    let at = y as usize * picture.stride();
    &picture.as_bytes()[at..at + picture.stride()]
}

fn steps(strip: &Strip) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut y = 0;
    for line in lines(strip) {
        let letters = line.top..line.top + CELL * line.times;
        draw(&strip.picture, y..line.rows.start, &mut steps);
        feed(letters.start - line.rows.start, &mut steps);
        y = line.rows.end;
        steps.push(Step::Line(line));
        feed(y - letters.end, &mut steps);
    }
    draw(&strip.picture, y..strip.picture.height(), &mut steps);
    steps
}

fn feed(mut rows: u32, steps: &mut Vec<Step>) {
    if let Some(Step::Feed(before)) = steps.last() {
        rows += u32::from(*before);
        steps.pop();
    }
    while rows > 0 {
        let fed = rows.min(255) as u8;
        steps.push(Step::Feed(fed));
        rows -= u32::from(fed);
    }
}

/// Rows without text: what is black in bands, what is blank by feeding.
fn draw(picture: &Bitmap, rows: Range<u32>, steps: &mut Vec<Step>) {
    let black: Vec<u32> = rows.clone().filter(|y| row(picture, *y).iter().any(|byte| *byte != 0)).collect();
    let mut y = rows.start;
    for near in black.chunk_by(|above, below| below - above <= BLANK_MIN) {
        let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
        feed(first - y, steps);
        y = last + 1;
        let bands = (*first..y).step_by(BAND_ROWS);
        steps.extend(bands.map(|from| Step::Dots(from..y.min(from + BAND_ROWS as u32))));
    }
    feed(rows.end - y, steps);
}

/// The lines that go out as text, from the top.
fn lines(strip: &Strip) -> Vec<Line> {
    let mut pieces: Vec<&Piece> = strip.pieces.iter().collect();
    pieces.sort_by_key(|piece| rows(piece).start);
    let mut lines = Vec::new();
    let mut rest = &pieces[..];
    while let Some(first) = rest.first() {
        // What overlaps from the top down, whatever of it stands beside each other.
        let mut reach = rows(first);
        let beside = |piece: &&&Piece| {
            let rows = rows(piece);
            let overlaps = rows.start < reach.end;
            reach.end = if overlaps { reach.end.max(rows.end) } else { reach.end };
            overlaps
        };
        let count = rest.iter().take_while(beside).count();
        lines.extend(line(&strip.picture, &rest[..count], reach));
        rest = &rest[count..];
    }
    lines
}

/// The rows that a piece takes, drawn or as text.
fn rows(piece: &Piece) -> Range<u32> {
    let top = letters(piece);
    let end = top + CELL * times(piece);
    piece.ink.rows.start.min(top)..piece.ink.rows.end.max(end)
}

/// The largest size of the printer's that is no larger than it was drawn.
fn times(piece: &Piece) -> u32 {
    (piece.size / CELL).clamp(1, TIMES_MAX)
}

/// Where the printer's letters begin: in the middle of the height of the drawn ones.
fn letters(piece: &Piece) -> u32 {
    (piece.top + piece.size / 2).saturating_sub(CELL * times(piece) / 2)
}

/// The line that these pieces make, when the printer can print all of them where they stand, and nothing else is in their
/// rows.
fn line(picture: &Bitmap, pieces: &[&Piece], rows: Range<u32>) -> Option<Line> {
    let largest = pieces.iter().max_by_key(|piece| piece.size)?;
    let times = times(largest);
    let is_alone = rows.clone().all(|y| {
        (0..picture.width())
            .filter(|x| picture.is_black(*x, y))
            .all(|x| pieces.iter().any(|piece| piece.ink.holds(x, y)))
    });
    let top = letters(largest);
    if !is_alone || top + CELL * times > rows.end || rows.end > picture.height() {
        return None;
    }
    let mut across = pieces.to_vec();
    across.sort_by_key(|piece| piece.across.start);
    let mut words = Vec::new();
    let mut free = 0;
    for piece in across {
        let word = if self::times(piece) == times { word(&piece.text, times)? } else { return None };
        let wide = CELL * times * word.len() as u32 / 2;
        let from = &piece.across;
        let middle = u32::midpoint(from.start, from.end);
        let x = if piece.centred { middle.checked_sub(wide / 2)? } else { from.start };
        if x < free {
            return None;
        }
        free = x + wide;
        words.push((x, word));
    }
    (free <= picture.width()).then_some(Line { rows, top, times, words })
}

/// The text in the printer's code, when it is one that no printer prints falsely. A byte stands for half a cell.
fn word(text: &str, times: u32) -> Option<Vec<u8>> {
    let mut word = Vec::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            // Enlarged, some printers forget the size for Latin letters.
            ' '..='~' if times == 1 => word.push(ch as u8),
            _ => word.extend(gb2312(ch)?),
        }
    }
    Some(word)
}

/// The code of a character that GB 2312 has.
fn gb2312(ch: char) -> Option<[u8; 2]> {
    let mut utf8 = [0; 4];
    let (bytes, _, lacks_it) = GB18030.encode(ch.encode_utf8(&mut utf8));
    let [row, cell] = *bytes else { return None };
    let is_in = match row {
        0xa2 => matches!(cell, 0xb1..=0xe2 | 0xe5..=0xee | 0xf1..=0xfc),
        0xa4 => matches!(cell, 0xa1..=0xf3),
        0xa5 => matches!(cell, 0xa1..=0xf6),
        0xa6 => matches!(cell, 0xa1..=0xb8 | 0xc1..=0xd8),
        0xa7 => matches!(cell, 0xa1..=0xc1 | 0xd1..=0xf1),
        0xa8 => matches!(cell, 0xa1..=0xba | 0xc5..=0xe9),
        0xa9 => matches!(cell, 0xa4..=0xef),
        0xd7 => matches!(cell, 0xa1..=0xf9),
        0xa1 | 0xa3 | 0xb0..=0xf7 => matches!(cell, 0xa1..=0xfe),
        _ => false,
    };
    (is_in && !lacks_it).then_some([row, cell])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GB 2312 has 6763 Chinese characters and 682 others; an independent list of them is not at hand, their number is.
    #[test]
    fn the_block_has_as_many_characters_as_the_standard_says() {
        let all: Vec<[u8; 2]> = (char::MIN..=char::MAX).filter_map(gb2312).collect();
        assert_eq!(all.iter().filter(|[row, _]| *row >= 0xb0).count(), 6763);
        assert_eq!(all.iter().filter(|[row, _]| *row < 0xb0).count(), 682);
    }

    #[test]
    fn what_is_not_in_every_font_has_no_code() {
        for (text, times, code) in [
            ("啊", 1, Some(vec![0xb0, 0xa1])),
            ("（￥·—…）", 2, Some(b"\xa3\xa8\xa3\xa4\xa1\xa4\xa1\xaa\xa1\xad\xa3\xa9".to_vec())),
            ("3 号楼", 1, Some(b"3 \xba\xc5\xc2\xa5".to_vec())),
            ("3 号楼", 2, None),
            // In GBK, in GB 18030 with four bytes, with two bytes that older fonts have for something else, and nowhere.
            ("镕", 1, None),
            ("㛃", 1, None),
            ("䶮", 1, None),
            ("𪻐", 1, None),
            ("€㎡", 1, None),
            ("é", 1, Some(vec![0xa8, 0xa6])),
            ("e\u{301}", 1, None),
            ("\u{7f}", 1, None),
            ("", 1, Some(vec![])),
        ] {
            assert_eq!(word(text, times), code, "{text} at {times}");
        }
    }
}
