//! Machines that a hall's desk vouched for, as desks of other halls hear of them.

use hall_core::EntityId;
use hall_core::entity::{Applied, Device as Machine, Entity};
use hall_core::fact::{DeviceEnrolled, DeviceRevoked, Fact, Holder};
use hall_core::vocab::DeviceRole;
use hall_log::{Certificate, Ledger as _, Op, Subject};

use crate::support::device::Device;
use crate::support::site::Host;
use crate::vouched::{say_enrolled, vouched};

/// A number as desks draw them.
const DRAWN: u32 = 3_100_000_017;

/// What the ops of some series that a device has make of a machine.
fn seen(device: &Device, series: &[Holder], entity: EntityId) -> Option<Machine> {
    let ops = series.iter().flat_map(|series| device.ledger.ops_after(*series, 0, usize::MAX).unwrap());
    let read = |op: Op| Applied { id: op.envelope.id, hlc: op.envelope.hlc, by: None, fact: op.fact() };
    let about = ops.filter(|op| op.envelope.entity == entity).map(read).collect();
    Entity::fold_all(entity, about).and_then(Entity::device)
}

/// Machines that the county's series says were enrolled, each time that it says so.
fn told(site: &impl Host, device: &mut Device) -> Vec<EntityId> {
    device.sync(&site.address());
    let ops = device.ledger.ops_after(site.county().me(), 0, usize::MAX).unwrap();
    let enrolled = ops.iter().filter(|op| matches!(op.fact(), Fact::DeviceEnrolled(_)));
    enrolled.map(|op| op.envelope.entity).filter(|entity| entity.device != hall_core::COUNTY).collect()
}

/// Desks of two halls.
fn desks(site: &impl Host) -> [Device; 2] {
    [0, 1].map(|_| Device::enrol(site, site.add_hall(), DeviceRole::Desk))
}

fn say(desk: &mut Device, about: Subject, name: &str, certificate: &Certificate) -> Vec<Op> {
    let Certificate { bearer, .. } = certificate;
    let fact = Fact::DeviceEnrolled(DeviceEnrolled {
        device: bearer.device,
        name: name.to_owned(),
        role: bearer.role,
        certificate: certificate.encode(),
    });
    desk.state(about, &fact)
}

fn a_machine_is_told_of_once_and_its_own_hall_sees_it_as_before(site: &impl Host) {
    let [mut desk, mut elsewhere] = desks(site);
    let kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    let entity = say_enrolled(&mut desk, &kiosk, "自助机 1");
    let ops = desk.ledger.ops_after(desk.me, 0, usize::MAX).unwrap();
    desk.sync(&site.address());
    assert_eq!(told(site, &mut elsewhere), [entity]);
    let county = site.county().me();
    let machine = seen(&elsewhere, &[county], entity).unwrap();
    assert_eq!((machine.number, &*machine.name, machine.revoked), (DRAWN, "自助机 1", false));
    assert_eq!(Certificate::decode(&machine.certificate).unwrap(), kiosk.certificate);
    assert_eq!(elsewhere.has(desk.me), 0, "what a hall does stays in the hall");

    // A lost answer, and a push that is about something else.
    desk.ask(&site.address(), &desk.request(&ops)).unwrap();
    desk.write(3);
    desk.sync(&site.address());
    assert_eq!(told(site, &mut elsewhere), [entity]);
    let series = [desk.me, county];
    assert_eq!(seen(&desk, &series, entity), seen(&desk, &[desk.me], entity));
}

fn what_is_not_believed_is_not_told(site: &impl Host) {
    let [mut desk, mut elsewhere] = desks(site);
    let by_another = vouched(site, &elsewhere, DRAWN, DeviceRole::Kiosk);
    say_enrolled(&mut desk, &by_another, "别家的");
    // About a machine that its own hall has not yet spoken of here.
    let mut theirs = elsewhere.state(Subject::New, &Fact::EmployerRegistered(employer()));
    let entity = theirs.pop().unwrap().envelope.entity;
    let own = vouched(site, &desk, DRAWN + 1, DeviceRole::Kiosk);
    say(&mut desk, Subject::Entity(entity), "占别家的名", &own.certificate);
    desk.sync(&site.address());
    assert_eq!(told(site, &mut elsewhere), []);
}

fn employer() -> hall_core::fact::EmployerRegistered {
    let kind = hall_core::vocab::EmployerKind::Organisation;
    hall_core::fact::EmployerRegistered { kind, shown_name: "示范".into(), id_tag: [1; 16] }
}

fn a_desks_revocation_is_told_without_its_reason(site: &impl Host) {
    let [mut desk, mut elsewhere] = desks(site);
    let kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    let second = vouched(site, &desk, DRAWN + 1, DeviceRole::Desk);
    let entities = [say_enrolled(&mut desk, &kiosk, "自助机"), say_enrolled(&mut desk, &second, "服务台 2")];
    desk.sync(&site.address());
    elsewhere.sync(&site.address());
    for entity in entities {
        let revoked = Fact::DeviceRevoked(DeviceRevoked { reason: "丢在了王家".to_owned() });
        desk.state(Subject::Entity(entity), &revoked);
    }
    desk.sync(&site.address());
    elsewhere.sync(&site.address());
    let county = site.county().me();
    let revoked = entities.map(|entity| seen(&elsewhere, &[county], entity).unwrap().revoked);
    assert_eq!(revoked, [true, false], "a desk revokes no desk");
    let ops = elsewhere.ledger.ops_after(county, 0, usize::MAX).unwrap();
    assert!(ops.iter().all(|op| !format!("{:?}", op.fact()).contains("王家")));
    // The console's own word, about a machine that was told of.
    site.run(&["revoke", &(DRAWN + 1).to_string()]);
    elsewhere.sync(&site.address());
    assert!(seen(&elsewhere, &[county], entities[1]).unwrap().revoked);
}

/// The county hears the second word after it has repeated the first, and both were stamped before that.
fn a_later_word_stays_the_later_one(site: &impl Host) {
    let [mut desk, mut elsewhere] = desks(site);
    let kiosk = vouched(site, &desk, DRAWN, DeviceRole::Kiosk);
    let first = say(&mut desk, Subject::New, "自助机 1", &kiosk.certificate);
    let entity = first[0].envelope.entity;
    let mut bearer = kiosk.certificate.bearer;
    bearer.role = DeviceRole::Desk;
    bearer.issued.0 += 1;
    let promoted = Certificate::issue(bearer, &desk.key);
    say(&mut desk, Subject::Entity(entity), "服务台 2", &promoted);
    desk.ask(&site.address(), &desk.request(&first)).unwrap();
    elsewhere.sync(&site.address());
    let county = site.county().me();
    assert_eq!(seen(&elsewhere, &[county], entity).unwrap().name, "自助机 1");
    desk.sync(&site.address());
    elsewhere.sync(&site.address());
    let last = seen(&elsewhere, &[county], entity).unwrap();
    assert_eq!((&*last.name, last.role), ("服务台 2", DeviceRole::Desk));
    assert_eq!(seen(&desk, &[desk.me, county], entity), seen(&desk, &[desk.me], entity));
}

/// So many at once that the county needs two visits.
fn what_is_left_is_said_when_the_hall_brings_something_next(site: &impl Host) {
    let [mut desk, mut elsewhere] = desks(site);
    let mut ops = Vec::new();
    for n in 0..70 {
        let machine = vouched(site, &desk, DRAWN + n, DeviceRole::Wall);
        ops.extend(say(&mut desk, Subject::New, "大屏", &machine.certificate));
    }
    desk.ask(&site.address(), &desk.request(&ops)).unwrap();
    assert_eq!(told(site, &mut elsewhere).len(), 64);
    let next = desk.write(1);
    desk.ask(&site.address(), &desk.request(&next)).unwrap();
    let mut all = told(site, &mut elsewhere);
    all.sort_unstable();
    assert_eq!(all, ops.iter().map(|op| op.envelope.entity).collect::<Vec<_>>());
}

on_both!(
    a_machine_is_told_of_once_and_its_own_hall_sees_it_as_before,
    what_is_not_believed_is_not_told,
    a_desks_revocation_is_told_without_its_reason,
    a_later_word_stays_the_later_one,
    what_is_left_is_said_when_the_hall_brings_something_next,
);
