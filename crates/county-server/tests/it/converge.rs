//! What one device writes reaches the others through the county, once, in order, whatever happens between.

use hall_core::fact::{DeviceRevoked, EpochEnded, Fact, Holder, WorkerErased};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, OpId};
use hall_log::{Ledger as _, Subject};
use hall_sync::wire::{self, Answer, MESSAGE_MAX, Refused, Request, Verdict};

use crate::support::device::{Copied, Device, copied, opened, told, wall};
use crate::support::site::{Host as _, Site};

fn site() -> Site {
    Site::open(env!("CARGO_BIN_EXE_county-server"))
}

#[test]
fn two_devices_of_a_hall_converge_through_the_county() {
    let site = site();
    let (hall, mut kiosk, mut desk) = opened(&site);
    kiosk.write(700);
    desk.write(30);
    kiosk.sync(&site.address());
    desk.sync(&site.address());
    kiosk.sync(&site.address());
    for series in [kiosk.me, desk.me, site.county().me()] {
        assert_eq!(told(&kiosk, series), told(&desk, series));
        assert!(!told(&kiosk, series).is_empty());
    }
    assert_eq!((desk.has(kiosk.me), kiosk.has(desk.me)), (700, 30));
    assert_eq!(
        site.sql(&format!(
            "SELECT cursor, count(*) FROM halls JOIN ops USING (hall) WHERE hall = {hall} GROUP BY 1"
        )),
        "730|730"
    );
}

#[test]
fn a_hall_that_pushes_more_than_a_page_is_pulled_whole() {
    let site = site();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let mut wall = Device::enrol(&site, hall, DeviceRole::Wall);
    kiosk.write(9_000);
    kiosk.sync(&site.address());
    let pages = wall.sync(&site.address()).iter().filter(|answer| !answer.pull.is_empty()).count();
    assert_eq!(wall.has(kiosk.me), 9_000);
    assert!(pages > 1, "2 000 ops fit into one page");
    assert_eq!(told(&wall, kiosk.me), told(&kiosk, kiosk.me));
}

#[test]
fn another_hall_sees_nothing_of_it() {
    let site = site();
    let (here, there) = (site.add_hall(), site.add_hall());
    let mut kiosk = Device::enrol(&site, here, DeviceRole::Kiosk);
    let mut stranger = Device::enrol(&site, there, DeviceRole::Desk);
    let ops = kiosk.write(5);
    kiosk.sync(&site.address());
    stranger.sync(&site.address());
    assert_eq!(stranger.has(kiosk.me), 0);
    let mut request = stranger.request(&[]);
    request.wants = ops.iter().map(|op| op.envelope.id).collect();
    let response = stranger.ask(&site.address(), &request).unwrap();
    assert!(response.payloads.is_empty());
    assert!(response.acks.iter().all(|have| have.series != kiosk.me));
}

#[test]
fn a_payload_that_is_missed_comes_for_the_asking() {
    let site = site();
    let (_, mut kiosk, desk) = opened(&site);
    let ops = kiosk.write(3);
    kiosk.sync(&site.address());
    let mut request = desk.request(&[]);
    request.wants = vec![ops[1].envelope.id, OpId::new(kiosk.me.device, 1, 99)];
    let payloads = desk.ask(&site.address(), &request).unwrap().payloads;
    assert_eq!(payloads.len(), 1);
    assert_eq!(Some(&payloads[0].bytes), ops[1].payload.as_ref());
}

#[test]
fn payloads_as_large_as_can_be_never_make_an_answer_too_large() {
    let site = site();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let mut wall = Device::enrol(&site, hall, DeviceRole::Wall);
    for _ in 0..5 {
        let ops = kiosk.write_noise(60, 7_168);
        assert_eq!(kiosk.ask(&site.address(), &kiosk.request(&ops)).unwrap().refused, []);
    }
    let ops = kiosk.write_noise(1, 100_000);
    kiosk.ask(&site.address(), &kiosk.request(&ops)).unwrap();
    let wants: Vec<OpId> = (1..=64).map(|seq| OpId::new(kiosk.me.device, 1, seq)).collect();
    let response = wall.ask(&site.address(), &Request { wants, ..wall.request(&[]) }).unwrap();
    assert!(!response.payloads.is_empty() && !response.pull.is_empty());
    assert!(wire::encode(&Answer::Ok(response)).len() <= MESSAGE_MAX);
    wall.sync(&site.address());
    assert_eq!(wall.has(kiosk.me), 301);
    let pulled = wall.ledger.ops_after(kiosk.me, 0, usize::MAX).unwrap();
    let lengths: Vec<Option<usize>> = pulled.iter().map(|op| op.payload.as_ref().map(Vec::len)).collect();
    assert_eq!((lengths[0], lengths[299], lengths[300]), (Some(7_168), Some(7_168), None));
}

#[test]
fn what_is_pushed_again_changes_nothing() {
    let site = site();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let ops = kiosk.write(40);
    let rows = || {
        site.sql("SELECT count(*), max(cur), (SELECT count(*) FROM seals), (SELECT count(*) FROM evidence) FROM ops WHERE hall > 0")
    };
    // All of it, all again, a part from the middle, and an overlap with something new.
    for (from, to, expected) in [(0, 20, 20), (0, 20, 20), (5, 15, 20), (10, 40, 40), (0, 40, 40)] {
        let response = kiosk.ask(&site.address(), &kiosk.request(&ops[from..to])).unwrap();
        assert_eq!(response.refused, []);
        let ack = response.acks.iter().find(|have| have.series == kiosk.me).unwrap();
        assert_eq!(ack.seq, expected);
        assert!(rows().starts_with(&format!("{expected}|{expected}|")), "{}", rows());
    }
    assert!(rows().ends_with("|0"));
}

#[test]
fn the_cursor_has_no_gap_under_eight_pushers_and_two_processes() {
    let site = site();
    let other = site.serve();
    let hall = site.add_hall();
    let devices: Vec<Device> = (0..8).map(|_| Device::enrol(&site, hall, DeviceRole::Kiosk)).collect();
    let addresses = [site.address(), other.address.clone()];
    std::thread::scope(|scope| {
        for (n, mut device) in devices.into_iter().enumerate() {
            let address = &addresses[n % 2];
            scope.spawn(move || {
                for _ in 0..10 {
                    device.write(25);
                    device.sync(address);
                }
            });
        }
    });
    let counted = format!(
        "SELECT count(*), min(cur), max(cur), count(DISTINCT cur), (SELECT cursor FROM halls WHERE hall = {hall}) FROM ops WHERE hall = {hall}"
    );
    assert_eq!(site.sql(&counted), "2000|1|2000|2000|2000");
    let disorder = format!(
        "SELECT count(*) FROM (SELECT cur - lag(cur) OVER (PARTITION BY device ORDER BY seq) AS step FROM ops WHERE hall = {hall}) s WHERE step <= 0"
    );
    assert_eq!(site.sql(&disorder), "0", "within a series the cursor follows the numbers");
}

#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let mut site = site();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    for round in 1..=3 {
        kiosk.write(100);
        kiosk.sync(&site.address());
        site.restart();
        assert_eq!(
            site.sql(&format!("SELECT count(*) FROM ops WHERE hall = {hall}")),
            (round * 100).to_string()
        );
    }
    let mut desk = Device::enrol(&site, hall, DeviceRole::Desk);
    desk.sync(&site.address());
    assert_eq!(told(&desk, kiosk.me), told(&kiosk, kiosk.me));
}

#[test]
fn a_hub_relays_what_others_wrote() {
    let site = site();
    let (_, mut kiosk, hub) = opened(&site);
    let ops = kiosk.write(10);
    // The hub's own envelope around the kiosk's run, seal and certificate.
    let mut request = kiosk.request(&ops);
    request.certificates = vec![kiosk.certificate.clone()];
    (request.from, request.certificate, request.have) = (hub.me, hub.certificate.clone(), Vec::new());
    let response = hub.ask(&site.address(), &request).unwrap();
    assert_eq!(response.refused, []);
    assert_eq!(site.sql(&format!("SELECT count(*) FROM ops WHERE device = {}", kiosk.me.device)), "10");
}

#[test]
fn a_copied_device_is_fenced_and_its_ops_are_kept_aside() {
    let site = site();
    let Copied { hall, mut original, mut copy, forked } = copied(&site);
    let aside = format!(
        "SELECT count(*) FROM evidence WHERE device = {} AND payload LIKE 'copy%'::bytea",
        copy.me.device
    );
    let kept: u32 = site.sql(&aside).parse().unwrap();
    copy.ask(&site.address(), &copy.request(&forked)).unwrap();
    assert_eq!((kept, site.sql(&aside)), (8, "8".to_owned()), "kept once");
    copy.sync(&site.address());
    assert!(copy.fenced && !original.fenced);
    original.write(1);
    original.sync(&site.address());
    assert_eq!(
        site.sql(&format!("SELECT count(*) FROM ops WHERE hall = {hall} AND payload LIKE 'copy%'::bytea")),
        "0"
    );
}

/// The op that enrolled `device`, as everybody pulls it.
fn entity(observer: &Device, site: &Site, device: u32) -> EntityId {
    let ops = observer.ledger.ops_after(site.county().me(), 0, usize::MAX).unwrap();
    let is_it =
        |op: &&hall_log::Op| matches!(op.fact(), Fact::DeviceEnrolled(enrolled) if enrolled.device == device);
    ops.iter().find(is_it).unwrap().envelope.entity
}

#[test]
fn an_epoch_that_a_desk_ended_opens_no_exchange_and_what_turns_up_of_it_is_taken() {
    let site = site();
    let (_, mut kiosk, mut desk) = opened(&site);
    let ops = kiosk.write(10);
    kiosk.ask(&site.address(), &kiosk.request(&ops[..4])).unwrap();
    desk.sync(&site.address());
    let lost = entity(&desk, &site, kiosk.me.device);
    for last_seq in [4, 3] {
        let ended = Fact::EpochEnded(EpochEnded { epoch: 1, last_seq, reason: "disk lost".to_owned() });
        desk.state(Subject::Entity(lost), &ended);
    }
    desk.sync(&site.address());
    assert_eq!(kiosk.ask(&site.address(), &kiosk.request(&ops[4..])), Err(Refused::EpochEnded));
    let ended = format!("SELECT ended FROM series WHERE device = {}", kiosk.me.device);
    assert_eq!(site.sql(&ended), "4", "the one that knew more counts");
    // A stick that turns up brings the rest through the desk.
    let mut request = kiosk.request(&ops[4..]);
    (request.from, request.certificate, request.have) = (desk.me, desk.certificate.clone(), Vec::new());
    assert_eq!(desk.ask(&site.address(), &request).unwrap().refused, []);
    assert_eq!(site.sql(&format!("SELECT max(seq) FROM ops WHERE device = {}", kiosk.me.device)), "10");
    assert_eq!(site.sql("SELECT count(*) FROM evidence"), "0");
}

#[test]
fn what_a_desk_erases_is_erased_and_is_not_taken_again() {
    let site = site();
    let (hall, mut kiosk, mut desk) = opened(&site);
    let mut wall = Device::enrol(&site, hall, DeviceRole::Wall);
    let mut copy = Device::new(&site, kiosk.key.clone(), kiosk.certificate.clone());
    let registered = kiosk.register_worker("Zhang San")[0].envelope.entity;
    kiosk.register_worker("Li Si");
    kiosk.sync(&site.address());
    // A copy of the kiosk said something else about him, which is kept as evidence.
    let forked = copy.register_worker("Zhang San too");
    copy.ask(&site.address(), &copy.request(&forked)).unwrap();
    let named = |name: &str| {
        let like = format!("payload LIKE '%{name}%'::bytea");
        site.sql(&format!(
            "SELECT (SELECT count(*) FROM ops WHERE {like}), (SELECT count(*) FROM evidence WHERE {like})"
        ))
    };
    assert_eq!(named("Zhang San"), "1|1");
    let erased = Fact::WorkerErased(WorkerErased { worker: registered, reason: "asked for".to_owned() });
    let word = wall.state(Subject::New, &erased);
    let refused = wall.ask(&site.address(), &wall.request(&word)).unwrap().refused;
    assert_eq!(refused, [(word[0].envelope.id, Verdict::Forbidden)]);
    assert_eq!(named("Zhang San"), "1|1", "a machine in a public room erases nobody");
    desk.state(Subject::New, &erased);
    desk.sync(&site.address());
    assert_eq!((named("Zhang San"), named("Li Si")), ("0|0".to_owned(), "1|0".to_owned()));
    // Written before the word of it had come.
    kiosk.change_worker(registered, "Zhang San again");
    kiosk.sync(&site.address());
    assert_eq!(named("Zhang San"), "0|0");
    assert_eq!(site.sql(&format!("SELECT count(*) FROM ops WHERE device = {}", kiosk.me.device)), "3");
}

#[test]
fn a_kiosk_cannot_end_or_revoke_anybody() {
    let site = site();
    let (_, mut kiosk, mut desk) = opened(&site);
    desk.write(1);
    kiosk.sync(&site.address());
    let target = entity(&kiosk, &site, desk.me.device);
    let revoked =
        kiosk.state(Subject::Entity(target), &Fact::DeviceRevoked(DeviceRevoked { reason: String::new() }));
    let ended = Fact::EpochEnded(EpochEnded { epoch: 1, last_seq: 0, reason: String::new() });
    let ended = kiosk.state(Subject::Entity(target), &ended);
    let refused = kiosk.ask(&site.address(), &kiosk.request(&[revoked, ended].concat())).unwrap().refused;
    assert_eq!(refused.iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>(), [Verdict::Forbidden]);
    desk.sync(&site.address());
    assert_eq!(site.sql(&format!("SELECT count(*) FROM ops WHERE device = {}", desk.me.device)), "1");
}

#[test]
fn a_desk_cannot_revoke_a_device_of_another_hall() {
    let site = site();
    let (here, there) = (site.add_hall(), site.add_hall());
    let mut desk = Device::enrol(&site, here, DeviceRole::Desk);
    let mine = Device::enrol(&site, here, DeviceRole::Kiosk);
    let theirs = Device::enrol(&site, there, DeviceRole::Kiosk);
    desk.sync(&site.address());
    for device in [&mine, &theirs] {
        let target = entity(&desk, &site, device.me.device);
        desk.state(Subject::Entity(target), &Fact::DeviceRevoked(DeviceRevoked { reason: String::new() }));
    }
    desk.sync(&site.address());
    assert_eq!(mine.ask(&site.address(), &mine.request(&[])), Err(Refused::Revoked));
    assert!(theirs.ask(&site.address(), &theirs.request(&[])).is_ok());
}

#[test]
fn a_certificate_is_renewed_in_its_last_month_and_no_sooner() {
    let site = site();
    let hall = site.add_hall();
    let kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let renewed = |device: &Device| {
        let response = device.ask(&site.address(), &device.request(&[])).unwrap();
        response.certificates.into_iter().find(|certificate| certificate.bearer.device == device.me.device)
    };
    assert_eq!(renewed(&kiosk), None);
    // As if it had been issued 70 days ago.
    let then = wall().plus_ms(-70 * 86_400_000);
    let old =
        site.county().certify(hall, kiosk.me.device, DeviceRole::Kiosk, &kiosk.key.verifying_key(), then);
    let bytes = format!("{:02x?}", old.encode()).replace(['[', ',', ' ', ']'], "");
    site.sql(&format!("UPDATE devices SET certificate = '\\x{bytes}' WHERE device = {}", kiosk.me.device));
    let aged = Device::new(&site, kiosk.key.clone(), old.clone());
    let new = renewed(&aged).unwrap();
    assert!(new.bearer.expires > old.bearer.expires && new.bearer.key == old.bearer.key);
    assert_eq!(renewed(&aged), Some(new.clone()), "the first answer may have been lost");
    assert_eq!(renewed(&Device::new(&site, kiosk.key.clone(), new)), None);
}

#[test]
fn an_answer_is_never_held_back_and_says_when_to_come_again() {
    let site = site();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    kiosk.sync(&site.address());
    let mut request = kiosk.at_rest();
    request.wait_ms = 25_000;
    let begun = std::time::Instant::now();
    let before = wall();
    let response = kiosk.ask(&site.address(), &request).unwrap();
    assert!(begun.elapsed().as_secs() < 10);
    assert!(response.retry_after_ms > 0 && response.pull.is_empty());
    assert!((before..=before.plus_ms(20_000)).contains(&response.now), "{:?}", response.now);
    let ops = kiosk.write(1);
    assert_eq!(kiosk.ask(&site.address(), &kiosk.request(&ops)).unwrap().retry_after_ms, 0);
}

#[test]
fn a_restored_county_begins_a_new_epoch_and_gets_back_what_it_lost() {
    let mut site = site();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    kiosk.sync(&site.address());
    let backup = site.postgres.dump(&site.database);
    // After the backup: another device, another hall, and ops of all.
    let mut desk = Device::enrol(&site, hall, DeviceRole::Desk);
    let new_hall = site.add_hall();
    let mut stranger = Device::enrol(&site, new_hall, DeviceRole::Kiosk);
    kiosk.write(20);
    desk.write(30);
    stranger.write(40);
    for device in [&mut kiosk, &mut desk, &mut stranger] {
        device.sync(&site.address());
    }
    kiosk.sync(&site.address());
    site.restore(&backup);
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0"), "0");
    site.run(&["restored"]);
    site.restart();
    assert!(site.add_hall() > new_hall, "numbers given since the backup are not given again");
    let mut wall = Device::enrol(&site, hall, DeviceRole::Wall);
    assert!(wall.me.device > stranger.me.device);
    // What a device knows of the county is of before; the first answer tells it.
    for device in [&mut kiosk, &mut desk, &mut stranger, &mut wall] {
        device.sync(&site.address());
    }
    wall.sync(&site.address());
    assert_eq!((wall.has(kiosk.me), wall.has(desk.me), wall.has(stranger.me)), (20, 30, 0));
    assert_eq!(site.sql(&format!("SELECT count(*) FROM ops WHERE hall = {new_hall}")), "40");
    let old = site.county().me();
    for (series, author) in [(old, &kiosk), (kiosk.me, &kiosk), (desk.me, &desk)] {
        assert_eq!(told(&wall, series), told(author, series), "what was lost came back from the hall");
    }
    assert_eq!(wall.has(Holder { epoch: 2, ..old }), 1);
    let unnamed = site.sql("SELECT count(*) FROM devices WHERE name = '' OR entity IS NULL");
    assert_eq!(unnamed, "0", "devices enrolled since the backup are whole again");
    assert!(!kiosk.fenced && !desk.fenced);
}
