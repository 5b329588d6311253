//! The 240 posts of a market morning, from the templates in [`super::work`].
//!
//! Days are offsets from the day of loading, so that the sample is always today's. It is meant to be loaded
//! before dawn (about 05:00): no post of the first day begins before six.

use hall_core::vocab::{EmployerKind, Meals, PayUnit, Settlement};
use serde::{Deserialize, Serialize};

use super::draw::Draw;
use super::employers::Employer;
use super::names::{
    CARE_HOMES, ESTATES, GREENHOUSES, HOSPITALS, LANDS, OFFICES, ORCHARDS, PARKS, ROADWORKS, SQUARES,
    STREETS, WORKS_SITES,
};
use super::work::{Crowd, GROUPS, POSTS_OF_TRADE, Sector, Shift, Site, Span, Terms, Work};

/// A line of `posts.json`: the desk's form with offsets for days, a key for the employer, and no field that has
/// the form's default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SamplePost {
    pub(super) key: String,
    pub(super) employer_key: String,
    pub(super) trade: String,
    pub(super) title: String,
    pub(super) content: String,
    pub(super) address: String,
    pub(super) first_day_offset: u16,
    pub(super) last_day_offset: u16,
    pub(super) start: String,
    pub(super) end: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) rest_minutes: u16,
    #[serde(default, skip_serializing_if = "is_none_a_week")]
    pub(super) days_per_week: u8,
    pub(super) places: String,
    pub(super) pay: String,
    pub(super) unit: PayUnit,
    pub(super) settlement: Settlement,
    pub(super) meals: Meals,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) transport: bool,
    pub(super) requirements: String,
    pub(super) insurance: String,
    pub(super) protection: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) hazards: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) certificate: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) bring: String,
    pub(super) contact_name: String,
    pub(super) contact_phone: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) contact_public: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) urgent: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(minutes: &u16) -> bool {
    *minutes == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none_a_week(days: &u8) -> bool {
    *days == 0
}

pub(super) fn posts(employers: &[Employer]) -> Vec<SamplePost> {
    let mut draw = Draw::new(2);
    let mut posts_of_employer = vec![0_usize; employers.len()];
    let mut posts = Vec::new();
    for &(trade, count) in POSTS_OF_TRADE {
        let mut works: Vec<&Work> =
            GROUPS.iter().copied().flatten().filter(|work| work.trade == trade).collect();
        draw.shuffle(&mut works);
        let first_variant = draw.below(6) as usize;
        // Every template of the trade in turn, each time with its next title and terms: no two are twins.
        for turn in 0..count {
            let work = works[turn % works.len()];
            let round = turn / works.len();
            let terms = work.terms[round % work.terms.len()];
            let index = least_busy(&mut draw, employers, &posts_of_employer, work.by);
            posts_of_employer[index] += 1;
            posts.push(post(&mut draw, &employers[index], work, &terms, first_variant + round));
        }
    }
    // In the order in which they came to the counter, not trade by trade.
    draw.shuffle(&mut posts);
    for (index, post) in posts.iter_mut().enumerate() {
        post.key = format!("j{:03}", index + 1);
    }
    posts
}

/// One of the employers of these sectors with the fewest posts so far.
fn least_busy(draw: &mut Draw, employers: &[Employer], posts: &[usize], sectors: &[Sector]) -> usize {
    let fitting = || (0..employers.len()).filter(|&index| sectors.contains(&employers[index].sector));
    let fewest =
        fitting().map(|index| posts[index]).min().expect("a test finds an employer for every template");
    let candidates: Vec<usize> = fitting().filter(|&index| posts[index] == fewest).collect();
    *draw.pick(&candidates)
}

fn post(draw: &mut Draw, employer: &Employer, work: &Work, terms: &Terms, variant: usize) -> SamplePost {
    let &(start, end, rest_minutes) = draw.pick(terms.shifts);
    let (first_day_offset, last_day_offset, days_per_week) = days(draw, terms);
    let days = last_day_offset - first_day_offset + 1;
    let (low, high, step) = terms.pay;
    let pay = low + draw.below((high - low) / step + 1) * step;
    SamplePost {
        key: String::new(),
        employer_key: employer.form.key.clone(),
        trade: work.trade.to_owned(),
        title: draw.text(&work.title.replace('[', "[="), variant),
        content: draw.text(work.content, variant),
        address: address(draw, employer, work.site),
        first_day_offset,
        last_day_offset,
        start: start.to_owned(),
        end: end.to_owned(),
        rest_minutes,
        days_per_week,
        places: places(draw, work.crowd).to_string(),
        pay: in_yuan(pay),
        unit: terms.unit,
        settlement: settlement(terms, days),
        meals: meals(*draw.pick(work.meals), (start, end, rest_minutes)),
        transport: draw.percent(work.transport),
        requirements: draw.text(work.needs, variant),
        insurance: insurance(draw, employer, terms, days),
        protection: draw.text(work.guard, variant),
        hazards: work.hazards.iter().map(|&code| code.to_owned()).collect(),
        certificate: work.certificate.to_owned(),
        bring: draw.text(work.bring, variant),
        contact_name: employer.contact.clone(),
        contact_phone: employer.form.phone.clone(),
        contact_public: draw.percent(30),
        urgent: first_day_offset == 0 && draw.percent(12),
    }
}

/// First and last day, and days a week where the hall's rule (as many as the post has, at most six) is not
/// meant. A job of weeks is rarely announced on its own morning.
fn days(draw: &mut Draw, terms: &Terms) -> (u16, u16, u8) {
    let today = if matches!(terms.span, Span::Weeks { .. }) { 30 } else { 80 };
    let first = if draw.percent(today) { 0 } else { *draw.pick(&[1, 1, 1, 1, 2, 2, 3, 5]) };
    match terms.span {
        Span::One => (first, first, 0),
        Span::Days(most) => (first, first + draw.between(2, most) as u16 - 1, 0),
        Span::Weeks { low, high, days_per_week } => {
            (first, first + draw.between(low, high) as u16 - 1, days_per_week)
        }
    }
}

/// What is paid daily cannot be agreed for a job of one day in any other way.
fn settlement(terms: &Terms, days: u16) -> Settlement {
    match (terms.settlement, days) {
        (Settlement::Weekly | Settlement::HalfMonthly, 1) => Settlement::Daily,
        (settlement, _) => settlement,
    }
}

fn places(draw: &mut Draw, crowd: Crowd) -> u32 {
    match crowd {
        Crowd::One => draw.between(1, 2),
        Crowd::Few => draw.between(2, 4),
        Crowd::Some => draw.between(3, 8),
        // A bus full now and then.
        Crowd::Many if draw.percent(25) => *draw.pick(&[12, 15, 16, 20, 24, 30, 40]),
        Crowd::Many => draw.between(5, 10),
    }
}

/// Tenths of a yuan as people write them: `260`, `22.5`.
fn in_yuan(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        tenth => format!("{}.{tenth}", tenths / 10),
    }
}

/// Lunch belongs to a shift that goes over noon, all meals to a whole day.
fn meals(offered: Meals, (start, end, rest): Shift) -> Meals {
    let over_noon = start < "12:00" && end > "13:00";
    match offered {
        Meals::All if over_noon && rest > 0 => Meals::All,
        Meals::Lunch | Meals::All if over_noon => Meals::Lunch,
        _ => Meals::None,
    }
}

fn address(draw: &mut Draw, employer: &Employer, site: Site) -> String {
    match site {
        Site::Own(rooms) => {
            let room = *draw.pick(rooms);
            format!("{}{}", employer.place, draw.text(room, 0))
        }
        Site::Estate if employer.sector == Sector::Townsman => employer.place.clone(),
        Site::Estate => format!("{} {} 号楼", draw.pick(ESTATES), draw.between(1, 18)),
        Site::Street => format!("{} {} 号", draw.pick(STREETS), draw.between(2, 180)),
        Site::Orchard if employer.sector == Sector::Villager => format!("{} 果园", employer.place),
        Site::Works => (*draw.pick(WORKS_SITES)).to_owned(),
        Site::Office => (*draw.pick(OFFICES)).to_owned(),
        Site::Park => (*draw.pick(PARKS)).to_owned(),
        Site::Orchard => (*draw.pick(ORCHARDS)).to_owned(),
        Site::Greenhouse => (*draw.pick(GREENHOUSES)).to_owned(),
        Site::Land => (*draw.pick(LANDS)).to_owned(),
        Site::Roadworks => (*draw.pick(ROADWORKS)).to_owned(),
        Site::Square => (*draw.pick(SQUARES)).to_owned(),
        Site::Hospital => (*draw.pick(HOSPITALS)).to_owned(),
        Site::CareHome => (*draw.pick(CARE_HOMES)).to_owned(),
    }
}

/// 社会保险和福利
fn insurance(draw: &mut Draw, employer: &Employer, terms: &Terms, days: u16) -> String {
    let text = match (employer.form.kind, employer.sector, terms.unit) {
        (EmployerKind::Private, ..) => {
            "[主家给买一天意外险|雇主买当天意外险，保单给本人看|买单日意外伤害险，费用主家出]"
        }
        (_, Sector::Building | Sector::Steel, _) => {
            "[按项目参加工伤保险，另买当日意外险|参加工伤保险，工地有意外险|按项目参加工伤保险，管开水]"
        }
        (_, _, PayUnit::Month) => {
            "[按规定缴纳社会保险|按规定缴纳社会保险，有工装|按规定缴纳社会保险，节日有福利]"
        }
        _ if days > 7 => "[单位缴工伤保险，管开水|单位缴工伤保险，有更衣柜]",
        _ => "[单位缴工伤保险|单位买当日意外险|单位买当日意外险，管开水|参加工伤保险，发毛巾肥皂]",
    };
    draw.text(text, 0)
}
