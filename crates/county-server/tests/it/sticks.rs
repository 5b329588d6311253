//! A hall without a line: its desk's sticks are taken as if they had been sent, and what the county writes for it is
//! what it would have sent.

use std::path::{Path, PathBuf};

use hall_core::fact::{Fact, WorkerErased};
use hall_core::vocab::{DeviceRole, EmployerKind};
use hall_core::{COUNTY, EntityId};
use hall_log::Subject;
use hall_sync::wire::{Refused, Request};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::posts::{answer, county_posts, decide, held, known, offer, terms};
use crate::support::device::{Copied, Device, copied, opened, told, wall};
use crate::support::folder::Folder;
use crate::support::site::Host;
use crate::vouched::{say_enrolled, vouched};

/// A stick in somebody's pocket.
struct Pocket(TempDir);

impl Pocket {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("stick.lgb")
    }

    /// What the county says of such a file, and on standard error.
    fn import(&self, site: &mut impl Host, bytes: &[u8]) -> (Value, String) {
        std::fs::write(self.path(), bytes).unwrap();
        imported(site, &self.path())
    }

    fn export(&self, site: &mut impl Host, hall: u32) -> Vec<u8> {
        let output = site.alone(&["export", "--hall", &hall.to_string(), self.path().to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let bytes = std::fs::read(self.path()).unwrap();
        let exported: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&exported["hall"], &exported["bytes"]), (&json!(hall), &json!(bytes.len())));
        bytes
    }
}

fn imported(site: &mut impl Host, path: &Path) -> (Value, String) {
    let output = site.alone(&["import", path.to_str().unwrap()]);
    let imported: Value = serde_json::from_slice(&output.stdout).unwrap();
    let good = imported["problems"].as_array().unwrap().is_empty();
    assert_eq!(output.status.success(), good, "{imported}");
    (imported, String::from_utf8(output.stderr).unwrap())
}

/// New, known, payloads, refused, forks.
fn counted(imported: &Value) -> [u64; 5] {
    ["ops", "known", "payloads", "refused", "forks"].map(|key| imported[key].as_u64().unwrap())
}

fn are_taken_as_if_they_had_been_sent(site: &mut impl Host) {
    let pocket = Pocket::new();
    let (hall, mut kiosk, mut desk) = opened(site);
    kiosk.write(700);
    desk.import(&kiosk.export(DeviceRole::Desk));
    let earlier = desk.export(DeviceRole::County);
    let ops = desk.write_for_desks(30);
    let stick = desk.export(DeviceRole::County);
    let (first, _) = pocket.import(site, &stick);
    assert_eq!(counted(&first), [730, 0, 0, 0, 0], "{first}");
    assert_eq!((&first["hall"], &first["from"]), (&json!(hall), &json!(format!("{}.1", desk.me.device))));
    let heads = site.run(&["devices"]);
    // Again, and the one that was written before it.
    for (stick, count) in [(&stick, 730), (&earlier, 700)] {
        assert_eq!(counted(&pocket.import(site, stick).0), [0, count, 0, 0, 0]);
    }
    assert_eq!(site.run(&["devices"]), heads);
    // Whoever has a line gets all of it, payloads for desks, too.
    let mut other = Device::enrol(site, hall, DeviceRole::Desk);
    other.sync(&site.address());
    assert_eq!(told(&other, kiosk.me), told(&kiosk, kiosk.me));
    assert_eq!(told(&other, desk.me), told(&desk, desk.me));
    assert_eq!(ops.len(), 30);
}

fn bring_posts_of_the_county_there_and_back(site: &mut impl Host) {
    let pocket = Pocket::new();
    let (hall, _, mut near) = opened(site);
    let mut far = Device::enrol(site, site.add_hall(), DeviceRole::Desk);
    far.write(1);
    far.sync(&site.address());
    let county = site.county().me();
    let published = near.state(Subject::New, &Fact::PostPublished(terms(EntityId::new(9, 9, 9))));
    let own = published[0].envelope.entity;
    near.state(Subject::Entity(own), &offer(EmployerKind::Organisation, 6));
    let stick = near.export(DeviceRole::County);
    for _ in 0..2 {
        assert_eq!(pocket.import(site, &stick).0["problems"], json!([]));
    }
    // Both halls get their share of the one post: one over the line, one on a stick.
    far.sync(&site.address());
    near.import(&pocket.export(site, hall));
    let shared = county_posts(&near, county);
    assert_eq!((shared.len(), shared[0].device), (1, COUNTY));
    assert_eq!(county_posts(&far, county), shared);
    assert_eq!(told(&near, county), told(&far, county));
    assert_eq!(decide(&mut near, county, shared[0], answer), 1, "it was given something, and takes it");
    let post = known(&near, county, shared[0]).unwrap();
    assert_eq!(held(&post, near.me), 2);
    let (imported, said) = pocket.import(site, &near.export(DeviceRole::County));
    assert_eq!((counted(&imported)[0], &imported["problems"]), (1, &json!([])), "{imported} {said}");
}

fn hold_nothing_of_another_hall(site: &mut impl Host) {
    let pocket = Pocket::new();
    let (here, mut kiosk, mut desk) = opened(site);
    let (there, mut foreign, _) = opened(site);
    kiosk.write(3);
    kiosk.sync(&site.address());
    foreign.write(5);
    foreign.sync(&site.address());
    desk.import(&pocket.export(site, here));
    assert_eq!((desk.has(kiosk.me), desk.has(foreign.me)), (3, 0));
    // A desk that somehow knows another hall's device brings nothing of it.
    foreign.write(1);
    desk.believe(&foreign.certificate);
    let more = foreign.export(DeviceRole::County);
    let (header, frames) = (desk.export(DeviceRole::County), more);
    let forged = [&header[..head(&header)], &frames[head(&frames)..]].concat();
    let (imported, said) = pocket.import(site, &forged);
    assert_eq!(counted(&imported), [0, foreign.has(site.county().me()), 0, 1, 0], "{imported}");
    assert!(said.contains("别的大厅"), "{said}");
    assert_eq!(site.listed(foreign.me.device).unwrap()["ops"], 5);
    assert_ne!(here, there);
}

/// The end of a stick's header.
fn head(stick: &[u8]) -> usize {
    let mut parts = hall_sync::stick::Parts::default();
    let mut end = 0;
    loop {
        let next = end + parts.wants();
        if parts.take(&stick[end..next]).unwrap().is_some() {
            return next;
        }
        end = next;
    }
}

fn that_are_no_good_get_a_sentence(site: &mut impl Host) {
    let pocket = Pocket::new();
    let (hall, mut kiosk, mut desk) = opened(site);
    desk.write(300);
    kiosk.write(300);
    desk.import(&kiosk.export(DeviceRole::Desk));
    let good = desk.export(DeviceRole::County);
    let mut later = good.clone();
    later[3] = 2;
    let stranger = {
        // Of a hall that vouches for itself.
        let key = crate::support::device::new_key();
        let by_itself = county_server::County::new(key.clone(), 1);
        let itself = by_itself.certify(12, 77, DeviceRole::Desk, &key.verifying_key(), wall());
        let mut stranger = Device::of(key.verifying_key(), key, itself);
        stranger.write(1);
        stranger.export(DeviceRole::County)
    };
    let ours = pocket.export(site, hall);
    for (bytes, word) in [
        (&b""[..], "不是零工大厅"),
        (b"PK\x03\x04 a spreadsheet", "不是零工大厅"),
        (&later, "升级"),
        (&good[..40], "重新导出"),
        (&stranger, "没有在本县登记"),
        (&ours, "写给大厅"),
    ] {
        let (imported, said) = pocket.import(site, bytes);
        assert_eq!(counted(&imported), [0; 5], "{imported}");
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(imported(site, &pocket.path().join("not there")).1.contains("打不开"));
    assert_eq!(site.listed(desk.me.device).unwrap()["ops"], 0);
    // What is good in front of the damage is taken, and the rest of a better file.
    let mut altered = good.clone();
    let middle = altered.len() - 60;
    altered[middle] ^= 0x40;
    for bytes in [&good[..good.len() - 1], &altered] {
        let (imported, said) = pocket.import(site, bytes);
        assert!(said.contains("已经收下") && said.contains("重新导出"), "{said}");
        assert!(imported["batches"].as_u64() > Some(0), "{imported}");
    }
    assert_eq!(pocket.import(site, &good).0["problems"], json!([]));
    assert_eq!(site.listed(kiosk.me.device).unwrap()["ops"], 300);
    // No hall, no stick.
    let output = site.alone(&["export", "--hall", "4000", pocket.path().to_str().unwrap()]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("4000"));
    assert_eq!(std::fs::read(pocket.path()).unwrap(), good, "what was there stays");
}

fn of_a_revoked_machine_open_nothing(site: &mut impl Host) {
    let pocket = Pocket::new();
    let (_, kiosk, mut desk) = opened(site);
    desk.write(4);
    site.run(&["revoke", &desk.me.device.to_string()]);
    let (imported, said) = pocket.import(site, &desk.export(DeviceRole::County));
    assert_eq!(counted(&imported), [0; 5]);
    assert!(said.contains("已经停用"), "{said}");
    assert!(kiosk.ask(&site.address(), &kiosk.request(&[])).is_ok());
    assert_eq!(desk.ask(&site.address(), &desk.request(&[])), Err(Refused::Revoked));
}

fn of_a_copy_are_kept_aside(site: &mut impl Host) {
    let pocket = Pocket::new();
    let Copied { original, copy, .. } = copied(site);
    for forks in [8, 8] {
        let (imported, said) = pocket.import(site, &copy.export(DeviceRole::County));
        assert_eq!(counted(&imported), [0, 0, 0, 1, forks], "{imported}");
        assert!(said.contains("两份不同的记录"), "{said}");
    }
    assert_eq!(site.listed(original.me.device).unwrap()["ops"], 5);
}

fn erase_and_do_not_bring_back(site: &mut impl Host) {
    let pocket = Pocket::new();
    let (_, mut kiosk, mut desk) = opened(site);
    let id = kiosk.register_worker("Zhang San")[0].envelope.id;
    let erased = Fact::WorkerErased(WorkerErased { worker: id, reason: String::new() });
    desk.import(&kiosk.export(DeviceRole::Desk));
    let before = desk.export(DeviceRole::County);
    let is_there = |site: &dyn Fn() -> String, desk: &Device| {
        let request = Request { wants: vec![id], ..desk.request(&[]) };
        !desk.ask(&site(), &request).unwrap().payloads.is_empty()
    };
    pocket.import(site, &before);
    kiosk.state(Subject::New, &erased);
    let (said, _) = pocket.import(site, &kiosk.export(DeviceRole::County));
    assert_eq!(counted(&said)[3], 1, "{said}");
    assert!(is_there(&|| site.address(), &desk), "a kiosk erases nobody");
    desk.state(Subject::New, &erased);
    pocket.import(site, &desk.export(DeviceRole::County));
    assert!(!is_there(&|| site.address(), &desk));
    pocket.import(site, &before);
    assert!(!is_there(&|| site.address(), &desk));
}

fn bring_machines_that_only_the_desk_knows(site: &mut impl Host) {
    let pocket = Pocket::new();
    let hall = site.add_hall();
    let mut desk = Device::enrol(site, hall, DeviceRole::Desk);
    let other = Device::enrol(site, hall, DeviceRole::Desk);
    let mut kiosk = vouched(site, &desk, 3_000_000_017, DeviceRole::Kiosk);
    let id = kiosk.register_worker("Zhang San")[0].envelope.id;
    desk.import(&kiosk.export(DeviceRole::Desk));
    say_enrolled(&mut desk, &kiosk, "自助机 1");
    // In the file it stands in front of what it is about.
    desk.state(Subject::New, &Fact::WorkerErased(WorkerErased { worker: id, reason: String::new() }));
    let stick = desk.export(DeviceRole::County);
    let (imported, _) = pocket.import(site, &stick);
    assert_eq!((counted(&imported), &imported["certificates"]), ([3, 0, 0, 0, 0], &json!(1)), "{imported}");
    let listed = site.listed(kiosk.me.device).unwrap();
    assert_eq!((&listed["ops"], &listed["name"]), (&json!(1), &json!("自助机 1")));
    let request = Request { wants: vec![id], ..other.request(&[]) };
    assert_eq!(other.ask(&site.address(), &request).unwrap().payloads, []);
    let (again, _) = pocket.import(site, &stick);
    assert_eq!((counted(&again), &again["certificates"]), ([0, 3, 0, 0, 0], &json!(0)), "{again}");
}

fn bring_the_payloads_that_a_kiosk_had_not(site: &mut impl Host) {
    let pocket = Pocket::new();
    let (_, kiosk, mut desk) = opened(site);
    let ops = desk.write_for_desks(90);
    let answer = kiosk.ask(&site.address(), &kiosk.relaying(&desk, &ops)).unwrap();
    assert_eq!(answer.refused, []);
    let stick = desk.export(DeviceRole::County);
    assert_eq!(counted(&pocket.import(site, &stick).0), [0, 90, 90, 0, 0]);
    assert_eq!(counted(&pocket.import(site, &stick).0), [0, 90, 0, 0, 0]);
    assert_eq!(kiosk.ask(&site.address(), &kiosk.request(&[])).unwrap().wants, []);
}

on_both!(
    are_taken_as_if_they_had_been_sent,
    bring_posts_of_the_county_there_and_back,
    hold_nothing_of_another_hall,
    that_are_no_good_get_a_sentence,
    of_a_revoked_machine_open_nothing,
    of_a_copy_are_kept_aside,
    erase_and_do_not_bring_back,
    bring_machines_that_only_the_desk_knows,
    bring_the_payloads_that_a_kiosk_had_not,
);

#[test]
fn a_folder_in_use_says_so() {
    let site = Folder::open(env!("CARGO_BIN_EXE_county-server"));
    let pocket = Pocket::new();
    for arguments in [&["import"][..], &["export", "--hall", "1"]] {
        let path = pocket.path();
        let output = site.output(&[arguments, &[path.to_str().unwrap()]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("systemctl stop county-server"), "{said}");
    }
}
