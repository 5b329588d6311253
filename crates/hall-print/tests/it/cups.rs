//! A real print server, started for a test alone. Where CUPS is not installed it says so, and nothing else.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const CUPSD: &str = "/usr/sbin/cupsd";

/// A server with one queue that prints into a file; ended with the value.
pub(crate) struct Cups {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Cups {
    pub(crate) fn start() -> Option<Self> {
        if !Path::new(CUPSD).exists() {
            // Past the harness, which keeps to itself what a test says that does not fail.
            let said = format!(
                "SKIPPED: no {CUPSD}, so nothing was tried on a real print server; apt install cups\n"
            );
            std::io::stderr().write_all(said.as_bytes()).unwrap();
            return None;
        }
        // A port that is free now: the server cannot be told to take any.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cups = Self { folder: tempfile::tempdir().unwrap(), port };
        cups.configure();
        // It goes into the background when it listens.
        let started = Command::new(CUPSD)
            .arg("-c")
            .arg(cups.path("cupsd.conf"))
            .arg("-s")
            .arg(cups.path("cups-files.conf"))
            .status();
        assert!(started.unwrap().success(), "{}", cups.log());
        Some(cups)
    }

    fn configure(&self) {
        // Its filters run as another user where it runs as root.
        let allow = |name: &str, mode: u32| {
            std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for folder in ["etc", "run", "cache", "spool", "tmp", "bin", "bin/backend", "out"] {
            std::fs::create_dir(self.path(folder)).unwrap();
        }
        allow("", 0o755);
        allow("out", 0o777);
        for own in ["filter", "daemon"] {
            std::os::unix::fs::symlink(format!("/usr/lib/cups/{own}"), self.path("bin").join(own)).unwrap();
        }
        let device =
            format!("#!/bin/sh\n[ $# -ge 6 ] || exit 0\nexec cat \"$6\" > {}\n", self.printed().display());
        std::fs::write(self.path("bin/backend/keep"), device).unwrap();
        allow("bin/backend/keep", 0o755);
        let at = |name: &str| self.path(name).display().to_string();
        let files = [
            ("ServerRoot", "etc"),
            ("StateDir", "run"),
            ("CacheDir", "cache"),
            ("RequestRoot", "spool"),
            ("TempDir", "tmp"),
            ("ServerBin", "bin"),
            ("AccessLog", "access.log"),
            ("ErrorLog", "error.log"),
            ("PageLog", "page.log"),
        ];
        let mut text: String = files.map(|(key, name)| format!("{key} {}\n", at(name))).concat();
        text += "DataDir /usr/share/cups\n";
        std::fs::write(self.path("cups-files.conf"), text).unwrap();
        let rules = "<Location />\nOrder allow,deny\nAllow all\n</Location>\n\
            <Policy default>\n<Limit All>\nOrder allow,deny\nAllow all\n</Limit>\n</Policy>\n";
        let server =
            format!("Listen 127.0.0.1:{}\nLogLevel info\nWebInterface No\nBrowsing No\n{rules}", self.port);
        std::fs::write(self.path("cupsd.conf"), server).unwrap();
        let queue = "<Printer A4>\nInfo 办公室的打印机\nDeviceURI keep:/\nState Idle\nAccepting Yes\nShared No\n\
             OpPolicy default\nErrorPolicy stop-printer\n</Printer>\n";
        std::fs::write(self.path("etc/printers.conf"), queue).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the device printed last.
    pub(crate) fn printed(&self) -> PathBuf {
        self.path("out/printed.pdf")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("error.log")).unwrap_or_default()
    }

    pub(crate) fn uri(&self) -> String {
        format!("ipp://127.0.0.1:{}/printers/A4", self.port)
    }

    /// Stops the queue, as staff or an error would.
    pub(crate) fn stop(&self) {
        let server = format!("127.0.0.1:{}", self.port);
        let stopped = Command::new("/usr/sbin/cupsdisable").args(["-h", &server, "A4"]).status();
        assert!(stopped.unwrap().success(), "{}", self.log());
    }
}

impl Drop for Cups {
    fn drop(&mut self) {
        let own = self.path("cupsd.conf").display().to_string();
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        for process in processes {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            if line.split(|byte| *byte == 0).any(|word| word == own.as_bytes()) {
                // At once: one that ends in order writes its files anew while the folder goes.
                Command::new("kill").arg("-KILL").arg(process.file_name()).status().unwrap();
            }
        }
    }
}
