//! The kinds of work of the sample: what a hall hears at the counter, as templates with choices.
//!
//! A template is a whole job as a clerk would write it; `[a|b]` is drawn for each post, `[=a|b]` follows the
//! choice that the title made. Nothing here is taken from a real advertisement.

mod building;
mod carrying;
mod fields;
mod homes;
mod making;
mod serving;

use hall_core::vocab::{Meals, PayUnit, Settlement};

/// What an employer does; decides which work it offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sector {
    Building,
    Decor,
    Property,
    Household,
    Moving,
    Logistics,
    Grain,
    Cold,
    Food,
    Garment,
    Glove,
    Steel,
    Machine,
    /// Builds greenhouses.
    Shed,
    Paper,
    Electronics,
    Wood,
    Veg,
    Fruit,
    Restaurant,
    Hotel,
    Security,
    Garden,
    Mall,
    Wholesale,
    Care,
    /// A private person in the county town.
    Townsman,
    /// A private person in a village.
    Villager,
}

/// Where the work is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Site {
    /// The employer's own address, with one of these after it.
    Own(&'static [&'static str]),
    Estate,
    Street,
    Works,
    Roadworks,
    Office,
    Park,
    Square,
    Orchard,
    Greenhouse,
    Land,
    Hospital,
    CareHome,
}

/// Begin, end (`hh:mm`; at or before the begin: on the next day), unpaid rest in minutes.
pub(super) type Shift = (&'static str, &'static str, u16);

/// How long a post runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span {
    One,
    /// Two to so many days on end.
    Days(u32),
    /// So many calendar days, some days of each week.
    Weeks {
        low: u32,
        high: u32,
        days_per_week: u8,
    },
}

/// Hours and pay that belong together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) unit: PayUnit,
    /// Tenths of a yuan: lowest, highest, step.
    pub(super) pay: (u32, u32, u32),
    pub(super) shifts: &'static [Shift],
    pub(super) settlement: Settlement,
    pub(super) span: Span,
}

const fn terms(
    unit: PayUnit,
    pay: (u32, u32, u32),
    shifts: &'static [Shift],
    settlement: Settlement,
) -> Terms {
    Terms { unit, pay, shifts, settlement, span: Span::One }
}

/// Yuan a day, paid the same day.
const fn day(low: u32, high: u32, shifts: &'static [Shift]) -> Terms {
    terms(PayUnit::Day, (low * 10, high * 10, 100), shifts, Settlement::Daily)
}

/// Yuan an hour, in steps of half a yuan, paid the same day.
const fn hour(low: u32, high: u32, shifts: &'static [Shift]) -> Terms {
    terms(PayUnit::Hour, (low * 10, high * 10, 5), shifts, Settlement::Daily)
}

/// Yuan for the whole job, paid when it is done.
const fn job(low: u32, high: u32, shifts: &'static [Shift]) -> Terms {
    terms(PayUnit::Job, (low * 10, high * 10, 200), shifts, Settlement::OnCompletion)
}

/// Yuan a month for a month of work.
const fn month(low: u32, high: u32, days_per_week: u8, shifts: &'static [Shift]) -> Terms {
    Terms {
        span: Span::Weeks { low: 30, high: 30, days_per_week },
        ..terms(PayUnit::Month, (low * 10, high * 10, 1_000), shifts, Settlement::Monthly)
    }
}

impl Terms {
    const fn on(self, span: Span) -> Self {
        Self { span, ..self }
    }

    const fn settled(self, settlement: Settlement) -> Self {
        Self { settlement, ..self }
    }
}

/// How many people a post wants.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crowd {
    One,
    /// Mostly two or three.
    Few,
    /// Two to eight.
    Some,
    /// Eight to forty.
    Many,
}

/// One kind of work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub(super) trade: &'static str,
    pub(super) title: &'static str,
    pub(super) content: &'static str,
    pub(super) by: &'static [Sector],
    pub(super) site: Site,
    pub(super) terms: &'static [Terms],
    pub(super) crowd: Crowd,
    pub(super) meals: &'static [Meals],
    /// Chance in percent that the employer drives people there.
    pub(super) transport: u32,
    /// 录用条件
    pub(super) needs: &'static str,
    /// 劳动保护和职业危害
    pub(super) guard: &'static str,
    /// Codes of the hazard table.
    pub(super) hazards: &'static [&'static str],
    /// Code of the special trade whose certificate the law asks for; empty for none.
    pub(super) certificate: &'static str,
    pub(super) bring: &'static str,
}

/// What most work of the hall has in common; every template says the rest.
const PLAIN: Work = Work {
    trade: "",
    title: "",
    content: "",
    by: &[],
    site: Site::Street,
    terms: &[],
    crowd: Crowd::Some,
    meals: &[Meals::None, Meals::Lunch],
    transport: 10,
    needs: "[能干体力活，听现场安排|手脚利索，能按时到|没干过也行，现场有人教]",
    guard: "[发手套口罩，现场有饮用水|发劳保手套，开工前讲安全|发手套，歇晌有地方坐]",
    hazards: &[],
    certificate: "",
    bring: "",
};

// Whole days of eight hours.
const DAY8: &[Shift] = &[
    ("06:30", "16:30", 120),
    ("07:00", "17:00", 120),
    ("07:00", "16:30", 90),
    ("07:30", "17:00", 90),
    ("07:30", "17:30", 120),
    ("08:00", "17:30", 90),
    ("08:30", "17:30", 60),
];
const EARLY8: &[Shift] =
    &[("06:00", "15:30", 90), ("06:00", "16:00", 120), ("06:30", "16:00", 90), ("07:00", "16:00", 60)];
const LATE8: &[Shift] = &[("09:00", "18:00", 60), ("09:30", "18:30", 60), ("10:00", "19:30", 90)];
const DAY7: &[Shift] =
    &[("08:00", "16:00", 60), ("07:30", "16:00", 90), ("08:30", "17:00", 90), ("09:30", "17:30", 60)];
// Longer than the law's ordinary day.
const DAY9: &[Shift] = &[("07:00", "17:30", 90), ("06:30", "17:00", 90)];
const DAY10: &[Shift] = &[("07:00", "18:30", 90)];
// Parts of a day.
const MORNING4: &[Shift] = &[
    ("06:00", "10:00", 0),
    ("07:00", "11:00", 0),
    ("08:00", "12:00", 0),
    ("08:30", "12:30", 0),
    ("09:00", "13:00", 0),
];
const MORNING3: &[Shift] = &[("06:30", "09:30", 0), ("08:00", "11:00", 0), ("09:00", "12:00", 0)];
const DAWN3: &[Shift] = &[("06:00", "09:00", 0), ("06:30", "09:30", 0)];
const AFTERNOON4: &[Shift] = &[("13:00", "17:00", 0), ("13:30", "17:30", 0), ("14:00", "18:00", 0)];
const HALF5: &[Shift] =
    &[("06:00", "11:00", 0), ("07:00", "12:00", 0), ("13:00", "18:00", 0), ("08:00", "13:00", 0)];
const EVENING4: &[Shift] = &[("16:30", "20:30", 0), ("17:00", "21:00", 0)];
const NOON4: &[Shift] = &[("10:00", "14:00", 0), ("10:30", "14:30", 0)];
const NOON5: &[Shift] = &[("09:30", "14:30", 0), ("10:00", "15:00", 0)];
const NIGHT7: &[Shift] = &[("20:00", "03:30", 30), ("19:30", "03:00", 30)];

/// Every kind of work with its trade's group, and how many posts each trade gets.
pub(super) const GROUPS: &[&[Work]] =
    &[building::WORKS, carrying::WORKS, homes::WORKS, making::WORKS, fields::WORKS, serving::WORKS];

pub(super) const POSTS_OF_TRADE: &[(&str, usize)] = &[
    ("小工", 22),
    ("瓦工", 14),
    ("木工", 8),
    ("钢筋工", 8),
    ("架子工", 4),
    ("油漆工", 9),
    ("管道工", 8),
    ("电工", 6),
    ("焊工", 8),
    ("装卸", 22),
    ("搬家", 9),
    ("分拣", 14),
    ("叉车司机", 5),
    ("保洁", 18),
    ("家政", 9),
    ("护工", 6),
    ("普工", 14),
    ("包装工", 10),
    ("缝纫工", 6),
    ("采摘", 9),
    ("农活", 6),
    ("服务员", 6),
    ("帮厨", 6),
    ("保安", 5),
    ("绿化", 8),
];
