//! The façade over loopback HTTP, for working on the screens in a browser. Never packaged, never reachable
//! from another machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use hall_app::{AppError, Code, Hall};
use hall_core::Minute;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::exec::unreadable;
use crate::{Place, open};

/// Bytes of a request: a spreadsheet in Base64.
const BODY_MAX: usize = 24 << 20;
/// How long a question for changes is held open.
const HOLD: Duration = Duration::from_secs(25);

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Port on 127.0.0.1; 0 takes a free one. The address is printed.
    #[arg(long, default_value_t = 5190)]
    port: u16,
    /// Lets the hall's clock stand at this time of today (hh:mm) at the start, and run from there.
    #[arg(long, value_name = "HH:MM")]
    clock: Option<Minute>,
}

type Shared = Arc<Hall>;

pub(crate) fn run(place: &Place, args: &ServeArgs) -> anyhow::Result<()> {
    let hall: Shared = Arc::new(place.open(open::clock(args.clock))?);
    tokio::runtime::Runtime::new()?.block_on(serve(hall, args.port))
}

async fn serve(hall: Shared, port: u16) -> anyhow::Result<()> {
    use std::io::Write as _;

    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = tokio::net::TcpListener::bind(address).await.context("the port is taken")?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let routes = Router::new()
        .route("/kiosk", post(|hall, headers, body| answer(hall, headers, body, Hall::kiosk)))
        .route("/desk", post(|hall, headers, body| answer(hall, headers, body, Hall::desk)))
        .route("/wall", post(|hall, headers, body| answer(hall, headers, body, Hall::wall)))
        .route("/changes", get(changes))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(hall);
    axum::serve(listener, routes).await?;
    Ok(())
}

/// A web page from elsewhere must not reach the hall through this machine's browser: only the loopback names
/// are answered, and only JSON, which a foreign page cannot send without asking first.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost")
}

async fn answer<C, R>(
    State(hall): State<Shared>,
    headers: HeaderMap,
    Json(command): Json<Value>,
    act: impl FnOnce(&Hall, &str, C) -> Result<R, AppError> + Send + 'static,
) -> (StatusCode, Json<Value>)
where
    C: for<'de> Deserialize<'de> + Send + 'static,
    R: Serialize + Send + 'static,
{
    if !is_local(&headers) {
        return (StatusCode::FORBIDDEN, Json(Value::Null));
    }
    let reply = tokio::task::spawn_blocking(move || {
        let command = serde_json::from_value(command).map_err(|error| unreadable(&error))?;
        act(&hall, "browser", command)
    });
    let reply = match reply.await {
        Ok(Ok(reply)) => json!({ "ok": reply }),
        Ok(Err(error)) => json!({ "err": error }),
        Err(_) => json!({ "err": AppError::new(Code::Internal, "这一步出了故障，请再试一次").retryable() }),
    };
    (StatusCode::OK, Json(reply))
}

#[derive(Debug, Deserialize)]
struct Since {
    since: u64,
}

/// Answers as soon as the count of changes is another than `since`, or after a while with the same.
async fn changes(
    State(hall): State<Shared>,
    headers: HeaderMap,
    Query(Since { since }): Query<Since>,
) -> (StatusCode, Json<Value>) {
    if !is_local(&headers) {
        return (StatusCode::FORBIDDEN, Json(Value::Null));
    }
    let mut count = hall.changes();
    let changed = count.wait_for(|now| *now != since);
    // Running out of time is an answer too: the same count.
    let now = match tokio::time::timeout(HOLD, changed).await {
        Ok(Ok(now)) => *now,
        Ok(Err(_)) | Err(_) => since,
    };
    (StatusCode::OK, Json(json!({ "ok": now })))
}
