//! The font files that a hall adds for rarer characters.
//!
//! Such a file comes from outside and may be cut short or spoiled by its disk. It is used whole or not at all:
//! a spoiled one must never draw a name wrongly, and must never bring a paper down.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ab_glyph::{Font, FontArc, GlyphId, Point};

use crate::embed::checksum;

/// More files than a hall will ever install; their numbers must fit into a `FaceIndex`.
const FILES_MAX: usize = 64;
/// The largest fonts of all Chinese characters have a sixth of it.
const BYTES_MAX: u64 = 256 << 20;
/// How far from its origin a glyph may reach, in ems. A picture of dots as wide as a broken outline claims to be
/// would not fit into memory.
const REACH: f32 = 4.0;
/// The most involved characters of HanaMin have a thousand.
const CURVES_MAX: usize = 8_000;

/// Read when first needed, and then kept.
#[derive(Debug)]
pub(crate) struct RareFaces {
    paths: Vec<PathBuf>,
    read: OnceLock<Read>,
}

#[derive(Debug, Default)]
struct Read {
    faces: Vec<FontArc>,
    damaged: Vec<PathBuf>,
}

impl RareFaces {
    pub(crate) fn at(paths: &[PathBuf]) -> Self {
        Self { paths: paths.iter().take(FILES_MAX).cloned().collect(), read: OnceLock::new() }
    }

    pub(crate) fn faces(&self) -> &[FontArc] {
        &self.read.get_or_init(|| read(&self.paths)).faces
    }

    /// The first sound glyph for a character, with the number of its face.
    pub(crate) fn find(&self, ch: char) -> Option<(usize, GlyphId)> {
        // Such a font has its own characters where every other one has others: whatever it drew might be wrong.
        if is_private(ch) || ch == char::REPLACEMENT_CHARACTER {
            return None;
        }
        self.faces().iter().enumerate().find_map(|(n, face)| Some((n, sound_glyph(face, ch)?)))
    }

    /// Files that are there and cannot be used; none as long as nothing needed them.
    pub(crate) fn damaged(&self) -> &[PathBuf] {
        self.read.get().map_or(&[], |read| &read.damaged)
    }
}

fn read(paths: &[PathBuf]) -> Read {
    let mut read = Read::default();
    for path in paths {
        match face(path) {
            Ok(Some(face)) => read.faces.push(face),
            // A pack that was never installed is no damage.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Ok(None) | Err(_) => read.damaged.push(path.clone()),
        }
    }
    read
}

/// The face in a file, or nothing when the file is not a whole font.
fn face(path: &Path) -> std::io::Result<Option<FontArc>> {
    if std::fs::metadata(path)?.len() > BYTES_MAX {
        return Ok(None);
    }
    let bytes = std::fs::read(path)?;
    if !is_whole(&bytes) {
        return Ok(None);
    }
    let face = catch_unwind(|| FontArc::try_from_vec(bytes).ok()).unwrap_or_default();
    Ok(face.filter(|face| face.height_unscaled() > 0.0 && face.units_per_em().is_some()))
}

/// Whether every table that the file's directory names is in it and adds up to its checksum.
fn is_whole(file: &[u8]) -> bool {
    let number = |bytes: &[u8]| bytes.iter().fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
    let Some(count) = file.get(4..6).map(number).filter(|count| *count > 0) else { return false };
    let Some(directory) = file.get(12..12 + 16 * count) else { return false };
    directory.chunks_exact(16).all(|entry| {
        let (tag, sum, at, length) =
            (&entry[..4], number(&entry[4..8]), number(&entry[8..12]), number(&entry[12..]));
        let Some(table) = at.checked_add(length).and_then(|end| file.get(at..end)) else { return false };
        let found = if tag == b"head" {
            // The sum of the whole file stands in this table, and counts as nothing.
            let Some((before, after)) = table.get(..8).zip(table.get(12..)) else { return false };
            checksum(before).wrapping_add(checksum(after))
        } else {
            checksum(table)
        };
        found as usize == sum
    })
}

/// The glyph that a face has for a character, if it can be drawn.
fn sound_glyph(face: &FontArc, ch: char) -> Option<GlyphId> {
    let glyph = || Some(face.glyph_id(ch)).filter(|glyph| glyph.0 != 0 && is_sound(face, ch, *glyph));
    // The parser is built to bear anything, but asserts here and there that it does.
    catch_unwind(AssertUnwindSafe(glyph)).ok().flatten()
}

/// Whether a glyph puts ink on paper, and no more of it than one character may.
fn is_sound(face: &FontArc, ch: char, glyph: GlyphId) -> bool {
    let em = face.units_per_em().unwrap_or(1000.0);
    let within = |units: f32| units.abs() <= REACH * em;
    let inside = |p: Point| within(p.x) && within(p.y);
    if !within(face.h_advance_unscaled(glyph)) {
        return false;
    }
    ch.is_whitespace()
        || face.outline(glyph).is_some_and(|outline| {
            (1..=CURVES_MAX).contains(&outline.curves.len())
                && inside(outline.bounds.min)
                && inside(outline.bounds.max)
        })
}

fn is_private(ch: char) -> bool {
    matches!(ch, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::embed::embeddable;
    use crate::fonts::{FaceIndex, Fonts, Weight};
    use crate::pdf::{self, Info, Item};
    use crate::qr::Modules;

    const RARE: char = '𪻐';

    /// A face for two characters that Noto Sans SC does not have, drawn as 王 and 永.
    fn font() -> Vec<u8> {
        let fonts = Fonts::load(&[]);
        let drawn_as = |ch| fonts.face(FaceIndex(0)).glyph_id(ch);
        let characters = [(RARE, drawn_as('王')), ('𪻑', drawn_as('永'))];
        embeddable(&fonts, FaceIndex(0), "Rare", &characters).complete
    }

    /// Where a table begins and how long it is; its entry in the directory begins at the third.
    fn table(font: &[u8], tag: [u8; 4]) -> (usize, usize, usize) {
        let entry = 12 + font[12..].chunks(16).position(|entry| entry[..4] == tag).unwrap() * 16;
        let number = |at: usize| u32::from_be_bytes(*font[at..].first_chunk().unwrap()) as usize;
        (number(entry + 8), number(entry + 12), entry)
    }

    /// Makes the directory's sums fit what the tables have become.
    fn summed(mut font: Vec<u8>) -> Vec<u8> {
        for tag in [b"cmap", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"name"] {
            let (at, length, entry) = table(&font, *tag);
            let sum = checksum(&font[at..at + length]);
            font[entry + 4..entry + 8].copy_from_slice(&sum.to_be_bytes());
        }
        font
    }

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.0.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_named_and_the_next_one_draws() {
        let (folder, font) = (Folder::new(), font());
        let whole = folder.file("whole.ttf", &font);
        // The last three bytes may be no more than padding.
        for cut in (0..font.len() - 3).step_by(7).chain([0, 1, 11, 12, 13, font.len() - 4]) {
            let broken = folder.file("broken.ttf", &font[..cut]);
            let faces = RareFaces::at(&[broken.clone(), whole.clone()]);
            assert!(faces.damaged().is_empty(), "nothing was read yet");
            assert_eq!(faces.find(RARE).map(|(n, glyph)| (n, glyph.0)), Some((0, 1)), "cut at {cut}");
            assert_eq!(faces.damaged(), [broken], "cut at {cut}");
        }
    }

    #[test]
    fn only_what_is_there_and_cannot_be_used_is_damage() {
        let folder = Folder::new();
        let absent = folder.0.path().join("absent.ttf");
        let paths = [absent, folder.0.path().to_owned(), folder.file("text.ttf", "这不是字体".as_bytes())];
        let faces = RareFaces::at(&paths);
        assert_eq!(faces.find(RARE), None);
        assert_eq!(faces.damaged(), &paths[1..], "a folder and a text are, a file that is not there is not");
    }

    #[test]
    fn a_spoiled_byte_never_draws_another_shape() {
        let (folder, font) = (Folder::new(), font());
        let outline = |bytes: &[u8]| {
            let faces = RareFaces::at(&[folder.file("rare.ttf", bytes)]);
            let (n, glyph) = faces.find(RARE)?;
            Some(format!("{:?}", faces.faces()[n].outline(glyph)))
        };
        let right = outline(&font);
        assert!(right.is_some());
        for at in 0..font.len() {
            let mut spoiled = font.clone();
            spoiled[at] ^= 0x41;
            let drawn = outline(&spoiled);
            assert!(drawn.is_none() || drawn == right, "byte {at}");
        }
    }

    #[test]
    fn an_outline_that_is_empty_or_boundless_gives_way_to_the_next_face() {
        let (folder, font) = (Folder::new(), font());
        let whole = folder.file("whole.ttf", &font);
        let (glyf, ..) = table(&font, *b"glyf");
        let (loca, ..) = table(&font, *b"loca");
        let (hmtx, ..) = table(&font, *b"hmtx");
        let broken: [(&str, &[(usize, u8)]); 4] = [
            ("no contours", &[(glyf, 0), (glyf + 1, 0)]),
            ("more contours than bytes", &[(glyf, 0x7f), (glyf + 1, 0xff)]),
            ("it ends before it begins", &[(loca + 4, 0), (loca + 5, 0), (loca + 2, 0xff)]),
            ("as wide as a street", &[(hmtx + 4, 0x7f), (hmtx + 5, 0xff)]),
        ];
        for (name, bytes) in broken {
            let mut font = font.clone();
            for (at, byte) in bytes {
                font[*at] = *byte;
            }
            let broken = folder.file("broken.ttf", &summed(font));
            let faces = RareFaces::at(&[broken, whole.clone()]);
            assert_eq!(faces.find(RARE).map(|(n, _)| n), Some(1), "{name}");
            assert_eq!(faces.damaged(), [] as [PathBuf; 0], "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever stands in the tables, and even where it adds up: papers are made.
        #[test]
        fn nonsense_that_adds_up_brings_no_paper_down(
            spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        ) {
            let (folder, mut font) = (Folder::new(), font());
            let first = 12 + 16 * 8;
            for (at, byte) in spoiled {
                let at = first + at.index(font.len() - first);
                font[at] = byte;
            }
            let fonts = Fonts::load(&[folder.file("rare.ttf", &summed(font))]);
            let glyphs = fonts.shape("王𪻐𪻑", Weight::Bold, &mut Vec::new());
            for glyph in &glyphs {
                prop_assert!(glyph.advance.abs() <= REACH);
                prop_assert!(fonts.stamp(*glyph, 92).iter().all(|(x, y)| x.abs() < 500 && y.abs() < 500));
            }
            let sheet = vec![Item::Text { x: 50.0, y: 50.0, size: 10.0, glyphs }];
            let info = Info { title: "试", author: "试", date: "2026-11-20".parse().unwrap() };
            let qr = Modules::encode("A").unwrap();
            prop_assert!(pdf::write(&[sheet], &[Vec::new()], &qr, &info, &fonts).is_ok());
        }

        #[test]
        fn random_bytes_are_no_font(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let folder = Folder::new();
            let faces = RareFaces::at(&[folder.file("rare.ttf", &bytes)]);
            prop_assert_eq!(faces.find(RARE), None);
            prop_assert_eq!(faces.damaged().len(), 1);
        }
    }
}
