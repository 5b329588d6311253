//! Words of the domain as people read them: pay, times, papers. Used on slips, agreements and in messages;
//! the screens have their own message files.

use hall_core::vocab::{Meals, PayUnit, Settlement};
use hall_core::{Day, Instant};

pub(crate) fn unit(unit: PayUnit) -> &'static str {
    match unit {
        PayUnit::Hour => "元/时",
        PayUnit::Day => "元/天",
        PayUnit::Month => "元/月",
        PayUnit::Job => "元/全活",
    }
}

pub(crate) fn settlement(settlement: Settlement) -> &'static str {
    match settlement {
        Settlement::Daily => "当天结",
        Settlement::Weekly => "每周结",
        Settlement::HalfMonthly => "半月结",
        Settlement::Monthly => "每月结",
        Settlement::OnCompletion => "干完结",
    }
}

pub(crate) fn meals(meals: Meals) -> &'static str {
    match meals {
        Meals::None => "不管饭",
        Meals::Lunch => "管一顿饭",
        Meals::All => "管三餐",
    }
}

/// `今天`, `明天`, or `11月23日`.
pub(crate) fn day(day: Day, today: Day) -> String {
    match today.days_until(day) {
        0 => "今天".into(),
        1 => "明天".into(),
        _ => format!("{}月{}日", day.0.month(), day.0.day()),
    }
}

pub(crate) fn clock(at: Instant) -> String {
    at.minute().to_string()
}

/// `刚刚`, `3 分钟前`, or the time.
pub(crate) fn ago(at: Instant, now: Instant) -> String {
    match (now.0 - at.0) / 60_000 {
        ..=0 => "刚刚".into(),
        minutes @ 1..60 => format!("{minutes} 分钟前"),
        _ => moment(at, now.day()),
    }
}

/// `07:40`, and the date before it when that is not today: a paper is read again tomorrow.
pub(crate) fn moment(at: Instant, today: Day) -> String {
    if at.day() == today {
        return clock(at);
    }
    format!("{}月{}日 {}", at.day().0.month(), at.day().0.day(), clock(at))
}

/// `2026年11月21日 07:40`, for a paper that is kept for years.
#[cfg(feature = "lines")]
pub(crate) fn dated(at: Instant) -> String {
    let day = at.day().0;
    format!("{}年{}月{}日 {}", day.year(), day.month(), day.day(), clock(at))
}

/// The ticket's number as it is called out, `A037`: a letter for the machine that gave it, so that two machines
/// without a line never call two people by one number. A machine's thousandth ticket of a day goes without.
pub(crate) fn ticket_number(number: u16) -> String {
    match number
        .checked_div(NUMBERS)
        .and_then(|letter| u8::try_from(letter).ok())
        .filter(|letter| *letter < 26)
    {
        Some(letter) => format!("{}{:03}", char::from(b'A' + letter), number % NUMBERS),
        None => number.to_string(),
    }
}

/// Numbers under one letter.
pub(crate) const NUMBERS: u16 = 1000;
/// Where the numbers without a letter begin.
pub(crate) const UNLETTERED: u16 = 26 * NUMBERS;
