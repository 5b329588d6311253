//! A device's certificate: who it is and what it may read, vouched for by the county or by the hall itself.
//!
//! Checked without a line: whoever knows the issuer's public key can. It lasts 90 days and is renewed by sync.
//!
//! Frozen: certificates are stored and sent. Golden file: `tests/golden/certificate.hex`.

use ed25519_dalek::{SigningKey, VerifyingKey};
use hall_core::Instant;
use hall_core::vocab::DeviceRole;
use minicbor::{Decode, Encode};

use crate::signature;
use crate::token::{KeyId, Seconds};

const DOMAIN: &[u8] = b"linggong certificate 1";
/// How long a certificate lasts, seconds.
pub const LIFETIME_S: u32 = 90 * 86_400;

/// Who and what is vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bearer {
    #[n(0)]
    pub hall: u32,
    #[n(1)]
    pub device: u32,
    #[n(2)]
    pub role: DeviceRole,
    /// The device's Ed25519 public key.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub key: [u8; 32],
    #[n(4)]
    pub issued: Seconds,
    #[n(5)]
    pub expires: Seconds,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Certificate {
    #[n(0)]
    pub bearer: Bearer,
    #[n(1)]
    pub issuer: KeyId,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// Why a certificate is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("not a certificate")]
    Malformed,
    #[error("issued by {0:?}, whom nobody here trusts")]
    UnknownIssuer(KeyId),
    #[error("the issuer's signature is not good")]
    BadSignature,
    #[error("expired")]
    Expired(Bearer),
}

impl Certificate {
    /// Vouches for `bearer`.
    pub fn issue(bearer: Bearer, issuer: &SigningKey) -> Self {
        let signature = signature::sign(issuer, &message(&bearer));
        Self { bearer, issuer: KeyId::of(&issuer.verifying_key()), signature }
    }

    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, CertificateError> {
        minicbor::decode(bytes).map_err(|_| CertificateError::Malformed)
    }

    /// The bearer, when an issuer that `issuer` knows vouched for him and it has not expired at `now`.
    pub fn check(
        &self,
        now: Instant,
        issuer: impl FnOnce(KeyId) -> Option<VerifyingKey>,
    ) -> Result<Bearer, CertificateError> {
        let key = issuer(self.issuer).ok_or(CertificateError::UnknownIssuer(self.issuer))?;
        if !signature::is_by(&key, &message(&self.bearer), &self.signature) {
            return Err(CertificateError::BadSignature);
        }
        if now > self.bearer.expires.instant() {
            return Err(CertificateError::Expired(self.bearer));
        }
        Ok(self.bearer)
    }
}

impl Bearer {
    /// The key the device signs with; `None` when the bytes are no point of the curve.
    pub fn verifying_key(&self) -> Option<VerifyingKey> {
        VerifyingKey::from_bytes(&self.key).ok()
    }
}

fn message(bearer: &Bearer) -> Vec<u8> {
    let mut message = DOMAIN.to_vec();
    message.extend(minicbor::to_vec(bearer).expect("writing to memory cannot fail"));
    message
}
