//! Words of the boundary: what is written is read back, and nothing that can be typed makes a parser fall over.

use std::sync::LazyLock;

use hall_core::rules::{
    CreditCode, FindingCode, IdNumber, Phone, PostText, RuleBook, check_name, check_post, clean_text,
};
use hall_core::{Day, Fen, Minute, OpId};
use proptest::prelude::*;

use crate::sample::day;

fn any_day() -> impl Strategy<Value = Day> {
    (0..=109_572_i32).prop_map(|n| Day::new(1900, 1, 1).unwrap().plus_days(n))
}

proptest! {
    #[test]
    fn a_day_is_read_back(day in any_day()) {
        prop_assert_eq!(day.to_string().parse::<Day>(), Ok(day));
        prop_assert_eq!(Day::from_number(day.number()), Some(day));
        prop_assert_eq!(day.at(Minute(0)).day(), day);
        prop_assert_eq!(day.at(Minute(1439)).day(), day);
        let next = day.plus_days(1);
        if Day::from_number(next.number()).is_some() {
            prop_assert_eq!(day.at(Minute(1440)).day(), next);
        }
    }

    #[test]
    fn days_count_like_whole_numbers(a in any_day(), days in -4000..4000_i32) {
        prop_assert_eq!(a.days_until(a.plus_days(days)), days);
        prop_assert_eq!(a.plus_days(days).plus_days(-days), a);
    }

    #[test]
    fn a_minute_is_read_back(n in 0..=1440_u16) {
        prop_assert_eq!(Minute(n).to_string().parse::<Minute>(), Ok(Minute(n)));
    }

    #[test]
    fn an_id_is_read_back(device: u32, epoch: u16, seq: u64) {
        let id = OpId::new(device, epoch, seq);
        prop_assert_eq!(id.to_string().parse::<OpId>(), Ok(id));
        prop_assert_eq!(OpId::from_bytes(&id.to_bytes()), Some(id));
    }

    #[test]
    fn the_bytes_of_ids_sort_as_the_ids(a: (u32, u16, u64), b: (u32, u16, u64)) {
        let (a, b) = (OpId::new(a.0, a.1, a.2), OpId::new(b.0, b.1, b.2));
        prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
    }

    #[test]
    fn what_reads_as_a_day_or_a_minute_is_one(text in "[0-9+: -]{0,11}") {
        if let Ok(day) = text.parse::<Day>() {
            prop_assert_eq!(day.to_string().parse::<Day>(), Ok(day));
            prop_assert!(Day::from_number(day.number()).is_some());
        }
        if let Ok(minute) = text.parse::<Minute>() {
            prop_assert!(minute.0 <= 1440, "{}", minute);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in any_text()) {
        let today = day("2026-11-20");
        let _ = (text.parse::<Day>().is_ok(), text.parse::<Minute>().is_ok(), text.parse::<OpId>().is_ok());
        let _ = (text.parse::<FindingCode>().is_ok(), CreditCode::parse(&text).is_ok());
        let _ = IdNumber::parse(&text, today).map(|number| number.masked());
        let _ = Phone::parse(&text).map(|phone| phone.masked());
        let _ = (check_name(&text).is_ok(), clean_text(&text, 20).is_ok());
    }

    #[test]
    fn money_is_shown_exactly(fen: u32) {
        let text = Fen(fen).to_string();
        let (yuan, rest) = text.split_once('.').unwrap_or((&text, ""));
        let fraction: u32 = format!("{rest:0<2}").parse().unwrap();
        prop_assert_eq!(yuan.parse::<u64>().unwrap() * 100 + u64::from(fraction), u64::from(fen));
    }
}

/// Its patterns take long to compile.
static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::builtin);

proptest! {
    #[test]
    fn no_post_makes_the_findings_panic(text in any_text()) {
        let found = check_post(&BOOK, &PostText { text: Some(text.clone()), ..PostText::default() });
        for finding in found {
            prop_assert!(finding.phrase.as_ref().is_none_or(|phrase| text.contains(phrase.as_str())));
        }
    }
}

/// Anything at all, and things that look right: digits, full-width forms, hyphens, words of real posts.
fn any_text() -> impl Strategy<Value = String> {
    let words = [
        "男",
        "女",
        "限",
        "18",
        "-",
        "45周岁",
        "押金",
        "１３８",
        "汉族",
        "元/天",
        "身份证",
        "𬭚",
        "\u{200b}",
        "X",
        "：",
    ];
    prop_oneof![
        any::<String>(),
        "[0-9０-９Xx.: -]{0,24}",
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..40).prop_map(|words| words.concat()),
    ]
}
