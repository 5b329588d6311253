//! Texts people type: names, phone numbers, free text. Cleans what is harmless and refuses what cannot be
//! kept or printed; never drops a character of a name silently.

use std::fmt;

/// The longest name that is kept.
pub const NAME_CHARS_MAX: usize = 50;

/// A text that cannot be taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("没有填写内容，请填写后再保存")]
    Empty,
    #[error("内容有 {chars} 个字，最多 {max} 个字，请删短后再保存")]
    TooLong { chars: usize, max: usize },
    #[error("第 {position} 个字符是看不见的控制字符，请删除后重新输入")]
    ControlCharacter { position: usize },
    #[error("第 {position} 个字符是表情符号，无法打印，请删除后重新输入")]
    Emoji { position: usize },
    #[error("第 {position} 个字符是乱码，原来的字已经丢了，请照证件或原文重新输入")]
    Lost { position: usize },
}

impl TextError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacter { .. } => "control_character",
            Self::Emoji { .. } => "emoji",
            Self::Lost { .. } => "lost_character",
        }
    }
}

/// Invisible characters that change how the rest is shown or compared: controls, zero-width and
/// direction marks. Ideographic variation selectors are not among them, they choose the form of a name.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Pictures that no paper of ours can show. Signs that Chinese fonts have always had (★ ☎ ✓) are text.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{FE0F}' | '\u{20E3}')
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}')
}

/// Trims, folds line breaks and tabs to one space, refuses other control characters, emoji and more than
/// `max_chars` characters. An empty text is allowed: whether a field must be filled is the caller's rule.
pub fn clean_text(text: &str, max_chars: usize) -> Result<String, TextError> {
    let mut cleaned = String::with_capacity(text.len());
    for (index, c) in text.trim().chars().enumerate() {
        if matches!(c, '\n' | '\r' | '\t') {
            if !cleaned.ends_with(' ') {
                cleaned.push(' ');
            }
        } else if is_invisible(c) {
            return Err(TextError::ControlCharacter { position: index + 1 });
        } else if is_emoji(c) {
            return Err(TextError::Emoji { position: index + 1 });
        } else if c == char::REPLACEMENT_CHARACTER {
            return Err(TextError::Lost { position: index + 1 });
        } else {
            cleaned.push(c);
        }
    }
    let chars = cleaned.chars().count();
    if chars > max_chars {
        return Err(TextError::TooLong { chars, max: max_chars });
    }
    Ok(cleaned)
}

/// A person's name: 1 to 50 characters, rare characters of every plane welcome. Line breaks and signs are
/// refused too: in a name they are a typing slip.
pub fn check_name(name: &str) -> Result<String, TextError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(TextError::Empty);
    }
    for (index, c) in name.chars().enumerate() {
        if is_invisible(c) {
            return Err(TextError::ControlCharacter { position: index + 1 });
        }
        if is_sign(c) {
            return Err(TextError::Emoji { position: index + 1 });
        }
    }
    clean_text(name, NAME_CHARS_MAX)
}

/// `周胜春` → `周**`: enough for the person to recognise, too little for the onlooker.
pub fn mask_name(name: &str) -> String {
    let mut chars = name.trim().chars();
    match (chars.next(), chars.count()) {
        (None, _) => String::new(),
        (Some(_), 0) => "*".to_owned(),
        (Some(first), 1) => format!("{first}*"),
        (Some(first), _) => format!("{first}**"),
    }
}

/// Full-width forms to their ASCII twins, white space and zero-width characters removed: what a number looks
/// like after a spreadsheet, a chat and an input method have had it.
pub(super) fn fold_number(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).map(fold_width).collect()
}

/// One full-width form to its ASCII twin; every other character stays.
pub(super) fn fold_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// A telephone number, digits only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// What is wrong with a telephone number. The message never repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("没有填写电话，请填写 11 位手机号或带区号的座机号")]
    Empty,
    #[error("电话里有数字以外的字符，请只填数字，座机可用“-”隔开区号")]
    BadCharacter,
    #[error("电话位数不对，手机号是 11 位，座机请带区号，请核对后重填")]
    BadLength,
    #[error("手机号开头不对，应是 13 至 19 开头的 11 位数字，请核对后重填")]
    BadPrefix,
}

impl PhoneError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::BadCharacter => "bad_character",
            Self::BadLength => "bad_length",
            Self::BadPrefix => "bad_prefix",
        }
    }
}

impl Phone {
    /// A mobile of 11 digits, or a landline with its area code. `+86`, hyphens, brackets and spaces are
    /// taken away first.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let folded: String =
            fold_number(text).chars().filter(|c| !matches!(c, '-' | '(' | ')' | '—' | '–' | '－')).collect();
        let digits = folded.strip_prefix("+86").unwrap_or(&folded);
        if digits.is_empty() {
            return Err(PhoneError::Empty);
        }
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PhoneError::BadCharacter);
        }
        let bytes = digits.as_bytes();
        match (bytes[0], bytes.len()) {
            (b'0', 10..=12) => Ok(Self(digits.to_owned())),
            (b'1', 11) if bytes[1] >= b'3' => Ok(Self(digits.to_owned())),
            (b'0' | b'1', _) if bytes.len() != 11 => Err(PhoneError::BadLength),
            (_, 11) => Err(PhoneError::BadPrefix),
            _ => Err(PhoneError::BadLength),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `138****5678`; for a landline the area code and the last two digits stay.
    pub fn masked(&self) -> String {
        let tail = if self.0.starts_with('1') { 4 } else { 2 };
        let head = self.0.len() - tail - 4;
        format!("{}****{}", &self.0[..head.min(4)], &self.0[self.0.len() - tail..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_and_of_fifty_characters_with_rare_ones_are_kept_whole() {
        for name in ["䶮", "王𬭚", "㛃", "𪻐𪻐", "买买提·艾力", "葛\u{E0100}一", "Anna Smith"]
        {
            assert_eq!(check_name(name).as_deref(), Ok(name));
        }
        let long: String = "𬭚".repeat(50);
        assert_eq!(check_name(&long), Ok(long.clone()));
        assert_eq!(check_name(&format!("{long}一")), Err(TextError::TooLong { chars: 51, max: 50 }));
    }

    #[test]
    fn names_that_cannot_be_printed_are_refused_with_the_place() {
        let cases = [
            ("", TextError::Empty),
            (" \u{3000} ", TextError::Empty),
            ("张😀三", TextError::Emoji { position: 2 }),
            ("张三\u{7}丰", TextError::ControlCharacter { position: 3 }),
            ("张\n三", TextError::ControlCharacter { position: 2 }),
            ("张\u{202E}三", TextError::ControlCharacter { position: 2 }),
            ("☀", TextError::Emoji { position: 1 }),
            ("王\u{FFFD}", TextError::Lost { position: 2 }),
        ];
        for (name, expected) in cases {
            assert_eq!(check_name(name), Err(expected), "{name:?}");
            assert!(expected.to_string().contains('请'), "no remedy in {expected}");
        }
    }

    #[test]
    fn free_text_is_trimmed_and_bounded() {
        assert_eq!(clean_text("  搬砖\r\n 包午饭\t ", 20).as_deref(), Ok("搬砖  包午饭"));
        assert_eq!(clean_text("", 5).as_deref(), Ok(""));
        assert_eq!(clean_text("一二三四五六", 5), Err(TextError::TooLong { chars: 6, max: 5 }));
        assert_eq!(clean_text("a\0b", 5), Err(TextError::ControlCharacter { position: 2 }));
        assert_eq!(clean_text("急招📞", 5), Err(TextError::Emoji { position: 3 }));
        assert_eq!(clean_text("★急招☎", 5).as_deref(), Ok("★急招☎"));
    }

    #[test]
    fn names_are_masked_to_the_surname() {
        for (name, masked) in
            [("周胜春", "周**"), ("张三", "张*"), ("龙", "*"), ("", ""), ("欧阳娜娜", "欧**")]
        {
            assert_eq!(mask_name(name), masked);
        }
    }

    #[test]
    fn telephone_numbers() {
        let good = [
            ("13812345678", "138****5678"),
            ("138 1234 5678", "138****5678"),
            ("+86-13812345678", "138****5678"),
            ("１３８１２３４５６７８", "138****5678"),
            ("0536-8234567", "0536****67"),
            ("（0536）8234567", "0536****67"),
            ("010-82345678", "0108****78"),
        ];
        for (text, masked) in good {
            let phone = Phone::parse(text).expect(text);
            assert_eq!(phone.masked(), masked, "{text}");
            assert!(!format!("{phone:?}").contains("345"), "{phone:?}");
        }
        let bad = [
            ("", PhoneError::Empty),
            ("1381234567", PhoneError::BadLength),
            ("138123456789", PhoneError::BadLength),
            ("8234567", PhoneError::BadLength),
            ("12012345678", PhoneError::BadPrefix),
            ("23812345678", PhoneError::BadPrefix),
            ("1381234567a", PhoneError::BadCharacter),
        ];
        for (text, expected) in bad {
            assert_eq!(Phone::parse(text), Err(expected), "{text}");
        }
    }
}
