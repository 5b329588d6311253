//! What the county keeps of its halls, as the endpoint and the console need it. Two real ones stand behind it:
//! PostgreSQL, and for a trial or a single county the store of a hub in this very process.
//!
//! The rules are not here: who may exchange and what is believed is [`crate::exchange`]'s and the node's, who is
//! enrolled is [`crate::enrol`]'s.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;

use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Certificate, Chain, Ledger};
use hall_store::{CommitError, ImportError, KeysError, OpenError, ReadError};
use hall_sync::push::Judged;
use hall_sync::wire::{Ask, Payload, Refused, Request};
use serde::Serialize;
use sqlx::migrate::MigrateError;

use crate::county::County;
use crate::enrol::{Applicant, EnrolError, Enrolled};

/// Why the archive did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the database did not answer as it should")]
    Sql(#[from] sqlx::Error),
    #[error("the database cannot be brought to this release's shape")]
    Migrate(#[from] MigrateError),
    #[error("a row of {0} does not read")]
    Row(&'static str),
    #[error("this is not the county's database, or not with this key: run `init`")]
    NotThisCounty,
    #[error("a request writes once")]
    Written,
    #[error("the keys cannot be used")]
    Keys(#[from] KeysError),
    #[error("the store does not open")]
    Open(#[from] OpenError),
    #[error("the store cannot be read")]
    Read(#[from] ReadError),
    #[error("the store cannot be written")]
    Commit(#[from] CommitError),
    #[error("the store cannot take what came")]
    Import(#[from] ImportError),
    #[error("the county's book cannot be read or written")]
    Book(#[from] std::io::Error),
}

impl From<Infallible> for ArchiveError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl ArchiveError {
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

/// A device as an exchange needs it.
#[derive(Clone, Debug)]
pub struct Device {
    pub number: u32,
    /// The newest one.
    pub certificate: Certificate,
    pub revoked: bool,
}

/// A device for the operator's eyes.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub hall: u32,
    pub device: u32,
    pub role: DeviceRole,
    pub name: String,
    /// Whether the county vouched for it itself, and not a desk of its hall.
    pub by_county: bool,
    /// When its certificate ends, seconds since 1970.
    pub expires: u32,
    pub revoked: bool,
    /// How many ops of it are here.
    pub ops: u64,
    /// The last op of each of its epochs with its chain, as `hallctl verify` prints them: the same as there exactly
    /// when the same ops are.
    pub heads: BTreeMap<String, String>,
}

impl Listed {
    pub(crate) fn new(county: &County, name: String, device: &Device, heads: &[(OpId, Chain)]) -> Self {
        let bearer = device.certificate.bearer;
        Self {
            hall: bearer.hall,
            device: device.number,
            role: bearer.role,
            name,
            by_county: county.issuer(device.certificate.issuer).is_some(),
            expires: bearer.expires.0,
            revoked: device.revoked,
            ops: heads.iter().map(|(last, _)| last.seq).sum(),
            heads: heads.iter().map(|(last, chain)| (last.to_string(), chain.to_string())).collect(),
        }
    }
}

/// What an operator does to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    Done,
    NoSuchDevice,
    /// Devices of several halls have the number: desks draw theirs by chance.
    Ambiguous,
}

/// See the module.
pub trait Archive: Send + Sync + 'static {
    type Visit: Visit;

    /// The devices of a hall.
    fn devices(&self, hall: u32) -> impl Future<Output = Result<Vec<Device>, ArchiveError>> + Send;

    /// Begins to answer `request`, which came from a device of `hall` and was checked.
    fn visit(
        &self,
        county: &County,
        hall: u32,
        request: &Request,
        now: Instant,
    ) -> impl Future<Output = Result<Self::Visit, ArchiveError>> + Send;

    /// Enrols a device, all of it or nothing.
    fn enrol(
        &self,
        county: &County,
        applicant: &Applicant,
        now: Instant,
    ) -> impl Future<Output = Result<Enrolled, EnrolError>> + Send;

    /// Adds a hall; its number.
    fn add_hall(&self, name: &str) -> impl Future<Output = Result<u32, ArchiveError>> + Send;

    /// Keeps the digest of a code for a device of `hall`; `false` when there is no such hall.
    fn add_code(
        &self,
        digest: [u8; 32],
        grant: &Grant,
        now: Instant,
    ) -> impl Future<Output = Result<bool, ArchiveError>> + Send;

    /// Takes back a device's right to exchange, for good, and says so in the county's own series.
    fn revoke(
        &self,
        county: &County,
        device: u32,
        hall: Option<u32>,
        reason: &str,
        now: Instant,
    ) -> impl Future<Output = Result<Revoked, ArchiveError>> + Send;

    fn list(&self, county: &County) -> impl Future<Output = Result<Vec<Listed>, ArchiveError>> + Send;

    /// Whether it answers now.
    fn is_reached(&self) -> impl Future<Output = bool> + Send;

    /// Connections to it, and how many of them are without work.
    fn connections(&self) -> (u32, usize);
}

/// What a code gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub hall: u32,
    pub role: DeviceRole,
    pub name: String,
}

/// A device that has been enrolled before.
#[derive(Clone, Debug)]
pub struct Known {
    pub device: Device,
    /// The op that enrolled it, by which others speak of it.
    pub entity: Option<EntityId>,
}

/// One exchange's reads, and its one write.
pub trait Visit: Send {
    type Ledger: Ledger<Error: Into<ArchiveError>> + Sync;

    /// The devices of the caller's hall, as they were when the visit began.
    fn devices(&self) -> &[Device];

    /// The log as far as the request concerns it.
    fn ledger(&self) -> &Self::Ledger;

    /// Keeps certificates of the hall's devices.
    fn keep(&mut self, certificates: &[Certificate])
    -> impl Future<Output = Result<(), ArchiveError>> + Send;

    /// Makes durable what came, and what the county answers with its own posts; afterwards the ledger has it. How many
    /// payloads completed an op.
    fn import(
        &mut self,
        judged: Judged,
        payloads: Vec<Payload>,
    ) -> impl Future<Output = Result<usize, ArchiveError>> + Send;

    /// Gives places of the county's posts to whoever asks; afterwards the ledger has the gifts.
    fn serve(&mut self, asks: &[Ask]) -> impl Future<Output = Result<(), ArchiveError>> + Send;

    /// Ends the visit; what was kept is durable.
    fn finish(self) -> impl Future<Output = Result<(), ArchiveError>> + Send;
}
