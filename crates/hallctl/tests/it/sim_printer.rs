//! The printer for who has none, as a process: what goes in over TCP or a pty lies in its folder.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use hall_core::vocab::PaperTrouble;
use hall_print::Bitmap;
use hall_print::lines::{self, Address, Bounds, Manner, Outcome, Sheet};
use hall_print::thermal::{self, Query, Status};

struct Process {
    child: Child,
    told: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
    _papers: tempfile::TempDir,
}

impl Process {
    /// The printer, and where it listens.
    fn start(how: &[&str]) -> (Self, String) {
        let papers = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hallctl"))
            .arg("sim-printer")
            .args(how)
            .arg("--papers")
            .arg(papers.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = child.stdin.take().unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = says.next().unwrap().unwrap();
        let at = first.strip_prefix("listens ").unwrap().to_owned();
        (Self { child, told, says, _papers: papers }, at)
    }

    fn tell(&mut self, what: &str) {
        writeln!(self.told, "{what}").unwrap();
        assert_eq!(self.next(), format!("done {what}"));
    }

    fn next(&mut self) -> String {
        self.says.next().unwrap().unwrap()
    }

    /// The file of the paper that comes out next.
    fn paper(&mut self) -> Vec<u8> {
        std::fs::read(self.next().strip_prefix("printed ").unwrap()).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and then a test has said so.
        let _ended_before = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// One on a port, and a line to it.
struct Printer {
    process: Process,
    line: TcpStream,
}

impl Deref for Printer {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Printer {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Printer {
    fn start() -> Self {
        let (process, at) = Process::start(&["--listen", "127.0.0.1:0"]);
        Self { process, line: TcpStream::connect(at).unwrap() }
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
    let mut printer = Printer::start();
    assert_eq!(printer.ask().trouble(), None);
    printer.line.write_all(&thermal::slip(&picture())).unwrap();
    assert!(printer.paper() == picture().to_png().unwrap());
    printer.tell("cover open");
    assert_eq!(printer.ask().trouble(), Some(PaperTrouble::CoverOpen));
    printer.line.write_all(&thermal::slip(&picture())).unwrap();
    assert_eq!(printer.ask().trouble(), Some(PaperTrouble::CoverOpen), "it waits");
    writeln!(printer.told, "cover closed").unwrap();
    assert!(printer.paper() == picture().to_png().unwrap(), "and goes on");
    assert_eq!(printer.next(), "done cover closed");
    writeln!(printer.told, "cover ajar").unwrap();
    assert!(printer.next().starts_with("not done: cover open|closed"));
}

#[test]
fn a_line_that_breaks_is_taken_up_again() {
    let mut printer = Printer::start();
    let at = printer.line.peer_addr().unwrap();
    for how in ["hang-up", "reset 2"] {
        assert_eq!(printer.ask().trouble(), None);
        printer.tell(how);
        printer.line.write_all(&Query::Roll.bytes()).unwrap();
        // An end or a reset, as it comes.
        assert!(matches!(printer.line.read(&mut [0]), Ok(0) | Err(_)), "{how}");
        printer.line = TcpStream::connect(at).unwrap();
    }
    assert_eq!(printer.ask().trouble(), None);
}

#[test]
fn what_is_planned_for_the_middle_of_a_paper_happens_there() {
    let mut printer = Printer::start();
    for what in ["slow 200", "after 100 cover open"] {
        printer.tell(what);
    }
    printer.line.write_all(&[thermal::TELL.to_vec(), thermal::slip(&picture())].concat()).unwrap();
    let mut word = [0; 4];
    // At first all is well, then the cover is open.
    for open in [0, 0x20] {
        printer.line.read_exact(&mut word).unwrap();
        assert_eq!(word[0] & 0x20, open, "{word:02x?}");
    }
    writeln!(printer.told, "cover closed").unwrap();
    assert_eq!(printer.next(), "done cover closed", "it is slow");
    assert!(printer.paper() == picture().to_png().unwrap());
    for what in ["ordered off", "garbled on"] {
        printer.tell(what);
    }
    printer.line.read_exact(&mut word).unwrap();
    assert_eq!(word[0] & 0x20, 0, "{word:02x?}");
    printer.line.write_all(&[thermal::SENSOR, Query::Roll.bytes()].concat()).unwrap();
    let mut answer = [0];
    printer.line.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [!0x12]);
}

#[test]
fn on_a_pty_it_is_a_usb_and_a_serial_printer() {
    let (mut process, mut at) = Process::start(&["--pty"]);
    let manner = Manner { answers: true, duplex: false };
    // No machine is too slow for it.
    let far = Duration::from_mins(2);
    let bounds = Bounds { answer: far, ordered: far, silent: far, stuck: far, ..Bounds::default() };
    // A pty that was dropped is followed by a new one.
    for _ in 0..2 {
        let path = PathBuf::from(&at);
        for address in [Address::Usb(path.clone()), Address::Serial { path, baud: 9600 }] {
            let ready = lines::open_within(&address, manner, bounds).unwrap();
            let outcome = ready.print(&Sheet::Slip(picture()), &mut |_| {});
            assert_eq!(outcome, Outcome::Done, "{address}");
            assert!(process.paper() == picture().to_png().unwrap(), "{address}");
        }
        process.tell("hang-up");
        at = process.next().strip_prefix("listens ").unwrap().to_owned();
    }
}
