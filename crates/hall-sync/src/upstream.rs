//! One line to somebody who takes our ops and gives us theirs: when to speak, how much at once, how long to wait
//! after a failure.
//!
//! All times here are of the clock that only goes forward. Driven by time and by what happens here, never only by the next write.

use std::collections::BTreeMap;

use hall_core::fact::Holder;
use hall_core::mutant::{self, Bug};
use hall_core::vocab::DeviceRole;
use hall_core::{Hlc, Instant, OpId};

use crate::wire::{Have, LIMITS, Limits};

/// The least that is sent at once, however bad the line.
const OPS_MIN: u16 = 64;
/// How long an answer may take, besides the time it may be held back, milliseconds.
const PATIENCE_MS: i64 = 10_000;
/// How long the other side may hold back an answer that has nothing to say, milliseconds.
pub const WAIT_MS: u32 = 25_000;
const BACKOFF_FIRST_MS: i64 = 1_000;
/// The longest that anybody waits before he tries the county again, and his own hall's hub: a whole district comes back
/// at once to the one, a handful of machines to the other, with people in front of them.
const BACKOFF_MAX_MS: i64 = 300_000;
const BACKOFF_HUB_MAX_MS: i64 = 15_000;

/// A request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InFlight {
    exchange: u64,
    deadline: Instant,
    /// It only waits for news: something to say goes before it.
    idle: bool,
}

/// The state of the line.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Counts the requests.
    exchange: u64,
    in_flight: Option<InFlight>,
    /// How far the other side has each series; `None` before it first answered.
    pub acks: Option<BTreeMap<Holder, Have>>,
    /// Payloads that the other side misses.
    pub wants: Vec<OpId>,
    /// Series that the other side did not take, and until when they are not offered again.
    pub held_back: BTreeMap<Holder, Instant>,
    /// Up to when each series' seal was passed on.
    pub sealed: BTreeMap<Holder, Hlc>,
    limits: Limits,
    ops: u16,
    failures: u32,
    backoff_max: i64,
    not_before: Instant,
    /// There is something to say or to fetch.
    due: bool,
    /// When the other side last answered.
    pub heard: Option<Instant>,
}

impl Upstream {
    /// A line to somebody of this role.
    pub fn new(role: DeviceRole) -> Self {
        Self {
            exchange: 0,
            in_flight: None,
            acks: None,
            wants: Vec::new(),
            held_back: BTreeMap::new(),
            sealed: BTreeMap::new(),
            limits: LIMITS,
            ops: 512,
            failures: 0,
            backoff_max: if role == DeviceRole::County { BACKOFF_MAX_MS } else { BACKOFF_HUB_MAX_MS },
            not_before: Instant(i64::MIN),
            due: true,
            heard: None,
        }
    }

    /// Something happened that the other side should hear of.
    pub fn due(&mut self) {
        self.due = true;
    }

    /// Whether a request should be sent at `now`; one that only waits is overtaken.
    pub fn is_ready(&self, now: Instant) -> bool {
        let free = self.in_flight.is_none_or(|in_flight| in_flight.idle && self.due);
        free && now >= self.not_before
    }

    pub fn limits(&self) -> Limits {
        Limits { ops: self.ops.min(self.limits.ops).max(1), ..self.limits }
    }

    /// Notes that a request goes out; its number. `idle` says that it pushes nothing and may be held back.
    pub fn sent(&mut self, now: Instant, idle: bool) -> u64 {
        self.exchange += 1;
        self.due = false;
        let patience = if idle { PATIENCE_MS + i64::from(WAIT_MS) } else { PATIENCE_MS };
        self.in_flight = Some(InFlight { exchange: self.exchange, deadline: now.plus_ms(patience), idle });
        self.exchange
    }

    /// Whether this is the answer that is waited for.
    pub fn expects(&self, exchange: u64) -> bool {
        self.in_flight.is_some_and(|in_flight| in_flight.exchange == exchange)
    }

    pub fn is_overdue(&self, now: Instant) -> bool {
        self.in_flight.is_some_and(|in_flight| now >= in_flight.deadline)
    }

    pub fn answered(&mut self, now: Instant, limits: Limits, retry_after_ms: u32) {
        self.in_flight = None;
        self.failures = 0;
        self.heard = Some(now);
        self.limits =
            Limits { ops: limits.ops.clamp(1, LIMITS.ops), bytes: limits.bytes.clamp(4 << 10, LIMITS.bytes) };
        self.ops = self.ops.saturating_mul(2).min(LIMITS.ops);
        self.not_before = now.plus_ms(i64::from(retry_after_ms).min(BACKOFF_MAX_MS));
    }

    /// The request came to nothing. `jitter` is any number; it spreads the devices of a hall that lost the
    /// line together.
    pub fn failed(&mut self, now: Instant, jitter: u64) {
        self.again(now, jitter, self.backoff_max);
    }

    /// The other side answered, and will not exchange: that seldom changes by itself.
    pub fn refused(&mut self, now: Instant, jitter: u64) {
        self.again(now, jitter, BACKOFF_MAX_MS);
    }

    fn again(&mut self, now: Instant, jitter: u64, longest: i64) {
        self.in_flight = None;
        self.ops = (self.ops / 2).max(OPS_MIN);
        let ceiling = (BACKOFF_FIRST_MS << self.failures.min(16)).min(longest);
        self.failures = self.failures.saturating_add(1);
        self.due = true;
        if mutant::on(Bug::NoRetry) {
            self.not_before = Instant(i64::MAX);
            return;
        }
        self.not_before = now.plus_ms((jitter % ceiling.unsigned_abs()) as i64);
    }

    /// Nothing more before so many milliseconds have passed: what came could not be used.
    pub fn pause(&mut self, now: Instant, ms: i64) {
        self.not_before = self.not_before.max(now.plus_ms(ms));
    }

    /// When something is to be done although nothing happens.
    pub fn wake(&self) -> Instant {
        self.in_flight.map_or(self.not_before, |in_flight| in_flight.deadline)
    }
}
