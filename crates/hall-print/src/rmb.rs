//! Amounts in the capital figures (大写) that cannot be altered by a pen stroke.

use hall_core::Fen;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

/// `贰佰陆拾元整`. A zero between figures is read once; an amount that ends before fen ends in 整.
pub fn capital_yuan(amount: Fen) -> String {
    let (yuan, jiao, fen) = (amount.0 / 100, amount.0 / 10 % 10, amount.0 % 10);
    let digit = |n: u32| DIGITS[n as usize];
    let mut text = if amount.0 == 0 { "零".to_owned() } else { whole(yuan) };
    if !text.is_empty() {
        text.push('元');
    }
    match (jiao, fen) {
        (0, 0) => text.push('整'),
        (jiao, 0) => text.extend([digit(jiao), '角', '整']),
        (0, fen) => {
            if yuan > 0 {
                text.push('零');
            }
            text.extend([digit(fen), '分']);
        }
        (jiao, fen) => text.extend([digit(jiao), '角', digit(fen), '分']),
    }
    text
}

/// The whole yuan; nothing for an amount below one yuan.
fn whole(yuan: u32) -> String {
    let digits = yuan.to_string();
    let mut text = String::new();
    let mut zero = false;
    let mut group_used = false;
    for (digit, place) in digits.bytes().map(|b| usize::from(b - b'0')).zip((0..digits.len()).rev()) {
        if digit == 0 {
            zero = true;
        } else {
            if zero && !text.is_empty() {
                text.push('零');
            }
            zero = false;
            text.push(DIGITS[digit]);
            text.extend([None, Some('拾'), Some('佰'), Some('仟')][place % 4]);
            group_used = true;
        }
        if place % 4 == 0 && place > 0 && group_used {
            text.push(if place == 8 { '亿' } else { '万' });
            group_used = false;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capital_figures() {
        let table = [
            (0, "零元整"),
            (1, "壹分"),
            (50, "伍角整"),
            (5, "伍分"),
            (100, "壹元整"),
            (1_000, "壹拾元整"),
            (2_250, "贰拾贰元伍角整"),
            (26_000, "贰佰陆拾元整"),
            (20_800, "贰佰零捌元整"),
            (10_001, "壹佰元零壹分"),
            (12_034, "壹佰贰拾元叁角肆分"),
            (100_000, "壹仟元整"),
            (1_000_505, "壹万零伍元零伍分"),
            (10_000_000, "壹拾万元整"),
            (10_100_000, "壹拾万零壹仟元整"),
            (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
            (100_000_100, "壹佰万零壹元整"),
            (1_000_000_000, "壹仟万元整"),
            (4_294_967_295, "肆仟贰佰玖拾肆万玖仟陆佰柒拾贰元玖角伍分"),
        ];
        for (fen, want) in table {
            assert_eq!(capital_yuan(Fen(fen)), want, "{fen}");
        }
    }
}
