//! Who signed a scanned paper: a machine of this hall, or one of another hall of which the county tells.
//!
//! A good signature says what was promised when the paper was signed, and nothing of what became of it. Must never take
//! another hall's machine for one of this hall's.

use ed25519_dalek::VerifyingKey;
use hall_core::entity::Device;
use hall_core::vocab::DeviceRole;
use hall_log::token::{KeyId, Token, TokenError};
use hall_log::{Bearer, Certificate};

use crate::exchange::Enrolment;
use crate::hall::{Hall, Inner, Now};

/// A machine whose key is known here.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub hall: u32,
    pub name: String,
    /// It was revoked since.
    pub stopped: bool,
    key: VerifyingKey,
}

/// A paper whose signature is good.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub token: Token,
    pub expired: bool,
    pub signer: Signer,
}

/// Why a text is worth nothing here.
#[derive(Clone, Debug)]
pub(crate) enum Unsigned {
    /// Another code altogether, or not all of one.
    NotOurs,
    /// No machine of the county that is known here has this key.
    UnknownKey,
    /// It names the key of the machine that staff call so, which did not sign it.
    Forged(String),
}

impl Hall {
    /// Reads a scanned text and finds whoever signed it, this hall's own machines first.
    pub(crate) fn read_signed(&self, inner: &Inner, now: Now, text: &str) -> Result<Signed, Unsigned> {
        let Err(TokenError::UnknownKey(id)) = Token::verify(text, now.hall, |_| None) else {
            return Err(Unsigned::NotOurs);
        };
        let mut unsigned = Unsigned::UnknownKey;
        for signer in self.signers(inner, id) {
            // A key's name is short: another machine's key may have the same.
            match Token::verify(text, now.hall, |_| Some(signer.key)) {
                Ok(token) => return Ok(Signed { token, expired: false, signer }),
                Err(TokenError::Expired(token)) => return Ok(Signed { token, expired: true, signer }),
                Err(TokenError::NotOurs) => return Err(Unsigned::NotOurs),
                Err(TokenError::BadSignature | TokenError::UnknownKey(_)) => {
                    if matches!(unsigned, Unsigned::UnknownKey) {
                        unsigned = Unsigned::Forged(signer.name);
                    }
                }
            }
        }
        Err(unsigned)
    }

    fn signers(&self, inner: &Inner, id: KeyId) -> Vec<Signer> {
        let own = self.enrolment();
        let kept = self.store.certificates();
        let told = inner.live.devices.values();
        let told = told.filter_map(|device| Certificate::decode(&device.certificate).ok());
        let known = [own.certificate.clone()].into_iter().chain(kept).chain(told);
        let named = |bearer: &Bearer| bearer.role != DeviceRole::County && KeyId::of_bytes(&bearer.key) == id;
        let mut bearers: Vec<Bearer> = known.map(|certificate| certificate.bearer).filter(named).collect();
        bearers.sort_by_key(|bearer| (bearer.hall != own.hall(), bearer.hall, bearer.device, bearer.key));
        bearers.dedup_by_key(|bearer| (bearer.hall, bearer.device, bearer.key));
        bearers.into_iter().filter_map(|bearer| signer(inner, &own, &bearer)).collect()
    }
}

/// The machine behind a key, as staff call it.
fn signer(inner: &Inner, own: &Enrolment, bearer: &Bearer) -> Option<Signer> {
    let is_it = |known: &Certificate| {
        let known = &known.bearer;
        (known.hall, known.device, known.key) == (bearer.hall, bearer.device, bearer.key)
    };
    let devices = inner.live.devices.values().filter(|device| device.number == bearer.device);
    let devices: Vec<&Device> = devices
        .filter(|device| Certificate::decode(&device.certificate).is_ok_and(|known| is_it(&known)))
        .collect();
    let name = match devices.first() {
        Some(device) => device.name.clone(),
        None if is_it(&own.certificate) => own.name.clone(),
        None => format!("机器 {}", bearer.device),
    };
    let stopped = devices.iter().any(|device| device.revoked);
    Some(Signer { hall: bearer.hall, name, stopped, key: bearer.verifying_key()? })
}
