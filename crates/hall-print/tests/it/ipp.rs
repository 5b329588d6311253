//! A4 printers over a real line. The other side is the simulated printer, or whatever bytes a stranger might say.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use hall_core::vocab::{AgreementType, PaperTrouble};
use hall_print::agreement::agreement;
use hall_print::lines::ipp::simulated::{Condition, Cut, Fate, Simulated, serve};
use hall_print::lines::ipp::{self, Bounds, Line, Ready};
use hall_print::lines::{Health, Manner, Outcome};
use proptest::prelude::*;

use crate::sample;

const MANNER: Manner = Manner { answers: true, duplex: false };
const NAME: &str = "linggong-7-1-42";
const PDF: &[u8] = b"%PDF-1.5 as it is";

/// As in a hall, but nobody waits long for what does not come.
const BOUNDS: Bounds = Bounds {
    connect: Duration::from_secs(2),
    answer: Duration::from_secs(10),
    send: Duration::from_secs(10),
    pause: Duration::from_millis(2),
    recovery: Duration::from_millis(20),
    silence: Duration::from_millis(20),
    patience: Duration::from_mins(5),
};

pub(crate) struct Printer {
    printer: Arc<Mutex<Simulated>>,
    pub(crate) uri: String,
}

impl Printer {
    pub(crate) fn new(condition: Condition) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("ipp://{}/ipp/print", listener.local_addr().unwrap());
        let printer = Arc::new(Mutex::new(Simulated::new(condition)));
        let served = Arc::clone(&printer);
        std::thread::spawn(move || serve(&listener, &served, &mut |_| {}));
        Self { printer, uri }
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Simulated> {
        self.printer.lock().unwrap()
    }

    /// How many papers were sent to it, and how many came out.
    fn count(&self) -> (usize, usize) {
        let mut printer = self.held();
        (printer.taken(), printer.take_papers().len())
    }

    fn line(&self) -> Line {
        Line::to(&self.uri, BOUNDS).unwrap()
    }

    fn open(&self) -> Result<Ready, PaperTrouble> {
        self.line().open(MANNER)
    }

    pub(crate) fn print(&self, pdf: &[u8], manner: Manner) -> Outcome {
        self.line().open(manner).unwrap().print(pdf, NAME, &mut |trouble| panic!("{trouble:?}"))
    }
}

fn fine() -> Printer {
    Printer::new(Condition::default())
}

fn broken(reason: &str) -> Condition {
    Condition { reasons: vec![reason.to_owned()], stopped: true, ..Condition::default() }
}

/// What printers say, and what it means to whoever stands there.
const REASONS: &[(&str, PaperTrouble)] = &[
    ("media-empty-error", PaperTrouble::PaperOut),
    ("media-empty", PaperTrouble::PaperOut),
    ("media-needed-error", PaperTrouble::PaperOut),
    ("input-tray-missing", PaperTrouble::PaperOut),
    ("media-jam-error", PaperTrouble::Jam),
    ("cover-open-error", PaperTrouble::CoverOpen),
    ("door-open", PaperTrouble::CoverOpen),
    ("interlock-open-error", PaperTrouble::CoverOpen),
    ("toner-empty-error", PaperTrouble::InkOut),
    ("marker-supply-empty", PaperTrouble::InkOut),
    ("developer-empty-error", PaperTrouble::InkOut),
    ("marker-waste-full-error", PaperTrouble::Broken),
    ("fuser-over-temp-error", PaperTrouble::Resting),
    ("shutdown", PaperTrouble::Offline),
    ("offline", PaperTrouble::Offline),
    ("paused", PaperTrouble::Paused),
    ("none", PaperTrouble::Paused),
];

#[test]
fn an_agreement_is_taken_once_as_it_is_and_followed_until_it_is_out() {
    let printer = fine();
    let ready = printer.open().unwrap();
    assert_eq!(ready.health, Health { low: false, answered: true });
    assert_eq!(ready.print(PDF, NAME, &mut |trouble| panic!("{trouble:?}")), Outcome::Done);
    let both = Manner { duplex: true, ..MANNER };
    assert_eq!(printer.print(PDF, both), Outcome::Done);
    printer.held().condition.duplex = false;
    assert_eq!(printer.print(PDF, both), Outcome::Done);
    let papers = printer.held().take_papers();
    let sides: Vec<&str> = papers.iter().map(|paper| paper.sides.as_str()).collect();
    assert_eq!(sides, ["one-sided", "two-sided-long-edge", "one-sided"]);
    for paper in papers {
        assert_eq!((&*paper.name, &*paper.format, &*paper.document), (NAME, "application/pdf", PDF));
    }
    assert_eq!(printer.held().taken(), 3);
}

#[test]
fn a_printer_that_cannot_print_says_why_before_anything_is_sent() {
    for (reason, trouble) in REASONS {
        let printer = Printer::new(broken(reason));
        assert_eq!(printer.open().err(), Some(*trouble), "{reason}");
        assert_eq!(printer.held().taken(), 0);
    }
    let refusing = Printer::new(Condition { accepts: false, ..Condition::default() });
    assert_eq!(refusing.open().err(), Some(PaperTrouble::Paused));
    let formats = vec!["application/postscript".into(), "image/urf".into()];
    let other = Printer::new(Condition { formats, ..Condition::default() });
    assert_eq!(other.open().err(), Some(PaperTrouble::Unsupported));
}

#[test]
fn what_is_only_low_is_told_and_stops_nothing() {
    for (reason, low) in [("toner-low-warning", true), ("media-low", true), ("media-empty-report", false)] {
        let reasons = vec![reason.to_owned()];
        let printer = Printer::new(Condition { reasons, ..Condition::default() });
        assert_eq!(printer.open().unwrap().health, Health { low, answered: true }, "{reason}");
        assert_eq!(printer.print(PDF, MANNER), Outcome::Done, "{reason}");
    }
}

#[test]
fn what_it_waits_for_is_told_and_the_paper_comes_out_when_it_is_mended() {
    for (reason, trouble) in REASONS {
        let printer = fine();
        let ready = printer.open().unwrap();
        printer.held().condition = broken(reason);
        let mut heard = Vec::new();
        let outcome = ready.print(PDF, NAME, &mut |trouble| {
            heard.push(trouble);
            printer.held().condition = Condition::default();
        });
        assert_eq!((outcome, &heard[..]), (Outcome::Done, &[Some(*trouble), None][..]), "{reason}");
        assert_eq!(printer.count(), (1, 1), "{reason}");
    }
}

#[test]
fn one_trouble_after_the_other_is_told() {
    let printer = fine();
    let ready = printer.open().unwrap();
    printer.held().condition = broken("media-empty-error");
    let mut heard = Vec::new();
    let outcome = ready.print(PDF, NAME, &mut |trouble| {
        heard.push(trouble);
        printer.held().condition = match heard.len() {
            1 => broken("cover-open-error"),
            _ => Condition::default(),
        };
    });
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(heard, [Some(PaperTrouble::PaperOut), Some(PaperTrouble::CoverOpen), None]);
}

#[test]
fn a_paper_that_was_given_up_failed_only_when_the_printer_counts_and_counted_nothing() {
    for (impressions, outcome) in [
        (Some(0), Outcome::Failed(PaperTrouble::Aborted)),
        (Some(1), Outcome::Unconfirmed(PaperTrouble::Aborted)),
        (None, Outcome::Unconfirmed(PaperTrouble::Aborted)),
    ] {
        let printer = Printer::new(Condition { fate: Fate::Aborts(impressions), ..Condition::default() });
        assert_eq!(printer.print(PDF, MANNER), outcome, "{impressions:?}");
        assert!(printer.held().take_papers().is_empty());
    }
}

#[test]
fn a_paper_can_be_taken_back_while_it_waits() {
    let printer = fine();
    let ready = printer.open().unwrap();
    printer.held().condition = broken("media-empty-error");
    let mut canceled = Vec::new();
    let outcome = ready.print(PDF, NAME, &mut |trouble| {
        if trouble.is_some() {
            canceled = [NAME, NAME, "another"].map(|name| ipp::cancel(&printer.uri, name)).to_vec();
        }
    });
    assert_eq!(outcome, Outcome::Failed(PaperTrouble::Aborted));
    assert_eq!(canceled, [Ok(true), Ok(false), Ok(false)]);
    assert!(printer.held().take_papers().is_empty());
}

#[test]
fn when_the_line_breaks_the_list_of_jobs_decides_and_nothing_is_sent_again() {
    for lists_all in [true, false] {
        for (cut, outcome, taken) in [
            (Cut::Before, Outcome::Unconfirmed(PaperTrouble::Interrupted), 0),
            (Cut::After, Outcome::Done, 1),
        ] {
            let printer = Printer::new(Condition { cut: Some(cut), lists_all, ..Condition::default() });
            // Long enough that the line breaks in the middle of it.
            let pdf = vec![b'%'; 200_000];
            assert_eq!(printer.print(&pdf, MANNER), outcome, "{cut:?}");
            assert_eq!(printer.count(), (taken, taken), "{cut:?}");
        }
    }
}

#[test]
fn a_program_that_was_ended_in_the_middle_finds_its_paper() {
    let printer = fine();
    assert!(ipp::find(&printer.uri, NAME).unwrap().is_none());
    printer.held().condition.cut = Some(Cut::After);
    // It was killed: it neither followed the paper nor heard that it was taken.
    let gone = Line::to(&printer.uri, Bounds { patience: Duration::ZERO, ..BOUNDS }).unwrap();
    let left = gone.open(MANNER).unwrap().print(PDF, NAME, &mut |_| {});
    assert_eq!(left, Outcome::Unconfirmed(PaperTrouble::TooLate));
    printer.held().condition = broken("cover-open-error");
    let mut heard = Vec::new();
    let outcome = printer.line().find(NAME).unwrap().unwrap().follow(&mut |trouble| {
        heard.push(trouble);
        printer.held().condition = Condition::default();
    });
    assert_eq!((outcome, &heard[..]), (Outcome::Done, &[Some(PaperTrouble::CoverOpen), None][..]));
    // Also long after it came out.
    let again = printer.line().find(NAME).unwrap().unwrap();
    assert_eq!(again.follow(&mut |trouble| panic!("{trouble:?}")), Outcome::Done);
    assert_eq!(printer.held().take_papers().len(), 1);
}

#[test]
fn of_a_paper_that_the_printer_forgot_nobody_knows() {
    let printer = Printer::new(Condition { fate: Fate::Forgets, ..Condition::default() });
    assert_eq!(printer.print(PDF, MANNER), Outcome::Unconfirmed(PaperTrouble::Interrupted));
}

#[test]
fn what_is_refused_did_not_come_out() {
    for (changed, trouble) in [
        (Condition { accepts: false, ..Condition::default() }, PaperTrouble::Paused),
        (Condition { formats: Vec::new(), ..Condition::default() }, PaperTrouble::Unsupported),
    ] {
        let printer = fine();
        let ready = printer.open().unwrap();
        printer.held().condition = changed;
        assert_eq!(ready.print(PDF, NAME, &mut |_| {}), Outcome::Failed(trouble));
        assert_eq!(printer.held().taken(), 0);
    }
}

#[test]
fn a_stopped_queue_goes_on_when_it_is_told_to() {
    let printer = Printer::new(broken("paused"));
    assert_eq!(printer.open().err(), Some(PaperTrouble::Paused));
    ipp::resume(&printer.uri).unwrap();
    assert_eq!(printer.print(PDF, MANNER), Outcome::Done);
}

#[test]
fn the_queues_of_a_server_are_named_at_the_address_that_answered() {
    let printer = fine();
    let server = printer.uri.replace("ipp/print", "");
    let queues = ipp::queues(&server).unwrap();
    let [queue] = &queues[..] else { panic!("{queues:?}") };
    assert_eq!((&*queue.name, &*queue.about, queue.accepts), ("A4", "模拟打印机", true));
    assert_eq!(queue.uri, format!("{server}printers/A4"));
    assert!(ipp::open(&queue.uri, MANNER).is_ok());
}

/// Says these bytes, one to each who connects, and is gone then.
fn strange(answers: Vec<Vec<u8>>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("ipp://{}/", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        for answer in answers {
            let (line, _) = listener.accept().unwrap();
            hear(&line);
            // Whoever has heard enough hangs up.
            let _hung_up = (&line).write_all(&answer);
        }
    });
    (uri, served)
}

/// Takes one whole request.
fn hear(line: &TcpStream) {
    let mut lines = BufReader::new(line);
    let mut length = 0;
    loop {
        let mut header = String::new();
        lines.read_line(&mut header).unwrap();
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if header.trim().is_empty() {
            break;
        }
    }
    lines.take(length).read_to_end(&mut Vec::new()).unwrap();
}

fn http(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// An answer with one group; each attribute is its tag, its name and its value.
fn said(status: u16, group: u8, attributes: &[(u8, &str, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![1, 1];
    bytes.extend(status.to_be_bytes());
    bytes.extend([0, 0, 0, 1, group]);
    for (tag, name, value) in attributes {
        bytes.push(*tag);
        for piece in [name.as_bytes(), value] {
            bytes.extend((piece.len() as u16).to_be_bytes());
            bytes.extend(piece);
        }
    }
    bytes.push(3);
    http(&bytes)
}

fn ready_to_print() -> Vec<u8> {
    said(
        0,
        4,
        &[(0x23, "printer-state", &[0, 0, 0, 3]), (0x49, "document-format-supported", b"application/pdf")],
    )
}

fn job(status: u16, state: u8) -> Vec<u8> {
    said(
        status,
        2,
        &[
            (0x21, "job-id", &[0, 0, 0, 9]),
            (0x23, "job-state", &[0, 0, 0, state]),
            (0x42, "job-name", NAME.as_bytes()),
        ],
    )
}

#[test]
fn what_is_no_printer_is_said_to_be_none() {
    let no_printer = PaperTrouble::NotAPrinter;
    let busy = PaperTrouble::Offline;
    let endless = http(&vec![0x44; 2 << 20]);
    for (answer, trouble) in [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(), no_printer),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n".to_vec(),
            no_printer,
        ),
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_vec(), busy),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_vec(), busy),
        (http(b"<!DOCTYPE html><title>Router</title>"), no_printer),
        (http(b""), no_printer),
        (endless, no_printer),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), no_printer),
        (b"\x12\x12\x12\x12".to_vec(), no_printer),
        (Vec::new(), busy),
        (ready_to_print()[..60].to_vec(), busy),
        (said(0, 2, &[(0x23, "printer-state", &[0, 0, 0, 3])]), no_printer),
        (said(0, 4, &[(0x42, "printer-name", b"A4")]), no_printer),
        (said(0x0406, 4, &[]), no_printer),
        (said(0x0507, 4, &[]), busy),
        (said(0, 4, &[(0x23, "printer-state", &[0, 0, 0, 3])]), PaperTrouble::Unsupported),
    ] {
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(90)]).into_owned();
        let (uri, served) = strange(vec![answer]);
        let opened = Line::to(&uri, BOUNDS).unwrap().open(MANNER);
        served.join().unwrap();
        assert_eq!(opened.err(), Some(trouble), "{shown:?}");
    }
}

#[test]
fn where_nobody_is_no_line_comes_about() {
    let (uri, served) = strange(Vec::new());
    served.join().unwrap();
    assert_eq!(ipp::open(&uri, MANNER).err(), Some(PaperTrouble::Unreachable));
    assert_eq!(ipp::find(&uri, NAME).err(), Some(PaperTrouble::Unreachable));
    assert_eq!(ipp::cancel(&uri, NAME).err(), Some(PaperTrouble::Unreachable));
    assert_eq!(ipp::resume(&uri).err(), Some(PaperTrouble::Unreachable));
    assert_eq!(ipp::queues(&uri).err(), Some(PaperTrouble::Unreachable));
    assert_eq!(ipp::open("ipps://localhost/", MANNER).err(), Some(PaperTrouble::Unreachable));
    assert_eq!(ipp::open("ipp://a b/", MANNER).err(), Some(PaperTrouble::NotAPrinter));
    // Gone between the question and the paper: for certain nothing was sent.
    let (uri, served) = strange(vec![ready_to_print()]);
    let ready = Line::to(&uri, BOUNDS).unwrap().open(MANNER).unwrap();
    served.join().unwrap();
    assert_eq!(ready.print(PDF, NAME, &mut |_| {}), Outcome::Failed(PaperTrouble::Unreachable));
}

#[test]
fn each_answer_to_a_paper_means_what_it_means() {
    let none = || said(0, 1, &[]);
    let unsure = |trouble| Outcome::Unconfirmed(trouble);
    for (answers, outcome) in [
        // It says that it failed, and that is how it is.
        (vec![said(0x0500, 1, &[]), none()], unsure(PaperTrouble::Offline)),
        (vec![said(0x0504, 1, &[]), none()], unsure(PaperTrouble::Broken)),
        (vec![said(0x0508, 1, &[]), none()], unsure(PaperTrouble::Aborted)),
        // It has the paper all the same.
        (vec![said(0x0500, 1, &[]), job(0, 9), job(0, 9)], Outcome::Done),
        (vec![http(b"<html>"), job(0, 9), job(0, 9)], Outcome::Done),
        (vec![none(), job(0, 9), job(0, 9)], Outcome::Done),
        (
            vec![b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".to_vec(), none()],
            unsure(PaperTrouble::Interrupted),
        ),
        (
            vec![b"HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n\r\n".to_vec(), none()],
            unsure(PaperTrouble::Interrupted),
        ),
        // Refused.
        (
            vec![b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_vec()],
            Outcome::Failed(PaperTrouble::Offline),
        ),
        (vec![said(0x0403, 1, &[])], Outcome::Failed(PaperTrouble::Offline)),
        (vec![said(0x0411, 1, &[])], Outcome::Failed(PaperTrouble::Unsupported)),
        (vec![said(0x0506, 1, &[])], Outcome::Failed(PaperTrouble::Paused)),
        // Taken, and then nobody answers any more.
        (vec![job(0, 5)], unsure(PaperTrouble::Interrupted)),
        (vec![job(0, 3), said(0x0407, 1, &[])], unsure(PaperTrouble::Interrupted)),
        // Out, but with errors by its own account.
        (
            vec![
                job(0, 5),
                said(
                    0,
                    2,
                    &[
                        (0x23, "job-state", &[0, 0, 0, 9]),
                        (0x44, "job-state-reasons", b"job-completed-with-errors"),
                    ],
                ),
            ],
            unsure(PaperTrouble::Aborted),
        ),
    ] {
        let count = answers.len();
        let (uri, served) = strange([vec![ready_to_print()], answers].concat());
        let ready = Line::to(&uri, BOUNDS).unwrap().open(MANNER).unwrap();
        assert_eq!(ready.print(PDF, NAME, &mut |_| {}), outcome, "{count} answers");
        served.join().unwrap();
    }
}

#[test]
fn a_printer_that_falls_silent_is_told_and_then_given_up() {
    let (uri, served) = strange(vec![ready_to_print(), job(0, 5)]);
    let ready = Line::to(&uri, BOUNDS).unwrap().open(MANNER).unwrap();
    let mut heard = Vec::new();
    let outcome = ready.print(PDF, NAME, &mut |trouble| heard.push(trouble));
    served.join().unwrap();
    assert_eq!(outcome, Outcome::Unconfirmed(PaperTrouble::Interrupted));
    assert!(heard.last() == Some(&Some(PaperTrouble::Unreachable)), "{heard:?}");
}

#[test]
fn nobody_waits_for_ever() {
    let printer = fine();
    let hasty = Line::to(&printer.uri, Bounds { patience: BOUNDS.silence, ..BOUNDS }).unwrap();
    let ready = hasty.open(MANNER).unwrap();
    printer.held().condition = broken("media-empty-error");
    let outcome = ready.print(PDF, NAME, &mut |_| {});
    assert_eq!(outcome, Outcome::Unconfirmed(PaperTrouble::TooLate));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_a_stranger_answers_no_paper_is_said_to_be_out(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        framed in any::<bool>(),
        answers in 1_usize..4,
    ) {
        let answer = if framed { http(&bytes) } else { bytes };
        let (uri, served) = strange([vec![ready_to_print()], vec![answer; answers]].concat());
        let ready = Line::to(&uri, BOUNDS).unwrap().open(MANNER).unwrap();
        let outcome = ready.print(PDF, NAME, &mut |_| {});
        prop_assert!(outcome != Outcome::Done, "{outcome:?}");
        // It may have been given up before the stranger had said everything.
        while !served.is_finished() {
            let _late = TcpStream::connect(uri[6..].trim_end_matches('/'))
                .and_then(|mut line| line.write_all(b"POST / HTTP/1.1\r\n\r\n"));
        }
    }
}

/// An agreement as it is made; laid out once, for it takes a while.
pub(crate) fn pages() -> &'static [u8] {
    static PAGES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        agreement(&sample::agreement(AgreementType::TaskContract), &sample::fonts()).unwrap().paper.pdf
    });
    &PAGES
}
