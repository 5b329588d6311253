//! Reads who the devices are.

use hall_core::EntityId;
use hall_core::vocab::DeviceRole;
use hall_log::{Certificate, Op};
use sqlx::postgres::PgConnection;

use crate::archive::{ArchiveError, Device};
use crate::county;
use crate::postgres::read::OpRow;

/// Number, certificate, revoked.
type DeviceRow = (i32, Vec<u8>, bool);

fn parse((number, certificate, revoked): DeviceRow) -> Result<Device, ArchiveError> {
    let certificate = Certificate::decode(&certificate).map_err(|_| ArchiveError::Row("devices"))?;
    Ok(Device { number: number.cast_unsigned(), certificate, revoked })
}

/// The devices of a hall.
pub(crate) async fn of(db: &mut PgConnection, hall: u32) -> Result<Vec<Device>, ArchiveError> {
    let rows: Vec<DeviceRow> =
        sqlx::query_as("SELECT device, certificate, revoked FROM devices WHERE hall = $1")
            .bind(hall.cast_signed())
            .fetch_all(db)
            .await?;
    rows.into_iter().map(parse).collect()
}

pub(crate) async fn is_desk(db: &mut PgConnection, hall: u32, device: u32) -> Result<bool, ArchiveError> {
    let certificate: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT certificate FROM devices WHERE hall = $1 AND device = $2")
            .bind(hall.cast_signed())
            .bind(device.cast_signed())
            .fetch_optional(db)
            .await?;
    let certificate = certificate.and_then(|bytes| Certificate::decode(&bytes).ok());
    Ok(certificate.is_some_and(|certificate| certificate.bearer.role == DeviceRole::Desk))
}

/// The device that this op enrolled.
pub(crate) async fn enrolled_by(
    db: &mut PgConnection,
    entity: EntityId,
) -> Result<Option<Device>, ArchiveError> {
    let row: Option<DeviceRow> =
        sqlx::query_as("SELECT device, certificate, revoked FROM devices WHERE entity = $1")
            .bind(entity.to_bytes())
            .fetch_optional(db)
            .await?;
    row.map(parse).transpose()
}

/// Every op about a device, the one that enrolled it among them.
pub(crate) async fn about(
    db: &mut PgConnection,
    hall: u32,
    entity: EntityId,
) -> Result<Vec<Op>, ArchiveError> {
    let rows: Vec<OpRow> =
        sqlx::query_as("SELECT chain, envelope, payload FROM ops WHERE hall = ANY($1) AND subject = $2")
            .bind([county::HALL, hall].map(u32::cast_signed))
            .bind(entity.to_bytes())
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|OpRow(op)| op).collect())
}
