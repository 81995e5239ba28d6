//! Secrets that were found where they don't belong, and what they still are worth.

use super::{
    Described, Field, FieldValue as Value, Key, SecretRecord, SecretState, ShortForm, State,
    Timestamp,
};

/// The state of a leaked secret: the first variant that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeakState {
    /// It is accepted, or will be without a change of its key: the secret is current or previous,
    /// and its key may be blocked or inactive for some time.
    Live,
    /// Its key is inactive.
    Inactive,
    /// Its key has expired.
    Expired,
    /// It was replaced.
    Ended,
    /// It was never delivered.
    Pending,
    /// The log has its id, but no key has. Whether the rest of the secret is right is unknown.
    Deleted,
    /// No key has this secret.
    Unknown,
    /// It has the prefix of another database.
    OtherDatabase,
}

impl LeakState {
    /// Returns the word that scripts read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::Pending => "pending",
            Self::Deleted => "deleted",
            Self::Unknown => "unknown",
            Self::OtherDatabase => "other-database",
        }
    }

    /// Returns the state at `now` of a secret of `key`.
    pub fn of(key: &Key, secret: &SecretRecord, now: Timestamp) -> Self {
        let is_inactive = key.state_at(now) == State::Inactive;
        // From then on the key is active without a change.
        let active_from = match key.reactivation(now) {
            None if is_inactive => None,
            end => Some(end.unwrap_or(now)),
        };
        let is_valid = |at: Timestamp| {
            let state = secret.state_at(at);
            !key.has_expired(at) && matches!(state, SecretState::Current | SecretState::Previous)
        };
        if key.is_pending() || secret.state == SecretState::Pending {
            Self::Pending
        } else if active_from.is_some_and(is_valid) {
            Self::Live
        } else if is_inactive {
            Self::Inactive
        } else if key.has_expired(now) {
            Self::Expired
        } else {
            Self::Ended
        }
    }
}

/// A secret that a scan found.
#[derive(Debug, Clone)]
pub struct Leak {
    /// The path, without texts that are shaped like a secret; `-` is stdin.
    pub path: String,
    /// The number of the line, from 1.
    pub line: u64,
    /// The number of the first byte in the line, from 1.
    pub column: u64,
    /// The state.
    pub state: LeakState,
    /// The name of its key, if that is known.
    pub name: Option<String>,
    /// Its short form.
    pub short: ShortForm,
}

impl Described for Leak {
    fn fields() -> &'static [Field<Self>] {
        const {
            &[
                Field::<Self>::new("path", "the file; - is stdin", "PATH", |leak, _| {
                    Value::text(&leak.path)
                }),
                Field::<Self>::new(
                    "line",
                    "the number of the line, from 1",
                    "LINE",
                    |leak, _| Value::Number(leak.line.into()),
                ),
                Field::<Self>::new(
                    "column",
                    "the number of the secret's first byte in the line, from 1",
                    "COL",
                    |leak, _| Value::Number(leak.column.into()),
                ),
                Field::<Self>::new(
                    "state",
                    "live, inactive, expired, ended, pending, deleted, unknown or other-database",
                    "STATE",
                    |leak, _| Value::text(leak.state.as_str()),
                ),
                Field::<Self>::new("name", "the name of its key, or null", "NAME", |leak, _| {
                    Value::text_or_null(leak.name.as_deref())
                }),
                Field::<Self>::new("key", "the short form of the secret", "KEY", |leak, _| {
                    Value::owned(leak.short.to_string())
                }),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::tests::key;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix(second)
    }

    fn secret(state: SecretState, valid_until: Option<i64>) -> SecretRecord {
        SecretRecord {
            slot: 1,
            last_four: "abcd".to_owned(),
            state,
            created_at: at(0),
            valid_until: valid_until.map(at),
        }
    }

    #[test]
    fn a_secret_is_live_while_no_change_of_its_key_is_needed() {
        use LeakState::{Ended, Expired, Inactive, Live, Pending};
        use SecretState as S;
        // The state of the key, when it is active again, when it expires; the secret and its end.
        let cases = [
            ((State::Active, None, None), (S::Current, None), Live),
            ((State::Active, None, Some(101)), (S::Current, None), Live),
            (
                (State::Active, None, Some(100)),
                (S::Current, None),
                Expired,
            ),
            ((State::Active, None, None), (S::Previous, Some(101)), Live),
            ((State::Active, None, None), (S::Previous, Some(100)), Ended),
            ((State::Active, None, None), (S::Ended, Some(200)), Ended),
            (
                (State::Active, None, Some(50)),
                (S::Ended, Some(9)),
                Expired,
            ),
            ((State::Active, None, None), (S::Pending, None), Pending),
            ((State::Pending, None, None), (S::Pending, None), Pending),
            ((State::Inactive, None, None), (S::Pending, None), Pending),
            ((State::Inactive, None, None), (S::Current, None), Inactive),
            (
                (State::Inactive, None, Some(50)),
                (S::Current, None),
                Inactive,
            ),
            ((State::Inactive, Some(100), None), (S::Current, None), Live),
            ((State::Inactive, Some(150), None), (S::Current, None), Live),
            (
                (State::Inactive, Some(150), Some(151)),
                (S::Current, None),
                Live,
            ),
            // It expires or ends before the key is active again.
            (
                (State::Inactive, Some(150), Some(150)),
                (S::Current, None),
                Inactive,
            ),
            (
                (State::Inactive, Some(150), None),
                (S::Previous, Some(150)),
                Inactive,
            ),
            (
                (State::Inactive, Some(150), None),
                (S::Previous, Some(151)),
                Live,
            ),
            (
                (State::Inactive, Some(150), None),
                (S::Ended, Some(50)),
                Inactive,
            ),
        ];
        for ((state, reactivates, expires), (secret_state, end), expected) in cases {
            let key = Key {
                state,
                reactivates_at: reactivates.map(at),
                expires_at: expires.map(at),
                ..key(&["readonly"])
            };
            let found = LeakState::of(&key, &secret(secret_state, end), at(100));
            let case = (state, reactivates, expires, secret_state, end);
            assert_eq!(found, expected, "{case:?}");
        }
    }
}
