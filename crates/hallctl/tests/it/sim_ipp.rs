//! The A4 printer for who has none, as a process.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hall_core::vocab::PaperTrouble;
use hall_print::lines::{Manner, Outcome, ipp};

const MANNER: Manner = Manner { answers: true, duplex: false };

struct Printer {
    child: Child,
    told: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
    uri: String,
    _papers: tempfile::TempDir,
}

impl Printer {
    fn start() -> Self {
        let papers = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hallctl"))
            .args(["sim-printer", "--ipp", "127.0.0.1:0", "--papers"])
            .arg(papers.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = child.stdin.take().unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = says.next().unwrap().unwrap();
        let uri = first.strip_prefix("listens ").unwrap().to_owned();
        Self { child, told, says, uri, _papers: papers }
    }

    fn tell(&mut self, what: &str) -> String {
        writeln!(self.told, "{what}").unwrap();
        self.next()
    }

    fn next(&mut self) -> String {
        self.says.next().unwrap().unwrap()
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        // It may have ended by itself, and then a test has said so.
        let _ended_before = self.child.kill();
        let _ended = self.child.wait();
    }
}

#[test]
fn an_agreement_lies_in_the_folder_and_what_happens_to_the_printer_is_told() {
    let mut printer = Printer::start();
    let ready = ipp::open(&printer.uri, MANNER).unwrap();
    assert_eq!(printer.tell("stopped cover-open-error"), "done stopped cover-open-error");
    assert_eq!(ipp::open(&printer.uri, MANNER).err(), Some(PaperTrouble::CoverOpen));
    let mut heard = Vec::new();
    let outcome = ready.print(b"%PDF-1.5", "one", &mut |trouble| {
        heard.push(trouble);
        if trouble.is_some() {
            assert_eq!(printer.tell("going"), "done going");
        }
    });
    assert_eq!((outcome, &heard[..]), (Outcome::Done, &[Some(PaperTrouble::CoverOpen), None][..]));
    let printed = printer.next();
    assert_eq!(std::fs::read(printed.strip_prefix("printed ").unwrap()).unwrap(), b"%PDF-1.5");
    assert!(printed.ends_with("0001.pdf"));
    assert!(printer.tell("set on fire").starts_with("not done: stopped|going"));
}
