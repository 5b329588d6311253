//! The citizen identity number of 18 characters (GB 11643).
//!
//! Never shown whole: `Debug` and every error leave the number out, [`IdNumber::masked`] is what screens
//! get. The area code is not looked up, because codes are withdrawn and people keep their number.

use std::fmt;

use super::text::fold_number;
use crate::time::Day;
use crate::vocab::Sex;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// A number that has passed every check.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNumber {
    text: String,
    birth: Day,
}

/// Why a number was refused, with the remedy. The message never repeats the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    #[error("没有填写身份证号，请刷身份证或输入 18 位号码")]
    Empty,
    #[error("身份证号应为 18 位，现在是 {0} 位，请对照身份证重新输入")]
    BadLength(usize),
    #[error("身份证号前 17 位只能是数字，最后一位是数字或 X，请对照身份证重新输入")]
    BadCharacter,
    #[error("身份证号最后一位校验不符，多半是输错了一位，请对照身份证重新输入")]
    BadCheck,
    #[error("身份证号里的出生日期不存在，请对照身份证重新输入")]
    BadDate,
    #[error("身份证号里的出生日期晚于今天，请对照身份证重新输入，并检查本机日期")]
    FutureBirth,
    #[error("这是 15 位的一代身份证号，2013 年 1 月 1 日起已停用，请使用现在的 18 位身份证")]
    Legacy15,
}

impl IdNumberError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::BadLength(_) => "bad_length",
            Self::BadCharacter => "bad_character",
            Self::BadCheck => "bad_check",
            Self::BadDate => "bad_date",
            Self::FutureBirth => "future_birth",
            Self::Legacy15 => "legacy_15",
        }
    }
}

/// The check character of the first 17 digits; `None` when they are not 17 digits.
pub fn check_character(digits: &str) -> Option<char> {
    let bytes = digits.as_bytes();
    if bytes.len() != WEIGHTS.len() || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(char::from(CHECKS[(sum % 11) as usize]))
}

impl IdNumber {
    /// White space is removed, full-width forms are folded, `x` becomes `X`; then everything must be right.
    pub fn parse(text: &str, today: Day) -> Result<Self, IdNumberError> {
        let text = fold_number(text).to_ascii_uppercase();
        if text.is_empty() {
            return Err(IdNumberError::Empty);
        }
        let length = text.chars().count();
        if length == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdNumberError::Legacy15);
        }
        if length != 18 {
            return Err(IdNumberError::BadLength(length));
        }
        let (Some(body), Some(last)) = (text.get(..17), text.chars().next_back()) else {
            return Err(IdNumberError::BadCharacter);
        };
        let Some(check) = check_character(body).filter(|_| last.is_ascii_digit() || last == 'X') else {
            return Err(IdNumberError::BadCharacter);
        };
        if last != check {
            return Err(IdNumberError::BadCheck);
        }
        let birth = body[6..14].parse().ok().and_then(Day::from_number).ok_or(IdNumberError::BadDate)?;
        if birth > today {
            return Err(IdNumberError::FutureBirth);
        }
        Ok(Self { text, birth })
    }

    pub fn birth(&self) -> Day {
        self.birth
    }

    pub fn sex(&self) -> Sex {
        if self.text.as_bytes()[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// `370705********1234`
    pub fn masked(&self) -> String {
        format!("{}********{}", &self.text[..6], &self.text[14..])
    }

    /// The whole number: for sealing, for the agreement, never for a screen or a log.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> Day {
        Day::new(2026, 11, 20).unwrap()
    }

    fn with_check(body: &str) -> String {
        format!("{body}{}", check_character(body).unwrap())
    }

    #[test]
    fn the_example_of_the_standard_is_a_woman_born_on_the_last_day_of_1949() {
        let id = IdNumber::parse("11010519491231002X", today()).unwrap();
        assert_eq!((id.birth().number(), id.sex()), (19_491_231, Sex::Female));
        assert_eq!(id.masked(), "110105********002X");
        assert_eq!(format!("{id:?}"), "IdNumber(110105********002X)");
    }

    #[test]
    fn numbers_are_cleaned_before_they_are_checked() {
        for text in [
            " 110105 19491231 002x ",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105\u{3000}19491231\u{200B}002X",
            "11010519491231002ｘ",
        ] {
            assert_eq!(IdNumber::parse(text, today()).unwrap().as_str(), "11010519491231002X");
        }
    }

    #[test]
    fn every_reason_to_refuse_has_its_code() {
        let cases = [
            (String::new(), "empty"),
            (" \u{3000}\t".into(), "empty"),
            ("1101051949123100".into(), "bad_length"),
            ("1101051949123100210".into(), "bad_length"),
            ("11010519491231".to_owned() + "A", "bad_length"),
            ("110105491231002".into(), "legacy_15"),
            ("1101051949123100AX".into(), "bad_character"),
            ("X1010519491231002X".into(), "bad_character"),
            ("11010519491231002Y".into(), "bad_character"),
            ("一二三四五六七八九十一二三四五六七八".into(), "bad_character"),
            ("110105194912310021".into(), "bad_check"),
            (with_check("37079919900230123"), "bad_date"),
            (with_check("37079919901301123"), "bad_date"),
            (with_check("37079918000101123"), "bad_date"),
            (with_check("37079920261121123"), "future_birth"),
            (with_check("37079920991231123"), "future_birth"),
        ];
        for (text, code) in cases {
            let error = IdNumber::parse(&text, today()).unwrap_err();
            assert_eq!(error.code(), code, "{text}");
            assert!(error.to_string().contains('请'), "no remedy in {error}");
            assert!(text.len() < 6 || !error.to_string().contains(&text), "{error} shows the number");
        }
        assert!(IdNumber::parse(&with_check("37079920261120123"), today()).is_ok(), "born today");
        assert!(IdNumber::parse(&with_check("99999920000229124"), today()).is_ok(), "unknown area, leap day");
    }

    proptest! {
        #[test]
        fn a_generated_number_passes_and_any_changed_digit_fails(
            area in 100_000_u32..999_999,
            days in 0_i32..46_000,
            order in 0_u32..1_000,
            at in 0_usize..18,
            by in 1_u8..10,
        ) {
            let birth = Day::new(1900, 1, 1).unwrap().plus_days(days);
            let text = with_check(&format!("{area}{}{order:03}", birth.number()));
            let id = IdNumber::parse(&text, today()).unwrap();
            prop_assert_eq!(id.birth(), birth);
            prop_assert_eq!(id.sex() == Sex::Male, order % 2 == 1);

            let mut bytes = text.into_bytes();
            bytes[at] = if bytes[at] == b'X' { b'0' + by } else { b'0' + (bytes[at] - b'0' + by) % 10 };
            prop_assert!(IdNumber::parse(&String::from_utf8(bytes).unwrap(), today()).is_err());
        }

        #[test]
        fn no_text_panics_or_is_shown(text in "\\PC{0,24}") {
            if let Err(error) = IdNumber::parse(&text, today()) {
                prop_assert!(!error.code().is_empty());
            }
        }

        #[test]
        fn no_digits_panic(text in "[0-9xX０-９ ]{0,20}") {
            let _ = IdNumber::parse(&text, today());
        }
    }
}
