//! Devices that a hall's desk vouched for, and desks that had a number before they had a county.

use ed25519_dalek::SigningKey;
use hall_core::EntityId;
use hall_core::fact::{DeviceEnrolled, DeviceRevoked, EpochEnded, Fact};
use hall_core::vocab::DeviceRole;
use hall_log::certificate::LIFETIME_S;
use hall_log::token::Seconds;
use hall_log::{Bearer, Certificate, Ledger as _, Subject};
use hall_sync::wire::{Refused, Verdict};
use serde_json::json;

use crate::support::device::{Device, apply_as, enrolled, error, new_key, wall};
use crate::support::site::Host;

/// A number as desks draw them.
const DRAWN: u32 = 3_000_000_017;
const DAY_S: i64 = 86_400;

/// What `desk` vouches for: a key with this number and role in its hall, since `ago` days.
fn vouch(desk: &Device, device: u32, role: DeviceRole, key: &SigningKey, ago: i64) -> Certificate {
    let issued = Seconds::from(wall().plus_ms(-ago * DAY_S * 1_000));
    let expires = Seconds(issued.0 + LIFETIME_S);
    let key = key.verifying_key().to_bytes();
    Certificate::issue(Bearer { hall: desk.hall, device, role, key, issued, expires }, &desk.key)
}

/// A device that knows the desk that vouched for it.
pub(crate) fn vouched(site: &impl Host, desk: &Device, device: u32, role: DeviceRole) -> Device {
    let key = new_key();
    let certificate = vouch(desk, device, role, &key, 0);
    Device::knowing(site, key, certificate, std::slice::from_ref(&desk.certificate))
}

fn with_desk(site: &impl Host) -> Device {
    Device::enrol(site, site.add_hall(), DeviceRole::Desk)
}

/// The desk says in its series that it enrolled `device`; the entity.
pub(crate) fn say_enrolled(desk: &mut Device, device: &Device, name: &str) -> EntityId {
    let fact = Fact::DeviceEnrolled(DeviceEnrolled {
        device: device.me.device,
        name: name.to_owned(),
        role: device.certificate.bearer.role,
        certificate: device.certificate.encode(),
    });
    desk.state(Subject::New, &fact)[0].envelope.entity
}

fn say_revoked(desk: &mut Device, entity: EntityId) {
    desk.state(Subject::Entity(entity), &Fact::DeviceRevoked(DeviceRevoked { reason: "lost".to_owned() }));
}

fn ask(site: &impl Host, device: &Device) -> Option<Refused> {
    device.ask(&site.address(), &device.request(&[])).err()
}

fn a_device_exchanges_before_and_after_its_desks_word(site: &impl Host) {
    let mut desk = with_desk(site);
    let mut kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    kiosk.write(30);
    kiosk.sync(&site.address());
    let listed = site.listed(DRAWN).unwrap();
    assert_eq!(
        (&listed["ops"], &listed["name"], &listed["by_county"]),
        (&30.into(), &"".into(), &false.into())
    );
    let chain = kiosk.ledger.head(kiosk.me).unwrap().chain;
    assert_eq!(listed["heads"], json!({ format!("{DRAWN}.1.30"): chain.to_string() }));
    say_enrolled(&mut desk, &kiosk, "自助机 1");
    desk.sync(&site.address());
    assert_eq!(desk.has(kiosk.me), 30, "the hall's other devices get its series and its certificate");
    assert_eq!(site.listed(DRAWN).unwrap()["name"], "自助机 1");
    assert_eq!(site.listed(desk.me.device).unwrap()["by_county"], true);
    // By the desk's word alone, with not a line from the device.
    let wall = vouched(site, &desk, DRAWN + 1, DeviceRole::Wall);
    say_enrolled(&mut desk, &wall, "大屏");
    desk.sync(&site.address());
    let listed = site.listed(DRAWN + 1).unwrap();
    assert_eq!((&listed["role"], &listed["name"]), (&"wall".into(), &"大屏".into()));
}

fn a_desk_passes_on_the_series_of_a_device_that_it_vouched_for(site: &impl Host) {
    let desk = with_desk(site);
    let mut kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    let ops = kiosk.write(5);
    assert_eq!(desk.ask(&site.address(), &desk.relaying(&kiosk, &ops)).unwrap().refused, []);
    assert_eq!(site.listed(DRAWN).unwrap()["ops"], 5);
}

fn what_a_desk_may_not_vouch_for_is_not_believed(site: &impl Host) {
    let mut desk = with_desk(site);
    let kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    assert_eq!(ask(site, &kiosk), None);
    let key = new_key();
    let elsewhere = {
        let mut bearer = vouch(&desk, DRAWN + 1, DeviceRole::Kiosk, &key, 0).bearer;
        bearer.hall = site.add_hall();
        Certificate::issue(bearer, &desk.key)
    };
    let by_kiosk = {
        let bearer = vouch(&desk, DRAWN + 1, DeviceRole::Kiosk, &key, 0).bearer;
        Certificate::issue(bearer, &kiosk.key)
    };
    let second = vouched(site, &desk, DRAWN + 2, DeviceRole::Desk);
    assert_eq!(ask(site, &second), None, "a second desk counts");
    let cases = [
        ("a number of the county's", vouch(&desk, 77, DeviceRole::Kiosk, &key, 0)),
        ("its own number", vouch(&desk, desk.me.device, DeviceRole::Desk, &key, 0)),
        ("a county", vouch(&desk, DRAWN + 1, DeviceRole::County, &key, 0)),
        ("another one's number", vouch(&desk, DRAWN, DeviceRole::Kiosk, &key, 0)),
        ("another hall", elsewhere),
        ("by a kiosk", by_kiosk),
        ("by a desk that a desk vouched for", vouch(&second, DRAWN + 1, DeviceRole::Kiosk, &key, 0)),
    ];
    for (what, certificate) in cases {
        let device = Device::new(site, key.clone(), certificate);
        assert_eq!(ask(site, &device), Some(Refused::Certificate), "{what}");
        say_enrolled(&mut desk, &device, what);
        desk.sync(&site.address());
        let number = device.me.device;
        assert!(site.listed(number).is_none_or(|listed| listed["name"] != what), "{what}");
    }
    assert_eq!(ask(site, &kiosk), None, "whose number it is keeps it");
    assert_eq!(desk.has(desk.me), 7);
    let mut stranger = vouched(site, &desk, DRAWN + 1, DeviceRole::Kiosk);
    stranger.certificate = vouch(&desk, DRAWN + 1, DeviceRole::Kiosk, &stranger.key, 91);
    assert_eq!(ask(site, &stranger), Some(Refused::Expired));
}

fn a_revoked_desk_vouches_for_nobody_new(site: &impl Host) {
    let desk = with_desk(site);
    let (mut before, after) =
        (vouched(site, &desk, DRAWN, DeviceRole::Kiosk), vouched(site, &desk, DRAWN + 1, DeviceRole::Kiosk));
    before.write(3);
    before.sync(&site.address());
    site.run(&["revoke", &desk.me.device.to_string()]);
    assert_eq!(ask(site, &after), Some(Refused::Certificate));
    assert_eq!(ask(site, &before), None, "who was known before goes on, until he is revoked himself");
    site.run(&["revoke", &DRAWN.to_string(), "--reason", "by the console"]);
    assert_eq!(ask(site, &before), Some(Refused::Revoked));
    let mut other = Device::enrol(site, desk.hall, DeviceRole::Desk);
    other.sync(&site.address());
    let told = told_of_revocations(site, &other);
    assert_eq!(told, 2, "the county's series says it even of a device that no desk had named");
}

/// Revocations in the county's series, as a device has it.
fn told_of_revocations(site: &impl Host, device: &Device) -> usize {
    let ops = hall_log::Ledger::ops_after(&device.ledger, site.county().me(), 0, usize::MAX).unwrap();
    ops.iter().filter(|op| op.envelope.kind == 6).count()
}

fn a_desk_revokes_devices_of_its_hall_and_no_desk(site: &impl Host) {
    let (mut desk, mut elsewhere) = (with_desk(site), with_desk(site));
    let kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    let second = vouched(site, &desk, DRAWN + 2, DeviceRole::Desk);
    let entities = [say_enrolled(&mut desk, &kiosk, "自助机"), say_enrolled(&mut desk, &second, "服务台 2")];
    desk.sync(&site.address());
    for entity in entities {
        say_revoked(&mut elsewhere, entity);
    }
    elsewhere.sync(&site.address());
    assert_eq!((ask(site, &kiosk), ask(site, &second)), (None, None), "another hall's desk has no say");
    for entity in entities {
        say_revoked(&mut desk, entity);
    }
    desk.sync(&site.address());
    assert_eq!((ask(site, &kiosk), ask(site, &second)), (Some(Refused::Revoked), None));
    let revoked = |device: u32| site.listed(device).unwrap()["revoked"].as_bool().unwrap();
    assert!(revoked(DRAWN) && !revoked(DRAWN + 2));
}

/// Two desks: what the second says of the first one's device comes before the device does.
fn what_was_said_before_the_enrolment_came_counts(site: &impl Host) {
    let mut first = with_desk(site);
    let mut second = Device::enrol(site, first.hall, DeviceRole::Desk);
    let (lost, over) = (
        vouched(site, &first, DRAWN, DeviceRole::Kiosk),
        vouched(site, &first, DRAWN + 1, DeviceRole::Kiosk),
    );
    let lost_entity = say_enrolled(&mut first, &lost, "自助机 1");
    let over_entity = say_enrolled(&mut first, &over, "自助机 2");
    say_revoked(&mut second, lost_entity);
    let ended = Fact::EpochEnded(EpochEnded { epoch: 1, last_seq: 9, reason: String::new() });
    second.state(Subject::Entity(over_entity), &ended);
    second.sync(&site.address());
    assert_eq!((ask(site, &lost), ask(site, &over)), (None, None));
    first.sync(&site.address());
    assert_eq!((ask(site, &lost), ask(site, &over)), (Some(Refused::Revoked), Some(Refused::EpochEnded)));
}

/// A fact about an entity that is another device's must neither change that one nor hold up the hall.
fn an_enrolment_about_another_device_changes_nothing(site: &impl Host) {
    let mut desk = with_desk(site);
    let kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    let taken = say_enrolled(&mut desk, &kiosk, "自助机 1");
    let other = vouched(site, &desk, DRAWN + 1, DeviceRole::Kiosk);
    let fact = Fact::DeviceEnrolled(DeviceEnrolled {
        device: DRAWN + 1,
        name: "另一台".to_owned(),
        role: DeviceRole::Kiosk,
        certificate: other.certificate.encode(),
    });
    desk.state(Subject::Entity(taken), &fact);
    desk.sync(&site.address());
    assert_eq!(site.listed(DRAWN).unwrap()["name"], "自助机 1");
    assert_eq!(site.listed(DRAWN + 1).unwrap()["name"], "");
    assert_eq!(site.listed(desk.me.device).unwrap()["ops"], 2);
}

fn the_county_renews_what_desks_vouched_for_but_no_desk(site: &impl Host) {
    let desk = with_desk(site);
    let aged = |number, role| {
        let key = new_key();
        let certificate = vouch(&desk, number, role, &key, 70);
        Device::knowing(site, key, certificate, std::slice::from_ref(&desk.certificate))
    };
    let (kiosk, second) = (aged(DRAWN, DeviceRole::Kiosk), aged(DRAWN + 1, DeviceRole::Desk));
    let renewed = |device: &Device| {
        // The first request makes it known.
        let _known = device.ask(&site.address(), &device.request(&[])).unwrap();
        let response = device.ask(&site.address(), &device.request(&[])).unwrap();
        response.certificates.into_iter().find(|certificate| certificate.bearer.device == device.me.device)
    };
    let new = renewed(&kiosk).unwrap();
    assert!(site.county().issuer(new.issuer).is_some() && new.bearer.key == kiosk.certificate.bearer.key);
    assert_eq!(renewed(&second), None);
    assert_eq!(site.listed(DRAWN).unwrap()["by_county"], true);
}

fn a_desk_that_joins_keeps_its_number_and_its_series(site: &impl Host) {
    let hall = site.add_hall();
    let (key, code) = (new_key(), site.code(hall, DeviceRole::Desk));
    let apply = |key: &SigningKey, code: &str, device| apply_as(&site.address(), code, key, device);
    for number in [0, 1_000, (1 << 31) - 1] {
        assert_eq!(error(&apply(&key, &code, Some(number))), (400, "malformed".to_owned()), "{number}");
    }
    let (told, certificate) = enrolled(&apply(&key, &code, Some(DRAWN)));
    assert_eq!((told.device, certificate.bearer.device), (DRAWN, DRAWN));
    let again = enrolled(&apply(&key, &code, Some(DRAWN)));
    assert_eq!(again.1, certificate);
    let mut desk = Device::new(site, key, certificate);
    desk.write(100);
    desk.sync(&site.address());
    assert_eq!(site.listed(DRAWN).unwrap()["ops"], 100);
    // Held by another key: here, and in a hall where nobody could know.
    let code = site.code(hall, DeviceRole::Desk);
    assert_eq!(error(&apply(&new_key(), &code, Some(DRAWN))), (409, "number".to_owned()));
    let elsewhere = site.code(site.add_hall(), DeviceRole::Desk);
    assert_eq!(error(&apply(&new_key(), &elsewhere, Some(DRAWN))), (409, "number".to_owned()));
    // The code is not used up by that; and whoever brings no number gets one of the county's.
    let (told, _) = enrolled(&apply(&new_key(), &code, None));
    assert!((1_000..1 << 31).contains(&told.device));
    let (told, _) = enrolled(&apply(&new_key(), &elsewhere, Some(u32::MAX)));
    assert_eq!(told.device, u32::MAX);
    let (told, _) = enrolled(&apply(&new_key(), &site.code(hall, DeviceRole::Kiosk), None));
    assert!((1_000..1 << 31).contains(&told.device), "the county goes on with its own numbers");
    // A desk that joined vouches as any other does.
    let kiosk = vouched(site, &desk, DRAWN + 1, DeviceRole::Kiosk);
    assert_eq!(ask(site, &kiosk), None);
}

fn one_number_in_two_halls_is_two_devices(site: &impl Host) {
    let (here, there) = (with_desk(site), with_desk(site));
    let mine = vouched(site, &here, DRAWN, DeviceRole::Kiosk);
    let theirs = vouched(site, &there, DRAWN, DeviceRole::Kiosk);
    assert_eq!((ask(site, &mine), ask(site, &theirs)), (None, None));
    assert!(!site.output(&["revoke", &DRAWN.to_string()]).status.success(), "which of the two?");
    site.run(&["revoke", &DRAWN.to_string(), "--hall", &there.hall.to_string()]);
    assert_eq!((ask(site, &mine), ask(site, &theirs)), (None, Some(Refused::Revoked)));
}

fn a_stranger_costs_no_lock_and_learns_nothing(site: &impl Host) {
    let desk = with_desk(site);
    let (key, claimed) = (new_key(), vouch(&desk, DRAWN, DeviceRole::Kiosk, &new_key(), 0));
    let mut forged = claimed.clone();
    forged.bearer.key = key.verifying_key().to_bytes();
    let mut stranger = Device::new(site, key, forged);
    assert_eq!(ask(site, &stranger), Some(Refused::Certificate));
    stranger.certificate = claimed;
    assert_eq!(ask(site, &stranger), Some(Refused::Certificate), "signed by another key");
    assert!(site.listed(DRAWN).is_none());
    let ops = stranger.write(2);
    let relayed = desk.relaying(&stranger, &ops);
    let refused = desk.ask(&site.address(), &relayed).unwrap().refused;
    assert!(matches!(refused[..], [(_, Verdict::Unsealed)]), "{refused:?}");
}

on_both!(
    a_device_exchanges_before_and_after_its_desks_word,
    a_desk_passes_on_the_series_of_a_device_that_it_vouched_for,
    what_a_desk_may_not_vouch_for_is_not_believed,
    a_revoked_desk_vouches_for_nobody_new,
    a_desk_revokes_devices_of_its_hall_and_no_desk,
    what_was_said_before_the_enrolment_came_counts,
    an_enrolment_about_another_device_changes_nothing,
    the_county_renews_what_desks_vouched_for_but_no_desk,
    a_desk_that_joins_keeps_its_number_and_its_series,
    one_number_in_two_halls_is_two_devices,
    a_stranger_costs_no_lock_and_learns_nothing,
);
