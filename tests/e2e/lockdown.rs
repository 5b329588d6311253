//! What a window must not be able to do.

use std::process::Command;
use std::time::{Duration, Instant};

use hall_tests::webdriver::Session;
use serde_json::{Value, json};

use crate::support::{fresh_hall, shell};

/// Calls a command of the shell as a page would, and returns the answer or the refusal.
fn invoke(window: &Session, command: &str, payload: &Value) -> Result<Value, String> {
    let script = "const [command, payload, done] = arguments;
        window.__TAURI_INTERNALS__.invoke(command, payload)
          .then((value) => done({ value }), (error) => done({ error: JSON.stringify(error) }));";
    let answer = window.run_async(script, &[json!(command), payload.clone()]).unwrap();
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["value"].clone()),
    }
}

/// Each window calls each screen's view; only its own answers.
#[test]
fn a_window_reaches_only_its_own_commands() {
    let hall = fresh_hall();
    for (label, own) in [("kiosk", "kiosk"), ("desk", "desk"), ("wall", "wall")] {
        let window = match label {
            "kiosk" => hall.screens.kiosk(),
            "desk" => hall.screens.desk(),
            _ => hall.screens.wall(),
        };
        let window = window.unwrap();
        for command in ["kiosk", "desk", "wall"] {
            let answer = invoke(window, command, &json!({ "command": { "type": "view" } }));
            if command == own {
                assert_eq!(answer.unwrap()["type"], "view", "{label} asks its own");
            } else {
                let refusal = answer.unwrap_err();
                let said = format!("{command} not allowed on window");
                assert!(refusal.contains(&said), "{label} asks {command}: {refusal}");
            }
        }
    }
}

#[test]
fn the_public_windows_get_nothing_else_of_the_shell() {
    let hall = fresh_hall();
    for window in [hall.screens.kiosk().unwrap(), hall.screens.wall().unwrap()] {
        for (command, payload) in [
            ("save_file", json!({ "name": "a.txt", "data": "" })),
            ("open_file", json!({ "path": "/etc/passwd" })),
            ("plugin:window|close", json!({ "label": "kiosk" })),
            ("plugin:window|set_fullscreen", json!({ "label": "kiosk", "value": false })),
            ("plugin:webview|create_webview_window", json!({ "options": { "label": "desk" } })),
            ("plugin:event|emit", json!({ "event": "hall-changed", "payload": null })),
        ] {
            let refusal = invoke(window, command, &payload).unwrap_err();
            assert!(refusal.contains("not allowed"), "{command}: {refusal}");
        }
    }
    let refusal = invoke(hall.screens.wall().unwrap(), "leave_kiosk", &json!({ "pin": "1" })).unwrap_err();
    assert!(refusal.contains("not allowed"), "{refusal}");
}

#[test]
fn a_wrong_pin_does_not_open_the_kiosk() {
    let hall = fresh_hall();
    let refusal =
        invoke(hall.screens.kiosk().unwrap(), "leave_kiosk", &json!({ "pin": "000000" })).unwrap_err();
    assert!(!refusal.contains("not allowed on window") && refusal.contains("code"), "{refusal}");
}

#[test]
fn a_window_stays_on_its_page_and_runs_no_foreign_script() {
    let hall = fresh_hall();
    let kiosk = hall.screens.kiosk().unwrap();
    for away in ["desk.html", "https://example.org/", "file:///etc/passwd", "javascript:void(0)"] {
        kiosk.run("location.href = arguments[0]", &[json!(away)]).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(kiosk.address().unwrap(), "tauri://localhost/kiosk.html", "after {away}");
    }
    let ran = kiosk
        .run_async(
            "const done = arguments[arguments.length - 1];
             const script = document.createElement('script');
             script.textContent = 'window.foreign = true';
             document.body.append(script);
             const far = new Promise((yes) => {
               const other = document.createElement('script');
               other.onload = () => yes(true);
               other.onerror = () => yes(false);
               other.src = 'https://example.org/a.js';
               document.body.append(other);
             });
             let evaluated = true;
             try { eval('1'); } catch { evaluated = false; }
             const fetched = fetch('https://example.org/').then(() => true, () => false);
             Promise.all([far, fetched]).then(([loaded, got]) =>
               done({ inline: window.foreign === true, loaded, got, evaluated, opened: window.open('desk.html') !== null }));",
            &[],
        )
        .unwrap();
    let nothing =
        json!({ "inline": false, "loaded": false, "got": false, "evaluated": false, "opened": false });
    assert_eq!(ran, nothing);
}

#[test]
fn a_second_start_shows_the_first_and_ends() {
    let hall = fresh_hall();
    let begun = Instant::now();
    let second = Command::new(shell()).arg("--config").arg(&hall.place.config).output().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(second.status.success() && said.contains("已经开着"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    assert!(hall.screens.kiosk().unwrap().text().is_ok(), "the first goes on");
}

#[test]
fn settings_with_a_mistake_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[kiosk]\nfullscren = true\n").unwrap();
    let start = Command::new(shell()).arg("--config").arg(&config).output().unwrap();
    let said = String::from_utf8(start.stderr).unwrap();
    assert!(!start.status.success() && said.contains("fullscren") && said.contains("改正"), "{said}");
}
