use std::collections::BTreeSet;

use super::*;

fn files_with(name: &'static str, text: &str) -> Result<RuleBook, RuleBookError> {
    RuleBook::parse(|file| {
        if file == name {
            return Some(text.to_owned());
        }
        FILES.iter().find(|(known, _)| *known == file).map(|(_, text)| (*text).to_owned())
    })
}

#[test]
fn every_row_of_every_table_names_its_source() {
    let book = RuleBook::builtin();
    for &code in FindingCode::ALL {
        assert!(book.finding_row(code).source.chars().count() > 5, "{code}");
    }
    for &hazard in Hazard::ALL {
        let row = &book.hazards[&hazard];
        assert!(!row.banned_for.is_empty(), "{hazard:?} bars nobody");
        assert!(row.banned_for.iter().all(|ban| ban.source.contains('《')), "{hazard:?}");
    }
    for &venue in Venue::ALL {
        assert!(book.venue_ban(venue, Barred::Minor).is_some_and(|ban| ban.source.contains('《')));
    }
    assert!(book.wages.iter().all(|row| row.document.starts_with("鲁政字")));
    assert!(book.counties().all(|row| row.document.starts_with("鲁政字")));
    assert!(book.special_trades().iter().all(|trade| trade.source.contains('《')));
    assert!(book.retention().iter().all(|row| row.keep_months >= 6 && row.source.contains('《')));
    assert!(book.limits().sources().iter().all(|(_, source, _)| source.contains('《')));
}

#[test]
fn severities_are_those_of_the_law() {
    let book = RuleBook::builtin();
    let warn =
        ["day_pay_below_hourly_line", "overtime", "no_weekly_rest", "age_upper", "region", "appearance"];
    let info = [
        "birthday_on_first_day",
        "hours_over_part_time_limit",
        "pay_not_hourly",
        "pay_not_checkable",
        "minimum_wage_unknown",
    ];
    for &code in FindingCode::ALL {
        let expected = if warn.contains(&code.as_str()) {
            Severity::Warn
        } else if info.contains(&code.as_str()) {
            Severity::Info
        } else {
            Severity::Block
        };
        assert_eq!(book.finding_row(code).severity, expected, "{code}");
    }
}

#[test]
fn the_minimum_wage_of_a_county_on_a_day() {
    let book = RuleBook::builtin();
    let line = |county: &str, day: &str| {
        book.minimum_wage(&County::new(county), day.parse().unwrap())
            .map(|line| (line.month.0 / 100, line.hour.0 / 100, line.inferred))
    };
    let cases = [
        ("370705", "2026-11-20", Some((2400, 24, false))),
        ("370705", "2025-10-01", Some((2400, 24, false))),
        ("370705", "2025-09-30", Some((2200, 22, true))),
        ("370705", "2023-09-30", Some((2100, 21, true))),
        ("370705", "2021-09-30", None),
        ("370124", "2026-11-20", Some((2210, 22, false))),
        ("371321", "2026-11-20", Some((2020, 20, true))),
        ("371321", "2024-01-01", Some((1820, 18, false))),
        ("370785", "2022-01-01", Some((1900, 19, false))),
        ("370785", "2026-11-20", Some((2210, 22, true))),
        ("370799", "2026-11-20", None),
        ("110101", "2026-11-20", None),
        ("", "2026-11-20", None),
    ];
    for (county, day, expected) in cases {
        assert_eq!(line(county, day), expected, "{county} on {day}");
    }
}

#[test]
fn the_counties_read_so_far() {
    let book = RuleBook::builtin();
    let of =
        |tier, status| book.counties().filter(|row| row.tier == Tier(tier) && row.status == status).count();
    assert_eq!(of(1, Known::Verified), 25);
    assert_eq!(of(2, Known::Verified), 7);
    assert_eq!(of(2, Known::EarlierNotice), 6);
    assert_eq!(of(3, Known::EarlierNotice), 9);
    let names: BTreeSet<&str> = book.counties().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), 47, "no county twice");
    assert_eq!(book.county("370705").map(|row| row.name.as_str()), Some("潍坊市奎文区"));
}

#[test]
fn special_trades_are_recognised_by_their_words() {
    let book = RuleBook::builtin();
    let code = |text: &str| book.special_trade_in(text).map(|trade| trade.code.as_str());
    assert_eq!(code("二保焊工 2 名"), Some("welder"));
    assert_eq!(code("外墙清洗"), Some("work_at_height"));
    assert_eq!(code("开叉车"), Some("forklift"));
    assert_eq!(code("小工"), None);
    assert_eq!(
        book.special_trade("electrician").map(|trade| trade.name.as_str()),
        Some("低压、高压电工作业")
    );
}

#[test]
fn rule_files_that_cannot_be_used_are_refused_by_name() {
    let message = |result: Result<RuleBook, RuleBookError>| result.map(|_| ()).unwrap_err().to_string();
    assert_eq!(message(RuleBook::parse(|_| None)), "rule file minimum_wage.json is missing");
    assert!(message(files_with("limits.json", "{")).contains("limits.json does not parse"));
    assert!(message(files_with("findings.json", "[]")).contains("no row for"));
    let county = r#"{"code":"37070","name":"x","tier":1,"document":"d","status":"verified"}"#;
    assert!(message(files_with("counties.json", &format!("[{county}]"))).contains("not a county code"));
    let county = county.replace("37070", "370705");
    assert!(
        message(files_with("counties.json", &format!("[{county},{county}]"))).contains("two rows for 370705")
    );
    let post = r#"{"wording":[{"code":"gender","fact":"f","suggestion":"s","patterns":["("],"except":[]}],"items":[]}"#;
    assert!(message(files_with("post.json", post)).contains("pattern ( of post.json"));
}
