//! The time of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// Returns the current time. `chrono::Utc::now` would panic if the clock is before 1970 or after
/// the last date that chrono supports.
pub(crate) fn now() -> Timestamp {
    // The casts lose nothing: the operating system counts seconds in an i64.
    Timestamp::from_unix(match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs().cast_signed(),
        Err(before) => -before.duration().as_secs().cast_signed(),
    })
}
