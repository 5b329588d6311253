//! Enrolment: a one-time code makes a device's key one of a hall's.

use ed25519_dalek::VerifyingKey;
use hall_core::fact::{DeviceEnrolled, DeviceRevoked, Fact};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant};
use hall_log::{Certificate, base32};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgConnection;

use crate::county::{self, County};
use crate::database::DatabaseError;
use crate::{read, write};

/// Characters of a code, five bits each: nobody guesses sixty bits in a day, not even of a stolen database.
const CODE_LEN: usize = 12;
/// How long a code may be used, hours.
const CODE_HOURS: i32 = 24;
/// Bound of a name, characters.
const NAME_MAX: usize = 60;

/// A device that would like to belong to a hall.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// As it was read from the console, with or without separators.
    pub code: String,
    /// The device's Ed25519 public key, Base32.
    pub key: String,
}

/// What it is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolled {
    pub hall: u32,
    pub device: u32,
    pub role: DeviceRole,
    pub name: String,
    /// CBOR in Base32.
    pub certificate: String,
    /// The public keys of those whose certificates count, Base32.
    pub issuers: Vec<String>,
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
    #[error("too many attempts")]
    Busy,
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sqlx::Error> for EnrolError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A hall's number.
pub async fn add_hall(pool: &PgPool, name: &str) -> Result<u32, EnrolError> {
    let name = named(name)?;
    let hall: i32 = sqlx::query_scalar("INSERT INTO halls (name) VALUES ($1) RETURNING hall")
        .bind(name)
        .fetch_one(pool)
        .await?;
    Ok(hall.cast_unsigned())
}

fn named(name: &str) -> Result<&str, EnrolError> {
    let good = (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if good { Ok(name) } else { Err(EnrolError::Malformed) }
}

/// A new code for a device of `hall`, as it is to be read out. Only its digest is kept.
pub async fn add_code(pool: &PgPool, hall: u32, role: DeviceRole, name: &str) -> Result<String, EnrolError> {
    let name = named(name)?;
    if role == DeviceRole::County || hall == county::HALL {
        return Err(EnrolError::Malformed);
    }
    let mut drawn = [0; CODE_LEN];
    getrandom::fill(&mut drawn).map_err(|_| EnrolError::Malformed)?;
    let code: String = drawn.iter().map(|value| base32::character(*value)).collect();
    let added = sqlx::query(
        "INSERT INTO enrolment_codes (digest, hall, role, name, expires)
         SELECT $1, hall, $3, $4, now() + make_interval(hours => $5) FROM halls WHERE hall = $2",
    )
    .bind(digest(&code).ok_or(EnrolError::Malformed)?)
    .bind(hall.cast_signed())
    .bind(role as i16)
    .bind(name)
    .bind(CODE_HOURS)
    .execute(pool)
    .await?;
    if added.rows_affected() == 0 {
        return Err(EnrolError::OtherHall);
    }
    let groups: Vec<&str> = [0..4, 4..8, 8..12].into_iter().filter_map(|group| code.get(group)).collect();
    Ok(groups.join("-"))
}

/// What is kept of a code; `None` for text that is none.
fn digest(code: &str) -> Option<[u8; 32]> {
    let values: Option<Vec<u8>> =
        code.chars().filter(|c| !base32::is_separator(*c)).take(CODE_LEN + 1).map(base32::value).collect();
    let values = values.filter(|values| values.len() == CODE_LEN)?;
    Some(blake3::derive_key("linggong enrolment code 1", &values))
}

/// Enrols a device. The same code for the same key gives the same answer again, because the first may have been
/// lost; for another key it is used up.
pub async fn enrol(
    pool: &PgPool,
    county: &County,
    application: &Application,
    now: Instant,
) -> Result<Enrolled, EnrolError> {
    let key = base32::decode(&application.key).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key = key.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).filter(|key| !key.is_weak());
    let key = key.ok_or(EnrolError::Malformed)?;
    let digest = digest(&application.code).ok_or(EnrolError::Code)?;
    let mut db = pool.begin().await?;
    let code: Option<(i32, i16, String, bool)> = sqlx::query_as(
        "UPDATE enrolment_codes AS code SET key = $2 FROM enrolment_codes AS before
         WHERE code.digest = $1 AND before.digest = $1 AND code.expires > now()
               AND (code.key IS NULL OR code.key = $2)
         RETURNING code.hall, code.role, code.name, before.key IS NOT NULL",
    )
    .bind(digest)
    .bind(key.to_bytes())
    .fetch_optional(&mut *db)
    .await?;
    let (hall, role, name, again) = code.ok_or(EnrolError::Code)?;
    let role = DeviceRole::ALL.iter().copied().find(|known| *known as i16 == role);
    let role = role.ok_or(DatabaseError::Row("enrolment_codes"))?;
    let hall = hall.cast_unsigned();
    let certificate = match known(&mut db, &key).await? {
        Some(known) if known.hall != hall => return Err(EnrolError::OtherHall),
        Some(known) if known.revoked => return Err(EnrolError::Revoked),
        Some(known) if again => known.certificate,
        known => {
            let number = match &known {
                Some(known) => known.number,
                None => next_number(&mut db).await?,
            };
            let certificate = county.certify(hall, number, role, &key, now);
            let fact = Fact::DeviceEnrolled(DeviceEnrolled {
                device: number,
                name: name.clone(),
                role,
                certificate: certificate.encode(),
            });
            let entity = known.and_then(|known| known.entity);
            write::record(&mut db, county, now, entity, &fact).await?;
            certificate
        }
    };
    db.commit().await?;
    Ok(Enrolled {
        hall,
        device: certificate.bearer.device,
        role,
        name,
        certificate: base32::encode(&certificate.encode()),
        issuers: vec![base32::encode(county.verifying_key().as_bytes())],
    })
}

struct Known {
    hall: u32,
    number: u32,
    certificate: Certificate,
    entity: Option<EntityId>,
    revoked: bool,
}

/// Hall, number, certificate, entity, revoked.
type KnownRow = (i32, i32, Vec<u8>, Option<Vec<u8>>, bool);

/// The device with that key.
async fn known(db: &mut PgConnection, key: &VerifyingKey) -> Result<Option<Known>, DatabaseError> {
    let row: Option<KnownRow> =
        sqlx::query_as("SELECT hall, device, certificate, entity, revoked FROM devices WHERE key = $1 ORDER BY device DESC LIMIT 1")
            .bind(key.to_bytes())
            .fetch_optional(db)
            .await?;
    let Some((hall, number, certificate, entity, revoked)) = row else { return Ok(None) };
    Ok(Some(Known {
        hall: hall.cast_unsigned(),
        number: number.cast_unsigned(),
        certificate: Certificate::decode(&certificate).map_err(|_| DatabaseError::Row("devices"))?,
        entity: entity.as_deref().and_then(EntityId::from_bytes),
        revoked,
    }))
}

async fn next_number(db: &mut PgConnection) -> Result<u32, DatabaseError> {
    let number: i32 = sqlx::query_scalar("SELECT nextval('device_numbers')::integer").fetch_one(db).await?;
    Ok(number.cast_unsigned())
}

/// Takes back a device's right to exchange, for good; `false` when there is no such device. The county's own
/// series tells the halls.
pub async fn revoke(
    pool: &PgPool,
    county: &County,
    device: u32,
    reason: &str,
    now: Instant,
) -> Result<bool, DatabaseError> {
    let mut db = pool.begin().await?;
    read::lock(&mut db, &[county::HALL]).await?;
    let row: Option<(bool, Option<Vec<u8>>)> = sqlx::query_as(
        "UPDATE devices SET revoked = true FROM devices AS before
         WHERE devices.device = $1 AND before.device = $1 RETURNING before.revoked, devices.entity",
    )
    .bind(device.cast_signed())
    .fetch_optional(&mut *db)
    .await?;
    let Some((before, entity)) = row else { return Ok(false) };
    if let Some(entity) = entity.as_deref().and_then(EntityId::from_bytes).filter(|_| !before) {
        let fact = Fact::DeviceRevoked(DeviceRevoked { reason: reason.to_owned() });
        write::record(&mut db, county, now, Some(entity), &fact).await?;
    }
    db.commit().await?;
    Ok(true)
}

/// A device for the operator's eyes.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub hall: u32,
    pub device: u32,
    pub role: DeviceRole,
    pub name: String,
    /// When its certificate ends, seconds since 1970.
    pub expires: u32,
    pub revoked: bool,
    /// How many ops of it are here.
    pub ops: u64,
}

pub async fn devices(pool: &PgPool) -> Result<Vec<Listed>, DatabaseError> {
    let rows: Vec<(i32, i32, String, Vec<u8>, bool, i64)> = sqlx::query_as(
        "SELECT hall, device, name, certificate, revoked,
                coalesce((SELECT sum(seq) FROM series s WHERE s.hall = d.hall AND s.device = d.device), 0)::bigint
         FROM devices d ORDER BY hall, device",
    )
    .fetch_all(pool)
    .await?;
    let listed = |(hall, device, name, certificate, revoked, ops): (i32, i32, String, Vec<u8>, bool, i64)| {
        let bearer = Certificate::decode(&certificate).map_err(|_| DatabaseError::Row("devices"))?.bearer;
        Ok(Listed {
            hall: hall.cast_unsigned(),
            device: device.cast_unsigned(),
            role: bearer.role,
            name,
            expires: bearer.expires.0,
            revoked,
            ops: ops.cast_unsigned(),
        })
    };
    rows.into_iter().map(listed).collect()
}
