//! The decision as a table: one case a line of the law, each a small change to an ordinary one.

use std::fmt::Write;

use super::*;
use crate::rules::book::{CountyTier, Tier};
use crate::vocab::Severity;

const KUIWEN: &str = "370705";

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn adult() -> Worker {
    Worker {
        birth_date: day("1990-05-01"),
        sex: Sex::Male,
        post_type: None,
        pension: false,
        student: false,
        certificates: Vec::new(),
    }
}

fn born(birth: &str) -> Worker {
    Worker { birth_date: day(birth), ..adult() }
}

fn woman(birth: &str) -> Worker {
    Worker { birth_date: day(birth), sex: Sex::Female, ..adult() }
}

/// One ordinary day, well paid.
fn job() -> Job {
    Job {
        first_day: day("2026-11-21"),
        days: 1,
        minutes_per_day: 480,
        days_per_week: 1,
        pay: pay(260, PayUnit::Day),
        hazards: Vec::new(),
        venue: None,
        probation_days: 0,
        certificate_required: None,
    }
}

fn pay(yuan: u32, unit: PayUnit) -> Pay {
    Pay { amount: Fen::yuan(yuan), unit, cycle_days: None }
}

fn hourly(yuan: u32) -> Job {
    Job { minutes_per_day: 240, days: 6, days_per_week: 6, pay: pay(yuan, PayUnit::Hour), ..job() }
}

fn over_days(days: u16, days_per_week: u8, minutes_per_day: u16, pay: Pay) -> Job {
    Job { days, minutes_per_day, days_per_week, pay, ..job() }
}

struct Ask {
    worker: Worker,
    employer: EmployerKind,
    job: Job,
    county: County,
}

fn ask(worker: Worker, job: Job) -> Ask {
    Ask { worker, employer: EmployerKind::Organisation, job, county: County::new(KUIWEN) }
}

fn private(worker: Worker, job: Job) -> Ask {
    Ask { employer: EmployerKind::Private, ..ask(worker, job) }
}

fn in_county(code: &str, ask: Ask) -> Ask {
    Ask { county: County::new(code), ..ask }
}

/// `decision [flags] findings`, in one line that a table can hold.
fn answer(book: &RuleBook, ask: &Ask) -> String {
    let decision = decide(book, &ask.worker, ask.employer, &ask.job, &ask.county);
    let text = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    let paper = match decision.verdict {
        Verdict::Refuse(_) => "refuse".to_owned(),
        Verdict::Agreement(agreement) => text(serde_json::to_value(agreement).unwrap()),
    };
    let mut line = paper;
    for flag in &decision.flags {
        write!(line, " [{}]", text(serde_json::to_value(flag).unwrap())).unwrap();
    }
    for finding in &decision.findings {
        let mark = match finding.severity {
            Severity::Block => "!",
            Severity::Warn => "~",
            Severity::Info => "",
        };
        write!(line, " {mark}{}", finding.code).unwrap();
        assert!(!finding.message.is_empty() && !finding.source.is_empty(), "{finding:?}");
    }
    line
}

fn check(cases: Vec<(&str, Ask, &str)>) {
    let book = RuleBook::builtin();
    for (name, ask, expected) in cases {
        assert_eq!(answer(&book, &ask), expected, "{name}");
    }
}

#[test]
fn the_paper_in_the_order_of_the_law() {
    let banned = |hazard| Job { hazards: vec![hazard], ..job() };
    check(vec![
        ("an ordinary day", ask(adult(), job()), "task_contract"),
        ("4 hours, 24 a week, by the hour", ask(adult(), hourly(24)), "part_time_contract"),
        ("private employer", private(adult(), job()), "service_agreement"),
        ("student", ask(Worker { student: true, ..adult() }, job()), "service_agreement [student]"),
        (
            "pensioner",
            ask(Worker { pension: true, ..adult() }, job()),
            "over_age_written_agreement [pensioner]",
        ),
        ("past 60", ask(born("1960-01-01"), job()), "over_age_written_agreement [past_retirement_age]"),
        ("past 60, private", private(born("1960-01-01"), job()), "service_agreement [past_retirement_age]"),
        (
            "student and pensioner: the pension decides",
            ask(Worker { pension: true, student: true, ..adult() }, job()),
            "over_age_written_agreement [student] [pensioner]",
        ),
        ("15", ask(born("2010-11-22"), job()), "refuse [under_16] !under_16"),
        ("15, private", private(born("2010-11-22"), job()), "refuse [under_16] !under_16"),
        (
            "15 and in a mine: age comes first",
            ask(born("2012-01-01"), banned(Hazard::Mine)),
            "refuse [under_16] !under_16",
        ),
        ("16 today", ask(born("2010-11-21"), job()), "task_contract [minor_16_17] birthday_on_first_day"),
        ("17", ask(born("2009-01-01"), job()), "task_contract [minor_16_17]"),
        ("18 today", ask(born("2008-11-21"), job()), "task_contract birthday_on_first_day"),
        (
            "student of 17",
            ask(Worker { student: true, ..born("2009-01-01") }, job()),
            "service_agreement [minor_16_17] [student]",
        ),
        (
            "17, electric hammer",
            ask(born("2009-01-01"), banned(Hazard::PercussiveTool)),
            "refuse !minor_forbidden_trade",
        ),
        (
            "17, electric hammer, private",
            private(born("2009-01-01"), banned(Hazard::PercussiveTool)),
            "refuse !minor_forbidden_trade",
        ),
        (
            "17, bar",
            ask(born("2009-01-01"), Job { venue: Some(Venue::Bar), ..job() }),
            "refuse !minor_forbidden_trade",
        ),
        ("18, bar", ask(adult(), Job { venue: Some(Venue::Bar), ..job() }), "task_contract"),
        (
            "17, hot work is not on that list",
            ask(born("2009-01-01"), banned(Hazard::HotWork)),
            "task_contract [minor_16_17]",
        ),
        (
            "woman, 25 kg",
            ask(woman("1990-01-01"), banned(Hazard::LoadOver25Kg)),
            "refuse !female_forbidden_work",
        ),
        ("woman, mine", ask(woman("1990-01-01"), banned(Hazard::Mine)), "refuse !female_forbidden_work"),
        (
            "woman, 25 kg, private",
            private(woman("1990-01-01"), banned(Hazard::LoadOver25Kg)),
            "service_agreement",
        ),
        ("man, 25 kg", ask(adult(), banned(Hazard::LoadOver25Kg)), "task_contract"),
        (
            "girl of 17, 25 kg: the minor comes first",
            ask(woman("2009-01-01"), banned(Hazard::LoadOver25Kg)),
            "refuse !minor_forbidden_trade",
        ),
    ]);
}

#[test]
fn work_past_retirement_age_from_july_2026() {
    let old = || born("1960-01-01");
    let on = |date: &str, days: u16| Job { first_day: day(date), days, days_per_week: 7, ..job() };
    let hoisting = |date: &str, days: u16| Job { hazards: vec![Hazard::Hoisting], ..on(date, days) };
    let long = |date: &str| Job { minutes_per_day: 540, ..on(date, 1) };
    let over = "over_age_written_agreement [past_retirement_age]";
    let check_line = |line: &str| line.replace("OVER", over);
    let cases = [
        ("hoisting before", hoisting("2026-06-30", 1), "OVER"),
        (
            "hoisting across the day",
            hoisting("2026-06-30", 2),
            "refuse [past_retirement_age] !over_age_hazard",
        ),
        ("hoisting after", hoisting("2026-07-01", 1), "refuse [past_retirement_age] !over_age_hazard"),
        ("9 hours before", long("2026-06-30"), "OVER ~overtime"),
        ("9 hours after", long("2026-07-01"), "OVER !over_age_overtime"),
        ("8 hours after", on("2026-07-01", 1), "OVER"),
        (
            "paid every 40 days, before",
            Job { pay: Pay { cycle_days: Some(40), ..job().pay }, ..on("2026-06-30", 1) },
            "OVER",
        ),
        (
            "paid every 40 days, after",
            Job { pay: Pay { cycle_days: Some(40), ..job().pay }, ..on("2026-07-01", 1) },
            "OVER !pay_cycle_over_month",
        ),
        (
            "100 a day before: advice",
            Job { pay: pay(100, PayUnit::Day), ..on("2026-06-30", 1) },
            "OVER ~pay_below_monthly_minimum ~day_pay_below_hourly_line",
        ),
        (
            "100 a day after",
            Job { pay: pay(100, PayUnit::Day), ..on("2026-07-01", 1) },
            "OVER !pay_below_monthly_minimum ~day_pay_below_hourly_line",
        ),
    ];
    let book = RuleBook::builtin();
    for (name, job, expected) in cases {
        assert_eq!(answer(&book, &ask(old(), job)), check_line(expected), "{name}");
    }
    check(vec![
        (
            "pensioner of 45, temporary power",
            ask(Worker { pension: true, ..adult() }, Job { hazards: vec![Hazard::TemporaryPower], ..job() }),
            "refuse [pensioner] !over_age_hazard",
        ),
        (
            "past age, private, blasting: the rule speaks of organisations",
            private(old(), Job { hazards: vec![Hazard::Blasting], ..job() }),
            "service_agreement [past_retirement_age]",
        ),
        (
            "half days by the hour are held against the hourly line",
            ask(old(), hourly(23)),
            "over_age_written_agreement [past_retirement_age] !pay_below_hourly_minimum",
        ),
    ]);
}

#[test]
fn a_woman_between_the_two_ages_is_asked_when_it_decides() {
    // Born 1975-06: 50 and 3 months on 2025-09, 55 and more only after 2030.
    let between = || woman("1975-06-15");
    let with = |post_type| Worker { post_type: Some(post_type), ..between() };
    check(vec![
        ("not known", ask(between(), job()), "task_contract [ask_post_type]"),
        ("50", ask(with(PostType::Fifty), job()), "over_age_written_agreement [past_retirement_age]"),
        ("55", ask(with(PostType::FiftyFive), job()), "task_contract"),
        ("private: the paper is the same", private(between(), job()), "service_agreement"),
        (
            "pensioner: the paper is the same",
            ask(Worker { pension: true, ..between() }, job()),
            "over_age_written_agreement [pensioner]",
        ),
        ("past both", ask(woman("1965-01-01"), job()), "over_age_written_agreement [past_retirement_age]"),
        ("past neither", ask(woman("1980-01-01"), job()), "task_contract"),
    ]);
}

#[test]
fn retirement_is_reached_on_the_day() {
    // Born 1966-09-21: 60 and 6 months, on 2027-03-21.
    let at = |date: &str| ask(born("1966-09-21"), Job { first_day: day(date), ..job() });
    check(vec![
        ("the day before", at("2027-03-20"), "task_contract"),
        ("the day", at("2027-03-21"), "over_age_written_agreement [past_retirement_age]"),
    ]);
}

#[test]
fn hours() {
    let month = || pay(6000, PayUnit::Month);
    check(vec![
        ("8 x 5", ask(adult(), over_days(20, 5, 480, month())), "task_contract"),
        ("8 x 6 = 48 a week", ask(adult(), over_days(20, 6, 480, month())), "task_contract ~overtime"),
        ("7 h 20 x 6 = 44", ask(adult(), over_days(20, 6, 440, month())), "task_contract"),
        (
            "9 hours one day",
            ask(adult(), over_days(1, 1, 540, pay(260, PayUnit::Day))),
            "task_contract ~overtime",
        ),
        (
            "11 hours one day",
            ask(adult(), over_days(1, 1, 660, pay(300, PayUnit::Day))),
            "task_contract ~overtime",
        ),
        (
            "11 h 1 min one day",
            ask(adult(), over_days(1, 1, 661, pay(300, PayUnit::Day))),
            "task_contract !hours_over_legal_max ~overtime",
        ),
        (
            "10 x 5 for a month: 43 hours of overtime",
            ask(adult(), over_days(22, 5, 600, pay(300, PayUnit::Day))),
            "task_contract !hours_over_legal_max ~overtime",
        ),
        (
            "10 x 5 for three weeks: 30 hours",
            ask(adult(), over_days(15, 5, 600, pay(300, PayUnit::Day))),
            "task_contract ~overtime",
        ),
        (
            "every day of a week",
            ask(adult(), over_days(7, 7, 360, pay(260, PayUnit::Day))),
            "task_contract ~no_weekly_rest",
        ),
        ("six days", ask(adult(), over_days(6, 7, 360, pay(260, PayUnit::Day))), "task_contract"),
        (
            "part-time every day",
            ask(adult(), Job { days: 30, days_per_week: 7, minutes_per_day: 180, ..hourly(24) }),
            "part_time_contract",
        ),
        (
            "by the hour, 5 hours",
            ask(adult(), Job { minutes_per_day: 300, days: 1, ..hourly(24) }),
            "task_contract hours_over_part_time_limit",
        ),
        (
            "by the hour, 4 x 7 = 28 a week",
            ask(adult(), Job { days: 7, days_per_week: 7, ..hourly(24) }),
            "task_contract ~no_weekly_rest hours_over_part_time_limit",
        ),
        (
            "half a day, paid by the day",
            ask(adult(), over_days(1, 1, 240, pay(120, PayUnit::Day))),
            "task_contract pay_not_hourly",
        ),
        (
            "private, 12 hours: advice",
            private(adult(), over_days(1, 1, 720, pay(400, PayUnit::Day))),
            "service_agreement ~overtime ~hours_over_legal_max",
        ),
    ]);
}

#[test]
fn pay_against_the_minimum() {
    let by_day = |yuan, minutes| over_days(1, 1, minutes, pay(yuan, PayUnit::Day));
    let by_month = |yuan, per_week, minutes| over_days(22, per_week, minutes, pay(yuan, PayUnit::Month));
    check(vec![
        ("24 an hour in tier 1", ask(adult(), hourly(24)), "part_time_contract"),
        ("23 an hour in tier 1", ask(adult(), hourly(23)), "part_time_contract !pay_below_hourly_minimum"),
        ("22 an hour in tier 2", in_county("370113", ask(adult(), hourly(22))), "part_time_contract"),
        (
            "21 an hour in tier 2",
            in_county("370113", ask(adult(), hourly(21))),
            "part_time_contract !pay_below_hourly_minimum",
        ),
        ("20 an hour in tier 3", in_county("371321", ask(adult(), hourly(20))), "part_time_contract"),
        (
            "19 an hour in tier 3",
            in_county("371321", ask(adult(), hourly(19))),
            "part_time_contract !pay_below_hourly_minimum",
        ),
        ("nothing", ask(adult(), hourly(0)), "part_time_contract !pay_below_hourly_minimum"),
        ("192 for 8 hours is the hourly line", ask(adult(), by_day(192, 480)), "task_contract"),
        ("191: a warning", ask(adult(), by_day(191, 480)), "task_contract ~day_pay_below_hourly_line"),
        ("111 x 21.75 = 2414", ask(adult(), by_day(111, 480)), "task_contract ~day_pay_below_hourly_line"),
        (
            "110 x 21.75 = 2392",
            ask(adult(), by_day(110, 480)),
            "task_contract !pay_below_monthly_minimum ~day_pay_below_hourly_line",
        ),
        (
            "130 for 10 hours: 2 of them count 3, so 94 for 8",
            ask(adult(), by_day(130, 600)),
            "task_contract !pay_below_monthly_minimum ~overtime ~day_pay_below_hourly_line",
        ),
        (
            "152 for 10 hours: 110.5 for 8",
            ask(adult(), by_day(152, 600)),
            "task_contract ~overtime ~day_pay_below_hourly_line",
        ),
        ("2400 a month", ask(adult(), by_month(2400, 5, 480)), "task_contract"),
        ("2399 a month", ask(adult(), by_month(2399, 5, 480)), "task_contract !pay_below_monthly_minimum"),
        (
            "2500 a month for 48 hours a week",
            ask(adult(), by_month(2500, 6, 480)),
            "task_contract !pay_below_monthly_minimum ~overtime",
        ),
        ("2800 a month for 48 hours a week", ask(adult(), by_month(2800, 6, 480)), "task_contract ~overtime"),
        (
            "13 an hour for 8 hours",
            ask(adult(), Job { minutes_per_day: 480, days: 1, ..hourly(13) }),
            "task_contract !pay_below_monthly_minimum ~day_pay_below_hourly_line hours_over_part_time_limit",
        ),
        (
            "by the job",
            ask(adult(), over_days(1, 1, 480, pay(90, PayUnit::Job))),
            "task_contract pay_not_checkable",
        ),
        (
            "private, 90 a day: advice",
            private(adult(), by_day(90, 480)),
            "service_agreement ~pay_below_monthly_minimum ~day_pay_below_hourly_line",
        ),
        (
            "county unknown",
            in_county("370799", ask(adult(), hourly(1))),
            "part_time_contract minimum_wage_unknown",
        ),
        ("no county", in_county("", ask(adult(), job())), "task_contract minimum_wage_unknown"),
    ]);
}

#[test]
fn a_job_across_a_change_must_meet_the_new_line() {
    let from = |date: &str, days, yuan| Job { first_day: day(date), days, ..hourly(yuan) };
    check(vec![
        ("before", ask(adult(), from("2025-09-29", 2, 22)), "part_time_contract"),
        ("across", ask(adult(), from("2025-09-29", 3, 22)), "part_time_contract !pay_below_hourly_minimum"),
        ("across, enough", ask(adult(), from("2025-09-29", 3, 24)), "part_time_contract"),
        ("2023-09-30", ask(adult(), from("2023-09-30", 1, 21)), "part_time_contract"),
        (
            "2023-10-01",
            ask(adult(), from("2023-10-01", 1, 21)),
            "part_time_contract !pay_below_hourly_minimum",
        ),
        (
            "older than the table",
            ask(adult(), from("2021-09-30", 1, 1)),
            "part_time_contract minimum_wage_unknown",
        ),
    ]);
}

#[test]
fn how_often_pay_is_paid() {
    let every = |job: Job, days| Job { pay: Pay { cycle_days: Some(days), ..job.pay }, ..job };
    check(vec![
        ("part-time, 15 days", ask(adult(), every(hourly(24), 15)), "part_time_contract"),
        (
            "part-time, 16 days",
            ask(adult(), every(hourly(24), 16)),
            "part_time_contract !pay_cycle_over_15_days",
        ),
        ("task, 31 days", ask(adult(), every(job(), 31)), "task_contract"),
        ("task, 32 days", ask(adult(), every(job(), 32)), "task_contract !pay_cycle_over_month"),
        ("private, 60 days", private(adult(), every(job(), 60)), "service_agreement"),
    ]);
}

#[test]
fn probation_and_certificates() {
    let probation = |job: Job| Job { probation_days: 3, ..job };
    let welding = || Job { certificate_required: Some("welder".into()), ..job() };
    let welder = Worker { certificates: vec!["welder".into()], ..adult() };
    check(vec![
        ("task", ask(adult(), probation(job())), "task_contract !probation_forbidden"),
        ("part-time", ask(adult(), probation(hourly(24))), "part_time_contract !probation_forbidden"),
        ("private", private(adult(), probation(job())), "service_agreement"),
        ("no certificate", ask(adult(), welding()), "task_contract !certificate_required"),
        ("the certificate", ask(welder, welding()), "task_contract"),
    ]);
}

#[test]
fn the_hall_may_enter_its_tier_with_the_document() {
    let book = RuleBook::builtin();
    let entered = |tier, yuan| {
        let county = County {
            code: "370799".into(),
            entered: Some(CountyTier { tier: Tier(tier), document: "潍人社发〔2025〕8号".into() }),
        };
        answer(&book, &Ask { county, ..ask(adult(), hourly(yuan)) })
    };
    assert_eq!(entered(2, 22), "part_time_contract");
    assert_eq!(entered(2, 21), "part_time_contract !pay_below_hourly_minimum");
    assert_eq!(entered(3, 20), "part_time_contract");
    assert_eq!(entered(9, 20), "part_time_contract minimum_wage_unknown", "there is no ninth tier");
}

#[test]
fn a_tier_from_an_earlier_notice_is_marked() {
    let book = RuleBook::builtin();
    let finding = |county: &str| {
        let ask = in_county(county, ask(adult(), hourly(1)));
        let decision = decide(&book, &ask.worker, ask.employer, &ask.job, &ask.county);
        decision.findings.into_iter().next().unwrap()
    };
    let read = finding(KUIWEN);
    assert!(!read.inferred && read.source.contains("鲁政字〔2025〕140号"), "{read:?}");
    let earlier = finding("371302");
    assert!(earlier.inferred && earlier.source.contains("鲁政字〔2023〕172号"), "{earlier:?}");
    assert!(earlier.message.contains("核对"), "{earlier:?}");
}

#[test]
fn the_last_day_counts_days_of_rest() {
    let last = |days, days_per_week| over_days(days, days_per_week, 480, job().pay).last_day().to_string();
    assert_eq!(last(1, 1), "2026-11-21");
    assert_eq!(last(6, 6), "2026-11-26");
    assert_eq!(last(7, 6), "2026-11-28");
    assert_eq!(last(10, 5), "2026-12-02");
    assert_eq!(last(30, 7), "2026-12-20");
}
