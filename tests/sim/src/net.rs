//! The lines between machines: what they carry, how long it takes, and how they fail.

use std::collections::{BTreeMap, VecDeque};

use hall_sync::wire::{self, Answer, MESSAGE_MAX, Refused, Signed};
use hall_sync::{Input, Output};

use crate::setup::COUNTY;
use crate::world::{Event, World};

/// What a portal in between answers, with the status of success.
const PORTAL: &[u8] = b"<!doctype html><title>Free Wi-Fi</title><p>Please log in.";

/// What a line does to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives {
        after_ms: i64,
    },
    /// Arrives twice, the second time late.
    Twice {
        after_ms: i64,
        again_ms: i64,
    },
    /// Arrives when the sender has long given up.
    Late {
        after_ms: i64,
    },
    Lost,
    /// The connection breaks in the middle of the body: the sender learns that it failed.
    Broken {
        after_ms: i64,
    },
    /// The body arrives cut short.
    Truncated {
        after_ms: i64,
    },
    /// Somebody in between answers the request.
    Portal {
        after_ms: i64,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Net {
    /// Directions that carry nothing until that time.
    cut: BTreeMap<(usize, usize), i64>,
    /// Chances in 1000 to be lost, doubled, broken, truncated, late, answered by a portal.
    chances: [u32; 6],
    latency_ms: i64,
    /// The number of the message that arrived last in each direction.
    latest: BTreeMap<(usize, usize), u64>,
    /// Messages sent.
    pub messages: u64,
    links: BTreeMap<u64, Link>,
    next_link: u64,
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug)]
struct Link {
    from: usize,
    life: u32,
    upstream: usize,
    exchange: u64,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    from: usize,
    to: usize,
    number: u64,
    message: Message,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Request {
        life: u32,
        upstream: usize,
        exchange: u64,
        body: Vec<u8>,
    },
    Answer {
        life: u32,
        upstream: usize,
        exchange: u64,
        body: Vec<u8>,
    },
    /// The connection failed, as he who sent a request on it learns.
    Failed {
        life: u32,
        upstream: usize,
        exchange: u64,
    },
}

impl Net {
    pub(crate) fn new(rng: &mut fastrand::Rng) -> Self {
        let calm = rng.u32(..4) == 0;
        let mut chance = |most: u32| if calm { 0 } else { rng.u32(..=most) };
        Self {
            cut: BTreeMap::new(),
            chances: [80, 60, 60, 40, 20, 20].map(&mut chance),
            latency_ms: i64::from(chance(400)) + 2,
            latest: BTreeMap::new(),
            messages: 0,
            links: BTreeMap::new(),
            next_link: 0,
        }
    }

    /// Nothing goes from `from` to `to` before `until`.
    pub(crate) fn cut(&mut self, from: usize, to: usize, until: i64) {
        let end = self.cut.entry((from, to)).or_default();
        *end = (*end).max(until);
    }

    pub(crate) fn heal(&mut self) {
        self.cut.clear();
        self.chances = [0; 6];
    }

    fn fate(&self, letter: &Letter, now: i64, rng: &mut fastrand::Rng) -> Fate {
        if self.cut.get(&(letter.from, letter.to)).is_some_and(|until| now < *until) {
            return Fate::Lost;
        }
        let after_ms = 1 + rng.i64(0..=self.latency_ms);
        let dice = rng.u32(..1000);
        let ends = self.chances.iter().scan(0, |sum, chance| {
            *sum += chance;
            Some(*sum)
        });
        match ends.enumerate().find(|(_, end)| dice < *end).map(|(n, _)| n) {
            Some(0) => Fate::Lost,
            Some(1) => Fate::Twice { after_ms, again_ms: after_ms + rng.i64(0..30_000) },
            Some(2) => Fate::Broken { after_ms },
            Some(3) => Fate::Truncated { after_ms },
            Some(4) => Fate::Late { after_ms: after_ms + rng.i64(10_000..60_000) },
            // Only a request can be answered by somebody else.
            Some(5) if matches!(letter.message, Message::Request { .. }) => Fate::Portal { after_ms },
            _ => Fate::Arrives { after_ms },
        }
    }
}

impl Message {
    /// What the line between makes of it: the number of the exchange it belongs to.
    fn exchange(&self) -> (u32, usize, u64) {
        match self {
            Self::Request { life, upstream, exchange, .. }
            | Self::Answer { life, upstream, exchange, .. }
            | Self::Failed { life, upstream, exchange } => (*life, *upstream, *exchange),
        }
    }

    fn body(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            Self::Request { body, .. } | Self::Answer { body, .. } => Some(body),
            Self::Failed { .. } => None,
        }
    }
}

impl World {
    pub(crate) fn send(&mut self, from: usize, to: usize, mut message: Message) {
        self.net.messages += 1;
        self.say(|| format!("{from} -> {to} {}", name(&message)));
        let bytes = message.body().map_or(0, |body| body.len());
        if bytes > MESSAGE_MAX {
            self.fail(format!("I13: {from} sends a message of {bytes} bytes"));
        }
        let letter = Letter { from, to, number: self.net.messages, message };
        // Whoever sent the request learns of the failure, whichever way the message went.
        let asker = if matches!(letter.message, Message::Request { .. }) { from } else { to };
        match self.net.fate(&letter, self.now.0, &mut self.rng) {
            Fate::Arrives { after_ms } => self.at(after_ms, Event::Letter(letter)),
            Fate::Late { after_ms } => {
                self.cover.mark("message late");
                self.at(after_ms, Event::Letter(letter));
            }
            Fate::Twice { after_ms, again_ms } => {
                self.cover.mark("message twice");
                self.at(after_ms, Event::Letter(letter.clone()));
                self.at(again_ms, Event::Letter(letter));
            }
            Fate::Lost => self.cover.mark("message lost"),
            Fate::Broken { after_ms } => {
                self.cover.mark("connection broken");
                self.tell(asker, after_ms, &letter, None);
            }
            Fate::Truncated { after_ms } => {
                self.cover.mark("body truncated");
                let mut letter = letter;
                if let Some(body) = letter.message.body() {
                    let keep = self.rng.usize(..body.len().max(1));
                    body.truncate(keep);
                }
                self.at(after_ms, Event::Letter(letter));
            }
            Fate::Portal { after_ms } => {
                self.cover.mark("answered by a portal");
                self.tell(asker, after_ms, &letter, Some(PORTAL.to_vec()));
            }
        }
    }

    /// The exchange of `letter` ends for `asker` with that answer, or with none.
    fn tell(&mut self, asker: usize, after_ms: i64, letter: &Letter, answer: Option<Vec<u8>>) {
        let (life, upstream, exchange) = letter.message.exchange();
        let message = match answer {
            Some(body) => Message::Answer { life, upstream, exchange, body },
            None => Message::Failed { life, upstream, exchange },
        };
        let (from, number) = (if asker == letter.from { letter.to } else { letter.from }, letter.number);
        self.at(after_ms, Event::Letter(Letter { from, to: asker, number, message }));
    }

    pub(crate) fn receive(&mut self, letter: &Letter) {
        let latest = self.net.latest.entry((letter.from, letter.to)).or_default();
        if *latest > letter.number {
            self.cover.mark("message overtaken");
        }
        *latest = (*latest).max(letter.number);
        let (from, to, message) = (letter.from, letter.to, &letter.message);
        let up = self.devices[to].is_up();
        match message {
            Message::Request { .. } if !up => self.tell(from, 5, letter, None),
            Message::Request { life, upstream, exchange, body } => {
                self.net.next_link += 1;
                let link = self.net.next_link;
                let asker = Link { from, life: *life, upstream: *upstream, exchange: *exchange };
                self.net.links.insert(link, asker);
                match wire::decode::<Signed>(body) {
                    Ok(message) if to == COUNTY => self.county_asked(link, message),
                    Ok(message) => self.drive(to, Input::Request { link, message }),
                    Err(refused) => {
                        let refusal = Output::Reply { link, response: Err(refused) };
                        self.perform(to, refusal, &mut VecDeque::new());
                    }
                }
            }
            Message::Answer { life, .. } | Message::Failed { life, .. }
                if !up || self.devices[to].life != *life => {}
            Message::Answer { upstream, exchange, body, .. } => {
                let (upstream, exchange) = (*upstream, *exchange);
                match wire::decode::<Answer>(body) {
                    Ok(response) => self.drive(to, Input::Response { upstream, exchange, response }),
                    Err(_) => self.failed(to, upstream, exchange),
                }
            }
            Message::Failed { upstream, exchange, .. } => self.failed(to, *upstream, *exchange),
        }
    }

    fn failed(&mut self, n: usize, upstream: usize, exchange: u64) {
        let jitter = self.rng.u64(..);
        self.drive(n, Input::Failed { upstream, exchange, jitter });
    }

    /// Sends an answer to whoever waits on that link.
    pub(crate) fn reply(&mut self, n: usize, link: u64, response: &Result<Box<wire::Response>, Refused>) {
        let Some(Link { from, life, upstream, exchange }) = self.net.links.remove(&link) else { return };
        if let Ok(response) = response
            && !response.refused.is_empty()
        {
            self.say(|| format!("{n} refuses {:?}", response.refused));
        }
        self.send(n, from, Message::Answer { life, upstream, exchange, body: wire::encode(response) });
    }
}

fn name(message: &Message) -> String {
    match message {
        Message::Request { exchange, body, .. } => format!("request {exchange}, {} bytes", body.len()),
        Message::Answer { exchange, body, .. } => format!("answer {exchange}, {} bytes", body.len()),
        Message::Failed { exchange, .. } => format!("failure of {exchange}"),
    }
}
