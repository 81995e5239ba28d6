//! The states of a secret and the changes between them.
//!
//! A pending secret becomes current, or is deleted if its delivery fails. A rotation makes the
//! current secret previous, or ends it at once. A previous secret ends, or becomes current again
//! if the rotation is cancelled.

use std::str::FromStr;

use super::{Invalid, Span, Timestamp};

/// How long a pending secret blocks another rotation with an overlap, because its delivery may
/// still be under way. The value is arbitrary; a person needs less time to copy a secret.
const DELIVERY_TIME: Span = Span::from_seconds(15 * 60);

/// The state of a secret in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// It is stored, but its delivery is not confirmed yet. It is never accepted.
    Pending,
    /// It is the key's newest usable secret.
    Current,
    /// It was replaced by a rotation. It is accepted until the overlap ends.
    Previous,
    /// It is never accepted again.
    Ended,
}

impl SecretState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Current, Self::Previous, Self::Ended];

    /// Returns the name of the state in the database and in json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Ended => "ended",
        }
    }
}

impl FromStr for SecretState {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Invalid::new("a secret is pending, current, previous or ended"))
    }
}

/// A secret of a key, without its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRecord {
    /// Its slot, at which its uses are recorded. A later secret of the key has a higher slot.
    pub slot: i64,
    /// The last four characters of the secret; empty for an imported one.
    pub last_four: String,
    /// The state in the database.
    pub state: SecretState,
    /// While it is pending, when it was stored; afterwards, when it first became current.
    pub created_at: Timestamp,
    /// When it stops being accepted. A pending or current secret has no such time.
    pub valid_until: Option<Timestamp>,
}

impl SecretRecord {
    /// Returns the state at `now`. A previous secret has ended once its overlap is over, although
    /// the database still says `previous`. A previous secret without an end counts as ended; no
    /// command stores one.
    pub fn state_at(&self, now: Timestamp) -> SecretState {
        match self.state {
            SecretState::Previous if self.valid_until.is_none_or(|end| end <= now) => {
                SecretState::Ended
            }
            state => state,
        }
    }
}

/// A change of one secret of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The slot of the secret.
    pub slot: i64,
    /// Its new state.
    pub state: SecretState,
    /// Its new `valid_until`.
    pub valid_until: Option<Timestamp>,
}

/// The reason why a rotation can't begin or can't be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationConflict {
    /// An overlap is under way; it ends at this time.
    Overlap(Timestamp),
    /// A pending secret has been under delivery since this time.
    Delivery(Timestamp),
    /// No overlap is under way.
    NotRotating,
}

/// The secrets of one key, by slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets(Vec<SecretRecord>);

impl Secrets {
    /// Returns the secrets, sorted by slot.
    pub fn new(mut secrets: Vec<SecretRecord>) -> Self {
        secrets.sort_by_key(|secret| secret.slot);
        Self(secrets)
    }

    /// Returns the current secret. A pending key has none.
    pub fn current(&self) -> Option<&SecretRecord> {
        self.in_state(SecretState::Current)
    }

    /// Returns the pending secret.
    pub fn pending(&self) -> Option<&SecretRecord> {
        self.in_state(SecretState::Pending)
    }

    /// Returns the secret whose last four characters are in the key's short form: the current one,
    /// else the pending one, else the latest.
    pub fn of_short_form(&self) -> Option<&SecretRecord> {
        let other = || self.pending().or(self.0.last());
        self.current().or_else(other)
    }

    /// Returns the last refusals of the secrets that were refused after their ends. `last_refusal`
    /// returns the last refusal of the secret in a slot.
    pub fn refused_after_their_ends(
        &self,
        mut last_refusal: impl FnMut(i64) -> Option<Timestamp>,
    ) -> impl Iterator<Item = Timestamp> {
        self.0.iter().filter_map(move |secret| {
            let end = secret.valid_until?;
            last_refusal(secret.slot).filter(|at| *at >= end)
        })
    }

    /// Returns the slots of all secrets.
    pub fn slots(&self) -> impl Iterator<Item = i64> {
        self.0.iter().map(|secret| secret.slot)
    }

    /// Returns the secret in the state previous, else the ended secret with the latest end. An
    /// ended secret was replaced by a rotation, or its rotation was cancelled.
    pub fn previous(&self) -> Option<&SecretRecord> {
        let was_current = |secret: &&SecretRecord| {
            matches!(secret.state, SecretState::Previous | SecretState::Ended)
        };
        let secrets = self.0.iter().filter(was_current);
        secrets.max_by_key(|secret| {
            let is_previous = secret.state == SecretState::Previous;
            (is_previous, secret.valid_until, secret.slot)
        })
    }

    /// Returns the state at `now` of the secret with these last four characters.
    pub fn state_of(&self, last_four: &str, now: Timestamp) -> Option<SecretState> {
        let mut secrets = self.0.iter();
        let secret = secrets.find(|secret| secret.last_four == last_four)?;
        Some(secret.state_at(now))
    }

    /// Returns when the current secret replaced another one; none if it is the key's first.
    pub fn rotated_at(&self) -> Option<Timestamp> {
        let current = self.current()?;
        let first = self.slots().min()?;
        (current.slot > first).then_some(current.created_at)
    }

    /// Returns the previous secret and its end, if an overlap is under way at `now`.
    pub fn overlap(&self, now: Timestamp) -> Option<(&SecretRecord, Timestamp)> {
        let previous = self.in_state(SecretState::Previous)?;
        let end = previous.valid_until?;
        (now < end).then_some((previous, end))
    }

    /// Checks that a rotation with `overlap` may begin at `now`. Returns the pending secret that
    /// the rotation replaces, if any. A rotation without an overlap may always begin, because a
    /// leaked secret must end. With `ignores_overlap`, an overlap under way doesn't block the
    /// rotation.
    ///
    /// # Errors
    /// When another rotation is under way.
    pub fn check_rotation(
        &self,
        overlap: Span,
        ignores_overlap: bool,
        now: Timestamp,
    ) -> Result<Option<&SecretRecord>, RotationConflict> {
        let pending = self.pending();
        if overlap.seconds() == 0 {
            return Ok(pending);
        }
        if let Some((_, end)) = self.overlap(now)
            && !ignores_overlap
        {
            return Err(RotationConflict::Overlap(end));
        }
        match pending {
            Some(pending) if now < pending.created_at.plus(DELIVERY_TIME) => {
                Err(RotationConflict::Delivery(pending.created_at))
            }
            pending => Ok(pending),
        }
    }

    /// Returns the transitions at `now`, in order, that make the secret in `slot` current. The
    /// secret that it replaces is accepted until `valid_until`; an older one ends now.
    pub fn activate(&self, slot: i64, valid_until: Timestamp, now: Timestamp) -> Vec<Transition> {
        let mut transitions = self.end_previous(now);
        if let Some(current) = self.current() {
            let state = if now < valid_until {
                SecretState::Previous
            } else {
                SecretState::Ended
            };
            let valid_until = Some(valid_until);
            transitions.push(Transition {
                slot: current.slot,
                state,
                valid_until,
            });
        }
        transitions.push(transition_to_current(slot));
        transitions
    }

    /// Returns the transitions at `now`, in order, that make the secret in `slot` current. During
    /// an overlap, the current secret ends now, and the previous one is accepted until
    /// `valid_until` or its own end, whichever is later. Without an overlap, they are the
    /// same as those that [`activate`](Self::activate) returns.
    pub fn replace_current(
        &self,
        slot: i64,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> Vec<Transition> {
        let Some((previous, end)) = self.overlap(now) else {
            return self.activate(slot, valid_until, now);
        };
        let current = self
            .current()
            .map(|current| transition_to_ended(current, now));
        let mut transitions: Vec<Transition> = current.into_iter().collect();
        transitions.push(Transition {
            slot: previous.slot,
            state: SecretState::Previous,
            valid_until: Some(end.max(valid_until)),
        });
        transitions.push(transition_to_current(slot));
        transitions
    }

    /// Returns the transitions that end the overlap at `now`; none if there is no overlap.
    pub fn finish(&self, now: Timestamp) -> Vec<Transition> {
        match self.overlap(now) {
            Some(_) => self.end_previous(now),
            None => Vec::new(),
        }
    }

    /// Returns the transitions at `now`, in order, that make the previous secret current again
    /// and end the current one.
    ///
    /// # Errors
    /// [`RotationConflict::NotRotating`] when no overlap is under way.
    pub fn cancel(&self, now: Timestamp) -> Result<Vec<Transition>, RotationConflict> {
        let (previous, _) = self.overlap(now).ok_or(RotationConflict::NotRotating)?;
        let current = self
            .current()
            .map(|current| transition_to_ended(current, now));
        let mut transitions: Vec<Transition> = current.into_iter().collect();
        transitions.push(transition_to_current(previous.slot));
        Ok(transitions)
    }

    /// Applies the `transitions` in order. A secret that was pending gets `now` as `created_at`.
    pub fn apply(&mut self, transitions: &[Transition], now: Timestamp) {
        for change in transitions {
            let is_changed = |secret: &&mut SecretRecord| secret.slot == change.slot;
            if let Some(secret) = self.0.iter_mut().find(is_changed) {
                if secret.state == SecretState::Pending {
                    secret.created_at = now;
                }
                secret.state = change.state;
                secret.valid_until = change.valid_until;
            }
        }
    }

    fn end_previous(&self, now: Timestamp) -> Vec<Transition> {
        let previous = self.0.iter();
        let previous = previous.filter(|secret| secret.state == SecretState::Previous);
        previous
            .map(|secret| transition_to_ended(secret, now))
            .collect()
    }

    fn in_state(&self, state: SecretState) -> Option<&SecretRecord> {
        self.0.iter().find(|secret| secret.state == state)
    }
}

fn transition_to_current(slot: i64) -> Transition {
    Transition {
        slot,
        state: SecretState::Current,
        valid_until: None,
    }
}

/// Returns the transition that ends `secret` at `now`, or at its own end if that is earlier.
fn transition_to_ended(secret: &SecretRecord, now: Timestamp) -> Transition {
    Transition {
        slot: secret.slot,
        state: SecretState::Ended,
        valid_until: Some(secret.valid_until.map_or(now, |end| end.min(now))),
    }
}

#[cfg(test)]
mod tests;
