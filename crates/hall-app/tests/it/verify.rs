//! What a scanned slip or agreement is worth in its own hall: every verdict, with its facts.

use hall_app::api::desk::{PaperVerdict, SignedKind, TicketCheck};
use hall_app::api::shared::{AgreementForm, OutcomeForm, TicketState, TicketView};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_app::{AppError, Code};
use hall_core::vocab::Outcome;
use hall_core::{EntityId, Instant};
use hall_log::token::{Seconds, SlipFacts, Token};

use crate::reply;
use crate::support::{DESK, Market, PIN, assert_plain, at, qr_in, qr_of_page, refused};

pub(crate) fn slip_text(market: &Market, ticket: &TicketView) -> String {
    let slip = KioskCommand::Slip { ticket: ticket.id.clone() };
    qr_in(&reply!(market.ask_kiosk(slip).unwrap(), KioskReply::Slip).png)
}

fn reprint(market: &Market, ticket: &TicketView) -> String {
    qr_in(&reply!(market.act(DeskCommand::Slip { ticket: ticket.id.clone() }), DeskReply::Slip).png)
}

pub(crate) fn scan(market: &Market, text: &str) -> Result<DeskReply, AppError> {
    market.ask(DeskCommand::FindTicket { text: text.into() })
}

#[track_caller]
pub(crate) fn checked(market: &Market, text: &str) -> TicketCheck {
    *reply!(scan(market, text).unwrap(), DeskReply::TicketCheck)
}

fn record(market: &Market, ticket: &TicketView, outcome: Outcome) {
    let form = OutcomeForm { outcome, amount: String::new(), note: String::new() };
    market.act(DeskCommand::RecordOutcome { ticket: ticket.id.clone(), form });
}

/// Makes the ticket's agreement; the text of its code.
fn agreement(market: &Market, ticket: &TicketView) -> String {
    let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
    let make = DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form, overriding: None };
    qr_of_page(&reply!(market.act(make), DeskReply::Agreement).file.data)
}

/// What happens to a ticket after its slip was printed; another text to scan, if it is not the slip's.
type Fate = fn(&Market, &TicketView) -> Option<String>;

#[test]
fn every_verdict_says_its_facts() {
    use PaperVerdict as V;
    let fates: &[(&str, Fate, V, bool, &[&str])] = &[
        ("nothing", |_, _| None, V::Valid, true, &["本厅签发", "第 1/2 号"]),
        (
            "given back by the worker",
            |m, t| {
                m.set("05:01");
                m.give_back(&t.id).unwrap();
                None
            },
            V::Released,
            false,
            &["05:01", "退掉", "本人退的"],
        ),
        (
            "given back at the window",
            |m, t| {
                m.act(DeskCommand::Release { ticket: t.id.clone(), note: "家里有事".into() });
                None
            },
            V::Released,
            false,
            &["05:00", "窗口退的：家里有事"],
        ),
        (
            "called off",
            |m, t| {
                let close = DeskCommand::ClosePost {
                    post: t.post.id.clone(),
                    reason: "下雨".into(),
                    cancelled: true,
                };
                m.act(close);
                None
            },
            V::Released,
            false,
            &["活取消了", "下雨"],
        ),
        (
            "arrived",
            |m, t| {
                m.set("09:40");
                record(m, t, Outcome::Arrived);
                None
            },
            V::Used,
            true,
            &["09:40", "到岗"],
        ),
        (
            "finished",
            |m, t| {
                m.set("09:40");
                record(m, t, Outcome::Arrived);
                m.set("17:31");
                record(m, t, Outcome::Finished);
                None
            },
            V::Used,
            false,
            &["17:31", "干完"],
        ),
        (
            "never came",
            |m, t| {
                m.set("10:05");
                record(m, t, Outcome::NoShow);
                None
            },
            V::Used,
            false,
            &["10:05", "没到岗"],
        ),
        (
            "over",
            |m, _| {
                m.site.set(at("2026-11-22", "06:00"));
                m.log_in(DESK, &m.supervisor, PIN).unwrap();
                None
            },
            V::Expired,
            false,
            &["有效期到 05:30", "重新接单"],
        ),
        (
            "reprinted, and the old one shown",
            |m, t| {
                m.set("05:20");
                reprint(m, t);
                None
            },
            V::Replaced,
            true,
            &["第一次打的", "05:20", "第 1 次补打", "同一个"],
        ),
        (
            "reprinted twice, and the last one shown",
            |m, t| {
                reprint(m, t);
                Some(reprint(m, t))
            },
            V::Valid,
            true,
            &["第 1/2 号"],
        ),
        (
            "reprinted twice, and the first reprint shown",
            |m, t| {
                let first = reprint(m, t);
                reprint(m, t);
                Some(first)
            },
            V::Replaced,
            true,
            &["第 1 次补打的", "第 2 次补打"],
        ),
        (
            "an agreement, though the slip was reprinted",
            |m, t| {
                reprint(m, t);
                Some(agreement(m, t))
            },
            V::Valid,
            true,
            &["协议上的码", "本厅签发"],
        ),
        (
            "an agreement that was made anew",
            |m, t| {
                let first = agreement(m, t);
                m.set("05:05");
                agreement(m, t);
                Some(first)
            },
            V::Replaced,
            true,
            &["第 1 份协议", "05:05", "第 2 份"],
        ),
        (
            "an agreement of a ticket that was given back",
            |m, t| {
                let made = agreement(m, t);
                m.act(DeskCommand::Release { ticket: t.id.clone(), note: String::new() });
                Some(made)
            },
            V::Released,
            false,
            &["窗口退的"],
        ),
    ];
    for (what, fate, verdict, valid, words) in fates {
        let market = Market::new();
        market.assign_slips("tcp://127.0.0.1:9", 384);
        let ticket = market.take(1, &market.publish(2));
        let slip = slip_text(&market, &ticket);
        let other = fate(&market, &ticket);
        let is_agreement = what.starts_with("an agreement");
        let check = checked(&market, &other.unwrap_or(slip));
        assert_eq!((check.verdict, check.valid), (*verdict, *valid), "{what}: {}", check.message);
        for word in *words {
            assert!(check.message.contains(word), "{what}: no {word} in {}", check.message);
        }
        if !*valid {
            assert_plain(&check.message);
        }
        let paper = check.paper.unwrap();
        let kind = if is_agreement { SignedKind::Agreement } else { SignedKind::Slip };
        assert_eq!((paper.kind, paper.place, paper.stopped), (kind, Some(1), false), "{what}");
        assert_eq!((&*paper.machine, paper.expired), ("服务台", *verdict == V::Expired), "{what}");
        assert!(paper.issued.ends_with("05:00") && paper.good_until.ends_with("05:30"), "{what}: {paper:?}");
    }
}

#[test]
fn a_standby_slip_is_told_from_the_place_that_came_of_it() {
    let market = Market::new();
    let post = market.publish(1);
    let holder = market.take(1, &post);
    let waiting = market.take(2, &post);
    let standby = slip_text(&market, &waiting);
    let check = checked(&market, &standby);
    assert_eq!((check.verdict, check.valid), (PaperVerdict::Standby, false));
    let paper = check.paper.unwrap();
    assert_eq!((paper.kind, paper.place), (SignedKind::Standby, None));

    market.set("05:10");
    market.act(DeskCommand::Release { ticket: holder.id.clone(), note: String::new() });
    let check = checked(&market, &standby);
    assert_eq!((check.verdict, check.valid), (PaperVerdict::Promoted, true), "{}", check.message);
    for word in ["05:10", "转正", "第 1/1 号"] {
        assert!(check.message.contains(word), "{}", check.message);
    }
    market.sign_in(2);
    let check = checked(&market, &slip_text(&market, &waiting));
    assert_eq!((check.verdict, check.paper.unwrap().kind), (PaperVerdict::Valid, SignedKind::Slip));

    // One who waits in vain.
    let late = market.take(3, &post);
    let slip = slip_text(&market, &late);
    market.set("09:15");
    let check = checked(&market, &slip);
    assert_eq!((check.verdict, check.ticket.state), (PaperVerdict::Lapsed, TicketState::Lapsed));
}

#[test]
fn a_typed_code_is_no_paper() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(2));
    let check = checked(&market, &ticket.code);
    assert_eq!((check.verdict, check.paper), (PaperVerdict::Valid, None));
    assert!(
        check.message.starts_with("按编号查到") && check.message.contains("第 1/2 号"),
        "{}",
        check.message
    );
}

/// Facts of a slip as this hall could have signed them.
pub(crate) fn facts(ticket: &str, post: &str, place: u16, issued: Instant) -> SlipFacts {
    SlipFacts {
        ticket: ticket.parse::<EntityId>().unwrap(),
        post: post.parse::<EntityId>().unwrap(),
        place,
        worker: [7; 8],
        issued: Seconds::from(issued),
        expires: Seconds::from(issued.plus_ms(86_400_000)),
        nonce: [9; 8],
    }
}

/// With the hall's own key, which only a thief has.
#[test]
fn a_paper_that_the_record_contradicts_is_forged() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(2));
    let sign = |token: Token| token.sign(market.signing_key());
    let claimed = |place| facts(&ticket.id, &ticket.post.id, place, market.site.now());
    let error = refused(scan(&market, &sign(Token::Slip(claimed(2)))), Code::QrForged);
    assert!(error.message.contains("第 2 号") && error.message.contains("第 1 号"), "{}", error.message);
    refused(scan(&market, &sign(Token::Agreement(claimed(2)))), Code::QrForged);
    // The right place, and somebody else's name on it.
    let error = refused(scan(&market, &sign(Token::Slip(claimed(1)))), Code::QrForged);
    assert!(error.message.contains("人和记录不一致"), "{}", error.message);
    let unknown = facts("1.1.900", &ticket.post.id, 1, market.site.now());
    let error = refused(scan(&market, &sign(Token::Slip(unknown))), Code::QrUnknown);
    assert!(error.message.contains("服务台"), "{}", error.message);
}

#[test]
fn whose_key_was_named_is_said_of_an_altered_paper() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(2));
    let slip = slip_text(&market, &ticket);
    let mut altered = slip.clone().into_bytes();
    let last = altered.len() - 3;
    altered[last] = if altered[last] == b'7' { b'8' } else { b'7' };
    let error = refused(scan(&market, &String::from_utf8(altered).unwrap()), Code::QrForged);
    assert!(error.message.contains("“服务台”"), "{}", error.message);
    let error = refused(scan(&Market::new(), &slip_text(&market, &ticket)), Code::QrForged);
    assert!(error.message.contains("县里也没有登记"), "{}", error.message);
}
