//! A code makes one key one of a hall's, once.

use hall_core::vocab::DeviceRole;
use serde_json::Value;

use crate::support::device::{Device, apply, enrolled, error, new_key};
use crate::support::http::Line;
use crate::support::site::{Host as _, Site};

fn site() -> Site {
    Site::open(env!("CARGO_BIN_EXE_county-server"))
}

#[test]
fn a_code_enrols_one_key_and_no_other() {
    let site = site();
    let hall = site.add_hall();
    let code = site.code(hall, DeviceRole::Kiosk);
    let (key, other) = (new_key(), new_key());
    let first = enrolled(&apply(&site.address(), &code, &key));
    assert_eq!(first.1.bearer.key, key.verifying_key().to_bytes());
    // The answer was lost: the same device asks again and is the same device.
    let again = enrolled(&apply(&site.address(), &code, &key));
    assert_eq!((first.0.device, first.1), (again.0.device, again.1));
    assert_eq!(error(&apply(&site.address(), &code, &other)), (403, "code".to_owned()));
    assert_eq!(site.sql("SELECT count(*) FROM devices"), "1");
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall = 0"), "1");
}

#[test]
fn one_code_in_many_hands_at_once_enrols_one() {
    let site = site();
    let hall = site.add_hall();
    let code = site.code(hall, DeviceRole::Desk);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let hands: Vec<_> =
            (0..8).map(|_| scope.spawn(|| apply(&site.address(), &code, &new_key()).status)).collect();
        hands.into_iter().map(|hand| hand.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

#[test]
fn a_code_is_read_as_people_write_it_and_kept_only_as_a_digest() {
    let site = site();
    let hall = site.add_hall();
    let code = site.code(hall, DeviceRole::Wall);
    let kept = site.sql("SELECT encode(digest, 'hex') || name FROM enrolment_codes");
    assert!(!kept.contains(&code) && !kept.contains(&code.replace('-', "")));
    let spoken = format!(" {} ", code.to_lowercase().replace('-', " "));
    enrolled(&apply(&site.address(), &spoken, &new_key()));
}

#[test]
fn codes_that_do_not_count_enrol_nobody() {
    let site = site();
    let hall = site.add_hall();
    let stale = site.code(hall, DeviceRole::Kiosk);
    site.sql("UPDATE enrolment_codes SET expires = now() - interval '1 second'");
    for code in [stale.as_str(), "0000-0000-0000", "", "UUUU-UUUU-UUUU", &"0".repeat(500)] {
        assert_eq!(error(&apply(&site.address(), code, &new_key())), (403, "code".to_owned()), "{code}");
    }
    let code = site.code(hall, DeviceRole::Kiosk);
    let mut line = Line::open(&site.address());
    // The last is a point of small order: anybody's signature would fit it.
    let identity = hall_log::base32::encode(&[&[1][..], &[0; 31]].concat());
    for body in [
        String::new(),
        "[]".to_owned(),
        format!(r#"{{"code":"{code}"}}"#),
        format!(r#"{{"code":"{code}","key":"AAAA"}}"#),
        format!(r#"{{"code":"{code}","key":"{identity}"}}"#),
        "x".repeat(5_000),
    ] {
        let reply = line.ask("POST", "/v1/enrol", body.as_bytes());
        assert_eq!(error(&reply), (400, "malformed".to_owned()), "{body}");
        if reply.status == 400 && body.len() > 4_096 {
            break;
        }
    }
    assert_eq!(site.sql("SELECT count(*) FROM devices"), "0");
}

#[test]
fn the_same_key_keeps_its_number_in_its_hall_and_finds_no_second_one() {
    let site = site();
    let (hall, other) = (site.add_hall(), site.add_hall());
    let kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let again = apply(&site.address(), &site.code(hall, DeviceRole::Desk), &kiosk.key);
    let (again, certificate) = enrolled(&again);
    assert_eq!((again.device, certificate.bearer.role), (kiosk.me.device, DeviceRole::Desk));
    let listed: Value = serde_json::from_str(&site.run(&["devices"])).unwrap();
    assert_eq!(listed["role"], "desk");
    let elsewhere = apply(&site.address(), &site.code(other, DeviceRole::Kiosk), &kiosk.key);
    assert_eq!(error(&elsewhere), (409, "other_hall".to_owned()));
    site.run(&["revoke", &kiosk.me.device.to_string()]);
    let code = site.code(hall, DeviceRole::Kiosk);
    assert_eq!(error(&apply(&site.address(), &code, &kiosk.key)), (403, "revoked".to_owned()));
    enrolled(&apply(&site.address(), &code, &new_key()));
}

#[test]
fn guessing_is_slow() {
    let site = site();
    let busy = (0..200).any(|_| apply(&site.address(), "0000-0000-0000", &new_key()).status == 429);
    assert!(busy);
}

#[test]
fn the_console_refuses_what_cannot_be() {
    let site = site();
    let hall = site.add_hall().to_string();
    for arguments in [
        &["code", "4000", "kiosk", "x"][..],
        &["code", "0", "desk", "x"],
        &["code", &hall, "county", "x"],
        &["code", &hall, "kiosk", ""],
        &["hall", "add", "line\nbreak"],
    ] {
        assert!(!site.output(arguments).status.success(), "{arguments:?}");
    }
    assert_eq!(site.sql("SELECT count(*) FROM enrolment_codes"), "0");
    assert_eq!(site.run(&["devices"]), "");
    Device::enrol(&site, hall.parse().unwrap(), DeviceRole::Kiosk);
    let listed: Value = serde_json::from_str(&site.run(&["devices"])).unwrap();
    assert_eq!(
        (&listed["role"], &listed["revoked"], &listed["ops"]),
        (&"kiosk".into(), &false.into(), &0.into())
    );
}
