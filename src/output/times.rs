//! Times in the forms that people read.

use std::cell::{Cell, OnceCell};
use std::panic;

use chrono::{Local, SecondsFormat};

use crate::config;
use crate::model::{LastUse, Timestamp};

/// The units of relative times, in seconds.
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The form in which times are shown, and the time that they are relative to.
pub(crate) struct Times {
    style: Style,
    now: Cell<Timestamp>,
    /// Whether local time is known. It is checked when a local time is first shown.
    is_local_known: OnceCell<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Relative,
    Local,
    Utc,
}

impl Times {
    /// Shows times as absolute times in UTC if `utc`, as absolute local times if `wide`,
    /// otherwise relative to `now`.
    pub(crate) fn new(wide: bool, utc: bool, now: Timestamp) -> Self {
        let style = match (utc, wide) {
            (true, _) => Style::Utc,
            (false, true) => Style::Local,
            (false, false) => Style::Relative,
        };
        Self {
            style,
            now: Cell::new(now),
            is_local_known: OnceCell::new(),
        }
    }

    /// Returns the time that relative times count from.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    /// Sets the time that relative times count from, for instance after waiting for a lock.
    pub(crate) fn set_now(&self, now: Timestamp) {
        self.now.set(now);
    }

    /// Returns the form for absolute times: UTC if tables have UTC, otherwise local.
    pub(super) fn absolute(&self) -> Self {
        Self::new(true, self.style == Style::Utc, self.now())
    }

    /// Returns a time in the form of a table.
    pub(super) fn show(&self, at: Option<Timestamp>) -> String {
        match (at, self.style) {
            (None, _) => "Never".to_owned(),
            (Some(at), Style::Relative) => self.relative(at),
            (Some(at), Style::Utc | Style::Local) => self.absolute_time(at),
        }
    }

    /// Returns a last use in the form of a table.
    pub(super) fn show_use(&self, last: LastUse) -> String {
        match last {
            LastUse::At(at) => self.show(Some(at)),
            LastUse::Never => self.show(None),
            LastUse::Unknown => "unknown".to_owned(),
        }
    }

    /// Returns an absolute time: in UTC if that is wanted or the time zone is unknown.
    fn absolute_time(&self, at: Timestamp) -> String {
        if self.style == Style::Utc || !self.is_local_known.get_or_init(is_local_known) {
            at.to_string()
        } else {
            at.utc()
                .with_timezone(&Local)
                .to_rfc3339_opts(SecondsFormat::Secs, true)
        }
    }

    /// Returns `at` as an absolute time, followed by its distance from now; `never` for none.
    pub(crate) fn with_distance(&self, at: Option<Timestamp>) -> String {
        match at {
            None => "never".to_owned(),
            Some(at) => format!("{} ({})", self.absolute_time(at), self.relative(at)),
        }
    }

    fn relative(&self, at: Timestamp) -> String {
        let ahead = at.since(self.now());
        let distance = rounded(ahead.unsigned_abs());
        match ahead {
            0 => "now".to_owned(),
            1.. => format!("in {distance}"),
            _ => format!("{distance} ago"),
        }
    }
}

/// Returns `seconds` rounded to the largest unit that they reach. Days are the largest: "a
/// month" has no fixed length.
fn rounded(seconds: u64) -> String {
    let rounded_to = |unit: u64| (seconds + unit / 2) / unit;
    let (count, unit) = if seconds < MINUTE {
        (seconds, "second")
    } else if rounded_to(MINUTE) * MINUTE < HOUR {
        (rounded_to(MINUTE), "minute")
    } else if rounded_to(HOUR) * HOUR < DAY {
        (rounded_to(HOUR), "hour")
    } else {
        (rounded_to(DAY), "day")
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// Returns whether chrono can convert every time to local time. chrono panics if the file of the
/// time zone has no rule for the time after its last change.
fn is_local_known() -> bool {
    let convert = |at: Timestamp| at.utc().with_timezone(&Local).timestamp();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let is_known = config::is_zone_trusted()
        && panic::catch_unwind(|| [Timestamp::MIN, Timestamp::MAX].map(convert)).is_ok();
    panic::set_hook(hook);
    is_known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_use_units_of_fixed_length() {
        let now = Timestamp::from_unix(1_800_000_000);
        let times = Times::new(false, false, now);
        let show = |ahead| times.show(Some(Timestamp::from_unix(now.unix() + ahead)));
        let all = [
            (0, "now"),
            (-1, "1 second ago"),
            (-59, "59 seconds ago"),
            (-3600, "1 hour ago"),
            (-3 * 86_400, "3 days ago"),
            (-400 * 86_400, "400 days ago"),
            (-20_000 * 86_400, "20000 days ago"),
            (3 * 86_400, "in 3 days"),
            (12 * 86_400, "in 12 days"),
            (89, "in 1 minute"),
            (90, "in 2 minutes"),
            // Durations that were given seconds ago.
            (30 * 86_400 - 2, "in 30 days"),
            (90 * 60 - 1, "in 1 hour"),
            (12 * 3600 - 5, "in 12 hours"),
            (3600 - 1, "in 1 hour"),
            (86_400 - 1, "in 1 day"),
            (-(86_400 + 43_199), "1 day ago"),
            (-(86_400 + 43_200), "2 days ago"),
        ];
        for (ahead, shown) in all {
            assert_eq!(show(ahead), shown);
        }
        assert_eq!(times.show(None), "Never");
        // The longest possible distance.
        let times = Times::new(false, false, Timestamp::MIN);
        assert_eq!(times.show(Some(Timestamp::MAX)), "in 3652425 days");
    }

    #[test]
    fn utc_overrides_wide() {
        for wide in [false, true] {
            let times = Times::new(wide, true, Timestamp::from_unix(0));
            assert_eq!(
                times.show(Some(Timestamp::from_unix(1))),
                "1970-01-01T00:00:01Z"
            );
        }
    }
}
