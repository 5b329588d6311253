//! The line to a simulated printer: as much of HTTP/1.1 as those that print send.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Cut, Simulated};

/// A head, and a paper: more is nobody's who prints here.
const LONGEST_HEAD: u64 = 16 << 10;
const LONGEST_BODY: u64 = 64 << 20;
/// Whoever says nothing for so long makes room for the next one.
const IDLE: Duration = Duration::from_secs(10);

/// How long the body is.
enum Length {
    Bytes(u64),
    Chunks,
}

/// Answers until the listener fails; `after` is called after each request, while the printer is still held. One line at
/// a time, as the small ones do: who comes second waits.
pub fn serve(
    listener: &TcpListener,
    printer: &Mutex<Simulated>,
    after: &mut dyn FnMut(&mut Simulated),
) -> io::Result<()> {
    for line in listener.incoming() {
        // Whoever hangs up, or speaks something else, is only no longer spoken to.
        let _next = speak(&line?, printer, after);
    }
    Ok(())
}

fn speak(
    line: &TcpStream,
    printer: &Mutex<Simulated>,
    after: &mut dyn FnMut(&mut Simulated),
) -> io::Result<()> {
    line.set_read_timeout(Some(IDLE))?;
    let mut lines = BufReader::new(line);
    while let Some((length, waits)) = head(&mut lines)? {
        if waits {
            (&mut &*line).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        // The first bytes say what is asked, and so whether the line breaks in the middle of it.
        let mut body = Vec::new();
        let mut rest = body_of(&mut lines, &length);
        rest.by_ref().take(64).read_to_end(&mut body)?;
        let locked = || printer.lock().unwrap_or_else(PoisonError::into_inner);
        let cut = locked().cut(&body);
        if cut == Some(Cut::Before) {
            return line.shutdown(Shutdown::Both);
        }
        rest.read_to_end(&mut body)?;
        drop(rest);
        if matches!(length, Length::Bytes(bytes) if (body.len() as u64) < bytes) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut printer = locked();
        let answer = printer.answer(body);
        after(&mut printer);
        drop(printer);
        if cut == Some(Cut::After) {
            return line.shutdown(Shutdown::Both);
        }
        let Some(answer) = answer else {
            return (&mut &*line).write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        };
        let length = answer.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: {length}\r\n\r\n");
        (&mut &*line).write_all(&[head.as_bytes(), &answer].concat())?;
    }
    Ok(())
}

/// The head of the next request: how long its body is, and whether it waits for a word before it comes. `None` when
/// there is no next one.
fn head(lines: &mut BufReader<&TcpStream>) -> io::Result<Option<(Length, bool)>> {
    let mut head = Vec::new();
    let mut bounded = lines.take(LONGEST_HEAD);
    while !head.ends_with(b"\r\n\r\n") {
        if bounded.read_until(b'\n', &mut head)? == 0 {
            return if head.is_empty() { Ok(None) } else { Err(io::ErrorKind::InvalidData.into()) };
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(&head).map_err(|_| io::ErrorKind::InvalidData)?;
    let of = |name: &str| {
        let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    let length = match of("content-length").and_then(|text| text.trim().parse().ok()) {
        Some(bytes) => Length::Bytes(bytes),
        None if of("transfer-encoding").is_some_and(|text| text.contains("chunked")) => Length::Chunks,
        None => Length::Bytes(0),
    };
    Ok(Some((length, of("expect").is_some())))
}

fn body_of<'a, 'b>(lines: &'a mut BufReader<&'b TcpStream>, length: &Length) -> Box<dyn Read + 'a>
where
    'b: 'a,
{
    match length {
        Length::Bytes(bytes) => Box::new(lines.take((*bytes).min(LONGEST_BODY))),
        Length::Chunks => Box::new(Chunks { lines, left: 0, over: false }.take(LONGEST_BODY)),
    }
}

/// A body in pieces, each with its length in front.
struct Chunks<'a, 'b> {
    lines: &'a mut BufReader<&'b TcpStream>,
    left: u64,
    over: bool,
}

impl Read for Chunks<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Behind each piece, and behind the last length, ends a line.
        let mut end = [0; 2];
        if self.left == 0 && !self.over {
            self.left = self.next()?;
            self.over = self.left == 0;
            if self.over {
                self.lines.read_exact(&mut end)?;
            }
        }
        let count = self.lines.take(self.left).read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        if self.left == 0 && count > 0 {
            self.lines.read_exact(&mut end)?;
        }
        Ok(count)
    }
}

impl Chunks<'_, '_> {
    fn next(&mut self) -> io::Result<u64> {
        let mut line = Vec::new();
        self.lines.take(64).read_until(b'\n', &mut line)?;
        match httparse::parse_chunk_size(&line) {
            Ok(httparse::Status::Complete((_, size))) => Ok(size),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}
