//! Writes what was judged, in the request's transaction and under the hall's row lock.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::fact::{DeviceEnrolled, EpochEnded, Fact, Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Hlc, Instant};
use hall_log::{Certificate, Chain, Head, Op, Seal, Series, Subject};
use hall_sync::push::Judged;
use sqlx::postgres::PgConnection;

use crate::county::{self, County, DEVICE};
use crate::database::DatabaseError;
use crate::erase;
use crate::read::{Positions, home, link};

/// Kinds by which devices come and go and workers are erased; see [`Fact`].
const NOTICES: std::ops::RangeInclusive<u16> = 4..=7;

/// Bound of a payload, above what any device's store takes. A larger one is treated as withheld: its op is kept, and
/// no answer grows beyond what a device reads.
const PAYLOAD_MAX: usize = 8 << 10;

/// Writes all of `judged`, which a device of `hall` sent. `cursors` are of the halls whose locks are held.
pub(crate) async fn judged(
    db: &mut PgConnection,
    hall: u32,
    cursors: &[(u32, u64)],
    judged: &Judged,
) -> Result<(), DatabaseError> {
    if !judged.ops.is_empty() {
        log(db, hall, cursors, &judged.ops).await?;
    }
    if !judged.seals.is_empty() {
        seals(db, hall, &judged.seals).await?;
    }
    if !judged.evidence.is_empty() {
        evidence(db, hall, &judged.evidence).await?;
    }
    Ok(())
}

/// Appends to the log: the ops, the ends of their series, the cursors.
async fn log(
    db: &mut PgConnection,
    hall: u32,
    cursors: &[(u32, u64)],
    ops: &[Op],
) -> Result<(), DatabaseError> {
    let mut cursors: BTreeMap<u32, u64> = cursors.iter().copied().collect();
    let erased = erase::erased(db, hall, ops).await?;
    let mut copy = Copy::new();
    let mut ends: BTreeMap<Holder, Head> = BTreeMap::new();
    for op in ops {
        let (id, hlc) = (op.envelope.id, op.envelope.hlc);
        let home = home(id.holder(), hall);
        let cursor = cursors.get_mut(&home).ok_or(DatabaseError::Row("halls"))?;
        *cursor += 1;
        copy.op(home, *cursor, op, kept(op, &erased));
        ends.insert(id.holder(), Head { seq: id.seq, chain: op.chain, hlc });
    }
    let mut copying = db.copy_in_raw(Copy::STATEMENT).await?;
    copying.send(copy.finish()).await?;
    copying.finish().await?;

    let (mut at, mut halls) = (Positions::default(), Vec::new());
    let (mut stamps, mut chains) = (Vec::new(), Vec::new());
    for (series, head) in &ends {
        halls.push(home(*series, hall).cast_signed());
        at.push(*series, head.seq);
        stamps.push(head.hlc.0.cast_signed());
        chains.push(head.chain.0.to_vec());
    }
    let (moved, cursors): (Vec<i32>, Vec<i64>) =
        cursors.into_iter().map(|(hall, cursor)| (hall.cast_signed(), cursor.cast_signed())).unzip();
    sqlx::query(
        "WITH ends AS (
             INSERT INTO series (hall, device, epoch, seq, hlc, chain)
             SELECT * FROM unnest($1::int[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bytea[])
             ON CONFLICT (hall, device, epoch)
             DO UPDATE SET seq = excluded.seq, hlc = excluded.hlc, chain = excluded.chain
         )
         UPDATE halls SET cursor = n.cursor FROM unnest($7::int[], $8::bigint[]) AS n (hall, cursor)
         WHERE halls.hall = n.hall AND halls.cursor < n.cursor",
    )
    .bind(halls)
    .bind(at.devices)
    .bind(at.epochs)
    .bind(at.seqs)
    .bind(stamps)
    .bind(chains)
    .bind(moved)
    .bind(cursors)
    .execute(&mut *db)
    .await?;
    notices(db, hall, ops).await
}

/// The payload of an op, unless it must not be kept.
fn kept<'a>(op: &'a Op, erased: &BTreeSet<EntityId>) -> Option<&'a [u8]> {
    let gone = erase::worker(&op.envelope).is_some_and(|worker| erased.contains(&worker));
    op.payload.as_deref().filter(|payload| !gone && payload.len() <= PAYLOAD_MAX)
}

async fn seals(db: &mut PgConnection, hall: u32, seals: &[Seal]) -> Result<(), DatabaseError> {
    // One statement cannot write a row twice.
    let mut newest: BTreeMap<(Holder, u64), &Seal> = BTreeMap::new();
    for seal in seals {
        let known = newest.entry((seal.series, seal.seq)).or_insert(seal);
        if known.at < seal.at {
            *known = seal;
        }
    }
    let (mut at, mut halls) = (Positions::default(), Vec::new());
    let (mut stamps, mut chains, mut signatures) = (Vec::new(), Vec::new(), Vec::new());
    for seal in newest.into_values() {
        halls.push(home(seal.series, hall).cast_signed());
        at.push(seal.series, seal.seq);
        stamps.push(seal.at.0.cast_signed());
        chains.push(seal.chain.0.to_vec());
        signatures.push(seal.signature.to_vec());
    }
    sqlx::query(
        "INSERT INTO seals (hall, device, epoch, seq, at, chain, signature)
         SELECT * FROM unnest($1::int[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bytea[])
         ON CONFLICT (hall, device, epoch, seq)
         DO UPDATE SET at = excluded.at, signature = excluded.signature WHERE seals.at < excluded.at",
    )
    .bind(halls)
    .bind(at.devices)
    .bind(at.epochs)
    .bind(at.seqs)
    .bind(stamps)
    .bind(chains)
    .bind(signatures)
    .execute(db)
    .await?;
    Ok(())
}

async fn evidence(db: &mut PgConnection, hall: u32, ops: &[Op]) -> Result<(), DatabaseError> {
    let erased = erase::erased(db, hall, ops).await?;
    for op in ops {
        let id = op.envelope.id;
        sqlx::query(
            "INSERT INTO evidence (hall, device, epoch, seq, chain, envelope, payload, worker)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(home(id.holder(), hall).cast_signed())
        .bind(id.device.cast_signed())
        .bind(i32::from(id.epoch))
        .bind(id.seq.cast_signed())
        .bind(op.chain.0)
        .bind(op.envelope.encode())
        .bind(kept(op, &erased))
        .bind(erase::worker(&op.envelope).map(EntityId::to_bytes))
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// What ops say of devices and of erasures takes effect here too. A desk may speak of its hall.
async fn notices(db: &mut PgConnection, hall: u32, ops: &[Op]) -> Result<(), DatabaseError> {
    for op in ops.iter().filter(|op| NOTICES.contains(&op.envelope.kind)) {
        let envelope = &op.envelope;
        let Some(payload) = &op.payload else { continue };
        // What this release cannot read is kept and relayed all the same.
        let Ok(fact) = Fact::decode(envelope.kind, envelope.schema, payload) else { continue };
        let county = envelope.id.device == DEVICE;
        if !county && !is_desk(db, hall, envelope.id.device).await? {
            continue;
        }
        let about = About { entity: envelope.entity, hall: (!county).then_some(hall) };
        match fact {
            Fact::WorkerErased(erased) => erase::erase(db, hall, erased.worker).await?,
            Fact::DeviceEnrolled(fact) if county => enrolled(db, envelope.entity, &fact).await?,
            Fact::DeviceRevoked(_) => revoked(db, about).await?,
            Fact::EpochEnded(ended) => epoch_ended(db, about, &ended).await?,
            _ => {}
        }
    }
    Ok(())
}

/// A device, by the op that enrolled it, and the hall it must be of.
#[derive(Clone, Copy, Debug)]
struct About {
    entity: EntityId,
    hall: Option<u32>,
}

impl About {
    fn hall(self) -> Option<i32> {
        self.hall.map(u32::cast_signed)
    }
}

/// A device that the county enrolled: now, or before a backup that this database came back from.
async fn enrolled(
    db: &mut PgConnection,
    entity: EntityId,
    enrolled: &DeviceEnrolled,
) -> Result<(), DatabaseError> {
    let Ok(certificate) = Certificate::decode(&enrolled.certificate) else { return Ok(()) };
    let bearer = certificate.bearer;
    found(db, bearer.hall).await?;
    keep(db, &certificate).await?;
    sqlx::query("UPDATE devices SET name = $3, entity = $4 WHERE hall = $1 AND device = $2")
        .bind(bearer.hall.cast_signed())
        .bind(bearer.device.cast_signed())
        .bind(&enrolled.name)
        .bind(entity.to_bytes())
        .execute(db)
        .await?;
    Ok(())
}

async fn revoked(db: &mut PgConnection, about: About) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE devices SET revoked = true WHERE entity = $1 AND hall = coalesce($2, hall)")
        .bind(about.entity.to_bytes())
        .bind(about.hall())
        .execute(db)
        .await?;
    Ok(())
}

/// The device may not exchange in that epoch any more. Of two who ended it, the one that knew more counts.
async fn epoch_ended(db: &mut PgConnection, about: About, ended: &EpochEnded) -> Result<(), DatabaseError> {
    let device: Option<(i32, i32)> =
        sqlx::query_as("SELECT hall, device FROM devices WHERE entity = $1 AND hall = coalesce($2, hall)")
            .bind(about.entity.to_bytes())
            .bind(about.hall())
            .fetch_optional(&mut *db)
            .await?;
    let Some((home, device)) = device else { return Ok(()) };
    sqlx::query(
        "INSERT INTO series (hall, device, epoch, seq, hlc, chain, ended) VALUES ($1, $2, $3, 0, 0, $4, $5)
         ON CONFLICT (hall, device, epoch) DO UPDATE SET ended = greatest(series.ended, excluded.ended)",
    )
    .bind(home)
    .bind(device)
    .bind(i32::from(ended.epoch))
    .bind(Chain::origin(device.cast_unsigned(), ended.epoch).0)
    .bind(i64::try_from(ended.last_seq).unwrap_or(i64::MAX))
    .execute(db)
    .await?;
    Ok(())
}

async fn is_desk(db: &mut PgConnection, hall: u32, device: u32) -> Result<bool, DatabaseError> {
    let certificate: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT certificate FROM devices WHERE hall = $1 AND device = $2")
            .bind(hall.cast_signed())
            .bind(device.cast_signed())
            .fetch_optional(db)
            .await?;
    let certificate = certificate.and_then(|bytes| Certificate::decode(&bytes).ok());
    Ok(certificate.is_some_and(|certificate| certificate.bearer.role == DeviceRole::Desk))
}

/// Adds a hall that devices know of.
pub(crate) async fn found(db: &mut PgConnection, hall: u32) -> Result<(), DatabaseError> {
    sqlx::query("INSERT INTO halls (hall, name) VALUES ($1, '') ON CONFLICT DO NOTHING")
        .bind(hall.cast_signed())
        .execute(db)
        .await?;
    Ok(())
}

/// Keeps a device's certificate, unless a newer one is here. Its hall is here.
pub(crate) async fn keep(db: &mut PgConnection, certificate: &Certificate) -> Result<(), DatabaseError> {
    let bearer = certificate.bearer;
    let known: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT certificate FROM devices WHERE hall = $1 AND device = $2 FOR UPDATE")
            .bind(bearer.hall.cast_signed())
            .bind(bearer.device.cast_signed())
            .fetch_optional(&mut *db)
            .await?;
    let known = known.and_then(|bytes| Certificate::decode(&bytes).ok());
    if known.is_some_and(|known| known.bearer.issued > bearer.issued) {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO devices (hall, device, name, key, certificate) VALUES ($1, $2, '', $3, $4)
         ON CONFLICT (hall, device) DO UPDATE SET key = excluded.key, certificate = excluded.certificate",
    )
    .bind(bearer.hall.cast_signed())
    .bind(bearer.device.cast_signed())
    .bind(bearer.key)
    .bind(certificate.encode())
    .execute(db)
    .await?;
    Ok(())
}

/// Writes a fact into the county's own series, about `subject` or something new.
pub(crate) async fn record(
    db: &mut PgConnection,
    county: &County,
    now: Instant,
    subject: Option<EntityId>,
    fact: &Fact,
) -> Result<(), DatabaseError> {
    let cursors = crate::read::lock(db, &[county::HALL]).await?;
    // Another process may know of a newer epoch than this one was started with.
    let epoch: i32 = sqlx::query_scalar("SELECT epoch FROM county").fetch_one(&mut *db).await?;
    let me = Holder { device: DEVICE, epoch: epoch as u16 };
    let head: Option<(i64, i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hlc, chain FROM series WHERE hall = 0 AND device = 0 AND epoch = $1")
            .bind(epoch)
            .fetch_optional(&mut *db)
            .await?;
    let head = match head {
        Some((seq, hlc, chain)) => {
            Head { seq: seq.cast_unsigned(), chain: link(&chain)?, hlc: Hlc(hlc.cast_unsigned()) }
        }
        None => Head::origin(me.device, me.epoch),
    };
    let mut series = Series::resume(me.device, me.epoch, head);
    let draft = hall_log::Draft {
        subject: subject.map_or(Subject::New, Subject::Entity),
        by: None,
        kind: fact.kind(),
        schema: Fact::schema(),
        scope: Scope::County,
        payload: fact.encode(),
    };
    let ops = series.append(now, vec![draft]).map_err(|_| DatabaseError::Row("series"))?;
    let head = series.head();
    let seal = Seal::sign(me, head.seq, head.chain, head.hlc, county.key());
    judged(db, county::HALL, &cursors, &Judged { ops, seals: vec![seal], ..Judged::default() }).await
}

/// Rows for `COPY … (FORMAT binary)`: one message for all ops of a request.
struct Copy(Vec<u8>);

impl Copy {
    const STATEMENT: &str = "COPY ops (seq, cur, hall, device, epoch, chain, envelope, payload, worker) FROM STDIN (FORMAT binary)";

    fn new() -> Self {
        // Signature, no flags, no extension.
        Self([&b"PGCOPY\n\xff\r\n\0"[..], &[0; 8]].concat())
    }

    fn op(&mut self, home: u32, cursor: u64, op: &Op, payload: Option<&[u8]>) {
        let id = op.envelope.id;
        let worker = erase::worker(&op.envelope).map(EntityId::to_bytes);
        self.0.extend_from_slice(&9_i16.to_be_bytes());
        self.field(&id.seq.to_be_bytes());
        self.field(&cursor.to_be_bytes());
        self.field(&home.to_be_bytes());
        self.field(&id.device.to_be_bytes());
        self.field(&i32::from(id.epoch).to_be_bytes());
        self.field(&op.chain.0);
        self.field(&op.envelope.encode());
        self.nullable(payload);
        self.nullable(worker.as_ref().map(<[u8; EntityId::LEN]>::as_slice));
    }

    fn nullable(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.field(bytes),
            None => self.0.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }

    fn field(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&(-1_i16).to_be_bytes());
        self.0
    }
}
