//! The program without a database: what it keeps in its folder, what an operator does while it serves, what becomes
//! of it when it is killed, copied and put back. What is the same over either archive is tried in `payloads` and
//! `vouched`.

use hall_core::fact::{DeviceRevoked, Fact, Holder, WorkerErased};
use hall_core::vocab::DeviceRole;
use hall_log::{Ledger as _, Subject};
use hall_sync::wire::{Refused, Request, Verdict};

use crate::support::device::{Copied, Device, apply, copied, enrolled, error, new_key, opened, post, told};
use crate::support::folder::Folder;
use crate::support::http::Line;
use crate::support::site::Host as _;

fn folder() -> Folder {
    Folder::open(env!("CARGO_BIN_EXE_county-server"))
}

#[test]
fn it_serves_with_nothing_prepared_and_keeps_all_when_killed() {
    let mut site = folder();
    let (_, mut kiosk, mut desk) = opened(&site);
    kiosk.write(2_500);
    desk.write(30);
    kiosk.sync(&site.address());
    site.kill();
    site.start();
    desk.sync(&site.address());
    kiosk.sync(&site.address());
    for series in [kiosk.me, desk.me, site.county().me()] {
        assert_eq!(told(&kiosk, series), told(&desk, series));
        assert!(!told(&kiosk, series).is_empty());
    }
    assert_eq!((desk.has(kiosk.me), kiosk.has(desk.me)), (2_500, 30));
    let listed = site.listed(kiosk.me.device).unwrap();
    assert_eq!((&listed["ops"], &listed["name"]), (&2_500.into(), &"自助机 2".into()));
    let mut line = Line::open(&site.address());
    assert_eq!(line.ask("GET", "/healthz", b"").status, 200);
    assert!(
        String::from_utf8(line.ask("GET", "/metrics", b"").body)
            .unwrap()
            .contains("county_ops_taken_total 30\n")
    );
    assert_eq!(line.ask("GET", "/openapi.json", b"").status, 200);
    assert!(site.terminate());
}

#[test]
fn a_code_enrols_one_key_once_also_across_a_kill() {
    let mut site = folder();
    let hall = site.add_hall();
    let code = site.code(hall, DeviceRole::Kiosk);
    let key = new_key();
    let first = enrolled(&apply(&site.address(), &code, &key));
    site.kill();
    site.start();
    let again = enrolled(&apply(&site.address(), &code, &key));
    assert_eq!((first.0.device, first.1), (again.0.device, again.1));
    assert_eq!(error(&apply(&site.address(), &code, &new_key())), (403, "code".to_owned()));
    assert_eq!(error(&apply(&site.address(), "0000-0000-0000", &new_key())), (403, "code".to_owned()));
    let kept = std::fs::read_to_string(site.path().join("book.json")).unwrap();
    assert!(!kept.contains(&code.replace('-', "")) && kept.contains("城东零工市场"));
    // The same key is the same device, in its hall and in no other.
    let renamed = enrolled(&apply(&site.address(), &site.code(hall, DeviceRole::Desk), &key));
    assert_eq!((renamed.0.device, renamed.0.role), (first.0.device, DeviceRole::Desk));
    let back = site.code(hall, DeviceRole::Kiosk);
    assert_eq!(error(&apply(&site.address(), &back, &key)), (409, "role".to_owned()), "it wrote as a desk");
    let elsewhere = site.code(site.add_hall(), DeviceRole::Kiosk);
    assert_eq!(error(&apply(&site.address(), &elsewhere, &key)), (409, "other_hall".to_owned()));
    let other = enrolled(&apply(&site.address(), &elsewhere, &new_key()));
    assert_eq!(other.0.device, first.0.device + 1);
}

#[test]
fn one_code_in_many_hands_at_once_enrols_one() {
    let site = folder();
    let code = site.code(site.add_hall(), DeviceRole::Desk);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let hands: Vec<_> =
            (0..8).map(|_| scope.spawn(|| apply(&site.address(), &code, &new_key()).status)).collect();
        hands.into_iter().map(|hand| hand.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

#[test]
fn orders_are_carried_out_while_it_serves_and_while_it_does_not() {
    let mut site = folder();
    let (hall, kiosk, mut desk) = opened(&site);
    desk.sync(&site.address());
    let before = desk.has(site.county().me());
    site.run(&["revoke", &kiosk.me.device.to_string(), "--reason", "stolen"]);
    assert_eq!(kiosk.ask(&site.address(), &kiosk.request(&[])), Err(Refused::Revoked));
    desk.sync(&site.address());
    assert_eq!(desk.has(site.county().me()), before + 1, "the hall hears of it");
    for arguments in [
        &["code", "4000", "kiosk", "x"][..],
        &["code", "0", "desk", "x"],
        &["hall", "add", ""],
        &["revoke", "77"],
    ] {
        let output = site.output(arguments);
        assert!(!output.status.success() && !output.stderr.is_empty(), "{arguments:?}");
    }
    assert!(
        !site.output(&["serve", "--listen", "127.0.0.1:0"]).status.success(),
        "one process holds the folder"
    );
    assert!(site.terminate());
    let code = site.code(hall, DeviceRole::Wall);
    site.run(&["revoke", &desk.me.device.to_string()]);
    site.start();
    assert_eq!(desk.ask(&site.address(), &desk.request(&[])), Err(Refused::Revoked));
    assert_eq!(kiosk.ask(&site.address(), &kiosk.request(&[])), Err(Refused::Revoked), "for good");
    enrolled(&apply(&site.address(), &code, &new_key()));
}

#[test]
fn another_hall_sees_nothing_and_has_no_say() {
    let site = folder();
    let (here, there) = (site.add_hall(), site.add_hall());
    let mut kiosk = Device::enrol(&site, here, DeviceRole::Kiosk);
    let mut stranger = Device::enrol(&site, there, DeviceRole::Desk);
    let registered = kiosk.register_worker("Zhang San");
    kiosk.sync(&site.address());
    stranger.sync(&site.address());
    assert_eq!(stranger.has(kiosk.me), 0);
    let wants: Vec<_> = registered.iter().map(|op| op.envelope.id).collect();
    let request = Request { wants: wants.clone(), ..stranger.request(&[]) };
    let response = stranger.ask(&site.address(), &request).unwrap();
    assert!(response.payloads.is_empty() && response.acks.iter().all(|have| have.series != kiosk.me));
    // Its desk erases nobody of this hall, and ends nobody.
    let worker = registered[0].envelope.entity;
    let erased = Fact::WorkerErased(WorkerErased { worker, reason: String::new() });
    let word = stranger.state(Subject::New, &erased);
    assert_eq!(stranger.ask(&site.address(), &stranger.request(&word)).unwrap().refused, []);
    let mut request = stranger.request(&[]);
    request.push = kiosk.request(&registered).push;
    let refused = stranger.ask(&site.address(), &request).unwrap().refused;
    assert_eq!(refused, [(registered[0].envelope.id, Verdict::Foreign)]);
    let desk = Device::enrol(&site, here, DeviceRole::Desk);
    let request = Request { wants, ..desk.request(&[]) };
    assert_eq!(desk.ask(&site.address(), &request).unwrap().payloads.len(), 1);
}

#[test]
fn a_desk_erases_and_a_kiosk_does_not() {
    let mut site = folder();
    let (hall, mut kiosk, mut desk) = opened(&site);
    let registered = kiosk.register_worker("Zhang San");
    let id = registered[0].envelope.id;
    let erased = Fact::WorkerErased(WorkerErased { worker: id, reason: "asked for".to_owned() });
    kiosk.sync(&site.address());
    let is_there = |site: &Folder, desk: &Device| {
        let request = Request { wants: vec![id], ..desk.request(&[]) };
        !desk.ask(&site.address(), &request).unwrap().payloads.is_empty()
    };
    let mut wall = Device::enrol(&site, hall, DeviceRole::Wall);
    let word = wall.state(Subject::New, &erased);
    let refused = wall.ask(&site.address(), &wall.request(&word)).unwrap().refused;
    assert_eq!(refused, [(word[0].envelope.id, Verdict::Forbidden)]);
    assert!(is_there(&site, &desk), "a machine in a public room erases nobody");
    desk.state(Subject::New, &erased);
    desk.sync(&site.address());
    assert!(!is_there(&site, &desk));
    kiosk.change_worker(id, "Zhang San again");
    kiosk.sync(&site.address());
    site.kill();
    site.start();
    assert!(!is_there(&site, &desk));
    assert_eq!(site.listed(kiosk.me.device).unwrap()["ops"], 2, "the log is whole all the same");
}

#[test]
fn a_copied_device_is_fenced_and_its_ops_are_kept_aside() {
    let site = folder();
    let Copied { original, mut copy, forked, .. } = copied(&site);
    let aside = || std::fs::read_dir(site.path().join("data/forks")).unwrap().count();
    assert_eq!(aside(), 8);
    copy.ask(&site.address(), &copy.request(&forked)).unwrap();
    assert_eq!(aside(), 8, "kept once");
    copy.sync(&site.address());
    assert!(copy.fenced && !original.fenced);
}

#[test]
fn a_kiosk_cannot_revoke_anybody() {
    let mut site = folder();
    let (_, mut kiosk, desk) = opened(&site);
    kiosk.sync(&site.address());
    let ops = kiosk.ledger.ops_after(site.county().me(), 0, usize::MAX).unwrap();
    for op in &ops {
        let word = Fact::DeviceRevoked(DeviceRevoked { reason: String::new() });
        kiosk.state(Subject::Entity(op.envelope.entity), &word);
    }
    kiosk.sync(&site.address());
    site.kill();
    site.start();
    assert!(desk.ask(&site.address(), &desk.request(&[])).is_ok());
}

#[test]
fn what_is_garbage_is_refused_and_nothing_else_suffers() {
    let site = folder();
    assert_eq!(post(&site.address(), b"<html>"), (400, Err(Refused::Malformed)));
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let ops = kiosk.write(5);
    assert_eq!(
        kiosk.ask(&site.address(), &kiosk.request(&ops[2..])).unwrap().refused,
        [(ops[2].envelope.id, Verdict::Gap)]
    );
    let mut cut = kiosk.request(&ops);
    cut.seals.clear();
    assert_eq!(kiosk.ask(&site.address(), &cut).unwrap().refused, [(ops[0].envelope.id, Verdict::Unsealed)]);
    kiosk.sync(&site.address());
    assert_eq!(site.listed(kiosk.me.device).unwrap()["ops"], 5);
}

#[test]
fn a_full_disk_takes_nothing_more_and_loses_nothing() {
    let mut site = folder();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    assert!(site.terminate());
    site.start_limited(2_048);
    let batches: Vec<_> = (0..40).map(|_| kiosk.write_noise(40, 6_000)).collect();
    let taken = batches
        .iter()
        .position(|ops| kiosk.ask(&site.address(), &kiosk.request(ops)) == Err(Refused::Unavailable))
        .expect("10 MB fitted into files of 2 MiB");
    // Where the journal has an act that its tables could not take, the store must be opened again: it says so and ends.
    match Line::open(&site.address()).ask("GET", "/healthz", b"").status {
        503 => assert!(site.has_given_up()),
        status => assert_eq!(status, 200),
    }
    site.kill();
    site.start();
    let ops = site.listed(kiosk.me.device).unwrap()["ops"].as_u64().unwrap();
    assert!(taken > 0 && ops >= taken as u64 * 40, "{ops} ops of {taken} acknowledged batches");
    kiosk.sync(&site.address());
    assert_eq!(site.listed(kiosk.me.device).unwrap()["ops"], 1_600);
}

#[test]
fn a_folder_that_was_put_back_begins_a_new_epoch_and_gets_back_what_it_lost() {
    let mut site = folder();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    kiosk.sync(&site.address());
    assert!(site.terminate());
    let backup = tempfile::tempdir().unwrap();
    site.copy_to(&backup.path().join("county"));
    site.start();
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
    assert!(site.terminate());
    site.put_back(&backup.path().join("county"));
    site.run(&["restored"]);
    site.start();
    assert!(site.listed(desk.me.device).is_none());
    assert!(site.add_hall() > new_hall, "numbers given since the backup are not given again");
    let mut wall = Device::enrol(&site, hall, DeviceRole::Wall);
    assert!(wall.me.device > stranger.me.device);
    for device in [&mut kiosk, &mut desk, &mut stranger, &mut wall] {
        device.sync(&site.address());
    }
    wall.sync(&site.address());
    let old = site.county().me();
    for (series, author) in [(old, &kiosk), (kiosk.me, &kiosk), (desk.me, &desk)] {
        assert_eq!(told(&wall, series), told(author, series), "what was lost came back from the hall");
    }
    assert_eq!(wall.has(Holder { epoch: 2, ..old }), 1);
    assert_eq!(site.listed(stranger.me.device).unwrap()["ops"], 40);
    assert_eq!(site.listed(desk.me.device).unwrap()["name"], "自助机 2", "its enrolment came back, too");
    assert!(!kiosk.fenced && !desk.fenced);
}
