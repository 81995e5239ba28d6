//! What an operator may do with `apikey` itself.

use super::required_right::{Change, RequiredRight};
use super::user::UserStatus;
use super::{AppName, GroupName, Key, Permission, Timestamp, User, UserName};

/// The permissions that let an operator do something, as groups hold them.
/// Spelled out and for every resource, or not had.
const MANAGE: &str = "apikey:manage";
const OWN: &str = "apikey:own";
const READ: &str = "apikey:read";

/// Whether `permission` looks like one for operators but lets none of them do
/// anything: those are three, spelled out and for every resource.
pub fn has_no_effect(permission: &Permission) -> bool {
    let word = permission.as_str();
    word.starts_with("apikey:") && ![MANAGE, OWN, READ].contains(&word)
}

/// Returns whether permissions hold every action, or one that concerns operators: a group
/// of those is given on purpose only.
pub fn is_powerful(permissions: &[Permission]) -> bool {
    permissions.iter().map(Permission::as_str).any(|word| {
        let action = word.split('@').next().unwrap_or_default();
        action == "*" || action.starts_with("apikey:")
    })
}

/// Why an operator may not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The fact. Lower case, no final period.
    pub fact: String,
    /// Who can do what about it.
    pub remedy: Remedy,
}

/// What whoever manages the database can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Register the operator.
    Register,
    /// Activate it.
    Activate,
    /// Let it live longer.
    Lengthen,
    /// Put it in another group, or have its groups allow more.
    Allow,
    /// Do it in its place.
    Act,
}

/// What an operator may do.
#[derive(Debug, Clone)]
pub enum Rights {
    /// Everything.
    Everything,
    /// What a registered user may.
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
    /// The rights of an operator who is registered as `user`, where users are.
    ///
    /// # Errors
    /// When it is not registered, active and unexpired.
    pub fn of(operator: &str, user: Option<User>, now: Timestamp) -> Result<Self, Denied> {
        let none = |fact: String, remedy| Err(Denied { fact, remedy });
        let Some(user) = user else {
            let fact = format!("{operator} is not a registered user");
            return none(fact, Remedy::Register);
        };
        match user.status(now) {
            UserStatus::Active => {}
            UserStatus::Inactive => {
                return none(format!("{operator} was deactivated"), Remedy::Activate);
            }
            UserStatus::Expired => {
                return none(format!("{operator} has expired"), Remedy::Lengthen);
            }
        }
        let has = |right: &str| user.permissions.iter().any(|held| held.as_str() == right);
        match (has(MANAGE), has(OWN), has(READ)) {
            (true, _, _) => Ok(Self::Everything),
            (false, own, read) => Ok(Self::Limited { user, own, read }),
        }
    }

    /// Whether the operator may do such a thing at all.
    ///
    /// # Errors
    /// When it may not.
    pub fn check(&self, need: RequiredRight) -> Result<(), Denied> {
        let Self::Limited { user, own, read } = self else {
            return Ok(());
        };
        let (enough, wanted) = match need {
            // Each user may see itself.
            RequiredRight::Nothing | RequiredRight::SeeUser => (true, ""),
            _ if !own && !read => {
                let name = &user.name;
                return Err(Denied {
                    fact: format!("{name} is in no group that allows {MANAGE}, {OWN} or {READ}"),
                    remedy: Remedy::Allow,
                });
            }
            RequiredRight::SeeGroups | RequiredRight::SeeKeys => (true, ""),
            RequiredRight::SeeAll => (*read, "apikey:manage or apikey:read"),
            RequiredRight::Create | RequiredRight::Change(_) => {
                (*own, "apikey:manage or apikey:own")
            }
            RequiredRight::Manage => (false, MANAGE),
        };
        if enough {
            return Ok(());
        }
        Err(denied(format!("{} lacks {wanted}", user.name)))
    }

    /// The user whose keys are all that the operator sees; none where it sees everybody's.
    pub fn sees_only(&self) -> Option<&UserName> {
        match self {
            Self::Limited {
                user, read: false, ..
            } => Some(&user.name),
            _ => None,
        }
    }

    /// Whether the operator sees `key`. One it doesn't see isn't there.
    pub fn sees(&self, key: &Key) -> bool {
        self.sees_only()
            .is_none_or(|user| key.owner_name() == Some(user))
    }

    /// Whether the operator may see the user `name`.
    ///
    /// # Errors
    /// When it may see only itself.
    pub fn check_user(&self, name: &UserName) -> Result<(), Denied> {
        match self.sees_only() {
            Some(only) if only != name => Err(denied(format!("{only} lacks {MANAGE} or {READ}"))),
            _ => Ok(()),
        }
    }

    /// Whether the operator may change that about `key`.
    ///
    /// # Errors
    /// When it may not.
    pub fn check_change(&self, key: &Key, change: Change) -> Result<(), Denied> {
        let Self::Limited { user, .. } = self else {
            return Ok(());
        };
        if key.owner_name() != Some(&user.name) {
            return Err(denied(format!(
                "the key \"{}\" is not {}'s",
                key.name, user.name
            )));
        }
        let what = match change {
            Change::Activate => "activate it",
            Change::Owner => "give it away",
            Change::Application => "say which application it is for",
            Change::Deactivate
            | Change::Name
            | Change::Groups
            | Change::Permissions
            | Change::Description
            | Change::Expiry
            | Change::Delete => return Ok(()),
        };
        Err(denied(format!(
            "\"{}\" is {}'s own key, and {OWN} is not enough to {what}",
            key.name, user.name
        )))
    }

    /// The owner of a key that the operator makes for `asked`, or for nobody in
    /// particular.
    ///
    /// # Errors
    /// When it may not make one for that user.
    pub fn owner_of_new(&self, asked: Option<&UserName>) -> Result<Option<UserName>, Denied> {
        match (self, asked) {
            (Self::Limited { user, .. }, Some(other)) if *other != user.name => {
                Err(denied(format!(
                    "{} may make keys only for itself, not for {other}",
                    user.name
                )))
            }
            (Self::Limited { user, .. }, _) => Ok(Some(user.name.clone())),
            (Self::Everything, asked) => Ok(asked.cloned()),
        }
    }

    /// Whether the operator may give a key those groups.
    ///
    /// # Errors
    /// When it is not in one of them.
    pub fn check_groups(&self, given: &[GroupName]) -> Result<(), Denied> {
        let Self::Limited { user, .. } = self else {
            return Ok(());
        };
        match given.iter().find(|group| !user.groups.contains(group)) {
            Some(group) => Err(denied(format!("{} is not in {group}", user.name))),
            None => Ok(()),
        }
    }

    /// Whether the operator may give a key those permissions.
    ///
    /// # Errors
    /// When one is not within its own.
    pub fn check_permissions(&self, given: &[Permission]) -> Result<(), Denied> {
        let Self::Limited { user, .. } = self else {
            return Ok(());
        };
        let beyond = |given: &&Permission| !given.is_within(&user.permissions);
        match given.iter().find(beyond) {
            Some(beyond) => Err(denied(format!(
                "{beyond} is not within what {} may do itself",
                user.name
            ))),
            None => Ok(()),
        }
    }

    /// Whether the operator may make a key for the application `given`. A service that
    /// asks `verify --app` trusts whoever may say so.
    ///
    /// # Errors
    /// When it may make keys for none.
    pub fn check_application(&self, given: Option<&AppName>) -> Result<(), Denied> {
        match (self, given) {
            (Self::Limited { user, .. }, Some(app)) => Err(denied(format!(
                "{} may make keys for no application, so not for {app}",
                user.name
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the operator may move a key's expiry from `old` to `new`.
    ///
    /// # Errors
    /// When that would lengthen it and may not.
    pub fn check_expiry(
        &self,
        old: Option<Timestamp>,
        new: Option<Timestamp>,
    ) -> Result<(), Denied> {
        let shortens = match (old, new) {
            (old, None) => old.is_none(),
            (None, Some(_)) => true,
            (Some(old), Some(new)) => new <= old,
        };
        if shortens || matches!(self, Self::Everything) {
            return Ok(());
        }
        let until = old.map_or("never".to_owned(), |at| at.to_string());
        Err(denied(format!(
            "the key expires at {until}, and {OWN} is not enough to lengthen that"
        )))
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
