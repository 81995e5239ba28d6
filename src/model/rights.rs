//! The rights of an operator: what it may do with `apikey` itself.

mod changes;

use super::required_right::RequiredRight;
use super::user::UserStatus;
use super::{Key, Permission, Timestamp, User, UserName};

/// The permissions that authorize an operator: spelled out and for every resource.
const MANAGE: &str = "apikey:manage";
const OWN: &str = "apikey:own";
const READ: &str = "apikey:read";

/// Returns whether `permission` looks like a right of operators but is none of the three.
pub fn has_no_effect(permission: &Permission) -> bool {
    let text = permission.as_str();
    text.starts_with("apikey:") && ![MANAGE, OWN, READ].contains(&text)
}

/// Returns whether the permissions include every action or a right of operators. The menu of groups
/// has groups with such permissions last.
pub fn is_powerful(permissions: &[Permission]) -> bool {
    permissions.iter().map(Permission::as_str).any(|text| {
        let action = text.split('@').next().unwrap_or_default();
        action == "*" || action.starts_with("apikey:")
    })
}

/// Why an operator may not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The fact. Lower case, no final period.
    pub fact: String,
    /// How a manager of the database can permit it.
    pub remedy: Remedy,
}

/// The action by which a manager of the database can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Registers the operator.
    Register,
    /// Activates the operator.
    Activate,
    /// Extends the operator's expiry.
    Extend,
    /// Gives the operator another group, or its groups more permissions.
    Allow,
    /// Runs the command in the operator's stead.
    Act,
}

/// The rights of an operator.
#[derive(Debug, Clone)]
pub enum Rights {
    /// Everything.
    Everything,
    /// The rights of a registered user.
    Limited {
        /// The user.
        user: User,
        /// Whether it has `apikey:own`.
        own: bool,
        /// Whether it has `apikey:read`.
        read: bool,
    },
}

impl Rights {
    /// Returns the rights of an operator who is registered as `user`.
    ///
    /// # Errors
    /// If the operator is unregistered, inactive or expired.
    pub fn of(operator: &str, user: Option<User>, now: Timestamp) -> Result<Self, Denied> {
        let denied = |state, remedy| {
            let fact = format!("{operator} {state}");
            Err(Denied { fact, remedy })
        };
        let Some(user) = user else {
            return denied("is not a registered user", Remedy::Register);
        };
        match user.status(now) {
            UserStatus::Active => {}
            UserStatus::Inactive => return denied("was deactivated", Remedy::Activate),
            UserStatus::Expired => return denied("has expired", Remedy::Extend),
        }
        let has = |right: &str| user.permissions.iter().any(|held| held.as_str() == right);
        match (has(MANAGE), has(OWN), has(READ)) {
            (true, _, _) => Ok(Self::Everything),
            (false, own, read) => Ok(Self::Limited { user, own, read }),
        }
    }

    /// Checks that the operator has the required right.
    ///
    /// # Errors
    /// If the operator lacks it.
    pub fn check(&self, required: RequiredRight) -> Result<(), Denied> {
        let Self::Limited { user, own, read } = self else {
            return Ok(());
        };
        let (is_enough, sufficient) = match required {
            // Each user may see itself.
            RequiredRight::Nothing | RequiredRight::SeeUser => (true, ""),
            _ if !own && !read => {
                let name = &user.name;
                return Err(Denied {
                    fact: format!("{name} is in no group that allows {MANAGE}, {OWN} or {READ}"),
                    remedy: Remedy::Allow,
                });
            }
            RequiredRight::SeeGroups | RequiredRight::SeePolicy | RequiredRight::SeeKeys => {
                (true, "")
            }
            RequiredRight::SeeAll => (*read, "apikey:manage or apikey:read"),
            RequiredRight::Create | RequiredRight::Change(_) => {
                (*own, "apikey:manage or apikey:own")
            }
            RequiredRight::Manage => (false, MANAGE),
        };
        if is_enough {
            return Ok(());
        }
        Err(denied(format!("{} lacks {sufficient}", user.name)))
    }

    /// Returns the user whose keys alone the operator sees; `None` if it sees all keys.
    pub fn sees_only(&self) -> Option<&UserName> {
        match self {
            Self::Limited {
                user, read: false, ..
            } => Some(&user.name),
            _ => None,
        }
    }

    /// Returns whether the operator sees `key`. For the operator, other keys don't exist.
    pub fn sees(&self, key: &Key) -> bool {
        self.sees_only()
            .is_none_or(|user| key.owner_name() == Some(user))
    }

    /// Checks that the operator may see the user `name`.
    ///
    /// # Errors
    /// If the operator may see only itself.
    pub fn check_user(&self, name: &UserName) -> Result<(), Denied> {
        match self.sees_only() {
            Some(only) if only != name => Err(denied(format!("{only} lacks {MANAGE} or {READ}"))),
            _ => Ok(()),
        }
    }
}

fn denied(fact: String) -> Denied {
    Denied {
        fact,
        remedy: Remedy::Act,
    }
}

#[cfg(test)]
mod tests;
