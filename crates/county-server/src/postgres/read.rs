//! Reads what one request needs, in its transaction.

use std::collections::BTreeMap;

use hall_core::fact::Holder;
use hall_core::{Hlc, OpId};
use hall_log::{Chain, Envelope, Head, Op, Seal};
use hall_sync::wire::{LIMITS, Request, WANTS_MAX};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{FromRow, Row};

use crate::archive::ArchiveError;
use crate::county::{self, DEVICE};
use crate::postgres::extract::Extract;

/// Ops that the node may look at behind its limit, to reach a seal.
const OVERHANG: u64 = 256;
/// Payload bytes read of one series for one answer: enough ops to reach a seal, and an answer stays within
/// [`hall_sync::wire::MESSAGE_MAX`] however badly they compress.
const BYTES_MAX: i64 = 512 << 10;
/// Payload bytes sent for the asking in one answer.
const WANTED_MAX: i64 = 256 << 10;
/// Missing payloads from which those are drawn that are asked for: the ones that nobody has do not stand before the
/// others for ever.
const DRAWN_FROM: i64 = 4_096;

/// In which hall's part of the database a series is kept.
pub(crate) fn home(series: Holder, hall: u32) -> u32 {
    if series.device == DEVICE { county::HALL } else { hall }
}

/// Positions in series that are kept for one hall, as columns for `unnest`.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    pub devices: Vec<i32>,
    pub epochs: Vec<i32>,
    pub seqs: Vec<i64>,
}

impl Positions {
    pub(crate) fn push(&mut self, series: Holder, seq: u64) {
        self.devices.push(series.device.cast_signed());
        self.epochs.push(i32::from(series.epoch));
        self.seqs.push(seq.cast_signed());
    }
}

/// The halls that ops are kept for, beside their positions.
pub(crate) fn places(hall: u32, ids: &[OpId]) -> (Vec<i32>, Positions) {
    let mut at = Positions::default();
    for id in ids {
        at.push(id.holder(), id.seq);
    }
    (ids.iter().map(|id| home(id.holder(), hall).cast_signed()).collect(), at)
}

/// Takes the row locks of `halls`, in one order for everybody; the cursors of those that exist.
pub(crate) async fn lock(db: &mut PgConnection, halls: &[u32]) -> Result<Vec<(u32, u64)>, ArchiveError> {
    if halls.is_empty() {
        return Ok(Vec::new());
    }
    let halls: Vec<i32> = halls.iter().map(|hall| hall.cast_signed()).collect();
    let rows: Vec<(i32, i64)> =
        sqlx::query_as("SELECT hall, cursor FROM halls WHERE hall = ANY($1) ORDER BY hall FOR NO KEY UPDATE")
            .bind(halls)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|(hall, cursor)| (hall.cast_unsigned(), cursor.cast_unsigned())).collect())
}

/// Everything of the log that `request` of a device of `hall` touches or is answered from.
pub(crate) async fn extract(
    db: &mut PgConnection,
    hall: u32,
    me: Holder,
    request: &Request,
) -> Result<Extract, ArchiveError> {
    let mut extract = Extract::default();
    series(db, hall, &mut extract).await?;
    for (home, positions) in mentioned(hall, request, &extract) {
        links(db, home, &positions, &mut extract).await?;
    }
    for (home, ranges) in ranges(hall, me, request, &extract) {
        ops(db, home, &ranges, &mut extract).await?;
        seals(db, home, &ranges, &mut extract).await?;
    }
    for (home, positions) in wanted(hall, request, &extract) {
        payloads(db, home, &positions, &mut extract).await?;
    }
    extract.set_missing(missing(db, hall).await?);
    Ok(extract)
}

/// Some of the ops whose payloads are missing for a hall.
async fn missing(db: &mut PgConnection, hall: u32) -> Result<Vec<OpId>, ArchiveError> {
    let rows: Vec<(i32, i32, i64)> = sqlx::query_as(
        "SELECT device, epoch, seq FROM (
             SELECT device, epoch, seq FROM missing WHERE hall = ANY($1) LIMIT $2
         ) AS candidates ORDER BY random() LIMIT $3",
    )
    .bind([county::HALL, hall].map(u32::cast_signed))
    .bind(DRAWN_FROM)
    .bind(WANTS_MAX as i64)
    .fetch_all(db)
    .await?;
    let id = |(device, epoch, seq): (i32, i32, i64)| {
        OpId::new(device.cast_unsigned(), epoch as u16, seq.cast_unsigned())
    };
    Ok(rows.into_iter().map(id).collect())
}

/// Those of the ops whose payload is missing.
pub(crate) async fn missed(db: &mut PgConnection, hall: u32, ids: &[OpId]) -> Result<Vec<Op>, ArchiveError> {
    let (halls, at) = places(hall, ids);
    let rows: Vec<OpRow> = sqlx::query_as(
        "SELECT o.chain, o.envelope, o.payload
         FROM (SELECT DISTINCT * FROM unnest($1::int[], $2::int[], $3::int[], $4::bigint[])
                   AS p (hall, device, epoch, seq)) p
         JOIN missing USING (hall, device, epoch, seq) JOIN ops o USING (hall, device, epoch, seq)",
    )
    .bind(halls)
    .bind(at.devices)
    .bind(at.epochs)
    .bind(at.seqs)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|OpRow(op)| op).collect())
}

/// By the hall they are kept for: a query that names one hall is planned and run on one partition.
type ByHome<T> = BTreeMap<u32, T>;

/// The ends of the hall's series, each with the seal on it, and of the county's, which it seals itself.
async fn series(db: &mut PgConnection, hall: u32, extract: &mut Extract) -> Result<(), ArchiveError> {
    let rows: Vec<EndRow> = sqlx::query_as(
        "SELECT e.device, e.epoch, e.seq, e.hlc, e.chain, e.ended, s.at, s.signature
         FROM series e LEFT JOIN seals s
              ON s.hall = $1 AND s.device = e.device AND s.epoch = e.epoch AND s.seq = e.seq
         WHERE e.hall = $1
         UNION ALL
         SELECT device, epoch, seq, hlc, chain, ended, NULL, NULL FROM series WHERE hall = 0",
    )
    .bind(hall.cast_signed())
    .fetch_all(db)
    .await?;
    for (device, epoch, seq, hlc, chain, ended, at, signature) in rows {
        let series = Holder { device: device.cast_unsigned(), epoch: epoch as u16 };
        let head = Head { seq: seq.cast_unsigned(), chain: link(&chain)?, hlc: Hlc(hlc.cast_unsigned()) };
        if head.seq > 0 {
            extract.set_head(series, head);
        }
        if let Some(ended) = ended {
            extract.set_ended(series, ended.cast_unsigned());
        }
        if let (Some(at), Some(signature)) = (at, signature) {
            extract.add_seal(Seal {
                series,
                seq: head.seq,
                chain: head.chain,
                at: Hlc(at.cast_unsigned()),
                signature: signature.try_into().map_err(|_| ArchiveError::Row("seals"))?,
            });
        }
    }
    Ok(())
}

/// The positions at which the request's words are held against the log.
fn mentioned(hall: u32, request: &Request, extract: &Extract) -> ByHome<Positions> {
    let mut positions = ByHome::<Positions>::new();
    let mut look = |series: Holder, seq: u64| {
        let inside = extract.known_heads().get(&series).is_some_and(|head| (1..head.seq).contains(&seq));
        if inside {
            positions.entry(home(series, hall)).or_default().push(series, seq);
        }
    };
    for have in &request.have {
        look(have.series, have.seq);
    }
    for seal in &request.seals {
        look(seal.series, seal.seq);
    }
    for run in &request.push {
        look(run.series, run.first.saturating_sub(1));
        look(run.series, run.first.saturating_add(u64::from(run.count)).saturating_sub(1));
    }
    positions
}

async fn links(
    db: &mut PgConnection,
    home: u32,
    positions: &Positions,
    extract: &mut Extract,
) -> Result<(), ArchiveError> {
    let rows: Vec<(i32, i32, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT device, epoch, seq, chain FROM ops
         JOIN unnest($2::int[], $3::int[], $4::bigint[]) AS p (device, epoch, seq)
         USING (device, epoch, seq) WHERE hall = $1",
    )
    .bind(home.cast_signed())
    .bind(&positions.devices)
    .bind(&positions.epochs)
    .bind(&positions.seqs)
    .fetch_all(db)
    .await?;
    for (device, epoch, seq, chain) in rows {
        let id = OpId::new(device.cast_unsigned(), epoch as u16, seq.cast_unsigned());
        extract.add_link(id, link(&chain)?);
    }
    Ok(())
}

/// Stretches of series: the ops behind `from` up to `to`.
#[derive(Debug, Default)]
struct Ranges {
    from: Positions,
    to: Vec<i64>,
}

/// What the node may send, in the order in which it will: its own series first.
fn ranges(hall: u32, me: Holder, request: &Request, extract: &Extract) -> ByHome<Ranges> {
    let mut ranges = ByHome::<Ranges>::new();
    let mut left = u64::from(request.limits.ops.clamp(1, LIMITS.ops));
    let own = extract.known_heads().get_key_value(&me);
    let others = extract.known_heads().iter().filter(|(series, _)| **series != me);
    for (series, head) in own.into_iter().chain(others) {
        let theirs = request.have.iter().rev().find(|have| have.series == *series).map_or(0, |have| have.seq);
        let missing = head.seq.saturating_sub(theirs);
        if missing == 0 {
            continue;
        }
        let range = ranges.entry(home(*series, hall)).or_default();
        range.from.push(*series, theirs);
        range.to.push((theirs + missing.min(left + OVERHANG)).cast_signed());
        left = left.saturating_sub(missing);
        if left == 0 {
            break;
        }
    }
    ranges
}

async fn ops(
    db: &mut PgConnection,
    home: u32,
    ranges: &Ranges,
    extract: &mut Extract,
) -> Result<(), ArchiveError> {
    let rows: Vec<OpRow> = sqlx::query_as(
        "SELECT o.chain, o.envelope, o.payload
         FROM unnest($2::int[], $3::int[], $4::bigint[], $5::bigint[]) AS r (device, epoch, after, upto)
         CROSS JOIN LATERAL (
             SELECT chain, envelope, payload, sum(octet_length(payload)) OVER (
                 ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
             ) AS before
             FROM ops
             WHERE hall = $1 AND device = r.device AND epoch = r.epoch AND seq > r.after AND seq <= r.upto
         ) o
         WHERE coalesce(o.before, 0) <= $6",
    )
    .bind(home.cast_signed())
    .bind(&ranges.from.devices)
    .bind(&ranges.from.epochs)
    .bind(&ranges.from.seqs)
    .bind(&ranges.to)
    .bind(BYTES_MAX)
    .fetch_all(db)
    .await?;
    for OpRow(op) in rows {
        extract.add_op(op);
    }
    Ok(())
}

async fn seals(
    db: &mut PgConnection,
    home: u32,
    ranges: &Ranges,
    extract: &mut Extract,
) -> Result<(), ArchiveError> {
    let rows: Vec<SealRow> = sqlx::query_as(
        "SELECT s.device, s.epoch, s.seq, s.chain, s.at, s.signature
         FROM unnest($2::int[], $3::int[], $4::bigint[], $5::bigint[]) AS r (device, epoch, after, upto)
         JOIN seals s ON s.device = r.device AND s.epoch = r.epoch AND s.seq > r.after AND s.seq <= r.upto
         WHERE s.hall = $1",
    )
    .bind(home.cast_signed())
    .bind(&ranges.from.devices)
    .bind(&ranges.from.epochs)
    .bind(&ranges.from.seqs)
    .bind(&ranges.to)
    .fetch_all(db)
    .await?;
    for (device, epoch, seq, chain, at, signature) in rows {
        extract.add_seal(Seal {
            series: Holder { device: device.cast_unsigned(), epoch: epoch as u16 },
            seq: seq.cast_unsigned(),
            chain: link(&chain)?,
            at: Hlc(at.cast_unsigned()),
            signature: signature.try_into().map_err(|_| ArchiveError::Row("seals"))?,
        });
    }
    Ok(())
}

/// The ops whose payloads the device misses.
fn wanted(hall: u32, request: &Request, extract: &Extract) -> ByHome<Positions> {
    let mut positions = ByHome::<Positions>::new();
    for id in &request.wants {
        let known = extract.known_heads().get(&id.holder()).is_some_and(|head| id.seq <= head.seq);
        if known {
            positions.entry(home(id.holder(), hall)).or_default().push(id.holder(), id.seq);
        }
    }
    positions
}

async fn payloads(
    db: &mut PgConnection,
    home: u32,
    positions: &Positions,
    extract: &mut Extract,
) -> Result<(), ArchiveError> {
    let rows: Vec<OpRow> = sqlx::query_as(
        "SELECT chain, envelope, payload FROM (
             SELECT chain, envelope, payload,
                    sum(octet_length(payload)) OVER (ORDER BY device, epoch, seq) AS bytes
             FROM ops JOIN unnest($2::int[], $3::int[], $4::bigint[]) AS p (device, epoch, seq)
             USING (device, epoch, seq) WHERE hall = $1
         ) o WHERE bytes <= $5",
    )
    .bind(home.cast_signed())
    .bind(&positions.devices)
    .bind(&positions.epochs)
    .bind(&positions.seqs)
    .bind(WANTED_MAX)
    .fetch_all(db)
    .await?;
    for OpRow(op) in rows {
        extract.add_op(op);
    }
    Ok(())
}

/// Device, epoch, seq, hlc, chain, ended; at and signature of the seal.
type EndRow = (i32, i32, i64, i64, Vec<u8>, Option<i64>, Option<i64>, Option<Vec<u8>>);
/// Device, epoch, seq, chain, at, signature.
type SealRow = (i32, i32, i64, Vec<u8>, i64, Vec<u8>);

pub(crate) struct OpRow(pub(crate) Op);

impl FromRow<'_, PgRow> for OpRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let bad = |_| sqlx::Error::Decode("a row of ops does not read".into());
        let chain = link(row.try_get("chain")?).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let envelope = Envelope::decode(row.try_get("envelope")?).map_err(bad)?;
        Ok(Self(Op { envelope, chain, payload: row.try_get("payload")? }))
    }
}

pub(crate) fn link(bytes: &[u8]) -> Result<Chain, ArchiveError> {
    bytes.try_into().map(Chain).map_err(|_| ArchiveError::Row("series"))
}
