//! Which of the eight masks makes a code easiest to read: ISO/IEC 18004, 7.8.3.
//!
//! The choice is the library's own; its way of finding it took two thirds of the time of a slip.

use qrcode::canvas::{Canvas, MaskPattern};

use super::Modules;

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The code with the first of the masks that have the lowest penalty.
pub(super) fn masked(canvas: &Canvas, side: usize) -> Modules {
    let with = |mask| {
        let mut canvas = canvas.clone();
        canvas.apply_mask(mask);
        Modules::of(canvas.into_colors(), side)
    };
    let all = MASKS.map(with);
    all.into_iter().min_by_key(penalty).expect("there are eight")
}

fn penalty(code: &Modules) -> u32 {
    let (side, dark) = (code.side as usize, code.dark.as_slice());
    let rows = dark.chunks(side).map(|row| line(row.iter().copied())).sum::<u32>();
    let columns = (0..side).map(|x| line(dark[x..].iter().copied().step_by(side))).sum::<u32>();
    rows + columns + blocks(dark, side) + balance(dark)
}

/// Runs of five and more, and what looks like a finder pattern.
fn line(modules: impl Iterator<Item = bool>) -> u32 {
    let (mut score, mut run, mut last, mut seen) = (0, 0_u32, None, 0_u32);
    for dark in modules {
        run = if last == Some(dark) { run + 1 } else { 1 };
        last = Some(dark);
        score += match run {
            0..=4 => 0,
            5 => 3,
            _ => 1,
        };
        seen = seen << 1 | u32::from(dark);
        score += finder(seen);
    }
    // Around the code it is light.
    for _ in 0..4 {
        seen <<= 1;
        score += finder(seen);
    }
    score
}

/// Dark and light as 1:1:3:1:1 with four light modules on one side or both, counted when the last of it is seen.
fn finder(seen: u32) -> u32 {
    let light_before = seen & 0x7ff == 0b000_0101_1101;
    let light_after_only = seen & 0x7ff == 0b101_1101_0000 && seen >> 11 & 0xf != 0;
    40 * u32::from(light_before || light_after_only)
}

/// Squares of two by two in one colour.
fn blocks(dark: &[bool], side: usize) -> u32 {
    let rows = dark.chunks(side).zip(dark.chunks(side).skip(1));
    let of_rows = |(upper, lower): (&[bool], &[bool])| {
        let pairs = upper.windows(2).zip(lower.windows(2));
        pairs.filter(|(upper, lower)| upper == lower && upper[0] == upper[1]).count() as u32
    };
    3 * rows.map(of_rows).sum::<u32>()
}

/// How far the share of dark modules is from a half, in half per cent.
fn balance(dark: &[bool]) -> u32 {
    let count = dark.iter().filter(|dark| **dark).count();
    (count * 200 / dark.len()).abs_diff(100) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use qrcode::{EcLevel, QrCode};

    use super::*;

    proptest! {
        #[test]
        fn the_choice_is_the_library_s(text in "[0-9A-Z]{1,300}|.{1,80}") {
            let theirs = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap();
            let side = theirs.width();
            prop_assert_eq!(Modules::encode(&text).unwrap(), Modules::of(theirs.into_colors(), side));
        }
    }
}
