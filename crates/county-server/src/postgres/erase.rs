//! Erasure (个人信息保护法 art. 47): what a hall's desk erased is erased here too, and never taken again.
//!
//! What backups and the database's own write-ahead log still hold of it goes when they are rotated out.

use std::collections::BTreeSet;

use hall_core::EntityId;
use hall_log::{Envelope, Op};
use sqlx::postgres::PgConnection;

use crate::archive::ArchiveError;

/// Kinds of facts about a worker, those that a later release may add among them; see [`hall_core::fact::Fact`].
const WORKER_KINDS: std::ops::RangeInclusive<u16> = 30..=39;

/// The worker whom an op is about.
pub(crate) fn worker(envelope: &Envelope) -> Option<EntityId> {
    WORKER_KINDS.contains(&envelope.kind).then_some(envelope.entity)
}

/// Those among the workers of `ops` who were erased in `hall`.
pub(crate) async fn erased(
    db: &mut PgConnection,
    hall: u32,
    ops: &[Op],
) -> Result<BTreeSet<EntityId>, ArchiveError> {
    let workers: BTreeSet<EntityId> = ops.iter().filter_map(|op| worker(&op.envelope)).collect();
    if workers.is_empty() {
        return Ok(workers);
    }
    let workers: Vec<[u8; EntityId::LEN]> = workers.into_iter().map(EntityId::to_bytes).collect();
    let erased: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT worker FROM erased WHERE hall = $1 AND worker = ANY($2)")
            .bind(hall.cast_signed())
            .bind(workers)
            .fetch_all(db)
            .await?;
    Ok(erased.iter().filter_map(|bytes| EntityId::from_bytes(bytes)).collect())
}

/// Erases every payload about `worker`.
pub(crate) async fn erase(db: &mut PgConnection, hall: u32, worker: EntityId) -> Result<(), ArchiveError> {
    for statement in [
        "INSERT INTO erased (hall, worker) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        "DELETE FROM missing USING ops WHERE ops.hall = $1 AND ops.subject = $2
         AND (missing.hall, missing.device, missing.epoch, missing.seq)
             = (ops.hall, ops.device, ops.epoch, ops.seq)",
        "UPDATE ops SET payload = NULL WHERE hall = $1 AND subject = $2 AND payload IS NOT NULL",
        "UPDATE evidence SET payload = NULL WHERE hall = $1 AND worker = $2",
    ] {
        sqlx::query(statement).bind(hall.cast_signed()).bind(worker.to_bytes()).execute(&mut *db).await?;
    }
    Ok(())
}
