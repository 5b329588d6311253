//! Every bad input gets its typed answer, writes nothing, and does not keep the device from going on.

use ed25519_dalek::Signer as _;
use hall_core::fact::Holder;
use hall_core::vocab::DeviceRole;
use hall_core::{Instant, OpId};
use hall_log::Certificate;
use hall_sync::run::pack;
use hall_sync::wire::{self, MESSAGE_MAX, Refused, Request, Signed, Verdict};

use crate::support::device::{Device, new_key, post, wall};
use crate::support::site::{Host as _, Site};

const DAY_MS: i64 = 86_400_000;

fn site() -> Site {
    Site::open(env!("CARGO_BIN_EXE_county-server"))
}

/// A kiosk with five ops of which none is at the county, and its county.
fn kiosk() -> (Site, Device, Vec<hall_log::Op>) {
    let site = site();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let ops = kiosk.write(5);
    (site, kiosk, ops)
}

/// Nothing of the refused request is there, and an honest one is taken right after it.
fn still_works(site: &Site, kiosk: &Device, ops: &[hall_log::Op]) {
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0"), "0");
    let response = kiosk.ask(&site.address(), &kiosk.request(ops)).unwrap();
    assert_eq!(response.acks.iter().find(|have| have.series == kiosk.me).unwrap().seq, 5);
}

fn refused(site: &Site, status: u16, message: &[u8]) -> Refused {
    let (answered, answer) = post(&site.address(), message);
    assert_eq!(answered, status);
    answer.unwrap_err()
}

#[test]
fn certificates_that_do_not_count_are_refused() {
    let (site, kiosk, ops) = kiosk();
    let county = site.county();
    let (now, public) = (wall(), kiosk.key.verifying_key());
    let certify = |hall, device, role, at: Instant| county.certify(hall, device, role, &public, at);
    let device = kiosk.me.device;
    let forged = {
        let mut certificate = kiosk.certificate.clone();
        certificate.bearer.hall += 1;
        certificate
    };
    let stranger = county_server::County::new(new_key(), 1);
    let of_another_county = stranger.certify(kiosk.hall, device, DeviceRole::Kiosk, &public, now);
    let cases: Vec<(&str, Certificate, u16, Refused)> = vec![
        ("altered", forged, 401, Refused::Certificate),
        ("another issuer", of_another_county, 401, Refused::Certificate),
        (
            "expired",
            certify(kiosk.hall, device, DeviceRole::Kiosk, now.plus_ms(-91 * DAY_MS)),
            401,
            Refused::Expired,
        ),
        (
            "another device's",
            certify(kiosk.hall, device + 1, DeviceRole::Kiosk, now),
            401,
            Refused::Signature,
        ),
        ("the county's own", certify(0, device, DeviceRole::County, now), 401, Refused::Certificate),
        (
            "from the future",
            certify(kiosk.hall, device, DeviceRole::Kiosk, now.plus_ms(DAY_MS)),
            503,
            Refused::Unavailable,
        ),
    ];
    for (what, certificate, status, expected) in cases {
        let request = Request { certificate, ..kiosk.request(&ops) };
        let message = wire::encode(&Signed::by(&request, &kiosk.key));
        assert_eq!(refused(&site, status, &message), expected, "{what}");
    }
    still_works(&site, &kiosk, &ops);
}

#[test]
fn signatures_that_do_not_fit_are_refused() {
    let (site, kiosk, ops) = kiosk();
    let request = kiosk.request(&ops);
    let by_another = Signed::by(&request, &new_key());
    assert_eq!(refused(&site, 401, &wire::encode(&by_another)), Refused::Signature);
    let mut altered = Signed::by(&request, &kiosk.key);
    altered.body = wire::encode(&Request { wait_ms: 1, ..request });
    let answer = refused(&site, 401, &wire::encode(&altered));
    assert_eq!(answer, Refused::Signature);
    still_works(&site, &kiosk, &ops);
}

#[test]
fn bodies_that_make_no_sense_are_refused() {
    let (site, kiosk, ops) = kiosk();
    let good = wire::encode(&Signed::by(&kiosk.request(&ops), &kiosk.key));
    assert_eq!(refused(&site, 400, b""), Refused::Malformed);
    assert_eq!(refused(&site, 400, b"<html>please log in</html>"), Refused::Malformed);
    assert_eq!(refused(&site, 400, &good[..good.len() / 2]), Refused::Malformed);
    assert_eq!(refused(&site, 413, &vec![0; MESSAGE_MAX + 1]), Refused::TooLarge);
    let next = Request { version: 2, ..kiosk.request(&ops) };
    assert_eq!(refused(&site, 400, &wire::encode(&Signed::by(&next, &kiosk.key))), Refused::Version);
    still_works(&site, &kiosk, &ops);
}

#[test]
fn lists_without_end_are_refused_before_they_are_worked_on() {
    let (site, kiosk, ops) = kiosk();
    let good = kiosk.request(&ops);
    let wants = (1..=65).map(|seq| OpId::new(1, 1, seq)).collect();
    let requests = [
        Request { have: vec![good.have[0]; 257], ..good.clone() },
        Request { seals: vec![good.seals[0]; 1_025], ..good.clone() },
        Request { certificates: vec![kiosk.certificate.clone(); 257], ..good.clone() },
        Request { push: vec![good.push[0].clone(); 257], ..good.clone() },
        Request { wants, ..good.clone() },
    ];
    for request in requests {
        let message = wire::encode(&Signed::by(&request, &kiosk.key));
        assert_eq!(refused(&site, 413, &message), Refused::TooLarge);
    }
    still_works(&site, &kiosk, &ops);
}

#[test]
fn another_halls_series_is_refused() {
    let (site, kiosk, ops) = kiosk();
    let elsewhere = site.add_hall();
    let mut stranger = Device::enrol(&site, elsewhere, DeviceRole::Kiosk);
    let theirs = stranger.write(3);
    let mut request = stranger.request(&theirs);
    (request.from, request.certificate) = (kiosk.me, kiosk.certificate.clone());
    // With no word of who wrote it, it is nobody's; with the word, it is another hall's.
    let response = kiosk.ask(&site.address(), &request).unwrap();
    assert_eq!(response.refused, [(theirs[0].envelope.id, Verdict::Foreign)]);
    request.certificates = vec![stranger.certificate.clone()];
    assert_eq!(kiosk.ask(&site.address(), &request), Err(Refused::OtherHall));
    still_works(&site, &kiosk, &ops);
}

#[test]
fn runs_that_cannot_be_taken_have_their_verdict_and_hold_up_no_other() {
    let (site, mut kiosk, ops) = kiosk();
    let ask = |kiosk: &Device, request: &Request| kiosk.ask(&site.address(), request).unwrap().refused;
    let first = ops[0].envelope.id;

    let gap = kiosk.request(&ops[2..]);
    assert_eq!(ask(&kiosk, &gap), [(ops[2].envelope.id, Verdict::Gap)]);

    let unsealed = Request { seals: Vec::new(), ..kiosk.request(&ops) };
    assert_eq!(ask(&kiosk, &unsealed), [(first, Verdict::Unsealed)]);

    let mut said_otherwise = ops.clone();
    said_otherwise[1].payload = Some(b"another payload".to_vec());
    said_otherwise[1].envelope.payload_digest = hall_log::payload_digest(b"another payload");
    let altered =
        Request { push: pack(&said_otherwise, |_| true).into_iter().collect(), ..kiosk.request(&ops) };
    let verdicts = ask(&kiosk, &altered);
    assert!(matches!(verdicts[..], [(_, Verdict::Fork | Verdict::Unsealed)]), "{verdicts:?}");

    let mut forged = kiosk.request(&ops);
    forged.seals[0].signature[7] ^= 1;
    assert_eq!(ask(&kiosk, &forged), [(first, Verdict::Unsealed)]);

    let mut garbage = kiosk.request(&ops);
    garbage.push[0].body = b"not zstd".to_vec();
    assert_eq!(ask(&kiosk, &garbage), [(first, Verdict::Malformed)]);

    // Four gigabytes, by its own word, of nothing.
    let mut bomb = kiosk.request(&ops);
    bomb.push[0].body = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0xff, 3, 0, 0];
    assert_eq!(ask(&kiosk, &bomb), [(first, Verdict::Malformed)]);

    let mut hub = Device::enrol(&site, kiosk.hall, DeviceRole::Desk);
    let good = hub.write(2);
    let mut both = hub.request(&good);
    both.push.insert(0, garbage.push[0].clone());
    both.certificates = vec![kiosk.certificate.clone()];
    let response = hub.ask(&site.address(), &both).unwrap();
    assert_eq!(response.refused, [(first, Verdict::Malformed)]);
    assert_eq!(response.acks.iter().find(|have| have.series == hub.me).unwrap().seq, 2);

    kiosk.sync(&site.address());
    assert_eq!(site.sql(&format!("SELECT count(*) FROM ops WHERE device = {}", kiosk.me.device)), "5");
}

#[test]
fn a_body_altered_anywhere_and_signed_again_never_breaks_the_server() {
    let (site, kiosk, ops) = kiosk();
    let good = wire::encode(&kiosk.request(&ops));
    let mut chance = 20_261_120_u64;
    let mut below = |bound: usize| {
        // splitmix64: the same bodies each time.
        chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    };
    // Fewer than a device may send at once.
    for _ in 0..190 {
        let mut body = good.clone();
        for _ in 0..=below(3) {
            let at = below(body.len());
            match below(3) {
                0 => body[at] ^= 1 << below(8),
                1 => body.truncate(at.max(1)),
                _ => body.insert(at, below(256) as u8),
            }
        }
        let (status, _) = post(&site.address(), &wire::encode(&sign(&kiosk, body.clone())));
        assert!(status < 500 && status != 429, "{status} for {body:02x?}");
    }
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0 AND payload NOT LIKE 'act %'::bytea"), "0");
}

/// The device's good signature over any bytes.
fn sign(device: &Device, body: Vec<u8>) -> Signed {
    let message = [b"linggong exchange 1", &body[..]].concat();
    Signed { signature: device.key.sign(&message).to_bytes(), body }
}

#[test]
fn numbers_at_the_end_of_their_range_break_nothing() {
    let (site, kiosk, ops) = kiosk();
    let edge = Holder { device: u32::MAX, epoch: u16::MAX };
    for series in [edge, kiosk.me] {
        let mut request = kiosk.request(&ops);
        request.push[0].series = series;
        request.push[0].first = u64::MAX;
        request.have[0].series = series;
        request.have[0].seq = u64::MAX;
        request.seals[0].series = series;
        request.seals[0].seq = u64::MAX;
        request.wants = vec![OpId::new(series.device, series.epoch, u64::MAX), OpId::new(0, 0, 0)];
        request.limits = wire::Limits { ops: 0, bytes: 0 };
        let response = kiosk.ask(&site.address(), &request).unwrap();
        assert_eq!(response.refused.len(), 1);
    }
    still_works(&site, &kiosk, &ops);
}

#[test]
fn a_revoked_device_is_refused_and_the_hall_hears_of_it() {
    let (site, kiosk, ops) = kiosk();
    let mut desk = Device::enrol(&site, kiosk.hall, DeviceRole::Desk);
    desk.sync(&site.address());
    let before = desk.has(site.county().me());
    kiosk.ask(&site.address(), &kiosk.request(&ops[..2])).unwrap();
    site.run(&["revoke", &kiosk.me.device.to_string(), "--reason", "stolen"]);
    let message = wire::encode(&Signed::by(&kiosk.request(&ops), &kiosk.key));
    assert_eq!(refused(&site, 403, &message), Refused::Revoked);
    desk.sync(&site.address());
    assert_eq!(desk.has(site.county().me()), before + 1);
    assert_eq!(desk.has(kiosk.me), 2, "what it wrote before stays");
    site.run(&["revoke", &kiosk.me.device.to_string()]);
    desk.sync(&site.address());
    assert_eq!(desk.has(site.county().me()), before + 1, "once is enough");
    assert!(!site.output(&["revoke", "77"]).status.success());
}

#[test]
fn a_device_that_asks_without_end_is_slowed_and_no_other_is() {
    let (site, kiosk, ops) = kiosk();
    let other = Device::enrol(&site, kiosk.hall, DeviceRole::Wall);
    let request = kiosk.request(&[]);
    let busy = (0..2_000).find(|_| kiosk.ask(&site.address(), &request) == Err(Refused::Busy));
    assert!(busy.is_some(), "2 000 requests in a row were all answered");
    assert!(other.ask(&site.address(), &other.request(&[])).is_ok());
    let taken = (0..600).find_map(|_| {
        std::thread::yield_now();
        kiosk.ask(&site.address(), &kiosk.request(&ops)).ok()
    });
    assert_eq!(taken.unwrap().acks.iter().find(|have| have.series == kiosk.me).unwrap().seq, 5);
}
