//! A real print server, started for the test alone. Where CUPS is not installed this says so, and nothing else.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use hall_core::vocab::PaperTrouble;
use hall_print::lines::ipp::{self, Ready};
use hall_print::lines::{Manner, Outcome};

use crate::ipp::pages;
use crate::tools::{Temp, ask};

const CUPSD: &str = "/usr/sbin/cupsd";
const MANNER: Manner = Manner { answers: true, duplex: true };

/// A server with one queue that prints into a file; ended with the value.
struct Cups {
    folder: tempfile::TempDir,
    port: u16,
}

impl Cups {
    fn start() -> Option<Self> {
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
    fn printed(&self) -> PathBuf {
        self.path("out/printed.pdf")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("error.log")).unwrap_or_default()
    }

    fn uri(&self) -> String {
        format!("ipp://127.0.0.1:{}/printers/A4", self.port)
    }

    fn open(&self) -> Result<Ready, PaperTrouble> {
        ipp::open(&self.uri(), MANNER)
    }

    /// Stops the queue, as staff or an error would.
    fn stop(&self) {
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

#[test]
fn a_real_print_server_prints_stops_and_goes_on() {
    let Some(cups) = Cups::start() else { return };
    let queues = ipp::queues(&format!("ipp://127.0.0.1:{}/", cups.port)).unwrap();
    let [queue] = &queues[..] else { panic!("{queues:?}") };
    assert_eq!(
        (&*queue.name, &*queue.about, &queue.uri, queue.accepts),
        ("A4", "办公室的打印机", &cups.uri(), true)
    );
    assert_eq!(ipp::open(&cups.uri().replace("A4", "A5"), MANNER).err(), Some(PaperTrouble::NotAPrinter));

    let outcome = cups.open().unwrap().print(pages(), "linggong-1", &mut |trouble| {
        panic!("{trouble:?}: {}", cups.log());
    });
    assert_eq!(outcome, Outcome::Done, "{}", cups.log());
    let printed = Temp::new("printed.pdf", &std::fs::read(cups.printed()).unwrap());
    let text = ask("pdftotext", "poppler-utils", &["-layout"], &printed, &["-"]);
    assert!(text.contains("KW-20261120-0037") && text.contains("乙方联"), "{text}");

    // Stopped between the question and the paper, seen, and resumed.
    let ready = cups.open().unwrap();
    cups.stop();
    assert_eq!(cups.open().err(), Some(PaperTrouble::Paused));
    std::fs::remove_file(cups.printed()).unwrap();
    let mut heard = Vec::new();
    let outcome = ready.print(pages(), "linggong-2", &mut |trouble| {
        heard.push(trouble);
        if trouble.is_some() {
            assert!(!cups.printed().exists());
            ipp::resume(&cups.uri()).unwrap();
        }
    });
    assert_eq!(
        (outcome, &heard[..]),
        (Outcome::Done, &[Some(PaperTrouble::Paused), None][..]),
        "{}",
        cups.log()
    );
    assert!(cups.printed().exists());

    // Found afterwards by its name, and only by its own.
    let found = ipp::find(&cups.uri(), "linggong-2").unwrap().unwrap();
    assert_eq!(found.follow(&mut |_| {}), Outcome::Done);
    assert!(ipp::find(&cups.uri(), "linggong-3").unwrap().is_none());

    // Taken back while the queue stands still.
    let ready = cups.open().unwrap();
    cups.stop();
    let outcome = ready.print(pages(), "linggong-3", &mut |trouble| {
        if trouble.is_some() {
            assert_eq!(ipp::cancel(&cups.uri(), "linggong-3"), Ok(true));
        }
    });
    assert_eq!(outcome, Outcome::Failed(PaperTrouble::Aborted), "{}", cups.log());
    assert_eq!(ipp::cancel(&cups.uri(), "linggong-3"), Ok(false));
}
