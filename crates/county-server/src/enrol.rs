//! Enrolment: a one-time code makes a device's key one of a hall's. What an application is, what a code is, who is
//! enrolled as what; the archive keeps it.

use ed25519_dalek::VerifyingKey;
use hall_core::EntityId;
use hall_core::fact::{DeviceEnrolled, Fact};
use hall_core::vocab::DeviceRole;
use hall_log::{Bearer, Certificate, base32};
pub use hall_sync::enrolment::{Application, Enrolled};
use hall_sync::enrolment::{CODE_LEN, Invitation, draw_code, read_code};
use hall_sync::trust::HALL_NUMBERS;

use crate::archive::{ArchiveError, Grant, Known};
use crate::county::{self, County};

/// How long a code may be used, hours.
pub(crate) const CODE_HOURS: i32 = 24;
/// Bound of a name, characters.
const NAME_MAX: usize = 60;

/// An application whose parts make sense.
#[derive(Clone, Debug)]
pub struct Applicant {
    pub key: VerifyingKey,
    /// Of the code.
    pub digest: [u8; 32],
    /// The number that it has already.
    pub device: Option<u32>,
}

/// Why a device was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    #[error("not an application")]
    Malformed,
    /// Not one of ours, used up or too old: all the same to whoever tries codes.
    #[error("no such code")]
    Code,
    #[error("the device was revoked")]
    Revoked,
    #[error("the device belongs to another hall")]
    OtherHall,
    #[error("another device has that number")]
    Number,
    /// It was a desk, and wrote what no other machine may write.
    #[error("a desk becomes nothing else")]
    Role,
    #[error("too many attempts")]
    Busy,
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl From<sqlx::Error> for EnrolError {
    fn from(error: sqlx::Error) -> Self {
        Self::Archive(error.into())
    }
}

pub fn read(application: &Application) -> Result<Applicant, EnrolError> {
    let key = base32::decode(&application.key).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key = key.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).filter(|key| !key.is_weak());
    let key = key.ok_or(EnrolError::Malformed)?;
    if application.device.is_some_and(|device| device < HALL_NUMBERS) {
        // Those are the county's to give.
        return Err(EnrolError::Malformed);
    }
    let digest = digest(&application.code).ok_or(EnrolError::Code)?;
    Ok(Applicant { key, digest, device: application.device })
}

/// What becomes of somebody whose code is good.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// The answer that he had before.
    Again(Certificate),
    /// A certificate for this number, or for a new one, and a fact about this device, or about a new one.
    Certify { number: Option<u32>, entity: Option<EntityId> },
}

/// Decides about `applicant` with a code for `grant`, which he used before or not. `known` is the device with his
/// key; `holder` says whether another device has the number that he brings. A device that is known has its number.
pub(crate) fn decide(
    grant: &Grant,
    again: bool,
    applicant: &Applicant,
    known: Option<Known>,
    is_taken: bool,
) -> Result<Decision, EnrolError> {
    match known {
        Some(known) if known.device.certificate.bearer.hall != grant.hall => Err(EnrolError::OtherHall),
        Some(known) if known.device.revoked => Err(EnrolError::Revoked),
        Some(known)
            if known.device.certificate.bearer.role == DeviceRole::Desk && grant.role != DeviceRole::Desk =>
        {
            Err(EnrolError::Role)
        }
        Some(known) if again => Ok(Decision::Again(known.device.certificate)),
        Some(known) => Ok(Decision::Certify { number: Some(known.device.number), entity: known.entity }),
        None if is_taken => Err(EnrolError::Number),
        None => Ok(Decision::Certify { number: applicant.device, entity: None }),
    }
}

/// What the county's own series says of an enrolment.
pub(crate) fn fact(grant: &Grant, certificate: &Certificate) -> Fact {
    Fact::DeviceEnrolled(DeviceEnrolled {
        device: certificate.bearer.device,
        name: grant.name.clone(),
        role: grant.role,
        certificate: certificate.encode(),
    })
}

/// What the county's own series says of a device that showed its certificate before its desk's word came, so that
/// something can be said of it.
pub(crate) fn named(certificate: &Certificate) -> Fact {
    let Bearer { hall, role, .. } = certificate.bearer;
    fact(&Grant { hall, role, name: String::new() }, certificate)
}

/// What the applicant is told.
pub(crate) fn answer(county: &County, grant: Grant, certificate: &Certificate) -> Enrolled {
    Enrolled {
        hall: grant.hall,
        device: certificate.bearer.device,
        role: grant.role,
        name: grant.name,
        certificate: base32::encode(&certificate.encode()),
        issuers: vec![base32::encode(county.verifying_key().as_bytes())],
        hall_key: None,
        hub: None,
    }
}

/// Whether a hall or a device may be called so.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

/// Whether a code may be made for it.
pub(crate) fn is_grant(grant: &Grant) -> bool {
    is_name(&grant.name) && grant.role != DeviceRole::County && grant.hall != county::HALL
}

/// A new code, as it is to be read out, and its digest, which is all that is kept.
pub(crate) fn draw() -> Result<(String, [u8; 32]), getrandom::Error> {
    let mut drawn = [0; CODE_LEN];
    getrandom::fill(&mut drawn)?;
    let code = draw_code(drawn);
    let digest = digest(&code).expect("it was drawn from the alphabet");
    Ok((Invitation { code, pin: None, addresses: Vec::new() }.to_string(), digest))
}

/// What is kept of a code; `None` for text that is none.
fn digest(code: &str) -> Option<[u8; 32]> {
    Some(blake3::derive_key("linggong enrolment code 1", &read_code(code)?))
}
