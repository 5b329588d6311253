//! A device of the hall: what staff call it, what it may read, which of its epochs are over.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::fact::{DeviceEnrolled, EpochEnded, Fact};
use crate::vocab::DeviceRole;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Device {
    #[n(0)]
    pub number: u32,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub role: DeviceRole,
    /// The newest certificate.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    #[n(4)]
    pub revoked: bool,
    /// Epochs that will never write again, with the last op that was known.
    #[n(5)]
    pub ended: BTreeMap<u16, u64>,
}

impl Device {
    pub(super) fn begin(enrolled: &DeviceEnrolled) -> Self {
        Self {
            number: enrolled.device,
            name: enrolled.name.clone(),
            role: enrolled.role,
            certificate: enrolled.certificate.clone(),
            revoked: false,
            ended: BTreeMap::new(),
        }
    }

    pub(super) fn apply(&mut self, fact: &Fact) {
        match fact {
            // A certificate is renewed for the same device and no other; a revocation is final.
            Fact::DeviceEnrolled(enrolled) if enrolled.device == self.number => {
                self.name.clone_from(&enrolled.name);
                self.role = enrolled.role;
                self.certificate.clone_from(&enrolled.certificate);
            }
            Fact::DeviceRevoked(_) => self.revoked = true,
            // Where two desks ended one epoch, the one that knew less was further from the device.
            Fact::EpochEnded(EpochEnded { epoch, last_seq, .. }) => {
                let end = self.ended.entry(*epoch).or_insert(*last_seq);
                *end = (*end).max(*last_seq);
            }
            _ => {}
        }
    }
}
