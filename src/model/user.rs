//! A user: a person or service that owns keys and may be an operator.

use std::fmt;
use std::str::FromStr;

use super::{
    Described, Field, FieldValue as Value, Fit, GroupName, Health, Invalid, Permission, Timestamp,
};

/// A user's name: like other names, but login names may also have `@` and `\` inside and a `$`
/// at the end. Comparison is exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    /// The length of the longest name, in characters.
    pub const MAX_LEN: usize = 64;

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"._-".contains(&c);
        let name = text.strip_suffix('$').unwrap_or(text).as_bytes();
        let reason = match name {
            [] => "a user's name can't be empty",
            _ if text.len() > Self::MAX_LEN => "a user's name has at most 64 characters",
            [first, ..] if !first.is_ascii_alphanumeric() => {
                "a user's name begins with a letter or a digit (A-Z, a-z, 0-9)"
            }
            [.., last] if !is_plain(*last) => {
                "a user's name ends with a letter, a digit, '.', '_', '-' or '$'"
            }
            name if !name.iter().all(|&c| is_plain(c) || b"@\\".contains(&c)) => {
                "a user's name consists of letters, digits, '.', '_', '-', '@' and '\\'"
            }
            _ => return Ok(Self(text.to_owned())),
        };
        Err(Invalid::new(reason))
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The status of a user at a given time: the first variant that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// It was deactivated.
    Inactive,
    /// It has expired.
    Expired,
    /// It and its keys may be used.
    Active,
}

impl UserStatus {
    /// Returns the status at `now` of a user that is `active` or was deactivated. A user that
    /// expires at `now` has expired.
    pub fn of(active: bool, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        if !active {
            Self::Inactive
        } else if expires_at.is_some_and(|expiry| expiry <= now) {
            Self::Expired
        } else {
            Self::Active
        }
    }

    /// Returns the word for it in tables and json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Active => "active",
        }
    }
}

impl From<UserStatus> for Value<'_> {
    fn from(status: UserStatus) -> Self {
        let health = match status {
            UserStatus::Active => Health::Good,
            UserStatus::Inactive => Health::Off,
            UserStatus::Expired => Health::Bad,
        };
        Self::Status(status.as_str(), health)
    }
}

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    /// Its name.
    pub name: UserName,
    /// False if it was deactivated.
    pub active: bool,
    /// Its description.
    pub description: Option<String>,
    /// Its groups, sorted.
    pub groups: Vec<GroupName>,
    /// The permissions of its groups, sorted.
    pub permissions: Vec<Permission>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// The operator who registered it.
    pub created_by: String,
    /// When it expires: from then on its keys are refused.
    pub expires_at: Option<Timestamp>,
}

impl User {
    /// Returns the user's status at `now`.
    pub fn status(&self, now: Timestamp) -> UserStatus {
        UserStatus::of(self.active, self.expires_at, now)
    }
}

/// The owner of a key: its name, and the facts that decide whether it blocks the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user's name.
    pub name: UserName,
    /// False if the user was deactivated.
    pub active: bool,
    /// When the user expires.
    pub expires_at: Option<Timestamp>,
}

impl Owner {
    /// Returns the user's status at `now`.
    pub fn status(&self, now: Timestamp) -> UserStatus {
        UserStatus::of(self.active, self.expires_at, now)
    }
}

/// A user and the number of its keys.
#[derive(Debug, Clone)]
pub struct UserSummary {
    /// The user.
    pub user: User,
    /// The number of keys it owns, in any state.
    pub keys: u64,
}

impl UserSummary {
    const NAME: Field<Self> = Field::<Self>::new(
        "name",
        "its name; for an operator, the login name",
        "NAME",
        |summary, _| Value::text(summary.user.name.as_str()),
    );
    const DESCRIPTION: Field<Self> = Field::<Self>::new(
        "description",
        "who or what it is",
        "DESCRIPTION",
        |summary, _| Value::text_or_null(summary.user.description.as_deref()),
    )
    .drops(3);
    const STATUS: Field<Self> = Field::<Self>::new(
        "status",
        "the first of inactive, expired, active that applies",
        "STATUS",
        |summary, now| summary.user.status(now).into(),
    )
    .fit(Fit::Full);
    const GROUPS: Field<Self> =
        Field::<Self>::new("groups", "its groups", "GROUPS", |summary, _| {
            Value::Groups(&summary.user.groups)
        });
    const PERMISSIONS: Field<Self> = Field::<Self>::new(
        "permissions",
        "the permissions of its groups",
        "PERMISSIONS",
        |summary, _| Value::Permissions(&summary.user.permissions),
    );
    const KEYS: Field<Self> =
        Field::<Self>::new("keys", "the number of its keys", "KEYS", |summary, _| {
            Value::Number(summary.keys.into())
        })
        .fit(Fit::Full);
    const CREATED_AT: Field<Self> = Field::<Self>::new(
        "created_at",
        "when it was registered",
        "CREATED",
        |summary, _| Value::Time(Some(summary.user.created_at)),
    )
    .fit(Fit::Full)
    .drops(2);
    const CREATED_BY: Field<Self> = Field::<Self>::new(
        "created_by",
        "the operator who registered it",
        "CREATED BY",
        |summary, _| Value::text(&summary.user.created_by),
    )
    .drops(1);
    const EXPIRES_AT: Field<Self> = Field::<Self>::new(
        "expires_at",
        "when it expires, and its keys with it",
        "EXPIRES",
        |summary, _| Value::Expiry(summary.user.expires_at),
    )
    .fit(Fit::Full)
    .drops(4);

    /// The columns of a table, in order.
    pub const TABLE: [Field<Self>; 8] = [
        Self::NAME,
        Self::STATUS,
        Self::GROUPS,
        Self::KEYS,
        Self::EXPIRES_AT,
        Self::CREATED_AT,
        Self::CREATED_BY,
        Self::DESCRIPTION,
    ];

    /// The lines of `show`, in order.
    pub const SHOW: [Field<Self>; 9] = [
        Self::NAME,
        Self::STATUS,
        Self::DESCRIPTION,
        Self::GROUPS,
        Self::PERMISSIONS,
        Self::KEYS,
        Self::CREATED_AT,
        Self::CREATED_BY,
        Self::EXPIRES_AT,
    ];
}

impl Described for UserSummary {
    fn fields() -> &'static [Field<Self>] {
        const {
            &[
                Self::NAME,
                Self::DESCRIPTION,
                Self::STATUS,
                Self::GROUPS,
                Self::PERMISSIONS,
                Self::KEYS,
                Self::CREATED_AT,
                Self::CREATED_BY,
                Self::EXPIRES_AT,
            ]
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
