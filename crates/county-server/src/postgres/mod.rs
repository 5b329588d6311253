//! The archive in PostgreSQL: the connection, the shape of the database, whose it is.
//!
//! A process holds no state that matters: every request is answered from one transaction, so any number of
//! processes can stand behind a load balancer.

mod devices;
mod enrolment;
mod erase;
pub mod extract;
mod notices;
mod posts;
mod read;
mod told;
mod visit;
mod write;

use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use hall_core::Instant;
use hall_sync::wire::Request;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::archive::{Archive, ArchiveError, Device, Grant, Listed, Revoked};
use crate::county::County;
use crate::enrol::{Applicant, EnrolError, Enrolled};

/// Forward only: a released file never changes, a change is a new file.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "county", include_str!("../../migrations/0001_county.sql")),
    (2, "vouched", include_str!("../../migrations/0002_vouched.sql")),
    (3, "posts", include_str!("../../migrations/0003_posts.sql")),
];
/// How long the database may take to say that it is there.
const HEALTH_PATIENCE: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Clone, Debug)]
pub struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// A pool that connects when it is needed, so that a process outlives its database's absence.
    pub fn new(options: PgConnectOptions, connections: u32) -> Self {
        // Bounds on the server's side too: whatever becomes of this process, no lock outlives them.
        let options = options.application_name("county-server").options([
            ("lock_timeout", "5s"),
            ("statement_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "30s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options);
        Self { pool }
    }

    /// Brings the database to this release's shape.
    pub async fn migrate(&self) -> Result<(), ArchiveError> {
        let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        };
        Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect()).run(&self.pool).await?;
        Ok(())
    }

    /// Says that the database belongs to the county with `key`; once said, it stays.
    pub async fn claim(&self, key: &VerifyingKey) -> Result<(), ArchiveError> {
        sqlx::query("INSERT INTO county (key, epoch) VALUES ($1, 1) ON CONFLICT DO NOTHING")
            .bind(key.to_bytes())
            .execute(&self.pool)
            .await?;
        self.epoch(key).await.map(|_| ())
    }

    /// The epoch of the county's own series, when `key` is the county's.
    pub async fn epoch(&self, key: &VerifyingKey) -> Result<u16, ArchiveError> {
        let county: Option<i32> = sqlx::query_scalar("SELECT epoch FROM county WHERE key = $1")
            .bind(key.to_bytes())
            .fetch_optional(&self.pool)
            .await?;
        Ok(county.ok_or(ArchiveError::NotThisCounty)? as u16)
    }

    /// After the database came back from a backup: what the county wrote since is out there under the old epoch,
    /// and so are the numbers that it gave to halls and devices.
    pub async fn restored(&self) -> Result<(), ArchiveError> {
        let mut db = self.pool.begin().await?;
        sqlx::query("UPDATE county SET epoch = epoch + 1").execute(&mut *db).await?;
        for statement in [
            "SELECT setval('device_numbers', nextval('device_numbers') + 1000)",
            "SELECT setval(s, nextval(s) + 1000) FROM pg_get_serial_sequence('halls', 'hall') AS s",
        ] {
            sqlx::query(statement).execute(&mut *db).await?;
        }
        db.commit().await?;
        Ok(())
    }
}

impl Archive for Postgres {
    type Visit = visit::Visit;

    async fn devices(&self, hall: u32) -> Result<Vec<Device>, ArchiveError> {
        devices::of(&mut *self.pool.acquire().await?, hall).await
    }

    async fn visit(
        &self,
        county: &County,
        hall: u32,
        request: &Request,
        now: Instant,
    ) -> Result<visit::Visit, ArchiveError> {
        visit::Visit::begin(&self.pool, county, (hall, request), now).await
    }

    async fn enrol(
        &self,
        county: &County,
        applicant: &Applicant,
        now: Instant,
    ) -> Result<Enrolled, EnrolError> {
        enrolment::enrol(&self.pool, county, applicant, now).await
    }

    async fn add_hall(&self, name: &str) -> Result<u32, ArchiveError> {
        enrolment::add_hall(&self.pool, name).await
    }

    async fn add_code(&self, digest: [u8; 32], grant: &Grant, _now: Instant) -> Result<bool, ArchiveError> {
        enrolment::add_code(&self.pool, digest, grant).await
    }

    async fn revoke(
        &self,
        county: &County,
        device: u32,
        hall: Option<u32>,
        reason: &str,
        now: Instant,
    ) -> Result<Revoked, ArchiveError> {
        enrolment::revoke(&self.pool, county, (device, hall), reason, now).await
    }

    async fn list(&self, county: &County) -> Result<Vec<Listed>, ArchiveError> {
        enrolment::list(&self.pool, county).await
    }

    async fn is_reached(&self) -> bool {
        let asked = sqlx::query("SELECT 1 FROM county").execute(&self.pool);
        matches!(tokio::time::timeout(HEALTH_PATIENCE, asked).await, Ok(Ok(_)))
    }

    fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }
}
