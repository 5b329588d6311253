//! Papers on their way: a real hall, real sockets, and a printer that speaks as a real one does.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use hall_app::api::kiosk::WorkerSession;
use hall_app::api::paper::{PaperView, PrinterForm, PrintersView};
use hall_app::api::shared::{SlipView, TicketView};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_app::thermal::{Fault, Simulated};
use hall_app::{Code, SlipWidth, printing};
use hall_core::fact::Fact;
use hall_core::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};
use hall_print::Bitmap;

use crate::reply;
use crate::support::{DESK, Market, PIN, bitmap_of, qr_in, refused};

/// A printer on a socket, as long as the test lasts.
pub(crate) struct Printer {
    pub address: String,
    inside: Arc<Mutex<Inside>>,
}

struct Inside {
    simulated: Simulated,
    fault: Fault,
    line: Option<TcpStream>,
    papers: Vec<Bitmap>,
    /// It hangs up when so many bytes more have come.
    hangs_up_after: Option<usize>,
}

impl Inside {
    fn says(&mut self, said: &[u8]) {
        if let Some(line) = &mut self.line {
            // Whoever asked may be gone.
            let _gone = line.write_all(said);
        }
        self.papers.extend(self.simulated.take_papers());
    }
}

impl Printer {
    pub(crate) fn new(fault: Fault) -> Self {
        Self::at(&TcpListener::bind("127.0.0.1:0").unwrap(), fault)
    }

    fn at(listener: &TcpListener, fault: Fault) -> Self {
        let mut simulated = Simulated::new(SlipWidth::Dots384);
        simulated.suffer(fault);
        let inside = Inside { simulated, fault, line: None, papers: Vec::new(), hangs_up_after: None };
        let inside = Arc::new(Mutex::new(inside));
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let (listener, printing) = (listener.try_clone().unwrap(), Arc::clone(&inside));
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let mut line = line.unwrap();
                printing.lock().unwrap().line = Some(line.try_clone().unwrap());
                let mut bytes = [0; 1024];
                while let Ok(count @ 1..) = line.read(&mut bytes) {
                    let mut inside = printing.lock().unwrap();
                    let count = inside.hangs_up_after.map_or(count, |left| left.min(count));
                    let said = inside.simulated.receive(&bytes[..count]);
                    inside.says(&said);
                    if let Some(left) = &mut inside.hangs_up_after {
                        *left -= count;
                        if *left == 0 {
                            break;
                        }
                    }
                }
                printing.lock().unwrap().line = None;
            }
        });
        Self { address, inside }
    }

    pub(crate) fn suffer(&self, fault: Fault) {
        let mut inside = self.inside.lock().unwrap();
        inside.fault = fault;
        let said = inside.simulated.suffer(fault);
        inside.says(&said);
    }

    /// It forgets what it was in the middle of.
    fn switch_off_and_on(&self) {
        let mut inside = self.inside.lock().unwrap();
        (inside.simulated, inside.hangs_up_after) = (Simulated::new(SlipWidth::Dots384), None);
    }

    pub(crate) fn load(&self, rows: usize) {
        let mut inside = self.inside.lock().unwrap();
        let said = inside.simulated.load(rows);
        inside.says(&said);
    }

    fn papers(&self) -> Vec<Bitmap> {
        self.inside.lock().unwrap().papers.clone()
    }

    /// What it set in letters of its own on the last one.
    fn texts(&self) -> Vec<String> {
        self.inside.lock().unwrap().simulated.texts().to_vec()
    }
}

/// A hall that prints, as the shell has it.
pub(crate) struct Printing {
    pub market: Market,
    runtime: tokio::runtime::Runtime,
}

impl Printing {
    fn new(address: &str, answers: bool) -> Self {
        let market = Market::new();
        market.assign_slips_to(address, 384, answers);
        Self::of(market)
    }

    pub(crate) fn of(market: Market) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.spawn(hall_app::printing::run(market.shared()));
        Self { market, runtime }
    }

    pub(crate) fn ticket(&self) -> TicketView {
        self.market.take(1, &self.market.publish(2))
    }

    fn slip(&self, ticket: &TicketView) -> SlipView {
        reply!(
            self.market.ask_kiosk(KioskCommand::Slip { ticket: ticket.id.clone() }).unwrap(),
            KioskReply::Slip
        )
    }

    fn session(&self) -> WorkerSession {
        reply!(self.market.ask_kiosk(KioskCommand::View).unwrap(), KioskReply::View).session.unwrap()
    }

    fn printers(&self) -> PrintersView {
        *reply!(self.market.act(DeskCommand::Printers), DeskReply::Printers)
    }

    fn paper(&self, id: &str) -> PaperView {
        self.printers().papers.into_iter().find(|paper| paper.id == id).unwrap()
    }

    /// Waits until the paper stands there.
    pub(crate) fn reaches(&self, id: &str, state: PaperState, why: Option<PaperTrouble>) {
        self.until(|| {
            let paper = self.paper(id);
            (paper.state, paper.why) == (state, why)
        });
    }

    fn until(&self, mut is_so: impl FnMut() -> bool) {
        let mut changes = self.market.changes();
        self.runtime.block_on(async {
            loop {
                changes.mark_unchanged();
                if is_so() {
                    return;
                }
                let changed = tokio::time::timeout(Duration::from_mins(1), changes.changed()).await;
                assert!(changed.is_ok(), "it never came so far: {:?}", self.printers());
            }
        });
    }
}

fn open() -> Fault {
    Fault { cover_open: true, ..Fault::default() }
}

fn mute() -> Fault {
    Fault { mute: true, ..Fault::default() }
}

#[test]
fn a_slip_comes_out_once_and_as_it_was_shown() {
    let printer = Printer::new(Fault::default());
    let hall = Printing::new(&printer.address, true);
    let ticket = hall.ticket();
    let slip = hall.slip(&ticket);
    let paper = slip.paper.clone().unwrap();
    assert_eq!((paper.kind, paper.reprint, paper.here), (PaperKind::Slip, 0, true));
    hall.reaches(&paper.id, PaperState::Done, None);
    let shown = bitmap_of(&slip.png);
    assert!(printer.papers() == [shown.clone()], "the paper is the preview, dot for dot");
    // The worker's screen says so, and another look prints nothing.
    let seen = hall.session().tickets[0].slip.clone().unwrap();
    assert_eq!((seen.state, &seen.id), (PaperState::Done, &paper.id));
    assert_eq!(hall.slip(&ticket).paper.unwrap().id, paper.id);
    // Staff print it again, and the paper says so.
    let again = reply!(hall.market.act(DeskCommand::Slip { ticket: ticket.id }), DeskReply::Slip);
    let second = again.paper.unwrap();
    assert_eq!(second.reprint, 1);
    hall.reaches(&second.id, PaperState::Done, None);
    assert!(printer.papers() == [shown, bitmap_of(&again.png)]);
}

#[test]
fn a_printer_that_is_to_set_text_does_so_until_it_is_not_to() {
    let printer = Printer::new(Fault::default());
    let mut market = Market::new();
    let form = PrinterForm {
        device: 1,
        used_for: PrinterUse::Slips,
        address: printer.address.clone(),
        dots: 384,
        answers: true,
        duplex: false,
        text: true,
    };
    let pages = PrinterForm {
        used_for: PrinterUse::Pages,
        address: "ipp://localhost:631/printers/a".into(),
        ..form.clone()
    };
    market.act(DeskCommand::AssignPrinter { form: pages });
    market.act(DeskCommand::AssignPrinter { form: form.clone() });
    market.reopen();
    let listed = *reply!(market.act(DeskCommand::Printers), DeskReply::Printers);
    let text: Vec<_> = listed.printers.iter().map(|row| (row.used_for, row.text)).collect();
    assert_eq!(text, [(PrinterUse::Slips, true), (PrinterUse::Pages, false)]);

    let hall = Printing::of(market);
    let ticket = hall.ticket();
    let slip = hall.slip(&ticket);
    hall.reaches(&slip.paper.unwrap().id, PaperState::Done, None);
    let (shown, papers) = (bitmap_of(&slip.png), printer.papers());
    let texts = printer.texts();
    assert!(texts.contains(&"单号".to_owned()) && texts.contains(&ticket.number), "{texts:?}");
    assert_eq!((papers.len(), papers[0].height()), (1, shown.height()));
    assert_eq!(qr_in(&BASE64.encode(papers[0].to_png().unwrap())), qr_in(&slip.png));

    hall.market.act(DeskCommand::AssignPrinter { form: PrinterForm { text: false, ..form } });
    let again = reply!(hall.market.act(DeskCommand::Slip { ticket: ticket.id }), DeskReply::Slip);
    hall.reaches(&again.paper.unwrap().id, PaperState::Done, None);
    assert!(printer.papers()[1] == bitmap_of(&again.png), "dot for dot again");
    assert_eq!(printer.texts(), Vec::<String>::new());
}

#[test]
fn a_slip_waits_for_a_printer_that_cannot_print_and_comes_out_when_it_can() {
    let printer = Printer::new(open());
    let hall = Printing::new(&printer.address, true);
    let ticket = hall.ticket();
    let paper = hall.slip(&ticket).paper.unwrap().id;
    hall.reaches(&paper, PaperState::Waiting, Some(PaperTrouble::CoverOpen));
    let view = reply!(hall.market.ask_kiosk(KioskCommand::View).unwrap(), KioskReply::View);
    assert_eq!(view.printer.unwrap().trouble, Some(PaperTrouble::CoverOpen));
    assert!(printer.papers().is_empty());
    printer.suffer(Fault::default());
    hall.reaches(&paper, PaperState::Done, None);
    assert_eq!(printer.papers().len(), 1);
    hall.until(|| {
        let rows = hall.printers().printers;
        rows[0].health.is_some_and(|health| health.trouble.is_none())
    });
}

/// A line that comes and goes all day must not fill the log.
#[test]
fn how_a_printer_is_comes_on_record_once_a_minute_at_most() {
    let printer = Printer::new(Fault::default());
    let market = Market::new();
    market.assign_slips(&printer.address, 384);
    let told = || -> Vec<Option<PaperTrouble>> {
        let ops = market.store().ops_after(1, 1, 0, 1_000).unwrap();
        let told = ops.iter().filter_map(|op| match op.fact() {
            Fact::PrinterTold(told) => Some(told.trouble),
            _ => None,
        });
        told.collect()
    };
    printing::look(&market);
    assert_eq!(told(), [None], "that it is well is said too");
    for seconds in 0..200 {
        printer.suffer(if seconds % 2 == 0 { open() } else { Fault::default() });
        printing::look(&market);
        market.pass(1_000);
    }
    assert_eq!(told(), [None, Some(PaperTrouble::CoverOpen), None, Some(PaperTrouble::CoverOpen)]);
    market.assign_slips("", 384);
    printing::look(&market);
    assert_eq!(told().len(), 4, "there is none any more");
}

#[test]
fn a_printer_that_is_away_is_looked_for_and_slips_keep_their_order() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let hall = Printing::new(&format!("tcp://{address}"), true);
    let post = hall.market.publish(3);
    let slips: Vec<SlipView> = (1..=3).map(|n| hall.slip(&hall.market.take(n, &post))).collect();
    let papers: Vec<String> = slips.iter().map(|slip| slip.paper.clone().unwrap().id).collect();
    hall.reaches(&papers[0], PaperState::Waiting, Some(PaperTrouble::Unreachable));
    let printer = Printer::at(&TcpListener::bind(address).unwrap(), Fault::default());
    for paper in &papers {
        hall.reaches(paper, PaperState::Done, None);
    }
    let shown: Vec<Bitmap> = slips.iter().map(|slip| bitmap_of(&slip.png)).collect();
    assert!(printer.papers() == shown);
}

#[test]
fn what_a_mute_printer_did_is_asked_of_people() {
    let printer = Printer::new(mute());
    let hall = Printing::new(&printer.address, false);
    let post = hall.market.publish(2);
    for (n, came) in [(1, true), (2, false)] {
        let ticket = hall.market.take(n, &post);
        let paper = hall.slip(&ticket).paper.unwrap().id;
        hall.reaches(&paper, PaperState::Unconfirmed, Some(PaperTrouble::Mute));
        let answer = KioskCommand::SlipCame { ticket: ticket.id.clone(), came };
        reply!(hall.market.ask_kiosk(answer.clone()).unwrap(), KioskReply::Session);
        let expected = if came {
            (PaperState::Done, None)
        } else {
            (PaperState::Failed, Some(PaperTrouble::NothingCame))
        };
        let after = hall.paper(&paper);
        assert_eq!((after.state, after.why), expected);
        refused(hall.market.ask_kiosk(answer), Code::NotFound);
        // What a worker says is no proof: another one is a reprint, and only staff can make it.
        let again = hall.slip(&ticket).paper.unwrap();
        assert_eq!((again.id, again.reprint), (paper, 0));
        if !came {
            let again = reply!(hall.market.act(DeskCommand::Slip { ticket: ticket.id }), DeskReply::Slip);
            assert_eq!(again.paper.unwrap().reprint, 1);
        }
    }
}

#[test]
fn a_slip_that_was_cut_off_is_never_sent_again_by_itself() {
    let printer = Printer::new(Fault::default());
    printer.inside.lock().unwrap().hangs_up_after = Some(9_000);
    let hall = Printing::new(&printer.address, true);
    let ticket = hall.ticket();
    let paper = hall.slip(&ticket).paper.unwrap().id;
    hall.reaches(&paper, PaperState::Unconfirmed, Some(PaperTrouble::Interrupted));
    printer.switch_off_and_on();
    // The next one is printed, and the first is not.
    let other = hall.slip(&hall.market.take(2, &hall.market.publish(1))).paper.unwrap().id;
    hall.reaches(&other, PaperState::Done, None);
    assert_eq!(hall.paper(&paper).state, PaperState::Unconfirmed);
    // Nobody can print it but with the mark.
    let again = DeskCommand::PrintAgain { paper: paper.clone() };
    let listed = *reply!(hall.market.act(again), DeskReply::Printers);
    let second = listed.papers.iter().find(|listed| listed.reprint == 1).unwrap().id.clone();
    hall.reaches(&second, PaperState::Done, None);
    assert_eq!(hall.paper(&paper).state, PaperState::Unconfirmed, "that is still for people to say");
}

#[test]
fn a_roll_that_ends_in_the_middle_leaves_a_question() {
    let printer = Printer::new(Fault::default());
    printer.load(300);
    let hall = Printing::new(&printer.address, true);
    let paper = hall.slip(&hall.ticket()).paper.unwrap().id;
    hall.reaches(&paper, PaperState::Sending, Some(PaperTrouble::PaperOut));
    refused(hall.market.ask(DeskCommand::CancelPaper { paper: paper.clone() }), Code::TooLate);
    printer.load(10_000);
    hall.reaches(&paper, PaperState::Unconfirmed, Some(PaperTrouble::Torn));
    let settled = DeskCommand::PaperCame { paper: paper.clone(), came: true };
    reply!(hall.market.act(settled), DeskReply::Printers);
    assert_eq!(hall.paper(&paper).state, PaperState::Done);
}

#[test]
fn a_slip_that_nobody_waits_for_any_more_does_not_come_out() {
    let printer = Printer::new(open());
    let hall = Printing::new(&printer.address, true);
    let post = hall.market.publish(3);
    let (given_back, too_late, called_off) =
        (hall.market.take(1, &post), hall.market.take(2, &post), hall.market.take(3, &post));
    // Each stands at the kiosk for himself.
    let mut papers = Vec::new();
    for (n, ticket) in [(1, &given_back), (2, &too_late), (3, &called_off)] {
        hall.market.sign_in(n);
        papers.push(hall.slip(ticket).paper.unwrap().id);
    }
    hall.reaches(&papers[0], PaperState::Waiting, Some(PaperTrouble::CoverOpen));
    hall.market.act(DeskCommand::CancelPaper { paper: papers[2].clone() });
    hall.market.act(DeskCommand::Release { ticket: given_back.id.clone(), note: "不去了".into() });
    hall.reaches(&papers[0], PaperState::Cancelled, None);
    hall.reaches(&papers[1], PaperState::Waiting, Some(PaperTrouble::CoverOpen));
    hall.market.pass(6 * 60_000);
    hall.market.log_in(DESK, &hall.market.supervisor, PIN).unwrap();
    hall.reaches(&papers[1], PaperState::Failed, Some(PaperTrouble::TooLate));
    printer.suffer(Fault::default());
    assert!(printer.papers().is_empty());
    // It is sure that none came out, so the next one is the first.
    hall.market.sign_in(2);
    let again = hall.slip(&too_late).paper.unwrap();
    assert_eq!(again.reprint, 0);
    hall.reaches(&again.id, PaperState::Done, None);
    assert_eq!(printer.papers().len(), 1);
}

const TEST_PAGE: DeskCommand = DeskCommand::TestPage { used_for: PrinterUse::Slips };

#[test]
fn a_test_page_shows_where_it_comes_from() {
    let printer = Printer::new(Fault::default());
    let hall = Printing::new(&printer.address, true);
    let listed = *reply!(hall.market.act(TEST_PAGE), DeskReply::Printers);
    let paper = &listed.papers[0];
    assert_eq!((paper.kind, paper.number.as_str(), &paper.ticket), (PaperKind::Test, "", &None));
    hall.reaches(&paper.id, PaperState::Done, None);
    let page = &printer.papers()[0];
    let code = BASE64.encode(page.to_png().unwrap());
    assert!(qr_in(&code).contains("2026-11-20 05:00"));
    // Nothing is printed where nothing is assigned.
    hall.market.assign_slips("", 384);
    refused(hall.market.ask(TEST_PAGE), Code::NotFound);
}

#[test]
fn a_wrong_address_is_told_before_it_is_kept() {
    let market = Market::new();
    for (used_for, address) in [
        (PrinterUse::Slips, "192.168.1.50"),
        (PrinterUse::Slips, "ipp://localhost/printers/a"),
        (PrinterUse::Slips, "tcp://a:0"),
        (PrinterUse::Slips, "usb:lp0"),
        (PrinterUse::Slips, "serial:/dev/ttyS0@quick"),
        (PrinterUse::Pages, "tcp://192.168.1.50:9100"),
        (PrinterUse::Pages, "ipp://"),
    ] {
        let form = PrinterForm {
            device: 1,
            used_for,
            address: address.into(),
            dots: 384,
            answers: true,
            duplex: false,
            text: false,
        };
        let error = refused(market.ask(DeskCommand::AssignPrinter { form: form.clone() }), Code::BadInput);
        assert!(error.message.contains("打印机"), "{}", error.message);
        let elsewhere = PrinterForm { device: 7, address: String::new(), ..form.clone() };
        refused(market.ask(DeskCommand::AssignPrinter { form: elsewhere }), Code::NotFound);
        let wide = PrinterForm { dots: 400, address: String::new(), ..form };
        refused(market.ask(DeskCommand::AssignPrinter { form: wide }), Code::BadInput);
    }
    let listed = *reply!(market.act(DeskCommand::Printers), DeskReply::Printers);
    assert!(listed.printers.iter().all(|row| row.address.is_empty() && row.health.is_none()));
}

/// Staff call a slip off in the very moment in which its printer is asked how it is.
#[test]
fn what_is_called_off_while_the_printer_is_asked_does_not_come_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let market = Market::new();
    market.assign_slips(&format!("tcp://{}", listener.local_addr().unwrap()), 384);
    let ticket = market.take(1, &market.publish(2));
    let slip = KioskCommand::Slip { ticket: ticket.id.clone() };
    let paper = reply!(market.ask_kiosk(slip).unwrap(), KioskReply::Slip).paper.unwrap().id;
    let hall = Printing::of(market);
    let (mut line, _) = listener.accept().unwrap();
    hall.market.act(DeskCommand::CancelPaper { paper: paper.clone() });
    let mut simulated = Simulated::new(SlipWidth::Dots384);
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = line.read(&mut bytes) {
        let said = simulated.receive(&bytes[..count]);
        line.write_all(&said).unwrap();
    }
    // The line was closed, so the printer was let go.
    assert!(simulated.take_papers().is_empty());
    assert_eq!(hall.paper(&paper).state, PaperState::Cancelled);
}
