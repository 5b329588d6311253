//! The devices of the halls, as the log and the certificates say, in memory.
//!
//! Everything is derived again from the ops about a device whenever one comes, so nothing depends on their order: what
//! was said of a device before its enrolment came counts as well. A desk may speak of its hall, and of no desk.

use std::collections::BTreeMap;

use ed25519_dalek::VerifyingKey;
use hall_core::entity::{Applied, key};
use hall_core::fact::{DeviceEnrolled, Fact, Holder};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant};
use hall_log::Certificate;
use hall_log::token::Seconds;
use hall_store::{ReadError, Store};

use crate::archive::{Device, Known};
use crate::county::{County, DEVICE};
use crate::exchange::believing;
use crate::told::{Believed, MACHINES_MAX, is_of_its_hall, left_to_say};

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub device: Device,
    pub name: String,
    /// The op that enrolled it.
    pub entity: Option<EntityId>,
    /// Its epochs that are over, with the last op that was known of each.
    pub ended: BTreeMap<u16, u64>,
    /// What the county has to say of it still.
    pub untold: Vec<Fact>,
}

/// By hall and number.
#[derive(Debug, Default)]
pub(super) struct Devices(BTreeMap<(u32, u32), Row>);

impl Devices {
    /// Reads them from the log, `certificates` being those that the log does not bring.
    pub(super) fn read(
        store: &Store,
        county: &County,
        certificates: impl Iterator<Item = Certificate>,
    ) -> Result<Self, ReadError> {
        let mut devices = Self::default();
        for certificate in certificates {
            devices.keep(&certificate);
        }
        let from = key::devices();
        let rows = store.scan(&from, &key::end_of(&from), usize::MAX)?;
        let mut entities: Vec<EntityId> = rows.into_iter().map(|(_, entity)| entity).collect();
        // Those that the county enrolled first: some of them vouched for others.
        entities.sort_unstable_by_key(|entity| (entity.device != DEVICE, *entity));
        for entity in entities {
            devices.refresh(store, county, entity)?;
        }
        Ok(devices)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&(u32, u32), &Row)> {
        self.0.iter()
    }

    pub(super) fn of(&self, hall: u32) -> impl Iterator<Item = &Row> {
        self.0.range((hall, 0)..=(hall, u32::MAX)).map(|(_, row)| row)
    }

    pub(super) fn known(&self, key: &VerifyingKey) -> Option<Known> {
        let row = self.0.values().rev().find(|row| row.device.certificate.bearer.key == key.to_bytes())?;
        Some(Known { device: row.device.clone(), entity: row.entity })
    }

    /// The devices with a number, each with its hall.
    pub(super) fn numbered(&self, number: u32) -> impl Iterator<Item = (u32, &Row)> {
        self.0.iter().filter(move |((_, known), _)| *known == number).map(|((hall, _), row)| (*hall, row))
    }

    pub(super) fn is_desk(&self, hall: u32, number: u32) -> bool {
        self.0.get(&(hall, number)).is_some_and(|row| row.role() == DeviceRole::Desk)
    }

    /// The epochs of a hall's devices that are over.
    pub(super) fn ended(&self, hall: u32) -> BTreeMap<Holder, u64> {
        let epochs = |row: &Row| {
            let device = row.device.number;
            row.ended
                .iter()
                .map(move |(epoch, seq)| (Holder { device, epoch: *epoch }, *seq))
                .collect::<Vec<_>>()
        };
        self.of(hall).flat_map(epochs).collect()
    }

    /// Keeps a device's certificate, unless a newer one is here, or one of another key: a number is one device's for
    /// good. Whether it was news.
    pub(super) fn keep(&mut self, certificate: &Certificate) -> bool {
        let bearer = certificate.bearer;
        let place = (bearer.hall, bearer.device);
        let Some(row) = self.0.get_mut(&place) else {
            let device = Device { number: bearer.device, certificate: certificate.clone(), revoked: false };
            let row =
                Row { device, name: String::new(), entity: None, ended: BTreeMap::new(), untold: Vec::new() };
            self.0.insert(place, row);
            return true;
        };
        let known = row.device.certificate.bearer;
        if known.key != bearer.key {
            tracing::error!(hall = bearer.hall, device = bearer.device, "two devices have one number");
            return false;
        }
        let news = known.issued <= bearer.issued && row.device.certificate != *certificate;
        if news {
            row.device.certificate = certificate.clone();
        }
        news
    }

    /// Takes over all that the log says of the device that `entity` enrolled; the certificates that desks gave and that
    /// are news.
    pub(super) fn refresh(
        &mut self,
        store: &Store,
        county: &County,
        entity: EntityId,
    ) -> Result<Vec<Certificate>, ReadError> {
        let mut ops = store.ops_of(entity)?;
        // The newest certificate names a machine: the county repeats a desk's word later than the desk says the next.
        ops.sort_by_key(|op| (op.id != entity, issued(&op.fact), op.order()));
        let mut vouched = Vec::new();
        for op in &ops {
            if let Fact::DeviceEnrolled(enrolled) = &op.fact {
                vouched.extend(self.enrolled(county, op, entity, enrolled));
            }
        }
        let Some((hall, number)) = self.enrolled_by(entity) else { return Ok(vouched) };
        for op in &ops {
            let by_county = op.id.device == DEVICE;
            let may_speak = by_county || self.is_desk(hall, op.id.device);
            let Some(row) = self.0.get_mut(&(hall, number)).filter(|_| may_speak) else { continue };
            match &op.fact {
                Fact::DeviceRevoked(_) if by_county || row.role() != DeviceRole::Desk => {
                    row.device.revoked = true;
                }
                Fact::EpochEnded(ended) => {
                    let end = row.ended.entry(ended.epoch).or_default();
                    *end = (*end).max(ended.last_seq);
                }
                _ => {}
            }
        }
        if let Some(row) = self.0.get_mut(&(hall, number)) {
            let certificate = &row.device.certificate;
            let machine = Believed { name: &row.name, certificate, revoked: row.device.revoked };
            row.untold = left_to_say(entity, &machine, ops);
        }
        Ok(vouched)
    }

    /// Machines of a hall that were made known by the hall itself, and what is left to say of them.
    pub(super) fn untold(&self, hall: u32) -> Vec<(EntityId, Vec<Fact>)> {
        let ours = |entity: &EntityId| is_of_its_hall(*entity, self.of(hall).map(|row| row.device.number));
        let untold = self.of(hall).filter(|row| !row.untold.is_empty());
        let untold = untold.filter_map(|row| Some((row.entity.filter(ours)?, row.untold.clone())));
        untold.take(MACHINES_MAX).collect()
    }

    fn enrolled_by(&self, entity: EntityId) -> Option<(u32, u32)> {
        self.0.iter().find(|(_, row)| row.entity == Some(entity)).map(|(place, _)| *place)
    }

    /// A device that the county enrolled, or a desk that may: the rule is the exchange's own. The certificate, when it
    /// is a desk's and news.
    fn enrolled(
        &mut self,
        county: &County,
        op: &Applied,
        entity: EntityId,
        enrolled: &DeviceEnrolled,
    ) -> Option<Certificate> {
        let certificate = Certificate::decode(&enrolled.certificate).ok()?;
        let bearer = certificate.bearer;
        let by_county = op.id.device == DEVICE;
        if !by_county {
            // That it has expired since is no matter.
            let long_ago = Instant(0);
            let hall: Vec<Device> = self.of(bearer.hall).map(|row| row.device.clone()).collect();
            let good = self.is_desk(bearer.hall, op.id.device)
                && believing(county, &hall, long_ago).learn(&certificate, long_ago).is_ok();
            if !good {
                tracing::warn!(hall = bearer.hall, device = bearer.device, "not vouched for by who may");
                return None;
            }
        }
        let news = self.keep(&certificate);
        let free = self.enrolled_by(entity).is_none_or(|place| place == (bearer.hall, bearer.device));
        let row = self.0.get_mut(&(bearer.hall, bearer.device))?;
        let same = row.device.certificate.bearer.key == bearer.key;
        if free && same && row.entity.is_none_or(|known| known == entity) {
            row.entity = Some(entity);
            row.name.clone_from(&enrolled.name);
        }
        (news && !by_county).then_some(certificate)
    }
}

/// When the certificate that a fact brings was issued; nothing for the other facts, which come in their own order.
fn issued(fact: &Fact) -> Option<Seconds> {
    let Fact::DeviceEnrolled(enrolled) = fact else { return None };
    Certificate::decode(&enrolled.certificate).ok().map(|certificate| certificate.bearer.issued)
}

impl Row {
    pub(super) fn role(&self) -> DeviceRole {
        self.device.certificate.bearer.role
    }
}
