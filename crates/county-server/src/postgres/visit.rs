//! One exchange in PostgreSQL: one transaction, under the row locks of the halls that it writes for.

use hall_core::Instant;
use hall_log::Certificate;
use hall_sync::push::Judged;
use hall_sync::wire::{Ask, Payload, Request};
use sqlx::postgres::{PgPool, Postgres};

use crate::archive::{self, ArchiveError, Device};
use crate::county::{self, County, DEVICE};
use crate::postgres::extract::Extract;
use crate::postgres::{devices, posts, read, told, write};

/// See the module.
#[derive(Debug)]
pub struct Visit {
    county: County,
    hall: u32,
    /// Of the halls whose locks are held.
    cursors: Vec<(u32, u64)>,
    devices: Vec<Device>,
    extract: Extract,
    pool: PgPool,
    now: Instant,
    /// `None` when it was committed.
    transaction: Option<sqlx::Transaction<'static, Postgres>>,
}

impl Visit {
    pub(super) async fn begin(
        pool: &PgPool,
        county: &County,
        (hall, request): (u32, &Request),
        now: Instant,
    ) -> Result<Self, ArchiveError> {
        let mut transaction = pool.begin().await?;
        let locks = locks(hall, request);
        let mut cursors = read::lock(&mut transaction, &locks).await?;
        if cursors.len() < locks.len() {
            // The county certified the device, or a desk that vouched for it: the hall was lost with a database.
            write::found(&mut transaction, hall).await?;
            cursors = read::lock(&mut transaction, &locks).await?;
        }
        let devices = devices::of(&mut transaction, hall).await?;
        let extract = read::extract(&mut transaction, hall, county.me(), request).await?;
        let (county, pool, transaction) = (county.clone(), pool.clone(), Some(transaction));
        Ok(Self { county, hall, cursors, devices, extract, pool, now, transaction })
    }
}

/// The halls that a request may write for: its own and, when it brings back what the county itself wrote, the
/// county. Seals alone need no lock: a row of theirs is replaced by a newer one and nothing else. Payloads do, or
/// they could pass by an erasure.
fn locks(hall: u32, request: &Request) -> Vec<u32> {
    let runs = request.push.iter().map(|run| run.series.device);
    let authors: Vec<u32> = runs.chain(request.payloads.iter().map(|payload| payload.op.device)).collect();
    if authors.is_empty() {
        return Vec::new();
    }
    authors.contains(&DEVICE).then_some(county::HALL).into_iter().chain([hall]).collect()
}

impl archive::Visit for Visit {
    type Ledger = Extract;

    fn devices(&self) -> &[Device] {
        &self.devices
    }

    fn ledger(&self) -> &Extract {
        &self.extract
    }

    async fn keep(&mut self, certificates: &[Certificate]) -> Result<(), ArchiveError> {
        // Behind the import there is nothing more to be learned.
        let Some(transaction) = self.transaction.as_mut() else { return Ok(()) };
        write::found(transaction, self.hall).await?;
        for certificate in certificates {
            write::keep(transaction, certificate).await?;
        }
        Ok(())
    }

    async fn import(&mut self, judged: Judged, payloads: Vec<Payload>) -> Result<usize, ArchiveError> {
        let mut transaction = self.transaction.take().ok_or(ArchiveError::Written)?;
        write::judged(&mut transaction, &self.county, self.hall, &self.cursors, &judged).await?;
        let completed = write::payloads(&mut transaction, &self.county, self.hall, payloads).await?;
        let heard = [&judged.ops[..], &completed].concat();
        let answered = posts::attend(&mut transaction, &self.county, self.hall, &heard, self.now).await?;
        let told = told::tell(&mut transaction, &self.county, self.hall, self.now).await?;
        transaction.commit().await?;
        self.extract.apply(judged);
        self.extract.apply(answered);
        self.extract.apply(told);
        let count = completed.len();
        for op in completed {
            self.extract.complete(op);
        }
        Ok(count)
    }

    async fn serve(&mut self, asks: &[Ask]) -> Result<(), ArchiveError> {
        let mut transaction = match self.transaction.take() {
            Some(transaction) => transaction,
            None => self.pool.begin().await?,
        };
        let given = posts::serve(&mut transaction, &self.county, asks, self.now).await?;
        transaction.commit().await?;
        self.extract.apply(given);
        Ok(())
    }

    async fn finish(self) -> Result<(), ArchiveError> {
        match self.transaction {
            Some(transaction) => Ok(transaction.commit().await?),
            None => Ok(()),
        }
    }
}
