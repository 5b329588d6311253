//! One exchange: who asks, what the node needs, the node, what it wants written, its answer.

use std::collections::VecDeque;

use hall_core::Instant;
use hall_core::vocab::DeviceRole;
use hall_log::{Bearer, Certificate, Ledger as _};
use hall_sync::upstream::WAIT_MS;
use hall_sync::wire::{Refused, Request, Response, SERIES_MAX, Signed};
use hall_sync::{Input, Node, Now, Output, Trust};

use crate::archive::{Archive, ArchiveError, Device, Visit};
use crate::county::{County, DEVICE};

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
    Archive(#[from] ArchiveError),
}

impl ExchangeError {
    /// What the device is told.
    pub fn refused(&self) -> Refused {
        match self {
            Self::Refused(refused) => *refused,
            Self::Archive(error) => error.refused(),
        }
    }
}

/// Who sent `message`, before its hall is locked or anything of the log is read for him. The node looks again. A
/// stranger must not cost more than two signatures, and one question when he names a desk as his issuer.
pub async fn authenticate(
    archive: &impl Archive,
    county: &County,
    message: Signed,
    now: Instant,
) -> Result<Caller, ExchangeError> {
    let request = message.request()?;
    let shown = &request.certificate;
    let signed = shown.bearer.verifying_key().is_some_and(|key| message.is_by(&key));
    let mut trust = Trust::new([county.verifying_key()]);
    if signed && county.issuer(shown.issuer).is_none() {
        let mut devices = archive.devices(shown.bearer.hall).await?;
        // Himself, too: whoever is known stays so when his desk is revoked.
        let known = |device: &Device| device.number == shown.bearer.device;
        devices.retain(|device| device.certificate.bearer.role == DeviceRole::Desk || known(device));
        trust = believing(county, &devices, now);
    }
    let bearer = trust.learn(shown, now)?;
    if !signed || bearer.device != request.from.device {
        return Err(Refused::Signature.into());
    }
    if bearer.role == DeviceRole::County {
        return Err(Refused::Certificate.into());
    }
    if is_ahead(&bearer, now) {
        // This county or a desk of it issued it: nothing may be dated by a clock that is behind theirs.
        tracing::error!(device = bearer.device, "a certificate is from the future: clock wrong");
        return Err(Refused::Unavailable.into());
    }
    if request.seals.len() > SEALS_MAX || request.certificates.len() > SERIES_MAX {
        return Err(Refused::TooLarge.into());
    }
    if !request.certificates.iter().all(|certificate| concerns(certificate, bearer.hall)) {
        return Err(Refused::OtherHall.into());
    }
    Ok(Caller { bearer, request, message })
}

/// Whether a certificate is dated ahead of this clock.
pub(crate) fn is_ahead(bearer: &Bearer, now: Instant) -> bool {
    bearer.issued.instant() > now.plus_ms(AHEAD_MS)
}

/// The county may hold every hall's series, but one hall's device has no business with another's.
pub(crate) fn concerns(certificate: &Certificate, hall: u32) -> bool {
    certificate.bearer.hall == hall || certificate.bearer.role == DeviceRole::County
}

/// Answers `caller`. Only what is durable is acknowledged.
pub async fn exchange(
    archive: &impl Archive,
    county: &County,
    caller: Caller,
    now: Instant,
) -> Result<Exchanged, ExchangeError> {
    let Caller { bearer, request, message } = caller;
    let mut visit = archive.visit(county, bearer.hall, &request, now).await?;
    warn_of_rollback(county, &request, &visit)?;
    let renewed = renewal(&mut visit, county, &request.certificate, now).await?;
    let clock = Now { wall: now, mono: now };
    let mut node =
        Node::new(county.identity(now), believing(county, visit.devices(), now), Vec::new(), clock);
    // What it was told here is no news.
    node.trust.news();
    let (mut taken, mut evidence, mut completed) = (0, 0, 0);
    let mut todo = VecDeque::new();
    let mut input = Some((clock, Input::Request { link: 0, message }));
    let mut later = Some(Now { mono: now.plus_ms(i64::from(WAIT_MS) + 1), ..clock });
    let response = loop {
        if let Some((at, input)) = input.take() {
            let out = node.step(at, input, visit.ledger());
            todo.extend(out.map_err(|error| -> ArchiveError { error.into() })?);
        }
        match todo.pop_front() {
            Some(Output::Learned(mut certificates)) => {
                certificates.retain(|certificate| certificate.bearer.device != DEVICE);
                visit.keep(&certificates).await?;
            }
            Some(Output::Import { job, judged, payloads }) => {
                (taken, evidence) = (judged.ops.len(), judged.evidence.len());
                completed = visit.import(judged, payloads).await?;
                input = Some((clock, Input::Imported { job, stored: true }));
            }
            Some(Output::Serve { job, mut asks }) => {
                asks.retain(|ask| ask.to == request.from && ask.post.device == DEVICE);
                if !asks.is_empty() {
                    visit.serve(&asks).await?;
                }
                input = Some((clock, Input::Served { job }));
            }
            Some(Output::Reply { response, .. }) => break *response?,
            Some(_) => {}
            // The node holds the answer back until there is news; here nobody waits.
            None => {
                input = Some((later.take().ok_or(Refused::Unavailable)?, Input::Tick));
            }
        }
    };
    visit.finish().await?;
    let idle = request.push.is_empty() && completed == 0;
    Ok(Exchanged { response: addressed(response, renewed, idle), taken, evidence })
}

/// The answer with what the node does not know of. `idle` says that the request brought nothing.
fn addressed(mut response: Response, renewed: Option<Certificate>, idle: bool) -> Response {
    let quiet = idle && response.pull.is_empty() && !response.more;
    response.retry_after_ms = if quiet { IDLE_MS } else { 0 };
    response.certificates.extend(renewed);
    response
}

/// The trust in which a hall's exchanges are judged. The county's own certificates go first, for some of their
/// bearers vouch for others. A desk that is revoked vouches for nobody new; whom it had vouched for before stays
/// known.
pub(crate) fn believing(county: &County, devices: &[Device], now: Instant) -> Trust {
    let mut trust = Trust::new([county.verifying_key()]);
    let by_county = |device: &&Device| county.issuer(device.certificate.issuer).is_some();
    let by_desks = devices.iter().filter(|device| !by_county(device));
    for device in devices.iter().filter(by_county).chain(by_desks) {
        // One that has expired still tells who wrote a series.
        let _known_either_way = trust.learn(&device.certificate, now);
    }
    for device in devices.iter().filter(|device| device.revoked) {
        trust.revoke(device.number);
    }
    trust
}

/// The certificate that the device should use from now on instead of `shown`.
async fn renewal(
    visit: &mut impl Visit,
    county: &County,
    shown: &Certificate,
    now: Instant,
) -> Result<Option<Certificate>, ArchiveError> {
    let of_caller = |known: &&Device| known.number == shown.bearer.device && !known.revoked;
    let Some(known) = visit.devices().iter().find(of_caller).map(|known| known.certificate.clone()) else {
        return Ok(None);
    };
    if let Some(renewed) = county.renew(&known, now) {
        visit.keep(std::slice::from_ref(&renewed)).await?;
        return Ok(Some(renewed));
    }
    // It was renewed before, and the answer was lost.
    Ok((known.bearer.issued > shown.bearer.issued).then_some(known))
}

/// A device that has more of the county's own series than the county was here before this archive's backup.
fn warn_of_rollback(county: &County, request: &Request, visit: &impl Visit) -> Result<(), ArchiveError> {
    let here = visit.ledger().head(county.me()).map_err(|error| -> ArchiveError { error.into() })?.seq;
    let there = request.have.iter().find(|have| have.series == county.me()).map_or(0, |have| have.seq);
    if there > here {
        tracing::error!(here, there, "halls have more of the county's series: run `restored`");
    }
    Ok(())
}
