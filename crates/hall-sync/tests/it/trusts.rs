//! Who is believed, who may read what, who may hold whose series.

use hall_core::fact::Scope;
use hall_core::vocab::DeviceRole;
use hall_log::Certificate;
use hall_log::certificate::LIFETIME_S;
use hall_log::token::Seconds;
use hall_sync::Trust;
use hall_sync::trust::{HALL_NUMBERS, Reader};
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

/// What desk 7 vouches for, or whoever `by` is.
fn vouched(by: u32, hall: u32, device: u32, role: DeviceRole) -> Certificate {
    Certificate::issue(bearer(hall, device, role), &key(by))
}

#[test]
fn a_desk_vouches_for_devices_of_its_hall() {
    use DeviceRole::{County, Desk, Kiosk, Wall};
    let new = HALL_NUMBERS + 5;
    let mut trust = trust(&[(HALL, 7, Desk), (HALL, 8, Kiosk), (HALL + 1, 9, Desk)]);
    let second = vouched(7, HALL, HALL_NUMBERS + 1, Desk);
    assert_eq!(trust.learn(&second, NOW), Ok(second.bearer), "another desk");
    for (what, bad) in [
        ("by a kiosk", vouched(8, HALL, new, Kiosk)),
        ("by another hall's desk", vouched(9, HALL, new, Kiosk)),
        ("for another hall", vouched(7, HALL + 1, new, Kiosk)),
        ("as the county", vouched(7, HALL, new, County)),
        ("by a desk that a desk vouched for", vouched(HALL_NUMBERS + 1, HALL, new, Kiosk)),
        ("with a number of the county's", vouched(7, HALL, HALL_NUMBERS - 2, Kiosk)),
        ("in the place of a kiosk", vouched(7, HALL, 8, Kiosk)),
        ("in its own place", vouched(7, HALL, 7, Kiosk)),
        ("by nobody known", vouched(77, HALL, new, Kiosk)),
    ] {
        assert_eq!(trust.learn(&bad, NOW), Err(Refused::Certificate), "{what}");
    }
    for role in [Kiosk, Wall] {
        let good = vouched(7, HALL, new + role as u32, role);
        assert_eq!(trust.learn(&good, NOW), Ok(good.bearer));
        assert_eq!(trust.certificate(new + role as u32), Some(&good));
        let needed: Vec<_> = trust.credentials(new + role as u32).collect();
        assert_eq!(needed, [&certificate(HALL, 7, Desk), &good], "the desk's first");
    }
    assert_eq!(trust.credentials(7).collect::<Vec<_>>(), [&certificate(HALL, 7, Desk)]);
    assert_eq!(trust.credentials(77).count(), 0);
}

#[test]
fn a_desk_gives_no_number_to_another_key_and_demotes_no_desk() {
    let number = HALL_NUMBERS + 5;
    let mut trust = trust(&[(HALL, 7, DeviceRole::Desk), (HALL, number + 1, DeviceRole::Desk)]);
    let first = vouched(7, HALL, number, DeviceRole::Kiosk);
    trust.learn(&first, NOW).unwrap();
    let later = |device, key_of| {
        let mut bearer = bearer(HALL, device, DeviceRole::Kiosk);
        bearer.key = key(key_of).verifying_key().to_bytes();
        bearer.issued = Seconds(bearer.issued.0 + 60);
        bearer
    };
    let other = Certificate::issue(later(number, 99), &key(7));
    assert_eq!(trust.learn(&other, NOW), Err(Refused::Certificate));
    let demoted = Certificate::issue(later(number + 1, number + 1), &key(7));
    assert_eq!(trust.learn(&demoted, NOW), Err(Refused::Certificate));
    let renewed = Certificate::issue(later(number, number), &key(7));
    assert_eq!(trust.learn(&renewed, NOW), Ok(renewed.bearer), "its own is renewed");
    assert_eq!(trust.certificate(number), Some(&renewed));
}

#[test]
fn a_revoked_desk_vouches_for_nobody_new_and_whom_it_vouched_for_stays_known() {
    let mut trust = trust(&[(HALL, 7, DeviceRole::Desk)]);
    let before = vouched(7, HALL, HALL_NUMBERS + 2, DeviceRole::Kiosk);
    trust.learn(&before, NOW).unwrap();
    trust.revoke(7);
    let after = vouched(7, HALL, HALL_NUMBERS + 3, DeviceRole::Kiosk);
    assert_eq!(trust.learn(&after, NOW), Err(Refused::Certificate));
    assert_eq!(trust.learn(&before, NOW), Ok(before.bearer));
}
