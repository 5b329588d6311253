//! The 1 500 workers: the ages, trades and papers of a county's hall.

use hall_core::vocab::{PostType, Sex};
use serde::{Deserialize, Serialize};

use super::draw::Draw;
use super::people::{Registry, birthday, village};
use super::{COUNTY_NAME, day_of_making};

const WORKERS: usize = 1_500;
/// Every so many workers one has a name with rare characters or of unusual length.
const RARE_NAME_EVERY: usize = 30;

/// Lowest and highest age with a weight: most are between 45 and 60.
const AGES: &[(u32, u32, u32)] = &[
    (17, 17, 6),
    (18, 22, 40),
    (23, 29, 60),
    (30, 37, 120),
    (38, 44, 190),
    (45, 49, 270),
    (50, 54, 330),
    (55, 59, 310),
    (60, 63, 120),
    (64, 68, 62),
    (69, 72, 22),
];

/// A trade: how many men and how many women of a thousand do it, and the certificate it may need.
const TRADES: &[(&str, u32, u32, &str)] = &[
    ("小工", 190, 60, ""),
    ("瓦工", 90, 4, ""),
    ("木工", 55, 2, ""),
    ("钢筋工", 50, 4, ""),
    ("架子工", 26, 0, "scaffolder"),
    ("油漆工", 45, 22, ""),
    ("管道工", 45, 1, ""),
    ("电工", 34, 1, "electrician"),
    ("焊工", 42, 4, "welder"),
    ("装卸", 130, 25, ""),
    ("搬家", 60, 4, ""),
    ("分拣", 40, 70, ""),
    ("叉车司机", 24, 4, "forklift"),
    ("保洁", 24, 170, ""),
    ("家政", 4, 95, ""),
    ("护工", 10, 50, ""),
    ("普工", 70, 100, ""),
    ("包装工", 22, 95, ""),
    ("缝纫工", 3, 60, ""),
    ("采摘", 34, 110, ""),
    ("农活", 60, 80, ""),
    ("服务员", 6, 45, ""),
    ("帮厨", 18, 60, ""),
    ("保安", 50, 6, ""),
    ("绿化", 55, 55, ""),
];

/// What students and the very young ask for.
const YOUNG_TRADES: &[&str] = &["分拣", "服务员", "包装工", "普工", "采摘"];
/// Certificates are renewed up to here; nobody in the sample holds one for longer.
const CERTIFICATE_AGE_MAX: u32 = 58;

/// A line of `workers.json`: what the desk's form takes, and a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleWorker {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) id_number: String,
    pub(super) phone: String,
    pub(super) address: String,
    pub(super) trades: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) certificates: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) post_type: Option<PostType>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) pension: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) student: bool,
}

pub(super) fn workers(people: &mut Registry) -> Vec<SampleWorker> {
    let mut draw = Draw::new(3);
    (0..WORKERS).map(|index| worker(&mut draw, people, index)).collect()
}

fn worker(draw: &mut Draw, people: &mut Registry, index: usize) -> SampleWorker {
    let &(low, high, _) = draw.weighted(AGES, |&(_, _, weight)| weight);
    let age = draw.between(low, high);
    let sex = if draw.percent(60) { Sex::Male } else { Sex::Female };
    let born = birthday(draw, day_of_making(), age);
    let student = age < 18 || (age <= 22 && draw.percent(45));
    let trades = trades(draw, sex, age, student);
    let certificates = certificates(draw, age, &trades);
    let (post_type, pension) = pension(draw, age, sex);
    let name = if index % RARE_NAME_EVERY == RARE_NAME_EVERY / 2 {
        people.rare_name(draw, index / RARE_NAME_EVERY, sex)
    } else {
        people.name(draw, born, sex)
    };
    let (town, village) = village(draw);
    SampleWorker {
        key: format!("w{:04}", index + 1),
        name,
        id_number: people.id_number(draw, born, sex),
        phone: people.phone(),
        address: format!("{COUNTY_NAME}{town}{village} {} 号", draw.between(1, 320)),
        trades: trades.into_iter().map(str::to_owned).collect(),
        certificates,
        post_type,
        pension,
        student,
    }
}

fn trades(draw: &mut Draw, sex: Sex, age: u32, student: bool) -> Vec<&'static str> {
    let count = *draw.weighted(&[(1, 30), (2, 40), (3, 22), (4, 8)], |&(_, weight)| weight);
    let mut trades: Vec<&str> = Vec::new();
    while trades.len() < count.0 {
        let trade = if student {
            *draw.pick(YOUNG_TRADES)
        } else {
            let weight = |&(_, men, women, certificate): &(&str, u32, u32, &str)| match (sex, certificate) {
                (_, certificate) if !certificate.is_empty() && age > CERTIFICATE_AGE_MAX => 0,
                (Sex::Male, _) => men,
                (Sex::Female, _) => women,
            };
            draw.weighted(TRADES, weight).0
        };
        if !trades.contains(&trade) {
            trades.push(trade);
        }
    }
    trades
}

/// Nine of ten who name a special trade have shown its certificate; a few cleaners hold the one for heights.
fn certificates(draw: &mut Draw, age: u32, trades: &[&str]) -> Vec<String> {
    let mut certificates = Vec::new();
    for &(trade, _, _, certificate) in TRADES {
        if !certificate.is_empty() && trades.contains(&trade) && draw.percent(90) {
            certificates.push(certificate.to_owned());
        }
    }
    if trades.contains(&"保洁") && (25..=50).contains(&age) && draw.percent(12) {
        certificates.push("work_at_height".to_owned());
    }
    certificates
}

/// Who draws a pension, and which women have been asked whether 50 or 55 was theirs. Most people of a county
/// hall work on past the age without an employee's pension.
fn pension(draw: &mut Draw, age: u32, sex: Sex) -> (Option<PostType>, bool) {
    let asked = sex == Sex::Female && age >= 50 && draw.percent(70);
    let post_type = asked.then(|| if draw.percent(80) { PostType::Fifty } else { PostType::FiftyFive });
    // The age has been moving since 2025: from two years past the old one a pension is certain to be possible.
    let from = match (sex, post_type) {
        (Sex::Male, _) => 62,
        (Sex::Female, Some(PostType::Fifty)) => 53,
        (Sex::Female, _) => 57,
    };
    (post_type, age >= from && draw.percent(35))
}
