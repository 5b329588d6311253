//! Breaking glyphs into lines the way Chinese is set.
//!
//! A line never begins with closing punctuation nor ends with an opening bracket, and a number, a code or a
//! Latin word stays whole unless it is longer than a line.

use crate::fonts::Glyph;

/// Closing punctuation: may not begin a line.
const NOT_FIRST: &str = "、。，．！？：；·…—～）〕】》〉」』”’％‰℃!?,.:;)]}%/";
/// May not end a line.
const NOT_LAST: &str = "（〔【《〈「『“‘￥＄￡([{$";

/// Stays with the number before it.
const UNITS: &str = "元角分年月日时点号名人岁天周米栋楼";

/// The width of a line of glyphs in ems, spaces at its end not counted.
pub(crate) fn width(line: &[Glyph]) -> f32 {
    let end = line.iter().rposition(|g| g.ch != ' ').map_or(0, |last| last + 1);
    line[..end].iter().map(|g| g.advance).sum()
}

/// Breaks `glyphs` into lines no wider than `limit` ems (a single glyph wider than that stands alone). No
/// glyph is lost except line feeds and the spaces at which a line is broken.
pub(crate) fn wrap(glyphs: &[Glyph], limit: f32) -> Vec<Vec<Glyph>> {
    let mut lines = Vec::new();
    for paragraph in glyphs.split(|g| g.ch == '\n') {
        let mut rest = paragraph;
        loop {
            let end = line_end(rest, limit);
            let (line, after) = rest.split_at(end);
            lines.push(trim_end(line).to_vec());
            let skip = after.iter().take_while(|g| g.ch == ' ').count();
            rest = &after[skip..];
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

fn trim_end(line: &[Glyph]) -> &[Glyph] {
    let end = line.iter().rposition(|g| g.ch != ' ').map_or(0, |last| last + 1);
    &line[..end]
}

/// How many glyphs go on the next line: at least one.
fn line_end(glyphs: &[Glyph], limit: f32) -> usize {
    let mut used = 0.0;
    let mut fits = glyphs.len();
    for (n, glyph) in glyphs.iter().enumerate() {
        used += glyph.advance;
        // A tenth of a thousandth of an em forgives rounding, so that a line that just fits does fit.
        if used > limit + 1e-4 && glyph.ch != ' ' {
            fits = n.max(1);
            break;
        }
    }
    if fits == glyphs.len() {
        return fits;
    }
    // Back to the nearest place where a break is allowed; when a line has none, break where it is full.
    (1..=fits).rev().find(|at| breakable(glyphs[at - 1].ch, glyphs[*at])).unwrap_or(fits)
}

/// Whether a line may end between `before` and `next`.
fn breakable(before: char, next: Glyph) -> bool {
    // An accent, which stands on the letter before it.
    if next.advance == 0.0 {
        return false;
    }
    let after = next.ch;
    if before == ' ' {
        return true;
    }
    if after == ' ' {
        return false;
    }
    let number_with_unit = before.is_ascii_digit() && UNITS.contains(after);
    let span = "—–～~".contains(before) && after.is_ascii_digit();
    let word = part_of_word(before) && part_of_word(after);
    !word && !span && !number_with_unit && !NOT_FIRST.contains(after) && !NOT_LAST.contains(before)
}

fn part_of_word(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || "+-_.@/:*#&'".contains(ch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::{Fonts, Weight};

    fn lines(text: &str, limit: f32) -> Vec<String> {
        let glyphs = Fonts::load(&[]).shape(text, Weight::Regular, &mut Vec::new());
        wrap(&glyphs, limit).iter().map(|line| line.iter().map(|g| g.ch).collect()).collect()
    }

    #[test]
    fn punctuation_and_numbers_are_not_torn_apart() {
        let table: &[(&str, f32, &[&str])] = &[
            ("", 4.0, &[""]),
            ("搬家，卸货。", 2.0, &["搬", "家，", "卸", "货。"]),
            ("每天（含饭）结清", 3.0, &["每天", "（含", "饭）结", "清"]),
            ("工钱共260元整", 4.0, &["工钱共", "260元整"]),
            ("一\n\n二", 4.0, &["一", "", "二"]),
            ("电话 13800000000 王", 6.5, &["电话", "13800000000", "王"]),
            ("AAAAAAAAAAAA", 3.0, &["AAAA", "AAAA", "AAAA"]),
            ("。。。", 1.0, &["。", "。", "。"]),
            ("字", 0.5, &["字"]),
            ("今天 09:30—17:30", 6.0, &["今天", "09:30—17:30"]),
            ("一二e\u{301}三", 2.6, &["一二e\u{301}", "三"]),
            ("一二\u{302a}三", 2.0, &["一二\u{302a}", "三"]),
        ];
        for (text, limit, want) in table {
            assert_eq!(lines(text, *limit), *want, "{text} at {limit}");
        }
    }

    #[test]
    fn nothing_is_lost() {
        let text = "甲（乙）丙、丁。1 2 3「戊」".repeat(9);
        for limit in [0.5, 1.0, 2.0, 3.3, 7.0, 100.0] {
            let kept: String = lines(&text, limit).concat();
            assert_eq!(kept.replace(' ', ""), text.replace(' ', ""), "{limit}");
        }
    }
}
