//! Dependencies point one way (design: hall-core is at the bottom, the shells on top), and each heavy or risky
//! library has one home.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each member may depend on among the members; a member that is missing here fails the test.
const MAY_USE: &[(&str, &[&str])] = &[
    ("hall-core", &[]),
    ("hall-log", &["hall-core"]),
    ("hall-store", &["hall-core", "hall-log"]),
    ("hall-print", &["hall-core"]),
    ("hall-sync", &["hall-core", "hall-log"]),
    ("hall-app", &["hall-core", "hall-log", "hall-store", "hall-sync", "hall-print"]),
    ("county-server", &["hall-core", "hall-log", "hall-sync", "hall-store"]),
    ("hallctl", &["hall-core", "hall-app"]),
    ("linggong-hall", &["hall-core", "hall-app"]),
    ("xtask", &["hall-core"]),
    ("hall-sim", &["hall-core", "hall-log", "hall-sync"]),
    ("hall-tests", &["hall-core", "hall-log", "hall-store", "hall-sync", "hall-print", "hall-app"]),
];

/// Libraries and the only members that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("sled", &["hall-store"]),
    ("tauri", &["linggong-hall"]),
    ("tauri-build", &["linggong-hall"]),
    ("printpdf", &["hall-print"]),
    ("qrcode", &["hall-print"]),
    ("sqlx", &["county-server"]),
    ("reqwest", &["hall-sync"]),
    ("ureq", &["hall-app", "hall-print"]),
    ("serialport", &["hall-app"]),
    ("rustls", &["hall-sync"]),
    ("mdns-sd", &["hall-sync"]),
    ("axum", &["hall-sync", "county-server", "hallctl"]),
];

/// hall-core and hall-log decide and nothing else: no library that does IO, tells the time or draws chance.
const NOT_IN_PURE: &[&str] = &["tokio", "getrandom", "rand", "tracing", "dirs", "tempfile", "sled"];

struct Member {
    name: String,
    /// Normal and build dependencies, without those of its tests.
    uses: BTreeSet<String>,
}

fn metadata(more: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .args(more)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn members() -> Vec<Member> {
    let metadata = metadata(&["--no-deps"]);
    let member = |package: &Value| Member {
        name: package["name"].as_str().unwrap().to_owned(),
        uses: package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(member).collect()
}

#[test]
fn edges_point_one_way() {
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let members = members();
    let names: BTreeSet<_> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, allowed.keys().copied().collect(), "every member has its line here");
    for member in &members {
        for used in member.uses.iter().filter(|used| names.contains(used.as_str())) {
            assert!(
                allowed[member.name.as_str()].contains(&used.as_str()),
                "{} must not depend on {used}",
                member.name
            );
        }
    }
}

#[test]
fn heavy_libraries_stay_at_home() {
    for member in members() {
        for (library, homes) in HOMES {
            assert!(
                !member.uses.contains(*library) || homes.contains(&member.name.as_str()),
                "{} must not depend on {library}",
                member.name
            );
        }
        if matches!(member.name.as_str(), "hall-core" | "hall-log") {
            let found: Vec<_> =
                NOT_IN_PURE.iter().filter(|library| member.uses.contains(**library)).collect();
            assert!(found.is_empty(), "{} is pure and must not depend on {found:?}", member.name);
        }
    }
}

/// The list above is about something: the libraries with a home do live there.
#[test]
fn homes_are_lived_in() {
    let members = members();
    for (library, homes) in HOMES {
        for home in *homes {
            let member = members.iter().find(|member| member.name == *home).unwrap();
            assert!(member.uses.contains(*library), "{home} no longer uses {library}: take it off the list");
        }
    }
}

/// In a release build an inspector is there only when its feature is.
#[test]
fn no_release_carries_an_inspector() {
    let metadata = metadata(&["--filter-platform=x86_64-unknown-linux-gnu"]);
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let mut looked_at = 0;
    for node in nodes {
        let id = node["id"].as_str().unwrap();
        if ["#tauri@", "#wry@", "#tauri-runtime-wry@"].iter().any(|name| id.contains(name)) {
            looked_at += 1;
            let features = node["features"].as_array().unwrap();
            assert!(features.iter().all(|feature| feature != "devtools"), "{id} has its inspector on");
        }
    }
    assert_eq!(looked_at, 3);
}
