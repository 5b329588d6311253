//! Wrong numbers, names, ages and phones: refused with the remedy, and nothing half-written.

use hall_app::Code;
use hall_app::api::kiosk::Credential;
use hall_app::api::shared::{EmployerForm, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand};
use hall_core::fact::{Fact, WorkerProfile};
use hall_core::vocab::{EmployerKind, Sex};
use hall_store::Draft;

use crate::reply;
use crate::support::{Market, assert_no_number, employer_form, id_number, number, refused, worker_form};

fn register(form: WorkerForm) -> DeskCommand {
    DeskCommand::RegisterWorker { form, sign_in: true }
}

/// Numbers that are none, and what the sentence says.
fn bad_numbers() -> Vec<(String, &'static str)> {
    let good = id_number(1);
    let last = if good.ends_with('X') { "1" } else { "X" };
    vec![
        (format!("{}{last}", &good[..17]), "校验不符"),
        (number("19800230", 1), "日期不存在"),
        (number("20261121", 1), "晚于今天"),
        ("379901800214001".into(), "15 位"),
        (good[..16].into(), "16 位"),
        (format!("37990A{}", &good[6..]), "只能是数字"),
        (String::new(), "没有填写"),
    ]
}

#[test]
fn a_wrong_check_digit_or_an_impossible_date_is_refused_at_every_door() {
    let market = Market::new();
    let before = market.store().head().unwrap().seq;
    for (text, expected) in bad_numbers() {
        let worker = WorkerForm { id_number: text.clone(), ..worker_form(1) };
        let owner = EmployerForm { kind: EmployerKind::Private, code: text.clone(), ..employer_form() };
        let credential = Credential::IdNumber { text: text.clone() };
        let errors = [
            refused(market.ask(register(worker)), Code::BadInput),
            refused(market.ask(DeskCommand::RegisterEmployer { form: owner }), Code::BadInput),
            refused(market.ask_kiosk(KioskCommand::SignIn { credential }), Code::BadInput),
        ];
        for error in errors {
            assert!(error.message.contains(expected), "{text}: {}", error.message);
            assert!(text.is_empty() || !error.message.contains(&text), "{}", error.message);
        }
    }
    assert_eq!(market.store().head().unwrap().seq, before);
}

#[test]
fn a_wrong_credit_code_is_refused() {
    let market = Market::new();
    for (code, expected) in [
        ("91350100M000100Y44", "校验不符"),
        ("91350100M000100Y4", "17 位"),
        ("91350100M000100YI3", "不用 I"),
        ("", "没有填写"),
    ] {
        let form = EmployerForm { code: code.into(), ..employer_form() };
        let error = refused(market.ask(DeskCommand::RegisterEmployer { form }), Code::BadInput);
        assert!(error.message.contains(expected), "{code}: {}", error.message);
    }
    let young = EmployerForm { kind: EmployerKind::Private, code: number("20100101", 1), ..employer_form() };
    assert!(
        refused(market.ask(DeskCommand::RegisterEmployer { form: young }), Code::BadInput)
            .message
            .contains("18 周岁")
    );
}

#[test]
fn nobody_under_sixteen_is_registered_or_placed() {
    let market = Market::new();
    let child = WorkerForm { id_number: number("20101121", 1), ..worker_form(1) };
    let error = refused(market.ask(register(child.clone())), Code::Refused);
    assert!(error.message.contains("禁止使用童工规定"), "{}", error.message);
    // Nor by correcting the record of a grown-up.
    let grown = market.register(2);
    let change = DeskCommand::ChangeWorker { worker: grown.id, form: child };
    refused(market.ask(change), Code::Refused);
    // On the sixteenth birthday the door opens.
    let birthday = WorkerForm { id_number: number("20101120", 1), ..worker_form(3) };
    market.act(register(birthday));

    // A record that came from elsewhere is held against the rules when a place is taken.
    let profile = WorkerProfile {
        id_tag: Some([7; 16]),
        masked_name: Some("周*".into()),
        born: "2012-01-01".parse().ok(),
        sex: Some(Sex::Male),
        trades: Some(vec!["瓦工".into()]),
        ..WorkerProfile::default()
    };
    let drafts = vec![Draft::new(None, Fact::WorkerRegistered(profile))];
    let child = market.store().commit(market.site.now(), drafts).unwrap()[0].id.to_string();
    let post = market.publish(2);
    let error = refused(market.ask(DeskCommand::Dispatch { post, worker: child }), Code::Refused);
    assert_eq!(error.findings[0].code, "under_16");
    assert!(!error.findings[0].source.is_empty());
}

#[test]
fn a_minor_is_kept_from_banned_work() {
    let market = Market::new();
    let employer = market.employer();
    let form = hall_app::api::shared::PostForm {
        employer,
        hazards: vec![hall_core::rules::Hazard::ALL[0].as_str().into()],
        ..crate::support::post_form()
    };
    let mut banned = 0;
    let minor = WorkerForm { id_number: number("20100101", 1), ..worker_form(1) };
    let minor = reply!(market.act(register(minor)), DeskReply::Worker);
    for (n, hazard) in hall_core::rules::Hazard::ALL.iter().enumerate() {
        let form = hall_app::api::shared::PostForm {
            hazards: vec![hazard.as_str().into()],
            title: format!("活{n}"),
            ..form.clone()
        };
        let post = market.publish_form(form);
        let reply = market.ask(DeskCommand::Dispatch { post, worker: minor.id.clone() });
        if let Err(error) = reply
            && error.code == Code::Refused
        {
            assert_eq!(error.findings[0].code, "minor_forbidden_trade");
            banned += 1;
        }
    }
    assert!(banned > 0, "no hazard is banned for minors");
}

#[test]
fn names_that_cannot_be_printed_are_refused_and_rare_ones_kept() {
    let market = Market::new();
    let long = "𬭚".repeat(50);
    for (n, name) in ["䶮", "𬭚", "㛃", "𪻐", &long, "买买提·艾力"].iter().enumerate() {
        let form = WorkerForm { name: (*name).into(), ..worker_form(n as u16) };
        let worker = reply!(market.act(register(form)), DeskReply::Worker);
        assert_eq!(worker.name, *name);
    }
    let before = market.store().head().unwrap().seq;
    for (name, expected) in [
        ("张😀三".to_owned(), "表情符号"),
        ("张\u{7}三".to_owned(), "控制字符"),
        ("张\u{202E}三".to_owned(), "控制字符"),
        (format!("{long}一"), "51 个字"),
        (" ".to_owned(), "没有填写"),
    ] {
        let form = WorkerForm { name: name.clone(), ..worker_form(20) };
        let error = refused(market.ask(register(form)), Code::BadInput);
        assert!(error.message.contains(expected), "{name:?}: {}", error.message);
        let add = DeskCommand::AddStaff { name, role: hall_core::vocab::Role::Clerk, pin: "730164".into() };
        refused(market.ask(add), Code::BadInput);
    }
    assert_eq!(market.store().head().unwrap().seq, before);
}

#[test]
fn phones_and_trades_that_say_nothing_are_refused() {
    let market = Market::new();
    for phone in ["", "1380000000", "12012345678", "打我手机"] {
        let form = WorkerForm { phone: phone.into(), ..worker_form(1) };
        refused(market.ask(register(form)), Code::BadInput);
    }
    let many: Vec<String> = (0..9).map(|n| format!("工种{n}")).collect();
    for trades in [vec![], vec![String::new()], vec!["  ".into()], vec!["瓦\u{7}工".into()], many] {
        let form = WorkerForm { trades: trades.clone(), ..worker_form(1) };
        let error = market.ask(register(form)).unwrap_err();
        assert_eq!(error.code, Code::BadInput, "{trades:?}");
    }
    let changes: [fn(&mut EmployerForm); 6] = [
        |form| form.name = " ".into(),
        |form| form.address.clear(),
        |form| form.legal_head.clear(),
        |form| form.papers_seen.clear(),
        |form| form.phone.clear(),
        |form| form.name = "单\u{0}位".into(),
    ];
    for change in changes {
        let mut form = employer_form();
        change(&mut form);
        refused(market.ask(DeskCommand::RegisterEmployer { form }), Code::BadInput);
    }
}

#[test]
fn the_same_person_again_is_the_same_person() {
    let market = Market::new();
    let first = market.register(1);
    let again = WorkerForm { phone: "15499999999".into(), ..worker_form(1) };
    let again = reply!(market.act(register(again)), DeskReply::Worker);
    assert_eq!((again.id, again.visit), (first.id.clone(), Some(1)));
    let other = market.register(2);
    // A number belongs to one person.
    let change = DeskCommand::ChangeWorker { worker: other.id, form: worker_form(1) };
    assert!(refused(market.ask(change), Code::BadInput).message.contains("另一个人"));
    // An empty number means: as it was.
    let form = WorkerForm { id_number: String::new(), phone: String::new(), ..worker_form(1) };
    let kept = reply!(market.act(DeskCommand::ChangeWorker { worker: first.id, form }), DeskReply::Worker);
    assert!(kept.masked_phone.ends_with("9999"));
    let shown = format!("{kept:?}");
    assert_no_number(&shown);
}
