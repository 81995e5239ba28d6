//! Times and durations in whole seconds. The module never reads a clock.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

use super::Invalid;

/// A time: seconds since 1970-01-01T00:00:00Z, within the years 0 to 9999 of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 9999-12-31T23:59:59Z, the last time that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799);
    /// 0000-01-01T00:00:00Z, the first.
    pub const MIN: Self = Self(-62_167_219_200);

    /// Returns the time `seconds` after the epoch, clamped to [`MIN`](Self::MIN) and
    /// [`MAX`](Self::MAX).
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Returns the seconds since the epoch.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Returns the time `span` later, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self::from_unix(self.0.saturating_add(span.0))
    }

    /// Returns the time `span` earlier, at least [`Timestamp::MIN`].
    #[must_use]
    pub fn minus(self, span: Span) -> Self {
        Self::from_unix(self.0.saturating_sub(span.0))
    }

    /// Returns the seconds from `earlier` to this time, negative if `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Returns the date and time in UTC.
    pub fn utc(self) -> DateTime<Utc> {
        // chrono has a date for every second between MIN and MAX.
        DateTime::from_timestamp(self.0, 0).unwrap_or_default()
    }
}

/// Writes RFC 3339 in UTC: `2027-01-31T00:00:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// Parses a time of RFC 3339, or a date: the start of that day in UTC.
impl FromStr for Timestamp {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // A date gets a time, since chrono's own dates may lack zeros.
        let parsed = if text.len() == 10 {
            DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z"))
        } else {
            DateTime::parse_from_rfc3339(text)
        };
        let seconds = parsed.map(|time| time.timestamp()).map_err(|_| {
            Invalid::new("not a time; give a date such as 2027-01-31 or 2027-01-31T12:00:00Z")
        })?;
        if (Self::MIN.0..=Self::MAX.0).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid::new("the time is outside the years 0 to 9999"))
        }
    }
}

/// A duration in whole seconds: `45s`, `30m`, `12h`, `90d`, `2w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

impl Span {
    /// A thousand years of 365 days: a longer duration is a typing error.
    const MAX_SECONDS: i64 = 365_000 * 86_400;

    /// The difference that is tolerated between clocks. If a recorded time is further ahead of
    /// the clock, either the time or the clock is wrong.
    pub const CLOCK_TOLERANCE: Self = Self(300);

    /// Returns the duration of `seconds`.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Parses a duration of at least a second.
    ///
    /// # Errors
    /// When the text is no duration, or is `0s`.
    pub fn parse_positive(text: &str) -> Result<Self, Invalid> {
        match text.parse()? {
            Self(0) => Err(Invalid::new("give at least 1s")),
            span => Ok(span),
        }
    }

    /// Returns the duration in seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }
}

/// Writes the duration as a whole number of the largest possible unit, at most days: `90d`, `36h`,
/// `45s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
        let fits = |(seconds, _): &(i64, char)| self.0 != 0 && self.0 % seconds == 0;
        let (seconds, unit) = units.into_iter().find(fits).unwrap_or((1, 's'));
        write!(f, "{}{unit}", self.0 / seconds)
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

/// A time, absolute or relative to now: `90d`, `now`, `2027-01-31`, or a time of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimePoint {
    /// A distance from now.
    Offset(Span),
    /// An absolute time.
    At(Timestamp),
}

impl TimePoint {
    /// Returns the time that it means at `now`; a duration counts into the future.
    pub fn ahead(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Offset(span) => now.plus(span),
            Self::At(time) => time,
        }
    }

    /// Returns the time that it means at `now`; a duration counts into the past.
    pub fn ago(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Offset(span) => now.minus(span),
            Self::At(time) => time,
        }
    }

    /// Returns whether it is relative to now, so that the clock decides what it means.
    pub fn is_relative(self) -> bool {
        matches!(self, Self::Offset(_))
    }
}

impl FromStr for TimePoint {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self::Offset(Span(0)));
        }
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        // A date has a hyphen or a colon, a duration has neither.
        if text.contains(['-', ':']) {
            return text.parse().map(Self::At);
        }
        let span: Result<Span, Invalid> = text.parse();
        span.map(Self::Offset)
            .map_err(|why| Invalid::new(format!("{why}; a date is 2027-01-31")))
    }
}

/// The end of something: a time, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At a time.
    At(TimePoint),
    /// Never.
    Never,
}

impl When {
    /// Returns the time that it means at `now`; `None` for never.
    pub fn resolve(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time.ahead(now)),
            Self::Never => None,
        }
    }

    /// Returns whether it is relative to now, so that the clock decides what it means.
    pub fn is_relative(self) -> bool {
        matches!(self, Self::At(time) if time.is_relative())
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
