//! The slip that a worker sees at the kiosk is the paper that comes out of the printer.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hall_print::Bitmap;
use hall_tests::desk::Desk;
use hall_tests::hall::PIN;
use hall_tests::kiosk::Kiosk;
use hall_tests::printer::{self, Printer};

use crate::support::{Hall, TITLE, employer, hall_with, post, prepared, worker};

fn printing_hall(printer: &Printer) -> Hall {
    hall_with(|place| {
        let hall = prepared(place);
        printer::assign(hall.hall(), "desk", &printer.address).unwrap();
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
