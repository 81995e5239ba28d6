//! The last use of a key, as far as the record of uses has it.

use super::{Span, Timestamp};

/// The time of a key's last use or last refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastUse {
    /// This time, or a later one if the record of uses was lost since.
    At(Timestamp),
    /// Never: uses have been recorded for as long as the key exists, and none of it.
    Never,
    /// Unknown: the key is older than the record of uses, which has no use of it.
    Unknown,
}

/// The recorded use of one key. Its methods return `None`, or [`LastUse::Unknown`], if the record
/// of uses can't answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UseRecord {
    /// The last recorded use.
    pub last: Option<Timestamp>,
    /// Since when uses have been recorded; `None` if unknown.
    pub known_since: Option<Timestamp>,
    /// When the key was created.
    pub created_at: Timestamp,
}

impl UseRecord {
    /// Returns when the key was last used.
    pub fn last_use(self) -> LastUse {
        match (self.last, self.known_since) {
            (Some(last), _) => LastUse::At(last),
            (None, Some(known_since)) if known_since <= self.created_at => LastUse::Never,
            (None, _) => LastUse::Unknown,
        }
    }

    /// Returns whether the key was never used.
    pub fn is_never_used(self) -> Option<bool> {
        match self.last_use() {
            LastUse::At(_) => Some(false),
            LastUse::Never => Some(true),
            LastUse::Unknown => None,
        }
    }

    /// Returns whether the key was neither used nor created within `span` before `now`.
    pub fn is_unused_for(self, span: Span, now: Timestamp) -> Option<bool> {
        let is_long_ago = |at: Timestamp| now.since(at) >= span.seconds();
        if !is_long_ago(self.created_at) || !self.last.is_none_or(is_long_ago) {
            return Some(false);
        }
        // The key may have been used at any time before the recording began.
        self.known_since.filter(|at| is_long_ago(*at))?;
        Some(true)
    }

    /// Returns since when the key is known to be unused: the latest of its creation, its last use
    /// and the beginning of the recording.
    pub fn unused_since(self) -> Option<Timestamp> {
        let known = self.known_since?.max(self.created_at);
        Some(self.last.map_or(known, |last| last.max(known)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds)
    }

    /// Returns the record of a key that was created at 1000.
    fn record(last: Option<i64>, known_since: Option<i64>) -> UseRecord {
        UseRecord {
            last: last.map(at),
            known_since: known_since.map(at),
            created_at: at(1000),
        }
    }

    #[test]
    fn a_key_is_never_used_only_if_the_record_is_as_old_as_the_key() {
        use LastUse::{At, Never, Unknown};
        for (last, known_since, expected, is_never_used) in [
            (None, Some(999), Never, Some(true)),
            (None, Some(1000), Never, Some(true)),
            (None, Some(1001), Unknown, None),
            (None, None, Unknown, None),
            (Some(1500), Some(1000), At(at(1500)), Some(false)),
            (Some(1500), Some(1600), At(at(1500)), Some(false)),
            (Some(1500), None, At(at(1500)), Some(false)),
        ] {
            let record = record(last, known_since);
            assert_eq!(record.last_use(), expected, "{record:?}");
            assert_eq!(record.is_never_used(), is_never_used, "{record:?}");
        }
    }

    #[test]
    fn a_key_is_unused_since_the_latest_of_creation_use_and_recording() {
        let now = at(2000);
        for (last, known_since, span, expected) in [
            // The latest of the three counts.
            (None, Some(500), 1000, Some(true)),
            (None, Some(500), 1001, Some(false)),
            (None, Some(1500), 500, Some(true)),
            (None, Some(1500), 501, None),
            (Some(1400), Some(1000), 600, Some(true)),
            (Some(1400), Some(1000), 601, Some(false)),
            // The last use is a lower bound if the record of uses was lost since.
            (Some(1400), Some(1700), 300, Some(true)),
            (Some(1400), Some(1700), 301, None),
            (Some(1400), Some(1700), 600, None),
            (Some(1400), Some(1700), 601, Some(false)),
            // Without a beginning of the recording, the only answer is no: from a known use, or
            // from the creation.
            (None, None, 500, None),
            (Some(1400), None, 500, None),
            (Some(1400), None, 601, Some(false)),
            (None, None, 1001, Some(false)),
            // The recording has only begun.
            (None, Some(2000), 0, Some(true)),
            // A date ahead of the clock, within the tolerance.
            (Some(2200), Some(500), 0, Some(false)),
        ] {
            let record = record(last, known_since);
            let answer = record.is_unused_for(Span::from_seconds(span), now);
            assert_eq!(answer, expected, "{record:?} {span}");
        }
    }
}
