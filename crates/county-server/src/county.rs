//! Who the county is: its key, its number, the certificates it issues.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use ed25519_dalek::{SigningKey, VerifyingKey};
use hall_core::Instant;
use hall_core::fact::Holder;
use hall_core::vocab::DeviceRole;
use hall_log::certificate::LIFETIME_S;
use hall_log::token::{KeyId, Seconds};
use hall_log::{Bearer, Certificate, base32};
use hall_sync::node::Identity;

/// The county's own device number, and the hall it counts as.
pub const DEVICE: u32 = hall_core::COUNTY;
pub const HALL: u32 = 0;
/// A certificate is renewed when it has no longer than this to live, seconds.
const RENEW_S: u32 = 30 * 86_400;

/// The county as a process knows it.
#[derive(Clone, Debug)]
pub struct County {
    key: SigningKey,
    epoch: u16,
}

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key file cannot be read or written")]
    Io(#[from] std::io::Error),
    #[error("the key file does not hold a key")]
    Malformed,
}

impl County {
    pub fn new(key: SigningKey, epoch: u16) -> Self {
        Self { key, epoch }
    }

    pub fn me(&self) -> Holder {
        Holder { device: DEVICE, epoch: self.epoch }
    }

    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// The key of an issuer, when it is this county.
    pub fn issuer(&self, id: KeyId) -> Option<VerifyingKey> {
        let key = self.verifying_key();
        (KeyId::of(&key) == id).then_some(key)
    }

    /// Vouches for a device from `now` on.
    pub fn certify(
        &self,
        hall: u32,
        device: u32,
        role: DeviceRole,
        key: &VerifyingKey,
        now: Instant,
    ) -> Certificate {
        let issued = Seconds::from(now);
        let expires = Seconds(issued.0.saturating_add(LIFETIME_S));
        Certificate::issue(Bearer { hall, device, role, key: key.to_bytes(), issued, expires }, &self.key)
    }

    /// The same bearer vouched for anew, when the certificate has not long to live. A desk that only another desk
    /// vouched for is left to that one: with the county's word it could vouch for others itself.
    pub fn renew(&self, certificate: &Certificate, now: Instant) -> Option<Certificate> {
        let bearer = certificate.bearer;
        if bearer.role == DeviceRole::Desk && self.issuer(certificate.issuer).is_none() {
            return None;
        }
        let due = Seconds::from(now).0 >= bearer.expires.0.saturating_sub(RENEW_S);
        let key = bearer.verifying_key().filter(|_| due)?;
        Some(self.certify(bearer.hall, bearer.device, bearer.role, &key, now))
    }

    /// The county as a node. It vouches for itself, from the day's beginning, so that all its processes show
    /// the same certificate.
    pub fn identity(&self, now: Instant) -> Identity {
        let day = now.day().at(hall_core::Minute(0));
        let certificate = self.certify(HALL, DEVICE, DeviceRole::County, &self.verifying_key(), day);
        Identity { me: self.me(), certificate, key: self.key.clone() }
    }
}

/// The wall clock.
pub fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Instant(since.map_or(0, |since| since.as_millis() as i64))
}

/// Makes a key and keeps it in a new file that only its owner can read.
pub fn create_key(path: &Path) -> Result<SigningKey, KeyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(std::io::Error::from)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", base32::encode(&seed))?;
    file.sync_all()?;
    Ok(SigningKey::from_bytes(&seed))
}

pub fn read_key(path: &Path) -> Result<SigningKey, KeyError> {
    let text = fs::read_to_string(path)?;
    let seed = base32::decode(&text).ok_or(KeyError::Malformed)?;
    let seed: [u8; 32] = seed.try_into().map_err(|_| KeyError::Malformed)?;
    Ok(SigningKey::from_bytes(&seed))
}
