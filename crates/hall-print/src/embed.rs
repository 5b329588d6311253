//! The part of a face that a PDF file needs, written as a small TrueType font.
//!
//! Glyph `n + 1` of the written font is the `n`-th character asked for; glyph 0 is the empty `.notdef`.

use ab_glyph::GlyphId;

use crate::fonts::{FaceIndex, Fonts};
use crate::outline::GRID;
use crate::written::{height, push};

/// One small font in two forms.
pub(crate) struct Embeddable {
    /// With a name and a character map, as `printpdf` needs it to know the glyphs.
    pub(crate) complete: Vec<u8>,
    /// Without them, as the PDF file needs it: there the text is glyph numbers and the names stand outside.
    pub(crate) lean: Vec<u8>,
    /// The way back from glyph numbers to characters, for readers that copy or search the text.
    pub(crate) to_unicode: String,
}

/// Writes a font with these characters of a face, each drawn by the glyph beside it. `characters` are in ascending
/// order without duplicates.
pub(crate) fn embeddable(
    fonts: &Fonts,
    face: FaceIndex,
    name: &str,
    characters: &[(char, GlyphId)],
) -> Embeddable {
    let (descent, ascent) = height(fonts.face(face));
    let mut glyf = Vec::new();
    let mut loca = vec![0_u32, 0];
    let mut hmtx = Vec::new();
    push(&mut hmtx, &[GRID as i16, 0]);
    let (mut points_max, mut contours_max) = (0, 0);
    for (_, id) in characters {
        let outline = fonts.written(face, *id);
        points_max = points_max.max(outline.points);
        contours_max = contours_max.max(outline.contours);
        glyf.extend_from_slice(&outline.bytes);
        loca.push(glyf.len() as u32);
        push(&mut hmtx, &[outline.advance, outline.left]);
    }
    let glyphs = characters.len() as u16 + 1;
    // Offsets are even: halved, they fit two bytes in all but enormous documents.
    let long = glyf.len() > 0x1_fffe;
    let loca: Vec<u8> = if long {
        loca.iter().flat_map(|offset| offset.to_be_bytes()).collect()
    } else {
        loca.iter().flat_map(|offset| ((offset / 2) as u16).to_be_bytes()).collect()
    };
    let mut lean = vec![
        (b"glyf", glyf),
        (b"head", head(ascent, descent, long)),
        (b"hhea", hhea(ascent, descent, glyphs)),
        (b"hmtx", hmtx),
        (b"loca", loca),
        (b"maxp", maxp(glyphs, points_max, contours_max)),
    ];
    let bytes = tables(&lean);
    lean.insert(0, (b"cmap", cmap(characters)));
    lean.push((b"name", name_table(name)));
    Embeddable { complete: tables(&lean), lean: bytes, to_unicode: to_unicode(characters) }
}

fn head(ascent: i16, descent: i16, long_offsets: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(54);
    push(&mut bytes, &[1, 0, 1, 0, 0, 0]);
    bytes.extend(0x5f0f_3cf5_u32.to_be_bytes());
    push(&mut bytes, &[0, GRID as i16]);
    bytes.extend([0; 16]);
    // Bounding box, style, smallest size, direction, width of offsets, glyph format.
    push(&mut bytes, &[0, descent, GRID as i16, ascent, 0, 8, 2, i16::from(long_offsets), 0]);
    bytes
}

fn hhea(ascent: i16, descent: i16, glyphs: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(36);
    push(&mut bytes, &[1, 0, ascent, descent, 0, GRID as i16, 0, 0, GRID as i16, 1, 0, 0, 0, 0, 0, 0, 0]);
    push(&mut bytes, &[glyphs as i16]);
    bytes
}

fn maxp(glyphs: u16, points: u16, contours: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32);
    push(&mut bytes, &[1, 0]);
    push(&mut bytes, &[glyphs, points, contours].map(|n| n as i16));
    push(&mut bytes, &[0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// Format 12, which reaches beyond the basic plane: one group for each run of neighbouring characters.
fn cmap(characters: &[(char, GlyphId)]) -> Vec<u8> {
    let mut groups: Vec<[u32; 3]> = Vec::new();
    for ((ch, _), glyph) in characters.iter().zip(1..) {
        let code = u32::from(*ch);
        match groups.last_mut() {
            Some([_, last, _]) if *last + 1 == code => *last = code,
            _ => groups.push([code, code, glyph]),
        }
    }
    let mut bytes = Vec::new();
    push(&mut bytes, &[0, 1, 3, 10, 0, 12, 12, 0]);
    let numbers = [16 + 12 * groups.len() as u32, 0, groups.len() as u32];
    bytes.extend(numbers.iter().chain(groups.iter().flatten()).flat_map(|n| n.to_be_bytes()));
    bytes
}

/// A CMap whose ranges list their characters: glyphs are numbered without gaps, and a range may not cross a
/// multiple of 256.
fn to_unicode(characters: &[(char, GlyphId)]) -> String {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
         /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
    );
    let mut first = 1;
    while first <= characters.len() {
        let last = (first | 0xff).min(characters.len());
        map.push_str("1 beginbfrange ");
        push_hex(&mut map, &[first as u16]);
        push_hex(&mut map, &[last as u16]);
        map.push('[');
        for (ch, _) in &characters[first - 1..last] {
            push_hex(&mut map, ch.encode_utf16(&mut [0; 2]));
        }
        map.push_str("] endbfrange\n");
        first = last + 1;
    }
    map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end\n");
    map
}

/// `<4E00>`
fn push_hex(map: &mut String, units: &[u16]) {
    map.push('<');
    for unit in units {
        let digit = |shift: u16| char::from(b"0123456789ABCDEF"[usize::from(unit >> shift & 15)]);
        map.extend([12, 8, 4, 0].map(digit));
    }
    map.push('>');
}

/// The PostScript name, which becomes the name of the font in the PDF file.
fn name_table(name: &str) -> Vec<u8> {
    let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut bytes = Vec::new();
    push(&mut bytes, &[0, 2, 30]);
    for id in [4, 6] {
        push(&mut bytes, &[3, 1, 0x409, id, text.len() as i16, 0]);
    }
    bytes.extend(text);
    bytes
}

/// The sfnt wrapper: directory, then the tables, each padded to four bytes.
fn tables(tables: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let count = tables.len() as u16;
    let log = count.ilog2() as u16;
    let mut bytes = 0x0001_0000_u32.to_be_bytes().to_vec();
    for n in [count, 16 << log, log, count * 16 - (16 << log)] {
        bytes.extend(n.to_be_bytes());
    }
    let mut offset = bytes.len() + 16 * tables.len();
    for (tag, table) in tables {
        bytes.extend(*tag);
        for n in [checksum(table), offset as u32, table.len() as u32] {
            bytes.extend(n.to_be_bytes());
        }
        offset += table.len().next_multiple_of(4);
    }
    for (_, table) in tables {
        bytes.extend(table);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// The sum of a table's words, as the directory of a font gives it.
pub(crate) fn checksum(table: &[u8]) -> u32 {
    let (words, rest) = table.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().chain([&last]).fold(0, |sum, word| sum.wrapping_add(u32::from_be_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use ab_glyph::{Font, FontArc};

    use super::*;
    use crate::fonts::Weight;
    use crate::pdf::{self, Info, Item};
    use crate::qr::Modules;

    /// A face for one character that Noto Sans SC does not have, drawn as 王.
    fn rare_face(folder: &std::path::Path) -> std::path::PathBuf {
        let fonts = Fonts::load(&[]);
        let king = fonts.face(FaceIndex(0)).glyph_id('王');
        let font = embeddable(&fonts, FaceIndex(0), "Rare", &[('𪻐', king)]);
        let path = folder.join("rare.ttf");
        std::fs::write(&path, font.complete).unwrap();
        path
    }

    #[test]
    fn an_extra_face_draws_what_the_bundled_ones_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let missing_file = folder.path().join("none.ttf");
        let fonts = Fonts::load(&[missing_file, rare_face(folder.path())]);
        assert!(fonts.can_draw('𪻐') && fonts.can_draw('王') && !fonts.can_draw('𪻑'));

        let mut missing = Vec::new();
        let glyphs = fonts.shape("王𪻐𬭚𪻑", Weight::Regular, &mut missing);
        assert_eq!(missing, ['𪻑']);
        let dots = |n: usize| fonts.stamp(glyphs[n], 28).len();
        assert!(dots(1) > dots(0) * 5 / 4, "a rare face has hairlines and is drawn thicker");
        let sheet = vec![Item::Text { x: 50.0, y: 50.0, size: 10.0, glyphs }];
        let info = Info { title: "试", author: "试", date: "2026-11-20".parse().unwrap() };
        let qr = Modules::encode("A").unwrap();
        let bytes = pdf::write(&[sheet], &[Vec::new()], &qr, &info, &fonts).unwrap();
        let path = folder.path().join("rare.pdf");
        std::fs::write(&path, bytes).unwrap();
        let ask = |program: &str| {
            let asked = std::process::Command::new(program).arg(&path).arg("-").output();
            String::from_utf8(asked.expect("apt install poppler-utils").stdout).unwrap()
        };
        assert_eq!(ask("pdftotext").trim(), "王𪻐𬭚〔U+2AED1〕");
    }

    #[test]
    fn a_written_face_draws_the_same_character_nearly_the_same() {
        let fonts = Fonts::load(&[]);
        let face = fonts.face(FaceIndex(0)).clone();
        let text = ['永', '鬱', 'g', '〇'];
        let mut characters: Vec<(char, GlyphId)> = text.iter().map(|ch| (*ch, face.glyph_id(*ch))).collect();
        characters.sort_unstable();
        let written =
            FontArc::try_from_vec(embeddable(&fonts, FaceIndex(0), "X", &characters).complete).unwrap();
        for ch in text {
            let moved = moved(&ink::<160>(&face, ch, 83.0), &ink::<160>(&written, ch, 83.0));
            assert!(moved < 0.12, "{ch}: {moved} moved");
            let advance =
                |font: &FontArc| font.h_advance_unscaled(font.glyph_id(ch)) / font.units_per_em().unwrap();
            assert!((advance(&face) - advance(&written)).abs() < 0.005, "{ch}");
        }
    }

    #[test]
    fn a_written_face_has_every_standard_character() {
        let fonts = Fonts::load(&[]);
        let face = fonts.face(FaceIndex(0)).clone();
        let list = include_str!("../../../tests/characters/general-standard.txt");
        let mut characters: Vec<(char, GlyphId)> = list
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(str::chars)
            .map(|ch| (ch, face.glyph_id(ch)))
            .collect();
        characters.sort_unstable();
        assert_eq!(characters.len(), 8_105);
        let written =
            FontArc::try_from_vec(embeddable(&fonts, FaceIndex(0), "X", &characters).complete).unwrap();
        for (ch, _) in characters {
            let moved = moved(&ink::<48>(&face, ch, 28.0), &ink::<48>(&written, ch, 28.0));
            assert!(moved < 0.2, "{ch}: {moved} moved");
        }
    }

    /// The share of the ink that is not where it was.
    fn moved(before: &[f32], after: &[f32]) -> f32 {
        let moved: f32 = before.iter().zip(after).map(|(a, b)| (a - b).abs()).sum();
        moved / before.iter().sum::<f32>()
    }

    /// How much of each dot a character covers when it is set in so many dots for an em: 83 are 10 points at 600
    /// dots an inch.
    fn ink<const SIDE: usize>(font: &FontArc, ch: char, em: f32) -> Vec<f32> {
        let scale = em * font.height_unscaled() / font.units_per_em().unwrap();
        let position = ab_glyph::point(SIDE as f32 * 0.19, SIDE as f32 * 0.69);
        let outlined =
            font.outline_glyph(font.glyph_id(ch).with_scale_and_position(scale, position)).unwrap();
        let corner = outlined.px_bounds().min;
        let mut dots = vec![0.0; SIDE * SIDE];
        outlined.draw(|x, y, cover| {
            dots[(corner.y as usize + y as usize) * SIDE + corner.x as usize + x as usize] = cover;
        });
        dots
    }
}
