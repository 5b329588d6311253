//! Who this machine is among the others: its hall, its certificate, whom it believes, whom it asks.
//!
//! Kept in a file beside the keys: it must outlive the data, and a copy of the data alone makes no second machine.
//! Without the file the machine is a hall by itself, which vouches for itself and may vouch for others.
//!
//! The file outlives releases: a later one adds keys to it and changes none. Golden file: `tests/golden/enrolment.hex`.

use ed25519_dalek::{SigningKey, VerifyingKey};
use hall_core::vocab::DeviceRole;
use hall_core::{Instant, Minute};
use hall_log::certificate::LIFETIME_S;
use hall_log::token::{KeyId, Seconds};
use hall_log::{Bearer, Certificate, base32};
use hall_store::{KeysError, StoreKeys};
use hall_sync::enrolment::{Enrolled, Invitation, Pin};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

const FILE: &str = "enrolment";
/// A certificate is renewed when it has no longer than this to live, seconds.
const RENEW_S: u32 = 30 * 86_400;

/// Somebody whom this machine asks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Asked {
    /// `host:port` or an address with `https://`.
    #[n(0)]
    pub addresses: Vec<String>,
    /// The key to which the other end is held; without one a public certificate has to name it.
    #[n(1)]
    pub key: Option<ByteArray<32>>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolment {
    /// What staff call the machine.
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub certificate: Certificate,
    /// Public keys of those whose certificates count.
    #[n(2)]
    pub issuers: Vec<ByteArray<32>>,
    /// The desk's machine, where the hall's devices meet.
    #[n(3)]
    pub hub: Option<Asked>,
    #[n(4)]
    pub county: Option<Asked>,
}

impl Enrolment {
    /// A hall by itself: its one machine vouches for itself, and is numbered like its hall. It does so from the day's
    /// beginning, so that every start of a day shows the same certificate.
    pub(crate) fn alone(device: u32, key: &SigningKey, now: Instant) -> Self {
        let (public, now) = (key.verifying_key(), now.day().at(Minute(0)));
        Self {
            name: "服务台".into(),
            certificate: certify((device, device), DeviceRole::Desk, &public, key, now),
            issuers: vec![public.to_bytes().into()],
            hub: None,
            county: None,
        }
    }

    /// What the file says; `None` when the machine was never enrolled.
    pub(crate) fn read(keys: &StoreKeys) -> Result<Option<Self>, KeysError> {
        let Some(bytes) = keys.read_beside(FILE)? else { return Ok(None) };
        match minicbor::decode(&bytes) {
            Ok(enrolment) => Ok(Some(enrolment)),
            Err(_) => Err(keys.damaged(FILE)),
        }
    }

    pub(crate) fn write(&self, keys: &StoreKeys) -> Result<(), KeysError> {
        keys.write_beside(FILE, &minicbor::to_vec(self).expect("writing to memory cannot fail"))
    }

    /// What became of an application at one of `addresses`, as far as it can be believed: the certificate must be
    /// this machine's, of one of the issuers that were named with it or of the hub whose key was pinned.
    pub(crate) fn of(
        enrolled: &Enrolled,
        invitation: &Invitation,
        address: &str,
        key: &SigningKey,
    ) -> Option<Self> {
        let issuers: Vec<VerifyingKey> =
            enrolled.issuers.iter().map(|text| key_of(text)).collect::<Option<_>>()?;
        let hub = enrolled.hub.as_deref().map(|text| key_of(text).ok_or(())).transpose().ok()?;
        let pinned = |key: &VerifyingKey| invitation.pin == Some(Pin::of(key.as_bytes()));
        if hub.as_ref().is_some_and(|hub| !pinned(hub)) {
            return None;
        }
        let certificate = Certificate::decode(&base32::decode(&enrolled.certificate)?).ok()?;
        let known = |id| issuers.iter().chain(&hub).find(|key| KeyId::of(key) == id).copied();
        // The clock of a new machine may be anything.
        let checked = certificate.check(Instant(0), known);
        let bearer = checked.ok().filter(|bearer| bearer.key == key.verifying_key().to_bytes())?;
        let mut addresses = vec![address.to_owned()];
        addresses.extend(invitation.addresses.iter().filter(|other| *other != address).cloned());
        let county = issuers.first().filter(|key| hub.is_none() && pinned(key));
        let asked = Asked { addresses, key: hub.as_ref().or(county).map(|key| key.to_bytes().into()) };
        (bearer.device == enrolled.device).then(|| Self {
            name: enrolled.name.clone(),
            certificate,
            issuers: issuers.iter().map(|key| key.to_bytes().into()).collect(),
            hub: hub.is_some().then(|| asked.clone()),
            county: hub.is_none().then_some(asked),
        })
    }

    pub(crate) fn hall(&self) -> u32 {
        self.certificate.bearer.hall
    }

    /// What this machine is in its hall.
    pub fn role(&self) -> DeviceRole {
        self.certificate.bearer.role
    }

    /// Whoever counts by himself.
    pub(crate) fn roots(&self) -> Vec<VerifyingKey> {
        self.issuers.iter().filter_map(|key| VerifyingKey::from_bytes(key).ok()).collect()
    }
}

/// The same bearer vouched for anew by `issuer`, when the certificate has not long to live.
pub(crate) fn renew(certificate: &Certificate, issuer: &SigningKey, now: Instant) -> Option<Certificate> {
    let bearer = certificate.bearer;
    let due = Seconds::from(now).0 >= bearer.expires.0.saturating_sub(RENEW_S);
    let key = bearer.verifying_key().filter(|_| due)?;
    Some(certify((bearer.hall, bearer.device), bearer.role, &key, issuer, now))
}

/// Vouches for a device of a hall from `now` on.
pub(crate) fn certify(
    (hall, device): (u32, u32),
    role: DeviceRole,
    key: &VerifyingKey,
    issuer: &SigningKey,
    now: Instant,
) -> Certificate {
    let issued = Seconds::from(now);
    let expires = Seconds(issued.0.saturating_add(LIFETIME_S));
    Certificate::issue(Bearer { hall, device, role, key: key.to_bytes(), issued, expires }, issuer)
}

/// A public key that was sent as text.
pub(crate) fn key_of(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = base32::decode(text)?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kiosk that a desk enrolled, a desk with a county behind a load balancer, a desk whose county is pinned.
    fn samples() -> [Enrolment; 3] {
        let (key, issuer) = (SigningKey::from_bytes(&[8; 32]), SigningKey::from_bytes(&[9; 32]));
        let asked = |address: &str, key: Option<[u8; 32]>| {
            Some(Asked { addresses: vec![address.to_owned()], key: key.map(Into::into) })
        };
        let of = |role, hub, county| Enrolment {
            name: "自助机 1".into(),
            certificate: certify(
                (12, 1_004),
                role,
                &key.verifying_key(),
                &issuer,
                Instant(1_800_000_000_000),
            ),
            issuers: vec![issuer.verifying_key().to_bytes().into()],
            hub,
            county,
        };
        [
            of(DeviceRole::Kiosk, asked("192.168.1.10:7443", Some([7; 32])), None),
            of(DeviceRole::Desk, None, asked("https://county.example.cn", None)),
            of(DeviceRole::Desk, None, asked("192.168.1.2:8443", Some([6; 32]))),
        ]
    }

    #[test]
    fn the_file_is_frozen() {
        let dir = tempfile::tempdir().unwrap();
        let keys = StoreKeys::load_or_create(dir.path()).unwrap();
        let mut frozen = include_str!("../../tests/golden/enrolment.hex").lines();
        for enrolment in samples() {
            enrolment.write(&keys).unwrap();
            let bytes = keys.read_beside(FILE).unwrap().unwrap();
            let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            assert_eq!(frozen.next(), Some(&*hex));
            assert_eq!(Enrolment::read(&keys).unwrap(), Some(enrolment));
        }
        assert_eq!(frozen.next(), None);
    }

    #[test]
    fn what_a_later_release_adds_is_left_alone_and_damage_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let keys = StoreKeys::load_or_create(dir.path()).unwrap();
        let [enrolment, ..] = samples();
        let mut bytes = minicbor::to_vec(&enrolment).unwrap();
        // A map of four entries, since a county that is not there is left out, becomes one of five.
        assert_eq!(bytes[0], 0xa4);
        bytes[0] = 0xa5;
        bytes.extend(minicbor::to_vec((5_u8, "later")).unwrap().split_off(1));
        keys.write_beside(FILE, &bytes).unwrap();
        assert_eq!(Enrolment::read(&keys).unwrap(), Some(enrolment));
        keys.write_beside(FILE, &bytes[..bytes.len() - 8]).unwrap();
        assert!(matches!(Enrolment::read(&keys), Err(KeysError::Damaged(_))));
    }
}
