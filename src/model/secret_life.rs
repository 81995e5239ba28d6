//! The life of a secret: pending, current, previous, ended; or pending and withdrawn.

use std::str::FromStr;

use super::{Invalid, Span, Timestamp};

/// How long a pending secret keeps other rotations of its key out: its delivery may be under
/// way. An arbitrary choice; a person who copies a secret takes less.
const DELIVERY_TIME: Span = Span::from_seconds(15 * 60);

/// The state of a secret in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// It was stored and not delivered yet. It is never accepted.
    Pending,
    /// It is the key's secret.
    Current,
    /// It was replaced by a rotation. It is accepted until the overlap ends.
    Previous,
    /// It is never accepted again.
    Ended,
}

impl SecretState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Current, Self::Previous, Self::Ended];

    /// Returns the word that the database and json have for it.
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
    /// Its slot in the usage file. A later secret of the key has a higher slot.
    pub slot: i64,
    /// The last four characters of the secret.
    pub last_four: String,
    /// The state in the database.
    pub state: SecretState,
    /// When it was stored; once it was delivered, when it became the current secret.
    pub created_at: Timestamp,
    /// The time from which on it is no longer accepted. A pending or current secret has none.
    pub valid_until: Option<Timestamp>,
}

impl SecretRecord {
    /// Returns the state at `now`: a previous secret ends with the overlap, though no command
    /// says so. A previous secret without an end, which no command stores, has ended.
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
    /// Its new end.
    pub valid_until: Option<Timestamp>,
}

/// Why the secrets of a key can't be changed as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationConflict {
    /// An overlap is under way until that time.
    Overlap(Timestamp),
    /// Another secret is being delivered since that time.
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

    /// Returns the current secret; none of a key that is pending.
    pub fn current(&self) -> Option<&SecretRecord> {
        self.in_state(SecretState::Current)
    }

    /// Returns the pending secret.
    pub fn pending(&self) -> Option<&SecretRecord> {
        self.in_state(SecretState::Pending)
    }

    /// Returns the secret that the key's short form is of: the current one, else the pending one,
    /// else the latest.
    pub fn shown(&self) -> Option<&SecretRecord> {
        let other = || self.pending().or(self.0.last());
        self.current().or_else(other)
    }

    /// Returns the slots of all secrets.
    pub fn slots(&self) -> impl Iterator<Item = i64> {
        self.0.iter().map(|secret| secret.slot)
    }

    /// Returns the secret that was in use before the current one or was cancelled, whichever
    /// ended last or will end.
    pub fn previous(&self) -> Option<&SecretRecord> {
        let was_used = |secret: &&SecretRecord| {
            matches!(secret.state, SecretState::Previous | SecretState::Ended)
        };
        let secrets = self.0.iter().filter(was_used);
        secrets.max_by_key(|secret| {
            let is_previous = secret.state == SecretState::Previous;
            (is_previous, secret.valid_until, secret.slot)
        })
    }

    /// Returns when the current secret replaced another; none while it is the key's first.
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

    /// Decides whether a rotation with that overlap may begin at `now`. Returns the pending
    /// secret that it replaces. Without an overlap it always may: a leaked secret must end,
    /// whatever else is under way. With `ignores_overlap` an overlap under way keeps nothing out.
    ///
    /// # Errors
    /// When another rotation is under way.
    pub fn begin_rotation(
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

    /// Returns the transitions at `now`, in order, that make the secret of that slot current.
    /// The current secret is accepted until `valid_until`, any secret before it no longer.
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
        transitions.push(becomes_current(slot));
        transitions
    }

    /// Returns the transitions at `now`, in order, that make the secret of that slot current in
    /// place of the current one, which ends. The previous secret is accepted until `valid_until`
    /// at least.
    pub fn replace_current(
        &self,
        slot: i64,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> Vec<Transition> {
        let Some((previous, end)) = self.overlap(now) else {
            return self.activate(slot, valid_until, now);
        };
        let current = self.current().map(|current| ends(current, now));
        let mut transitions: Vec<Transition> = current.into_iter().collect();
        transitions.push(Transition {
            slot: previous.slot,
            state: SecretState::Previous,
            valid_until: Some(end.max(valid_until)),
        });
        transitions.push(becomes_current(slot));
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
        let current = self.current().map(|current| ends(current, now));
        let mut transitions: Vec<Transition> = current.into_iter().collect();
        transitions.push(becomes_current(previous.slot));
        Ok(transitions)
    }

    /// Changes the secrets as the `transitions` say.
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
        previous.map(|secret| ends(secret, now)).collect()
    }

    fn in_state(&self, state: SecretState) -> Option<&SecretRecord> {
        self.0.iter().find(|secret| secret.state == state)
    }
}

fn becomes_current(slot: i64) -> Transition {
    Transition {
        slot,
        state: SecretState::Current,
        valid_until: None,
    }
}

/// Ends a secret at `now`, or when it ended before.
fn ends(secret: &SecretRecord, now: Timestamp) -> Transition {
    Transition {
        slot: secret.slot,
        state: SecretState::Ended,
        valid_until: Some(secret.valid_until.map_or(now, |end| end.min(now))),
    }
}

#[cfg(test)]
mod tests;
