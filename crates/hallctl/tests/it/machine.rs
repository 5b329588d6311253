//! A machine as a process: lines in, lines out, and real lines to the others meanwhile.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Folder;

/// Much longer than anything here takes, and longer than the longest pause before a line is tried again.
pub(crate) const PATIENCE: Duration = Duration::from_mins(6);

/// A machine that answers one line at a time, and exchanges meanwhile.
pub(crate) struct Machine {
    pub folder: Folder,
    running: Option<(Child, ChildStdin, BufReader<ChildStdout>)>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self::within(None)
    }

    /// On a network of its own.
    pub(crate) fn within(namespace: Option<String>) -> Self {
        Self { folder: Folder::within(namespace), running: None }
    }

    pub(crate) fn start(&mut self, more: &[&str]) {
        let mut command = self.folder.command(&["exec", "--online"]);
        let mut child = command.args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        self.running = Some((child, stdin, BufReader::new(stdout)));
    }

    pub(crate) fn kill(&mut self) {
        let (mut child, ..) = self.running.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Lets it end as a program ends that is told to.
    pub(crate) fn stop(&mut self) {
        let (mut child, stdin, _) = self.running.take().unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success());
    }

    fn try_ask(&mut self, line: &Value) -> Value {
        let (_, stdin, stdout) = self.running.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    #[track_caller]
    pub(crate) fn ask(&mut self, line: &Value) -> Value {
        let answer = self.try_ask(line);
        assert_eq!(answer["ok"], true, "{line}: {answer}");
        answer["reply"]["data"].clone()
    }

    /// What it says when it refuses.
    #[track_caller]
    pub(crate) fn refused(&mut self, line: &Value) -> String {
        let answer = self.try_ask(line);
        assert_eq!(answer["ok"], false, "{line}: {answer}");
        answer["error"]["message"].as_str().unwrap().to_owned()
    }

    /// Asks again and again until the answer is as expected.
    #[track_caller]
    pub(crate) fn wait(&mut self, line: &Value, expected: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let answer = self.try_ask(line);
            let data = &answer["reply"]["data"];
            if answer["ok"] == true && expected(data) {
                return data.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{line} still answers {answer}");
            // The processor is the machines' meanwhile.
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some((mut child, ..)) = self.running.take() {
            // It may have ended already.
            let _ended = child.kill();
            let _ended = child.wait();
        }
    }
}
