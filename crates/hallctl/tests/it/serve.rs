//! The façade over loopback HTTP answers this machine and nobody else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn start(dir: &std::path::Path) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hallctl"))
        .arg("--data")
        .arg(dir.join("data"))
        .arg("--keys")
        .arg(dir.join("keys"))
        .args(["serve", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Server { child, address: line.trim().trim_start_matches("http://").to_owned() }
}

fn ask(server: &Server, head: &str, host: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn commands_and_changes_come_over_loopback() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let view = ask(&server, "POST /kiosk", "localhost", r#"{"type":"view"}"#);
    assert!(view.starts_with("HTTP/1.1 200") && view.contains(r#""set_up":false"#), "{view}");
    let refused = ask(&server, "POST /desk", "127.0.0.1", r#"{"type":"employers"}"#);
    assert!(refused.contains(r#""err""#) && refused.contains("not_set_up"), "{refused}");
    let wrong = ask(&server, "POST /wall", "127.0.0.1", r#"{"type":"steal"}"#);
    assert!(wrong.contains("bad_command"), "{wrong}");
    // A count that is behind is answered at once.
    let count = ask(&server, "GET /changes?since=7", "127.0.0.1", "");
    assert!(count.ends_with(r#"{"ok":0}"#), "{count}");
}

#[test]
fn another_name_for_this_machine_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let answer = ask(&server, "POST /kiosk", "hall.example", r#"{"type":"view"}"#);
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}
