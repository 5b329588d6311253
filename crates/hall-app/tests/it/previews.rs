//! The agreement on the screen before it is made: the pages of the very file that would be made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::Code;
use hall_app::api::desk::AgreementPreview;
use hall_app::api::shared::{AgreementForm, OverrideForm, PostForm, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply};
use hall_core::vocab::AgreementType;
use hall_print::pictures;

use crate::insurance::policy;
use crate::reply;
use crate::support::{Market, PIN, post_form, refused, worker_form};

fn looking(ticket: &str, form: &AgreementForm) -> DeskCommand {
    DeskCommand::PreviewAgreement { ticket: ticket.into(), form: form.clone() }
}

fn look(market: &Market, ticket: &str, form: &AgreementForm) -> AgreementPreview {
    reply!(market.act(looking(ticket, form)), DeskReply::AgreementPreview)
}

/// Every page of the file that is made of the ticket now, as a picture.
fn made(market: &Market, ticket: &str, form: AgreementForm, overriding: Option<OverrideForm>) -> Vec<String> {
    let form = AgreementForm { identities_checked: true, ..form };
    let make = DeskCommand::MakeAgreement { ticket: ticket.into(), form, overriding };
    let made = reply!(market.act(make), DeskReply::Agreement);
    let file = market.act(DeskCommand::AgreementFile { ticket: ticket.into() });
    let file = BASE64.decode(reply!(file, DeskReply::File).data).unwrap();
    let pages = pictures(&file).unwrap();
    assert_eq!(pages.len(), usize::from(made.pages));
    pages.iter().map(|page| BASE64.encode(&page.png)).collect()
}

fn ticket_of(market: &Market, worker: WorkerForm, post: PostForm) -> String {
    let post = market.publish_form(post);
    let form = WorkerForm { trades: vec!["瓦工".into()], ..worker };
    let worker =
        reply!(market.act(DeskCommand::RegisterWorker { form, sign_in: true }), DeskReply::Worker).id;
    let ticket = reply!(market.act(DeskCommand::Dispatch { post, worker }), DeskReply::Ticket);
    assert!(ticket.place.is_some());
    ticket.id
}

#[test]
fn the_pages_on_the_screen_are_the_pages_of_the_file() {
    let market = Market::new();
    let student = WorkerForm { student: true, ..worker_form(2) };
    let insured = AgreementForm { insurance: Some(policy()), hall_copy: true, ..AgreementForm::default() };
    let cases = [
        (worker_form(1), market.form(), AgreementForm::default(), AgreementType::TaskContract),
        (student, market.form(), insured, AgreementType::ServiceAgreement),
    ];
    let mut before: Vec<String> = Vec::new();
    for (worker, post, form, kind) in cases {
        let ticket = ticket_of(&market, worker, post);
        let preview = look(&market, &ticket, &form);
        assert_eq!((preview.agreement, preview.copies), (kind, if form.hall_copy { 3 } else { 2 }));
        assert_eq!((preview.width, preview.height), (1240, 1754), "A4 at 150 dots an inch");
        assert_eq!(preview.missing, Vec::<String>::new());
        assert!(made(&market, &ticket, form, None) == preview.pages, "{kind:?}");
        assert!(preview.pages.iter().all(|page| !before.contains(page)), "pages of another ticket differ");
        before.extend(preview.pages);
    }
}

#[test]
fn who_looks_at_an_agreement_writes_nothing() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(1));
    let head = market.store().head().unwrap();
    let form =
        AgreementForm { insurance: Some(policy()), certificate_seen: true, ..AgreementForm::default() };
    // The papers of both sides are compared with what is on the screen, so they need not be checked before.
    assert!(!form.identities_checked);
    look(&market, &ticket.id, &form);
    assert_eq!(market.store().head().unwrap(), head);
    assert!(!market.site.data().join("files").join("agreements").exists());
    assert_eq!(market.ticket(&ticket).agreement, None);
}

#[test]
fn what_a_supervisor_has_to_let_pass_can_be_seen_before() {
    let market = Market::new();
    let overriding = || OverrideForm {
        supervisor: market.supervisor.clone(),
        pin: PIN.into(),
        reason: "半天活，按半天计价，已向用工方说明".into(),
    };
    let form = PostForm { pay: "80".into(), employer: market.employer(), ..post_form() };
    let publish = DeskCommand::PublishPost { form, overriding: Some(overriding()) };
    let post = reply!(market.act(publish), DeskReply::Post).card.id;
    let worker = market.register(1).id;
    let dispatch = DeskCommand::Dispatch { post, worker };
    let ticket = reply!(market.act(dispatch), DeskReply::Ticket).id;
    let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
    let make = DeskCommand::MakeAgreement { ticket: ticket.clone(), form: form.clone(), overriding: None };
    refused(market.ask(make), Code::Blocked);
    let preview = look(&market, &ticket, &form);
    assert!(made(&market, &ticket, form, Some(overriding())) == preview.pages);
}

#[test]
fn what_cannot_be_made_cannot_be_looked_at() {
    let market = Market::new();
    let form = AgreementForm::default();
    let post = market.publish(1);
    let ticket = market.take(1, &post).id;
    let standby = market.take(2, &post).id;
    refused(market.ask(looking(&standby, &form)), Code::TooLate);
    refused(market.ask(looking("1.1.9999", &form)), Code::NotFound);
    let mut bad = policy();
    bad.days = 0;
    let bad = AgreementForm { insurance: Some(bad), ..AgreementForm::default() };
    refused(market.ask(looking(&ticket, &bad)), Code::BadInput);
    market.act(DeskCommand::Lock);
    refused(market.ask(looking(&ticket, &form)), Code::Locked);
}
