//! A printer for who has none, as a process: what it says comes by itself, and what comes out lies in its folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use hall_core::Day;
use serde_json::{Value, json};

use crate::hall::{employer, post};
use crate::machine::{Machine, PATIENCE};
use crate::support::{desk, set_up};

/// A hall of one machine that prints at `address`, and a post with room for everybody.
pub(crate) fn printing_hall(used_for: &str, address: &str) -> (Machine, String) {
    let mut machine = Machine::new();
    machine.start(&["--clock", "05:00"]);
    let today = machine.ask(&set_up());
    let printers = machine.ask(&desk(&json!({ "type": "printers" })));
    machine.ask(&desk(&json!({ "type": "assign_printer", "form": {
        "device": printers["printers"][0]["device"], "used_for": used_for, "address": address, "dots": 384,
        "answers": true, "duplex": used_for == "pages",
    }})));
    let employer = machine.ask(&employer());
    let tomorrow = today["clock"]["day"].as_str().unwrap().parse::<Day>().unwrap().plus_days(1).to_string();
    let mut form = post(&tomorrow, &employer["id"]);
    form["command"]["form"]["places"] = "60".into();
    let published = machine.ask(&form);
    (machine, published["card"]["id"].as_str().unwrap().to_owned())
}

/// Whether a paper has come to its end, as far as the hall can know.
pub(crate) fn is_settled(paper: &Value) -> bool {
    ["done", "unconfirmed", "failed"].iter().any(|state| paper["state"] == *state)
}

pub(crate) struct Printer {
    child: Child,
    told: ChildStdin,
    says: Receiver<String>,
    /// Where it listens now.
    pub(crate) at: String,
    /// What came out and was not taken yet.
    papers: Vec<Vec<u8>>,
    _folder: tempfile::TempDir,
}

impl Printer {
    pub(crate) fn start(line: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hallctl"))
            .arg("sim-printer")
            .args(line)
            .arg("--papers")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (hears, says) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| hears.send(line)));
        let mut printer = Self { child, told, says, at: String::new(), papers: Vec::new(), _folder: folder };
        printer.moved();
        printer
    }

    /// One thing that it says.
    pub(crate) fn hear(&mut self) -> String {
        let said = self.says.recv_timeout(PATIENCE).unwrap();
        if let Some(at) = said.strip_prefix("listens ") {
            at.clone_into(&mut self.at);
        }
        if let Some(paper) = said.strip_prefix("printed ") {
            self.papers.push(std::fs::read(Path::new(paper)).unwrap());
        }
        said
    }

    /// Waits until it says where it listens from now on.
    pub(crate) fn moved(&mut self) {
        self.at.clear();
        while self.at.is_empty() {
            self.hear();
        }
    }

    pub(crate) fn tell(&mut self, what: &str) {
        self.say(what);
        while self.hear() != format!("done {what}") {}
    }

    /// Tells it something without waiting for the word that it is done.
    pub(crate) fn say(&mut self, what: &str) {
        writeln!(self.told, "{what}").unwrap();
    }

    /// The next paper that comes out.
    pub(crate) fn paper(&mut self) -> Vec<u8> {
        while self.papers.is_empty() {
            self.hear();
        }
        self.papers.remove(0)
    }

    /// Everything that came out up to now.
    pub(crate) fn papers(&mut self) -> Vec<Vec<u8>> {
        // What it says comes in order, so behind the answer nothing is left.
        self.tell("");
        std::mem::take(&mut self.papers)
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
