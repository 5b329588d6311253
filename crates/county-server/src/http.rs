//! The endpoint: paths, statuses, bounds.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use hall_core::Instant;
use hall_sync::wire::{self, Answer, MESSAGE_MAX, Refused, Signed};
use serde_json::json;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use crate::archive::Archive;
use crate::county::{County, now};
use crate::enrol::{self, Application, EnrolError, Enrolled};
use crate::exchange::{self, Caller, ExchangeError, Exchanged};
use crate::limit::Limiter;
use crate::metrics::{Ending, Metrics};

/// Hand-kept; a test holds it against the routes.
pub const OPENAPI: &str = include_str!("../openapi.json");
/// Requests worked on at once; whoever comes on top is sent away at once, with all he has.
const IN_FLIGHT_MAX: usize = 256;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// Bound of an application, bytes.
const APPLICATION_MAX: usize = 4 << 10;
/// Exchanges a second of one device, and at once.
const DEVICE_RATE: (u32, u32) = (50, 200);
/// Applications a second of everybody together, and at once.
const ENROL_RATE: (u32, u32) = (2, 20);
/// What a device that was sent away waits, seconds.
const RETRY_S: &str = "5";

/// What all requests share.
#[derive(Debug)]
pub struct Server<A> {
    archive: A,
    county: County,
    metrics: Metrics,
    devices: Limiter,
    applications: Limiter,
    in_flight: Semaphore,
}

type Shared<A> = Arc<Server<A>>;

impl<A: Archive> Server<A> {
    pub fn new(archive: A, county: County) -> Self {
        Self {
            archive,
            county,
            metrics: Metrics::default(),
            devices: Limiter::new(DEVICE_RATE.0, DEVICE_RATE.1),
            applications: Limiter::new(ENROL_RATE.0, ENROL_RATE.1),
            in_flight: Semaphore::new(IN_FLIGHT_MAX),
        }
    }

    pub fn router(self) -> Router {
        let shared = Arc::new(self);
        routes()
            .into_iter()
            .fold(Router::new(), |router, (path, _, route)| router.route(path, route))
            .with_state(shared)
    }
}

/// Every path with its one method.
fn routes<A: Archive>() -> [(&'static str, &'static str, MethodRouter<Shared<A>>); 5] {
    [
        ("/v1/sync", "post", post(sync::<A>)),
        ("/v1/enrol", "post", post(enrol::<A>)),
        ("/healthz", "get", get(health::<A>)),
        ("/metrics", "get", get(metrics::<A>)),
        ("/openapi.json", "get", get(openapi)),
    ]
}

/// A body within its bounds of size and time.
async fn body(request: Request, max: usize) -> Result<Bytes, Refused> {
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(request.into_body(), max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // Or the line broke, and nobody reads this.
        Ok(Err(_)) => Err(Refused::TooLarge),
        Err(_) => Err(Refused::Malformed),
    }
}

async fn sync<A: Archive>(State(server): State<Shared<A>>, request: Request) -> Response {
    let begun = std::time::Instant::now();
    let Ok(_place) = server.in_flight.try_acquire() else {
        return answer(&server.metrics, &Err(Refused::Busy));
    };
    let given = match body(request, MESSAGE_MAX).await {
        Ok(bytes) => {
            // A task of its own: a device that hangs up does not cut a transaction in the middle, and a panic
            // ends here.
            let working = Arc::clone(&server);
            tokio::spawn(async move { exchanged(&working, &bytes).await })
                .await
                .unwrap_or(Err(Refused::Unavailable))
        }
        Err(refused) => Err(refused),
    };
    server.metrics.seconds.observe(begun.elapsed().as_secs_f64());
    answer(&server.metrics, &given)
}

async fn exchanged<A: Archive>(server: &Server<A>, bytes: &[u8]) -> Answer {
    let now = now();
    let message: Signed = wire::decode(bytes)?;
    let caller = exchange::authenticate(&server.archive, &server.county, message, now)
        .await
        .map_err(|error| told(&error))?;
    let bearer = caller.bearer;
    if !server.devices.admits(bearer.device, now) {
        return Err(Refused::Busy);
    }
    let span = tracing::info_span!("exchange", hall = bearer.hall, device = bearer.device);
    counted(server, caller, now).instrument(span).await
}

async fn counted<A: Archive>(server: &Server<A>, caller: Caller, now: Instant) -> Answer {
    let given = exchange::exchange(&server.archive, &server.county, caller, now).await;
    let Exchanged { response, taken, evidence } = given.map_err(|error| told(&error))?;
    server.metrics.taken.inc_by(taken as u64);
    server.metrics.evidence.inc_by(evidence as u64);
    if evidence > 0 || !response.refused.is_empty() {
        tracing::warn!(evidence, refused = ?response.refused, "not all was taken");
    }
    tracing::debug!(taken, "exchanged");
    Ok(response)
}

/// What the device is told of an error, and what the operator is.
fn told(error: &ExchangeError) -> Refused {
    if let ExchangeError::Archive(error) = error {
        tracing::error!(error = chain(error), "not written");
    }
    error.refused()
}

/// The status is for whatever stands between; the device reads the body.
fn answer(metrics: &Metrics, answer: &Answer) -> Response {
    let (status, outcome) = match answer {
        Ok(_) => (StatusCode::OK, "answered"),
        Err(refused) => ending(*refused),
    };
    metrics.exchanges.get_or_create(&Ending { outcome }).inc();
    if let Err(refused) = answer {
        tracing::info!(%refused, "refused");
    }
    reply(status, "application/cbor", wire::encode(answer))
}

fn ending(refused: Refused) -> (StatusCode, &'static str) {
    match refused {
        Refused::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
        Refused::Version => (StatusCode::BAD_REQUEST, "version"),
        Refused::Certificate => (StatusCode::UNAUTHORIZED, "certificate"),
        Refused::Expired => (StatusCode::UNAUTHORIZED, "expired"),
        Refused::Signature => (StatusCode::UNAUTHORIZED, "signature"),
        Refused::Revoked => (StatusCode::FORBIDDEN, "revoked"),
        Refused::OtherHall => (StatusCode::FORBIDDEN, "other_hall"),
        Refused::EpochEnded => (StatusCode::FORBIDDEN, "epoch_ended"),
        Refused::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Refused::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        Refused::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy"),
    }
}

fn reply(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, kind)], body.into()).into_response();
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(RETRY_S));
    }
    response
}

async fn enrol<A: Archive>(State(server): State<Shared<A>>, request: Request) -> Response {
    let given = applied(&server, request).await;
    let (status, outcome) = match &given {
        Ok(enrolled) => {
            tracing::info!(hall = enrolled.hall, device = enrolled.device, "enrolled");
            (StatusCode::OK, "enrolled")
        }
        Err(EnrolError::Malformed) => (StatusCode::BAD_REQUEST, "malformed"),
        Err(EnrolError::Code) => (StatusCode::FORBIDDEN, "code"),
        Err(EnrolError::Revoked) => (StatusCode::FORBIDDEN, "revoked"),
        Err(EnrolError::OtherHall) => (StatusCode::CONFLICT, "other_hall"),
        Err(EnrolError::Number) => (StatusCode::CONFLICT, "number"),
        Err(EnrolError::Role) => (StatusCode::CONFLICT, "role"),
        Err(EnrolError::Busy) => (StatusCode::TOO_MANY_REQUESTS, "busy"),
        Err(EnrolError::Archive(error)) => {
            tracing::error!(error = chain(error), "not enrolled");
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    };
    server.metrics.enrolments.get_or_create(&Ending { outcome }).inc();
    let body = match given {
        Ok(enrolled) => serde_json::to_vec(&enrolled).unwrap_or_default(),
        Err(error) => json!({ "error": outcome, "message": error.to_string() }).to_string().into_bytes(),
    };
    reply(status, "application/json", body)
}

async fn applied<A: Archive>(server: &Shared<A>, request: Request) -> Result<Enrolled, EnrolError> {
    if !server.applications.admits(0, now()) {
        return Err(EnrolError::Busy);
    }
    let bytes = body(request, APPLICATION_MAX).await.map_err(|_| EnrolError::Malformed)?;
    let application: Application = serde_json::from_slice(&bytes).map_err(|_| EnrolError::Malformed)?;
    let applicant = enrol::read(&application)?;
    let working = Arc::clone(server);
    let work = async move { working.archive.enrol(&working.county, &applicant, now()).await };
    tokio::spawn(work).await.unwrap_or(Err(EnrolError::Busy))
}

/// Good when the archive answers; a load balancer then sends requests here.
async fn health<A: Archive>(State(server): State<Shared<A>>) -> Response {
    let (status, word) = if server.archive.is_reached().await {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no_database")
    };
    reply(status, "application/json", json!({ "status": word }).to_string())
}

async fn metrics<A: Archive>(State(server): State<Shared<A>>) -> Response {
    let (connections, idle) = server.archive.connections();
    let text = server.metrics.text(connections, idle);
    reply(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
}

async fn openapi() -> Response {
    reply(StatusCode::OK, "application/json", OPENAPI)
}

/// An error with what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::Postgres;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_describes_exactly_the_routes() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|method| (path.clone(), method.clone()))
            })
            .collect();
        let routed: BTreeSet<(String, String)> = routes::<Postgres>()
            .into_iter()
            .map(|(path, method, _)| (path.to_owned(), method.to_owned()))
            .collect();
        assert_eq!(described, routed);
    }
}
