//! One HTTP exchange with a local WebDriver. Each request leaves in a single packet: WebKitWebDriver waits for
//! ever when headers and body arrive apart.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Longer than any single step of WebDriver, script time-outs included.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn exchange(port: u16, method: &str, path: &str, body: &str) -> Result<Response> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(|| format!("no answer to {method} {path}"))?;
    read(&answer)
}

fn read(answer: &[u8]) -> Result<Response> {
    let split = answer.windows(4).position(|four| four == b"\r\n\r\n").context("an answer without a head")?;
    let head = std::str::from_utf8(&answer[..split])?;
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        bail!("a chunked answer, which this client does not read");
    }
    let status =
        head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("an answer without a status")?;
    Ok(Response { status, body: answer[split + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_answer_is_read_or_refused() {
        let answer = super::read(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (404, b"{}".as_slice()));
        assert!(super::read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").is_err());
        assert!(super::read(b"").is_err());
    }
}
