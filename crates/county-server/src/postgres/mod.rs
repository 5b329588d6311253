//! The connection to PostgreSQL and the shape of the database.

use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use hall_core::Instant;
use hall_sync::wire::Refused;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

/// Forward only: a released file never changes, a change is a new file.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "county", include_str!("../migrations/0001_county.sql"))];

/// Why the database did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("the database did not answer as it should")]
    Sql(#[from] sqlx::Error),
    #[error("the database cannot be brought to this release's shape")]
    Migrate(#[from] MigrateError),
    #[error("a row of {0} does not read")]
    Row(&'static str),
    #[error("this is not the county's database, or not with this key: run `init`")]
    NotThisCounty,
}

impl DatabaseError {
    /// What the device is told.
    pub fn refused(&self) -> Refused {
        match self {
            // Lock not available, serialization failure, deadlock: others were faster.
            Self::Sql(sqlx::Error::Database(error))
                if matches!(error.code().as_deref(), Some("55P03" | "40001" | "40P01")) =>
            {
                Refused::Busy
            }
            _ => Refused::Unavailable,
        }
    }
}

/// A pool that connects when it is needed, so that a process outlives its database's absence.
pub fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    // Bounds on the server's side too: whatever becomes of this process, no lock outlives them.
    let options = options.application_name("county-server").options([
        ("lock_timeout", "5s"),
        ("statement_timeout", "20s"),
        ("idle_in_transaction_session_timeout", "30s"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(options)
}

/// Brings the database to this release's shape.
pub async fn migrate(pool: &PgPool) -> Result<(), DatabaseError> {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect()).run(pool).await?;
    Ok(())
}

/// Says that the database belongs to the county with `key`; once said, it stays.
pub async fn claim(pool: &PgPool, key: &VerifyingKey) -> Result<(), DatabaseError> {
    sqlx::query("INSERT INTO county (key, epoch) VALUES ($1, 1) ON CONFLICT DO NOTHING")
        .bind(key.to_bytes())
        .execute(pool)
        .await?;
    epoch(pool, key).await.map(|_| ())
}

/// The epoch of the county's own series, when `key` is the county's.
pub async fn epoch(pool: &PgPool, key: &VerifyingKey) -> Result<u16, DatabaseError> {
    let county: Option<i32> = sqlx::query_scalar("SELECT epoch FROM county WHERE key = $1")
        .bind(key.to_bytes())
        .fetch_optional(pool)
        .await?;
    Ok(county.ok_or(DatabaseError::NotThisCounty)? as u16)
}

/// After the database came back from a backup: what the county wrote since is out there under the old epoch, and
/// so are the numbers that it gave to halls and devices.
pub async fn restored(pool: &PgPool) -> Result<(), DatabaseError> {
    let mut db = pool.begin().await?;
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

/// The wall clock.
pub fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Instant(since.map_or(0, |since| since.as_millis() as i64))
}
