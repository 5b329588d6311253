//! The county's own posts in PostgreSQL, under the row lock of hall 0.

use hall_core::entity::Applied;
use hall_core::fact::{Fact, Holder};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Certificate, Envelope, Op, Series};
use hall_sync::push::Judged;
use hall_sync::wire::Ask;
use sqlx::postgres::PgConnection;

use crate::archive::ArchiveError;
use crate::county::{self, County};
use crate::postgres::read::{self, OpRow};
use crate::postgres::{devices, write};
use crate::steward::{self, Counterpart, Heard, Posts, Said};

struct Locked<'a> {
    db: &'a mut PgConnection,
    county: &'a County,
    now: Instant,
    cursors: Vec<(u32, u64)>,
    series: Series,
    /// All that was written.
    written: Judged,
}

impl<'a> Locked<'a> {
    async fn new(db: &'a mut PgConnection, county: &'a County, now: Instant) -> Result<Self, ArchiveError> {
        let cursors = read::lock(db, &[county::HALL]).await?;
        let series = write::own(db).await?;
        Ok(Self { db, county, now, cursors, series, written: Judged::default() })
    }
}

/// Answers what desks and others of `hall` wrote; what the county wrote.
pub(crate) async fn attend(
    db: &mut PgConnection,
    county: &County,
    hall: u32,
    ops: &[Op],
    now: Instant,
) -> Result<Judged, ArchiveError> {
    let mut heard = Vec::new();
    for op in ops.iter().filter(|op| steward::concerns(op)) {
        let envelope = &op.envelope;
        let ours = devices::of(db, hall).await?.iter().any(|device| device.number == envelope.entity.device);
        let by_its_desk = ours && devices::is_desk(db, hall, envelope.id.device).await?;
        heard.push(Heard { id: envelope.id, entity: envelope.entity, fact: op.fact(), by_its_desk });
    }
    if heard.is_empty() {
        return Ok(Judged::default());
    }
    let mut posts = Locked::new(db, county, now).await?;
    steward::attend(&mut posts, &heard, now).await?;
    Ok(posts.written)
}

/// Gives places to whoever asks; what the county wrote.
pub(crate) async fn serve(
    db: &mut PgConnection,
    county: &County,
    asks: &[Ask],
    now: Instant,
) -> Result<Judged, ArchiveError> {
    let mut posts = Locked::new(db, county, now).await?;
    steward::serve(&mut posts, asks, now).await?;
    Ok(posts.written)
}

/// Notes of which offer a post of the county was made.
pub(crate) async fn taken_over(db: &mut PgConnection, op: &Op) -> Result<(), ArchiveError> {
    let Fact::PostTakenOver(taken) = op.fact() else { return Ok(()) };
    sqlx::query("INSERT INTO county_posts (post, origin, offer) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(op.envelope.entity.to_bytes())
        .bind(taken.from.to_bytes())
        .bind(taken.offer.to_bytes())
        .execute(db)
        .await?;
    Ok(())
}

pub(crate) fn applied(op: &Op) -> Applied {
    let Envelope { id, hlc, by, .. } = op.envelope;
    Applied { id, hlc, by, fact: op.fact() }
}

impl Posts for Locked<'_> {
    fn me(&self) -> Holder {
        self.series.next_id(0).holder()
    }

    async fn ops(&mut self, post: EntityId) -> Result<Vec<Applied>, ArchiveError> {
        let rows: Vec<OpRow> = sqlx::query_as(
            "SELECT chain, envelope, payload FROM ops
             WHERE subject = $1 AND substring(subject FROM 1 FOR 4) = '\\x00000000'::bytea",
        )
        .bind(post.to_bytes())
        .fetch_all(&mut *self.db)
        .await?;
        Ok(rows.into_iter().map(|OpRow(op)| applied(&op)).collect())
    }

    async fn counterparts(&mut self, of: EntityId) -> Result<Vec<Counterpart>, ArchiveError> {
        let rows: Vec<(Vec<u8>, Vec<u8>)> =
            sqlx::query_as("SELECT post, offer FROM county_posts WHERE origin = $1")
                .bind(of.to_bytes())
                .fetch_all(&mut *self.db)
                .await?;
        let parse = |(post, offer): (Vec<u8>, Vec<u8>)| {
            Some(Counterpart { post: EntityId::from_bytes(&post)?, offer: OpId::from_bytes(&offer)? })
        };
        rows.into_iter().map(parse).collect::<Option<_>>().ok_or(ArchiveError::Row("county_posts"))
    }

    async fn desks(&mut self) -> Result<Vec<Holder>, ArchiveError> {
        let rows: Vec<(i32, i32, i32, Vec<u8>)> = sqlx::query_as(
            "SELECT d.hall, d.device, max(s.epoch), d.certificate FROM devices d
             JOIN series s ON s.hall = d.hall AND s.device = d.device AND s.seq > 0 AND s.ended IS NULL
             WHERE NOT d.revoked GROUP BY d.hall, d.device ORDER BY d.hall, d.device",
        )
        .fetch_all(&mut *self.db)
        .await?;
        let mut desks: Vec<(i32, Holder)> = Vec::new();
        for (hall, device, epoch, certificate) in rows {
            let certificate = Certificate::decode(&certificate).map_err(|_| ArchiveError::Row("devices"))?;
            let first = desks.last().is_none_or(|(known, _)| *known != hall);
            if certificate.bearer.role == DeviceRole::Desk && first {
                desks.push((hall, Holder { device: device.cast_unsigned(), epoch: epoch as u16 }));
            }
        }
        Ok(desks.into_iter().map(|(_, desk)| desk).collect())
    }

    async fn write(&mut self, act: impl FnOnce(OpId) -> Vec<Said> + Send) -> Result<OpId, ArchiveError> {
        let first = self.series.next_id(0);
        let to = (&self.cursors[..], &mut self.series);
        let written = write::append(self.db, self.county, to, self.now, act(first)).await?;
        // The next act goes on behind this one.
        for (_, cursor) in &mut self.cursors {
            *cursor += written.ops.len() as u64;
        }
        self.written.ops.extend(written.ops);
        self.written.seals = written.seals;
        Ok(first)
    }
}
