//! The operator of a command, by the name that is stored in the log and in `created_by`.

use std::fmt;
use std::str::FromStr;

use super::{Invalid, is_unprintable};

/// A login name; `uid:N` for a user id without a valid one, `uid:?` if that is unknown, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator(String);

/// The relation of the operator to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Root or the owner of the file, not through sudo. They can edit the file anyway, so they
    /// may do everything.
    Owner,
    /// `SUDO_USER`, who runs apikey through sudo as root or as the owner of the file. Once users
    /// are registered, the operator's groups decide what it may do.
    ThroughSudo {
        /// The user that the process runs as.
        became: Operator,
    },
    /// Any other user. Once users are registered, the operator's groups decide what it may do.
    Other,
}

impl Operator {
    /// The length of the longest accepted login name; useradd accepts 32.
    const MAX_LEN: usize = 256;

    /// Returns the operator with this login name; `None` if the name is empty, too long, or
    /// could deceive a reader of the log.
    pub fn from_login(name: &str) -> Option<Self> {
        let deceives = |c: char| is_unprintable(c) || c.is_whitespace();
        (!name.is_empty() && name.len() <= Self::MAX_LEN && !name.contains(deceives))
            .then(|| Self(name.to_owned()))
    }

    /// Returns the operator with this user id and no name.
    pub fn from_uid(uid: u32) -> Self {
        Self(format!("uid:{uid}"))
    }

    /// Returns the operator for a `SUDO_USER` that is no valid login name. No user can be
    /// registered under the result, `uid:N` or `uid:?`.
    pub fn from_sudo_uid(uid: Option<u32>) -> Self {
        uid.map_or_else(|| Self("uid:?".to_owned()), Self::from_uid)
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parses an operator as the log names it: a login name, or `uid:N`.
impl FromStr for Operator {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::from_login(text).ok_or_else(|| {
            Invalid::new("not an operator; give a login name, or uid:N, as `apikey log` prints it")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::UserName;
    use super::*;

    #[test]
    fn an_operators_name_never_deceives() {
        for good in ["root", "_apt", "CORP\\alice", "host$", "rené"] {
            assert!(Operator::from_login(good).is_some(), "{good}");
        }
        for bad in ["", "a b", "a\nb", "\u{1b}[2J", "\u{202e}root"] {
            assert!(Operator::from_login(bad).is_none(), "{bad:?}");
        }
        assert_eq!(Operator::from_uid(4711).as_str(), "uid:4711");
        assert_eq!(Operator::from_sudo_uid(Some(4711)).as_str(), "uid:4711");
        assert!(
            Operator::from_sudo_uid(None)
                .as_str()
                .parse::<UserName>()
                .is_err()
        );
    }
}
