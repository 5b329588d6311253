//! A hall that joins a county, as processes: what its machines do reaches the county through the desk, and what they
//! did while the county was away comes when it is back.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::balancer::Balancer;
use crate::cluster::Cluster;
use crate::hall::{number, worker};
use crate::machine::{Machine, PATIENCE};
use crate::support::{desk, kiosk, program, set_up};

/// What stands behind a county server.
enum Archive {
    Folder(TempDir),
    Postgres { cluster: Cluster, database: String, keys: TempDir },
}

/// The county server as a process.
pub(crate) struct County {
    archive: Archive,
    /// The network that it serves on, when it is not the test's own.
    namespace: Option<String>,
    running: Option<Child>,
    pub(crate) address: String,
}

impl County {
    /// Without a database, in a folder of its own, to serve at `address`.
    pub(crate) fn in_folder(address: String) -> Self {
        let archive = Archive::Folder(tempfile::tempdir().unwrap());
        Self { archive, namespace: None, running: None, address }
    }

    /// Over a PostgreSQL of its own, which only its host reaches: by a socket in the file system.
    pub(crate) fn over_postgres(namespace: Option<String>, address: String) -> Self {
        let (cluster, keys) = (Cluster::own(), tempfile::tempdir().unwrap());
        let database = cluster.database();
        let county = Self {
            archive: Archive::Postgres { cluster, database, keys },
            namespace,
            running: None,
            address,
        };
        county.order(&["migrate"]);
        county.order(&["init"]);
        county
    }

    fn command(&self, namespace: Option<&str>, arguments: &[&str]) -> Command {
        let path: PathBuf = Path::new(env!("CARGO_BIN_EXE_hallctl")).with_file_name("county-server");
        assert!(path.exists(), "build it first: cargo build -p county-server");
        let mut command = program(&path, namespace);
        match &self.archive {
            Archive::Folder(dir) => command.arg("--embedded").arg(dir.path().join("archive")),
            Archive::Postgres { cluster, database, keys } => command
                .env("COUNTY_DATABASE", cluster.url(database))
                .env("COUNTY_KEY", keys.path().join("county.key")),
        };
        command.args(arguments).stderr(Stdio::null());
        command
    }

    /// Serves at the address that it had before, if it had one.
    pub(crate) fn start(&mut self) {
        let arguments = ["serve", "--listen", &self.address];
        let mut command = self.command(self.namespace.as_deref(), &arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        said.trim().trim_start_matches("http://").clone_into(&mut self.address);
        self.running = Some(child);
    }

    pub(crate) fn kill(&mut self) {
        let mut child = self.running.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Restarts the database, where there is one; nothing must be serving.
    pub(crate) fn restart_database(&self) {
        if let Archive::Postgres { cluster, .. } = &self.archive {
            cluster.order("stop");
            cluster.order("start");
        }
    }

    pub(crate) fn order(&self, arguments: &[&str]) -> String {
        let output = self.command(None, arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// What `devices` prints of each.
    pub(crate) fn devices(&self) -> Vec<Value> {
        self.order(&["devices"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
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
    let mut county = County::in_folder("127.0.0.1:0".into());
    county.start();
    let hall = county.order(&["hall", "add", "奎文示范零工客栈"]);
    let code = county.order(&["code", &hall, "desk", "服务台"]);
    // The desk has worked alone before; what it did stays its own.
    let mut desk_machine = Machine::new();
    let before = desk_machine.folder.exec(&[], &[set_up()]);
    assert_eq!(before[0]["ok"], true, "{}", before[0]);
    let invitation = format!("{}@http://{}", code, county.address);
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
    let arrived = |device: &Value| device["role"] == "kiosk" && device["ops"] != 0;
    while !county.devices().iter().any(arrived) {
        assert!(begun.elapsed() < PATIENCE, "{:?}", county.devices());
    }
    kiosk_machine.stop();
    desk_machine.stop();
    for machine in [&kiosk_machine, &desk_machine] {
        machine.folder.verified();
    }
}

#[test]
fn a_county_is_reached_over_tls_that_an_authority_vouches_for_and_not_in_the_clear() {
    let mut county = County::in_folder("127.0.0.1:0".into());
    county.start();
    let balancer = Balancer::before(county.address.clone());
    let hall = county.order(&["hall", "add", "奎文示范零工客栈"]);
    let code = county.order(&["code", &hall, "desk", "服务台"]);
    let mut machine = Machine::new();
    let refused = |machine: &Machine, address: &str, why: &str| {
        let joined = machine.folder.run(&["join", &format!("{code}@{address}")]);
        let said = String::from_utf8_lossy(&joined.stderr).into_owned();
        assert!(!joined.status.success() && said.contains(why), "{address}: {said}");
    };
    let named = format!("https://localhost:{}", balancer.port);
    refused(&machine, "http://192.0.2.1:8443", "请向县里要 https:// 开头的地址");
    refused(&machine, &named, "连不上");
    machine.folder.authority = Some(balancer.authority().to_owned());
    refused(&machine, &format!("https://127.0.0.1:{}", balancer.port), "连不上");
    let joined = machine.folder.run(&["join", &format!("{code}@{named}")]);
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    machine.start(&["--listen", "127.0.0.1:0"]);
    assert_eq!(machine.ask(&set_up())["set_up"], true);
    machine.wait(&desk(&json!({ "type": "view" })), |view| {
        view["stored"]["ops"] != 0 && view["stored"]["at_county"] == view["stored"]["ops"]
    });
    machine.stop();
    machine.folder.verified();
}
