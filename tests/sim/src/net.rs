//! The lines between machines: what they carry, how long it takes, and how they fail.

use std::collections::BTreeMap;

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
    Lost,
    /// The connection breaks in the middle of the body, or a portal answers instead: the sender learns that
    /// it failed.
    Broken {
        after_ms: i64,
    },
    /// The body arrives cut short.
    Truncated {
        after_ms: i64,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Net {
    /// Directions that carry nothing until that time.
    cut: BTreeMap<(usize, usize), i64>,
    /// Chances in 1000.
    pub loss: u32,
    pub twice: u32,
    pub broken: u32,
    pub truncated: u32,
    pub latency_ms: i64,
}

impl Net {
    pub(crate) fn new(rng: &mut fastrand::Rng) -> Self {
        let calm = rng.u32(..4) == 0;
        let mut chance = |most: u32| if calm { 0 } else { rng.u32(..=most) };
        Self {
            cut: BTreeMap::new(),
            loss: chance(80),
            twice: chance(60),
            broken: chance(60),
            truncated: chance(40),
            latency_ms: i64::from(chance(400)) + 2,
        }
    }

    /// Nothing goes from `from` to `to` before `until`.
    pub(crate) fn cut(&mut self, from: usize, to: usize, until: i64) {
        let end = self.cut.entry((from, to)).or_default();
        *end = (*end).max(until);
    }

    pub(crate) fn heal(&mut self) {
        self.cut.clear();
        (self.loss, self.twice, self.broken, self.truncated) = (0, 0, 0, 0);
    }

    pub(crate) fn fate(&self, from: usize, to: usize, now: i64, rng: &mut fastrand::Rng) -> Fate {
        if self.cut.get(&(from, to)).is_some_and(|until| now < *until) {
            return Fate::Lost;
        }
        let after_ms = 1 + rng.i64(0..=self.latency_ms);
        let dice = rng.u32(..1000);
        let bounds = [self.loss, self.twice, self.broken, self.truncated];
        let at = bounds.iter().scan(0, |sum, bound| {
            *sum += bound;
            Some(*sum)
        });
        match at.enumerate().find(|(_, end)| dice < *end).map(|(n, _)| n) {
            Some(0) => Fate::Lost,
            Some(1) => Fate::Twice { after_ms, again_ms: after_ms + rng.i64(0..30_000) },
            Some(2) => Fate::Broken { after_ms },
            Some(3) => Fate::Truncated { after_ms },
            _ => Fate::Arrives { after_ms },
        }
    }
}
