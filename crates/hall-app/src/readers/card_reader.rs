//! A reader of ID cards behind its vendor's service on this machine, which speaks HTTP.
//!
//! It never speaks with another machine, follows no redirection and knows no proxy. A card counts once: it must be taken away
//! before it, or the card of the next person, counts again.

use std::net::IpAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{Request, Uri};
use zeroize::Zeroizing;

use super::card::{self, Encoding, Failure, Fields, NoCard, Reading};
use crate::api::readers::{DeviceState, IdCard};

/// A service that takes longer hangs.
const ANSWER: Duration = Duration::from_secs(3);
/// A card with its photograph has some hundred thousand bytes.
const ANSWER_MAX: u64 = 2 * 1024 * 1024;
const EVERY_MS: u64 = 500;

/// What a hall's settings say of its reader.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardReaderSettings {
    pub url: String,
    #[serde(default)]
    pub method: Method,
    #[serde(default = "every_ms")]
    pub every_ms: u64,
    #[serde(default)]
    pub encoding: Encoding,
    pub fields: Fields,
    pub no_card: NoCard,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
}

const fn every_ms() -> u64 {
    EVERY_MS
}

impl CardReaderSettings {
    /// What is wrong with them, and how it should be.
    pub fn check(&self) -> Result<(), String> {
        let host = self.url.parse::<Uri>().ok().filter(|uri| uri.scheme_str() == Some("http"));
        let host = host.and_then(|uri| uri.host().map(|host| host.trim_matches(['[', ']']).to_owned()));
        let local = host.and_then(|host| host.parse::<IpAddr>().ok()).is_some_and(|ip| ip.is_loopback());
        if !local {
            return Err(format!(
                "card_reader 的 url 只能是本机地址，应写成 http://127.0.0.1:端口/… 这样，现在是“{}”",
                self.url
            ));
        }
        let wrong = self.fields.wrong();
        if let Some(pointer) =
            wrong.or(Some(self.no_card.pointer.as_str()).filter(|text| !card::is_pointer(text)))
        {
            return Err(format!(
                "card_reader 里各项在回答中的位置应写成 /data/name 这样，以 / 开头，现在是“{pointer}”"
            ));
        }
        if !(100..=60_000).contains(&self.every_ms) {
            return Err(format!(
                "card_reader 的 every_ms 应写成 100 到 60000 的数，现在是 {}",
                self.every_ms
            ));
        }
        Ok(())
    }
}

/// The line to the service.
#[derive(Debug)]
pub(super) struct CardReader {
    settings: CardReaderSettings,
    agent: ureq::Agent,
}

impl CardReader {
    pub(super) fn new(settings: CardReaderSettings) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .http_status_as_error(false)
            .build();
        Self { settings, agent: config.into() }
    }

    pub(super) fn read(&self) -> Reading {
        match self.ask() {
            Ok(body) => {
                let CardReaderSettings { encoding, fields, no_card, .. } = &self.settings;
                card::read(&body, *encoding, fields, no_card)
            }
            Err(failure) => Reading::Failed(failure),
        }
    }

    fn ask(&self) -> Result<Vec<u8>, Failure> {
        let method = match self.settings.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let request = Request::builder().method(method).uri(&self.settings.url).body(());
        let request = request.map_err(|_| Failure::Unreachable)?;
        let mut answer = self.agent.run(request).map_err(|error| failure(&error))?;
        if !answer.status().is_success() {
            return Err(Failure::Status(answer.status().as_u16()));
        }
        answer.body_mut().with_config().limit(ANSWER_MAX).read_to_vec().map_err(|error| failure(&error))
    }
}

fn failure(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Silent,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::Protocol(_) => Failure::NotJson,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Failure::NotJson,
        _ => Failure::Unreachable,
    }
}

/// What is new at the reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    Card(Box<IdCard>),
    State(DeviceState, String),
}

/// What was seen at the reader, so that each card counts once.
#[derive(Debug, Default)]
pub(super) struct Watch {
    lies: Lies,
    told: Option<(DeviceState, String)>,
}

#[derive(Debug, Default)]
enum Lies {
    /// Nothing has been seen yet: a card that lies there already was laid for somebody who is gone.
    #[default]
    Unknown,
    Nothing,
    Card(Zeroizing<String>),
}

impl Watch {
    pub(super) fn heed(&mut self, reading: Reading) -> Vec<News> {
        let mut news = Vec::new();
        let (state, message) = match reading {
            Reading::NoCard => {
                self.lies = Lies::Nothing;
                (DeviceState::Ready, String::new())
            }
            Reading::Card(card) => {
                let number = Zeroizing::new(card.number.clone());
                let counts = match &self.lies {
                    Lies::Unknown => false,
                    Lies::Nothing => true,
                    Lies::Card(before) => *before != number,
                };
                self.lies = Lies::Card(number);
                if counts {
                    news.push(News::Card(card));
                }
                (DeviceState::Occupied, String::new())
            }
            // What cannot be seen may lie there still.
            Reading::Failed(failure) => (DeviceState::Trouble, failure.message()),
        };
        if self.told.as_ref() != Some(&(state, message.clone())) {
            self.told = Some((state, message.clone()));
            news.push(News::State(state, message));
        }
        news
    }
}

/// Looks at the reader until the other end of `stop` is dropped.
pub(super) fn run(settings: CardReaderSettings, stop: &Receiver<()>, tell: impl Fn(News)) {
    let every = Duration::from_millis(settings.every_ms);
    let reader = CardReader::new(settings);
    let mut watch = Watch::default();
    loop {
        let reading = reader.read();
        if let Reading::Failed(failure) = &reading {
            // The failure names no one: it has no part of the answer in it.
            tracing::debug!(?failure, "no look at the card reader");
        }
        watch.heed(reading).into_iter().for_each(&tell);
        if stop.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(number: &str) -> Reading {
        Reading::Card(Box::new(IdCard { number: number.into(), ..IdCard::default() }))
    }

    /// Which of these looks bring a card, by their place.
    fn counted(readings: Vec<Reading>) -> Vec<usize> {
        let mut watch = Watch::default();
        let brings = |news: &[News]| news.iter().any(|news| matches!(news, News::Card(_)));
        let looks = readings.into_iter().enumerate();
        looks.filter_map(|(at, reading)| brings(&watch.heed(reading)).then_some(at)).collect()
    }

    #[test]
    fn a_card_counts_once_until_it_was_taken_away() {
        let failed = || Reading::Failed(Failure::Silent);
        for (readings, counts) in [
            (vec![Reading::NoCard, card("1"), card("1"), card("1")], vec![1]),
            (vec![Reading::NoCard, card("1"), Reading::NoCard, card("1")], vec![1, 3]),
            (vec![Reading::NoCard, card("1"), card("2")], vec![1, 2]),
            (vec![Reading::NoCard, card("1"), failed(), card("1")], vec![1]),
            (vec![card("1"), card("1"), Reading::NoCard, card("1")], vec![3]),
            (vec![failed(), card("1"), card("1")], vec![]),
        ] {
            assert_eq!(counted(readings), counts);
        }
    }

    #[test]
    fn a_state_is_told_when_it_changes() {
        let mut watch = Watch::default();
        let ready = News::State(DeviceState::Ready, String::new());
        assert_eq!(watch.heed(Reading::NoCard), [ready]);
        assert_eq!(watch.heed(Reading::NoCard), []);
        let silent = Failure::Silent;
        assert_eq!(
            watch.heed(Reading::Failed(silent)),
            [News::State(DeviceState::Trouble, silent.message())]
        );
        assert_eq!(watch.heed(Reading::Failed(silent)), []);
        assert_eq!(watch.heed(Reading::Failed(Failure::Empty)).len(), 1);
    }

    #[test]
    fn only_this_machine_is_asked() {
        let settings = |url: &str| CardReaderSettings {
            url: url.into(),
            method: Method::Get,
            every_ms: EVERY_MS,
            encoding: Encoding::Auto,
            fields: Fields {
                name: "/name".into(),
                number: "/number".into(),
                sex: String::new(),
                nation: String::new(),
                born: String::new(),
                address: String::new(),
                valid_until: String::new(),
            },
            no_card: NoCard { pointer: "/code".into(), value: "1".into() },
        };
        for url in ["http://127.0.0.1:38088/read", "http://127.0.0.9/", "http://[::1]:38088/read"] {
            assert_eq!(settings(url).check(), Ok(()), "{url}");
        }
        for url in [
            "http://192.168.1.9:38088/read",
            "http://127.0.0.1.example.org/",
            "http://127.0.0.1@example.org/",
            "http://localhost:38088/read",
            "https://127.0.0.1/",
            "127.0.0.1:38088",
            "",
        ] {
            assert!(settings(url).check().unwrap_err().contains("应写成"), "{url}");
        }
        let mut wrong = settings("http://127.0.0.1/");
        wrong.fields.address = "address".into();
        assert!(wrong.check().unwrap_err().contains("“address”"));
        wrong.fields.address = String::new();
        wrong.every_ms = 0;
        assert!(wrong.check().unwrap_err().contains("every_ms"));
    }
}
