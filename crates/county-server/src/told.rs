//! What the county tells every hall of the machines that desks vouched for, so that any desk knows whose slip it is.
//!
//! A hall's series never leaves the hall, the county's own goes everywhere: so the county repeats what it believed. What
//! it still has to say is derived from what it has said, and nothing is noted of it. Must never repeat what the archive
//! refused, nor the words in which a hall said why.

use hall_core::EntityId;
use hall_core::entity::{Applied, Entity};
use hall_core::fact::{DeviceEnrolled, DeviceRevoked, Fact};
use hall_core::vocab::DeviceRole;
use hall_log::{Bearer, Certificate};

use crate::county::DEVICE;

/// Machines of a hall that are spoken of in one visit; its next one goes on.
pub(crate) const MACHINES_MAX: usize = 64;

/// A machine as the archive believes it.
#[derive(Clone, Debug)]
pub(crate) struct Believed<'a> {
    pub name: &'a str,
    pub certificate: &'a Certificate,
    pub revoked: bool,
}

/// Whether a machine of a hall, whose `devices` these are, was made known by its own hall and not by the county.
pub(crate) fn is_of_its_hall(entity: EntityId, devices: impl IntoIterator<Item = u32>) -> bool {
    entity.device != DEVICE && devices.into_iter().any(|device| device == entity.device)
}

/// What is left to say of a machine, `said` being all that was said of it. Whoever has the county's series alone makes
/// of that series what is held against the archive here.
pub(crate) fn left_to_say(entity: EntityId, machine: &Believed<'_>, mut said: Vec<Applied>) -> Vec<Fact> {
    said.retain(|op| op.id.device == DEVICE);
    let seen = Entity::fold_all(entity, said).and_then(Entity::device);
    let told = seen.as_ref().and_then(|seen| {
        let certificate = Certificate::decode(&seen.certificate).ok()?;
        Some((seen.name.as_str(), who(&certificate.bearer)))
    });
    let bearer = machine.certificate.bearer;
    let mut facts = Vec::new();
    if told != Some((machine.name, who(&bearer))) {
        facts.push(Fact::DeviceEnrolled(DeviceEnrolled {
            device: bearer.device,
            name: machine.name.to_owned(),
            role: bearer.role,
            certificate: machine.certificate.encode(),
        }));
    }
    if machine.revoked && seen.is_none_or(|seen| !seen.revoked) {
        facts.push(Fact::DeviceRevoked(DeviceRevoked { reason: String::new() }));
    }
    facts
}

/// A renewed certificate says nothing new.
fn who(bearer: &Bearer) -> (u32, u32, DeviceRole, [u8; 32]) {
    (bearer.hall, bearer.device, bearer.role, bearer.key)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use hall_core::{Hlc, Instant, OpId};
    use hall_log::token::Seconds;

    use super::*;

    const ENTITY: EntityId = OpId::new(3_000_000_001, 1, 7);

    fn certificate(role: DeviceRole, issued: u32) -> Certificate {
        let key = SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes();
        let (issued, expires) = (Seconds(issued), Seconds(issued + 1));
        let bearer = Bearer { hall: 5, device: 3_000_000_017, role, key, issued, expires };
        Certificate::issue(bearer, &SigningKey::from_bytes(&[4; 32]))
    }

    fn by(device: u32, seq: u64, fact: Fact) -> Applied {
        Applied { id: OpId::new(device, 1, seq), hlc: Hlc::new(Instant(seq as i64), 0), by: None, fact }
    }

    /// Says all that is left, until nothing is; how many facts that were.
    fn told(machine: &Believed<'_>, said: &mut Vec<Applied>) -> usize {
        let facts = left_to_say(ENTITY, machine, said.clone());
        let count = facts.len();
        for fact in facts {
            said.push(by(DEVICE, said.len() as u64 + 1, fact));
        }
        assert_eq!(left_to_say(ENTITY, machine, said.clone()), [], "once");
        count
    }

    #[test]
    fn what_changed_is_said_and_nothing_twice() {
        let kiosk = certificate(DeviceRole::Kiosk, 100);
        let (renewed, desk) = (certificate(DeviceRole::Kiosk, 200), certificate(DeviceRole::Desk, 300));
        let machine = Believed { name: "自助机 1", certificate: &kiosk, revoked: false };
        let mut said =
            vec![by(ENTITY.device, 9, Fact::DeviceRevoked(DeviceRevoked { reason: "丢了".into() }))];
        for (machine, count) in [
            (machine.clone(), 1),
            (Believed { certificate: &renewed, ..machine.clone() }, 0),
            (Believed { name: "自助机 2", ..machine.clone() }, 1),
            (Believed { certificate: &desk, ..machine.clone() }, 1),
            (Believed { certificate: &desk, revoked: true, ..machine.clone() }, 1),
        ] {
            assert_eq!(told(&machine, &mut said), count, "{machine:?}");
        }
        let empty = |op: &Applied| matches!(&op.fact, Fact::DeviceRevoked(fact) if fact.reason.is_empty());
        assert!(said.last().is_some_and(empty), "why is the hall's own business");
    }

    #[test]
    fn a_revocation_from_before_its_machine_was_told_of_is_said_again() {
        let certificate = certificate(DeviceRole::Kiosk, 100);
        let machine = Believed { name: "", certificate: &certificate, revoked: true };
        let mut said = vec![by(DEVICE, 1, Fact::DeviceRevoked(DeviceRevoked { reason: String::new() }))];
        assert_eq!(told(&machine, &mut said), 2);
    }
}
