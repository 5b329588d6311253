//! A county: a database, a key, and the program serving.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use county_server::County;
use county_server::county::read_key;
use hall_core::vocab::DeviceRole;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::cluster::Cluster;

/// A county that serves, over whatever archive.
pub(crate) trait Host {
    fn address(&self) -> String;

    /// The county as its own processes are: tests forge with its key what only it could have issued.
    fn county(&self) -> County;

    fn command(&self, arguments: &[&str]) -> Command;

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What the program says that needs the archive for itself, if it is one for one process.
    fn alone(&mut self, arguments: &[&str]) -> Output {
        self.output(arguments)
    }

    /// What the program prints; it must end well.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn add_hall(&self) -> u32 {
        self.run(&["hall", "add", "城东零工市场"]).parse().unwrap()
    }

    fn code(&self, hall: u32, role: DeviceRole) -> String {
        let role = format!("{role:?}").to_lowercase();
        self.run(&["code", &hall.to_string(), &role, "自助机 2"])
    }

    /// What `devices` prints of a device; nothing when it does not know it.
    fn listed(&self, device: u32) -> Option<Value> {
        let devices = self.run(&["devices"]);
        let mut devices = devices.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        devices.find(|listed| listed["device"] == device)
    }
}

pub(crate) enum Postgres {
    Shared(&'static Cluster),
    Own(Arc<Cluster>),
}

impl std::ops::Deref for Postgres {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        match self {
            Self::Shared(cluster) => cluster,
            Self::Own(cluster) => cluster,
        }
    }
}

pub(crate) struct Site {
    pub(crate) postgres: Postgres,
    pub(crate) database: String,
    folder: TempDir,
    program: PathBuf,
    server: Option<Serving>,
}

pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Serving {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().trim_start_matches("http://").to_owned() }
    }

    /// Asks it to stop, as systemd does, and waits; whether it ended well.
    pub(crate) fn terminate(&mut self) -> bool {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        self.ended_well()
    }

    /// Waits for its end.
    pub(crate) fn ended_well(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Host for Site {
    fn address(&self) -> String {
        self.server.as_ref().unwrap().address.clone()
    }

    fn county(&self) -> County {
        County::new(read_key(&self.key_file()).unwrap(), 1)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env("COUNTY_DATABASE", self.postgres.url(&self.database))
            .env("COUNTY_KEY", self.key_file());
        command
    }
}

impl Site {
    /// A county that serves.
    pub(crate) fn open(program: &str) -> Self {
        Self::on(Postgres::Shared(Cluster::shared()), program)
    }

    pub(crate) fn on(postgres: Postgres, program: &str) -> Self {
        let database = postgres.database();
        let folder = tempfile::tempdir().unwrap();
        let mut site = Self { postgres, database, folder, program: program.into(), server: None };
        site.run(&["migrate"]);
        site.run(&["init"]);
        site.server = Some(site.serve());
        site
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.path().join("county.key")
    }

    /// One more process; its log goes where the tests' own output goes.
    pub(crate) fn serve(&self) -> Serving {
        Serving::start(&mut self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// One more process that tells all it does to `log`.
    pub(crate) fn serve_to(&self, log: std::fs::File) -> Serving {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Serving::start(command.env("RUST_LOG", "debug").stderr(log))
    }

    #[allow(dead_code, reason = "the example measures the process")]
    pub(crate) fn pid(&self) -> u32 {
        self.server.as_ref().unwrap().child.id()
    }

    /// Ends the serving process as `kill -9` does and starts another.
    pub(crate) fn restart(&mut self) {
        self.server = None;
        self.server = Some(self.serve());
    }

    /// Goes on with a backup in a new cluster; the old one and all that it has learned since are gone.
    pub(crate) fn restore(&mut self, dump: &[u8]) {
        self.server = None;
        self.postgres = Postgres::Own(Arc::new(Cluster::own()));
        self.postgres.restore(&self.database, dump);
    }

    pub(crate) fn take_server(&mut self) -> Serving {
        self.server.take().unwrap()
    }

    pub(crate) fn sql(&self, sql: &str) -> String {
        self.postgres.sql(&self.database, sql)
    }
}
