//! Refusals of secrets that were once accepted: a client still has them.

use super::Fact;
use crate::model::{Key, State, Timestamp};

/// Returns the last time at which a secret of `key` was refused while the key was inactive, after
/// the key had expired, or after the secret had ended; and which of these reasons there were.
pub(super) fn refusal(key: &Key, now: Timestamp) -> Option<Fact> {
    let refused = key.last_refused_at;
    let expired = key.expires_at.filter(|expiry| *expiry <= now);
    let reasons = [
        (deactivated(key, now), "refused since it was deactivated"),
        (
            key.refused_while_paused(now),
            "refused while it was inactive, and not used since",
        ),
        (
            refused.filter(|at| expired.is_some_and(|expiry| *at >= expiry)),
            "refused since it expired",
        ),
        (key.ended_refused_at, "refused with a secret that had ended"),
    ];
    let found = reasons.iter().filter(|(at, _)| at.is_some());
    let facts: Vec<&str> = found.clone().map(|(_, fact)| *fact).collect();
    let since = found.filter_map(|(at, _)| *at).max()?;
    Some((Some(since), facts.join("; ")))
}

/// Returns the last refusal since an inactive key was deactivated. If the time of the
/// deactivation is missing, as in a key of an older database, every refusal counts.
fn deactivated(key: &Key, now: Timestamp) -> Option<Timestamp> {
    let is_since = |at: &Timestamp| key.deactivated_at.is_none_or(|begin| *at >= begin);
    let is_inactive = key.state_at(now) == State::Inactive;
    key.last_refused_at.filter(|at| is_inactive && is_since(at))
}

impl Key {
    /// Returns the last refusal during a temporary deactivation that is over, unless a client has
    /// used the key since.
    pub fn refused_while_paused(&self, now: Timestamp) -> Option<Timestamp> {
        let end = self.reactivates_at.filter(|end| *end <= now)?;
        let refused = self.last_refused_at?;
        let is_during = self.deactivated_at? <= refused && refused < end;
        let is_used_since = self.last_used_at.is_some_and(|used| used >= end);
        (is_during && !is_used_since).then_some(refused)
    }
}
