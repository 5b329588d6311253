//! Editions of the board: half-hour slots, numbered within the hall's day.
//!
//! An edition is derived from the clock and the store, never stored, so every screen makes the same one.

use crate::time::{Hlc, Instant, Minute};

pub const SLOT_MS: i64 = 30 * 60_000;
/// The hall's day of editions begins at 03:00: the first workers come at four, and 08:30 is the 12th.
const FIRST_MINUTE: u16 = 180;

/// One half-hour of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition {
    pub begins: Instant,
}

impl Edition {
    pub fn at(now: Instant) -> Self {
        Self { begins: Instant(now.0.div_euclid(SLOT_MS) * SLOT_MS) }
    }

    /// 第 n 期, 1 to 48.
    pub fn number(self) -> u16 {
        (self.begins.minute().0 + 1440 - FIRST_MINUTE) % 1440 / 30 + 1
    }

    pub fn ends(self) -> Instant {
        self.begins.plus_ms(SLOT_MS)
    }

    /// The last minute whose facts the edition carries.
    pub fn as_of(self) -> Minute {
        self.begins.plus_ms(-1).minute()
    }

    /// Whether a post that was published at `published` is in this edition.
    pub fn carries(self, published: Hlc) -> bool {
        published.instant() < self.begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;

    #[test]
    fn editions_are_numbered_from_three_in_the_morning() {
        let day: Day = "2026-11-20".parse().unwrap();
        for (time, number, at, as_of, next) in [
            ("03:00", 1, "03:00", "02:59", "03:30"),
            ("08:29", 11, "08:00", "07:59", "08:30"),
            ("08:30", 12, "08:30", "08:29", "09:00"),
            ("08:59", 12, "08:30", "08:29", "09:00"),
            ("23:45", 42, "23:30", "23:29", "00:00"),
            ("00:10", 43, "00:00", "23:59", "00:30"),
            ("02:59", 48, "02:30", "02:29", "03:00"),
        ] {
            let edition = Edition::at(day.at(time.parse().unwrap()));
            let shown = (
                edition.number(),
                edition.begins.minute().to_string(),
                edition.as_of().to_string(),
                edition.ends().minute().to_string(),
            );
            assert_eq!(shown, (number, at.into(), as_of.into(), next.into()), "{time}");
        }
    }

    #[test]
    fn an_edition_carries_what_was_published_before_it_began() {
        let day: Day = "2026-11-20".parse().unwrap();
        let edition = Edition::at(day.at(Minute(515)));
        assert!(edition.carries(Hlc::new(edition.begins.plus_ms(-1), 7)));
        assert!(!edition.carries(Hlc::new(edition.begins, 0)));
    }
}
