//! Every character of 《通用规范汉字表》, and names of rare ones, on slips and agreements.

use std::collections::HashMap;

use ab_glyph::{Font as _, FontRef, GlyphId};
use hall_core::vocab::AgreementType;
use hall_print::agreement::{AgreementNote, agreement};
use hall_print::slip::{SlipContent, SlipWidth, slip};
use hall_print::{Bitmap, Fonts};

use crate::sample;
use crate::slips::decoded_by_rqrr;
use crate::tools::{Temp, ask};

/// The three levels of the list, each in its order.
fn levels() -> Vec<Vec<char>> {
    let list = include_str!("../../../../tests/characters/general-standard.txt");
    let mut levels: Vec<Vec<char>> = Vec::new();
    for line in list.lines() {
        match levels.last_mut() {
            Some(level) if !line.starts_with('#') => level.extend(line.chars()),
            _ => levels.push(Vec::new()),
        }
    }
    levels
}

fn all() -> Vec<char> {
    levels().concat()
}

#[test]
fn the_list_is_whole() {
    let levels = levels();
    assert_eq!(levels.iter().map(Vec::len).collect::<Vec<_>>(), [3_500, 3_000, 1_605]);
    let mut all = levels.concat();
    assert_eq!(all.iter().filter(|ch| u32::from(**ch) > 0xffff).count(), 196);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 8_105, "each is there once");
}

/// The part of a slip where one character stands.
#[derive(Clone, Copy, Debug)]
struct Cell {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// Which dots of a cell are black, from the first black row and column on; empty for a blank one.
type Shape = Vec<(u32, u32)>;

fn shape(dots: impl Iterator<Item = (u32, u32)>) -> Shape {
    let mut dots: Shape = dots.collect();
    let left = dots.iter().map(|(x, _)| *x).min().unwrap_or(0);
    let top = dots.iter().map(|(_, y)| *y).min().unwrap_or(0);
    for (x, y) in &mut dots {
        (*x, *y) = (*x - left, *y - top);
    }
    dots.sort_unstable();
    dots
}

fn drawn(paper: &Bitmap, cell: Cell) -> Shape {
    let rows = cell.top..cell.top + cell.height;
    let dots = rows.flat_map(|y| (cell.left..cell.left + cell.width).map(move |x| (x, y)));
    shape(dots.filter(|(x, y)| paper.is_black(*x, *y)))
}

/// What a font draws for a character that it does not have, as a slip would draw it: a silent box.
fn box_of(font: &'static [u8], size: u32) -> Shape {
    let font = FontRef::try_from_slice(font).unwrap();
    let scale = size as f32 * font.height_unscaled() / font.units_per_em().unwrap();
    let outlined = font.outline_glyph(GlyphId(0).with_scale(scale)).unwrap();
    let mut dots = Vec::new();
    outlined.draw(|x, y, cover| dots.extend((cover >= 0.42).then_some((x, y))));
    assert!(dots.len() > 60, "the font shows something");
    shape(dots.into_iter())
}

/// The beginnings and lengths of the runs of `true`.
fn runs(dark: impl Iterator<Item = bool>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (n, _) in (0..).zip(dark).filter(|(_, dark)| *dark) {
        match runs.last_mut() {
            Some((from, length)) if *from + *length == n => *length += 1,
            _ => runs.push((n, 1)),
        }
    }
    runs
}

/// Where the characters of a text stand on a slip: one slip has black squares in their places, one has nothing.
fn cells(characters: usize, fonts: &Fonts, content: impl Fn(String) -> SlipContent) -> Vec<Cell> {
    let made =
        |ch: &str| slip(&content(ch.repeat(characters)), fonts, SlipWidth::Dots384).unwrap().paper.picture;
    let (squares, nothing) = (made("■"), made("\u{3000}"));
    let differs = |x: u32, y: u32| squares.is_black(x, y) != nothing.is_black(x, y);
    let mut cells = Vec::new();
    for (top, height) in runs((0..squares.height()).map(|y| (0..384).any(|x| differs(x, y)))) {
        for (left, width) in runs((0..384).map(|x| differs(x, top + height / 2))) {
            // A square leaves a tenth of an em free on each side; there is room above and below.
            cells.push(Cell { left: left - 2, top: top - 5, width: width + 4, height: height + 10 });
        }
    }
    assert_eq!(cells.len(), characters);
    cells
}

/// A slip of a person with this name, which is said once more in a note: bold in one place and regular in the other.
fn named(name: &str) -> SlipContent {
    SlipContent { worker: name.into(), notes: vec![name.into()], qr: None, ..sample::slip() }
}

#[test]
fn a_slip_draws_every_standard_character_in_both_weights_and_no_two_alike() {
    const NAME: usize = 50;
    static BOLD: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Bold.ttf");
    static REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Regular.ttf");
    let fonts = sample::fonts();
    let blank = "\u{3000}".repeat(NAME);
    let bold = cells(NAME, &fonts, |name| SlipContent { worker: name, ..named(&blank) });
    let regular = cells(NAME, &fonts, |note| SlipContent { notes: vec![note], ..named(&blank) });
    let boxes = [box_of(BOLD, 28), box_of(REGULAR, 26)];
    let mut seen: [HashMap<Shape, char>; 2] = Default::default();
    for name in all().chunks(NAME) {
        // The last name is filled up with blanks, so that all slips are set alike.
        let text: String = name.iter().copied().chain(blank.chars()).take(NAME).collect();
        let made = slip(&named(&text), &fonts, SlipWidth::Dots384).unwrap();
        assert_eq!(made.missing, []);
        for ((cells, seen), silent) in [&bold, &regular].into_iter().zip(&mut seen).zip(&boxes) {
            for (ch, cell) in name.iter().zip(cells) {
                let shape = drawn(&made.paper.picture, *cell);
                assert!(shape.len() > 10, "{ch} is blank");
                assert!(shape != *silent, "{ch} is a silent box");
                if let Some(other) = seen.insert(shape, *ch) {
                    panic!("{ch} looks like {other}");
                }
            }
        }
    }
    assert_eq!(seen.map(|seen| seen.len()), [8_105; 2]);
}

#[test]
fn an_agreement_gives_every_standard_character_back() {
    let text: String = all().iter().collect();
    let mut content = sample::agreement(AgreementType::TaskContract);
    // Bold as a fact of the job, regular as something to read before signing.
    content.job.work = text.clone();
    content.notes = vec![AgreementNote { text: text.clone(), source: "试".into() }];
    let made = agreement(&content, &sample::fonts()).unwrap();
    assert_eq!(made.missing, []);
    let file = Temp::new("agreement.pdf", &made.paper.pdf);
    let copy = made.paper.pages_per_copy.to_string();
    let read = ask("pdftotext", "poppler-utils", &["-l", &copy], &file, &["-"]);
    let mut times: HashMap<char, u32> = HashMap::new();
    for ch in read.chars() {
        *times.entry(ch).or_default() += 1;
    }
    let lost: String = text.chars().filter(|ch| times.get(ch).is_none_or(|times| *times < 2)).collect();
    assert_eq!(lost, "");
}

/// Noto has the first two, HanaMin the next two, nobody the last two.
const RARE: &str = "䶮㛃𪻐𠀋\u{323af}\u{e863}";

fn with_hanazono() -> Fonts {
    let folder = std::path::Path::new("/usr/share/fonts/truetype/hanazono");
    assert!(folder.exists(), "install it: apt install fonts-hanazono");
    Fonts::load(&["HanaMinA.ttf", "HanaMinB.ttf"].map(|name| folder.join(name)))
}

/// Fifty characters, and the same with what stands for those that no font draws.
fn rare_name() -> (String, String) {
    let name: String = RARE.chars().cycle().take(50).collect();
    let shown = name.replace('\u{323af}', "〔U+323AF〕").replace('\u{e863}', "〔U+E863〕");
    (name, shown)
}

#[test]
fn a_slip_shows_each_of_fifty_rare_characters_or_its_code_point() {
    let fonts = with_hanazono();
    let (name, shown) = rare_name();
    for width in SlipWidth::ALL {
        let made = |worker: &str| {
            slip(&SlipContent { worker: worker.into(), ..sample::slip() }, &fonts, width).unwrap()
        };
        let rare = made(&name);
        assert_eq!(rare.missing, ['\u{323af}', '\u{e863}']);
        assert!(rare.paper.picture == made(&shown).paper.picture, "nothing is drawn but this");
        assert_eq!(decoded_by_rqrr(&rare.paper.picture), [sample::TOKEN]);
        // Each takes a line at most.
        let unknown = made(&"\u{323af}".repeat(50));
        assert!(unknown.paper.picture.height() < made("王").paper.picture.height() + 50 * 47);
        assert_eq!(decoded_by_rqrr(&unknown.paper.picture), [sample::TOKEN]);
        for paper in [rare.paper.picture, unknown.paper.picture] {
            let edge = |y: &u32| paper.is_black(0, *y) || paper.is_black(paper.width() - 1, *y);
            assert_eq!((0..paper.height()).find(edge), None, "nothing runs off the paper");
        }
    }
}

#[test]
fn an_agreement_shows_each_of_fifty_rare_characters_or_its_code_point() {
    let (name, shown) = rare_name();
    let mut content = sample::agreement(AgreementType::ServiceAgreement);
    content.worker.name = name;
    let made = agreement(&content, &with_hanazono()).unwrap();
    assert_eq!(made.missing, ['\u{323af}', '\u{e863}']);
    let file = Temp::new("agreement.pdf", &made.paper.pdf);
    let read = ask("pdftotext", "poppler-utils", &["-raw"], &file, &["-"]);
    let read: String = read.split_whitespace().collect();
    assert_eq!(read.matches(&format!("姓名：{shown}")).count(), 2, "{read}");
    let fonts = ask("pdffonts", "poppler-utils", &[], &file, &[]);
    assert_eq!(fonts.lines().skip(2).count(), 3, "Noto Sans SC and both of HanaMin: {fonts}");
}
