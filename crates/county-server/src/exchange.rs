//! One exchange: who asks, what the node needs, the node, what it wants written, its answer.

use std::collections::VecDeque;
use std::convert::Infallible;

use hall_core::Instant;
use hall_core::vocab::DeviceRole;
use hall_log::{Bearer, Certificate, CertificateError};
use hall_sync::upstream::WAIT_MS;
use hall_sync::wire::{Refused, Request, Response, SERIES_MAX, Signed};
use hall_sync::{Input, Node, Now, Output, Trust};
use sqlx::PgPool;
use sqlx::postgres::PgConnection;

use crate::county::{self, County, DEVICE};
use crate::database::DatabaseError;
use crate::extract::Extract;
use crate::read::{self, Device};
use crate::write;

/// Seals in one request: those of the largest batch and one more for each series, with room. Each costs a check
/// of a signature.
const SEALS_MAX: usize = 1_024;
/// How far a certificate may be dated ahead: it was dated by a clock like this one.
const AHEAD_MS: i64 = 300_000;
/// When a device that has nothing to say and nothing to fetch may come back, milliseconds. The county does not
/// hold answers back: a process keeps no list of who waits.
const IDLE_MS: u32 = 5_000;

/// A request and who sent it, as its certificate and signature prove.
#[derive(Debug)]
pub struct Caller {
    pub bearer: Bearer,
    request: Request,
    message: Signed,
}

/// An exchange that took place.
#[derive(Debug)]
pub struct Exchanged {
    pub response: Response,
    /// New ops that were written.
    pub taken: usize,
    /// Ops that were put aside.
    pub evidence: usize,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl ExchangeError {
    /// What the device is told.
    pub fn refused(&self) -> Refused {
        match self {
            Self::Refused(refused) => *refused,
            Self::Database(error) => error.refused(),
        }
    }
}

impl From<Infallible> for ExchangeError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<sqlx::Error> for ExchangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Who sent `message`, before anything is read for him. The node looks again; a stranger must not cost more than
/// two signatures.
pub fn authenticate(county: &County, message: Signed, now: Instant) -> Result<Caller, Refused> {
    let request = message.request()?;
    let bearer = match request.certificate.check(now, |id| county.issuer(id)) {
        Ok(bearer) => bearer,
        Err(CertificateError::Expired(_)) => return Err(Refused::Expired),
        Err(_) => return Err(Refused::Certificate),
    };
    let signed = bearer.verifying_key().is_some_and(|key| message.is_by(&key));
    if !signed || bearer.device != request.from.device {
        return Err(Refused::Signature);
    }
    if bearer.role == DeviceRole::County {
        return Err(Refused::Certificate);
    }
    if bearer.issued.instant() > now.plus_ms(AHEAD_MS) {
        // This county issued it: the clock of this machine is behind, and nothing may be dated by it.
        tracing::error!(
            device = bearer.device,
            "a certificate of this county is from the future: clock wrong"
        );
        return Err(Refused::Unavailable);
    }
    if request.seals.len() > SEALS_MAX || request.certificates.len() > SERIES_MAX {
        return Err(Refused::TooLarge);
    }
    // The county may hold every hall's series, but one hall's device has no business with another's.
    let ours = |certificate: &Certificate| {
        certificate.bearer.hall == bearer.hall || certificate.bearer.role == DeviceRole::County
    };
    if !request.certificates.iter().all(ours) {
        return Err(Refused::OtherHall);
    }
    Ok(Caller { bearer, request, message })
}

/// Answers `caller`. Everything is written in one transaction, and only what is committed is acknowledged.
pub async fn exchange(
    pool: &PgPool,
    county: &County,
    caller: Caller,
    now: Instant,
) -> Result<Exchanged, ExchangeError> {
    let Caller { bearer, request, message } = caller;
    let hall = bearer.hall;
    let mut transaction = pool.begin().await?;
    let locks = locks(hall, &request);
    let mut cursors = read::lock(&mut transaction, &locks).await?;
    if cursors.len() < locks.len() {
        // This county certified the device: the hall was lost with a database.
        write::found(&mut transaction, hall).await?;
        cursors = read::lock(&mut transaction, &locks).await?;
    }
    let devices = read::devices(&mut transaction, hall).await?;
    let mut extract = read::extract(&mut transaction, hall, county.me(), &request).await?;
    warn_of_rollback(county, &request, &extract);
    let renewed = renewal(&mut transaction, county, &devices, &request.certificate, now).await?;

    let clock = Now { wall: now, mono: now };
    let mut node = Node::new(county.identity(now), trust(county, &devices, now), Vec::new(), clock);
    // What it was told here is no news.
    node.trust.news();
    let mut transaction = Some(transaction);
    let (mut taken, mut evidence) = (0, 0);
    let mut todo: VecDeque<Output> = node.step(clock, Input::Request { link: 0, message }, &extract)?.into();
    let response = loop {
        match todo.pop_front() {
            Some(Output::Learned(certificates)) => {
                // Of devices that this database was restored from before.
                if let Some(transaction) = transaction.as_mut() {
                    write::found(transaction, hall).await?;
                    for certificate in certificates.iter().filter(|known| known.bearer.device != DEVICE) {
                        write::keep(transaction, certificate).await?;
                    }
                }
            }
            // The county asks for no payloads yet, so those that come with a request are not its own business.
            Some(Output::Import { job, judged, payloads: _ }) => {
                let mut transaction = transaction.take().ok_or(Refused::Unavailable)?;
                write::judged(&mut transaction, hall, &cursors, &judged).await?;
                transaction.commit().await?;
                (taken, evidence) = (judged.ops.len(), judged.evidence.len());
                extract.apply(judged);
                todo.extend(node.step(clock, Input::Imported { job, stored: true }, &extract)?);
            }
            // The county has no places to give yet.
            Some(Output::Serve { job, .. }) => {
                todo.extend(node.step(clock, Input::Served { job }, &extract)?);
            }
            Some(Output::Reply { response, .. }) => break *response?,
            Some(_) => {}
            // The node holds the answer back until there is news; here nobody waits.
            None => {
                let later = Now { mono: now.plus_ms(i64::from(WAIT_MS) + 1), ..clock };
                todo.extend(node.step(later, Input::Tick, &extract)?);
                if todo.is_empty() {
                    return Err(Refused::Unavailable.into());
                }
            }
        }
    };
    if let Some(transaction) = transaction {
        transaction.commit().await?;
    }
    Ok(Exchanged { response: addressed(response, renewed, &request), taken, evidence })
}

/// The answer with what the node does not know of.
fn addressed(mut response: Response, renewed: Option<Certificate>, request: &Request) -> Response {
    let idle = response.pull.is_empty() && request.push.is_empty() && !response.more;
    response.retry_after_ms = if idle { IDLE_MS } else { 0 };
    response.certificates.extend(renewed);
    response
}

/// The halls that a request may write for: its own and, when it brings back what the county itself wrote, the
/// county. Seals alone need no lock: a row of theirs is replaced by a newer one and nothing else.
fn locks(hall: u32, request: &Request) -> Vec<u32> {
    if request.push.is_empty() {
        return Vec::new();
    }
    let county = request.push.iter().any(|run| run.series.device == DEVICE);
    county.then_some(county::HALL).into_iter().chain([hall]).collect()
}

fn trust(county: &County, devices: &[Device], now: Instant) -> Trust {
    let mut trust = Trust::new([county.verifying_key()]);
    for device in devices {
        // One that has expired still tells who wrote a series.
        let _known_either_way = trust.learn(&device.certificate, now);
        if device.revoked {
            trust.revoke(device.number);
        }
    }
    trust
}

/// The certificate that the device should use from now on instead of `shown`.
async fn renewal(
    db: &mut PgConnection,
    county: &County,
    devices: &[Device],
    shown: &Certificate,
    now: Instant,
) -> Result<Option<Certificate>, DatabaseError> {
    let Some(known) = devices.iter().find(|known| known.number == shown.bearer.device && !known.revoked)
    else {
        return Ok(None);
    };
    if let Some(renewed) = county.renew(&known.certificate, now) {
        write::keep(db, &renewed).await?;
        return Ok(Some(renewed));
    }
    // It was renewed before, and the answer was lost.
    Ok((known.certificate.bearer.issued > shown.bearer.issued).then(|| known.certificate.clone()))
}

/// A device that has more of the county's own series than the county was here before this database's backup.
fn warn_of_rollback(county: &County, request: &Request, extract: &Extract) {
    let here = extract.known_heads().get(&county.me()).map_or(0, |head| head.seq);
    let there = request.have.iter().find(|have| have.series == county.me()).map_or(0, |have| have.seq);
    if there > here {
        tracing::error!(here, there, "halls have more of the county's series: run `restored`");
    }
}
