//! A hall that joins a county, as processes: what its machines do reaches the county through the desk, and what they
//! did while the county was away comes when it is back.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hall::{number, worker};
use crate::machine::{Machine, PATIENCE};
use crate::support::{desk, kiosk, set_up};

/// The county server without a database, in a folder of its own.
pub(crate) struct County {
    dir: TempDir,
    running: Option<Child>,
    pub address: String,
}

impl County {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), running: None, address: "127.0.0.1:0".into() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program: PathBuf = Path::new(env!("CARGO_BIN_EXE_hallctl")).with_file_name("county-server");
        assert!(program.exists(), "build it first: cargo build -p county-server");
        let mut command = Command::new(program);
        command.arg("--embedded").arg(self.dir.path().join("archive")).args(arguments).stderr(Stdio::null());
        command
    }

    /// Serves at the address that it had before, if it had one.
    pub(crate) fn start(&mut self) {
        let mut child =
            self.command(&["serve", "--listen", &self.address]).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        said.trim().trim_start_matches("http://").clone_into(&mut self.address);
        self.running = Some(child);
    }

    fn kill(&mut self) {
        let mut child = self.running.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn order(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Each device with how many of its ops are here.
    fn devices(&self) -> Vec<(String, u64)> {
        let device = |line: &str| {
            let device: Value = serde_json::from_str(line).unwrap();
            (device["role"].as_str().unwrap().to_owned(), device["ops"].as_u64().unwrap())
        };
        self.order(&["devices"]).lines().map(device).collect()
    }
}

impl Drop for County {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            // It may have ended already.
            let _ended = child.kill();
            let _ended = child.wait();
        }
    }
}

#[test]
fn what_a_hall_does_reaches_its_county_sooner_or_later() {
    let mut county = County::new();
    county.start();
    let hall = county.order(&["hall", "add", "奎文示范零工客栈"]);
    let code = county.order(&["code", hall.trim(), "desk", "服务台"]);
    // The desk has worked alone before; what it did stays its own.
    let mut desk_machine = Machine::new();
    let before = desk_machine.folder.exec(&[], &[set_up()]);
    assert_eq!(before[0]["ok"], true, "{}", before[0]);
    let invitation = format!("{}@http://{}", code.trim(), county.address);
    let joined = desk_machine.folder.run(&["join", &invitation]);
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    desk_machine.start(&["--listen", "127.0.0.1:0"]);
    let view = desk(&json!({ "type": "view" }));
    desk_machine.wait(&view, |view| view["stored"]["at_county"] == view["stored"]["ops"]);
    let staff = desk_machine.ask(&view)["staff"][0]["id"].clone();
    desk_machine.ask(&desk(&json!({ "type": "log_in", "staff": staff, "pin": crate::support::PIN })));

    // A kiosk for which the desk vouches, while the county is away.
    county.kill();
    let add = desk(&json!({ "type": "add_device", "name": "自助机 1", "role": "kiosk" }));
    let invitation = desk_machine.wait(&add, |data| data["addresses"][0].is_string());
    let text =
        format!("{}@{}", invitation["text"].as_str().unwrap(), invitation["addresses"][0].as_str().unwrap());
    let mut kiosk_machine = Machine::new();
    let joined = kiosk_machine.folder.run(&["join", &text]);
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    kiosk_machine.start(&[]);
    desk_machine.ask(&worker(1, false));
    let sign_in =
        kiosk(&json!({ "type": "sign_in", "credential": { "by": "id_number", "text": number(1) } }));
    kiosk_machine.wait(&sign_in, |session| session["masked_name"].is_string());
    let seen = desk_machine.ask(&view);
    assert_ne!(seen["stored"]["at_county"], seen["stored"]["ops"], "the county is away");

    county.start();
    desk_machine.wait(&view, |view| {
        view["stored"]["lines"]["county"]["up"] == true
            && view["stored"]["at_county"] == view["stored"]["ops"]
    });
    // What the kiosk wrote, at its desk first, then at the county.
    kiosk_machine.wait(&sign_in, |session| session["visit"] == 1);
    let begun = Instant::now();
    while !county.devices().iter().any(|(role, ops)| role == "kiosk" && *ops > 0) {
        assert!(begun.elapsed() < PATIENCE, "{:?}", county.devices());
    }
    kiosk_machine.stop();
    desk_machine.stop();
    for machine in [&kiosk_machine, &desk_machine] {
        machine.folder.verified();
    }
}
