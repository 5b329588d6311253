//! The answering end in a hall: the desk's process, where the other machines of the hall exchange.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use ed25519_dalek::SigningKey;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::tls::{self, TlsError};
use crate::enrolment::{Application, Enrolled, NotEnrolled};
use crate::wire::{self, Answer, MESSAGE_MAX, Refused, Signed};

/// Requests worked on or held back at once: a hall has a dozen machines.
const IN_FLIGHT_MAX: usize = 96;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(20);
/// How long the node may hold an answer back, and longer than it ever does.
const ANSWER_PATIENCE: Duration = Duration::from_secs(38);
/// Bound of an application, bytes.
const APPLICATION_MAX: usize = 4 << 10;

/// A request that waits for the node.
#[derive(Debug)]
pub struct Asked {
    pub message: Signed,
    pub answer: oneshot::Sender<Answer>,
}

/// What enrols a machine; it may wait for the disk.
pub type Enrol = Arc<dyn Fn(&Application) -> Result<Enrolled, NotEnrolled> + Send + Sync>;

struct Hub {
    asked: mpsc::Sender<Asked>,
    enrol: Enrol,
    in_flight: Semaphore,
    /// One application at a time: whoever tries codes tries a few a second at most.
    enrolling: Semaphore,
}

/// Serves the hall at `listener` until it is dropped.
pub async fn serve(
    listener: std::net::TcpListener,
    key: &SigningKey,
    asked: mpsc::Sender<Asked>,
    enrol: Enrol,
) -> Result<(), HubError> {
    let hub = Hub { asked, enrol, in_flight: Semaphore::new(IN_FLIGHT_MAX), enrolling: Semaphore::new(1) };
    let router =
        Router::new().route("/v1/sync", post(sync)).route("/v1/enrol", post(apply)).with_state(Arc::new(hub));
    let tls = RustlsConfig::from_config(Arc::new(tls::server(key)?));
    axum_server::from_tcp_rustls(listener, tls)?
        .serve(router.into_make_service_with_connect_info::<SocketAddr>())
        .await?;
    Ok(())
}

/// Why the hall's other machines cannot reach this one.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("the address cannot be listened on")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

async fn sync(State(hub): State<Arc<Hub>>, request: Request) -> Response {
    let given = match hub.in_flight.try_acquire() {
        Ok(_place) => exchanged(&hub, request).await,
        Err(_) => Err(Refused::Busy),
    };
    let status = if given.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    (status, [(header::CONTENT_TYPE, "application/cbor")], wire::encode(&given)).into_response()
}

async fn exchanged(hub: &Hub, request: Request) -> Answer {
    let bytes = body(request, MESSAGE_MAX).await?;
    let message = wire::decode(&bytes)?;
    let (answer, answered) = oneshot::channel();
    hub.asked.try_send(Asked { message, answer }).map_err(|_| Refused::Busy)?;
    match tokio::time::timeout(ANSWER_PATIENCE, answered).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Err(Refused::Unavailable),
    }
}

async fn body(request: Request, max: usize) -> Result<axum::body::Bytes, Refused> {
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(request.into_body(), max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // Or the line broke, and nobody reads this.
        Ok(Err(_)) => Err(Refused::TooLarge),
        Err(_) => Err(Refused::Malformed),
    }
}

async fn apply(State(hub): State<Arc<Hub>>, request: Request) -> Response {
    let given = applied(&hub, request).await;
    let status = if given.is_ok() { StatusCode::OK } else { StatusCode::FORBIDDEN };
    let body = match given {
        Ok(enrolled) => serde_json::to_vec(&enrolled).unwrap_or_default(),
        Err(error) => json!({ "error": error, "message": error.to_string() }).to_string().into_bytes(),
    };
    (status, [(header::CONTENT_TYPE, "application/json")], Body::from(body)).into_response()
}

async fn applied(hub: &Arc<Hub>, request: Request) -> Result<Enrolled, NotEnrolled> {
    let _alone = hub.enrolling.try_acquire().map_err(|_| NotEnrolled::Busy)?;
    let bytes = body(request, APPLICATION_MAX).await.map_err(|_| NotEnrolled::Malformed)?;
    let application: Application = serde_json::from_slice(&bytes).map_err(|_| NotEnrolled::Malformed)?;
    let enrol = Arc::clone(&hub.enrol);
    tokio::task::spawn_blocking(move || enrol(&application)).await.unwrap_or(Err(NotEnrolled::Unavailable))
}
