//! Times as people read them.

use chrono::{Local, SecondsFormat};

use crate::model::{Rfc3339, Timestamp};

/// How times are shown, and the time they are relative to.
pub(crate) struct Times {
    style: Style,
    now: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Relative,
    Local,
    Utc,
}

impl Times {
    /// Relative, or as instants: local where `wide`, else in UTC.
    pub(crate) fn new(wide: bool, utc: bool, now: Timestamp) -> Self {
        let style = match (utc, wide) {
            (true, _) => Style::Utc,
            (false, true) => Style::Local,
            (false, false) => Style::Relative,
        };
        Self { style, now }
    }

    /// The time they are relative to.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// `at` as a table shows it.
    pub(super) fn show(&self, at: Option<Timestamp>) -> String {
        let mut shown = String::new();
        self.push(at, &mut shown);
        shown
    }

    /// Adds to `text` what [`show`](Self::show) shows.
    pub(super) fn push(&self, at: Option<Timestamp>, text: &mut String) {
        match (at, self.style) {
            (None, _) => text.push_str("Never"),
            (Some(at), Style::Relative) => self.push_relative(at, text),
            (Some(at), Style::Utc) => text.push_str(Rfc3339::from(at).as_str()),
            (Some(at), Style::Local) => text.push_str(&self.instant(at)),
        }
    }

    /// `at` as an instant, whatever tables show.
    pub(super) fn instant(&self, at: Timestamp) -> String {
        if self.style == Style::Utc {
            at.to_string()
        } else {
            at.utc()
                .with_timezone(&Local)
                .to_rfc3339_opts(SecondsFormat::Secs, true)
        }
    }

    /// An expiry as an instant, with how far that is.
    pub(crate) fn with_distance(&self, at: Option<Timestamp>) -> String {
        match at {
            None => "never".to_owned(),
            Some(at) => format!("{} ({})", self.instant(at), self.relative(at)),
        }
    }

    fn relative(&self, at: Timestamp) -> String {
        let mut relative = String::new();
        self.push_relative(at, &mut relative);
        relative
    }

    /// Adds to `text` how far `at` is from now. Days are what durations are given in;
    /// "a month" is not a fixed time.
    fn push_relative(&self, at: Timestamp, text: &mut String) {
        let ahead = at.since(self.now);
        let seconds = ahead.unsigned_abs();
        let (count, unit) = match seconds {
            0 => return text.push_str("now"),
            1..60 => (seconds, " second"),
            60..3_600 => (seconds / 60, " minute"),
            3_600..86_400 => (seconds / 3_600, " hour"),
            _ => (seconds / 86_400, " day"),
        };
        if ahead > 0 {
            text.push_str("in ");
        }
        push_number(count, text);
        text.push_str(unit);
        if count > 1 {
            text.push('s');
        }
        if ahead < 0 {
            text.push_str(" ago");
        }
    }
}

/// Adds `number` to `text`, as a listing does millions of times.
fn push_number(number: u64, text: &mut String) {
    if number >= 10 {
        push_number(number / 10, text);
    }
    // None is above 9.
    let [digit, ..] = (number % 10).to_le_bytes();
    text.push(char::from(b'0' + digit));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_relative_in_units_that_are_fixed_times() {
        let now = Timestamp::from_unix(1_800_000_000);
        let times = Times::new(false, false, now);
        let show = |ahead| times.show(Some(Timestamp::from_unix(now.unix() + ahead)));
        for (ahead, shown) in [
            (0, "now"),
            (-1, "1 second ago"),
            (-59, "59 seconds ago"),
            (-3600, "1 hour ago"),
            (-3 * 86_400, "3 days ago"),
            (-400 * 86_400, "400 days ago"),
            (12 * 86_400, "in 12 days"),
            (90, "in 1 minute"),
        ] {
            assert_eq!(show(ahead), shown);
        }
        assert_eq!(times.show(None), "Never");
        // The longest distance there is.
        let times = Times::new(false, false, Timestamp::MIN);
        assert_eq!(times.show(Some(Timestamp::MAX)), "in 3652424 days");
    }

    #[test]
    fn utc_is_utc_whether_wide_or_not() {
        for wide in [false, true] {
            let times = Times::new(wide, true, Timestamp::from_unix(0));
            assert_eq!(
                times.show(Some(Timestamp::from_unix(1))),
                "1970-01-01T00:00:01Z"
            );
        }
    }
}
