//! Payloads that reached the county without: it asks for them, and takes what their ops name.

use hall_core::fact::{Fact, WorkerErased};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, OpId};
use hall_log::{Op, Subject};
use hall_sync::wire::{Payload, Request};

use crate::support::device::Device;
use crate::support::site::{Host, Site};

const PROGRAM: &str = env!("CARGO_BIN_EXE_county-server");

/// A hall whose kiosk passed on what its desk wrote for desks: the county has the ops without their payloads.
struct Withheld {
    hall: u32,
    kiosk: Device,
    desk: Device,
    ops: Vec<Op>,
}

fn withheld(site: &impl Host, count: usize) -> Withheld {
    let hall = site.add_hall();
    let kiosk = Device::enrol(site, hall, DeviceRole::Kiosk);
    let mut desk = Device::enrol(site, hall, DeviceRole::Desk);
    let ops = desk.write_for_desks(count);
    let response = kiosk.ask(&site.address(), &kiosk.relaying(&desk, &ops)).unwrap();
    assert_eq!(response.refused, []);
    Withheld { hall, kiosk, desk, ops }
}

fn ids(ops: &[Op]) -> Vec<OpId> {
    ops.iter().map(|op| op.envelope.id).collect()
}

fn payloads(ops: &[Op]) -> Vec<Payload> {
    ops.iter().map(|op| Payload { op: op.envelope.id, bytes: op.payload.clone().unwrap() }).collect()
}

/// What the county asks a device for, in the order of the ops.
fn wants(site: &impl Host, device: &Device) -> Vec<OpId> {
    let mut wants = device.ask(&site.address(), &device.request(&[])).unwrap().wants;
    wants.sort_unstable();
    wants
}

/// What the county gives a desk of the payloads of `ops`.
fn given(site: &impl Host, desk: &Device, ops: &[Op]) -> Vec<OpId> {
    let request = Request { wants: ids(ops), ..desk.request(&[]) };
    let response = desk.ask(&site.address(), &request).unwrap();
    response.payloads.iter().map(|payload| payload.op).collect()
}

fn are_asked_for_until_they_come(site: &impl Host) {
    let Withheld { hall, kiosk, mut desk, ops } = withheld(site, 10);
    let other = Device::enrol(site, hall, DeviceRole::Desk);
    assert_eq!(wants(site, &kiosk), ids(&ops), "nobody is passed over: who can help is not known");
    assert_eq!(given(site, &other, &ops), []);
    // The desk's own node does it by itself.
    let answers = desk.sync(&site.address());
    assert_eq!(answers.last().unwrap().wants, []);
    assert_eq!(wants(site, &kiosk), []);
    assert_eq!(given(site, &other, &ops), ids(&ops));
    assert_eq!(given(site, &kiosk, &ops), [], "a kiosk may not read them");
}

fn are_taken_only_as_their_ops_name_them(site: &impl Host) {
    let Withheld { mut kiosk, desk, ops, .. } = withheld(site, 4);
    kiosk.sync(&site.address());
    let (spoiled, exchanged, unknown) = {
        let good = payloads(&ops);
        let spoiled = Payload { bytes: b"something else".to_vec(), ..good[0].clone() };
        let exchanged = Payload { bytes: good[2].bytes.clone(), ..good[1].clone() };
        let unknown = Payload { op: OpId::new(desk.me.device, 1, 99), ..good[3].clone() };
        (spoiled, exchanged, unknown)
    };
    let bad = Request { payloads: vec![spoiled, exchanged, unknown], ..kiosk.at_rest() };
    let response = kiosk.ask(&site.address(), &bad).unwrap();
    assert!(response.retry_after_ms > 0, "what nobody can use is not to be sent at once again");
    assert_eq!(wants(site, &kiosk), ids(&ops));
    // Who brings a payload is no matter, when it is the one; and once is enough.
    let mut twice = payloads(&ops[..2]);
    twice.extend(payloads(&ops[..2]));
    let request = Request { payloads: twice, ..kiosk.at_rest() };
    let response = kiosk.ask(&site.address(), &request).unwrap();
    assert_eq!(response.retry_after_ms, 0);
    assert_eq!(wants(site, &kiosk), ids(&ops[2..]));
    let again = Request { payloads: payloads(&ops[..2]), ..kiosk.request(&[]) };
    kiosk.ask(&site.address(), &again).unwrap();
    assert_eq!(wants(site, &kiosk), ids(&ops[2..]));
    assert_eq!(given(site, &desk, &ops), ids(&ops[..2]));
}

fn of_another_hall_are_neither_asked_for_nor_taken(site: &impl Host) {
    let Withheld { kiosk, ops, .. } = withheld(site, 3);
    let elsewhere = site.add_hall();
    let stranger = Device::enrol(site, elsewhere, DeviceRole::Desk);
    assert_eq!(wants(site, &stranger), []);
    let request = Request { payloads: payloads(&ops), ..stranger.request(&[]) };
    stranger.ask(&site.address(), &request).unwrap();
    assert_eq!(wants(site, &kiosk), ids(&ops));
}

fn of_the_erased_are_not_taken(site: &impl Host) {
    let Withheld { kiosk, mut desk, ops, .. } = withheld(site, 3);
    let erased: EntityId = ops[1].envelope.entity;
    let fact = Fact::WorkerErased(WorkerErased { worker: erased, reason: "asked for".to_owned() });
    let word = desk.state(Subject::New, &fact);
    desk.ask(&site.address(), &desk.request(&word)).unwrap();
    let left = [ops[0].clone(), ops[2].clone()];
    assert_eq!(wants(site, &kiosk), ids(&left));
    let request = Request { payloads: payloads(&ops), ..desk.request(&[]) };
    desk.ask(&site.address(), &request).unwrap();
    assert_eq!(given(site, &desk, &ops), ids(&left));
    assert_eq!(wants(site, &kiosk), []);
}

fn more_than_one_answer_can_name_all_come(site: &impl Host) {
    let Withheld { mut desk, kiosk, ops, .. } = withheld(site, 200);
    let most = wants(site, &kiosk);
    assert_eq!(most.len(), 64);
    desk.sync(&site.address());
    assert_eq!(wants(site, &kiosk), []);
    for part in ops.chunks(50) {
        assert_eq!(given(site, &desk, part), ids(part));
    }
}

on_both!(
    are_asked_for_until_they_come,
    are_taken_only_as_their_ops_name_them,
    of_another_hall_are_neither_asked_for_nor_taken,
    of_the_erased_are_not_taken,
    more_than_one_answer_can_name_all_come,
);

#[test]
fn one_that_nobody_has_does_not_stand_before_the_others() {
    let site = Site::open(PROGRAM);
    // Nobody has these any more, and they would fill every answer.
    let Withheld { hall, kiosk, .. } = withheld(&site, 100);
    let mut desk = Device::enrol(&site, hall, DeviceRole::Desk);
    let ops = desk.write_for_desks(1);
    kiosk.ask(&site.address(), &kiosk.relaying(&desk, &ops)).unwrap();
    let asked = (0..150).any(|_| wants(&site, &desk).contains(&ops[0].envelope.id));
    assert!(asked, "each answer names 64 of 101");
}

#[test]
fn one_that_is_too_large_is_asked_for_once() {
    let site = Site::open(PROGRAM);
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let mut ops = kiosk.write_noise(1, 9_000);
    let whole = payloads(&ops);
    ops[0].payload = None;
    kiosk.ask(&site.address(), &kiosk.request(&ops)).unwrap();
    assert_eq!(wants(&site, &kiosk), ids(&ops));
    let request = Request { payloads: whole, ..kiosk.request(&[]) };
    kiosk.ask(&site.address(), &request).unwrap();
    assert_eq!(wants(&site, &kiosk), []);
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0 AND payload IS NULL"), "1");
}
