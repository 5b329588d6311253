//! The asking end of a line: one POST an exchange, over HTTP/2.

use std::net::IpAddr;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use hall_log::base32;

use super::tls::{self, Expected, TlsError};
use crate::enrolment::{Application, Enrolled, NotEnrolled};
use crate::wire::{self, Answer, MESSAGE_MAX, Signed};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(4);
/// How long an answer may take: as long as it may be held back, and what the node gives it besides.
const ANSWER: Duration = Duration::from_secs(40);
/// A line that says nothing is tried so often, so that a pulled cable is noticed.
const PING: Duration = Duration::from_secs(10);
/// Bound of an answer to an application, bytes.
const ENROLLED_MAX: usize = 16 << 10;

/// A line that brought no answer. A captive portal's page is one of these.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("no address is known")]
    NoAddress,
    #[error("no connection")]
    Http(#[from] reqwest::Error),
    #[error("what came is no answer of this protocol")]
    NoAnswer,
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Whoever is at the other end, at whichever of his addresses.
#[derive(Clone, Debug)]
pub struct Line {
    client: reqwest::Client,
}

impl Line {
    pub fn new(expected: Expected) -> Result<Self, TlsError> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client(expected)?)
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(1)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .http2_keep_alive_while_idle(true)
            .http2_prior_knowledge();
        // It fails only where TLS cannot be set up, and that was done above.
        let client = builder.build().map_err(|_| rustls::Error::General("no client".into()))?;
        Ok(Self { client })
    }

    /// One exchange with the endpoint at `base`.
    pub async fn exchange(&self, base: &str, message: &Signed) -> Result<Answer, LineError> {
        let request = self.client.post(format!("{base}/v1/sync")).body(wire::encode(message));
        let bytes = bounded(request.send().await?, MESSAGE_MAX).await?;
        wire::decode(&bytes).map_err(|_| LineError::NoAnswer)
    }

    /// Applies with a code at `base`.
    pub async fn enrol(
        &self,
        base: &str,
        application: &Application,
    ) -> Result<Result<Enrolled, NotEnrolled>, LineError> {
        let body = serde_json::to_vec(application).map_err(|_| LineError::NoAnswer)?;
        let request = self.client.post(format!("{base}/v1/enrol")).body(body);
        let response = request.send().await?;
        let status = response.status();
        let bytes = bounded(response, ENROLLED_MAX).await?;
        if status.is_success() {
            return serde_json::from_slice(&bytes).map(Ok).map_err(|_| LineError::NoAnswer);
        }
        let refused: Refusal = serde_json::from_slice(&bytes).map_err(|_| LineError::NoAnswer)?;
        Ok(Err(refused.error))
    }
}

#[derive(serde::Deserialize)]
struct Refusal {
    error: NotEnrolled,
}

/// The body, when it keeps to its bound.
async fn bounded(mut response: reqwest::Response, max: usize) -> Result<Vec<u8>, LineError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > max {
            return Err(LineError::NoAnswer);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Stands behind an address with `http://` that is meant so: for a trial, on a network where nobody listens.
const PLAIN: &str = "?plain";

/// Where an address leads: a hub is named by host and port alone.
pub fn base(address: &str) -> String {
    if address.contains("://") {
        address.trim_end_matches(PLAIN).trim_end_matches('/').to_owned()
    } else {
        format!("https://{address}")
    }
}

/// Whether everybody on the way could read what is sent to an address, and nobody said that this is meant.
pub fn is_in_the_clear(address: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(&base(address)) else { return false };
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let stays_here = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
    url.scheme() != "https" && !stays_here && !address.ends_with(PLAIN)
}

/// The application of a machine with `key` that drew `device`.
pub fn application(code: &str, key: &SigningKey, device: u32) -> Application {
    let key = base32::encode(key.verifying_key().as_bytes());
    Application { code: code.to_owned(), key, device: Some(device) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_the_loopback_is_not_in_the_clear() {
        for address in [
            "192.168.1.10:7443",
            "https://county.example.cn",
            "HTTPS://county.example.cn/",
            "http://127.0.0.1:8443",
            "http://[::1]:8443",
            "http://localhost:8443",
            "http://10.0.0.5:8443?plain",
        ] {
            assert!(!is_in_the_clear(address), "{address}");
        }
        for address in [
            "http://county.example.cn",
            "HTTP://county.example.cn",
            "http://10.0.0.5:8443",
            "http://[fe80::1]:8443",
            "http://127.0.0.1@county.example.cn",
            "http://localhost.example.cn",
            "http://county.example.cn/?plain=https",
        ] {
            assert!(is_in_the_clear(address), "{address}");
        }
    }

    #[test]
    fn an_address_leads_to_its_endpoint() {
        assert_eq!(base("192.168.1.10:7443"), "https://192.168.1.10:7443");
        assert_eq!(base("https://county.example.cn/"), "https://county.example.cn");
        assert_eq!(base("http://10.0.0.5:8443?plain"), "http://10.0.0.5:8443");
    }
}
