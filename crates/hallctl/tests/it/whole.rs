//! `hallctl verify`, `soak` and `load-sample` over the real binary.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Folder, lines};

fn soak(folder: &Folder, ops: &str, seed: &str) -> Vec<String> {
    let output = folder.run(&["soak", "--ops", ops, "--seed", seed, "--workers", "15"]);
    assert!(output.status.success(), "{output:?}");
    lines(&output)
}

#[test]
fn a_soak_acknowledges_every_op_once_and_goes_on_where_it_stopped() {
    let folder = Folder::new();
    let mut next = 1;
    for run in 0..3 {
        let said = soak(&folder, "150", "7");
        assert!(said.len() >= 150);
        for line in said {
            assert_eq!(line, format!("acked 1.1.{next}"), "run {run}");
            next += 1;
        }
        let report = folder.verified();
        assert_eq!(report["last"], format!("1.1.{}", next - 1));
        assert_eq!(report["ops"], next - 1);
    }
    let report = folder.verified();
    assert!(report["tickets"].as_u64().unwrap() > 0, "{report}");
    // The same seed on another folder makes the same day.
    let (one, two) = (Folder::new(), Folder::new());
    soak(&one, "200", "9");
    soak(&two, "200", "9");
    let shape = |report: &Value| {
        ["ops", "entities", "posts", "places", "tickets", "confirmed", "standby"]
            .map(|key| report[key].clone())
    };
    assert_eq!(shape(&one.verified()), shape(&two.verified()));
}

#[test]
fn looking_changes_nothing() {
    let folder = Folder::new();
    soak(&folder, "100", "1");
    let first = folder.verified();
    assert_eq!(folder.verified(), first);
    for key in [
        "chain_ok",
        "contiguous",
        "payloads_ok",
        "fold_equals_replay",
        "index_ok",
        "journal_matches",
        "places_ok",
        "custody_ok",
    ] {
        assert_eq!(first[key], true, "{key}");
    }
    assert_eq!(first["problems"], json!([]));
}

fn segments(folder: &Folder) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder.data().join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "journal"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn a_damaged_journal_is_never_called_ok() {
    let folder = Folder::new();
    soak(&folder, "300", "3");
    let before = folder.verified();
    let path = segments(&folder).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    for at in [whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        fs::write(&path, &bytes).unwrap();
        let (report, code) = folder.verify();
        assert_eq!((&report["ok"], code), (&json!(false), 1), "{report}");
        assert!(!report["problems"].as_array().unwrap().is_empty(), "{report}");
    }
    // Nothing was given up: with the byte back, everything is there.
    fs::write(&path, &whole).unwrap();
    assert_eq!(folder.verified()["state_digest"], before["state_digest"]);
}

#[test]
fn sled_that_differs_from_the_journal_is_found_and_put_right_at_the_next_start() {
    let folder = Folder::new();
    soak(&folder, "120", "4");
    let before = folder.verified();
    // An older sled under a newer journal lacks the newest ops: a start replays them.
    let kept = folder.data().join("kept");
    copy(&folder.data().join("sled"), &kept);
    soak(&folder, "60", "4");
    let newer = folder.verified();
    fs::remove_dir_all(folder.data().join("sled")).unwrap();
    fs::rename(&kept, folder.data().join("sled")).unwrap();
    let again = folder.verified();
    assert_eq!(again["state_digest"], newer["state_digest"]);
    assert_ne!(again["state_digest"], before["state_digest"]);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Whichever stretch of sled's file is ruined, everything is there again by the second start at the latest.
#[test]
fn a_ruined_sled_file_is_built_anew() {
    let folder = Folder::new();
    soak(&folder, "400", "5");
    let before = folder.verified();
    let file = folder.data().join("sled").join("db");
    let mut found_by_looking = 0;
    for tenth in 0..10 {
        let mut bytes = fs::read(&file).unwrap();
        let (from, to) = (bytes.len() * tenth / 10, bytes.len() * (tenth + 1) / 10);
        bytes[from..to].iter_mut().for_each(|byte| *byte ^= 0xa5);
        fs::write(&file, bytes).unwrap();
        let (report, _) = folder.verify();
        if report["ok"] == false {
            found_by_looking += 1;
            assert_ne!(report["problems"], json!([]));
        }
        assert_eq!(folder.verified()["state_digest"], before["state_digest"], "tenth {tenth}");
    }
    assert!(found_by_looking < 10, "most damage is put right by the start that meets it");
}

#[test]
fn a_soak_does_not_touch_a_hall_of_somebody_else() {
    let folder = Folder::new();
    let mut foreign = crate::support::set_up();
    foreign["command"]["pin"] = json!("730164");
    folder.exec(&[], &[foreign]);
    let before = folder.verified();
    let output = folder.run(&["soak", "--ops", "10"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not made by soak"), "{output:?}");
    assert_eq!(folder.verified(), before);
}

#[test]
fn the_sample_hall_loads_whole() {
    let folder = Folder::new();
    let output = folder.run(&["load-sample"]);
    assert!(output.status.success(), "{output:?}");
    let said = lines(&output).join("");
    for expected in ["240 posts", "1500 workers", "120 signed in"] {
        assert!(said.contains(expected), "{said}");
    }
    let placed: u64 =
        said.split(", ").find_map(|part| part.split_once(" placed")).unwrap().0.parse().unwrap();
    assert!(placed > 40, "{said}");
    let report = folder.verified();
    assert_eq!(report["posts"], 240, "{report}");
    assert_eq!(report["confirmed"], placed, "{report}");
    // 60 employers, 240 posts, 1 500 workers, their visits and tickets, the hall and its supervisor.
    let entities = 60 + 240 + 1_500 + 120 + report["tickets"].as_u64().unwrap() + 2;
    assert_eq!(report["entities"], entities, "{report}");
    // A hall that is set up is not filled again.
    let again = folder.run(&["load-sample"]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert!(String::from_utf8_lossy(&again.stderr).contains("设置过"), "{again:?}");
    assert_eq!(folder.verified()["state_digest"], report["state_digest"]);
}
