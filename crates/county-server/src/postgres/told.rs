//! Tells every hall of the machines that desks vouched for, in the transaction of a push, under the row lock of hall 0.

use std::collections::BTreeMap;

use hall_core::entity::Applied;
use hall_core::{EntityId, Instant};
use hall_log::{Certificate, Subject};
use hall_sync::push::Judged;
use sqlx::postgres::PgConnection;

use crate::archive::ArchiveError;
use crate::county::{self, County};
use crate::postgres::read::{self, OpRow};
use crate::postgres::{posts, write};
use crate::steward::Said;
use crate::told::{Believed, MACHINES_MAX, is_of_its_hall, left_to_say};

/// Number, name, certificate, entity, revoked.
type DeviceRow = (i32, String, Vec<u8>, Option<Vec<u8>>, bool);

/// Says what is left to say of the machines of `hall`; what was written.
pub(crate) async fn tell(
    db: &mut PgConnection,
    county: &County,
    hall: u32,
    now: Instant,
) -> Result<Judged, ArchiveError> {
    if left(db, hall).await?.is_empty() {
        return Ok(Judged::default());
    }
    let cursors = read::lock(db, &[county::HALL]).await?;
    let mut series = write::own(db).await?;
    // Looked at again under the lock: an operator may have said it meanwhile.
    let said = left(db, hall).await?;
    if said.is_empty() {
        return Ok(Judged::default());
    }
    write::append(db, county, (&cursors, &mut series), now, said).await
}

async fn left(db: &mut PgConnection, hall: u32) -> Result<Vec<Said>, ArchiveError> {
    let rows: Vec<DeviceRow> = sqlx::query_as(
        "SELECT device, name, certificate, entity, revoked FROM devices WHERE hall = $1 ORDER BY device",
    )
    .bind(hall.cast_signed())
    .fetch_all(&mut *db)
    .await?;
    let numbers: Vec<u32> = rows.iter().map(|(number, ..)| number.cast_unsigned()).collect();
    let entity = |row: &DeviceRow| {
        let entity = row.3.as_deref().and_then(EntityId::from_bytes)?;
        is_of_its_hall(entity, numbers.iter().copied()).then_some(entity)
    };
    let vouched: Vec<(EntityId, &DeviceRow)> =
        rows.iter().filter_map(|row| Some((entity(row)?, row))).collect();
    if vouched.is_empty() {
        return Ok(Vec::new());
    }
    let mut told = told(db, vouched.iter().map(|(entity, _)| *entity)).await?;
    let (mut said, mut machines) = (Vec::new(), 0);
    for (entity, (_, name, certificate, _, revoked)) in vouched {
        let certificate = Certificate::decode(certificate).map_err(|_| ArchiveError::Row("devices"))?;
        let machine = Believed { name, certificate: &certificate, revoked: *revoked };
        let facts = left_to_say(entity, &machine, told.remove(&entity).unwrap_or_default());
        machines += usize::from(!facts.is_empty());
        said.extend(facts.into_iter().map(|fact| (Subject::Entity(entity), fact)));
        if machines == MACHINES_MAX {
            break;
        }
    }
    Ok(said)
}

/// What the county said of each of these.
async fn told(
    db: &mut PgConnection,
    entities: impl Iterator<Item = EntityId>,
) -> Result<BTreeMap<EntityId, Vec<Applied>>, ArchiveError> {
    let entities: Vec<Vec<u8>> = entities.map(|entity| entity.to_bytes().to_vec()).collect();
    let rows: Vec<OpRow> =
        sqlx::query_as("SELECT chain, envelope, payload FROM ops WHERE hall = 0 AND subject = ANY($1)")
            .bind(entities)
            .fetch_all(db)
            .await?;
    let mut told: BTreeMap<EntityId, Vec<Applied>> = BTreeMap::new();
    for OpRow(op) in rows {
        told.entry(op.envelope.entity).or_default().push(posts::applied(&op));
    }
    Ok(told)
}
