//! Who is believed, who may read what, who may hold whose series.

use hall_core::fact::Scope;
use hall_core::vocab::DeviceRole;
use hall_log::Certificate;
use hall_log::certificate::LIFETIME_S;
use hall_log::token::Seconds;
use hall_sync::Trust;
use hall_sync::trust::Reader;
use hall_sync::wire::Refused;

use crate::sample::{HALL, NOW, SCOPES, bearer, certificate, key, trust};

fn reader(hall: u32, role: DeviceRole) -> Reader {
    Reader { hall, role }
}

/// Whether `trust` can tell what device 7 wrote.
fn is_known(trust: &Trust) -> bool {
    trust.key(7).is_some_and(|known| known.to_bytes() == key(7).verifying_key().to_bytes())
}

#[test]
fn who_may_read_what() {
    use DeviceRole::{County, Desk, Kiosk, Wall};
    // Device, Desk, Hall, County, Public, of an op that was written in the hall.
    let table = [
        (reader(HALL, Desk), [false, true, true, true, true]),
        (reader(HALL, Kiosk), [false, false, true, true, true]),
        (reader(HALL, Wall), [false, false, true, true, true]),
        (reader(HALL + 1, Desk), [false, false, false, true, true]),
        (reader(HALL + 1, Kiosk), [false, false, false, true, true]),
        (reader(HALL + 1, Wall), [false, false, false, true, true]),
        (reader(0, County), [false, true, true, true, true]),
        (reader(HALL, County), [false, true, true, true, true]),
    ];
    for (who, expected) in table {
        assert_eq!(SCOPES.map(|scope| who.may_read(scope, HALL)), expected, "{who:?}");
    }
}

#[test]
fn what_never_leaves_a_device_is_read_by_nobody() {
    for role in DeviceRole::ALL {
        assert!(!reader(HALL, *role).may_read(Scope::Device, HALL), "{role:?}");
    }
}

#[test]
fn who_may_hold_whose_series() {
    use DeviceRole::{County, Desk, Kiosk, Wall};
    let here = bearer(HALL, 7, Kiosk);
    let elsewhere = bearer(HALL + 1, 8, Desk);
    let county = bearer(0, 100, County);
    for role in [Kiosk, Desk, Wall] {
        let who = reader(HALL, role);
        let held = [here, elsewhere, county].map(|author| who.may_hold(&author));
        assert_eq!(held, [true, false, true], "{role:?}");
    }
    let held = [here, elsewhere, county].map(|author| reader(0, County).may_hold(&author));
    assert_eq!(held, [true, true, true]);
}

#[test]
fn nobody_is_known_before_he_was_vouched_for() {
    let trust = trust(&[(HALL, 7, DeviceRole::Kiosk)]);
    assert!(is_known(&trust));
    assert_eq!(trust.bearer(7).map(|bearer| bearer.hall), Some(HALL));
    assert!(trust.key(8).is_none() && trust.bearer(8).is_none() && trust.certificate(8).is_none());
}

#[test]
fn a_certificate_of_a_stranger_teaches_nothing() {
    let mut trust = Trust::new([key(0).verifying_key()]);
    let vouched = bearer(HALL, 7, DeviceRole::Kiosk);
    let mut forged = certificate(HALL, 7, DeviceRole::Kiosk);
    forged.bearer.role = DeviceRole::County;
    for (what, bad) in [
        ("by himself", Certificate::issue(vouched, &key(7))),
        ("by another device", Certificate::issue(vouched, &key(8))),
        ("made more of", forged),
    ] {
        assert_eq!(trust.learn(&bad, NOW), Err(Refused::Certificate), "{what}");
        assert!(trust.bearer(7).is_none(), "{what}");
    }
}

#[test]
fn an_expired_certificate_tells_who_wrote_but_opens_nothing() {
    let mut trust = Trust::new([key(0).verifying_key()]);
    let late = NOW.plus_ms(i64::from(LIFETIME_S) * 1_000);
    assert_eq!(trust.learn(&certificate(HALL, 7, DeviceRole::Kiosk), late), Err(Refused::Expired));
    assert!(is_known(&trust));
}

#[test]
fn the_newest_certificate_stands_whatever_comes_later() {
    let renewed = |days: u32| {
        let mut bearer = bearer(HALL, 7, DeviceRole::Kiosk);
        bearer.issued = Seconds(bearer.issued.0 + days * 86_400);
        bearer.expires = Seconds(bearer.issued.0 + LIFETIME_S);
        Certificate::issue(bearer, &key(0))
    };
    let mut trust = Trust::new([key(0).verifying_key()]);
    for (days, stands) in [(30, 30), (0, 30), (60, 60), (60, 60), (30, 60)] {
        assert_eq!(trust.learn(&renewed(days), NOW), Ok(renewed(days).bearer));
        assert_eq!(trust.certificate(7), Some(&renewed(stands)), "after one of day {days}");
    }
}

#[test]
fn a_revoked_device_stays_known_for_what_it_wrote() {
    let mut trust = trust(&[(HALL, 7, DeviceRole::Kiosk), (HALL, 8, DeviceRole::Desk)]);
    trust.revoke(7);
    assert!(trust.is_revoked(7) && !trust.is_revoked(8));
    assert!(is_known(&trust));
    trust.learn(&certificate(HALL, 7, DeviceRole::Kiosk), NOW).unwrap();
    assert!(trust.is_revoked(7), "no certificate takes a revocation back");
}
