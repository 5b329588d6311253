//! `cargo xtask setup`: what a fresh Debian 12 with Rust and Node still lacks.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::run::{must, npm, program, root, say, succeeds};

/// Package and what it is for.
const PACKAGES: &[(&str, &str)] = &[
    ("build-essential", "linking"),
    ("pkg-config", "finding the libraries below"),
    ("libwebkit2gtk-4.1-dev", "the web view"),
    ("libgtk-3-dev", "the windows"),
    ("librsvg2-dev", "their icons"),
    ("webkit2gtk-driver", "driving the web view in tests"),
    ("xvfb", "a display for tests"),
    ("xauth", "a display for tests"),
    ("dbus-daemon", "a session bus for tests"),
    ("poppler-utils", "reading agreements in tests"),
    ("cups", "a print server of its own for tests, and the filters that read its pictures"),
    ("zbar-tools", "reading slips in tests"),
    ("fonts-hanazono", "the rarest characters of people's names"),
    ("postgresql", "the county server's database, in tests one of their own"),
    ("iproute2", "networks of its own for each machine in tests, cables that can be pulled"),
    ("python3-venv", "schemathesis, which tries the county server's interface"),
];

pub(crate) fn run() -> Result<()> {
    packages()?;
    node_modules()
}

fn packages() -> Result<()> {
    if !succeeds(program("dpkg-query").arg("--version")) {
        say("This is not a Debian system. The project needs, by Debian's names:");
        for (name, purpose) in PACKAGES {
            say(&format!("  {name} ({purpose})"));
        }
        return Ok(());
    }
    let missing: Vec<_> = PACKAGES.iter().filter(|(name, _)| !installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for (name, purpose) in &missing {
        say(&format!("installing {name}: {purpose}"));
    }
    let as_root = succeeds(program("test").args(["-w", "/var/lib/dpkg/lock"]));
    let apt = || {
        let mut command = program(if as_root { "apt-get" } else { "sudo" });
        if !as_root {
            command.args(["--non-interactive", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    must(apt().args(["update", "--quiet"]))?;
    let names = missing.iter().map(|(name, _)| name);
    must(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(names))
}

fn installed(package: &str) -> bool {
    let mut query = program("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    query.output().is_ok_and(|answer| answer.status.success() && answer.stdout == b"installed")
}

/// npm writes the inner lock file last, so it is younger than ours exactly when everything is there.
fn node_modules() -> Result<()> {
    let ui = root().join("ui");
    let done = changed(&ui.join("node_modules/.package-lock.json"));
    if done.is_some() && done >= changed(&ui.join("package-lock.json")) {
        return Ok(());
    }
    if !succeeds(program("npm").arg("--version")) {
        bail!("npm is missing: install Node 20 or newer");
    }
    must(&mut npm(&["ci", "--no-audit", "--no-fund"]))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}
