//! The unified social credit code of an organisation (GB 32100), with the organisation code inside it
//! (GB 11714).

use std::fmt;

use super::text::fold_number;

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORG_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A code that has passed every check.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Why a code was refused, with the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    #[error("没有填写统一社会信用代码，请照营业执照输入 18 位代码；个人雇主请改选“个人”")]
    Empty,
    #[error("统一社会信用代码应为 18 位，现在是 {0} 位，请对照营业执照重新输入")]
    BadLength(usize),
    #[error("统一社会信用代码只有数字和大写字母，不用 I、O、S、V、Z，请对照营业执照重新输入")]
    BadCharacter,
    #[error("统一社会信用代码第 3 至 8 位应是数字，请对照营业执照重新输入")]
    BadStructure,
    #[error("统一社会信用代码最后一位校验不符，多半是输错了一位，请对照营业执照重新输入")]
    BadCheck,
    #[error("统一社会信用代码第 9 至 17 位（组织机构代码）校验不符，请对照营业执照重新输入")]
    BadOrgCheck,
}

impl CreditCodeError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::BadLength(_) => "bad_length",
            Self::BadCharacter => "bad_character",
            Self::BadStructure => "bad_structure",
            Self::BadCheck => "bad_check",
            Self::BadOrgCheck => "bad_org_check",
        }
    }
}

fn value(byte: u8) -> Option<u32> {
    ALPHABET.iter().position(|&a| a == byte).map(|at| at as u32)
}

/// The check character of the first 17 characters; `None` when they are not 17 of the alphabet.
pub fn check_character(body: &str) -> Option<char> {
    if body.len() != WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (byte, weight) in body.bytes().zip(WEIGHTS) {
        sum += value(byte)? * weight;
    }
    Some(char::from(ALPHABET[((31 - sum % 31) % 31) as usize]))
}

/// The check character of the 8 characters of an organisation code, where letters count from A = 10 over the
/// whole alphabet.
pub fn org_check_character(body: &str) -> Option<char> {
    if body.len() != ORG_WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (c, weight) in body.chars().zip(ORG_WEIGHTS) {
        sum += c.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

impl CreditCode {
    /// White space is removed, full-width forms are folded, letters are made capitals; then everything must
    /// be right.
    pub fn parse(text: &str) -> Result<Self, CreditCodeError> {
        let text = fold_number(text).to_ascii_uppercase();
        if text.is_empty() {
            return Err(CreditCodeError::Empty);
        }
        let length = text.chars().count();
        if length != 18 {
            return Err(CreditCodeError::BadLength(length));
        }
        if !text.bytes().all(|byte| value(byte).is_some()) {
            return Err(CreditCodeError::BadCharacter);
        }
        if !text[2..8].bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CreditCodeError::BadStructure);
        }
        if !text.ends_with(|last| check_character(&text[..17]) == Some(last)) {
            return Err(CreditCodeError::BadCheck);
        }
        if !text[..17].ends_with(|last| org_check_character(&text[8..16]) == Some(last)) {
            return Err(CreditCodeError::BadOrgCheck);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An organisation's code is public; it may be shown whole.
impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreditCode({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(head: &str, org: &str) -> String {
        let body = format!("{head}{org}{}", org_check_character(org).unwrap());
        format!("{body}{}", check_character(&body).unwrap())
    }

    #[test]
    fn weights_are_powers_of_three() {
        let mut power = 1;
        for weight in WEIGHTS {
            assert_eq!(weight, power);
            power = power * 3 % 31;
        }
    }

    #[test]
    fn every_reason_to_refuse_has_its_code() {
        let good = made("92370799", "MA3K7Q1T");
        assert_eq!(CreditCode::parse(&format!(" {} ", good.to_lowercase())).unwrap().as_str(), good);
        let body = format!("92370799MA3K7Q1T{}", if good.as_bytes()[16] == b'0' { '1' } else { '0' });
        let bad_org = format!("{body}{}", check_character(&body).unwrap());
        let cases = [
            (String::new(), "empty"),
            (good[..17].to_owned(), "bad_length"),
            (format!("{good}0"), "bad_length"),
            (good.replacen('M', "I", 1), "bad_character"),
            (good.replacen('M', "王", 1), "bad_character"),
            (made("92A70799", "MA3K7Q1T"), "bad_structure"),
            (good.replacen('7', "8", 1), "bad_check"),
            (bad_org, "bad_org_check"),
        ];
        for (text, code) in cases {
            let error = CreditCode::parse(&text).unwrap_err();
            assert_eq!(error.code(), code, "{text}");
            assert!(error.to_string().contains('请'), "no remedy in {error}");
        }
    }

    proptest! {
        #[test]
        fn a_generated_code_passes_and_any_changed_character_fails(
            kind in "[1-9A][1-9]",
            area in 100_000_u32..999_999,
            org in "[0-9ABCDEFGHJKLMNPQRTUWXY]{8}",
            at in 0_usize..18,
            by in 1_usize..31,
        ) {
            let text = made(&format!("{kind}{area}"), &org);
            prop_assert!(CreditCode::parse(&text).is_ok());

            let mut bytes = text.into_bytes();
            let old = value(bytes[at]).unwrap() as usize;
            bytes[at] = ALPHABET[(old + by) % 31];
            prop_assert!(CreditCode::parse(&String::from_utf8(bytes).unwrap()).is_err());
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            if let Err(error) = CreditCode::parse(&text) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
