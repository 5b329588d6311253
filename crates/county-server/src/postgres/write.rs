//! Writes what was judged, in the request's transaction and under the hall's row lock.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::fact::{Fact, Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Hlc, Instant, OpId};
use hall_log::{Certificate, Head, Op, Seal, Series, Subject, payload_digest};
use hall_sync::push::Judged;
use hall_sync::wire::Payload;
use sqlx::postgres::PgConnection;

use crate::archive::ArchiveError;
use crate::county::{self, County, DEVICE};
use crate::postgres::erase;
use crate::postgres::notices::{notices, subject};
use crate::postgres::read::{self, Positions, home, link};
use crate::steward::Said;

/// Bound of a payload, above what any device's store takes. A larger one is treated as withheld: its op is kept, and
/// no answer grows beyond what a device reads.
const PAYLOAD_MAX: usize = 8 << 10;

/// Writes all of `judged`, which a device of `hall` sent. `cursors` are of the halls whose locks are held.
pub(crate) async fn judged(
    db: &mut PgConnection,
    county: &County,
    hall: u32,
    cursors: &[(u32, u64)],
    judged: &Judged,
) -> Result<(), ArchiveError> {
    if !judged.ops.is_empty() {
        log(db, county, hall, cursors, &judged.ops).await?;
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
    county: &County,
    hall: u32,
    cursors: &[(u32, u64)],
    ops: &[Op],
) -> Result<(), ArchiveError> {
    let mut cursors: BTreeMap<u32, u64> = cursors.iter().copied().collect();
    let erased = erase::erased(db, hall, ops).await?;
    let (mut copy, mut missing) = (Copy::new(), Vec::new());
    let mut ends: BTreeMap<Holder, Head> = BTreeMap::new();
    for op in ops {
        let (id, hlc) = (op.envelope.id, op.envelope.hlc);
        let home = home(id.holder(), hall);
        let cursor = cursors.get_mut(&home).ok_or(ArchiveError::Row("halls"))?;
        *cursor += 1;
        copy.op(home, *cursor, op, kept(op, &erased));
        if is_missed(op, &erased) {
            missing.push(id);
        }
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
    miss(db, hall, &missing).await?;
    notices(db, county, hall, ops).await
}

/// Notes the ops whose payloads are to be asked for.
async fn miss(db: &mut PgConnection, hall: u32, ids: &[OpId]) -> Result<(), ArchiveError> {
    if ids.is_empty() {
        return Ok(());
    }
    let (halls, at) = read::places(hall, ids);
    sqlx::query(
        "INSERT INTO missing (hall, device, epoch, seq)
         SELECT * FROM unnest($1::int[], $2::int[], $3::int[], $4::bigint[]) ON CONFLICT DO NOTHING",
    )
    .bind(halls)
    .bind(at.devices)
    .bind(at.epochs)
    .bind(at.seqs)
    .execute(db)
    .await?;
    Ok(())
}

/// Writes payloads whose ops came without and name them, under the lock of the hall; the ops that are whole now.
/// What nobody misses, because it is here or was erased, is nobody's business.
pub(crate) async fn payloads(
    db: &mut PgConnection,
    county: &County,
    hall: u32,
    payloads: Vec<Payload>,
) -> Result<Vec<Op>, ArchiveError> {
    if payloads.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<OpId> = payloads.iter().map(|payload| payload.op).collect();
    let mut came: BTreeMap<(OpId, [u8; 16]), Vec<u8>> =
        payloads.into_iter().map(|came| ((came.op, payload_digest(&came.bytes)), came.bytes)).collect();
    let mut whole = Vec::new();
    for mut op in read::missed(db, hall, &ids).await? {
        let Some(bytes) = came.remove(&(op.envelope.id, op.envelope.payload_digest)) else {
            tracing::warn!(op = %op.envelope.id, "a payload came that its op does not name");
            continue;
        };
        // One that is too large counts as withheld, and is not asked for again.
        op.payload = Some(bytes).filter(|bytes| bytes.len() <= PAYLOAD_MAX);
        whole.push(op);
    }
    let ids: Vec<OpId> = whole.iter().map(|op| op.envelope.id).collect();
    let (halls, at) = read::places(hall, &ids);
    let bytes: Vec<Option<&[u8]>> = whole.iter().map(|op| op.payload.as_deref()).collect();
    sqlx::query(
        "WITH came AS (
             SELECT * FROM unnest($1::int[], $2::int[], $3::int[], $4::bigint[], $5::bytea[])
                 AS came (hall, device, epoch, seq, payload)
         ), found AS (
             DELETE FROM missing USING came
             WHERE (missing.hall, missing.device, missing.epoch, missing.seq)
                   = (came.hall, came.device, came.epoch, came.seq)
         )
         UPDATE ops SET payload = came.payload FROM came
         WHERE (ops.hall, ops.device, ops.epoch, ops.seq) = (came.hall, came.device, came.epoch, came.seq)",
    )
    .bind(halls)
    .bind(at.devices)
    .bind(at.epochs)
    .bind(at.seqs)
    .bind(bytes)
    .execute(&mut *db)
    .await?;
    notices(db, county, hall, &whole).await?;
    Ok(whole)
}

/// The payload of an op, unless it must not be kept.
fn kept<'a>(op: &'a Op, erased: &BTreeSet<EntityId>) -> Option<&'a [u8]> {
    let gone = erase::worker(&op.envelope).is_some_and(|worker| erased.contains(&worker));
    op.payload.as_deref().filter(|payload| !gone && payload.len() <= PAYLOAD_MAX)
}

/// Whether the payload of an op is to be asked for.
fn is_missed(op: &Op, erased: &BTreeSet<EntityId>) -> bool {
    let gone = erase::worker(&op.envelope).is_some_and(|worker| erased.contains(&worker));
    op.payload.is_none() && !gone && op.envelope.scope != Scope::Device
}

async fn seals(db: &mut PgConnection, hall: u32, seals: &[Seal]) -> Result<(), ArchiveError> {
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

async fn evidence(db: &mut PgConnection, hall: u32, ops: &[Op]) -> Result<(), ArchiveError> {
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

/// Adds a hall that devices know of.
pub(crate) async fn found(db: &mut PgConnection, hall: u32) -> Result<(), ArchiveError> {
    sqlx::query("INSERT INTO halls (hall, name) VALUES ($1, '') ON CONFLICT DO NOTHING")
        .bind(hall.cast_signed())
        .execute(db)
        .await?;
    Ok(())
}

/// Keeps a device's certificate, unless a newer one is here, or one of another key: a number is one device's for
/// good. Its hall is here.
pub(crate) async fn keep(db: &mut PgConnection, certificate: &Certificate) -> Result<(), ArchiveError> {
    let bearer = certificate.bearer;
    let known: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT certificate FROM devices WHERE hall = $1 AND device = $2 FOR UPDATE")
            .bind(bearer.hall.cast_signed())
            .bind(bearer.device.cast_signed())
            .fetch_optional(&mut *db)
            .await?;
    let known = known.and_then(|bytes| Certificate::decode(&bytes).ok());
    if known.as_ref().is_some_and(|known| known.bearer.key != bearer.key) {
        tracing::error!(hall = bearer.hall, device = bearer.device, "two devices have one number");
        return Ok(());
    }
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

/// Writes a fact into the county's own series, about `subject` or something new; what it is about.
pub(crate) async fn record(
    db: &mut PgConnection,
    county: &County,
    now: Instant,
    subject: Option<EntityId>,
    fact: &Fact,
) -> Result<EntityId, ArchiveError> {
    let cursors = read::lock(db, &[county::HALL]).await?;
    let mut series = own(db).await?;
    let said = (subject.map_or(Subject::New, Subject::Entity), fact.clone());
    let ops = append(db, county, (&cursors, &mut series), now, vec![said]).await?.ops;
    ops.first().map(|op| op.envelope.entity).ok_or(ArchiveError::Row("series"))
}

/// The county's own series, to be continued under the lock of its row.
pub(crate) async fn own(db: &mut PgConnection) -> Result<Series, ArchiveError> {
    // Another process may know of a newer epoch than this one was started with.
    let epoch: i32 = sqlx::query_scalar("SELECT epoch FROM county").fetch_one(&mut *db).await?;
    let head: Option<(i64, i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hlc, chain FROM series WHERE hall = 0 AND device = 0 AND epoch = $1")
            .bind(epoch)
            .fetch_optional(db)
            .await?;
    let head = match head {
        Some((seq, hlc, chain)) => {
            Head { seq: seq.cast_unsigned(), chain: link(&chain)?, hlc: Hlc(hlc.cast_unsigned()) }
        }
        None => Head::origin(DEVICE, epoch as u16),
    };
    Ok(Series::resume(DEVICE, epoch as u16, head))
}

/// Appends one act to the county's own series, whose row is locked and whose cursor is among `cursors`; what was
/// written.
pub(crate) async fn append(
    db: &mut PgConnection,
    county: &County,
    (cursors, series): (&[(u32, u64)], &mut Series),
    now: Instant,
    act: Vec<Said>,
) -> Result<Judged, ArchiveError> {
    let draft = |(subject, fact): Said| hall_log::Draft {
        subject,
        by: None,
        kind: fact.kind(),
        schema: Fact::schema(),
        scope: fact.scope_of(DeviceRole::County),
        payload: fact.encode(),
    };
    let ops =
        series.append(now, act.into_iter().map(draft).collect()).map_err(|_| ArchiveError::Row("series"))?;
    let head = series.head();
    let me = Holder { device: DEVICE, epoch: series.next_id(0).epoch };
    let seal = Seal::sign(me, head.seq, head.chain, head.hlc, county.key());
    let judged = Judged { ops, seals: vec![seal], ..Judged::default() };
    // What a post of the county brings with it is looked after by whoever wrote it.
    Box::pin(self::judged(db, county, county::HALL, cursors, &judged)).await?;
    Ok(judged)
}

/// Rows for `COPY … (FORMAT binary)`: one message for all ops of a request.
struct Copy(Vec<u8>);

impl Copy {
    const STATEMENT: &str = "COPY ops (seq, cur, hall, device, epoch, chain, envelope, payload, subject) FROM STDIN (FORMAT binary)";

    fn new() -> Self {
        // Signature, no flags, no extension.
        Self([&b"PGCOPY\n\xff\r\n\0"[..], &[0; 8]].concat())
    }

    fn op(&mut self, home: u32, cursor: u64, op: &Op, payload: Option<&[u8]>) {
        let id = op.envelope.id;
        let subject = subject(&op.envelope).map(EntityId::to_bytes);
        self.0.extend_from_slice(&9_i16.to_be_bytes());
        self.field(&id.seq.to_be_bytes());
        self.field(&cursor.to_be_bytes());
        self.field(&home.to_be_bytes());
        self.field(&id.device.to_be_bytes());
        self.field(&i32::from(id.epoch).to_be_bytes());
        self.field(&op.chain.0);
        self.field(&op.envelope.encode());
        self.nullable(payload);
        self.nullable(subject.as_ref().map(<[u8; EntityId::LEN]>::as_slice));
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
