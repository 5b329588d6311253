//! The bench runs and says everything it promises, on a hall of a few hundred ops. Whether budgets are kept is
//! not asked here: this is no quiet machine and no release build.

use std::process::Command;

const ROWS: [&str; 11] = [
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

#[test]
fn every_row_is_measured() {
    let data = tempfile::tempdir().unwrap();
    let run = || {
        let output = Command::new(env!("CARGO_BIN_EXE_bench"))
            .arg("--data")
            .arg(data.path())
            .args(["--ops", "500", "--posts", "30", "--claims", "8"])
            .output()
            .unwrap();
        let complaints = String::from_utf8(output.stderr).unwrap();
        // 2 says that a budget is not kept, which a test build may well do.
        assert!(matches!(output.status.code(), Some(0 | 2)), "{}: {complaints}", output.status);
        (String::from_utf8(output.stdout).unwrap(), complaints)
    };
    let (table, said) = run();
    assert!(said.contains("built 5"), "{said}");
    for row in ROWS {
        let line = table.lines().find(|line| line.starts_with(row) || line.ends_with(row));
        let line = line.unwrap_or_else(|| panic!("{row} is missing:\n{table}"));
        assert!(line.chars().any(|character| character.is_ascii_digit()), "{line}");
    }
    // The second run takes the hall that is there.
    let (_, said) = run();
    assert!(!said.contains("built"), "{said}");
}
