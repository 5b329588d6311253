//! The hall's clock: the machine's, or for a demonstration one that starts at a given minute of today.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hall_app::Clock;
use hall_core::Instant;

fn machine() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// `start`: minute of today at which the clock begins to run, for demonstrations.
pub(crate) fn running(start: Option<u16>) -> Clock {
    let begun = machine();
    let ahead = start.map_or(0, |start| {
        let minutes = i64::from(start) - i64::from(begun.minute().0);
        minutes * 60_000 - begun.0.rem_euclid(60_000)
    });
    Arc::new(move || machine().plus_ms(ahead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demonstration_starts_today_at_its_minute() {
        let today = machine().day();
        for start in [0, 8 * 60 + 12, 23 * 60 + 58] {
            let now = running(Some(start))();
            assert_eq!(now.minute().0, start);
            assert!(today.days_until(now.day()) <= 1, "only midnight itself may lie between");
        }
    }

    #[test]
    fn a_real_hall_has_the_machines_time() {
        assert!(running(None)().0 - machine().0 < 1_000);
    }
}
