//! Other programs and golden files.

use std::path::PathBuf;
use std::process::Command;

/// A file in a folder of its own, gone with the value.
pub(crate) struct Temp {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Temp {
    pub(crate) fn new(name: &'static str, bytes: &[u8]) -> Self {
        let temp = Self { folder: tempfile::tempdir().unwrap(), name };
        std::fs::write(temp.path(), bytes).unwrap();
        temp
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }
}

/// What a program says about a file. A program that is not there fails the test and names its package.
pub(crate) fn ask(program: &str, package: &str, before: &[&str], file: &Temp, after: &[&str]) -> String {
    let out = Command::new(program)
        .args(before)
        .arg(file.path())
        .args(after)
        .output()
        .unwrap_or_else(|problem| panic!("{program}: {problem}; install it: apt install {package}"));
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

pub(crate) fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Whether golden files are to be written instead of compared.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}
