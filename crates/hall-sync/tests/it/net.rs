//! Nodes wired to each other in memory: every message takes [`TRIP`] and is counted, nothing else takes time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hall_core::fact::{Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{Hlc, Instant};
use hall_log::{Certificate, Chain, Ledger, Op};
use hall_sync::node::{Fence, Identity};
use hall_sync::push::Judged;
use hall_sync::trust::Reader;
use hall_sync::wire::{Ask, Payload, Refused, Response, Signed, decode, encode};
use hall_sync::{Input, Node, Now, Output};

use crate::memory::Memory;
use crate::sample::{About, Keep, NOW, Plan, bearer, certificate, key, ops, series, trust};

/// How long a message is on its way, milliseconds.
pub(crate) const TRIP: i64 = 10;

/// A device, its log and what happened to it.
pub(crate) struct Site {
    pub(crate) device: u32,
    pub(crate) node: Node,
    pub(crate) ledger: Memory,
    upstreams: Vec<u32>,
    /// Nothing can be written here.
    pub(crate) full: bool,
    /// Imports wait until [`Net::write`].
    pub(crate) slow: bool,
    writing: Vec<(u64, Judged, Vec<Payload>)>,
    /// What the node was asked to see about, and how often others' ops were news.
    pub(crate) served: Vec<Vec<Ask>>,
    pub(crate) news: usize,
    pub(crate) fences: Vec<Fence>,
    /// Series of which somebody has another history.
    pub(crate) contradictions: Vec<Holder>,
    /// Series of machines that said what they may not.
    pub(crate) forbidden: Vec<Holder>,
    /// Certificates that the node asked to keep.
    pub(crate) learned: Vec<Certificate>,
}

/// A message as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Instant,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) what: What,
    pub(crate) bytes: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Request { exchange: u64, pushed: usize },
    Answer { exchange: u64, pulled: usize, payloads: usize },
    Refusal(Refused),
}

struct Packet {
    at: Instant,
    to: u32,
    what: Carried,
}

enum Carried {
    Request { link: u64, bytes: Vec<u8> },
    Response { upstream: usize, exchange: u64, response: Result<Vec<u8>, Refused> },
    Lost { upstream: usize, exchange: u64 },
}

pub(crate) struct Net {
    /// Milliseconds since the net began.
    pub(crate) at: Instant,
    pub(crate) sites: BTreeMap<u32, Site>,
    pub(crate) sent: Vec<Sent>,
    /// Pairs of devices between which nothing gets through.
    pub(crate) cut: BTreeSet<(u32, u32)>,
    way: VecDeque<Packet>,
    /// Who asked, on which of his lines, with which number.
    links: Vec<(u32, usize, u64)>,
}

/// What `node` wants done, but for the certificates that it wants kept.
pub(crate) fn step(node: &mut Node, now: Now, input: Input, ledger: &Memory) -> Vec<Output> {
    let mut outputs = node.step(now, input, ledger).unwrap_or_else(|never| match never {});
    outputs.retain(|output| !matches!(output, Output::Learned(_)));
    outputs
}

impl Net {
    /// Devices, each with its hall, its role and whom it asks; all know each other.
    pub(crate) fn new(devices: &[(u32, u32, DeviceRole, &[u32])]) -> Self {
        let mut net = Self {
            at: Instant(0),
            sites: BTreeMap::new(),
            sent: Vec::new(),
            cut: BTreeSet::new(),
            way: VecDeque::new(),
            links: Vec::new(),
        };
        let known: Vec<_> = devices.iter().map(|(device, hall, role, _)| (*hall, *device, *role)).collect();
        for (device, hall, role, upstreams) in devices {
            let reader = |device: &u32| {
                let (hall, _, role) = known.iter().find(|(_, other, _)| other == device).unwrap();
                Reader { hall: *hall, role: *role }
            };
            let me = Identity {
                me: series(*device),
                certificate: certificate(*hall, *device, *role),
                key: key(*device),
            };
            assert_eq!(me.certificate.bearer, bearer(*hall, *device, *role));
            let readers = upstreams.iter().map(reader).collect();
            let reads = match role {
                DeviceRole::Kiosk | DeviceRole::Wall => vec![Scope::Hall, Scope::County, Scope::Public],
                DeviceRole::Desk | DeviceRole::County => {
                    vec![Scope::Desk, Scope::Hall, Scope::County, Scope::Public]
                }
            };
            let site = Site {
                device: *device,
                node: Node::new(me, trust(&known), readers, net.now()),
                ledger: Memory { reads, ..Memory::default() },
                upstreams: upstreams.to_vec(),
                full: false,
                slow: false,
                writing: Vec::new(),
                served: Vec::new(),
                news: 0,
                fences: Vec::new(),
                contradictions: Vec::new(),
                forbidden: Vec::new(),
                learned: Vec::new(),
            };
            net.sites.insert(*device, site);
        }
        net
    }

    pub(crate) fn now(&self) -> Now {
        Now { wall: NOW.plus_ms(self.at.0), mono: self.at }
    }

    pub(crate) fn site(&self, device: u32) -> &Site {
        &self.sites[&device]
    }

    pub(crate) fn site_mut(&mut self, device: u32) -> &mut Site {
        self.sites.get_mut(&device).unwrap()
    }

    /// `device` writes `count` ops, durably.
    pub(crate) fn writes(&mut self, device: u32, count: usize) {
        let now = self.now().wall;
        let site = self.site_mut(device);
        let head = site.ledger.head(series(device)).unwrap_or_else(|never| match never {});
        let plan = |n: usize| Plan {
            hlc: Hlc::new(now, n as u16).max(Hlc(head.hlc.0 + 1 + n as u64)).0,
            entity: About::Itself,
            kind: 40,
            schema: 1,
            scope: Scope::Hall,
            by: None,
            payload: vec![device as u8, n as u8],
            keep: Keep::Whole,
        };
        let plans: Vec<Plan> = (0..count).map(plan).collect();
        site.ledger.add(&ops(series(device), head.seq + 1, head.chain, &plans));
        self.tell(device, Input::Changed);
    }

    /// Lets `ms` milliseconds pass.
    pub(crate) fn pass(&mut self, ms: i64) {
        let end = self.at.plus_ms(ms);
        loop {
            let arrival = self.way.iter().map(|packet| packet.at).min();
            let wake = self.sites.values().filter_map(|site| site.node.wake()).min();
            // A node that is due at once is still told only once a millisecond.
            let next = arrival.into_iter().chain(wake.map(|at| at.max(self.at.plus_ms(1)))).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.at = self.at.max(next);
            self.deliver();
            let due = |site: &&Site| site.node.wake().is_some_and(|wake| wake <= self.at);
            let due: Vec<u32> = self.sites.values().filter(due).map(|site| site.device).collect();
            for device in due {
                self.tell(device, Input::Tick);
            }
        }
        self.at = end;
    }

    fn deliver(&mut self) {
        while let Some(n) = self.way.iter().position(|packet| packet.at <= self.at) {
            let Packet { to, what, .. } = self.way.remove(n).unwrap();
            let input = match what {
                Carried::Request { link, bytes } => {
                    Input::Request { link, message: decode::<Signed>(&bytes).unwrap() }
                }
                Carried::Response { upstream, exchange, response } => {
                    let response = response.and_then(|bytes| decode::<Response>(&bytes));
                    Input::Response { upstream, exchange, response }
                }
                Carried::Lost { upstream, exchange } => {
                    let jitter = (exchange + u64::from(to)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
                    Input::Failed { upstream, exchange, jitter }
                }
            };
            self.tell(to, input);
        }
    }

    /// What was held back by a slow disk is written now, or cannot be.
    pub(crate) fn write(&mut self, device: u32) {
        let site = self.site_mut(device);
        site.slow = false;
        for (job, judged, payloads) in std::mem::take(&mut site.writing) {
            let stored = self.import(device, &judged, &payloads);
            self.tell(device, Input::Imported { job, stored });
        }
    }

    fn import(&mut self, device: u32, judged: &Judged, payloads: &[Payload]) -> bool {
        let site = self.site_mut(device);
        if !site.full {
            site.ledger.store(judged, payloads);
        }
        !site.full
    }

    pub(crate) fn tell(&mut self, device: u32, input: Input) {
        let now = self.now();
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let site = self.site_mut(device);
            let outputs = site.node.step(now, input, &site.ledger).unwrap_or_else(|never| match never {});
            for output in outputs {
                match output {
                    Output::Send { upstream, exchange, message } => {
                        self.send(device, upstream, exchange, &message);
                    }
                    Output::Reply { link, response } => self.reply(device, link, response),
                    Output::Import { job, judged, payloads } if self.site(device).slow => {
                        self.site_mut(device).writing.push((job, judged, payloads));
                    }
                    Output::Import { job, judged, payloads } => {
                        let stored = self.import(device, &judged, &payloads);
                        inputs.push_back(Input::Imported { job, stored });
                    }
                    Output::Serve { job, asks } => {
                        self.site_mut(device).served.push(asks);
                        inputs.push_back(Input::Served { job });
                    }
                    Output::Learned(certificates) => self.site_mut(device).learned.extend(certificates),
                    Output::Contradiction(series) => self.site_mut(device).contradictions.push(series),
                    Output::Forbidden(series) => self.site_mut(device).forbidden.push(series),
                    Output::News => self.site_mut(device).news += 1,
                    Output::Fenced { why, .. } => self.site_mut(device).fences.push(why),
                }
            }
        }
    }

    fn send(&mut self, from: u32, upstream: usize, exchange: u64, message: &Signed) {
        let to = self.site(from).upstreams[upstream];
        let bytes = encode(message);
        let pushed = message.request().unwrap().push.iter().map(|run| usize::from(run.count)).sum();
        self.sent.push(Sent {
            at: self.at,
            from,
            to,
            what: What::Request { exchange, pushed },
            bytes: bytes.len(),
        });
        let at = self.at.plus_ms(TRIP);
        if self.is_cut(from, to) {
            self.way.push_back(Packet { at, to: from, what: Carried::Lost { upstream, exchange } });
            return;
        }
        let link = self.links.len() as u64;
        self.links.push((from, upstream, exchange));
        self.way.push_back(Packet { at, to, what: Carried::Request { link, bytes } });
    }

    fn reply(&mut self, from: u32, link: u64, response: Result<Box<Response>, Refused>) {
        let (to, upstream, exchange) = self.links[link as usize];
        let what = match &response {
            Ok(response) => What::Answer {
                exchange,
                pulled: response.pull.iter().map(|run| usize::from(run.count)).sum(),
                payloads: response.payloads.len(),
            },
            Err(refused) => What::Refusal(*refused),
        };
        let response = response.map(|response| encode(&*response));
        let bytes = response.as_ref().map_or(1, Vec::len);
        self.sent.push(Sent { at: self.at, from, to, what, bytes });
        let at = self.at.plus_ms(TRIP);
        if !self.is_cut(from, to) {
            self.way.push_back(Packet { at, to, what: Carried::Response { upstream, exchange, response } });
        }
    }

    fn is_cut(&self, one: u32, other: u32) -> bool {
        self.cut.contains(&(one, other)) || self.cut.contains(&(other, one))
    }

    /// The messages since `at`.
    pub(crate) fn since(&self, at: Instant) -> Vec<&Sent> {
        self.sent.iter().filter(|sent| sent.at >= at).collect()
    }

    /// How many ops of `author` are at `device`.
    pub(crate) fn has(&self, device: u32, author: u32) -> usize {
        self.site(device).ledger.ops(series(author)).len()
    }

    /// What every device has, link by link.
    pub(crate) fn histories(&self, device: u32) -> BTreeMap<u32, Vec<Chain>> {
        let chains = |ops: &Vec<Op>| ops.iter().map(|op| op.chain).collect();
        let series = &self.site(device).ledger.series;
        series.iter().map(|(series, ops)| (series.device, chains(ops))).collect()
    }
}
