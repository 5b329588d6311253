//! Names that need the fonts for rare characters, where those are whole, damaged or not there.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::Options;
use hall_app::api::desk::AgreementMadeView;
use hall_app::api::shared::{AgreementForm, PostForm, SlipView, TicketView, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};

use crate::reply;
use crate::support::{Market, ask_program, qr_in, worker_form};

const HANAZONO: &str = "/usr/share/fonts/truetype/hanazono";

impl Market {
    /// The supervisor dispatches a new worker of this name to a post at this address.
    fn dispatch_named(&self, name: &str, address: &str) -> TicketView {
        let form = WorkerForm { name: name.into(), ..worker_form(1) };
        let worker =
            reply!(self.act(DeskCommand::RegisterWorker { form, sign_in: true }), DeskReply::Worker).id;
        let post = self.publish_form(PostForm { address: address.into(), ..self.form() });
        *reply!(self.act(DeskCommand::Dispatch { post, worker }), DeskReply::Ticket)
    }

    /// What the kiosk shows to the worker who stands there.
    fn slip_of(&self, ticket: &TicketView) -> SlipView {
        let slip = self.ask_kiosk(KioskCommand::Slip { ticket: ticket.id.clone() });
        reply!(slip.unwrap(), KioskReply::Slip)
    }

    fn agreement_of(&self, ticket: &TicketView) -> AgreementMadeView {
        let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
        let make = DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form, overriding: None };
        reply!(self.act(make), DeskReply::Agreement)
    }
}

fn with_fonts(rare_fonts: Vec<PathBuf>) -> Market {
    let mut market = Market::new();
    let options = Options { rare_fonts, ..market.site.options() };
    market.reopen_with(options);
    market.log_in(crate::support::DESK, &market.supervisor, crate::support::PIN).unwrap();
    market
}

#[test]
fn a_damaged_font_file_is_said_once_and_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(format!("{HANAZONO}/HanaMinB.ttf")).expect("apt install fonts-hanazono");
    let cut = folder.path().join("HanaMinB.ttf");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let market = with_fonts(vec![folder.path().join("HanaMinA.ttf"), cut]);
    market.assign_slips("tcp://127.0.0.1:9", 384);

    let ordinary = market.take(2, &market.publish(1));
    assert_eq!(market.slip_of(&ordinary).missing, Vec::<String>::new());
    assert_eq!(market.view().notices, Vec::<String>::new(), "nobody needed the file");

    let ticket = market.dispatch_named("𪻐大力", "锦绣园小区3号楼");
    market.sign_in(1);
    let slips = [market.slip_of(&ticket), market.slip_of(&ticket)];
    for slip in &slips {
        assert_eq!(slip.missing, ["𪻐"]);
        assert!(qr_in(&slip.png).starts_with("LG1"));
        assert_eq!(slip.paper.as_ref().unwrap().reprint, 0);
    }
    assert_eq!(slips[0].paper, slips[1].paper, "one paper however often it is looked at");
    assert_eq!(market.agreement_of(&ticket).missing, ["𪻐"]);
    assert_eq!(market.ticket(&ticket).state, ticket.state, "the ticket is worth what it was");

    let notices = market.view().notices;
    let [missing, damaged] = &notices[..] else { panic!("{notices:?}") };
    assert!(missing.contains("U+2AED0") && missing.contains("手写"), "{missing}");
    assert!(damaged.contains("（HanaMinB.ttf）") && damaged.contains("重装字体 fonts-hanazono"), "{damaged}");
    assert!(!damaged.contains("HanaMinA"), "what was never there is not damaged");
}

#[test]
fn fifty_rare_characters_are_on_both_papers_and_staff_hear_which_are_not() {
    let market =
        with_fonts(["HanaMinA.ttf", "HanaMinB.ttf"].map(|name| PathBuf::from(HANAZONO).join(name)).to_vec());
    let name: String = "\u{323af}䶮𬭚㛃𪻐".chars().cycle().take(50).collect();
    let ticket = market.dispatch_named(&name, &name);
    market.sign_in(1);
    let slip = market.slip_of(&ticket);
    assert_eq!(slip.missing, ["\u{323af}"]);
    assert!(qr_in(&slip.png).starts_with("LG1"));
    let made = market.agreement_of(&ticket);
    assert_eq!(made.missing, ["\u{323af}"]);
    let pdf = BASE64.decode(&made.file.data).unwrap();
    let read = ask_program("pdftotext", "poppler-utils", &["-raw", "FILE", "-"], &pdf);
    let read: String = read.split_whitespace().collect();
    let shown = name.replace('\u{323af}', "〔U+323AF〕");
    assert_eq!(read.matches(&shown).count(), 4, "name and address on two copies: {read}");
    let notices = market.view().notices;
    assert!(
        matches!(&notices[..], [one] if one.contains("U+323AF") && !one.contains("U+2AED0")),
        "{notices:?}"
    );
}
