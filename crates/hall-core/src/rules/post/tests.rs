use super::*;
use crate::rules::finding::FindingCode;
use crate::vocab::Severity;

fn free(text: &str) -> PostText {
    PostText { text: Some(text.to_owned()), ..PostText::default() }
}

fn full() -> PostText {
    let text = |text: &str| Some(text.to_owned());
    PostText {
        employer: text("潍坊某建筑劳务公司"),
        title: text("小工"),
        headcount: text("4"),
        content: text("搬砖、和灰"),
        place: text("奎文区北宫街 100 号"),
        conditions: text("无特殊要求"),
        employment_type: text("日结零工"),
        wage: text("260 元/天"),
        insurance: text("意外险，管午饭"),
        protection: text("发安全帽、手套"),
        text: None,
    }
}

fn is_missing(code: FindingCode) -> bool {
    code.as_str().ends_with("_missing")
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
    codes.dedup();
    codes
}

#[test]
fn wording_is_found_and_neutral_uses_are_not() {
    let book = RuleBook::builtin();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for line in include_str!("cases.txt").lines().filter(|line| !line.starts_with('#')) {
        let (text, expected) = line.split_once('|').expect(line);
        let findings: Vec<Finding> =
            check_post(&book, &free(text)).into_iter().filter(|finding| !is_missing(finding.code)).collect();
        let mut found = codes(&findings);
        found.sort_unstable();
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        expected.sort_unstable();
        checked += 1;
        if found != expected {
            wrong.push(format!("{text}: expected {expected:?}, found {findings:?}"));
        }
        for finding in &findings {
            assert!(finding.phrase.as_deref().is_some_and(|phrase| text.contains(phrase)), "{finding:?}");
        }
    }
    assert!(checked > 150, "the cases were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_complete_and_lawful_post_has_no_finding() {
    assert_eq!(check_post(&RuleBook::builtin(), &full()), []);
}

type Take = fn(&mut PostText);

#[test]
fn each_of_the_ten_items_is_missed_by_its_own_code() {
    let book = RuleBook::builtin();
    let cases: [(&str, Take); 10] = [
        ("employer_missing", |post| post.employer = None),
        ("title_missing", |post| post.title = Some(String::new())),
        ("headcount_missing", |post| post.headcount = Some(" ".into())),
        ("content_missing", |post| post.content = None),
        ("place_missing", |post| post.place = None),
        ("conditions_missing", |post| post.conditions = None),
        ("employment_type_missing", |post| post.employment_type = None),
        ("wage_missing", |post| post.wage = None),
        ("insurance_missing", |post| post.insurance = None),
        ("protection_missing", |post| post.protection = None),
    ];
    for (code, take) in cases {
        let mut post = full();
        take(&mut post);
        let findings = check_post(&book, &post);
        assert_eq!(codes(&findings), [code]);
        assert_eq!(findings[0].severity, Severity::Block);
        assert!(findings[0].message.contains('请'), "no remedy in {}", findings[0].message);
    }
    assert_eq!(check_post(&book, &PostText::default()).len(), 10);
}

#[test]
fn free_text_may_state_an_item() {
    let book = RuleBook::builtin();
    let post = free("奎文区北宫街工地招小工 4 人，搬砖和灰，260 元/天，日结，管午饭，发安全帽，会爬楼");
    assert_eq!(codes(&check_post(&book, &post)), [""; 0]);
    let found = check_post(&book, &free("急招小工数名，工资面议"));
    assert!(codes(&found).contains(&"headcount_missing") && codes(&found).contains(&"wage_missing"));
}

#[test]
fn wording_is_found_in_every_field_and_in_full_width_forms() {
    let book = RuleBook::builtin();
    let post = PostText { conditions: Some("年龄１８－５５岁，限男".into()), ..full() };
    let findings = check_post(&book, &post);
    assert_eq!(codes(&findings), ["gender", "age_upper"]);
    assert!(findings.iter().any(|finding| finding.phrase.as_deref() == Some("年龄１８－５５岁")));
    assert_eq!(findings[0].severity, Severity::Block);
    assert!(findings[1].inferred && findings[1].severity == Severity::Warn);
}

#[test]
fn a_phrase_is_reported_once_and_a_long_post_stays_bounded() {
    let book = RuleBook::builtin();
    let post = PostText { content: Some("限男".repeat(400)), text: Some("限男".into()), ..full() };
    let findings = check_post(&book, &post);
    assert!(findings.len() <= 5, "{} findings", findings.len());
    let noise: String = "男女不限，1".repeat(20_000);
    assert_eq!(check_post(&book, &PostText { content: Some(noise), ..full() }), []);
}
