//! `export` and `import` over the real binary.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::county::County;
use crate::hall::{employer, post, worker};
use crate::shared_post::{hall, of_county};
use crate::support::{Folder, PIN, desk, lines};

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

/// The desk was enrolled while there was a line, and never had one again.
#[test]
fn a_hall_without_a_line_has_its_part_in_a_post_of_the_county() {
    let mut county = County::in_folder("127.0.0.1:0".into());
    county.start();
    let (mut machine, day) = hall(&county, "奎文示范零工客栈");
    machine.stop();
    county.kill();

    // A morning, with a post of which places go to the county.
    machine.start(&[]);
    let view = desk(&json!({ "type": "view" }));
    let staff = machine.ask(&view)["staff"][0]["id"].clone();
    let log_in = desk(&json!({ "type": "log_in", "staff": staff, "pin": PIN }));
    machine.ask(&log_in);
    let person = machine.ask(&worker(1, true));
    let employer = machine.ask(&employer());
    let tomorrow = day.parse::<hall_core::Day>().unwrap().plus_days(1).to_string();
    let own = machine.ask(&post(&tomorrow, &employer["id"]))["card"]["id"].clone();
    let ticket = machine.ask(&desk(&json!({ "type": "dispatch", "post": own, "worker": person["id"] })));
    assert_eq!(ticket["state"], "confirmed", "{ticket}");
    machine.ask(&desk(&json!({ "type": "offer_places", "post": own, "places": 6 })));
    assert_eq!(of_county(&machine.ask(&view)), Vec::<Value>::new());
    machine.stop();

    // To the county and back, by hand.
    let carried = |name: &str| machine.folder.data().with_file_name(name);
    let (there, back) = (carried("there.lgb"), carried("back.lgb"));
    let (there, back) = (there.to_str().unwrap(), back.to_str().unwrap());
    assert_eq!(run(&machine.folder, &["export", there]).1, 0);
    let taken: Value = serde_json::from_str(&county.order(&["import", there])).unwrap();
    assert!(taken["ops"].as_u64() > Some(0) && taken["problems"] == json!([]), "{taken}");
    let again: Value = serde_json::from_str(&county.order(&["import", there])).unwrap();
    assert_eq!((&again["ops"], &again["forks"]), (&json!(0), &json!(0)), "{again}");
    county.order(&["export", "--hall", &taken["hall"].to_string(), back]);
    let (imported, code) = run(&machine.folder, &["import", back]);
    assert_eq!((&imported["problems"], code), (&json!([]), 0), "{imported}");

    machine.start(&[]);
    machine.ask(&log_in);
    // One in five stays at the county, the others are this hall's.
    let seen = machine.wait(&view, |view| of_county(view).first().is_some_and(|card| card["left"] == 4));
    assert_eq!(of_county(&seen)[0]["title"], "小区砌墙");
    machine.stop();
    machine.folder.verified();
}
