//! House rules that no compiler checks. Only files that git knows or would add are read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LINES_MAX: usize = 800;
const GENERATED: &str = "ui/src/backend/generated/";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Names, relative to the root, of all text files with one of these endings.
fn files(endings: &[&str]) -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let ending =
        |name: &str| Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or("").to_owned();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let found: Vec<_> = listed
        .lines()
        .filter(|name| endings.contains(&ending(name).as_str()) && root().join(name).exists())
        .map(str::to_owned)
        .collect();
    assert!(found.len() > 5, "only {} files with {endings:?}", found.len());
    found
}

fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Fails with every place at which `wrong` finds something to say.
fn no_line(names: &[String], wrong: impl Fn(&str) -> Option<String>) {
    let mut found = Vec::new();
    for name in names {
        for (number, line) in text(name).lines().enumerate() {
            found.extend(wrong(line).map(|what| format!("{name}:{}: {what}", number + 1)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_is_too_long_to_read() {
    for name in files(&["rs", "ts", "svelte"]) {
        let lines = text(&name).lines().count();
        assert!(lines <= LINES_MAX || name.starts_with(GENERATED), "{name} has {lines} lines");
    }
}

/// JavaScript rounds integers above 2^53; the façade has none wider than 32 bits.
#[test]
fn no_wide_number_reaches_the_screens() {
    let generated: Vec<_> = files(&["ts"]).into_iter().filter(|name| name.starts_with(GENERATED)).collect();
    assert!(generated.len() > 40);
    no_line(&generated, |line| line.contains("bigint").then(|| line.to_owned()));
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let marks = ["TO", "FIX", "XX", "HA"].into_iter().zip(["DO", "ME", "X", "CK"]);
    let marks: Vec<_> = marks.map(|(one, two)| format!("{one}{two}")).collect();
    let macros = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    no_line(&files(&["rs", "ts", "svelte", "css", "html", "sh", "toml", "md"]), |line| {
        let word = |mark: &String| line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == mark);
        let left = marks.iter().find(|mark| word(mark)).or(macros.iter().find(|name| line.contains(*name)));
        left.map(|left| format!("{left} in {line}"))
    });
}

/// A path of somebody's machine works nowhere else: a home with a name and something in it.
#[test]
fn no_path_of_a_developers_machine() {
    let homes = ["/ho\u{6d}e/", "/Us\u{65}rs/", "C:\\Us\u{65}rs\\", "/ro\u{6f}t", "/wo\u{72}k"];
    no_line(&files(&["rs", "ts", "svelte", "js", "json", "toml", "sh", "html", "css"]), |line| {
        let inside = |home: &&str| {
            line.match_indices(*home).any(|(at, _)| {
                let begins = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.' || c == '}');
                let mut rest = line[at + home.len()..].chars();
                begins
                    && rest
                        .find(|c| !c.is_alphanumeric() && !"-_".contains(*c))
                        .is_some_and(|c| c == '/' || c == '\\')
            })
        };
        homes.iter().find(|home| inside(home)).map(|_| line.to_owned())
    });
}

/// One binary of integration tests a package links each library once.
#[test]
fn integration_tests_share_a_binary() {
    for name in files(&["rs"]) {
        let path = PathBuf::from(&name);
        let loose =
            path.parent().is_some_and(|folder| folder.starts_with("crates") && folder.ends_with("tests"));
        assert!(!loose, "{name} belongs into tests/it of its package");
    }
}
