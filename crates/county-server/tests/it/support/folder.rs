//! A county without a database.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use county_server::County;
use ed25519_dalek::SigningKey;
use hall_store::StoreKeys;
use tempfile::TempDir;

use crate::support::site::{Host, Serving};

pub(crate) struct Folder {
    dir: TempDir,
    program: PathBuf,
    server: Option<Serving>,
}

impl Host for Folder {
    fn address(&self) -> String {
        self.server.as_ref().unwrap().address.clone()
    }

    fn county(&self) -> County {
        let keys = StoreKeys::load_or_create(&self.path().join("keys")).unwrap();
        County::new(SigningKey::from_bytes(&keys.device), 1)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--embedded").arg(self.path()).env_remove("COUNTY_DATABASE");
        command
    }

    fn alone(&mut self, arguments: &[&str]) -> Output {
        assert!(self.terminate());
        let output = self.output(arguments);
        self.start();
        output
    }
}

impl Folder {
    /// A county that serves.
    pub(crate) fn open(program: &str) -> Self {
        let mut folder = Self { dir: tempfile::tempdir().unwrap(), program: program.into(), server: None };
        folder.start();
        folder
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("county")
    }

    pub(crate) fn start(&mut self) {
        self.server = Some(Serving::start(&mut self.command(&["serve", "--listen", "127.0.0.1:0"])));
    }

    /// A process that cannot write a file beyond so many KiB.
    pub(crate) fn start_limited(&mut self, kibibytes: u32) {
        let unlimited = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut limited = Command::new("sh");
        limited
            .args(["-c", r#"trap '' XFSZ; ulimit -S -f "$0"; exec "$@""#, &(kibibytes * 2).to_string()])
            .arg(unlimited.get_program())
            .args(unlimited.get_args())
            .env_remove("COUNTY_DATABASE");
        self.server = Some(Serving::start(&mut limited));
    }

    /// Whether the serving process has ended by itself, and badly; waits for it.
    pub(crate) fn has_given_up(&mut self) -> bool {
        !self.server.take().unwrap().ended_well()
    }

    /// Ends the serving process as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.server = None;
    }

    /// Ends the serving process as systemd does; whether it ended well.
    pub(crate) fn terminate(&mut self) -> bool {
        self.server.take().unwrap().terminate()
    }

    /// A copy of everything, as a backup of a stopped county is made.
    pub(crate) fn copy_to(&self, to: &Path) {
        copied(&self.path(), to);
    }

    /// Puts such a copy in the place of what is there.
    pub(crate) fn put_back(&self, from: &Path) {
        std::fs::remove_dir_all(self.path()).unwrap();
        copied(from, &self.path());
    }
}

fn copied(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}
