//! Hours of a post, and whether one person can work two of them.

use hall_core::entity::Span;
use hall_core::{Instant, Minute};
use proptest::prelude::*;

use crate::sample::{at, day, minute};

/// `20-21 22:00-06:00`, days of November 2026.
fn span(text: &str) -> Span {
    let (days, hours) = text.split_once(' ').unwrap();
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (start, end) = hours.split_once('-').unwrap();
    let november = |n: &str| day(&format!("2026-11-{n}"));
    Span { first_day: november(first), last_day: november(last), start: minute(start), end: minute(end) }
}

#[test]
fn one_person_cannot_work_two_shifts_that_meet() {
    let cases = [
        // The same day.
        ("20 08:00-12:00", "20 08:00-12:00", true),
        ("20 08:00-12:00", "20 11:59-17:00", true),
        ("20 08:00-12:00", "20 12:00-17:00", false),
        ("20 08:00-17:00", "20 10:00-11:00", true),
        ("20 08:00-12:00", "21 08:00-12:00", false),
        // A night shift ends on the next day.
        ("20 22:00-06:00", "21 05:59-10:00", true),
        ("20 22:00-06:00", "21 06:00-10:00", false),
        ("20 22:00-06:00", "20 17:00-22:00", false),
        ("20 22:00-06:00", "20 17:00-22:01", true),
        ("20 22:00-06:00", "20 05:00-08:00", false),
        ("20 22:00-06:00", "21 22:00-06:00", false),
        // From midnight to midnight: end equal to start is a whole day.
        ("20 00:00-24:00", "20 23:59-00:30", true),
        ("20 00:00-24:00", "21 00:00-01:00", false),
        ("20 08:00-08:00", "21 07:59-09:00", true),
        ("20 08:00-08:00", "21 08:00-09:00", false),
        // Several days: only the shifts count, not the time between.
        ("20-22 08:00-12:00", "21 13:00-17:00", false),
        ("20-22 08:00-12:00", "22 11:00-17:00", true),
        ("20-22 08:00-12:00", "23 08:00-12:00", false),
        ("20-22 08:00-12:00", "19-25 12:00-08:00", false),
        ("20-22 22:00-06:00", "21-23 05:00-09:00", true),
        ("20-22 22:00-06:00", "23 05:00-09:00", true),
        ("20-22 22:00-06:00", "24 05:00-09:00", false),
        ("20-22 22:00-06:00", "20 05:00-09:00", false),
        ("20-22 22:00-06:00", "20-23 06:00-22:00", false),
    ];
    for (a, b, meet) in cases {
        assert_eq!(span(a).overlaps(span(b)), meet, "{a} and {b}");
        assert_eq!(span(b).overlaps(span(a)), meet, "{b} and {a}");
    }
}

#[test]
fn a_span_knows_its_length_and_its_ends() {
    let cases = [
        ("20 09:30-17:30", 480, 1, "2026-11-20 09:30", "2026-11-20 17:30"),
        ("20 22:00-06:00", 480, 1, "2026-11-20 22:00", "2026-11-21 06:00"),
        ("20-22 22:00-06:00", 480, 3, "2026-11-20 22:00", "2026-11-23 06:00"),
        ("20 08:00-08:00", 1440, 1, "2026-11-20 08:00", "2026-11-21 08:00"),
        ("20 00:00-24:00", 1440, 1, "2026-11-20 00:00", "2026-11-21 00:00"),
        ("22-20 08:00-12:00", 240, 0, "2026-11-22 08:00", "2026-11-20 12:00"),
    ];
    for (text, minutes, days, begins, ends) in cases {
        let span = span(text);
        let shown = (span.shift_minutes(), span.days(), span.begins(), span.ends());
        assert_eq!(shown, (minutes, days, at(begins), at(ends)), "{text}");
    }
}

fn any_span() -> impl Strategy<Value = Span> {
    (0..12_i32, 0..5_i32, 0..1440_u16, 0..=1440_u16).prop_map(|(first, more, start, end)| {
        let first_day = day("2026-11-20").plus_days(first);
        Span { first_day, last_day: first_day.plus_days(more), start: Minute(start), end: Minute(end) }
    })
}

/// When each shift begins, and when it ends.
fn shifts(span: Span) -> Vec<(Instant, Instant)> {
    let begins = (0..i32::from(span.days())).map(|n| span.first_day.plus_days(n).at(span.start));
    begins.map(|begins| (begins, begins.plus_ms(i64::from(span.shift_minutes()) * 60_000))).collect()
}

proptest! {
    /// Two shifts meet when one of them begins while the other runs.
    #[test]
    fn spans_meet_exactly_when_a_shift_begins_in_a_shift(a in any_span(), b in any_span()) {
        let begins_in = |a, b| {
            let running = shifts(b);
            shifts(a).iter().any(|(at, _)| running.iter().any(|(begins, ends)| begins <= at && at < ends))
        };
        let meet = begins_in(a, b) || begins_in(b, a);
        prop_assert_eq!(a.overlaps(b), meet);
        prop_assert_eq!(b.overlaps(a), meet);
    }
}
