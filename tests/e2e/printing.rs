//! The slip that a worker sees at the kiosk is the paper that comes out of the printer, and so is the agreement that a
//! clerk makes.

use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hall_app::simulated_a4::{Condition, Simulated, serve};
use hall_core::vocab::PrinterUse;
use hall_print::Bitmap;
use hall_tests::desk::Desk;
use hall_tests::hall::PIN;
use hall_tests::kiosk::Kiosk;
use hall_tests::printer::{self, Printer};

use crate::cups::Cups;
use crate::support::{Hall, TITLE, employer, hall_with, post, prepared, worker};

fn printing_hall(printer: &Printer) -> Hall {
    hall_with(|place| {
        let hall = prepared(place);
        printer::assign(hall.hall(), "desk", PrinterUse::Slips, &printer.address).unwrap();
        let employer = hall.employer(employer()).unwrap();
        hall.post(post(&employer, TITLE, 2)).unwrap();
        hall.worker(worker(1), true).unwrap();
    })
}

/// What the code on a paper says to two readers that know nothing of each other.
fn code_on(paper: &Bitmap) -> String {
    let (width, height) = (paper.width() as usize, paper.height() as usize);
    let mut picture =
        rqrr::PreparedImage::prepare_from_bitmap(width, height, |x, y| paper.is_black(x as u32, y as u32));
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one code on the paper");
    let (_, text) = grids[0].decode().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paper.png");
    std::fs::write(&file, paper.to_png().unwrap()).unwrap();
    let read = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(file)
        .output()
        .expect("zbarimg, of Debian's zbar-tools");
    assert_eq!(String::from_utf8(read.stdout).unwrap().trim_end(), text);
    text
}

#[test]
fn the_slip_comes_out_of_the_printer_as_it_was_shown() {
    let printer = Printer::start().unwrap();
    let hall = printing_hall(&printer);
    let kiosk = Kiosk(hall.screens.kiosk().unwrap());
    kiosk.open_post(TITLE).unwrap();
    kiosk.want(&worker(1).id_number).unwrap();
    let code = kiosk.confirm().unwrap();
    kiosk.0.drawn("[data-testid=\"slip\"]").unwrap();
    let src = kiosk.shown("slip").unwrap().attribute("src").unwrap().unwrap();
    let shown = STANDARD.decode(src.split_once("base64,").unwrap().1).unwrap();
    let paper = printer.paper().unwrap();
    assert!(paper.to_png().unwrap() == shown, "the paper is the preview, dot for dot");
    let text = code_on(&paper);
    kiosk.finish().unwrap();
    // Whoever scans the paper at the desk finds the ticket.
    let clerk = Desk(hall.screens.desk().unwrap());
    clerk.log_in(PIN).unwrap();
    clerk.scan(&text).unwrap();
    assert!(clerk.shown("page-ticket").unwrap().contains(&code));
}

/// A hall whose desk prints agreements there, and the short code of a ticket that wants one.
fn hall_of_pages(address: &str) -> (Hall, String) {
    let mut code = String::new();
    let hall = hall_with(|place| {
        let hall = prepared(place);
        printer::assign(hall.hall(), "desk", PrinterUse::Pages, address).unwrap();
        let employer = hall.employer(employer()).unwrap();
        let post = hall.post(post(&employer, TITLE, 2)).unwrap();
        hall.worker(worker(1), true).unwrap();
        code = hall.claim(&worker(1).id_number, &post).unwrap().code;
    });
    (hall, code)
}

/// Makes the agreement at the desk and waits until it says that the paper is out; the file.
fn make(clerk: Desk<'_>, code: &str) -> Vec<u8> {
    clerk.log_in(PIN).unwrap();
    clerk.open_ticket(code).unwrap();
    let path = clerk.make_agreement().unwrap();
    clerk.0.find("[data-testid=\"paper-note\"][data-state=\"done\"]").unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn the_agreement_comes_out_of_the_printer_as_it_was_made_and_bears_a_mark_the_next_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ipp://{}/ipp/print", listener.local_addr().unwrap());
    let printer = Arc::new(Mutex::new(Simulated::new(Condition::default())));
    let served = Arc::clone(&printer);
    std::thread::spawn(move || serve(&listener, &served, &mut |_| {}));
    let (hall, code) = hall_of_pages(&address);
    let clerk = Desk(hall.screens.desk().unwrap());
    let made = make(clerk, &code);
    let out = printer.lock().unwrap().take_papers();
    assert_eq!(out.len(), 1);
    assert!(out[0].document == made, "the paper is the file, byte for byte");
    clerk.go("printers").unwrap();
    clerk.0.find("[data-testid=\"paper-again\"]").unwrap().tap().unwrap();
    // The newest stands above the others.
    let row = "[data-testid=\"row-paper\"]";
    clerk.0.find(&format!("{row}:has(+ {row}) [data-testid=\"paper-mark\"][data-state=\"done\"]")).unwrap();
    let out = printer.lock().unwrap().take_papers();
    assert_eq!(out.len(), 1);
    let words = words_on(&out[0].document);
    assert!(words.contains("补打第1次") && words.contains("乙方联"), "{words}");
    assert!(!words_on(&made).contains("补打"));
}

#[test]
fn the_agreement_comes_out_through_a_real_print_server() {
    let Some(cups) = Cups::start() else { return };
    let (hall, code) = hall_of_pages(&cups.uri());
    let clerk = Desk(hall.screens.desk().unwrap());
    let made = make(clerk, &code);
    let printed = words_on(&std::fs::read(cups.printed()).unwrap());
    assert!(printed.contains("甲方联") && printed.contains("乙方联"), "{printed}: {}", cups.log());
    assert_eq!(printed, words_on(&made));
}

/// What another program reads on the pages, as one piece.
fn words_on(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paper.pdf");
    std::fs::write(&file, pdf).unwrap();
    let read = Command::new("pdftotext")
        .arg("-layout")
        .arg(file)
        .arg("-")
        .output()
        .expect("pdftotext, of Debian's poppler-utils");
    String::from_utf8(read.stdout).unwrap().chars().filter(|ch| !ch.is_whitespace()).collect()
}
