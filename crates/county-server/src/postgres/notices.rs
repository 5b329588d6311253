//! What ops say of devices and of erasures takes effect here too. A desk may speak of its hall, and of no desk.

use std::ops::RangeInclusive;

use hall_core::fact::{DeviceEnrolled, EpochEnded, Fact, Kind};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant};
use hall_log::{Certificate, Chain, Envelope, Op};
use sqlx::postgres::PgConnection;

use crate::archive::ArchiveError;
use crate::county::{County, DEVICE};
use crate::exchange::believing;
use crate::postgres::{devices, erase, posts, write};
use crate::steward;

/// Kinds by which devices come and go and workers are erased.
const NOTICES: RangeInclusive<u16> = Kind::WorkerErased as u16..=Kind::EpochEnded as u16;
/// Those about a device.
const OF_DEVICES: RangeInclusive<u16> = Kind::DeviceEnrolled as u16..=Kind::EpochEnded as u16;

/// By whom or what an op is looked for: the worker, the device or the post of the county that it is about.
pub(crate) fn subject(envelope: &Envelope) -> Option<EntityId> {
    let found = OF_DEVICES.contains(&envelope.kind) || envelope.entity.device == DEVICE;
    found.then_some(envelope.entity).or_else(|| erase::worker(envelope))
}

/// Who says something, and may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    County,
    Desk,
}

/// Carries out what new ops say, or ops whose payload has come. What was said of a device before its enrolment came
/// takes effect then.
pub(crate) async fn notices(
    db: &mut PgConnection,
    county: &County,
    hall: u32,
    ops: &[Op],
) -> Result<(), ArchiveError> {
    for op in ops.iter().filter(|op| steward::is_take_over(&op.envelope)) {
        posts::taken_over(db, op).await?;
    }
    for op in ops.iter().filter(|op| NOTICES.contains(&op.envelope.kind)) {
        let Some((speaker, fact)) = said(db, hall, op).await? else { continue };
        let entity = op.envelope.entity;
        let enrolled = match (&fact, speaker) {
            (Fact::WorkerErased(erased), _) => {
                erase::erase(db, hall, erased.worker).await?;
                continue;
            }
            (Fact::DeviceEnrolled(fact), Speaker::County) => enrolled(db, entity, fact).await?,
            (Fact::DeviceEnrolled(fact), Speaker::Desk) => vouched(db, county, hall, entity, fact).await?,
            (fact, _) => {
                happened(db, hall, entity, (speaker, fact)).await?;
                continue;
            }
        };
        let earlier = if enrolled { devices::about(db, hall, entity).await? } else { Vec::new() };
        for op in earlier {
            if let Some((speaker, fact)) = said(db, hall, &op).await? {
                happened(db, hall, entity, (speaker, &fact)).await?;
            }
        }
    }
    Ok(())
}

/// What an op says, when its author may say such things. What this release cannot read is kept and relayed all the
/// same.
async fn said(db: &mut PgConnection, hall: u32, op: &Op) -> Result<Option<(Speaker, Fact)>, ArchiveError> {
    let speaker = match op.envelope.id.device {
        DEVICE => Speaker::County,
        author if devices::is_desk(db, hall, author).await? => Speaker::Desk,
        _ => return Ok(None),
    };
    Ok(Some((speaker, op.fact())))
}

/// A device that the county enrolled: now, or before a backup that this database came back from.
async fn enrolled(
    db: &mut PgConnection,
    entity: EntityId,
    enrolled: &DeviceEnrolled,
) -> Result<bool, ArchiveError> {
    let Ok(certificate) = Certificate::decode(&enrolled.certificate) else { return Ok(false) };
    write::found(db, certificate.bearer.hall).await?;
    named(db, entity, &enrolled.name, &certificate).await
}

/// A device that a desk vouched for, if it may vouch for it: the rule is the exchange's own.
async fn vouched(
    db: &mut PgConnection,
    county: &County,
    hall: u32,
    entity: EntityId,
    enrolled: &DeviceEnrolled,
) -> Result<bool, ArchiveError> {
    let Ok(certificate) = Certificate::decode(&enrolled.certificate) else { return Ok(false) };
    // That it has expired since is no matter.
    let long_ago = Instant(0);
    let mut trust = believing(county, &devices::of(db, hall).await?, long_ago);
    if certificate.bearer.hall != hall || trust.learn(&certificate, long_ago).is_err() {
        tracing::warn!(hall, device = enrolled.device, "a desk may not vouch for this device");
        return Ok(false);
    }
    write::found(db, hall).await?;
    named(db, entity, &enrolled.name, &certificate).await
}

/// Keeps a device with the name that it was enrolled by; `false` when another one has its number or the op, or when
/// it was enrolled by another op before, for it is known by that one.
async fn named(
    db: &mut PgConnection,
    entity: EntityId,
    name: &str,
    certificate: &Certificate,
) -> Result<bool, ArchiveError> {
    let bearer = certificate.bearer;
    write::keep(db, certificate).await?;
    let named = sqlx::query(
        "UPDATE devices SET name = $3, entity = $4
         WHERE hall = $1 AND device = $2 AND key = $5 AND coalesce(entity, $4) = $4
               AND NOT EXISTS (SELECT FROM devices o WHERE o.entity = $4 AND (o.hall, o.device) <> ($1, $2))",
    )
    .bind(bearer.hall.cast_signed())
    .bind(bearer.device.cast_signed())
    .bind(name)
    .bind(entity.to_bytes())
    .bind(bearer.key)
    .execute(db)
    .await?;
    Ok(named.rows_affected() > 0)
}

/// A revocation or the end of an epoch. Whom it is about is looked up by his enrolment; when that has not come yet,
/// nothing happens until it does.
async fn happened(
    db: &mut PgConnection,
    hall: u32,
    entity: EntityId,
    (speaker, fact): (Speaker, &Fact),
) -> Result<(), ArchiveError> {
    let by_county = speaker == Speaker::County;
    let Some(device) = devices::enrolled_by(db, entity).await? else { return Ok(()) };
    let bearer = device.certificate.bearer;
    if !by_county && bearer.hall != hall {
        return Ok(());
    }
    match fact {
        Fact::DeviceRevoked(_) if by_county || bearer.role != DeviceRole::Desk => {
            sqlx::query("UPDATE devices SET revoked = true WHERE hall = $1 AND device = $2")
                .bind(bearer.hall.cast_signed())
                .bind(device.number.cast_signed())
                .execute(db)
                .await?;
        }
        Fact::DeviceRevoked(_) => {
            tracing::warn!(hall, device = device.number, "a desk may not revoke a desk");
        }
        Fact::EpochEnded(ended) => epoch_ended(db, (bearer.hall, device.number), ended).await?,
        _ => {}
    }
    Ok(())
}

/// The device may not exchange in that epoch any more. Of two who ended it, the one that knew more counts.
async fn epoch_ended(
    db: &mut PgConnection,
    (hall, device): (u32, u32),
    ended: &EpochEnded,
) -> Result<(), ArchiveError> {
    sqlx::query(
        "INSERT INTO series (hall, device, epoch, seq, hlc, chain, ended) VALUES ($1, $2, $3, 0, 0, $4, $5)
         ON CONFLICT (hall, device, epoch) DO UPDATE SET ended = greatest(series.ended, excluded.ended)",
    )
    .bind(hall.cast_signed())
    .bind(device.cast_signed())
    .bind(i32::from(ended.epoch))
    .bind(Chain::origin(device, ended.epoch).0)
    .bind(i64::try_from(ended.last_seq).unwrap_or(i64::MAX))
    .execute(db)
    .await?;
    Ok(())
}
