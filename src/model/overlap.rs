//! The secret that a key had before its current one, and whether it is still used.

use super::{SecretRecord, SecretState, ShortForm, Span, Timestamp};

/// The last uses of the two secrets of an overlap, as far as they were recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverlapUses {
    /// When the rotation took place.
    pub rotated_at: Timestamp,
    /// The last use of the current secret.
    pub current: Option<Timestamp>,
    /// The last use of the previous secret.
    pub previous: Option<Timestamp>,
    /// Since when uses have been recorded; none where that isn't known.
    pub known_since: Option<Timestamp>,
    /// How long the previous secret must not have been used before it counts as drained.
    pub drain_after: Span,
}

impl OverlapUses {
    /// Returns whether the current secret was certainly never used. A use before the record began
    /// would be unknown.
    pub fn is_current_unused(self) -> bool {
        let is_known = |since| since <= self.rotated_at;
        self.current.is_none() && self.known_since.is_some_and(is_known)
    }

    /// Returns whether the clients have moved to the current secret: it has been used, and the
    /// previous one has not for as long as `drain_after`. None where that can't be known.
    pub fn is_drained(self, now: Timestamp) -> Option<bool> {
        let quiet_since = self.quiet_since()?;
        if self.current.is_none() {
            return self.is_current_unused().then_some(false);
        }
        Some(now.since(quiet_since) >= self.drain_after.seconds())
    }

    /// Returns since when the previous secret is known to be unused: the latest of the rotation,
    /// its last use and the beginning of the recording.
    pub fn quiet_since(self) -> Option<Timestamp> {
        let known = self.known_since?.max(self.rotated_at);
        Some(self.previous.map_or(known, |last| last.max(known)))
    }
}

/// The secret that was current before the current one, or that a rotation had made current before
/// it was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    /// Its short form.
    pub short: ShortForm,
    /// Its state and its end.
    pub secret: SecretRecord,
    /// The last uses of this secret and of the current one. None if the current secret is the
    /// key's first: in that case the rotation to this secret was cancelled.
    pub uses: Option<OverlapUses>,
    /// When `verify` last accepted it.
    pub last_used_at: Option<Timestamp>,
    /// When `verify` last refused it.
    pub last_refused_at: Option<Timestamp>,
}

impl PreviousSecret {
    /// Returns whether the clients have moved to the current secret; none where that can't be
    /// known, and after the end of the overlap.
    pub fn is_drained(&self, now: Timestamp) -> Option<bool> {
        if self.secret.state_at(now) != SecretState::Previous {
            return None;
        }
        self.uses?.is_drained(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_previous_secret_is_drained_when_only_the_current_one_is_used() {
        let at = Timestamp::from_unix;
        // Rotated at 1000, asked at 2000; drained after a quiet span.
        for (current, previous, known_since, drain_after, expected) in [
            (Some(1500), None, Some(500), 1000, Some(true)),
            (Some(1500), None, Some(500), 1001, Some(false)),
            (Some(1500), Some(900), Some(500), 1000, Some(true)),
            (Some(1500), Some(1200), Some(500), 800, Some(true)),
            (Some(1500), Some(1200), Some(500), 801, Some(false)),
            // The record began after the rotation: quiet can only be known since then.
            (Some(1900), None, Some(1800), 200, Some(true)),
            (Some(1900), None, Some(1800), 201, Some(false)),
            // The new secret has not been used.
            (None, None, Some(1000), 0, Some(false)),
            (None, Some(1200), Some(500), 0, Some(false)),
            // The record doesn't show whether the clients have moved.
            (None, None, Some(1001), 0, None),
            (Some(1500), Some(1200), None, 0, None),
            (None, None, None, 0, None),
        ] {
            let uses = OverlapUses {
                rotated_at: at(1000),
                current: current.map(at),
                previous: previous.map(at),
                known_since: known_since.map(at),
                drain_after: Span::from_seconds(drain_after),
            };
            assert_eq!(uses.is_drained(at(2000)), expected, "{uses:?}");
        }
    }
}
