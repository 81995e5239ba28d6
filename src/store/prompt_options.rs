//! The options of prompts: only those that the operator may choose.

use super::Store;
use super::actor::Actor;
use super::users::{check_owner_is_in, registered};
use crate::error::{Error, Kind, Result};
use crate::model::{
    AppName, Change, Facts, GroupName, Key, KeyName, KeyRef, Listing, Permission, Policy, Prefix,
    Rights, State, Timestamp, User, UserName, UserStatus,
};
use crate::store::groups::first::FIRST_GROUPS;
use crate::store::keys::names::{check_delivered, check_form};

/// A group that may be chosen.
#[derive(Debug, Clone)]
pub(crate) struct GroupChoice {
    /// Its name.
    pub(crate) name: GroupName,
    /// Its description.
    pub(crate) description: Option<String>,
    /// Its permissions.
    pub(crate) permissions: Vec<Permission>,
}

/// The source of the options for a new key.
pub(crate) enum PromptOptions<'a> {
    /// An existing database.
    Existing(&'a Store),
    /// The database that `create` will create.
    New,
}

impl PromptOptions<'_> {
    /// Refuses a name that a new key can't have.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] for a name of the form `PREFIX_ID`, [`Kind::NameTaken`] or
    /// [`Kind::Pending`] for a name that is taken, [`Kind::Policy`], and the errors of the
    /// database.
    pub(crate) fn check_name(&self, name: &KeyName) -> Result<()> {
        match self {
            Self::Existing(store) => {
                store.check_new_name(name)?;
                store.judge(&Facts {
                    name: Some(name),
                    ..Facts::default()
                })
            }
            Self::New => check_form(name, &Prefix::default()),
        }
    }

    /// Refuses an expiry that the policy forbids; none is never.
    ///
    /// # Errors
    /// [`Kind::Policy`], and the errors of the database.
    pub(crate) fn check_expiry(&self, at: Option<Timestamp>) -> Result<()> {
        match self {
            Self::Existing(store) => store.judge(&Facts {
                expires_at: Some(at),
                ..Facts::default()
            }),
            Self::New => Ok(()),
        }
    }

    /// Returns the policy.
    pub(crate) fn policy(&self) -> Result<Policy> {
        match self {
            Self::Existing(store) => store.policy(),
            Self::New => Ok(Policy::default()),
        }
    }

    /// Refuses values that a new key can't have.
    ///
    /// # Errors
    /// When the owner or a group doesn't exist, when the operator may not give a value, and when
    /// the owner is not in all of the groups; and the errors of the database.
    pub(crate) fn check_values(
        &self,
        groups: &[GroupName],
        permissions: &[Permission],
        owner: Option<&UserName>,
        application: Option<&AppName>,
    ) -> Result<()> {
        let Self::Existing(store) = self else {
            return Ok(());
        };
        let owner = store.rights.owner_of_new(owner)?;
        store.rights.check_groups(groups)?;
        store.rights.check_permissions(permissions)?;
        store.rights.check_application(application)?;
        for group in groups {
            store.group(group)?;
        }
        match owner {
            Some(name) => check_owner_is_in(&store.owner(&name)?, groups),
            None => Ok(()),
        }
    }

    /// Returns the groups that the operator may give to a new key of `owner`.
    ///
    /// # Errors
    /// When there is no such owner, or the operator may not create a key for that owner; and the
    /// errors of the database.
    pub(crate) fn groups(&self, owner: Option<&UserName>) -> Result<Vec<GroupChoice>> {
        match self {
            Self::Existing(store) => {
                let owner = self.owner(owner)?;
                store.groups_to_give(owner.as_ref(), &[])
            }
            Self::New => first_groups(),
        }
    }

    /// Returns the owner of a new key, given the requested owner.
    ///
    /// # Errors
    /// When the operator may not create a key for that user.
    pub(crate) fn owner(&self, requested: Option<&UserName>) -> Result<Option<UserName>> {
        match self {
            Self::Existing(store) => Ok(store.rights.owner_of_new(requested)?),
            Self::New => Ok(requested.cloned()),
        }
    }

    /// Returns the active users who may own a new key in all of `groups`, and the active users who
    /// may not. Both lists are empty if the operator may not choose an owner, and for a new
    /// database.
    pub(crate) fn owners(&self, groups: &[GroupName]) -> Result<(Vec<UserName>, Vec<UserName>)> {
        match self {
            Self::Existing(store) => store.owners_to_choose(groups),
            Self::New => Ok(Default::default()),
        }
    }
}

fn first_groups() -> Result<Vec<GroupChoice>> {
    let invalid = |_| Error::new(Kind::Io, "a built-in group is invalid");
    let choice = |(name, description, permissions): (&str, &str, &[&str])| {
        Ok(GroupChoice {
            name: name.parse().map_err(invalid)?,
            description: Some(description.to_owned()),
            permissions: permissions
                .iter()
                .map(|permission| permission.parse().map_err(invalid))
                .collect::<Result<_>>()?,
        })
    };
    FIRST_GROUPS.into_iter().map(choice).collect()
}

impl Store {
    /// Returns the groups that a key of `owner` may be in: the groups of its owner that the policy
    /// permits to the operator, and `held`, the groups that the key is in already. A key without an
    /// owner may be in every group.
    pub(crate) fn groups_to_give(
        &self,
        owner: Option<&UserName>,
        held: &[GroupName],
    ) -> Result<Vec<GroupChoice>> {
        let owner = owner.map(|name| self.owner(name)).transpose()?;
        let policy = self.policy()?;
        let permitted = match self.rights {
            Rights::Limited { .. } => policy.self_service_groups(),
            Rights::Everything => None,
        };
        let is_allowed = |name: &GroupName| {
            let owner = owner.as_ref();
            held.contains(name)
                || owner.is_none_or(|owner| owner.groups.contains(name))
                    && permitted.is_none_or(|permitted| permitted.contains(name))
        };
        let groups = self.groups()?.into_iter().map(|group| GroupChoice {
            name: group.name,
            description: group.description,
            permissions: group.permissions,
        });
        Ok(groups.filter(|group| is_allowed(&group.name)).collect())
    }

    fn owner(&self, name: &UserName) -> Result<User> {
        registered(&self.db, name).map(|(_, owner)| owner.user)
    }

    /// Returns the active users who are in all of `groups`, and the other active users. Both
    /// lists are empty if the operator may not choose an owner.
    fn owners_to_choose(&self, groups: &[GroupName]) -> Result<(Vec<UserName>, Vec<UserName>)> {
        if matches!(self.rights, Rights::Limited { .. }) {
            return Ok(Default::default());
        }
        let Actor { now, .. } = self.actor;
        let users = self.users()?.into_iter().map(|registered| registered.user);
        let active = users.filter(|user| user.status(now) == UserStatus::Active);
        let (can, cannot): (Vec<User>, Vec<User>) =
            active.partition(|user| groups.iter().all(|group| user.groups.contains(group)));
        let names = |users: Vec<User>| users.into_iter().map(|user| user.name).collect();
        Ok((names(can), names(cannot)))
    }

    /// Returns the key that `wanted` names, if the operator may change its groups.
    ///
    /// # Errors
    /// When there is no such key, when the operator may not change its groups, and when the key is
    /// pending; and the errors of the database.
    pub(crate) fn key_to_regroup(&self, wanted: &KeyRef) -> Result<Key> {
        let (_, key) = self.view().find(wanted)?;
        self.rights.check_change(&key, Change::Groups)?;
        check_delivered(&key).map(|()| key)
    }

    /// Returns the keys on which the operator may make `change`, sorted by name; without `change`,
    /// all keys that the operator sees. Only an inactive key can be picked to be activated, and
    /// only an active one to be deactivated.
    pub(crate) fn keys_to_pick(&self, change: Option<Change>) -> Result<Vec<Key>> {
        let mut found = Vec::new();
        let is_changed = |key: &Key| match change {
            Some(Change::Activate) => key.state_at(self.now()) == State::Inactive,
            Some(Change::Deactivate) => {
                key.state_at(self.now()) == State::Active || key.reactivates_at.is_some()
            }
            _ => true,
        };
        let is_allowed =
            |key: &Key| change.is_none_or(|change| self.rights.check_change(key, change).is_ok());
        for page in self.pages(&Listing::default())? {
            let keys = page?.into_iter();
            found.extend(keys.filter(|key| is_changed(key) && is_allowed(key)));
        }
        Ok(found)
    }
}
