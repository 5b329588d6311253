//! Running other programs from the root of the repository, and saying what happens.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask lies in crates/xtask").to_owned()
}

pub(crate) fn say(line: &str) {
    // Whoever closed our output does not want to hear it.
    let _nobody_listens = writeln!(std::io::stdout(), "{line}");
}

/// A program, from the root, with nothing to read.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A script of the user interface's `package.json`.
pub(crate) fn npm(args: &[&str]) -> Command {
    let mut command = program("npm");
    command.args(["--prefix", "ui"]).args(args);
    command
}

/// Runs it, with its output shown, and fails when it fails.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    say(&format!("$ {}", line(command)));
    let status = command.status().with_context(|| format!("{} does not start", line(command)))?;
    if !status.success() {
        bail!("{} failed: {status}", line(command));
    }
    Ok(())
}

/// Whether it runs and succeeds, with its output hidden.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The command as somebody could type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(given.unwrap_or_else(|| "target".into()))
}

/// The built program of that name.
pub(crate) fn built(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// Builds the user interface and, with it inside, every program of the workspace. Tests and demonstration share
/// this one build.
pub(crate) fn build() -> Result<()> {
    must(&mut npm(&["run", "build"]))?;
    must(cargo().args(["build", "--workspace", "--all-targets", FEATURES]))
}

/// One set of features for all, or cargo builds the dependencies twice.
pub(crate) const FEATURES: &str = "--features=hall-tests/windows";

/// Runs it on a display and a session bus of its own.
pub(crate) fn on_own_display(command: &Command) -> Command {
    let mut outer = program("dbus-run-session");
    outer.args(["--", "xvfb-run", "--auto-servernum", "--server-args=-screen 0 3000x1980x24"]);
    outer.arg(command.get_program()).args(command.get_args());
    outer.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    outer
}
