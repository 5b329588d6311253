//! Halls, codes and devices in PostgreSQL.

use ed25519_dalek::VerifyingKey;
use hall_core::fact::{DeviceRevoked, Fact};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Certificate, Chain};
use sqlx::postgres::{PgConnection, PgPool};

use crate::archive::{ArchiveError, Device, Grant, Known, Listed, Revoked};
use crate::county::{self, County};
use crate::enrol::{self, Applicant, CODE_HOURS, Decision, EnrolError, Enrolled, decide};
use crate::postgres::{read, write};

pub(super) async fn add_hall(pool: &PgPool, name: &str) -> Result<u32, ArchiveError> {
    let hall: i32 = sqlx::query_scalar("INSERT INTO halls (name) VALUES ($1) RETURNING hall")
        .bind(name)
        .fetch_one(pool)
        .await?;
    Ok(hall.cast_unsigned())
}

pub(super) async fn add_code(pool: &PgPool, digest: [u8; 32], grant: &Grant) -> Result<bool, ArchiveError> {
    let added = sqlx::query(
        "INSERT INTO enrolment_codes (digest, hall, role, name, expires)
         SELECT $1, hall, $3, $4, now() + make_interval(hours => $5) FROM halls WHERE hall = $2",
    )
    .bind(digest)
    .bind(grant.hall.cast_signed())
    .bind(grant.role as i16)
    .bind(&grant.name)
    .bind(CODE_HOURS)
    .execute(pool)
    .await?;
    Ok(added.rows_affected() > 0)
}

/// The same code for the same key gives the same answer again, because the first may have been lost; for another
/// key it is used up.
pub(super) async fn enrol(
    pool: &PgPool,
    county: &County,
    applicant: &Applicant,
    now: Instant,
) -> Result<Enrolled, EnrolError> {
    let mut db = pool.begin().await?;
    let (grant, again) = use_code(&mut db, applicant).await?.ok_or(EnrolError::Code)?;
    // Whoever enrols writes into the county's series, one after the other: no number is given twice.
    read::lock(&mut db, &[county::HALL]).await?;
    let known = known(&mut db, &applicant.key).await?;
    let taken = is_taken(&mut db, applicant).await?;
    let certificate = match decide(&grant, again, applicant, known, taken)? {
        Decision::Again(certificate) => certificate,
        Decision::Certify { number, entity } => {
            let number = match number {
                Some(number) => number,
                None => next_number(&mut db).await?,
            };
            let certificate = county.certify(grant.hall, number, grant.role, &applicant.key, now);
            write::record(&mut db, county, now, entity, &enrol::fact(&grant, &certificate)).await?;
            certificate
        }
    };
    db.commit().await?;
    Ok(enrol::answer(county, grant, &certificate))
}

/// Uses up a code; what it gives, and whether the same key had used it before.
async fn use_code(
    db: &mut PgConnection,
    applicant: &Applicant,
) -> Result<Option<(Grant, bool)>, ArchiveError> {
    let code: Option<(i32, i16, String, bool)> = sqlx::query_as(
        "UPDATE enrolment_codes AS code SET key = $2 FROM enrolment_codes AS before
         WHERE code.digest = $1 AND before.digest = $1 AND code.expires > now()
               AND (code.key IS NULL OR code.key = $2)
         RETURNING code.hall, code.role, code.name, before.key IS NOT NULL",
    )
    .bind(applicant.digest)
    .bind(applicant.key.to_bytes())
    .fetch_optional(db)
    .await?;
    let Some((hall, role, name, again)) = code else { return Ok(None) };
    let role = DeviceRole::ALL.iter().copied().find(|known| *known as i16 == role);
    let role = role.ok_or(ArchiveError::Row("enrolment_codes"))?;
    Ok(Some((Grant { hall: hall.cast_unsigned(), role, name }, again)))
}

/// Number, certificate, entity, revoked.
type KnownRow = (i32, Vec<u8>, Option<Vec<u8>>, bool);

/// The device with that key.
async fn known(db: &mut PgConnection, key: &VerifyingKey) -> Result<Option<Known>, ArchiveError> {
    let row: Option<KnownRow> = sqlx::query_as(
        "SELECT device, certificate, entity, revoked FROM devices WHERE key = $1 ORDER BY device DESC LIMIT 1",
    )
    .bind(key.to_bytes())
    .fetch_optional(db)
    .await?;
    let Some((number, certificate, entity, revoked)) = row else { return Ok(None) };
    let certificate = Certificate::decode(&certificate).map_err(|_| ArchiveError::Row("devices"))?;
    let device = Device { number: number.cast_unsigned(), certificate, revoked };
    Ok(Some(Known { device, entity: entity.as_deref().and_then(EntityId::from_bytes) }))
}

/// Whether a device with another key, of whatever hall, has the number that the applicant brings.
async fn is_taken(db: &mut PgConnection, applicant: &Applicant) -> Result<bool, ArchiveError> {
    let Some(device) = applicant.device else { return Ok(false) };
    let taken = sqlx::query_scalar("SELECT EXISTS (SELECT FROM devices WHERE device = $1 AND key <> $2)")
        .bind(device.cast_signed())
        .bind(applicant.key.to_bytes())
        .fetch_one(db)
        .await?;
    Ok(taken)
}

async fn next_number(db: &mut PgConnection) -> Result<u32, ArchiveError> {
    let number: i32 = sqlx::query_scalar("SELECT nextval('device_numbers')::integer").fetch_one(db).await?;
    Ok(number.cast_unsigned())
}

/// Whether it was revoked before, entity, certificate.
type RevokedRow = (bool, Option<Vec<u8>>, Vec<u8>);

pub(super) async fn revoke(
    pool: &PgPool,
    county: &County,
    (device, hall): (u32, Option<u32>),
    reason: &str,
    now: Instant,
) -> Result<Revoked, ArchiveError> {
    let mut db = pool.begin().await?;
    read::lock(&mut db, &[county::HALL]).await?;
    let rows: Vec<RevokedRow> = sqlx::query_as(
        "UPDATE devices SET revoked = true FROM devices AS before
         WHERE devices.device = $1 AND devices.hall = coalesce($2, devices.hall)
               AND (before.hall, before.device) = (devices.hall, devices.device)
         RETURNING before.revoked, devices.entity, devices.certificate",
    )
    .bind(device.cast_signed())
    .bind(hall.map(u32::cast_signed))
    .fetch_all(&mut *db)
    .await?;
    let (before, entity, certificate) = match &rows[..] {
        [] => return Ok(Revoked::NoSuchDevice),
        [row] => row,
        _ => return Ok(Revoked::Ambiguous),
    };
    if !before {
        let entity = if let Some(entity) = entity.as_deref().and_then(EntityId::from_bytes) {
            entity
        } else {
            let certificate = Certificate::decode(certificate).map_err(|_| ArchiveError::Row("devices"))?;
            write::record(&mut db, county, now, None, &enrol::named(&certificate)).await?
        };
        let fact = Fact::DeviceRevoked(DeviceRevoked { reason: reason.to_owned() });
        write::record(&mut db, county, now, Some(entity), &fact).await?;
    }
    db.commit().await?;
    Ok(Revoked::Done)
}

/// Device, name, certificate, revoked; and, epoch by epoch, the last op with its chain.
type ListedRow = (i32, String, Vec<u8>, bool, Vec<i32>, Vec<i64>, Vec<Vec<u8>>);

pub(super) async fn list(pool: &PgPool, county: &County) -> Result<Vec<Listed>, ArchiveError> {
    let rows: Vec<ListedRow> = sqlx::query_as(
        "SELECT device, name, certificate, revoked, epochs, seqs, chains
         FROM devices d, LATERAL (
             SELECT coalesce(array_agg(epoch), '{}'), coalesce(array_agg(seq), '{}'), coalesce(array_agg(chain), '{}')
             FROM series s WHERE s.hall = d.hall AND s.device = d.device AND seq > 0
         ) AS heads (epochs, seqs, chains)
         ORDER BY hall, device",
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| listed(county, row)).collect()
}

fn listed(
    county: &County,
    (number, name, certificate, revoked, epochs, seqs, chains): ListedRow,
) -> Result<Listed, ArchiveError> {
    let certificate = Certificate::decode(&certificate).map_err(|_| ArchiveError::Row("devices"))?;
    let device = Device { number: number.cast_unsigned(), certificate, revoked };
    let heads = epochs.into_iter().zip(seqs).zip(chains).map(|((epoch, seq), chain)| {
        let epoch = u16::try_from(epoch).map_err(|_| ArchiveError::Row("series"))?;
        let chain = chain.try_into().map_err(|_| ArchiveError::Row("series"))?;
        Ok((OpId::new(device.number, epoch, seq.cast_unsigned()), Chain(chain)))
    });
    let heads = heads.collect::<Result<Vec<_>, ArchiveError>>()?;
    Ok(Listed::new(county, name, &device, &heads))
}
