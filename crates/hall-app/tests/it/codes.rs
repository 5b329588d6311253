//! Codes that people scan and say: slips and cards of others, altered, expired, replaced, mistyped.

use hall_app::Code;
use hall_app::api::kiosk::Credential;
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};

use crate::reply;
use crate::support::{Market, at, qr_in, refused};
use crate::verify::{scan, slip_text};

fn card_text(market: &Market, worker: &str) -> String {
    let card = DeskCommand::IssueCard { worker: worker.into() };
    qr_in(&reply!(market.act(card), DeskReply::Slip).png)
}

fn swipe(market: &Market, text: &str) -> Result<KioskReply, hall_app::AppError> {
    market.ask_kiosk(KioskCommand::SignIn { credential: Credential::Card { text: text.into() } })
}

#[test]
fn a_code_of_something_else_is_told_from_a_slip() {
    let market = Market::new();
    for text in ["https://example.com/some/other/code", "LG1", "LG1ABCDEFGH", "6901234567892000000000000"] {
        refused(scan(&market, text), Code::QrUnknown);
        refused(swipe(&market, text), Code::BadCard);
    }
    let worker = market.register(1);
    let card = card_text(&market, &worker.id);
    assert!(refused(scan(&market, &card), Code::QrUnknown).message.contains("零工卡"));
    let post = market.publish(1);
    market.sign_in(1);
    let ticket = market.claim(&post).unwrap();
    let slip = slip_text(&market, &ticket);
    assert!(refused(swipe(&market, &slip), Code::BadCard).message.contains("小票"));
}

#[test]
fn a_slip_of_another_hall_is_refused() {
    let (market, other) = (Market::new(), Market::new());
    let ticket = other.take(1, &other.publish(1));
    let (slip, card) = (slip_text(&other, &ticket), card_text(&other, &ticket.worker));
    market.take(1, &market.publish(1));
    assert!(refused(scan(&market, &slip), Code::QrForged).message.contains("不是本厅"));
    refused(swipe(&market, &card), Code::BadCard);
    assert!(scan(&other, &slip).is_ok());
}

#[test]
fn an_altered_slip_is_never_good() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(3));
    let slip = slip_text(&market, &ticket);
    let card = card_text(&market, &ticket.worker);
    for text in [&slip, &card] {
        for at in (0..text.len()).step_by(7) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let altered = String::from_utf8(bytes).unwrap();
            let error = scan(&market, &altered).unwrap_err();
            assert!(matches!(error.code, Code::QrForged | Code::QrUnknown), "{at}: {error:?}");
            refused(swipe(&market, &altered), Code::BadCard);
        }
        refused(scan(&market, &text[..text.len() - 2]), Code::QrUnknown);
        refused(swipe(&market, &text[..text.len() - 2]), Code::BadCard);
    }
    // A scanner in another layout, or with spaces, is understood.
    assert!(scan(&market, &format!("  {} ", slip.to_lowercase())).is_ok());
}

#[test]
fn an_expired_slip_is_told_with_what_is_known_of_it() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(1));
    let slip = slip_text(&market, &ticket);
    market.site.set(at("2026-11-22", "06:00"));
    market.log_in(crate::support::DESK, &market.supervisor, crate::support::PIN).unwrap();
    let check = reply!(scan(&market, &slip).unwrap(), DeskReply::TicketCheck);
    assert!(!check.valid);
    assert!(check.message.contains("有效期"), "{}", check.message);
}

#[test]
fn a_released_slip_is_no_good_any_more() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(1));
    let slip = slip_text(&market, &ticket);
    market.give_back(&ticket.id).unwrap();
    let check = reply!(scan(&market, &slip).unwrap(), DeskReply::TicketCheck);
    assert!(!check.valid && check.message.contains("退掉"), "{}", check.message);
    let form = hall_app::api::shared::AgreementForm {
        identities_checked: true,
        ..hall_app::api::shared::AgreementForm::default()
    };
    let make = DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form, overriding: None };
    refused(market.ask(make), Code::TooLate);
    refused(market.ask_kiosk(KioskCommand::Slip { ticket: ticket.id }), Code::TooLate);
}

#[test]
fn a_new_card_takes_the_place_of_the_old_one_and_every_card_ends() {
    let market = Market::new();
    let worker = market.register(1);
    let (old, new) = (card_text(&market, &worker.id), card_text(&market, &worker.id));
    assert_ne!(old, new);
    assert!(refused(swipe(&market, &old), Code::CardExpired).message.contains("新卡"));
    swipe(&market, &new).unwrap();
    market.site.set(at("2028-12-01", "06:00"));
    assert!(refused(swipe(&market, &new), Code::CardExpired).message.contains("过期"));
}

#[test]
fn a_mistyped_short_code_is_noticed() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(1));
    let plain: Vec<char> = ticket.code.chars().filter(|c| *c != '-').collect();
    for at in 0..plain.len() {
        let mut wrong = plain.clone();
        wrong[at] = if wrong[at] == '7' { '8' } else { '7' };
        let typed: String = wrong.into_iter().collect();
        refused(scan(&market, &typed), Code::CodeMistyped);
        let mut swapped = plain.clone();
        if at > 0 && swapped[at] != swapped[at - 1] {
            swapped.swap(at, at - 1);
            let typed: String = swapped.into_iter().collect();
            refused(scan(&market, &typed), Code::CodeMistyped);
        }
    }
    for nonsense in ["", "A", "A999", "你好", "7K4M"] {
        refused(scan(&market, nonsense), Code::CodeMistyped);
    }
    // A code that is well formed and names no ticket here.
    let other = Market::new();
    for n in 1..=20 {
        other.register(n);
    }
    let foreign = other.take(30, &other.publish(1));
    refused(scan(&market, &foreign.code), Code::NotFound);
}

#[test]
fn a_second_look_makes_no_second_paper_and_a_second_paper_says_so() {
    let market = Market::new();
    market.assign_slips("tcp://127.0.0.1:9", 576);
    let ticket = market.take(1, &market.publish(1));
    let slip = || {
        let slip = KioskCommand::Slip { ticket: ticket.id.clone() };
        reply!(market.ask_kiosk(slip).unwrap(), KioskReply::Slip)
    };
    let first = slip();
    assert_eq!(first, slip(), "the same picture of the same paper");
    let again = |n: u16| {
        let slip = DeskCommand::Slip { ticket: ticket.id.clone() };
        let slip = reply!(market.act(slip), DeskReply::Slip);
        assert_ne!(slip.png, first.png);
        assert_eq!(slip.paper.unwrap().reprint, n);
        let found = reply!(scan(&market, &qr_in(&slip.png)).unwrap(), DeskReply::TicketCheck);
        assert!(found.valid);
    };
    again(1);
    again(2);
}
