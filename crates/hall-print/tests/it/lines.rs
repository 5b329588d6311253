//! Papers over real lines to the simulated printer: what came out, what was told, what is said of it.
//!
//! A bound for something that comes is far away, so that no machine is too slow for it; a bound for something that never
//! comes is near.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::LazyLock;
use std::time::Duration;

use hall_core::vocab::PaperTrouble;
use hall_print::Bitmap;
use hall_print::lines::{Address, Bounds, Health, Manner, Outcome, Ready, Sheet, open, open_within};
use hall_print::slip::{SlipWidth, slip};
use hall_print::thermal::Fault;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::prop_assert;

use crate::printer::{Line, Printer};
use crate::sample;

pub(crate) const ANSWERS: Manner = Manner { answers: true, duplex: false };
const SILENT: Manner = Manner { answers: false, duplex: false };
const FAR: Duration = Duration::from_mins(2);
const NEAR: Duration = Duration::from_millis(20);
/// For a printer that answers at first and then no more.
const SOON: Duration = Duration::from_secs(1);

pub(crate) fn patient() -> Bounds {
    Bounds {
        connect: FAR,
        quiet: Duration::from_millis(1),
        answer: FAR,
        ordered: FAR,
        silent: FAR,
        stuck: FAR,
        people: FAR,
        again: Duration::from_millis(2),
        slowest: u32::MAX,
        farewell: FAR,
    }
}

fn paper() -> Bitmap {
    static PAPER: LazyLock<Bitmap> =
        LazyLock::new(|| slip(&sample::slip(), &sample::fonts(), SlipWidth::Dots384).unwrap().paper.picture);
    PAPER.clone()
}

fn opened(printer: &Printer, bounds: Bounds) -> Result<Ready, PaperTrouble> {
    open_within(&printer.address, ANSWERS, bounds)
}

/// Prints a slip; what was told meanwhile, and what is said of it. `mend` is called with each trouble.
fn printed(ready: Ready, mut mend: impl FnMut(PaperTrouble)) -> (Vec<Option<PaperTrouble>>, Outcome) {
    let mut told = Vec::new();
    let outcome = ready.print(&Sheet::Slip(paper().into()), &mut |trouble| {
        told.push(trouble);
        if let Some(trouble) = trouble {
            mend(trouble);
        }
    });
    (told, outcome)
}

/// The lines side by side, where something is waited for that never comes.
fn on_every_line(check: impl Fn(Line) + Sync) {
    std::thread::scope(|scope| {
        for line in Line::ALL {
            let check = &check;
            scope.spawn(move || check(line));
        }
    });
}

fn nobody_mends(_: PaperTrouble) {}

#[test]
fn what_comes_out_is_what_was_sent_dot_for_dot_and_the_next_paper_follows() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        for _ in 0..2 {
            let ready = opened(&printer, patient()).unwrap();
            assert_eq!(ready.health(), Health { low: false, answered: true });
            assert!(printer.papers().is_empty(), "nothing of a paper is sent");
            assert_eq!(printed(ready, nobody_mends), (vec![], Outcome::Done), "{line:?}");
            assert!(printer.papers() == [paper()], "{line:?}");
            assert_eq!(printer.is_let_go(), line == Line::Tcp, "the next one may be another machine");
        }
    }
}

#[test]
fn without_other_bounds_those_of_the_real_world_are_kept() {
    let printer = Printer::at(Line::Tcp);
    let ready = open(&printer.address, SILENT).unwrap();
    assert_eq!(printed(ready, nobody_mends), (vec![], Outcome::Unconfirmed(PaperTrouble::Mute)));
    assert!(printer.awaited_papers() == [paper()]);
}

#[test]
fn two_that_print_at_once_wait_for_each_other() {
    let printer = Printer::at(Line::Tcp);
    let prints = || printed(opened(&printer, patient()).unwrap(), nobody_mends).1;
    let outcomes = std::thread::scope(|scope| {
        let all = [scope.spawn(prints), scope.spawn(prints)];
        all.map(|one| one.join().unwrap())
    });
    assert_eq!(outcomes, [Outcome::Done; 2]);
    assert!(printer.papers() == [paper(), paper()]);
}

#[test]
fn a_printer_in_trouble_is_known_before_anything_is_sent() {
    let fine = Fault::default();
    for line in Line::ALL {
        for (fault, roll, trouble) in [
            (Fault { cover_open: true, ..fine }, 9_999, PaperTrouble::CoverOpen),
            (Fault { cutter_jammed: true, ..fine }, 9_999, PaperTrouble::Cutter),
            (fine, 0, PaperTrouble::PaperOut),
        ] {
            let printer = Printer::at(line);
            printer.suffer(fault);
            printer.with(|printer| printer.load(roll));
            assert_eq!(opened(&printer, patient()).unwrap_err(), trouble, "{line:?}");
        }
        let printer = Printer::at(line);
        printer.with(|printer| printer.load(5_000));
        assert_eq!(opened(&printer, patient()).unwrap().health(), Health { low: true, answered: true });
    }
}

#[test]
fn a_roll_that_ends_in_the_middle_is_told_and_the_slip_is_torn() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.with(|printer| printer.load(300));
        let mended = |_| printer.with(|printer| printer.load(100_000));
        let (told, outcome) = printed(opened(&printer, patient()).unwrap(), mended);
        assert_eq!(told, [Some(PaperTrouble::PaperOut), None], "{line:?}");
        assert_eq!(outcome, Outcome::Unconfirmed(PaperTrouble::Torn), "{line:?}");
        assert!(printer.papers() == [paper()], "once, {line:?}");
    }
}

#[test]
fn a_printer_with_a_full_buffer_hears_nothing_and_tells_by_itself() {
    // More than any line holds by itself.
    let long = Bitmap::of(384, (0..48 * 20_000_u32).map(|n| (n % 251) as u8).collect());
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.take_nothing_while_it_stands_still();
        printer.suffer_after(100, Fault { cover_open: true, ..Fault::default() });
        let mut told = Vec::new();
        let ready = opened(&printer, patient()).unwrap();
        let outcome = ready.print(&Sheet::Slip(long.clone().into()), &mut |trouble| {
            told.push(trouble);
            printer.suffer(Fault::default());
        });
        assert_eq!(told, [Some(PaperTrouble::CoverOpen), None], "{line:?}");
        assert_eq!(outcome, Outcome::Done, "{line:?}");
        assert!(printer.papers() == [long.clone()], "{line:?}");
    }
}

#[test]
fn the_end_of_a_paper_that_a_full_printer_holds_up_is_waited_for() {
    let rows = paper().height() as usize;
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.take_nothing_while_it_stands_still();
        printer.suffer_after(rows, Fault { cover_open: true, ..Fault::default() });
        let mend = |_| printer.suffer(Fault::default());
        let (told, outcome) = printed(opened(&printer, patient()).unwrap(), mend);
        assert_eq!(told, [Some(PaperTrouble::CoverOpen), None], "{line:?}");
        assert_eq!(outcome, Outcome::Done, "{line:?}");
        assert!(printer.papers() == [paper()], "{line:?}");
    }
}

#[test]
fn what_people_mend_in_the_middle_holds_a_slip_up_and_loses_nothing() {
    let fine = Fault::default();
    for line in Line::ALL {
        // With the queued question, and without: then nothing is told but what is asked for.
        for unordered in [false, true] {
            for (fault, trouble) in [
                (Fault { cover_open: true, unordered, ..fine }, PaperTrouble::CoverOpen),
                (Fault { cutter_jammed: true, unordered, ..fine }, PaperTrouble::Cutter),
            ] {
                let printer = Printer::at(line);
                let bounds = Bounds { ordered: if unordered { NEAR } else { FAR }, ..patient() };
                printer.suffer(Fault { unordered, ..fine });
                printer.suffer_after(100, fault);
                let mend = |_| printer.suffer(Fault { unordered, ..fine });
                let (told, outcome) = printed(opened(&printer, bounds).unwrap(), mend);
                assert_eq!((told, outcome), (vec![Some(trouble), None], Outcome::Done), "{line:?} {fault:?}");
                assert!(printer.papers() == [paper()], "{line:?} {fault:?}");
            }
        }
    }
}

#[test]
fn what_nobody_mends_is_given_up_with_its_name() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.suffer_after(100, Fault { cover_open: true, ..Fault::default() });
        let bounds = Bounds { people: Duration::ZERO, ..patient() };
        let (told, outcome) = printed(opened(&printer, bounds).unwrap(), nobody_mends);
        assert_eq!(told, [Some(PaperTrouble::CoverOpen)], "{line:?}");
        assert_eq!(outcome, Outcome::Unconfirmed(PaperTrouble::CoverOpen), "{line:?}");
        // Between the question and the paper: then nothing of it is sent.
        let printer = Printer::at(line);
        let ready = opened(&printer, bounds).unwrap();
        printer.suffer(Fault { cover_open: true, ..Fault::default() });
        let (told, outcome) = printed(ready, nobody_mends);
        assert_eq!(told, [Some(PaperTrouble::CoverOpen)], "{line:?}");
        assert_eq!(outcome, Outcome::Failed(PaperTrouble::CoverOpen), "{line:?}");
        printer.suffer(Fault::default());
        assert!(printer.papers().is_empty(), "{line:?}");
    }
}

#[test]
fn a_slow_printer_is_waited_for() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.suffer(Fault { slow: Some(1), ..Fault::default() });
        let outcome = printed(opened(&printer, patient()).unwrap(), nobody_mends);
        assert_eq!(outcome, (vec![], Outcome::Done), "{line:?}");
        assert!(printer.papers() == [paper()], "{line:?}");
    }
}

#[test]
fn a_printer_that_does_not_know_the_queued_question_is_believed_after_the_time_that_a_slip_takes() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.suffer(Fault { unordered: true, ..Fault::default() });
        let bounds = Bounds { ordered: NEAR, ..patient() };
        let outcome = printed(opened(&printer, bounds).unwrap(), nobody_mends);
        assert_eq!(outcome, (vec![], Outcome::Done), "{line:?}");
        assert!(printer.papers() == [paper()], "{line:?}");
        // A roll that ends is seen all the same.
        printer.with(|printer| printer.load(300));
        let mended = |_| printer.with(|printer| printer.load(100_000));
        let (told, outcome) = printed(opened(&printer, bounds).unwrap(), mended);
        assert_eq!(told, [Some(PaperTrouble::PaperOut), None], "{line:?}");
        assert_eq!(outcome, Outcome::Unconfirmed(PaperTrouble::Torn), "{line:?}");
    }
}

#[test]
fn of_a_mute_printer_nobody_knows_anything() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.suffer(Fault { mute: true, ..Fault::default() });
        let bounds = Bounds { answer: NEAR, ..patient() };
        assert_eq!(opened(&printer, bounds).unwrap_err(), PaperTrouble::Mute, "{line:?}");
        let ready = open_within(&printer.address, SILENT, patient()).unwrap();
        assert_eq!(ready.health(), Health::default());
        let (told, outcome) = printed(ready, nobody_mends);
        assert_eq!((told, outcome), (vec![], Outcome::Unconfirmed(PaperTrouble::Mute)), "{line:?}");
        // What the line still held is printed, though the line is closed.
        assert!(printer.awaited_papers() == [paper()], "{line:?}");
    }
}

#[test]
fn a_printer_that_falls_silent_gets_the_slip_to_its_end() {
    on_every_line(|line| {
        for unordered in [false, true] {
            let printer = Printer::at(line);
            printer.suffer(Fault { unordered, ..Fault::default() });
            let bounds = Bounds { ordered: if unordered { NEAR } else { FAR }, ..patient() };
            let bounds = Bounds { silent: SOON, ..bounds };
            printer.suffer_after(100, Fault { mute: true, ..Fault::default() });
            let (told, outcome) = printed(opened(&printer, bounds).unwrap(), nobody_mends);
            assert_eq!((told, outcome), (vec![], Outcome::Unconfirmed(PaperTrouble::Mute)), "{line:?}");
            assert!(printer.awaited_papers() == [paper()], "{line:?}");
        }
    });
}

#[test]
fn garbled_answers_are_no_printers() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        printer.suffer(Fault { garbled: true, ..Fault::default() });
        assert_eq!(opened(&printer, patient()).unwrap_err(), PaperTrouble::NotAPrinter, "{line:?}");
        printer.suffer(Fault::default());
        printer.suffer_after(100, Fault { garbled: true, ..Fault::default() });
        let (told, outcome) = printed(opened(&printer, patient()).unwrap(), nobody_mends);
        assert_eq!((told, outcome), (vec![], Outcome::Unconfirmed(PaperTrouble::NotAPrinter)), "{line:?}");
    }
}

#[test]
fn a_line_that_breaks_leaves_the_slip_unconfirmed_and_is_a_failure_only_before_the_first_dot() {
    for line in Line::ALL {
        let printer = Printer::at(line);
        let ready = opened(&printer, patient()).unwrap();
        printer.hang_up_after(10_000);
        let (told, outcome) = printed(ready, nobody_mends);
        assert_eq!((told, outcome), (vec![], Outcome::Unconfirmed(PaperTrouble::Interrupted)), "{line:?}");
        assert!(printer.papers().is_empty());

        let printer = Printer::at(line);
        let ready = opened(&printer, patient()).unwrap();
        printer.hang_up_after(1);
        let (told, outcome) = printed(ready, nobody_mends);
        assert_eq!((told, outcome), (vec![], Outcome::Failed(PaperTrouble::Interrupted)), "{line:?}");

        let printer = Printer::at(line);
        printer.hang_up_after(1);
        assert_eq!(opened(&printer, patient()).unwrap_err(), PaperTrouble::Unreachable, "{line:?}");
    }
}

#[test]
fn a_line_that_takes_nothing_more_is_given_up() {
    let long = Bitmap::of(384, vec![0xaa; 48 * 200_000]);
    on_every_line(|line| {
        for manner in [ANSWERS, SILENT] {
            let printer = Printer::at(line);
            let bounds = Bounds { stuck: NEAR, silent: SOON, farewell: NEAR, ..patient() };
            let ready = open_within(&printer.address, manner, bounds).unwrap();
            printer.take_no_more_after(1_000);
            let outcome = ready.print(&Sheet::Slip(long.clone().into()), &mut |_| {});
            assert_eq!(outcome, Outcome::Unconfirmed(PaperTrouble::Interrupted), "{line:?}");
        }
    });
}

#[test]
fn what_is_not_there_or_is_something_else_is_named() {
    let refuses = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = Address::Tcp { host: "127.0.0.1".into(), port: refuses.port() };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter");
    std::fs::write(&file, "dear").unwrap();
    for (address, trouble) in [
        (closed, PaperTrouble::Unreachable),
        (Address::Tcp { host: "no-such-printer.invalid".into(), port: 9100 }, PaperTrouble::Unreachable),
        (Address::Usb(folder.path().join("lp7")), PaperTrouble::Unreachable),
        (Address::Usb(file.clone()), PaperTrouble::NotAPrinter),
        (Address::Serial { path: file.clone(), baud: 9600 }, PaperTrouble::NotAPrinter),
        (Address::Serial { path: "/dev/null".into(), baud: 9600 }, PaperTrouble::NotAPrinter),
        (Address::Ipp(format!("ipp://{refuses}/")), PaperTrouble::Unreachable),
    ] {
        for manner in [ANSWERS, SILENT] {
            assert_eq!(open_within(&address, manner, patient()).unwrap_err(), trouble, "{address}");
        }
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"dear");
}

#[test]
fn pages_are_no_thermal_printers_paper() {
    let printer = Printer::at(Line::Tcp);
    let pages = Sheet::Pages { pdf: b"%PDF".to_vec(), name: "a".into() };
    let outcome = opened(&printer, patient()).unwrap().print(&pages, &mut |_| {});
    assert_eq!(outcome, Outcome::Failed(PaperTrouble::Unsupported));
}

/// Something at the other end that says `replies`, one to whatever it is sent, and then holds its tongue; the first
/// `honest` bytes are answered as a printer does.
fn stranger(honest: usize, replies: Vec<Vec<u8>>) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        let mut printer = hall_print::thermal::Simulated::new(SlipWidth::Dots384);
        let mut replies = replies.into_iter();
        let mut bytes = [0; 4096];
        let mut heard = 0;
        while let Ok(count @ 1..) = line.read(&mut bytes) {
            heard += count;
            let said = if heard <= honest { Some(printer.receive(&bytes[..count])) } else { replies.next() };
            // It may have been seen through already.
            let _gone = line.write_all(&said.unwrap_or_default());
        }
    });
    Address::Tcp { host: "127.0.0.1".into(), port }
}

#[test]
fn a_printer_that_tells_of_a_trouble_instead_of_an_answer_is_not_mute() {
    let address = stranger(0, vec![vec![0x38, 0x00, 0x00, 0x0f]]);
    assert_eq!(open_within(&address, ANSWERS, patient()).unwrap_err(), PaperTrouble::CoverOpen);
}

#[test]
fn one_that_turns_odd_after_it_told_of_a_trouble_is_not_waited_for() {
    // Between the answers to all questions and the first dot: a trouble, then what no printer says.
    let address = stranger(15, vec![[0x38, 0x00, 0x00, 0x0f, 0xff].to_vec()]);
    let ready = open_within(&address, ANSWERS, patient()).unwrap();
    let (told, outcome) = printed(ready, nobody_mends);
    assert_eq!(
        (told, outcome),
        (vec![Some(PaperTrouble::CoverOpen)], Outcome::Failed(PaperTrouble::NotAPrinter))
    );
}

#[test]
fn dots_that_look_like_questions_are_printed_and_what_is_answered_to_them_is_nothing() {
    let dots = Bitmap::of(384, [0x10, 0x04, 1, 0x10, 0x04, 4].repeat(8 * 300));
    for line in Line::ALL {
        for hasty in [false, true] {
            let printer = Printer::at(line);
            printer.suffer(Fault { hasty, ..Fault::default() });
            let ready = opened(&printer, patient()).unwrap();
            assert_eq!(
                ready.print(&Sheet::Slip(dots.clone().into()), &mut |_| {}),
                Outcome::Done,
                "{line:?}"
            );
            assert!(printer.papers() == [dots.clone()], "{line:?}");
        }
    }
}

#[test]
fn a_web_server_is_no_printer() {
    let page = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec();
    let address = stranger(0, vec![page]);
    assert_eq!(open_within(&address, ANSWERS, patient()).unwrap_err(), PaperTrouble::NotAPrinter);
}

#[test]
fn one_that_talks_without_end_is_no_printer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        while line.write_all(&[0x12; 1024]).is_ok() {}
    });
    let address = Address::Tcp { host: "127.0.0.1".into(), port };
    let bounds = Bounds { quiet: FAR, farewell: NEAR, ..patient() };
    assert_eq!(open_within(&address, ANSWERS, bounds).unwrap_err(), PaperTrouble::NotAPrinter);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn noise_never_makes_a_paper_done(
        honest in 0_usize..16,
        replies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9), 0..40),
    ) {
        // The first questions and the queued one are fifteen bytes; whatever comes later is noise.
        let address = stranger(honest, replies);
        let bounds = Bounds { answer: NEAR, ordered: NEAR, silent: NEAR, people: NEAR, farewell: NEAR, ..patient() };
        match open_within(&address, ANSWERS, bounds) {
            Err(trouble) => prop_assert!(trouble != PaperTrouble::Unreachable),
            Ok(ready) => prop_assert!(printed(ready, nobody_mends).1 != Outcome::Done),
        }
    }
}
