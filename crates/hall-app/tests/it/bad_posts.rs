//! Posts that the law or reason does not allow: every wrong field is named, findings carry their source, and a
//! supervisor who lets one pass is on record with the reason.

use hall_app::Code;
use hall_app::api::shared::{OverrideForm, PostForm};
use hall_app::api::{DeskCommand, DeskReply};
use hall_core::entity::Entity;
use hall_core::fact::Fact;
use hall_core::vocab::{PayUnit, Settlement};

use crate::reply;
use crate::support::{CLERK_PIN, DESK, Market, PIN, assert_plain, post_form, refused};

type Change = fn(&mut PostForm);

fn changed(market: &Market, change: Change) -> PostForm {
    let mut form = market.form();
    change(&mut form);
    form
}

#[test]
fn every_wrong_field_is_refused_by_name() {
    let market = Market::new();
    market.employer();
    let before = market.store().head().unwrap().seq;
    let cases: &[(Change, &str)] = &[
        (|form| form.places = "0".into(), "招用人数“0”不对"),
        (|form| form.places = "-3".into(), "招用人数“-3”不对"),
        (|form| form.places = "三".into(), "招用人数“三”不对"),
        (|form| form.places = "99999".into(), "招用人数“99999”不对"),
        (|form| form.places.clear(), "没有填招用人数"),
        (|form| form.first_day = "2026-11-19".into(), "开工时间已经过去"),
        (|form| form.start = "04:59".into(), "开工时间已经过去"),
        (|form| form.first_day = "2026-02-30".into(), "开工日期“2026-02-30”不对"),
        (|form| form.first_day = "2027-11-20".into(), "太远"),
        (|form| form.last_day = "2026-11-19".into(), "结束日期早于开工日期"),
        (|form| form.last_day = "2027-02-20".into(), "最多连干"),
        (|form| form.start = "25:00".into(), "上工时间“25:00”不对"),
        (|form| form.start = "24:00".into(), "上工时间“24:00”不对"),
        (|form| form.end.clear(), "没有填下工时间"),
        (|form| form.rest_minutes = 480, "休息时间"),
        (|form| form.pay = "0".into(), "工钱要大于 0"),
        (|form| form.pay = "-350".into(), "金额“-350”不对"),
        (|form| form.pay = "面议".into(), "金额“面议”不对"),
        (|form| form.pay = "9999999".into(), "工钱要大于 0、不超过"),
        (|form| form.unit = None, "没有选工钱按时"),
        (|form| form.settlement = None, "没有选怎么结算"),
        (|form| form.trade.clear(), "没有填工种"),
        (|form| form.title = " ".into(), "没有填岗位名称"),
        (|form| form.title = "砌".repeat(41), "岗位名称：内容有 41 个字"),
        (|form| form.content = "砌\u{0}墙".into(), "工作内容：第 2 个字符"),
        (|form| form.contact_phone = "123".into(), "联系电话：电话位数不对"),
        (|form| form.hazards = vec!["nonsense".into()], "危险作业“nonsense”不在名单里"),
        (|form| form.certificate = "nonsense".into(), "证书“nonsense”不在名单里"),
        (|form| form.days_per_week = 8, "每周"),
        (|form| form.employer.clear(), "没有选用工方"),
    ];
    for (change, expected) in cases {
        let form = changed(&market, *change);
        let error = refused(market.try_publish(form), Code::BadInput);
        assert!(error.message.contains(expected), "{expected}: {}", error.message);
    }
    let mut unknown = post_form();
    unknown.employer = "1.1.9999".into();
    refused(market.try_publish(unknown), Code::NotFound);
    // Registering the employer again writes his facts anew and nothing else.
    assert_eq!(market.store().head().unwrap().seq, before + cases.len() as u64);
    assert_eq!(market.view().posts.len(), 0);
}

#[test]
fn what_the_law_forbids_is_blocked_with_its_source() {
    let market = Market::new();
    market.employer();
    let cases: &[(Change, &str)] = &[
        (|form| form.pay = "110".into(), "pay_below_monthly_minimum"),
        (
            |form| {
                form.pay = "23".into();
                form.unit = Some(PayUnit::Hour);
                form.end = "13:30".into();
                form.rest_minutes = 0;
            },
            "pay_below_hourly_minimum",
        ),
        (
            |form| {
                form.pay = "30".into();
                form.unit = Some(PayUnit::Hour);
                form.end = "13:30".into();
                form.rest_minutes = 0;
                form.settlement = Some(Settlement::Monthly);
            },
            "pay_cycle_over_15_days",
        ),
        (|form| form.insurance.clear(), "insurance_missing"),
        (|form| form.protection.clear(), "protection_missing"),
        (|form| form.requirements.clear(), "conditions_missing"),
        (|form| form.content.clear(), "content_missing"),
        (|form| form.address.clear(), "place_missing"),
        (|form| form.requirements = "限男性，能吃苦".into(), "gender"),
        (|form| form.requirements = "要交押金 200 元".into(), "deposit_or_fee"),
        (|form| form.content = "身份证要交给工头保管".into(), "id_card_retention"),
        (|form| form.requirements = "只招汉族".into(), "ethnicity"),
        (|form| form.end = "23:30".into(), "hours_over_legal_max"),
        (|form| form.probation_days = 3, "probation_forbidden"),
    ];
    for (change, code) in cases {
        let form = changed(&market, *change);
        let findings = market.act(DeskCommand::CheckPost { form: form.clone() });
        let findings = reply!(findings, DeskReply::Findings);
        assert!(findings.iter().any(|finding| finding.code == *code), "{code} not in {findings:?}");
        let error = refused(market.try_publish(form), Code::Blocked);
        let finding = error.findings.iter().find(|finding| finding.code == *code).unwrap();
        assert_plain(&finding.message);
        assert!(!finding.source.is_empty(), "{code} has no source");
    }
    assert_eq!(market.view().posts.len(), 0);
}

#[test]
fn only_a_supervisor_lets_a_finding_pass_and_only_with_a_reason() {
    let market = Market::new();
    let clerk = market.clerk();
    let form = PostForm { pay: "110".into(), ..market.form() };
    market.log_in(DESK, &clerk, CLERK_PIN).unwrap();
    let publish = |staff: &str, pin: &str, reason: &str| {
        let overriding = OverrideForm { supervisor: staff.into(), pin: pin.into(), reason: reason.into() };
        market.ask(DeskCommand::PublishPost { form: form.clone(), overriding: Some(overriding) })
    };
    let reason = "半天活，按半天计价，已向用工方说明";
    let before = market.store().head().unwrap().seq;
    refused(publish(&clerk, CLERK_PIN, reason), Code::NotAllowed);
    refused(publish(&market.supervisor, "000000", reason), Code::WrongPin);
    for empty in ["", "  "] {
        assert!(refused(publish(&market.supervisor, PIN, empty), Code::BadInput).message.contains("原因"));
    }
    assert_eq!(market.store().head().unwrap().seq, before);

    let post = reply!(publish(&market.supervisor, PIN, reason).unwrap(), DeskReply::Post);
    let id = post.card.id.parse().unwrap();
    let Some(Entity::Post(kept)) = market.store().entity(id).unwrap() else { panic!("no post") };
    assert_eq!(kept.overridden, [("pay_below_monthly_minimum".to_owned(), reason.to_owned())]);
    let ops = market.store().ops_of(id).unwrap();
    let by =
        |wanted: fn(&Fact) -> bool| ops.iter().find(|op| wanted(&op.fact)).unwrap().by.unwrap().to_string();
    assert_eq!(by(|fact| matches!(fact, Fact::PostPublished(_))), clerk);
    assert_eq!(by(|fact| matches!(fact, Fact::FindingsOverridden(_))), market.supervisor);
    // What needs no override does not record one.
    let fair = reply!(
        market.act(DeskCommand::PublishPost {
            form: PostForm { pay: "350".into(), ..form.clone() },
            overriding: Some(OverrideForm {
                supervisor: market.supervisor.clone(),
                pin: "1".into(),
                reason: String::new()
            }),
        }),
        DeskReply::Post
    );
    let Some(Entity::Post(kept)) = market.store().entity(fair.card.id.parse().unwrap()).unwrap() else {
        panic!("no post")
    };
    assert_eq!(kept.overridden, []);
    market.verify();
}

#[test]
fn an_unknown_county_asks_for_its_tier_and_then_holds_pay_against_it() {
    let market = Market::new();
    let mut hall = crate::support::hall_form();
    hall.county = "379901".into();
    market.act(DeskCommand::SetHall { hall });
    let form = PostForm { pay: "100".into(), ..market.form() };
    let found = reply!(market.act(DeskCommand::CheckPost { form: form.clone() }), DeskReply::Findings);
    assert!(found.iter().any(|finding| finding.code == "minimum_wage_unknown"), "{found:?}");
    assert!(market.view().minimum_wage.contains("主管"));
    for (tier, document) in [(4, "鲁政字〔2025〕140号"), (0, "鲁政字〔2025〕140号"), (2, "")] {
        let enter = DeskCommand::EnterTier { tier, document: document.into() };
        refused(market.ask(enter), Code::BadInput);
    }
    market.act(DeskCommand::EnterTier { tier: 2, document: "鲁政字〔2025〕140号".into() });
    assert!(market.view().minimum_wage.contains("2210"));
    refused(market.try_publish(form), Code::Blocked);
}

#[test]
fn a_certificate_that_the_law_asks_for_must_have_been_seen() {
    let market = Market::new();
    let certificate = market.view().certificates[0].clone();
    let form = PostForm { certificate: certificate.code.clone(), ..market.form() };
    let post = market.publish_form(form);
    market.register(1);
    market.sign_in(1);
    let error = refused(market.claim(&post), Code::Refused);
    assert!(error.message.contains(&certificate.name), "{}", error.message);
    let form = hall_app::api::shared::WorkerForm {
        certificates: vec![certificate.code],
        ..crate::support::worker_form(1)
    };
    market.act(DeskCommand::RegisterWorker { form, sign_in: false });
    market.claim(&post).unwrap();
    let bad = hall_app::api::shared::WorkerForm {
        certificates: vec!["nonsense".into()],
        ..crate::support::worker_form(1)
    };
    refused(market.ask(DeskCommand::RegisterWorker { form: bad, sign_in: false }), Code::BadInput);
}
