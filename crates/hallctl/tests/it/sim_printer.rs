//! The printer for who has none, as a process: what goes in over TCP or a pty lies in its folder.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use hall_core::vocab::PaperTrouble;
use hall_print::Bitmap;
use hall_print::lines::{self, Address, Bounds, Manner, Outcome, Sheet};
use hall_print::thermal::{self, Query, Status};

use crate::printer::Printer;

/// One on a port, and a line to it.
struct Lined {
    printer: Printer,
    line: TcpStream,
}

impl Lined {
    fn start() -> Self {
        let printer = Printer::start(&["--listen", "127.0.0.1:0"]);
        let line = TcpStream::connect(&printer.at).unwrap();
        Self { printer, line }
    }

    fn ask(&mut self) -> Status {
        let mut status = Status::default();
        for query in Query::ALL {
            self.line.write_all(&query.bytes()).unwrap();
            let mut answer = [0];
            self.line.read_exact(&mut answer).unwrap();
            status.learn(query, answer[0]);
        }
        status
    }
}

fn picture() -> Bitmap {
    Bitmap::of(384, (0..48 * 700_u32).map(|n| (n * n / 7) as u8).collect())
}

#[test]
fn a_slip_over_tcp_lies_in_the_folder_and_what_happens_to_the_printer_is_told() {
    let mut lined = Lined::start();
    assert_eq!(lined.ask().trouble(), None);
    lined.line.write_all(&thermal::slip(&picture().into())).unwrap();
    assert!(lined.printer.paper() == picture().to_png().unwrap());
    lined.printer.tell("cover open");
    assert_eq!(lined.ask().trouble(), Some(PaperTrouble::CoverOpen));
    lined.line.write_all(&thermal::slip(&picture().into())).unwrap();
    assert_eq!(lined.ask().trouble(), Some(PaperTrouble::CoverOpen), "it waits");
    lined.printer.say("cover closed");
    assert!(lined.printer.paper() == picture().to_png().unwrap(), "and goes on");
    assert_eq!(lined.printer.hear(), "done cover closed");
    lined.printer.say("cover ajar");
    assert!(lined.printer.hear().starts_with("not done: cover open|closed"));
}

#[test]
fn a_line_that_breaks_is_taken_up_again() {
    let mut lined = Lined::start();
    let at = lined.line.peer_addr().unwrap();
    for how in ["hang-up", "reset 2"] {
        assert_eq!(lined.ask().trouble(), None);
        lined.printer.tell(how);
        lined.line.write_all(&Query::Roll.bytes()).unwrap();
        // An end or a reset, as it comes.
        assert!(matches!(lined.line.read(&mut [0]), Ok(0) | Err(_)), "{how}");
        lined.line = TcpStream::connect(at).unwrap();
    }
    assert_eq!(lined.ask().trouble(), None);
}

#[test]
fn what_is_planned_for_the_middle_of_a_paper_happens_there() {
    let mut lined = Lined::start();
    for what in ["slow 200", "after 100 cover open"] {
        lined.printer.tell(what);
    }
    lined.line.write_all(&[thermal::TELL.to_vec(), thermal::slip(&picture().into())].concat()).unwrap();
    let mut word = [0; 4];
    // At first all is well, then the cover is open.
    for open in [0, 0x20] {
        lined.line.read_exact(&mut word).unwrap();
        assert_eq!(word[0] & 0x20, open, "{word:02x?}");
    }
    lined.printer.say("cover closed");
    assert_eq!(lined.printer.hear(), "done cover closed", "it is slow");
    assert!(lined.printer.paper() == picture().to_png().unwrap());
    for what in ["ordered off", "garbled on"] {
        lined.printer.tell(what);
    }
    lined.line.read_exact(&mut word).unwrap();
    assert_eq!(word[0] & 0x20, 0, "{word:02x?}");
    lined.line.write_all(&[thermal::SENSOR, Query::Roll.bytes()].concat()).unwrap();
    let mut answer = [0];
    lined.line.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [!0x12]);
}

#[test]
fn on_a_pty_it_is_a_usb_and_a_serial_printer() {
    let mut printer = Printer::start(&["--pty"]);
    let manner = Manner { answers: true, duplex: false };
    // No machine is too slow for it.
    let far = Duration::from_mins(2);
    let bounds = Bounds { answer: far, ordered: far, silent: far, stuck: far, ..Bounds::default() };
    // A pty that was dropped is followed by a new one.
    for _ in 0..2 {
        let path = PathBuf::from(&printer.at);
        for address in [Address::Usb(path.clone()), Address::Serial { path, baud: 9600 }] {
            let ready = lines::open_within(&address, manner, bounds).unwrap();
            let outcome = ready.print(&Sheet::Slip(picture().into()), &mut |_| {});
            assert_eq!(outcome, Outcome::Done, "{address}");
            assert!(printer.paper() == picture().to_png().unwrap(), "{address}");
        }
        printer.say("hang-up");
        printer.moved();
    }
}
