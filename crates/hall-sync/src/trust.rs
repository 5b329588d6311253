//! Whom this node believes, and what each may read.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::VerifyingKey;
use hall_core::Instant;
use hall_core::fact::Scope;
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_log::token::KeyId;
use hall_log::{Bearer, Certificate, CertificateError};

use crate::wire::Refused;

/// Numbers from here on are drawn by the desks of halls; those below are given by the county.
pub const HALL_NUMBERS: u32 = 1 << 31;

/// Issuers, known devices, revocations.
///
/// The roots are the county, or the desk of a hall that has no county. A desk that a root vouched for may vouch for
/// the other machines of its own hall, so that a kiosk can be replaced while the county is out of reach.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    roots: BTreeMap<KeyId, VerifyingKey>,
    /// The newest certificate of each device that was checked here.
    known: BTreeMap<u32, Known>,
    revoked: BTreeSet<u32>,
    /// Learned since somebody last asked.
    news: Vec<Certificate>,
}

#[derive(Clone, Debug)]
struct Known {
    certificate: Certificate,
    key: VerifyingKey,
}

impl Trust {
    pub fn new(roots: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let roots = roots.into_iter().map(|key| (KeyId::of(&key), key)).collect();
        Self { roots, ..Self::default() }
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
        let bearer = certificate.bearer;
        let known = self.known.get(&bearer.device);
        if known.is_none_or(|known| known.certificate != *certificate) {
            let checked = certificate.check(now, |issuer| self.issuer(issuer, &bearer));
            let (Ok(bearer) | Err(CertificateError::Expired(bearer))) = checked else {
                return Err(Refused::Certificate);
            };
            let key = bearer.verifying_key().ok_or(Refused::Certificate)?;
            // Of two of one second, every node keeps the same.
            let rank = |certificate: &Certificate| (certificate.bearer.issued, certificate.signature);
            if known.is_none_or(|known| rank(&known.certificate) < rank(certificate)) {
                self.known.insert(bearer.device, Known { certificate: certificate.clone(), key });
                self.news.push(certificate.clone());
            }
        }
        if now > bearer.expires.instant() { Err(Refused::Expired) } else { Ok(bearer) }
    }

    /// The key of an issuer who may vouch for `bearer`: a root, or a desk of his hall that a root vouched for and
    /// nobody revoked. What a desk vouches for is a device of the numbers that desks draw: never the county, never one
    /// that is known under another key or in another hall, and no desk for which a root vouched.
    fn issuer(&self, issuer: KeyId, bearer: &Bearer) -> Option<VerifyingKey> {
        let root = self.roots.get(&issuer).copied();
        let known = self.known.get(&bearer.device);
        let by_root = |known: &Known| self.roots.contains_key(&known.certificate.issuer);
        let takes_over = known.is_some_and(|known| {
            let Bearer { hall, role, key, .. } = known.certificate.bearer;
            (hall, key) != (bearer.hall, bearer.key) || (role == DeviceRole::Desk && by_root(known))
        });
        let by_desk = bearer.device >= HALL_NUMBERS && bearer.role != DeviceRole::County && !takes_over;
        let vouches = |known: &&Known| {
            let desk = known.certificate.bearer;
            desk.role == DeviceRole::Desk
                && desk.hall == bearer.hall
                && KeyId::of(&known.key) == issuer
                && by_root(known)
                && !self.is_revoked(desk.device)
        };
        root.or_else(|| self.known.values().filter(|_| by_desk).find(vouches).map(|desk| desk.key))
    }

    /// Certificates that were learned since the last call.
    pub fn news(&mut self) -> Vec<Certificate> {
        if mutant::on(Bug::CertificatesForgotten) {
            self.news.clear();
        }
        std::mem::take(&mut self.news)
    }

    /// The newest certificate of everybody who is known.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.known.values().map(|known| &known.certificate)
    }

    pub fn bearer(&self, device: u32) -> Option<&Bearer> {
        self.certificate(device).map(|certificate| &certificate.bearer)
    }

    pub fn certificate(&self, device: u32) -> Option<&Certificate> {
        self.known.get(&device).map(|known| &known.certificate)
    }

    /// What somebody needs to believe `device`: its certificate, behind that of the desk that vouched for it.
    pub fn credentials(&self, device: u32) -> impl Iterator<Item = &Certificate> {
        let own = self.certificate(device);
        let vouched = |known: &&Known| {
            let desk = known.certificate.bearer;
            desk.role == DeviceRole::Desk
                && desk.device != device
                && own.is_some_and(|own| desk.hall == own.bearer.hall && KeyId::of(&known.key) == own.issuer)
        };
        self.known.values().find(vouched).map(|desk| &desk.certificate).into_iter().chain(own)
    }

    /// The key that seals the series of `device`.
    pub fn key(&self, device: u32) -> Option<&VerifyingKey> {
        self.known.get(&device).map(|known| &known.key)
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
        if mutant::on(Bug::ScopeIgnored) {
            return true;
        }
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
