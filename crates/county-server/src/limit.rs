//! How often somebody may ask: a bucket of tokens each, in the memory of one process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hall_core::Instant;

/// Buckets kept at once; when there are more, the full ones are forgotten.
const BUCKETS_MAX: usize = 100_000;

/// So many a second, so many at once.
#[derive(Debug)]
pub struct Limiter {
    per_second: f64,
    burst: f64,
    buckets: Mutex<BTreeMap<u32, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Limiter {
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: per_second.into(), burst: burst.into(), buckets: Mutex::default() }
    }

    /// Whether `who` may go on at `now`.
    pub fn admits(&self, who: u32, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| self.refilled(*bucket, now) < self.burst);
        }
        let bucket = buckets.get(&who).copied().unwrap_or(Bucket { tokens: self.burst, at: now });
        let tokens = self.refilled(bucket, now);
        let admitted = tokens >= 1.0;
        buckets.insert(who, Bucket { tokens: if admitted { tokens - 1.0 } else { tokens }, at: now });
        admitted
    }

    /// A clock that was put back refills nothing.
    fn refilled(&self, bucket: Bucket, now: Instant) -> f64 {
        let seconds = (now.0 - bucket.at.0).max(0) as f64 / 1000.0;
        seconds.mul_add(self.per_second, bucket.tokens).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_so_many_a_second() {
        let limiter = Limiter::new(2, 3);
        let admitted = |who, at: i64, tries| (0..tries).filter(|_| limiter.admits(who, Instant(at))).count();
        assert_eq!(admitted(1, 0, 10), 3);
        assert_eq!(admitted(2, 0, 1), 1, "another one has a bucket of his own");
        assert_eq!(admitted(1, 400, 10), 0);
        assert_eq!(admitted(1, 1_000, 10), 2);
        assert_eq!(admitted(1, 500, 10), 0, "a clock put back refills nothing");
        assert_eq!(admitted(1, 3_600_000, 10), 3, "a bucket never holds more than the burst");
    }
}
