//! How a machine becomes one of this hall's: the code that a supervisor makes at the desk, the application that
//! comes with it, and, on the new machine, what the answer changes.

use hall_core::EntityId;
use hall_core::Instant;
use hall_core::entity::Device;
use hall_core::fact::{DeviceEnrolled, Fact};
use hall_core::vocab::DeviceRole;
use hall_log::{Certificate, base32};
use hall_store::Draft;
use hall_sync::enrolment::{self, Application, CODE_LEN, Enrolled, Invitation, NotEnrolled, Pin};
use hall_sync::trust::HALL_NUMBERS;

use super::enrolment::{Enrolment, certify, key_of};
use super::steward::hall_of;
use crate::error::{AppError, Code};
use crate::hall::{Hall, Inner, Now, random};

/// How long a code may be used, milliseconds.
const CODE_MS: i64 = 24 * 3_600_000;
/// Codes that wait to be used; the oldest makes room.
const CODES_MAX: usize = 12;

/// A code that waits to be used. Only in memory: after a restart the desk makes another.
#[derive(Clone, Debug)]
struct Waiting {
    code: [u8; CODE_LEN],
    name: String,
    role: DeviceRole,
    by: Option<EntityId>,
    until: Instant,
    /// Who used it: the answer may have been lost, and the same machine gets it again.
    used: Option<Certificate>,
}

/// The codes that a desk has made.
#[derive(Debug, Default)]
pub(crate) struct Codes(Vec<Waiting>);

impl Codes {
    /// A new code for a machine of that role.
    pub(crate) fn make(&mut self, now: Now, name: String, role: DeviceRole, by: Option<EntityId>) -> String {
        let code = random::<CODE_LEN>().map(|byte| byte & 31);
        self.0.retain(|waiting| now.machine < waiting.until);
        if self.0.len() >= CODES_MAX {
            self.0.remove(0);
        }
        self.0.push(Waiting { code, name, role, by, until: now.machine.plus_ms(CODE_MS), used: None });
        enrolment::draw_code(code)
    }

    fn find(&mut self, now: Now, code: &str) -> Option<&mut Waiting> {
        let code = enrolment::read_code(code)?;
        self.0.iter_mut().find(|waiting| waiting.code == code && now.machine < waiting.until)
    }
}

impl Hall {
    /// The invitation with a new code, as the desk shows it.
    pub(crate) fn invite(
        &self,
        inner: &mut Inner,
        now: Now,
        by: Option<EntityId>,
        name: String,
        role: DeviceRole,
    ) -> Invitation {
        let code = inner.codes.make(now, name, role, by);
        let pin = Pin::of(self.signing.verifying_key().as_bytes());
        Invitation { code, pin: Some(pin), addresses: self.lines().addresses.clone() }
    }

    /// Enrols a machine of this hall that applied with a code.
    pub fn enrol(&self, application: &Application) -> Result<Enrolled, NotEnrolled> {
        let key = key_of(&application.key).ok_or(NotEnrolled::Malformed)?;
        let device = application.device.ok_or(NotEnrolled::Malformed)?;
        if device < HALL_NUMBERS {
            // Those are the county's to give; nobody would believe a desk's word for one.
            return Err(NotEnrolled::Number);
        }
        let unavailable = |_: AppError| NotEnrolled::Unavailable;
        let (mut inner, now) = self.today().map_err(unavailable)?;
        let enrolment = self.lines().enrolment.clone();
        let known = known(self, &inner, device);
        let waiting = inner.codes.find(now, &application.code).ok_or(NotEnrolled::Code)?;
        let other = |certificate: &Certificate| certificate.bearer.key != key.to_bytes();
        if waiting.used.as_ref().is_some_and(other) {
            return Err(NotEnrolled::Code);
        }
        let (name, role, by) = (waiting.name.clone(), waiting.role, waiting.by);
        let certificate = if let Some(certificate) = waiting.used.clone() {
            certificate
        } else {
            let certificate = certify((enrolment.hall(), device), role, &key, &self.signing, now.machine);
            if known.as_ref().is_some_and(|(_, known)| known.revoked) {
                return Err(NotEnrolled::Revoked);
            }
            let was_desk = known.as_ref().is_some_and(|(_, known)| known.role == DeviceRole::Desk);
            if was_desk && role != DeviceRole::Desk {
                return Err(NotEnrolled::Role);
            }
            let taken = |(_, known): &(EntityId, Device)| {
                Certificate::decode(&known.certificate).map_or(true, |certificate| other(&certificate))
                    || hall_of(known) != Some(enrolment.hall())
            };
            if device == self.me.device || known.as_ref().is_some_and(taken) {
                return Err(NotEnrolled::Number);
            }
            let fact = Fact::DeviceEnrolled(DeviceEnrolled {
                device,
                name: name.clone(),
                role,
                certificate: certificate.encode(),
            });
            let draft = match known {
                Some((entity, _)) => Draft::about(entity, by, fact),
                None => Draft::new(by, fact),
            };
            let mut drafts = self.introduced(&inner, &enrolment, by);
            drafts.push(draft);
            self.commit(&mut inner, now, drafts).map_err(unavailable)?;
            if let Some(waiting) = inner.codes.find(now, &application.code) {
                waiting.used = Some(certificate.clone());
            }
            certificate
        };
        Ok(Enrolled {
            hall: enrolment.hall(),
            device,
            role,
            name,
            certificate: base32::encode(&certificate.encode()),
            issuers: enrolment.issuers.iter().map(|key| base32::encode(&key[..])).collect(),
            hall_key: Some(base32::encode(&self.keys.hall)),
            hub: Some(base32::encode(self.signing.verifying_key().as_bytes())),
        })
    }

    /// The desk's own entry, before the first other machine's: who holds the other places.
    fn introduced(&self, inner: &Inner, enrolment: &Enrolment, by: Option<EntityId>) -> Vec<Draft> {
        if known(self, inner, self.me.device).is_some() {
            return Vec::new();
        }
        let itself = DeviceEnrolled {
            device: self.me.device,
            name: enrolment.name.clone(),
            role: enrolment.role(),
            certificate: enrolment.certificate.encode(),
        };
        vec![Draft::new(by, Fact::DeviceEnrolled(itself))]
    }

    /// Makes this machine one of another hall's, or of a county's, after it was enrolled there with `invitation` at
    /// `address`. It must start anew then.
    ///
    /// To another hall goes only a machine that has nothing yet: what it hashed with its own hall's key would be found
    /// nowhere. A desk that joins a county keeps all it has.
    pub fn join(&self, enrolled: &Enrolled, invitation: &Invitation, address: &str) -> Result<(), AppError> {
        let not_believed =
            || AppError::new(Code::BadInput, "对方的答复不对，没有加入。请核对邀请码，重新生成一个再试");
        let enrolment =
            Enrolment::of(enrolled, invitation, address, &self.signing).ok_or_else(not_believed)?;
        if enrolled.device != self.me.device {
            return Err(not_believed());
        }
        let kept = |error: hall_store::KeysError| {
            tracing::error!(%error, "the enrolment is not kept");
            AppError::new(Code::Storage, "写不进密钥文件夹，没有加入。请检查磁盘和权限后再试").retryable()
        };
        if let Some(hall_key) = &enrolled.hall_key {
            let bytes = base32::decode(hall_key).and_then(|bytes| bytes.try_into().ok());
            let bytes = bytes.ok_or_else(not_believed)?;
            if bytes != self.keys.hall {
                self.check_blank()?;
                self.keys.clone().join(bytes).map_err(kept)?;
            }
        }
        enrolment.write(&self.keys).map_err(kept)
    }

    /// Whether nothing has been done on this machine yet.
    pub fn check_blank(&self) -> Result<(), AppError> {
        if self.store.heads()?.is_empty() {
            return Ok(());
        }
        Err(AppError::new(
            Code::AlreadySetUp,
            "这台机器已经有自己的数据，不能再加入别的大厅。要改用途，请先备份，再用新的数据文件夹和密钥文件夹",
        ))
    }

    /// What this machine applies with.
    pub fn application(&self, invitation: &Invitation) -> Application {
        Application {
            code: invitation.code.clone(),
            key: base32::encode(self.signing.verifying_key().as_bytes()),
            device: Some(self.me.device),
        }
    }
}

/// The device with that number, and its entity. Where machines of several halls have it, the one of this hall.
pub(crate) fn known(app: &Hall, inner: &Inner, device: u32) -> Option<(EntityId, Device)> {
    let hall = app.enrolment().hall();
    let found = inner.live.devices.iter().filter(|(_, known)| known.number == device);
    let found = found.min_by_key(|(_, known)| hall_of(known) != Some(hall));
    found.map(|(id, known)| (*id, known.clone()))
}
