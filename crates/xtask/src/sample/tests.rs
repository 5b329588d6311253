//! The committed sample is what the generator makes, and is what it claims to be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hall_core::rules::agreement::birthday;
use hall_core::rules::{
    County, CountyTier, CreditCode, Finding, FindingCode, Hazard, IdNumber, Job, Pay, Phone, PostText,
    RuleBook, Tier, Worker, check_name, check_post, decide,
};
use hall_core::vocab::{EmployerKind, PayUnit, PostType, Settlement, Severity, Sex};
use hall_core::{Day, Fen, Minute};
use serde::Deserialize;

use super::people::COUNTY;
use super::posts::SamplePost;
use super::work::{GROUPS, POSTS_OF_TRADE};
use super::{Sample, day_of_making};

static SAMPLE: LazyLock<Sample> = LazyLock::new(Sample::make);
/// Its patterns take a while to compile.
static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::builtin);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trade {
    name: String,
    group: String,
}

fn trades() -> Vec<Trade> {
    let text = std::fs::read_to_string(root().join("assets/trades.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_committed_files_are_what_the_generator_makes() {
    for (name, made) in SAMPLE.files().unwrap() {
        let committed = std::fs::read_to_string(root().join("assets/sample-hall").join(name)).unwrap();
        assert!(committed == made, "{name} is stale: run `cargo xtask sample` and commit what it writes");
    }
}

#[test]
fn the_sample_has_the_promised_size() {
    let sample = &*SAMPLE;
    assert_eq!((sample.employers.len(), sample.posts.len(), sample.workers.len()), (60, 240, 1_500));
    let private = sample.employers.iter().filter(|employer| employer.kind == EmployerKind::Private).count();
    assert_eq!(private, 15);
    let trades: BTreeSet<&str> = sample.posts.iter().map(|post| post.trade.as_str()).collect();
    assert_eq!(trades.len(), 25);
    let employers: BTreeSet<&str> = sample.posts.iter().map(|post| post.employer_key.as_str()).collect();
    assert_eq!(employers.len(), 60, "every employer has a post");
    let twins: BTreeSet<_> = sample
        .posts
        .iter()
        .map(|post| (&post.title, &post.content, &post.address, &post.start, &post.pay))
        .collect();
    assert_eq!(twins.len(), 240, "no two posts are the same");
}

#[test]
fn the_hall_has_its_trades_in_groups() {
    let trades = trades();
    let names: BTreeSet<&str> = trades.iter().map(|trade| trade.name.as_str()).collect();
    assert_eq!(names.len(), trades.len(), "no trade twice");
    assert!((38..=44).contains(&trades.len()), "{}", trades.len());
    let sample = &*SAMPLE;
    let asked = sample.workers.iter().flat_map(|worker| &worker.trades);
    for trade in sample.posts.iter().map(|post| &post.trade).chain(asked) {
        assert!(names.contains(trade.as_str()), "{trade} is not one of the hall's trades");
    }
    let mut groups: Vec<&str> = trades.iter().map(|trade| trade.group.as_str()).collect();
    groups.dedup();
    let apart = groups.iter().collect::<BTreeSet<_>>().len();
    assert_eq!(apart, groups.len(), "the trades of a group stand together");
}

#[test]
fn templates_are_well_formed() {
    for work in GROUPS.iter().copied().flatten() {
        for text in [work.title, work.content, work.needs, work.guard, work.bring] {
            let mut open = false;
            for c in text.chars() {
                match c {
                    '[' => assert!(!std::mem::replace(&mut open, true), "choices nest in {text}"),
                    ']' => assert!(std::mem::replace(&mut open, false), "a stray bracket in {text}"),
                    '|' => assert!(open, "a stray bar in {text}"),
                    _ => {}
                }
            }
            assert!(!open, "an open bracket in {text}");
        }
        assert!(!work.by.is_empty() && !work.terms.is_empty(), "{}", work.title);
        assert!(POSTS_OF_TRADE.iter().any(|&(trade, _)| trade == work.trade), "{}", work.trade);
        assert!(work.hazards.iter().all(|code| code.parse::<Hazard>().is_ok()), "{:?}", work.hazards);
    }
}

#[test]
fn numbers_are_valid_unique_and_of_no_real_place() {
    let sample = &*SAMPLE;
    let mut codes = BTreeSet::new();
    let mut phones = BTreeSet::from([sample.hall.hall.phone.clone()]);
    for employer in &sample.employers {
        match employer.kind {
            EmployerKind::Organisation => {
                assert_eq!(CreditCode::parse(&employer.code).unwrap().as_str(), employer.code);
                assert_eq!(&employer.code[2..8], COUNTY);
            }
            EmployerKind::Private => {
                let id = IdNumber::parse(&employer.code, day_of_making()).unwrap();
                assert_eq!(&id.as_str()[..4], "3799");
                assert!(birthday(id.birth(), 18) <= day_of_making(), "{}", employer.key);
            }
        }
        assert!(codes.insert(employer.code.clone()), "{} twice", employer.key);
        assert!(phones.insert(employer.phone.clone()), "{} shares a phone", employer.key);
    }
    for worker in &sample.workers {
        let id = IdNumber::parse(&worker.id_number, day_of_making()).unwrap();
        assert_eq!((id.as_str(), &id.as_str()[..4]), (worker.id_number.as_str(), "3799"));
        assert!(codes.insert(worker.id_number.clone()), "{} twice", worker.key);
        assert!(phones.insert(worker.phone.clone()), "{} shares a phone", worker.key);
    }
    assert_eq!(phones.len(), 1 + 60 + 1_500);
    assert!(phones.iter().all(|phone| Phone::parse(phone).is_ok() && phone.starts_with("1540000")));
}

#[test]
fn the_workers_are_those_of_a_county_hall() {
    let sample = &*SAMPLE;
    let today = day_of_making();
    let ages: Vec<(i16, Sex)> = sample
        .workers
        .iter()
        .map(|worker| {
            let id = IdNumber::parse(&worker.id_number, today).unwrap();
            let age = (0..120).rev().find(|&years| birthday(id.birth(), years) <= today).unwrap();
            (age, id.sex())
        })
        .collect();
    let share = |wanted: &dyn Fn(&(i16, Sex)) -> bool| {
        ages.iter().filter(|one| wanted(one)).count() * 100 / ages.len()
    };
    assert!(ages.iter().all(|(age, _)| (17..=72).contains(age)));
    assert!((50..70).contains(&share(&|(age, _)| (45..60).contains(age))), "most are between 45 and 60");
    assert!((30..50).contains(&share(&|(_, sex)| *sex == Sex::Female)));
    for extreme in [17, 72] {
        assert!(ages.iter().any(|(age, _)| *age == extreme), "somebody is {extreme}");
    }

    let count = |wanted: &dyn Fn(&super::workers::SampleWorker) -> bool| {
        sample.workers.iter().filter(|worker| wanted(worker)).count()
    };
    assert!(count(&|worker| worker.pension) > 40);
    assert!((10..80).contains(&count(&|worker| worker.student)));
    assert!(count(&|worker| worker.post_type == Some(PostType::FiftyFive)) > 10);
    let book = &*BOOK;
    for certificate in ["electrician", "welder", "scaffolder", "forklift", "work_at_height"] {
        assert!(book.special_trade(certificate).is_some(), "{certificate}");
        let holders = count(&|worker| worker.certificates.iter().any(|code| code == certificate));
        assert!(holders >= 5, "{holders} hold {certificate}");
    }

    let names: BTreeSet<&str> = sample.workers.iter().map(|worker| worker.name.as_str()).collect();
    assert_eq!(names.len(), 1_500, "no name twice");
    assert!(names.iter().all(|name| check_name(name).as_deref() == Ok(*name)));
    for rare in ['䶮', '𬭚', '㛃', '𪻐', '堃', '龑'] {
        assert!(names.iter().any(|name| name.contains(rare)), "somebody is called {rare}");
    }
    let with_chars = |chars| names.iter().filter(|name| name.chars().count() == chars).count();
    assert!(with_chars(2) > 100 && with_chars(4) > 10, "names of two and of four characters");
    assert!(sample.workers.iter().all(|worker| (1..=4).contains(&worker.trades.len())));
}

/// The post as rules see it, for one who begins on the first day.
fn job_of(post: &SamplePost, loaded: Day) -> Job {
    let (start, end): (Minute, Minute) = (post.start.parse().unwrap(), post.end.parse().unwrap());
    let over_midnight = if end <= start { 24 * 60 } else { 0 };
    let span = post.last_day_offset - post.first_day_offset + 1;
    let per_week = if post.days_per_week == 0 { span.min(6) as u8 } else { post.days_per_week };
    let days = span / 7 * u16::from(per_week) + (span % 7).min(u16::from(per_week));
    let yuan: f64 = post.pay.parse().unwrap();
    let cycle_days = match post.settlement {
        Settlement::Daily => 1,
        Settlement::Weekly => 7,
        Settlement::HalfMonthly => 15,
        Settlement::Monthly => 31,
        Settlement::OnCompletion => span,
    };
    Job {
        first_day: loaded.plus_days(i32::from(post.first_day_offset)),
        days,
        minutes_per_day: end.0 + over_midnight - start.0 - post.rest_minutes,
        days_per_week: per_week,
        pay: Pay {
            amount: Fen((yuan * 100.0).round() as u32),
            unit: post.unit,
            cycle_days: Some(cycle_days),
        },
        hazards: post.hazards.iter().map(|code| code.parse().unwrap()).collect(),
        venue: None,
        probation_days: 0,
        certificate_required: Some(post.certificate.clone()).filter(|code| !code.is_empty()),
    }
}

fn text_of(post: &SamplePost, employer: &str) -> PostText {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    PostText {
        employer: filled(employer),
        title: filled(&post.title),
        headcount: filled(&post.places),
        content: filled(&post.content),
        place: filled(&post.address),
        conditions: filled(&post.requirements),
        employment_type: Some("零工".to_owned()),
        wage: filled(&post.pay),
        insurance: filled(&post.insurance),
        protection: filled(&post.protection),
        text: filled(&post.bring),
    }
}

/// What the rules say to every post, for a worker of 40 who holds the certificate and may do anything.
fn findings(loaded: Day) -> Vec<(String, Finding)> {
    let (sample, book) = (&*SAMPLE, &*BOOK);
    let tier = CountyTier { tier: Tier(sample.hall.tier.tier), document: sample.hall.tier.document.clone() };
    let county = County { entered: Some(tier), ..County::new(COUNTY) };
    let employers: BTreeMap<&str, _> = sample.employers.iter().map(|one| (one.key.as_str(), one)).collect();
    let mut findings = Vec::new();
    for post in &sample.posts {
        let employer = employers[post.employer_key.as_str()];
        let job = job_of(post, loaded);
        let worker = Worker {
            birth_date: loaded.plus_days(-40 * 366),
            sex: Sex::Male,
            post_type: None,
            pension: false,
            student: false,
            certificates: job.certificate_required.iter().cloned().collect(),
        };
        let decision = decide(book, &worker, employer.kind, &job, &county);
        assert!(decision.refused().is_none(), "{} {:?}", post.key, decision.refused());
        let label = format!("{} {} {} {}", post.key, post.trade, post.title, post.content);
        let text = check_post(book, &text_of(post, &employer.name));
        findings.extend(text.into_iter().chain(decision.findings).map(|finding| (label.clone(), finding)));
    }
    findings
}

#[test]
fn no_post_is_blocked_whatever_the_day_of_loading() {
    for loaded in [day_of_making(), Day::new(2027, 1, 31).unwrap(), Day::new(2028, 2, 28).unwrap()] {
        for (post, finding) in findings(loaded) {
            assert_ne!(finding.severity, Severity::Block, "{post}: {} {}", finding.code, finding.message);
        }
    }
}

#[test]
fn a_handful_of_posts_deserve_a_warning() {
    let mut warned: BTreeMap<FindingCode, BTreeSet<String>> = BTreeMap::new();
    for (post, finding) in findings(day_of_making()) {
        if finding.severity == Severity::Warn {
            warned.entry(finding.code).or_default().insert(post);
        }
    }
    let counts: Vec<(FindingCode, usize)> = warned.iter().map(|(&code, posts)| (code, posts.len())).collect();
    let codes: Vec<FindingCode> = counts.iter().map(|&(code, _)| code).collect();
    assert_eq!(codes, [FindingCode::DayPayBelowHourlyLine, FindingCode::Overtime], "{warned:#?}");
    assert!(counts.iter().all(|(_, posts)| (3..=12).contains(posts)), "{counts:?}");
}

#[test]
fn a_special_trade_is_never_asked_for_without_its_certificate() {
    let book = &*BOOK;
    for post in &SAMPLE.posts {
        let text = format!("{} {} {}", post.trade, post.title, post.content);
        let named = book.special_trade_in(&text).map_or("", |trade| trade.code.as_str());
        if !named.is_empty() {
            assert_eq!(post.certificate, named, "{} {text}", post.key);
        }
        assert!(post.certificate.is_empty() || book.special_trade(&post.certificate).is_some());
    }
}

#[test]
fn the_morning_is_a_market_morning() {
    let posts = &SAMPLE.posts;
    let share = |wanted: &dyn Fn(&SamplePost) -> bool| {
        posts.iter().filter(|post| wanted(post)).count() * 100 / posts.len()
    };
    let today = share(&|post| post.first_day_offset == 0);
    assert!((68..=82).contains(&today), "{today} % begin today");
    let early = share(&|post| post.first_day_offset == 0 && post.start.as_str() <= "10:00");
    assert!(early >= 50, "{early} % begin this morning");
    assert!(share(&|post| post.first_day_offset == 0 && post.start.as_str() > "12:00") >= 5);
    let several_days = share(&|post| post.last_day_offset > post.first_day_offset);
    assert!((15..=45).contains(&several_days), "{several_days} % are for several days");
    for post in posts {
        assert!(post.start.as_str() >= "06:00", "{} has begun when the sample is loaded", post.key);
        assert!(post.last_day_offset - post.first_day_offset <= 30, "{}", post.key);
        let places: u16 = post.places.parse().unwrap();
        assert!((1..=40).contains(&places), "{}", post.key);
        assert!(post.title.chars().count() <= 10, "{} is too long for a board", post.title);
        assert!(post.address.chars().count() <= 20, "{} is too long for a board", post.address);
    }
    let usual = share(&|post| (2..=8).contains(&post.places.parse::<u16>().unwrap()));
    assert!(usual >= 60, "{usual} % want two to eight people");
    for unit in PayUnit::ALL {
        assert!(posts.iter().filter(|post| post.unit == *unit).count() >= 5, "{unit:?}");
    }
}
