//! Time as the hall uses it: instants, days and minutes of Asia/Shanghai, and the hybrid logical clock.
//!
//! The zone has been UTC+8 without daylight saving since 1991-09-15, so a fixed offset is exact for every
//! day a hall can record. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// An instant: milliseconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Instant(#[n(0)] pub i64);

impl Instant {
    /// The hall's calendar day at this instant.
    pub fn day(self) -> Day {
        Day::from_days_since_epoch((self.0 + OFFSET_MS).div_euclid(DAY_MS))
    }

    /// The minute of the hall's day at this instant.
    pub fn minute(self) -> Minute {
        Minute(((self.0 + OFFSET_MS).rem_euclid(DAY_MS) / 60_000) as u16)
    }

    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }
}

/// A calendar day of the hall. Stored as the number yyyymmdd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub Date);

impl Day {
    /// `None` when there is no such day (2026-02-30) or the year is outside 1900–2199.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        if !(1900..=2199).contains(&year) {
            return None;
        }
        Date::new(year, month, day).ok().map(Self)
    }

    /// The number yyyymmdd.
    pub fn number(self) -> u32 {
        let d = self.0;
        d.year() as u32 * 10_000 + d.month() as u32 * 100 + d.day() as u32
    }

    /// The inverse of [`Day::number`].
    pub fn from_number(number: u32) -> Option<Self> {
        let year = i16::try_from(number / 10_000).ok()?;
        Self::new(year, (number / 100 % 100) as i8, (number % 100) as i8)
    }

    fn from_days_since_epoch(days: i64) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        // From 1900-01-01 to 2199-12-31, the days that `Day::new` knows.
        Self(epoch.saturating_add(jiff::Span::new().days(days.clamp(-25_567, 84_005))))
    }

    fn days_since_epoch(self) -> i64 {
        i64::from(Date::constant(1970, 1, 1).until(self.0).map_or(0, |span| span.get_days()))
    }

    /// The instant at which `minute` of this day begins in the hall's zone.
    pub fn at(self, minute: Minute) -> Instant {
        Instant(self.days_since_epoch() * DAY_MS + i64::from(minute.0) * 60_000 - OFFSET_MS)
    }

    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(days)))
    }

    /// Whole days from `self` to `other`; negative when `other` is earlier.
    pub fn days_until(self, other: Self) -> i32 {
        (other.days_since_epoch() - self.days_since_epoch()) as i32
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

/// The text was not a day or a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date (yyyy-mm-dd) or a time (hh:mm)")]
pub struct ParseTimeError;

impl FromStr for Day {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ParseTimeError);
        };
        let number = |part: &str| part.parse::<i16>().map_err(|_| ParseTimeError);
        let (month, day) = (number(month)?, number(day)?);
        let (month, day) = (
            i8::try_from(month).map_err(|_| ParseTimeError)?,
            i8::try_from(day).map_err(|_| ParseTimeError)?,
        );
        Self::new(number(year)?, month, day).ok_or(ParseTimeError)
    }
}

/// A minute of the day, 0 to 1 439; 1 440 means midnight at the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Minute(#[n(0)] pub u16);

impl Minute {
    pub const fn new(hour: u16, minute: u16) -> Option<Self> {
        if minute < 60 && hour * 60 + minute <= 1440 { Some(Self(hour * 60 + minute)) } else { None }
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for Minute {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (hour, minute) = text.split_once(':').ok_or(ParseTimeError)?;
        let number = |part: &str| part.parse::<u16>().ok().filter(|n| *n < 100).ok_or(ParseTimeError);
        Self::new(number(hour)?, number(minute)?).ok_or(ParseTimeError)
    }
}

/// Hybrid logical clock: 48 bits of milliseconds, 16 bits of counter. It orders ops and stamps fields; no
/// safety property depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Hlc(#[n(0)] pub u64);

impl Hlc {
    pub fn new(at: Instant, counter: u16) -> Self {
        Self((at.0.max(0) as u64) << 16 | u64::from(counter))
    }

    /// The wall-clock part.
    pub fn instant(self) -> Instant {
        Instant((self.0 >> 16) as i64)
    }

    /// The next stamp of a device whose last one was `self` and whose clock says `now`: never earlier than
    /// the last, whatever the clock does.
    #[must_use]
    pub fn next(self, now: Instant) -> Self {
        Self::new(now, 0).max(Self(self.0 + 1))
    }
}

impl<C> Encode<C> for Day {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u32(self.number())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Day {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_number(d.u32()?).ok_or_else(|| minicbor::decode::Error::message("no such day"))
    }
}

macro_rules! text_on_the_boundary {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
text_on_the_boundary!(Day);
text_on_the_boundary!(Minute);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hall_day_begins_at_midnight_in_shandong() {
        let day: Day = "2026-11-20".parse().expect("a day");
        assert_eq!(day.at(Minute(0)), Instant(1_795_104_000_000));
        assert_eq!(day.at(Minute(0)).day(), day);
        assert_eq!(day.at(Minute(0)).plus_ms(-1).day().to_string(), "2026-11-19");
        assert_eq!(day.at(Minute(510)).minute().to_string(), "08:30");
        assert_eq!(day.plus_days(11).to_string(), "2026-12-01");
        assert_eq!(day.days_until(day.plus_days(-400)), -400);
    }

    #[test]
    fn days_and_minutes_that_do_not_exist_are_refused() {
        for text in ["2026-02-30", "2026-13-01", "2026-00-10", "26-01-01", "2026-1", "x", "2026-01-01-01"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        for text in ["24:01", "08:60", "8", "-1:00", "08:30:00"] {
            assert!(text.parse::<Minute>().is_err(), "{text}");
        }
        assert_eq!("24:00".parse::<Minute>(), Ok(Minute(1440)));
    }

    #[test]
    fn the_logical_clock_never_goes_back() {
        let last = Hlc::new(Instant(1_000), 3);
        assert_eq!(last.next(Instant(2_000)), Hlc::new(Instant(2_000), 0));
        assert_eq!(last.next(Instant(500)), Hlc::new(Instant(1_000), 4));
        assert_eq!(Hlc::new(Instant(1_000), u16::MAX).next(Instant(1_000)), Hlc::new(Instant(1_001), 0));
    }
}
