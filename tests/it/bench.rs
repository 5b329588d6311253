//! The bench runs and says everything it promises, on halls of a few hundred ops. Whether budgets are kept is not asked
//! here: this is no quiet machine and no release build. What it measures in other programs is left out.

use std::path::Path;
use std::process::Command;

const SYNC: [&str; 8] = [
    "on the wire, batch of 500",
    "on the wire, batch of 20",
    "seven days alone, drained",
    "device to hub, push",
    "a new machine, until it has all",
    "hub to device, pull",
    "a place by LAN, p99",
    "over budget",
];
const ALL: [&str; 11] = [
    "claim, p50",
    "claim, p99",
    "board query, p99",
    "memory at its peak",
    "start after a kill",
    "start after a power cut",
    "slip with QR, 384 dots, p99",
    "slip with QR, 576 dots, p99",
    "agreement, a page, p99",
    "agreement, the file",
    "over budget",
];

/// The table, and what was said to whoever watched.
fn bench(data: &Path, part: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(part)
        .arg("--data")
        .arg(data)
        .args(["--ops", "500", "--posts", "30", "--claims", "8"])
        .args(["--records", "400", "--transfers", "2", "--alone"])
        .output()
        .unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    // 2 says that a budget is not kept, which a test build may well do.
    assert!(matches!(output.status.code(), Some(0 | 2)), "{}: {complaints}", output.status);
    (String::from_utf8(output.stdout).unwrap(), complaints)
}

fn assert_has(table: &str, rows: &[&str]) {
    for row in rows {
        let line = table.lines().find(|line| line.starts_with(row) || line.ends_with(row));
        let line = line.unwrap_or_else(|| panic!("{row} is missing:\n{table}"));
        assert!(line.chars().any(|character| character.is_ascii_digit()), "{line}");
    }
}

#[test]
fn every_row_is_measured() {
    let data = tempfile::tempdir().unwrap();
    let (table, said) = bench(data.path(), &[]);
    assert!(said.contains("built 5"), "{said}");
    assert_has(&table, &ALL);
    assert_has(&table, &SYNC);
    // The second run takes the hall that is there.
    let (_, said) = bench(data.path(), &[]);
    assert!(!said.contains("built"), "{said}");
}

#[test]
fn the_exchange_is_measured_alone() {
    let data = tempfile::tempdir().unwrap();
    let (table, said) = bench(data.path(), &["sync"]);
    assert_has(&table, &SYNC);
    assert!(!said.contains("built") && !table.contains("claim"), "{said}{table}");
}
