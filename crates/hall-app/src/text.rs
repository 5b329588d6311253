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

/// `07:40`, and the date before it when that is not today: a paper is read again tomorrow.
pub(crate) fn moment(at: Instant, today: Day) -> String {
    if at.day() == today {
        return clock(at);
    }
    format!("{}月{}日 {}", at.day().0.month(), at.day().0.day(), clock(at))
}

/// The ticket's number as it is called out: `A037`.
pub(crate) fn ticket_number(number: u16) -> String {
    format!("A{number:03}")
}
