//! `export` and `import` over the real binary.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Folder, lines};

/// What the tool printed, and the code it ended with.
fn run(folder: &Folder, arguments: &[&str]) -> (Value, i32) {
    let output = folder.run(arguments);
    let said = lines(&output).first().map_or(Value::Null, |line| serde_json::from_str(line).unwrap());
    (said, output.status.code().unwrap())
}

fn soaked() -> (Folder, PathBuf) {
    let folder = Folder::new();
    assert!(folder.run(&["soak", "--ops", "300", "--workers", "15"]).status.success());
    let path = folder.data().with_file_name("one.lgb");
    (folder, path)
}

#[test]
fn what_is_written_is_read_again_and_changes_nothing() {
    let (folder, path) = soaked();
    let before = folder.verified();
    let file = path.to_str().unwrap();
    let mut sizes = Vec::new();
    for reader in ["county", "desk", "kiosk"] {
        let (exported, code) = run(&folder, &["export", file, "--for", reader]);
        assert_eq!((&exported["reader"], code), (&json!(reader), 0), "{exported}");
        assert_eq!(exported["ops"], before["ops"], "{exported}");
        assert_eq!(exported["bytes"], fs::metadata(&path).unwrap().len());
        sizes.push(exported["bytes"].as_u64().unwrap());
        let (imported, code) = run(&folder, &["import", file]);
        assert_eq!((&imported["known"], code), (&before["ops"], 0), "{imported}");
        assert_eq!((&imported["ops"], &imported["problems"]), (&json!(0), &json!([])), "{imported}");
    }
    assert!(sizes[2] < sizes[0], "a kiosk gets no identities: {sizes:?}");
    assert_eq!(folder.verified()["state_digest"], before["state_digest"]);
}

#[test]
fn a_bad_file_is_named_and_ends_with_1() {
    let (folder, path) = soaked();
    let file = path.to_str().unwrap();
    run(&folder, &["export", file]);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 5);
    fs::write(&path, bytes).unwrap();
    let (imported, code) = run(&folder, &["import", file]);
    assert_eq!((imported["problems"].as_array().unwrap().len(), code), (1, 1), "{imported}");
    fs::write(&path, b"no stick").unwrap();
    let output = folder.run(&["import", file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("不是零工大厅"), "{output:?}");
    assert_eq!(folder.run(&["export", file, "--for", "mayor"]).status.code(), Some(2));
}
