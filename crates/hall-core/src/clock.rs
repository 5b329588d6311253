//! Whether the machine's clock may be believed.
//!
//! Only promises depend on it: a machine whose clock is behind what its log has seen gives provisional
//! tickets until a supervisor has looked. No order and no count of places ever depends on the clock.

use crate::entity::Hall;
use crate::mutant::{self, Bug};
use crate::time::{Hlc, Instant};

/// How far the clock may be behind the log without suspicion: a correction by the network's time, milliseconds.
const SLACK_MS: i64 = 5 * 60_000;

/// The latest time that the hall is known to have reached: the last stamp of the log or the last start,
/// unless a supervisor has since declared the clock right.
pub fn floor(hall: Option<&Hall>, last: Hlc, booted: Instant) -> Instant {
    let seen = last.instant().max(booted);
    match hall.and_then(|hall| hall.clock_accepted.as_ref()) {
        // Stamps stand still at the wrong time and only count up until the true time has caught up; an
        // acceptance holds for just that stretch.
        Some((accepted, stamped)) if last.instant().0 <= stamped.instant().0 + SLACK_MS => accepted.at,
        _ => seen,
    }
}

pub fn is_trusted(now: Instant, floor: Instant) -> bool {
    now.0 >= floor.0 - SLACK_MS
}

/// By which time a device keeps to the bounds of the rights it has from others, when its clock says `now`: never
/// before the stamp it last wrote or heard, `stamped`, and so never before the stamp that the promise will bear.
///
/// That stamp may be ahead of the clock, for a neighbour's is fast or this one was set back. Once others have an op
/// of that stamp under a seal they take the rights of before for spent or free, and grant them anew; see
/// [`crate::places::Silence`].
pub fn promising(now: Instant, stamped: Hlc) -> Instant {
    if mutant::on(Bug::PromisesByClock) { now } else { now.max(stamped.instant()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::ClockAccepted;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_clock_behind_the_log_is_not_believed_until_a_supervisor_says_so() {
        let log = Hlc::new(Instant(100 * HOUR), 0);
        let day_back = Instant(76 * HOUR);
        assert!(!is_trusted(day_back, floor(None, log, Instant(0))));
        assert!(is_trusted(Instant(100 * HOUR), floor(None, log, Instant(0))));
        assert!(is_trusted(Instant(100 * HOUR - SLACK_MS), floor(None, log, Instant(0))));
        assert!(!is_trusted(day_back, floor(None, Hlc::default(), Instant(100 * HOUR))));

        let accepted = ClockAccepted { at: day_back, reason: "主板电池换过".into() };
        let hall = Hall { clock_accepted: Some((accepted, log.next(day_back))), ..Hall::default() };
        let after = log.next(day_back).next(day_back.plus_ms(HOUR));
        assert!(is_trusted(day_back.plus_ms(HOUR), floor(Some(&hall), after, Instant(0))));
        assert!(!is_trusted(day_back.plus_ms(-HOUR), floor(Some(&hall), after, Instant(0))));
        // Once true time has passed the wrong stamps, the acceptance is spent.
        let caught_up = Hlc::new(Instant(102 * HOUR), 0);
        assert!(!is_trusted(day_back.plus_ms(2 * HOUR), floor(Some(&hall), caught_up, Instant(0))));
    }
}
