//! The state of a key in the database, and its status at a given time.

use std::str::FromStr;

use super::{FieldValue, Health, Invalid, Owner, Timestamp, UserStatus};

/// The state of a key in the database, independent of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its secret was not delivered: its `create` is still running or was killed.
    Pending,
    /// Its secret was delivered, and it was not deactivated. It may have expired or be blocked.
    Active,
    /// It was deactivated.
    Inactive,
}

impl State {
    /// Returns the name of the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

impl FromStr for State {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Pending, Self::Active, Self::Inactive]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Invalid::new("a state is pending, active or inactive"))
    }
}

/// The status of a key at a given time: the first variant that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its secret was not delivered.
    Pending,
    /// It was deactivated.
    Inactive,
    /// It has expired.
    Expired,
    /// Its owner was deactivated or has expired.
    Blocked,
    /// It may be used.
    Active,
}

impl Status {
    /// Every status, in the order in which they are checked.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Inactive,
        Self::Expired,
        Self::Blocked,
        Self::Active,
    ];

    /// Returns the status at `now` of a key with `state`, `expires_at` and `owner`.
    pub fn of(
        state: State,
        expires_at: Option<Timestamp>,
        owner: Option<&Owner>,
        now: Timestamp,
    ) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Inactive => Self::Inactive,
            State::Active if expires_at.is_some_and(|expiry| expiry <= now) => Self::Expired,
            State::Active if owner.is_some_and(|owner| owner.status(now) != UserStatus::Active) => {
                Self::Blocked
            }
            State::Active => Self::Active,
        }
    }

    /// Returns the word for it in tables and json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Blocked => "blocked",
            Self::Active => "active",
        }
    }
}

impl From<Status> for FieldValue<'_> {
    fn from(status: Status) -> Self {
        let health = match status {
            Status::Active => Health::Good,
            Status::Inactive => Health::Off,
            Status::Expired | Status::Blocked | Status::Pending => Health::Bad,
        };
        Self::Status(status.as_str(), health)
    }
}
