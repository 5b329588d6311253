//! The font chain: which face draws which character.
//!
//! Noto Sans SC in two weights is part of the program; a hall may add faces for rarer characters. It must
//! never let a character vanish: what no face can draw becomes its code point in brackets and is reported.

use std::path::PathBuf;
use std::sync::Arc;

use ab_glyph::{Font, FontArc, FontRef, GlyphId};

use crate::rare::RareFaces;
use crate::stamps::{Stamp, Stamps};
use crate::written::{self, Written};

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Bold.ttf");

/// How heavy the strokes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Which face of the chain: the two built-in weights, then the extra faces in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FaceIndex(pub(crate) u8);

impl FaceIndex {
    pub(crate) fn is_rare(self) -> bool {
        self.0 > 1
    }
}

/// The faces that papers are set in. Make one and keep it: parsing is done once.
#[derive(Debug)]
pub struct Fonts {
    builtin: [FontArc; 2],
    rare: RareFaces,
    stamps: Stamps,
    written: written::Cache,
}

impl Fonts {
    /// The built-in faces, and `extra` font files for characters outside them, one face a file. An extra file
    /// is read when a character first needs it, so the 30 MB of a rare-character font cost nothing until then;
    /// one that is missing or damaged is passed over, and its characters are reported as missing.
    pub fn load(extra: &[PathBuf]) -> Self {
        let parse = |bytes: &'static [u8]| {
            FontArc::from(FontRef::try_from_slice(bytes).expect("the bundled font is part of the program"))
        };
        Self {
            builtin: [parse(REGULAR), parse(BOLD)],
            rare: RareFaces::at(extra),
            stamps: Stamps::default(),
            written: written::Cache::default(),
        }
    }

    pub(crate) fn face(&self, index: FaceIndex) -> &FontArc {
        match usize::from(index.0) {
            weight @ (0 | 1) => &self.builtin[weight],
            n => &self.rare.faces()[n - 2],
        }
    }

    /// The black dots of a glyph in a size given in dots for an em.
    pub(crate) fn stamp(&self, glyph: Glyph, size: u32) -> Stamp {
        self.stamps.get(self.face(glyph.face), glyph, size)
    }

    /// A glyph as a PDF file embeds it.
    pub(crate) fn written(&self, face: FaceIndex, id: GlyphId) -> Arc<Written> {
        self.written.get(self.face(face), face, id)
    }

    /// The first face that can draw `ch`.
    fn find(&self, ch: char, weight: Weight) -> Option<(FaceIndex, GlyphId)> {
        let first = u8::from(weight == Weight::Bold);
        let glyph = self.builtin[usize::from(first)].glyph_id(ch);
        if glyph.0 != 0 {
            return Some((FaceIndex(first), glyph));
        }
        let (n, glyph) = self.rare.find(ch)?;
        Some((FaceIndex(n as u8 + 2), glyph))
    }

    /// Extra files that are there and cannot be used, because they are damaged or may not be read. None as long
    /// as no character needed them.
    pub fn damaged(&self) -> &[PathBuf] {
        self.rare.damaged()
    }

    /// Whether a character of a name or a sentence has a face that draws it.
    pub fn can_draw(&self, ch: char) -> bool {
        self.find(ch, Weight::Regular).is_some()
    }

    /// Turns text into glyphs. `missing` collects the characters that no face draws.
    pub(crate) fn shape(&self, text: &str, weight: Weight, missing: &mut Vec<char>) -> Vec<Glyph> {
        let mut glyphs = Vec::with_capacity(text.len() / 2);
        for ch in text.chars().filter_map(printable) {
            if let Some(glyph) = self.glyph(ch, weight) {
                glyphs.push(glyph);
                continue;
            }
            if !missing.contains(&ch) {
                missing.push(ch);
            }
            let stand_in = format!("〔U+{:04X}〕", u32::from(ch));
            glyphs.extend(stand_in.chars().filter_map(|ch| self.glyph(ch, weight)));
        }
        glyphs
    }

    fn glyph(&self, ch: char, weight: Weight) -> Option<Glyph> {
        if ch == '\n' {
            return Some(Glyph { ch, face: FaceIndex(0), id: GlyphId(0), advance: 0.0, strong: false });
        }
        let (face, id) = self.find(ch, weight)?;
        let font = self.face(face);
        let em = font.units_per_em().unwrap_or(1000.0);
        Some(Glyph { ch, face, id, advance: font.h_advance_unscaled(id) / em, strong: false })
    }
}

/// One character with the face that draws it. The advance is in ems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) ch: char,
    pub(crate) face: FaceIndex,
    pub(crate) id: GlyphId,
    pub(crate) advance: f32,
    /// Set bold in a PDF file, where there is one face for both weights.
    pub(crate) strong: bool,
}

/// What of a text reaches the paper: control characters, variation selectors and direction marks do not
/// (they draw nothing, and a direction mark could make a line read falsely); a line feed breaks the line, and
/// every other white space but the ideographic one is a space.
fn printable(ch: char) -> Option<char> {
    match ch {
        '\n' => Some('\n'),
        '\t' => Some(' '),
        '¥' => Some('￥'),
        '\u{ad}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0000}'..='\u{e01ef}' => None,
        ch if ch.is_control() => None,
        ch if ch.is_whitespace() && ch != '\u{3000}' => Some(' '),
        ch => Some(ch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_without_a_face_is_named_and_shown_as_its_code_point() {
        let fonts = Fonts::load(&[PathBuf::from("/nonexistent/rare.ttf")]);
        let mut missing = Vec::new();
        let glyphs = fonts.shape("王𪻐😀𪻐", Weight::Regular, &mut missing);
        let shown: String = glyphs.iter().map(|g| g.ch).collect();
        assert_eq!(shown, "王〔U+2AED0〕〔U+1F600〕〔U+2AED0〕");
        assert_eq!(missing, ['𪻐', '😀']);
    }

    #[test]
    fn marks_that_draw_nothing_are_left_out() {
        let fonts = Fonts::load(&[]);
        let mut missing = Vec::new();
        let glyphs = fonts.shape(
            "葛\u{e0100}\u{202e}a\u{7}\tb\r\n¥\u{61c}\u{2007}c\u{ad}",
            Weight::Bold,
            &mut missing,
        );
        assert_eq!(glyphs.iter().map(|g| g.ch).collect::<String>(), "葛a b\n￥ c");
        assert_eq!(missing, []);
    }

    #[test]
    fn what_has_no_shape_of_its_own_is_shown_as_its_code_point() {
        let fonts = Fonts::load(&["HanaMinA.ttf", "HanaMinB.ttf"].map(|name| hanazono().join(name)));
        for (text, shown) in [
            // Private use: HanaMin has pictures there, other computers have other ones.
            ("\u{e863}", "〔U+E863〕"),
            ("\u{f0000}\u{10fffd}", "〔U+F0000〕〔U+10FFFD〕"),
            // Fillers, whose glyphs are empty.
            ("\u{3164}\u{115f}", "〔U+3164〕〔U+115F〕"),
            // What a reader put in place of a character that it could not read.
            ("\u{fffd}\u{fffe}", "〔U+FFFD〕〔U+FFFE〕"),
            // A person of two halves: each half is named, what joins them draws nothing.
            ("👩🏽\u{200d}🌾", "〔U+1F469〕〔U+1F3FD〕〔U+1F33E〕"),
            ("\u{323af}\u{31350}", "〔U+323AF〕〔U+31350〕"),
        ] {
            let mut missing = Vec::new();
            let glyphs = fonts.shape(text, Weight::Regular, &mut missing);
            assert_eq!(glyphs.iter().map(|g| g.ch).collect::<String>(), shown);
            assert_eq!(missing.len(), shown.matches('〔').count());
        }
        // What is drawn as it is: accents on a letter, descriptions of characters, compatibility forms.
        let mut missing = Vec::new();
        let kept = "e\u{301}\u{304}⿰亻尔\u{f9dc}\u{20aff}𪻐";
        let glyphs = fonts.shape(kept, Weight::Regular, &mut missing);
        assert_eq!((glyphs.iter().map(|g| g.ch).collect::<String>(), missing), (kept.to_owned(), vec![]));
    }

    fn hanazono() -> PathBuf {
        let folder = PathBuf::from("/usr/share/fonts/truetype/hanazono");
        assert!(folder.exists(), "install it: apt install fonts-hanazono");
        folder
    }
}
