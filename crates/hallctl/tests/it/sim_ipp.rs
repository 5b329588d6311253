//! The A4 printer for who has none, as a process.

use hall_core::vocab::PaperTrouble;
use hall_print::lines::{Manner, Outcome, ipp};

use crate::printer::Printer;

const MANNER: Manner = Manner { answers: true, duplex: false };

#[test]
fn an_agreement_lies_in_the_folder_and_what_happens_to_the_printer_is_told() {
    let mut printer = Printer::start(&["--ipp", "127.0.0.1:0"]);
    let ready = ipp::open(&printer.at, MANNER).unwrap();
    printer.tell("stopped cover-open-error");
    assert_eq!(ipp::open(&printer.at, MANNER).err(), Some(PaperTrouble::CoverOpen));
    let mut heard = Vec::new();
    let outcome = ready.print(b"%PDF-1.5", "one", &mut |trouble| {
        heard.push(trouble);
        if trouble.is_some() {
            printer.tell("going");
        }
    });
    assert_eq!((outcome, &heard[..]), (Outcome::Done, &[Some(PaperTrouble::CoverOpen), None][..]));
    let printed = printer.hear();
    assert!(printed.starts_with("printed ") && printed.ends_with("0001.pdf"), "{printed}");
    assert_eq!(printer.papers(), [b"%PDF-1.5"]);
    printer.say("set on fire");
    assert!(printer.hear().starts_with("not done: stopped|going"));
}
