//! Fuzzes durations and times.

use super::lines;
use crate::model::{Span, TimePoint, Timestamp, When};
use crate::output::Times;

/// Reads a line as a duration, as a time and as an expiry; a second line is the current time.
/// Each accepted value must mean what the calendar says, and no result may be outside the calendar.
pub fn time(bytes: &[u8]) {
    let Some([text, now]) = lines(bytes) else {
        return;
    };
    let now = now
        .parse()
        .unwrap_or(Timestamp::from_unix(now.parse().unwrap_or(0)));
    assert_within_calendar(now);
    let span = text.parse::<Span>();
    assert_eq!(span.as_ref().ok().map(|span| span.seconds()), seconds(text));
    let time = text.parse::<Timestamp>();
    if let Ok(time) = time {
        check_time(time, text);
    }
    let when = text.parse::<When>();
    let at = |point| Ok(When::At(point));
    match (text.to_ascii_lowercase().as_str(), time, &span) {
        ("never", ..) => assert_eq!(when, Ok(When::Never)),
        ("now", ..) => assert_eq!(when, at(TimePoint::Offset(Span::from_seconds(0)))),
        (_, Ok(time), _) => assert_eq!(when, at(TimePoint::At(time))),
        (_, _, Ok(span)) => assert_eq!(when, at(TimePoint::Offset(*span))),
        _ => assert!(when.is_err(), "{text:?}"),
    }
    if let Ok(Some(end)) = when.map(|when| when.resolve(now)) {
        check_distance(end, now);
    }
    if let Ok(span) = span {
        check_span(span, now);
    }
}

fn check_time(time: Timestamp, text: &str) {
    assert_within_calendar(time);
    assert_eq!(time.unix(), unix(text), "{text:?}");
    let shown = time.to_string();
    assert_eq!(shown.len(), "2027-01-31T00:00:00Z".len(), "{shown}");
    assert_eq!(shown.parse(), Ok(time));
    assert_eq!(Timestamp::from_unix(time.unix()), time);
}

fn check_span(span: Span, now: Timestamp) {
    assert!((0..=365_000 * 86_400).contains(&span.seconds()));
    let (later, earlier) = (now.plus(span), now.minus(span));
    assert_within_calendar(later);
    assert_within_calendar(earlier);
    assert!(earlier <= now && now <= later);
    assert!(later == Timestamp::MAX || later.since(now) == span.seconds());
    assert!(earlier == Timestamp::MIN || now.since(earlier) == span.seconds());
}

/// Checks that a time is shown in one short line with its distance from `now`.
fn check_distance(end: Timestamp, now: Timestamp) {
    assert_within_calendar(end);
    for (wide, utc) in [(false, false), (true, false), (false, true)] {
        let shown = Times::new(wide, utc, now).with_distance(Some(end));
        assert!(shown.len() < 60 && !shown.contains('\n'), "{shown}");
        let direction = match end.since(now) {
            0 => "(now)",
            1.. => "(in ",
            _ => " ago)",
        };
        assert!(shown.contains(direction), "{shown}");
    }
}

fn assert_within_calendar(time: Timestamp) {
    assert!((Timestamp::MIN..=Timestamp::MAX).contains(&time));
}

/// Returns the seconds of `text` as a duration, unless it is no duration or too long a one.
fn seconds(text: &str) -> Option<i64> {
    let last = text.chars().last()?;
    let number = text.strip_suffix(last)?;
    let each = match last {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    let are_digits = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    // A number that i128 can't hold is beyond every bound.
    let number: i128 = number.parse().ok().filter(|_| are_digits)?;
    let seconds = number.checked_mul(each)?;
    (seconds <= 365_000 * 86_400).then(|| i64::try_from(seconds).unwrap())
}

/// Returns the seconds since 1970 of `text`, which must be a valid time.
fn unix(text: &str) -> i64 {
    let number = |from: usize, len: usize| text[from..from + len].parse::<i64>().unwrap();
    let days = days_to(number(0, 4), number(5, 2), number(8, 2));
    if text.len() == 10 {
        return days * 86_400;
    }
    // A leap second counts as the second before it.
    let of_day = number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2).min(59);
    let offset = if text.ends_with(['Z', 'z']) {
        0
    } else {
        let at = text.len() - "+00:00".len();
        let offset = number(at + 1, 2) * 3600 + number(at + 4, 2) * 60;
        if text[at..].starts_with('-') {
            -offset
        } else {
            offset
        }
    };
    days * 86_400 + of_day - offset
}

/// Returns the days since 1970-01-01, counted year by year and month by month.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leaps = |years: std::ops::Range<i64>| years.map(|year| i64::from(is_leap(year)));
    let before = |year: i64| 365 * year + leaps(0..year).sum::<i64>();
    let of_month = |month: i64| match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    before(year) - before(1970) + (1..month).map(of_month).sum::<i64>() + day - 1
}
