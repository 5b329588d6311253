//! The test sheet of an A4 printer: who it is, a code to scan, and what agreements need of it.
//!
//! An agreement that loses an edge loses words of a contract, so its printable area is framed; and its smallest words
//! must be read by old eyes.

use hall_core::Day;

use super::compose::{BODY, BOTTOM, LEFT, RIGHT, SMALL, centred};
use crate::fonts::{Fonts, Glyph, Weight};
use crate::pdf::{self, Info, Item, Sheet, WIDTH};
use crate::qr::Modules;
use crate::slip::TestPageContent;
use crate::{PrintError, Rendered};

/// A millimetre in points.
const MM: f32 = 72.0 / 25.4;
const TOP: f32 = 34.0;
const QR: f32 = 70.0;

/// Sets a test sheet; `date` is what viewers of the file show.
pub fn test_sheet(
    content: &TestPageContent,
    date: Day,
    fonts: &Fonts,
) -> Result<Rendered<Vec<u8>>, PrintError> {
    let mut missing = Vec::new();
    let mut shape = |words: &str| fonts.shape(words, Weight::Regular, &mut missing);
    let mut sheet = edges();
    for (words, y, size) in [
        (content.hall.as_str(), 80.0, 12.0),
        ("打印机测试", 104.0, 24.0),
        (&content.printer, 140.0, 10.0),
        (&content.printed, 156.0, 10.0),
        ("扫一扫，读得出就好", 278.0, 10.0),
        ("外框四边都看得见、不缺角，协议就不会缺字", 330.0, 12.0),
        ("格子横竖一样宽、线不断，就是没有走歪、没有卡滞", 350.0, 12.0),
    ] {
        sheet.push(centred(shape(words), LEFT, RIGHT, y, size));
    }
    sheet.push(Item::Qr { x: (WIDTH - QR) / 2.0, y: 196.0, side: QR });
    sheet.extend(grid(380.0));
    sheet.extend(words(&mut shape, 610.0));
    let info = Info { title: "打印机测试", author: &content.hall, date };
    // A file has copies of bodies with edges; this one has one copy, and nothing at its edge.
    let paper = pdf::write(&[sheet], &[Sheet::new()], &Modules::encode(&content.qr)?, &info, fonts)?;
    Ok(Rendered { paper, missing })
}

/// The area that agreements print on, and a scale of millimetres down its side.
fn edges() -> Sheet {
    let (width, height) = (RIGHT - LEFT, BOTTOM + 22.0 - TOP);
    let mut sheet = vec![Item::Frame { x: LEFT, y: TOP, width, height, thick: 1.0 }];
    for (n, mm) in (0_u16..).zip(0..(height / MM) as u16) {
        let (y, long) = (TOP + f32::from(mm) * MM, if n.is_multiple_of(10) { 10.0 } else { 4.0 });
        sheet.push(Item::Rule { from: (LEFT, y), to: (LEFT + long, y), thick: 0.4 });
    }
    sheet
}

/// Squares of five millimetres in the thinnest line of an agreement.
fn grid(top: f32) -> Sheet {
    let (across, down, side) = (24_u8, 14_u8, 5.0 * MM);
    let left = (WIDTH - f32::from(across) * side) / 2.0;
    let (right, foot) = (left + f32::from(across) * side, top + f32::from(down) * side);
    let upright = (0..=across).map(|n| left + f32::from(n) * side).map(|x| ((x, top), (x, foot)));
    let level = (0..=down).map(|n| top + f32::from(n) * side).map(|y| ((left, y), (right, y)));
    upright.chain(level).map(|(from, to)| Item::Rule { from, to, thick: 0.5 }).collect()
}

/// The sizes of an agreement, down to the smallest.
fn words(shape: &mut impl FnMut(&str) -> Vec<Glyph>, top: f32) -> Sheet {
    let sizes = [14.0, BODY, SMALL];
    let lines = sizes.into_iter().zip(0_u8..).map(|(size, n)| {
        let glyphs = shape("工资每天260元（大写：贰佰陆拾元整），䶮𬭚㛃，要看得清每一笔");
        centred(glyphs, LEFT, RIGHT, top + f32::from(n) * 24.0, size)
    });
    lines.collect()
}
