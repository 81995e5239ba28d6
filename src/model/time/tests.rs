//! Tests of times and durations: which texts are accepted.

use super::*;
use proptest::prelude::*;

#[test]
fn durations_are_fixed_times() {
    for (text, seconds) in [
        ("0s", 0),
        ("45s", 45),
        ("30m", 1800),
        ("12h", 43_200),
        ("90d", 7_776_000),
        ("2w", 1_209_600),
        ("365000d", 31_536_000_000),
    ] {
        assert_eq!(text.parse::<Span>().unwrap().seconds(), seconds, "{text}");
    }
    for bad in [
        "",
        "d",
        "90",
        "-1d",
        "+1d",
        "1.5h",
        "1h30m",
        "1 d",
        "1D",
        "1M",
        "2mo",
        "1y",
        "1year",
        "365001d",
        "99999999999999999999d",
        "９0d",
        "never",
    ] {
        assert!(bad.parse::<Span>().is_err(), "{bad}");
    }
}

#[test]
fn a_month_and_a_year_are_refused_with_the_reason() {
    for bad in ["1M", "6mo", "1y", "2years"] {
        let reason = bad.parse::<When>().unwrap_err().to_string();
        assert!(reason.contains("not a fixed time"), "{bad}: {reason}");
    }
}

#[test]
fn a_date_is_the_start_of_its_day_in_utc() {
    let date: Timestamp = "2027-01-31".parse().unwrap();
    assert_eq!(date.to_string(), "2027-01-31T00:00:00Z");
    let leap: Timestamp = "2028-02-29".parse().unwrap();
    assert_eq!(leap.to_string(), "2028-02-29T00:00:00Z");
}

#[test]
fn times_are_rfc_3339_in_whole_seconds() {
    for (text, shown) in [
        ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
        ("2027-01-31T12:00:00+02:00", "2027-01-31T10:00:00Z"),
        ("2027-01-31T12:00:00.999Z", "2027-01-31T12:00:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), shown);
    }
    for bad in [
        "",
        "2027-02-29",
        "2027-1-31",
        "+2027-01-3",
        "2027-01-31T12:00:00",
        "31.01.2027",
        "tomorrow",
        "9999-12-31T23:59:59-23:59",
    ] {
        assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
    }
}

#[test]
fn a_duration_can_be_added_and_subtracted() {
    let noon: Timestamp = "2027-01-31T12:00:00Z".parse().unwrap();
    let day: Span = "1d".parse().unwrap();
    assert_eq!(noon.plus(day).to_string(), "2027-02-01T12:00:00Z");
    assert_eq!(noon.minus(day).to_string(), "2027-01-30T12:00:00Z");
    assert_eq!(noon.plus(day).since(noon), 86_400);
    assert_eq!(
        "1d".parse::<When>().unwrap().resolve(noon),
        Some(noon.plus(day))
    );
    assert_eq!("never".parse::<When>().unwrap().resolve(noon), None);
}

#[test]
fn a_time_point_is_a_duration_a_date_a_time_or_now() {
    let noon: Timestamp = "2027-01-31T12:00:00Z".parse().unwrap();
    for (text, ahead, ago) in [
        ("1d", "2027-02-01T12:00:00Z", "2027-01-30T12:00:00Z"),
        ("0s", "2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
        ("now", "2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
        ("NOW", "2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        (
            "2027-03-01T01:00:00+01:00",
            "2027-03-01T00:00:00Z",
            "2027-03-01T00:00:00Z",
        ),
    ] {
        let point: TimePoint = text.parse().unwrap();
        assert_eq!(point.ahead(noon).to_string(), ahead, "{text}");
        assert_eq!(point.ago(noon).to_string(), ago, "{text}");
        assert_eq!(text.parse(), Ok(When::At(point)), "{text}");
    }
    for bad in ["", "never", "1y", "2027-02-30", "-1d", "yesterday", "now "] {
        assert!(bad.parse::<TimePoint>().is_err(), "{bad:?}");
    }
}

#[test]
fn no_arithmetic_leaves_the_calendar() {
    let longest: Span = "365000d".parse().unwrap();
    assert_eq!(Timestamp::MAX.plus(longest), Timestamp::MAX);
    assert_eq!(Timestamp::MIN.minus(longest), Timestamp::MIN);
    assert_eq!(Timestamp::from_unix(i64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::from_unix(i64::MIN), Timestamp::MIN);
    assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00Z");
}

proptest! {
    #[test]
    fn every_time_reads_back_as_written(
        seconds in Timestamp::MIN.0..=Timestamp::MAX.0
    ) {
        let time = Timestamp::from_unix(seconds);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC{0,40}") {
        let _ = text.parse::<When>();
    }
}
