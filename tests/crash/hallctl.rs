//! The operator's tool as a child process.

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// The built binary.
pub(crate) struct Hallctl(PathBuf);

impl Hallctl {
    /// Builds the tool beside this test, so that no older one is tried.
    pub(crate) fn built() -> Self {
        let here = std::env::current_exe().unwrap();
        let profile = here.parent().and_then(|deps| deps.parent()).unwrap();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "hallctl", "--target-dir"]).arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "hallctl does not build");
        Self(profile.join("hallctl"))
    }

    /// A folder for a hall that is not there yet.
    pub(crate) fn new_hall(&self) -> Site {
        Site { binary: self.0.clone(), dir: tempfile::tempdir().unwrap() }
    }
}

/// A hall's folders.
pub(crate) struct Site {
    binary: PathBuf,
    dir: TempDir,
}

/// What `hallctl verify` said.
pub(crate) struct Verified {
    pub ok: bool,
    /// Number of the last op of the device's own series.
    pub last: u64,
    pub report: String,
}

impl Verified {
    pub(crate) fn state_digest(&self) -> String {
        field(&self.report, "state_digest").as_str().unwrap().to_owned()
    }
}

fn field(report: &str, name: &str) -> serde_json::Value {
    serde_json::from_str::<serde_json::Value>(report).unwrap()[name].clone()
}

impl Site {
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--data").arg(self.data()).arg("--keys").arg(self.dir.path().join("keys")).args(arguments);
        command
    }

    pub(crate) fn soak(&self, seed: u64) -> Soak {
        let seed = seed.to_string();
        let mut child = self
            .command(&["soak", "--ops", "100000", "--workers", "12", "--seed", &seed])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Soak { child, lines }
    }

    pub(crate) fn verify(&self) -> Verified {
        let output = self.command(&["verify"]).output().unwrap();
        let report = String::from_utf8(output.stdout).unwrap();
        assert!(!report.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let ok = field(&report, "ok") == true;
        assert_eq!(ok, output.status.success(), "the exit code says the same");
        let last = field(&report, "last");
        let last = last.as_str().unwrap().rsplit('.').next().unwrap().parse().unwrap();
        Verified { ok, last, report }
    }
}

/// A running soak.
pub(crate) struct Soak {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Soak {
    /// The number of the next op that it acknowledges; `None` when it ends first.
    pub(crate) fn next_ack(&mut self) -> Option<u64> {
        let line = self.lines.next()?.ok()?;
        let id = line.strip_prefix("acked ").unwrap_or_else(|| panic!("not an acknowledgement: {line}"));
        id.rsplit('.').next().unwrap().parse().ok()
    }

    /// Kills it and returns the last op it acknowledged meanwhile.
    pub(crate) fn kill(mut self) -> Option<u64> {
        if let Some(status) = self.child.try_wait().unwrap() {
            let output = self.child.wait_with_output().unwrap();
            panic!("the soak ended by itself, {status}: {}", String::from_utf8_lossy(&output.stderr));
        }
        self.child.kill().unwrap();
        let mut last = None;
        while let Some(ack) = self.next_ack() {
            last = Some(ack);
        }
        self.child.wait().unwrap();
        last
    }
}
