//! `cargo xtask test`: every test of the project, and one line at the end that says how many there were.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::run::{self, FEATURES, cargo, line, npm, on_own_display, say, succeeds};
use crate::setup;

/// Mornings that are simulated with every run of the tests: a minute's worth.
const SEEDS: &str = "500";

#[derive(Debug, Default)]
struct Tally {
    passed: u32,
    failed: u32,
    failures: Vec<String>,
}

pub(crate) fn run() -> Result<()> {
    setup::run()?;
    let begun = Instant::now();
    let mut tally = Tally::default();

    tally.check(cargo().args(["fmt", "--all", "--check"]));
    tally.check(&mut npm(&["run", "lint"]));
    tally.check(&mut npm(&["run", "check"]));
    tally.count(&mut npm(&["test"]), vitest);
    // From here on the screens must be built: the shell carries them.
    if !tally.check(&mut npm(&["run", "build"])) {
        return tally.close(begun);
    }
    tally.check(cargo().args(["clippy", "--workspace", "--all-targets", FEATURES, "--", "--deny=warnings"]));
    if succeeds(cargo().args(["deny", "--version"])) {
        tally.check(cargo().args(["deny", "check", "bans", "licenses", "sources"]));
    }
    if tally.check(cargo().args(["build", "--workspace", "--all-targets", FEATURES])) {
        // Without the feature, which concerns one package only, everything but the windows' tests runs.
        tally.count(cargo().args(["test", "--workspace", "--no-fail-fast"]), rust_tests);
        tally.check(cargo().args([
            "run",
            "--quiet",
            "--profile",
            "sim",
            "-p",
            "hall-sim",
            "--",
            "--seeds",
            SEEDS,
        ]));
        let mut windows = cargo();
        windows.args(["test", "--workspace", FEATURES, "--test", "e2e", "--", "--test-threads=1"]);
        windows.env("HALL_SHELL", run::built("linggong-hall"));
        let evidence = run::target().join("evidence");
        std::fs::create_dir_all(&evidence)?;
        windows.env("HALL_EVIDENCE", evidence);
        tally.count(&mut on_own_display(&windows), rust_tests);
    }
    tally.close(begun)
}

impl Tally {
    /// A tool that passes or not counts as one test.
    fn check(&mut self, command: &mut Command) -> bool {
        let passed = run::must(command);
        match &passed {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(1, error.to_string()),
        }
        passed.is_ok()
    }

    /// A test runner: its own numbers count, as read from each line of its output.
    fn count(&mut self, command: &mut Command, read: fn(&str) -> Option<(u32, u32)>) {
        let (passed, failed, ended) = match watch(command, read) {
            Ok(seen) => seen,
            Err(error) => return self.fail(1, format!("{error:#}")),
        };
        self.passed += passed;
        if failed > 0 || !ended {
            self.fail(failed.max(1), line(command));
        } else if passed == 0 {
            self.fail(1, format!("{} ran no test", line(command)));
        }
    }

    fn fail(&mut self, number: u32, what: String) {
        say(&format!("FAILED: {what}"));
        self.failed += number;
        self.failures.push(what);
    }

    fn close(self, begun: Instant) -> Result<()> {
        for failure in &self.failures {
            say(&format!("FAILED: {failure}"));
        }
        say(&format!("took {} s", begun.elapsed().as_secs()));
        say(&format!("{} passed, {} failed", self.passed, self.failed));
        if self.failed > 0 {
            bail!("{} failed", self.failed);
        }
        Ok(())
    }
}

/// Runs it, shows what it says, and adds up what `read` finds; last, whether it ended well.
fn watch(command: &mut Command, read: fn(&str) -> Option<(u32, u32)>) -> Result<(u32, u32, bool)> {
    say(&format!("$ {}", line(command)));
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| line(command))?;
    let output = child.stdout.take().context("the output was to be piped")?;
    let (mut passed, mut failed) = (0, 0);
    for said in BufReader::new(output).split(b'\n') {
        let said = said?;
        let said = String::from_utf8_lossy(&said);
        say(&said);
        if let Some((good, bad)) = read(&said) {
            passed += good;
            failed += bad;
        }
    }
    Ok((passed, failed, child.wait()?.success()))
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn rust_tests(said: &str) -> Option<(u32, u32)> {
    let (_, counts) = said.strip_prefix("test result: ")?.split_once(". ")?;
    Some((before(counts, " passed")?, before(counts, " failed")?))
}

/// `      Tests  2 failed | 140 passed (142)`, possibly coloured.
fn vitest(said: &str) -> Option<(u32, u32)> {
    let plain = without_colours(said);
    let counts = plain.trim_start().strip_prefix("Tests ")?;
    Some((before(counts, " passed").unwrap_or(0), before(counts, " failed").unwrap_or(0)))
}

/// The number right before the word.
fn before(text: &str, word: &str) -> Option<u32> {
    text.split_once(word)?.0.rsplit([' ', '|', ';']).next()?.parse().ok()
}

fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut pieces = text.split('\u{1b}');
    plain.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_own_numbers_are_read() {
        let line = "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(rust_tests(line), Some((4, 2)));
        assert_eq!(rust_tests("test result: ok. 12 passed; 0 failed; 1 ignored"), Some((12, 0)));
        assert_eq!(rust_tests("test a_result ... ok"), None);
        assert_eq!(vitest("      Tests  140 passed (140)"), Some((140, 0)));
        assert_eq!(vitest("      Tests  2 failed | 140 passed (142)"), Some((140, 2)));
        assert_eq!(
            vitest("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m9 passed\u{1b}[39m (9)"),
            Some((9, 0))
        );
        assert_eq!(vitest(" Test Files  3 passed (3)"), None);
    }
}
