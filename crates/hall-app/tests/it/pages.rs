//! Agreements on their way to an A4 printer, spoken to as a real one is.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::Code;
use hall_app::api::desk::AgreementMadeView;
use hall_app::api::paper::PrinterForm;
use hall_app::api::shared::{AgreementForm, TicketView};
use hall_app::api::{DeskCommand, DeskReply};
use hall_core::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};
use hall_print::lines::ipp::simulated::{Condition, Cut, Fate, Simulated, serve};

use crate::printing::Printing;
use crate::reply;
use crate::support::{Market, ask_program, refused};

struct Pages {
    printer: Arc<Mutex<Simulated>>,
    hall: Printing,
}

impl Pages {
    fn new(condition: Condition) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("ipp://{}/ipp/print", listener.local_addr().unwrap());
        let printer = Arc::new(Mutex::new(Simulated::new(condition)));
        let served = Arc::clone(&printer);
        std::thread::spawn(move || serve(&listener, &served, &mut |_| {}));
        let hall = Printing::of(Market::new());
        assign(&hall.market, &address);
        Self { printer, hall }
    }

    fn held(&self) -> MutexGuard<'_, Simulated> {
        self.printer.lock().unwrap()
    }

    fn make(&self, ticket: &TicketView) -> AgreementMadeView {
        let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
        let make = DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form, overriding: None };
        reply!(self.hall.market.act(make), DeskReply::Agreement)
    }
}

fn assign(market: &Market, address: &str) {
    let form = PrinterForm {
        device: 1,
        used_for: PrinterUse::Pages,
        address: address.into(),
        dots: 384,
        answers: true,
        duplex: true,
        text: false,
    };
    reply!(market.act(DeskCommand::AssignPrinter { form }), DeskReply::Printers);
}

#[test]
fn an_agreement_comes_out_when_it_is_made_and_again_when_staff_ask() {
    let pages = Pages::new(Condition::default());
    let ticket = pages.hall.ticket();
    let made = pages.make(&ticket);
    let paper = made.paper.unwrap();
    assert_eq!((paper.kind, paper.reprint, paper.number.as_str()), (PaperKind::Agreement, 0, "A001"));
    pages.hall.reaches(&paper.id, PaperState::Done, None);
    let out = pages.held().take_papers();
    assert_eq!(out.len(), 1);
    assert!(out[0].document == BASE64.decode(&made.file.data).unwrap(), "the paper is the file");
    // The other party's copy must not begin on the back of this one's last page.
    let whole_sheets = (made.pages / u16::from(made.copies)).is_multiple_of(2);
    let sides = if whole_sheets { "two-sided-long-edge" } else { "one-sided" };
    assert_eq!((out[0].name.as_str(), out[0].sides.as_str()), (paper.id.as_str(), sides));
    let listed =
        *reply!(pages.hall.market.act(DeskCommand::PrintAgain { paper: paper.id }), DeskReply::Printers);
    let second = listed.papers.iter().find(|listed| listed.reprint == 1).unwrap();
    pages.hall.reaches(&second.id, PaperState::Done, None);
    let again = pages.held().take_papers();
    let [before, again] = [&out, &again].map(|papers| words(&papers[0].document));
    assert!(!before.contains("补打"));
    let mark = "补打第1次2026年11月20日05:00";
    assert_eq!(again.matches(mark).count(), usize::from(made.pages), "{again}");
    assert_eq!(again.replace(mark, ""), before);
}

/// What another program reads on the pages, as one piece.
fn words(pdf: &[u8]) -> String {
    let text = ask_program("pdftotext", "poppler-utils", &["-layout", "FILE", "-"], pdf);
    text.chars().filter(|ch| !ch.is_whitespace()).collect()
}

#[test]
fn a_test_sheet_shows_where_it_comes_from() {
    let pages = Pages::new(Condition::default());
    let test = DeskCommand::TestPage { used_for: PrinterUse::Pages };
    let listed = *reply!(pages.hall.market.act(test.clone()), DeskReply::Printers);
    let paper = &listed.papers[0];
    assert_eq!((paper.kind, paper.reprint, paper.number.as_str()), (PaperKind::TestSheet, 0, ""));
    pages.hall.reaches(&paper.id, PaperState::Done, None);
    let out = pages.held().take_papers();
    let read = words(&out[0].document);
    for fact in ["打印机测试", "2026-11-2005:00", "ipp://127.0.0.1:", "䶮𬭚㛃"] {
        assert!(read.contains(fact), "lacks {fact}: {read}");
    }
    assert!(
        ask_program("pdfinfo", "poppler-utils", &["FILE"], &out[0].document).contains("Pages:           1")
    );
    // Nothing is printed where nothing is assigned.
    assign(&pages.hall.market, "");
    refused(pages.hall.market.ask(test), Code::NotFound);
}

#[test]
fn an_agreement_that_is_made_anew_is_a_paper_of_its_own() {
    let stopped = Condition { stopped: true, reasons: vec!["paused".into()], ..Condition::default() };
    let pages = Pages::new(stopped);
    let ticket = pages.hall.ticket();
    // What waits when another is made is worth nothing any more.
    let waiting = pages.make(&ticket).paper.unwrap();
    pages.hall.reaches(&waiting.id, PaperState::Waiting, Some(PaperTrouble::Paused));
    let first = pages.make(&ticket);
    pages.held().condition = Condition::default();
    let paper = first.paper.unwrap();
    pages.hall.reaches(&waiting.id, PaperState::Cancelled, None);
    pages.hall.reaches(&paper.id, PaperState::Done, None);
    let second = pages.make(&ticket);
    let paper = second.paper.unwrap();
    assert_eq!(paper.reprint, 0, "the other one is another agreement");
    pages.hall.reaches(&paper.id, PaperState::Done, None);
    let listed =
        *reply!(pages.hall.market.act(DeskCommand::PrintAgain { paper: paper.id }), DeskReply::Printers);
    assert_eq!(listed.papers[0].reprint, 1);
    let superseded: Vec<bool> = listed.papers.iter().map(|paper| paper.superseded).collect();
    assert_eq!(superseded, [false, false, true, true]);
    pages.hall.reaches(&listed.papers[0].id, PaperState::Done, None);
    let out = pages.held().take_papers();
    let [one, two, again] = &out[..] else { panic!("{} papers came out", out.len()) };
    assert!(one.document == BASE64.decode(&first.file.data).unwrap());
    assert!(two.document == BASE64.decode(&second.file.data).unwrap());
    assert!(words(&again.document).contains("补打第1次"));
}

#[test]
fn an_agreement_waits_for_paper_and_for_a_queue_that_is_stopped() {
    let stopped = Condition { stopped: true, reasons: vec!["paused".into()], ..Condition::default() };
    let pages = Pages::new(stopped);
    let paper = pages.make(&pages.hall.ticket()).paper.unwrap().id;
    pages.hall.reaches(&paper, PaperState::Waiting, Some(PaperTrouble::Paused));
    let resumed = pages.hall.market.act(DeskCommand::ResumePrinter { used_for: PrinterUse::Pages });
    assert!(matches!(resumed, DeskReply::Done), "{resumed:?}");
    pages.hall.reaches(&paper, PaperState::Done, None);
    pages.held().condition.reasons = vec!["media-empty-error".into()];
    let other = pages.make(&pages.hall.market.take(2, &pages.hall.market.publish(1))).paper.unwrap().id;
    pages.hall.reaches(&other, PaperState::Waiting, Some(PaperTrouble::PaperOut));
    // However long: an agreement is for two people who have signed nothing yet.
    pages.held().condition.reasons.clear();
    pages.hall.reaches(&other, PaperState::Done, None);
    assert_eq!(pages.held().taken(), 2);
}

#[test]
fn what_became_of_an_agreement_is_asked_of_the_printer() {
    let pages = Pages::new(Condition { cut: Some(Cut::After), ..Condition::default() });
    // The line broke when the printer had it: its own list says so.
    let paper = pages.make(&pages.hall.ticket()).paper.unwrap().id;
    pages.hall.reaches(&paper, PaperState::Done, None);
    pages.held().condition.fate = Fate::Aborts(Some(0));
    let post = pages.hall.market.publish(3);
    let given_up = pages.make(&pages.hall.market.take(2, &post)).paper.unwrap().id;
    pages.hall.reaches(&given_up, PaperState::Failed, Some(PaperTrouble::Aborted));
    pages.held().condition.fate = Fate::Aborts(Some(1));
    let half = pages.make(&pages.hall.market.take(3, &post)).paper.unwrap().id;
    pages.hall.reaches(&half, PaperState::Unconfirmed, Some(PaperTrouble::Aborted));
    assert_eq!(pages.held().taken(), 3, "nothing was sent twice");
}

#[test]
fn without_a_printer_the_file_is_there_and_staff_are_told() {
    let market = Market::new();
    let ticket = market.take(1, &market.publish(1));
    let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
    let make = DeskCommand::MakeAgreement { ticket: ticket.id, form, overriding: None };
    let made = reply!(market.act(make), DeskReply::Agreement);
    assert_eq!(made.paper, None);
    let resume = DeskCommand::ResumePrinter { used_for: PrinterUse::Pages };
    refused(market.ask(resume), Code::NotFound);
    market.assign_slips("tcp://127.0.0.1:9", 384);
    let resume = DeskCommand::ResumePrinter { used_for: PrinterUse::Slips };
    refused(market.ask(resume), Code::BadInput);
}
