//! Instants and durations in whole seconds. What the time is comes from
//! outside.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

use super::Invalid;

/// An instant: seconds since 1970-01-01T00:00:00Z, within the years 0 to 9999
/// that RFC 3339 can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 9999-12-31T23:59:59Z, the last instant RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799);
    /// 0000-01-01T00:00:00Z, the first.
    pub const MIN: Self = Self(-62_167_219_200);

    /// The instant `seconds` after the epoch, held within what can be written.
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Seconds since the epoch.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// The instant `span` later; [`Timestamp::MAX`] where that lies beyond it.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self::from_unix(self.0.saturating_add(span.0))
    }

    /// The instant `span` earlier; [`Timestamp::MIN`] where that lies before it.
    #[must_use]
    pub fn minus(self, span: Span) -> Self {
        Self::from_unix(self.0.saturating_sub(span.0))
    }

    /// Seconds from `earlier` to this instant, negative where it comes after.
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The calendar's view of the instant, in UTC.
    pub fn utc(self) -> DateTime<Utc> {
        // Within MIN and MAX chrono has a date for every second.
        DateTime::from_timestamp(self.0, 0).unwrap_or_default()
    }
}

/// RFC 3339 in UTC: `2027-01-31T00:00:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// An RFC 3339 instant, or a date: the start of that day in UTC.
impl FromStr for Timestamp {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // A date is read as its first second: chrono's own dates may lack zeros.
        let instant = if text.len() == 10 {
            DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z"))
        } else {
            DateTime::parse_from_rfc3339(text)
        };
        let seconds = instant.map(|instant| instant.timestamp()).map_err(|_| {
            Invalid::new("not an instant; give a date such as 2027-01-31 or 2027-01-31T12:00:00Z")
        })?;
        if (Self::MIN.0..=Self::MAX.0).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid::new("the instant is outside the years 0 to 9999"))
        }
    }
}

/// A length of time in whole seconds: `45s`, `30m`, `12h`, `90d`, `2w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

impl Span {
    /// A thousand years of 365 days: longer than that is a slip of the finger.
    const MAX_SECONDS: i64 = 365_000 * 86_400;

    /// How far apart clocks may be that should agree: what lies further ahead of the
    /// clock than that is not believed, or the clock isn't.
    pub const CLOCK_TOLERANCE: Self = Self(300);

    /// A span of that many seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The span in seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }
}

impl FromStr for Span {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        const FORM: &str = "a duration is a number and s, m, h, d or w, such as 30m or 90d";
        let unit_at = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let seconds_each = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            "" if !number.is_empty() => {
                return Err(Invalid::new(format!("the unit is missing; {FORM}")));
            }
            "M" | "mo" | "mon" | "month" | "months" | "y" | "yr" | "year" | "years" => {
                return Err(Invalid::new(
                    "a month or a year is not a fixed time; give days, such as 30d or 365d",
                ));
            }
            _ => return Err(Invalid::new(FORM)),
        };
        if number.is_empty() {
            return Err(Invalid::new(FORM));
        }
        number
            .parse::<i64>()
            .ok()
            .and_then(|n| n.checked_mul(seconds_each))
            .filter(|&seconds| seconds <= Self::MAX_SECONDS)
            .map(Self)
            .ok_or_else(|| Invalid::new("the duration is longer than a thousand years (365000d)"))
    }
}

/// An instant, by itself or by how far it is from now: `90d`, `now`, `2027-01-31`, or an
/// RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimePoint {
    /// That far from now.
    Offset(Span),
    /// At that instant.
    At(Timestamp),
}

impl TimePoint {
    /// Returns the instant meant at `now`, where a duration looks ahead.
    pub fn ahead(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Offset(span) => now.plus(span),
            Self::At(instant) => instant,
        }
    }

    /// Returns the instant meant at `now`, where a duration looks back.
    pub fn ago(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Offset(span) => now.minus(span),
            Self::At(instant) => instant,
        }
    }
}

impl FromStr for TimePoint {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self::Offset(Span(0)));
        }
        if let Ok(instant) = text.parse() {
            return Ok(Self::At(instant));
        }
        // A date has a hyphen or a colon, a duration has none.
        if text.contains(['-', ':']) {
            return text.parse().map(Self::At);
        }
        let span: Result<Span, Invalid> = text.parse();
        span.map(Self::Offset)
            .map_err(|why| Invalid::new(format!("{why}; a date is 2027-01-31")))
    }
}

/// When something ends: at a moment, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// That long after now, or at that instant.
    At(TimePoint),
    /// Not at all.
    Never,
}

impl When {
    /// The instant meant at `now`; none for never.
    pub fn resolve(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(moment) => Some(moment.ahead(now)),
            Self::Never => None,
        }
    }

    /// Whether it counts from now: what the clock says decides what it means.
    pub fn is_relative(self) -> bool {
        matches!(self, Self::At(TimePoint::Offset(_)))
    }
}

impl FromStr for When {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.eq_ignore_ascii_case("never") {
            return Ok(Self::Never);
        }
        text.parse().map(Self::At)
    }
}

#[cfg(test)]
mod tests;
