//! A scanner and a card reader for who has none: a pseudo terminal that is written to as a scanner writes, and a
//! service on this machine that answers as a vendor's does. For tests, trials and training.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use encoding_rs::GBK;
use serde_json::json;

use super::card::{Encoding, Fields, NoCard};
use super::card_reader::{CardReaderSettings, Method};
use crate::api::readers::IdCard;

/// How the simulated scanner sends a code.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Whole,
    /// In two pieces, each with an end.
    Split,
    /// The first half, and no more.
    Half,
    /// In small full-width letters, as an input method leaves them.
    FullWidth,
}

#[cfg(unix)]
#[derive(Debug)]
pub struct Scanner {
    line: serialport::TTYPort,
    /// Held open, so that what is sent while nobody listens is not an error.
    far: serialport::TTYPort,
}

#[cfg(unix)]
impl Scanner {
    pub fn plug_in() -> io::Result<Self> {
        let (line, far) = serialport::TTYPort::pair()?;
        Ok(Self { line, far })
    }

    /// Where a program opens it.
    pub fn path(&self) -> String {
        use serialport::SerialPort as _;
        self.far.name().unwrap_or_default()
    }

    pub fn scan(&mut self, code: &str, way: Way) -> io::Result<()> {
        let middle = code.char_indices().nth(code.chars().count() / 2).map_or(0, |(at, _)| at);
        let (head, tail) = code.split_at(middle);
        let sent = match way {
            Way::Whole => format!("{code}\r"),
            Way::Split => format!("{head}\r{tail}\r"),
            Way::Half => format!("{head}\r"),
            Way::FullWidth => format!("{}\r", full_width(&code.to_lowercase())),
        };
        self.line.write_all(sent.as_bytes())
    }
}

#[cfg(unix)]
fn full_width(text: &str) -> String {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap_or(c),
        other => other,
    };
    text.chars().map(wide).collect()
}

/// What happens at the simulated card reader.
#[derive(Clone, Debug, Default)]
pub enum Desktop {
    #[default]
    Empty,
    Card(Box<IdCard>),
    /// Answers with these bytes, whatever lies there.
    Says(Vec<u8>),
    /// Takes the question and never answers.
    Hangs,
}

#[derive(Debug, Default)]
struct Reader {
    desktop: Desktop,
    gbk: bool,
    /// Questions that are held without an answer.
    held: Vec<TcpStream>,
}

/// A vendor's service. It answers on threads of its own until the program ends.
#[derive(Clone, Debug)]
pub struct CardReader {
    reader: Arc<Mutex<Reader>>,
    at: SocketAddr,
}

impl CardReader {
    pub fn listen(at: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(at)?;
        let reader = Self { reader: Arc::default(), at: listener.local_addr()? };
        let answering = reader.clone();
        thread::spawn(move || {
            for asked in listener.incoming().map_while(Result::ok) {
                // Whoever asked has gone again; the next one is answered.
                let _asker_gone = answering.answer(asked);
            }
        });
        Ok(reader)
    }

    pub fn at(&self) -> SocketAddr {
        self.at
    }

    pub fn put(&self, desktop: Desktop) {
        let mut reader = self.locked();
        reader.desktop = desktop;
        reader.held.clear();
    }

    /// From now on in GBK, or in UTF-8 again.
    pub fn answer_in_gbk(&self, gbk: bool) {
        self.locked().gbk = gbk;
    }

    /// What a hall's settings say of it.
    pub fn settings(&self) -> CardReaderSettings {
        let at = |name: &str| format!("/card/{name}");
        CardReaderSettings {
            url: format!("http://{}/read", self.at),
            method: Method::Get,
            every_ms: 100,
            encoding: Encoding::Auto,
            fields: Fields {
                name: at("name"),
                number: at("number"),
                sex: at("sex"),
                nation: at("nation"),
                born: at("born"),
                address: at("address"),
                valid_until: at("valid_until"),
            },
            no_card: NoCard { pointer: "/state".into(), value: "no card".into() },
        }
    }

    fn locked(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, mut asked: TcpStream) -> io::Result<()> {
        let mut lines = BufReader::new(asked.try_clone()?).lines();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let mut reader = self.locked();
        let text = match &reader.desktop {
            Desktop::Empty => json!({ "state": "no card" }).to_string(),
            Desktop::Card(card) => json!({ "state": "card", "card": card, "photo": "Qk0=" }).to_string(),
            Desktop::Says(bytes) => return send(&mut asked, bytes),
            Desktop::Hangs => {
                reader.held.push(asked);
                return Ok(());
            }
        };
        if reader.gbk { send(&mut asked, &GBK.encode(&text).0) } else { send(&mut asked, text.as_bytes()) }
    }
}

fn send(asked: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    asked.write_all(&[head.as_bytes(), body].concat())
}
