//! The whole main job through commands: an employer and a post, a walk-in, the kiosk, the slip, the agreement,
//! the outcome, the day's figure, the wall.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::api::kiosk::{BoardFilter, Credential};
use hall_app::api::shared::{AgreementForm, OutcomeForm, PostForm, TicketState, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply, WallReply};
use hall_app::{AppError, Code};
use hall_core::vocab::{
    AgreementType, EmployerKind, Outcome, PaperKind, PaperState, PayUnit, PostType, Settlement,
};

use crate::reply;
use crate::support::{
    Market, WALL, ask_program, employer_form, id_number, number, post_form, qr_in, refused, worker_form,
};

fn checked() -> AgreementForm {
    AgreementForm { identities_checked: true, ..AgreementForm::default() }
}

fn outcome(market: &Market, ticket: &str, outcome: Outcome, amount: &str) -> Result<DeskReply, AppError> {
    let form = OutcomeForm { outcome, amount: amount.into(), note: String::new() };
    market.ask(DeskCommand::RecordOutcome { ticket: ticket.into(), form })
}

#[test]
fn from_a_post_to_the_days_figure() {
    let market = Market::new();
    let post = market.publish(2);
    market.set("05:40");

    // A walk-in gets a member card, and the card signs in at the kiosk.
    let worker = market.register(1);
    assert_eq!((worker.visit, worker.card), (Some(1), 0));
    let card = reply!(market.act(DeskCommand::IssueCard { worker: worker.id.clone() }), DeskReply::Slip);
    let text = qr_in(&card.png);
    assert!(text.starts_with("LG1"), "{text}");
    assert_eq!(card.paper, None, "nothing is printed where no printer is assigned");
    let credential = Credential::Card { text };
    let session = market.ask_kiosk(KioskCommand::SignIn { credential }).unwrap();
    let session = reply!(session, KioskReply::Session);
    assert_eq!((session.masked_name.as_str(), session.visit), ("周**", 1));

    // Pay first: the board shows the post, its detail has no obstacle.
    let filter =
        BoardFilter { trade: Some("瓦工".into()), day_pay_min: Some(30_000), ..BoardFilter::default() };
    let page = reply!(market.ask_kiosk(KioskCommand::Board { filter, page: 0 }).unwrap(), KioskReply::Board);
    assert_eq!((page.total, page.posts[0].left, page.posts[0].pay.amount), (1, 2, 35_000));
    let detail =
        reply!(market.ask_kiosk(KioskCommand::Post { post: post.clone() }).unwrap(), KioskReply::Post);
    assert_eq!((detail.obstacle, detail.contact), (None, None));

    // One tap: a confirmed ticket with a numbered place.
    let ticket = market.claim(&post).unwrap();
    let place = ticket.place.clone().unwrap();
    assert_eq!((ticket.state, place.index, place.of), (TicketState::Confirmed, 1, 2));
    assert_eq!((ticket.number.as_str(), ticket.contact_phone.as_str()), ("A001", "15400000002"));

    // The slip, at both widths: a signed code that the desk takes for what it is.
    for width in [384, 576] {
        market.assign_slips("tcp://127.0.0.1:9", width);
        let slip = KioskCommand::Slip { ticket: ticket.id.clone() };
        let slip = reply!(market.ask_kiosk(slip).unwrap(), KioskReply::Slip);
        assert_eq!((slip.width, slip.code.as_str()), (width, ticket.code.as_str()));
        let paper = slip.paper.unwrap();
        assert_eq!((paper.kind, paper.state, paper.reprint), (PaperKind::Slip, PaperState::Queued, 0));
        assert_eq!((paper.number.as_str(), paper.ticket), (ticket.number.as_str(), Some(ticket.id.clone())));
        let found = market.act(DeskCommand::FindTicket { text: qr_in(&slip.png) });
        let found = reply!(found, DeskReply::TicketCheck);
        assert!(found.valid, "{}", found.message);
        assert_eq!((&found.ticket.id, &found.worker.id), (&ticket.id, &worker.id));
    }
    for typed in [ticket.code.clone(), ticket.code.to_lowercase().replace('-', ""), "a001".into()] {
        let found = reply!(market.act(DeskCommand::FindTicket { text: typed }), DeskReply::TicketCheck);
        assert_eq!(found.ticket.id, ticket.id);
        assert_eq!(found.check.agreement, Some(AgreementType::TaskContract));
    }

    // The paper, two copies, on record and readable.
    let unseen = DeskCommand::MakeAgreement {
        ticket: ticket.id.clone(),
        form: AgreementForm::default(),
        overriding: None,
    };
    assert!(refused(market.ask(unseen), Code::BadInput).message.contains("核对"));
    let make = DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form: checked(), overriding: None };
    let made = reply!(market.act(make), DeskReply::Agreement);
    assert_eq!((made.agreement, made.copies), (AgreementType::TaskContract, 2));
    let pdf = BASE64.decode(&made.file.data).unwrap();
    assert!(pdf.starts_with(b"%PDF"));
    assert!(pdf.len() <= 30 * 1024, "{} bytes", pdf.len());
    assert_eq!(std::fs::read(&made.path).unwrap(), pdf);
    let kept = reply!(market.act(DeskCommand::AgreementFile { ticket: ticket.id.clone() }), DeskReply::File);
    assert_eq!(kept, made.file);
    let words = ask_program("pdftotext", "poppler-utils", &["-layout", "FILE", "-"], &pdf);
    for expected in
        [made.number.as_str(), &id_number(1), "示范建筑劳务有限公司", "赵示例", "350", &ticket.code]
    {
        assert!(words.contains(expected), "{expected} is not in the agreement: {words}");
    }
    let on_record = market.ticket(&ticket).agreement.unwrap();
    assert_eq!((on_record.number, on_record.agreement), (made.number, made.agreement));

    // The second worker fills the post: the wall strikes it out, without a word about people.
    market.set("06:00");
    market.take(2, &post);
    let wall = market.wall_view();
    assert_eq!((wall.open_posts, wall.places_left, wall.placed_today), (1, 0, 2));
    assert_eq!(wall.pages[0].posts[0].left, 0);
    let shown = serde_json::to_string(&WallReply::View(wall)).unwrap();
    for n in [1, 2] {
        let person = worker_form(n);
        for secret in [&person.name, &person.id_number, &person.phone] {
            assert!(!shown.contains(secret.as_str()), "{secret} is on the wall");
        }
    }
    for secret in ["周", "王师傅", "15400000002", "赵示例"] {
        assert!(!shown.contains(secret), "{secret} is on the wall");
    }

    // Two more come and find nothing; half of those who signed in were placed.
    market.register(3);
    market.register(4);
    let figures = market.view().figures;
    assert_eq!((figures.signed_in, figures.placed, figures.success_percent), (4, 2, Some(50)));

    // What became of it.
    refused(outcome(&market, &ticket.id, Outcome::Finished, ""), Code::TooLate);
    market.set("09:20");
    outcome(&market, &ticket.id, Outcome::Arrived, "").unwrap();
    market.set("17:35");
    outcome(&market, &ticket.id, Outcome::Finished, "").unwrap();
    refused(outcome(&market, &ticket.id, Outcome::Paid, ""), Code::BadInput);
    let paid = reply!(outcome(&market, &ticket.id, Outcome::Paid, "350").unwrap(), DeskReply::Ticket);
    assert_eq!((paid.state, paid.paid), (TicketState::Finished, Some(true)));
    let ledger = reply!(market.act(DeskCommand::Day { day: crate::support::DAY.into() }), DeskReply::Tickets);
    assert_eq!(ledger.len(), 2);
    market.verify();
}

#[test]
fn a_worker_who_did_not_come_frees_the_record_and_one_who_was_not_paid_is_heard() {
    let market = Market::new();
    let post = market.publish(2);
    let first = market.take(1, &post);
    let second = market.take(2, &post);
    market.set("09:40");
    let gone = reply!(outcome(&market, &first.id, Outcome::NoShow, "").unwrap(), DeskReply::Ticket);
    assert_eq!((gone.state, gone.place), (TicketState::NoShow, None));
    market.set("18:00");
    market.sign_in(2);
    market.ask_kiosk(KioskCommand::ReportUnpaid { ticket: second.id.clone() }).unwrap();
    assert_eq!(market.ticket(&second).paid, Some(false));
    assert!(market.view().notices.iter().any(|notice| notice.contains(&second.number)));
    market.verify();
}

/// Who the worker is, the post, and the paper that the rules choose.
#[test]
fn the_rules_choose_the_paper() {
    let market = Market::new();
    let organisation = market.employer();
    let private = hall_app::api::shared::EmployerForm {
        kind: EmployerKind::Private,
        name: "郑雇主".into(),
        code: number("19700101", 11),
        legal_head: String::new(),
        ..employer_form()
    };
    let private = reply!(market.act(DeskCommand::RegisterEmployer { form: private }), DeskReply::Employer);
    assert!(!private.masked_code.contains("19700101"), "{}", private.masked_code);
    let hourly = PostForm {
        pay: "26".into(),
        unit: Some(PayUnit::Hour),
        settlement: Some(Settlement::Daily),
        end: "13:30".into(),
        rest_minutes: 0,
        ..post_form()
    };
    let pensioner = WorkerForm { pension: true, id_number: number("19580101", 21), ..worker_form(1) };
    let past_age = WorkerForm { id_number: number("19600101", 31), ..worker_form(2) };
    let student = WorkerForm { student: true, id_number: number("20060101", 41), ..worker_form(3) };
    let woman = WorkerForm { id_number: number("19730101", 42), ..worker_form(4) };
    let cases = [
        (worker_form(5), &organisation, post_form(), AgreementType::TaskContract),
        (worker_form(6), &organisation, hourly, AgreementType::PartTimeContract),
        (worker_form(7), &private.id, post_form(), AgreementType::ServiceAgreement),
        (pensioner, &organisation, post_form(), AgreementType::OverAgeWrittenAgreement),
        (past_age, &organisation, post_form(), AgreementType::OverAgeWrittenAgreement),
        (student, &organisation, post_form(), AgreementType::ServiceAgreement),
        (woman, &organisation, post_form(), AgreementType::OverAgeWrittenAgreement),
    ];
    for (n, (worker, employer, form, expected)) in cases.into_iter().enumerate() {
        // The last case is a woman whose post type decides: the desk is asked for it first.
        let asks = n == 6;
        let form = PostForm { employer: employer.clone(), title: format!("活{n}"), ..form };
        let post = market.publish_form(form);
        let worker = reply!(
            market.act(DeskCommand::RegisterWorker { form: worker, sign_in: true }),
            DeskReply::Worker
        );
        let ticket = reply!(market.act(DeskCommand::Dispatch { post, worker: worker.id }), DeskReply::Ticket);
        let make = |form| DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form, overriding: None };
        let mut seen = checked();
        if asks {
            assert!(refused(market.ask(make(seen.clone())), Code::BadInput).message.contains("50"));
            seen.post_type = Some(PostType::Fifty);
        }
        let made = reply!(market.act(make(seen)), DeskReply::Agreement);
        assert_eq!(made.agreement, expected, "case {n}");
    }
    market.verify();
}

#[test]
fn the_kiosk_signs_in_by_number_and_keeps_order() {
    let market = Market::new();
    market.register(1);
    market.pass(1_000);
    market.register(2);
    assert_eq!(market.sign_in(2).visit, 2);
    assert_eq!(market.sign_in(1).visit, 1);
    let credential = Credential::IdNumber { text: id_number(9) };
    refused(market.ask_kiosk(KioskCommand::SignIn { credential }), Code::WorkerUnknown);
    // Anonymous browsing shows the board; the wall's command is the same for everybody.
    market.ask_kiosk(KioskCommand::SignOut).unwrap();
    let view = reply!(market.ask_kiosk(KioskCommand::View).unwrap(), KioskReply::View);
    assert!(view.set_up && view.session.is_none());
    assert!(market.wall(WALL, hall_app::api::WallCommand::View).is_ok());
}
