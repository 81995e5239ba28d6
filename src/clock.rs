//! The time of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// Returns the current time. Unlike chrono, it doesn't panic if the clock is before 1970 or after
/// the calendar.
pub(crate) fn now() -> Timestamp {
    // The operating system counts seconds in an i64.
    Timestamp::from_unix(match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs().cast_signed(),
        Err(before) => -before.duration().as_secs().cast_signed(),
    })
}
