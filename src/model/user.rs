//! A user: a person or service that owns keys, and may be an operator.

use std::fmt;
use std::str::FromStr;

use super::{GroupName, Invalid, Permission, Timestamp};

/// A user's name: as other names, and also `@` and `\` inside and a `$` at the
/// end, as login names have them. Compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    /// The longest name, in characters.
    pub const MAX_LEN: usize = 64;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"._-".contains(&c);
        let name = text.strip_suffix('$').unwrap_or(text).as_bytes();
        let complaint = match name {
            [] => "a user's name can't be empty",
            _ if text.len() > Self::MAX_LEN => "a user's name has at most 64 characters",
            [first, ..] if !first.is_ascii_alphanumeric() => {
                "a user's name begins with a letter or a digit (A-Z, a-z, 0-9)"
            }
            [.., last] if !plain(*last) => {
                "a user's name ends with a letter, a digit, '.', '_', '-' or '$'"
            }
            name if !name.iter().all(|&c| plain(c) || b"@\\".contains(&c)) => {
                "a user's name holds only letters, digits, '.', '_', '-', '@' and '\\'"
            }
            _ => return Ok(Self(text.to_owned())),
        };
        Err(Invalid::new(complaint))
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a user is at a given time: the first of these that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// It was deactivated.
    Inactive,
    /// Its expiry has come.
    Expired,
    /// It and its keys may do what they may.
    Active,
}

impl UserStatus {
    /// Returns the status at `now` of a user who is `active` or was deactivated. A user
    /// that expires at `now` has expired.
    pub fn of(active: bool, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        if !active {
            Self::Inactive
        } else if expires_at.is_some_and(|expiry| expiry <= now) {
            Self::Expired
        } else {
            Self::Active
        }
    }

    /// The word for it in tables and json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Active => "active",
        }
    }
}

impl fmt::Display for UserStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    /// Its name.
    pub name: UserName,
    /// Whether it was not deactivated.
    pub active: bool,
    /// What it is.
    pub description: Option<String>,
    /// The groups it is in, sorted.
    pub groups: Vec<GroupName>,
    /// What those allow, sorted.
    pub permissions: Vec<Permission>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// The operator who registered it.
    pub created_by: String,
    /// From when on it and its keys may do nothing.
    pub expires_at: Option<Timestamp>,
}

impl User {
    /// Returns the user's status at `now`.
    pub fn status(&self, now: Timestamp) -> UserStatus {
        UserStatus::of(self.active, self.expires_at, now)
    }
}

/// The user a key belongs to: the name, and what decides whether that user blocks the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user's name.
    pub name: UserName,
    /// Whether the user was not deactivated.
    pub active: bool,
    /// From when on the user and its keys may do nothing.
    pub expires_at: Option<Timestamp>,
}

impl Owner {
    /// Returns the user's status at `now`.
    pub fn status(&self, now: Timestamp) -> UserStatus {
        UserStatus::of(self.active, self.expires_at, now)
    }
}

/// A user, and how many keys it owns.
#[derive(Debug, Clone)]
pub struct UserSummary {
    /// The user.
    pub user: User,
    /// How many keys it owns, whatever their state.
    pub keys: u64,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An active user in those groups with those permissions.
    pub(in crate::model) fn user(name: &str, groups: &[&str], permissions: &[&str]) -> User {
        User {
            name: name.parse().unwrap(),
            active: true,
            description: None,
            groups: groups.iter().map(|g| g.parse().unwrap()).collect(),
            permissions: permissions.iter().map(|p| p.parse().unwrap()).collect(),
            created_at: Timestamp::from_unix(1000),
            created_by: "root".to_owned(),
            expires_at: None,
        }
    }

    /// An owner that never expires, active or not.
    pub(in crate::model) fn owner(name: &str, active: bool) -> Owner {
        Owner {
            name: name.parse().unwrap(),
            active,
            expires_at: None,
        }
    }

    #[test]
    fn names_of_users_follow_the_contract() {
        let longest = format!("{}$", "a".repeat(63));
        for good in [
            "a",
            "7",
            "alice",
            "Alice",
            "A.b_c-9",
            "alice@corp.example",
            "CORP\\alice",
            "host$",
            "svc-",
            longest.as_str(),
        ] {
            assert!(good.parse::<UserName>().is_ok(), "{good}");
        }
        let too_long = format!("{longest}$");
        for bad in [
            "",
            "$",
            "@a",
            "\\a",
            "a@",
            "a\\",
            "a@$",
            "a$b",
            "a$$",
            "_apt",
            "-a",
            ".a",
            "a b",
            "a/b",
            "ä",
            "a\n",
            "uid:5",
            too_long.as_str(),
        ] {
            assert!(bad.parse::<UserName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_of_users_are_compared_exactly() {
        let name = |text: &str| text.parse::<UserName>().unwrap();
        assert_ne!(name("alice"), name("Alice"));
    }

    #[test]
    fn a_users_status_is_the_first_that_holds() {
        let now = Timestamp::from_unix(2000);
        let alice = user("alice", &[], &[]);
        let until = |seconds| User {
            expires_at: Some(Timestamp::from_unix(seconds)),
            ..alice.clone()
        };
        assert_eq!(alice.status(now), UserStatus::Active);
        assert_eq!(until(2001).status(now), UserStatus::Active);
        assert_eq!(until(2000).status(now), UserStatus::Expired);
        let inactive = User {
            active: false,
            ..until(2000)
        };
        assert_eq!(inactive.status(now), UserStatus::Inactive);
    }
}
