//! The printer for who has none, as a process: what goes in over TCP lies in its folder.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hall_core::vocab::PaperTrouble;
use hall_print::Bitmap;
use hall_print::thermal::{self, Query, Status};

struct Printer {
    child: Child,
    told: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
    line: TcpStream,
    _papers: tempfile::TempDir,
}

impl Printer {
    fn start() -> Self {
        let papers = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hallctl"))
            .args(["sim-printer", "--listen", "127.0.0.1:0", "--papers"])
            .arg(papers.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = child.stdin.take().unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = says.next().unwrap().unwrap();
        let line = TcpStream::connect(first.strip_prefix("listens ").unwrap()).unwrap();
        Self { child, told, says, line, _papers: papers }
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

impl Drop for Printer {
    fn drop(&mut self) {
        // It may have ended by itself, and then a test has said so.
        let _ended_before = self.child.kill();
        let _ended = self.child.wait();
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
    assert_eq!(printer.ask().trouble(), None);
    printer.tell("hang-up");
    assert_eq!(printer.line.read(&mut [0]).unwrap(), 0);
    printer.line = TcpStream::connect(at).unwrap();
    assert_eq!(printer.ask().trouble(), None);
}
