//! A paper's whole way through a real print server.

use hall_core::vocab::PaperTrouble;
use hall_print::lines::ipp::{self, Ready};
use hall_print::lines::{Manner, Outcome};

use crate::cups::Cups;
use crate::ipp::pages;
use crate::tools::{Temp, ask};

const MANNER: Manner = Manner { answers: true, duplex: true };

fn open(cups: &Cups) -> Result<Ready, PaperTrouble> {
    ipp::open(&cups.uri(), MANNER)
}

#[test]
fn a_real_print_server_prints_stops_and_goes_on() {
    let Some(cups) = Cups::start() else { return };
    let queues = ipp::queues(&format!("ipp://127.0.0.1:{}/", cups.port)).unwrap();
    let [queue] = &queues[..] else { panic!("{queues:?}") };
    assert_eq!(
        (&*queue.name, &*queue.about, &queue.uri, queue.accepts),
        ("A4", "办公室的打印机", &cups.uri(), true)
    );
    assert_eq!(ipp::open(&cups.uri().replace("A4", "A5"), MANNER).err(), Some(PaperTrouble::NotAPrinter));

    let outcome = open(&cups).unwrap().print(pages(), "linggong-1", &mut |trouble| {
        panic!("{trouble:?}: {}", cups.log());
    });
    assert_eq!(outcome, Outcome::Done, "{}", cups.log());
    let printed = Temp::new("printed.pdf", &std::fs::read(cups.printed()).unwrap());
    let text = ask("pdftotext", "poppler-utils", &["-layout"], &printed, &["-"]);
    assert!(text.contains("KW-20261120-0037") && text.contains("乙方联"), "{text}");

    // Stopped between the question and the paper, seen, and resumed.
    let ready = open(&cups).unwrap();
    cups.stop();
    assert_eq!(open(&cups).err(), Some(PaperTrouble::Paused));
    std::fs::remove_file(cups.printed()).unwrap();
    let mut heard = Vec::new();
    let outcome = ready.print(pages(), "linggong-2", &mut |trouble| {
        heard.push(trouble);
        if trouble.is_some() {
            assert!(!cups.printed().exists());
            ipp::resume(&cups.uri()).unwrap();
        }
    });
    assert_eq!(
        (outcome, &heard[..]),
        (Outcome::Done, &[Some(PaperTrouble::Paused), None][..]),
        "{}",
        cups.log()
    );
    assert!(cups.printed().exists());

    // Found afterwards by its name, and only by its own.
    let found = ipp::find(&cups.uri(), "linggong-2").unwrap().unwrap();
    assert_eq!(found.follow(&mut |_| {}), Outcome::Done);
    assert!(ipp::find(&cups.uri(), "linggong-3").unwrap().is_none());

    // Taken back while the queue stands still.
    let ready = open(&cups).unwrap();
    cups.stop();
    let outcome = ready.print(pages(), "linggong-3", &mut |trouble| {
        if trouble.is_some() {
            assert_eq!(ipp::cancel(&cups.uri(), "linggong-3"), Ok(true));
        }
    });
    assert_eq!(outcome, Outcome::Failed(PaperTrouble::Aborted), "{}", cups.log());
    assert_eq!(ipp::cancel(&cups.uri(), "linggong-3"), Ok(false));
}
