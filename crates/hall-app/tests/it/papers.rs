//! Rare names on paper: through the card, the slip and the agreement, as other programs read them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::Code;
use hall_app::api::shared::{AgreementForm, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply};

use crate::reply;
use crate::support::{Market, ask_program, id_number, qr_in, refused, worker_form};

pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn names_of_one_and_fifty_characters_come_back_from_the_agreement() {
    let market = Market::new();
    let post = market.publish(10);
    let fifty: String = "䶮𬭚㛃𪻐周".chars().cycle().take(50).collect();
    for (n, name) in ["䶮", "𬭚", "㛃", "𪻐", "王䶮", &fifty].into_iter().enumerate() {
        let form = WorkerForm { name: name.into(), ..worker_form(n as u16) };
        let register = DeskCommand::RegisterWorker { form, sign_in: true };
        let worker = reply!(market.act(register), DeskReply::Worker).id;
        let card = DeskCommand::IssueCard { worker: worker.clone() };
        let card = reply!(market.act(card), DeskReply::Slip);
        let dispatch = DeskCommand::Dispatch { post: post.clone(), worker };
        let ticket = reply!(market.act(dispatch), DeskReply::Ticket);
        let slip = DeskCommand::Slip { ticket: ticket.id.clone() };
        let slip = reply!(market.act(slip), DeskReply::Slip);
        assert!(qr_in(&slip.png).starts_with("LG1"));
        let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
        let make = DeskCommand::MakeAgreement { ticket: ticket.id, form, overriding: None };
        let made = reply!(market.act(make), DeskReply::Agreement);
        for missing in [&card.missing, &slip.missing, &made.missing] {
            assert_eq!(*missing, Vec::<String>::new(), "install it: apt install fonts-hanazono");
        }
        let pdf = BASE64.decode(&made.file.data).unwrap();
        let text = squeezed(&ask_program("pdftotext", "poppler-utils", &["FILE", "-"], &pdf));
        assert!(text.contains(name), "{name} is not in {text}");
        assert!(text.contains(&id_number(n as u16)));
        let fonts = ask_program("pdffonts", "poppler-utils", &["FILE"], &pdf);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty());
        for row in rows {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let [.., embedded, subset, _unicode, _object, _generation] = columns[..] else { panic!("{row}") };
            assert_eq!((embedded, subset), ("yes", "yes"), "{row}");
        }
    }
    assert_eq!(market.view().notices, Vec::<String>::new());
}

#[test]
fn a_character_that_no_font_draws_is_named_to_staff() {
    let market = Market::new();
    let form = WorkerForm { name: "周\u{323AF}".into(), ..worker_form(1) };
    let register = DeskCommand::RegisterWorker { form, sign_in: true };
    let worker = reply!(market.act(register), DeskReply::Worker).id;
    let dispatch = DeskCommand::Dispatch { post: market.publish(1), worker };
    let ticket = reply!(market.act(dispatch), DeskReply::Ticket);
    let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
    let make = DeskCommand::MakeAgreement { ticket: ticket.id, form, overriding: None };
    let made = reply!(market.act(make), DeskReply::Agreement);
    assert_eq!(made.missing, ["\u{323AF}"]);
    let notices = market.view().notices;
    assert!(notices.iter().any(|notice| notice.contains("U+323AF") && notice.contains("请")), "{notices:?}");
}

#[test]
fn an_altered_or_lost_agreement_file_is_noticed() {
    let market = Market::new();
    let post = market.publish(1);
    let ticket = market.take(1, &post);
    let file = DeskCommand::AgreementFile { ticket: ticket.id.clone() };
    refused(market.ask(file.clone()), Code::NotFound);
    let form = AgreementForm { identities_checked: true, hall_copy: true, ..AgreementForm::default() };
    let make = |form| DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form, overriding: None };
    let made = reply!(market.act(make(form.clone())), DeskReply::Agreement);
    assert_eq!(made.copies, 3);
    assert!(market.ticket(&ticket).agreement.unwrap().hall_copy, "both agreed");
    let mut bytes = std::fs::read(&made.path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&made.path, bytes).unwrap();
    assert!(refused(market.ask(file.clone()), Code::Storage).message.contains("改动过"));
    std::fs::remove_file(&made.path).unwrap();
    refused(market.ask(file.clone()), Code::NotFound);
    // Made again, it is there again.
    market.act(make(form));
    market.act(file);
}
