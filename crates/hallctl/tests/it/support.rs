//! A hall's folders and the real binary on them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The supervisor's PIN of every hall that the tool itself sets up.
pub(crate) const PIN: &str = "280519";

pub(crate) struct Folder {
    dir: TempDir,
    /// The number of the machine, so that a test can name what it made; without one it draws its own.
    device: Option<&'static str>,
    /// The network that its programs are on, when it is not the test's own.
    namespace: Option<String>,
    /// The authority that it believes instead of the system's.
    pub(crate) authority: Option<PathBuf>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), device: Some("1"), namespace: None, authority: None }
    }

    /// Of a machine that will be one of several.
    pub(crate) fn of_one_of_several() -> Self {
        Self::within(None)
    }

    /// Of such a machine, on a network of its own.
    pub(crate) fn within(namespace: Option<String>) -> Self {
        Self { device: None, namespace, ..Self::new() }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_hallctl").as_ref(), self.namespace.as_deref());
        command.arg("--data").arg(self.data()).arg("--keys").arg(self.keys()).args(arguments);
        command.envs(self.authority.iter().map(|file| ("SSL_CERT_FILE", file)));
        command.args(self.device.iter().flat_map(|device| ["--device", *device]));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Feeds `lines` to `exec` and returns its answers, one a line.
    pub(crate) fn exec(&self, arguments: &[&str], lines: &[Value]) -> Vec<Value> {
        let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        self.exec_text(arguments, &text)
    }

    pub(crate) fn exec_text(&self, arguments: &[&str], text: &str) -> Vec<Value> {
        let mut command = self.command(&["exec"]);
        let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let text = text.to_owned();
        let feeder = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        assert!(output.status.success(), "{output:?}");
        lines(&output).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What `verify` prints, and the code it ends with.
    pub(crate) fn verify(&self) -> (Value, i32) {
        let output = self.run(&["verify"]);
        let lines = lines(&output);
        assert_eq!(lines.len(), 1, "{output:?}");
        (serde_json::from_str(&lines[0]).unwrap(), output.status.code().unwrap())
    }

    /// The report of a store that is whole.
    #[track_caller]
    pub(crate) fn verified(&self) -> Value {
        let (report, code) = self.verify();
        assert_eq!((&report["ok"], code), (&Value::Bool(true), 0), "{report}");
        report
    }
}

/// A program in a network namespace; the process that is started becomes the program.
pub(crate) fn program(path: &Path, namespace: Option<&str>) -> Command {
    let Some(namespace) = namespace else { return Command::new(path) };
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace]).arg(path);
    command
}

pub(crate) fn lines(output: &Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
}

pub(crate) fn desk(command: &Value) -> Value {
    json!({ "screen": "desk", "command": command })
}

pub(crate) fn kiosk(command: &Value) -> Value {
    json!({ "screen": "kiosk", "command": command })
}

pub(crate) fn set_up() -> Value {
    desk(&json!({
        "type": "set_up",
        "hall": { "name": "奎文示范零工客栈", "county": "370705" },
        "name": "王主管",
        "pin": PIN,
    }))
}
