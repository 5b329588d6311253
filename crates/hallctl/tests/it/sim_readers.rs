//! The scanner and the card reader for who has none, as processes: what goes in by a line comes out at the other end.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A simulator that obeys.
struct Simulator {
    child: Child,
    told: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

impl Simulator {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hallctl"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = child.stdin.take().unwrap();
        let says = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, told, says }
    }

    fn next(&mut self) -> String {
        self.says.next().unwrap().unwrap()
    }

    fn tell(&mut self, what: &str) {
        writeln!(self.told, "{what}").unwrap();
        assert_eq!(self.next(), "done");
    }

    fn refuses(&mut self, what: &str) -> String {
        writeln!(self.told, "{what}").unwrap();
        let said = self.next();
        assert!(said.starts_with("not done: "), "{said}");
        said
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended by itself, and then a test has said so.
        let _ended_before = self.child.kill();
        let _ended = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn what_the_scanner_is_told_comes_out_of_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("scanner");
    let mut scanner = Simulator::start(&["sim-scanner", "--link", link.to_str().unwrap()]);
    assert!(scanner.next().starts_with("path /dev/pts/"));
    let mut line = File::open(&link).unwrap();
    for (told, sent) in [
        ("LG1ABCD", "LG1ABCD\r"),
        ("split LG1ABC", "LG1\rABC\r"),
        ("half LG1ABC", "LG1\r"),
        ("full-width LG1", "ｌｇ１\r"),
    ] {
        scanner.tell(told);
        let mut bytes = vec![0; sent.len()];
        line.read_exact(&mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), sent);
    }
    scanner.tell("unplug");
    assert!(!link.exists());
    assert!(scanner.refuses("LG1ABCD").contains("plug-in"));
    writeln!(scanner.told, "plug-in").unwrap();
    assert!(scanner.next().starts_with("path "));
    assert!(link.exists());
}

#[test]
fn what_lies_on_the_card_reader_is_its_answer() {
    let mut reader = Simulator::start(&["sim-card-reader", "--listen", "127.0.0.1:0"]);
    let at = reader.next().strip_prefix("listens ").unwrap().to_owned();
    let ask = || {
        let mut line = TcpStream::connect(&at).unwrap();
        line.write_all(b"GET /read HTTP/1.1\r\nHost: reader\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).unwrap();
        answer
    };
    let text = || String::from_utf8(ask()).unwrap();
    assert!(text().ends_with(r#"{"state":"no card"}"#));
    reader.tell("card 379901198604121013 示范甲 奎山县北关街1号");
    assert!(text().contains("示范甲") && text().contains("379901198604121013"));
    reader.tell("gbk on");
    let gbk = ask();
    assert!(gbk.windows(4).any(|bytes| bytes == [0xca, 0xbe, 0xb7, 0xb6]), "示范 in GBK");
    reader.tell("nonsense page");
    assert!(text().ends_with("</html>"));
    reader.tell("take-away");
    assert!(text().contains("no card"));
    assert!(
        reader.refuses("card 370705198604121013 某人").contains("379901"),
        "a number that may be somebody's"
    );
    assert!(reader.refuses("shake").contains("take-away"));
}

#[test]
fn a_card_reader_is_on_this_machine() {
    let output = Command::new(env!("CARGO_BIN_EXE_hallctl"))
        .args(["sim-card-reader", "--listen", "0.0.0.0:0"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("127.0.0.1:PORT"));
}
