//! Crockford's Base32: digits and capital letters without I, L, O and U, so that it fits the alphanumeric
//! mode of a QR code, survives a keyboard-wedge scanner and can be read out over a telephone.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The character for the low five bits of `value`.
pub fn character(value: u8) -> char {
    char::from(ALPHABET[usize::from(value & 31)])
}

/// The value of a character, as a person or a scanner may give it: lower case, I and L for 1, O for 0, and
/// the full-width forms that a Chinese input method makes of them.
pub fn value(character: char) -> Option<u8> {
    let ascii = half_width(character)?.to_ascii_uppercase();
    let ascii = match ascii {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    };
    ALPHABET.iter().position(|&c| c == ascii).map(|position| position as u8)
}

/// What people and machines put between groups of characters.
pub fn is_separator(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{feff}' | '\u{200b}')
        || character.is_whitespace()
}

fn half_width(character: char) -> Option<u8> {
    match character {
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(u32::from(character) - 0xff01 + 0x21).ok(),
        _ => u8::try_from(u32::from(character)).ok().filter(u8::is_ascii),
    }
}

/// Upper-case text, most significant bits first, the last character filled up with zero bits.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut held, mut bits) = (0_u32, 0);
    for &byte in bytes {
        held = held << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(character((held >> bits) as u8));
        }
    }
    if bits > 0 {
        text.push(character((held << (5 - bits)) as u8));
    }
    text
}

/// `None` for a foreign character, an impossible length or fill bits that are not zero. Separators are
/// skipped.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut held, mut bits) = (0_u32, 0);
    for c in text.chars().filter(|c| !is_separator(*c)) {
        held = held << 5 | u32::from(value(c)?);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    let fill = held & ((1 << bits) - 1);
    (bits < 5 && fill == 0).then_some(bytes)
}
