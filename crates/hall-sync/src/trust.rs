//! Whom this node believes, and what each may read.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::VerifyingKey;
use hall_core::Instant;
use hall_core::fact::Scope;
use hall_core::vocab::DeviceRole;
use hall_log::token::KeyId;
use hall_log::{Bearer, Certificate, CertificateError};

use crate::wire::Refused;

/// Issuers, known devices, revocations.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    issuers: BTreeMap<KeyId, VerifyingKey>,
    /// The newest certificate of each device that was checked here.
    bearers: BTreeMap<u32, (Bearer, Certificate)>,
    revoked: BTreeSet<u32>,
}

impl Trust {
    pub fn new(issuers: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let issuers = issuers.into_iter().map(|key| (KeyId::of(&key), key)).collect();
        Self { issuers, ..Self::default() }
    }

    pub fn revoke(&mut self, device: u32) {
        self.revoked.insert(device);
    }

    pub fn is_revoked(&self, device: u32) -> bool {
        self.revoked.contains(&device)
    }

    /// Checks a certificate and remembers its bearer. One that has expired still tells who wrote a series of
    /// the past, but opens no exchange.
    pub fn learn(&mut self, certificate: &Certificate, now: Instant) -> Result<Bearer, Refused> {
        let checked = certificate.check(now, |issuer| self.issuers.get(&issuer).copied());
        let (Ok(bearer) | Err(CertificateError::Expired(bearer))) = checked else {
            return Err(Refused::Certificate);
        };
        let newer = self.bearers.get(&bearer.device).is_none_or(|(known, _)| known.issued < bearer.issued);
        if newer {
            self.bearers.insert(bearer.device, (bearer, certificate.clone()));
        }
        match checked {
            Ok(bearer) => Ok(bearer),
            Err(_) => Err(Refused::Expired),
        }
    }

    pub fn bearer(&self, device: u32) -> Option<&Bearer> {
        self.bearers.get(&device).map(|(bearer, _)| bearer)
    }

    pub fn certificate(&self, device: u32) -> Option<&Certificate> {
        self.bearers.get(&device).map(|(_, certificate)| certificate)
    }

    /// The key that seals the series of `device`.
    pub fn key(&self, device: u32) -> Option<VerifyingKey> {
        self.bearer(device)?.verifying_key()
    }
}

/// Somebody who takes ops: what he is, in which hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    pub hall: u32,
    pub role: DeviceRole,
}

impl Reader {
    /// Whether a payload of `scope`, written in `hall`, may reach this reader.
    pub fn may_read(self, scope: Scope, hall: u32) -> bool {
        let county = self.role == DeviceRole::County;
        match scope {
            Scope::Device => false,
            Scope::Desk => county || (hall == self.hall && self.role == DeviceRole::Desk),
            Scope::Hall => county || hall == self.hall,
            Scope::County | Scope::Public => true,
        }
    }

    /// Whether this reader may hold the series of `author` at all: its own hall's, and the county's.
    pub fn may_hold(self, author: &Bearer) -> bool {
        self.hall == author.hall || author.role == DeviceRole::County || self.role == DeviceRole::County
    }
}
