use std::collections::HashSet;

use hall_core::OpId;
use hall_log::{ShortCode, ShortCodeError};
use proptest::prelude::*;

#[test]
fn no_code_comes_twice_in_a_series() {
    // Each step of the scramble is one to one; a sample of two million shows that no step was mistyped.
    let mut seen = HashSet::new();
    for seq in (1..=1_000_000).chain((1 << 25) - 1_000_000..1 << 25) {
        assert!(seen.insert(ShortCode::of(OpId::new(4, 1, seq))), "{seq}");
    }
}

#[test]
fn a_code_is_read_as_people_write_it() {
    let code = ShortCode::of(OpId::new(4, 1, 77));
    let text = code.to_string();
    assert_eq!((text.len(), text.as_bytes()[4]), (7, b'-'));
    let wide: String = text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    for written in
        [text.to_lowercase(), text.replace('-', " "), text.replace('-', ""), format!(" {text}\n"), wide]
    {
        assert_eq!(written.parse(), Ok(code), "{written}");
    }
    let spoken: String = text
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'l',
            c => c,
        })
        .collect();
    assert_eq!(spoken.parse(), Ok(code));
}

#[test]
fn a_wrong_code_says_what_is_wrong() {
    assert_eq!("7K4M".parse::<ShortCode>(), Err(ShortCodeError::Length { found: 4 }));
    assert_eq!("7K4M2QQ".parse::<ShortCode>(), Err(ShortCodeError::Length { found: 7 }));
    assert_eq!("7K4M-2U".parse::<ShortCode>(), Err(ShortCodeError::Character('U')));
    assert_eq!("".parse::<ShortCode>(), Err(ShortCodeError::Length { found: 0 }));
}

proptest! {
    #[test]
    fn a_code_finds_its_op(device: u32, epoch: u16, seq in 1_u64..1 << 40, later in 0_u64..1 << 25) {
        let code = ShortCode::of(OpId::new(device, epoch, seq));
        let head = seq + later;
        prop_assert_eq!(code.seq_in(device, epoch, head), Some(seq));
        prop_assert_eq!(code.to_string().parse::<ShortCode>(), Ok(code));
    }

    #[test]
    fn a_code_never_finds_an_op_that_is_not_there(device: u32, epoch: u16, seq in 1_u64..1 << 25, head in 0_u64..1 << 25) {
        let found = ShortCode::of(OpId::new(device, epoch, seq)).seq_in(device, epoch, head);
        prop_assert_eq!(found, (seq <= head).then_some(seq));
    }

    #[test]
    fn one_wrong_character_is_caught(seq: u64, position in 0_usize..6, shift in 1_u8..32) {
        let mut text: Vec<char> = ShortCode::of(OpId::new(4, 1, seq)).to_string().replace('-', "").chars().collect();
        let value = hall_log::base32::value(text[position]).unwrap();
        text[position] = hall_log::base32::character((value + shift) % 32);
        let text: String = text.into_iter().collect();
        prop_assert_eq!(text.parse::<ShortCode>(), Err(ShortCodeError::Check));
    }

    #[test]
    fn two_swapped_neighbours_are_caught(seq: u64, position in 0_usize..5) {
        let mut text: Vec<char> = ShortCode::of(OpId::new(4, 1, seq)).to_string().replace('-', "").chars().collect();
        let same = text[position] == text[position + 1];
        text.swap(position, position + 1);
        let text: String = text.into_iter().collect();
        prop_assert_eq!(text.parse::<ShortCode>().is_ok(), same);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,12}") {
        if let Ok(code) = text.parse::<ShortCode>() {
            prop_assert_eq!(code.to_string().parse::<ShortCode>(), Ok(code));
        }
    }
}
