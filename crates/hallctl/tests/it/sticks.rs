//! `export` and `import` over the real binary.

use std::fs;
use std::path::PathBuf;

use ed25519_dalek::SigningKey;
use hall_core::vocab::DeviceRole;
use hall_log::certificate::LIFETIME_S;
use hall_log::token::Seconds;
use hall_log::{Bearer, Certificate};
use serde_json::{Value, json};

use crate::support::{Folder, lines};

const ISSUER: [u8; 32] = [9; 32];

/// Writes the certificate of the device whose keys are in `folder`, and returns the arguments that name it.
fn enrolled(folder: &Folder) -> Vec<String> {
    let seed: [u8; 32] = fs::read(folder.keys().join("device.key")).unwrap().try_into().unwrap();
    let issuer = SigningKey::from_bytes(&ISSUER);
    let issued = Seconds(1_790_000_000);
    let bearer = Bearer {
        hall: 12,
        device: 1,
        role: DeviceRole::Desk,
        key: SigningKey::from_bytes(&seed).verifying_key().to_bytes(),
        issued,
        expires: Seconds(issued.0 + LIFETIME_S),
    };
    let path = folder.data().with_file_name("certificate");
    fs::write(&path, Certificate::issue(bearer, &issuer).encode()).unwrap();
    let issuer = issuer
        .verifying_key()
        .to_bytes()
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    vec!["--certificate".into(), path.to_str().unwrap().into(), "--issuer".into(), issuer]
}

/// What the tool printed, and the code it ended with.
fn run(folder: &Folder, arguments: &[&str], enrolled: &[String]) -> (Value, i32) {
    let output = folder.command(arguments).args(enrolled).output().unwrap();
    let said = lines(&output).first().map_or(Value::Null, |line| serde_json::from_str(line).unwrap());
    (said, output.status.code().unwrap())
}

fn soaked() -> (Folder, PathBuf, Vec<String>) {
    let folder = Folder::new();
    assert!(folder.run(&["soak", "--ops", "300", "--workers", "15"]).status.success());
    let path = folder.data().with_file_name("one.lgb");
    let enrolled = enrolled(&folder);
    (folder, path, enrolled)
}

#[test]
fn what_is_written_is_read_again_and_changes_nothing() {
    let (folder, path, enrolled) = soaked();
    let before = folder.verified();
    let file = path.to_str().unwrap();
    let mut sizes = Vec::new();
    for reader in ["county", "desk", "kiosk"] {
        let (exported, code) = run(&folder, &["export", file, "--for", reader], &enrolled);
        assert_eq!((&exported["reader"], code), (&json!(reader), 0), "{exported}");
        assert_eq!(exported["ops"], before["ops"], "{exported}");
        assert_eq!(exported["bytes"], fs::metadata(&path).unwrap().len());
        sizes.push(exported["bytes"].as_u64().unwrap());
        let (imported, code) = run(&folder, &["import", file], &enrolled);
        assert_eq!((&imported["known"], code), (&before["ops"], 0), "{imported}");
        assert_eq!((&imported["ops"], &imported["problems"]), (&json!(0), &json!([])), "{imported}");
    }
    assert!(sizes[2] < sizes[0], "a kiosk gets no identities: {sizes:?}");
    assert_eq!(folder.verified()["state_digest"], before["state_digest"]);
}

#[test]
fn a_bad_file_is_named_and_ends_with_1() {
    let (folder, path, enrolled) = soaked();
    let file = path.to_str().unwrap();
    run(&folder, &["export", file], &enrolled);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 5);
    fs::write(&path, bytes).unwrap();
    let (imported, code) = run(&folder, &["import", file], &enrolled);
    assert_eq!((imported["problems"].as_array().unwrap().len(), code), (1, 1), "{imported}");
    fs::write(&path, b"no stick").unwrap();
    let output = folder.command(&["import", file]).args(&enrolled).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("不是零工大厅"), "{output:?}");
    // Without an issuer, with half of one, for nobody.
    for arguments in [
        vec!["import", file, "--certificate", &enrolled[1]],
        vec!["import", file, "--certificate", &enrolled[1], "--issuer", "09"],
        vec!["export", file, "--for", "mayor", "--certificate", &enrolled[1], "--issuer", &enrolled[3]],
    ] {
        assert_eq!(folder.run(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}
