//! What there is to choose from at a prompt: nothing that would be refused.

use super::Store;
use super::actor::Actor;
use super::users::{check_owner_is_in, registered};
use crate::error::{Error, Result};
use crate::model::{
    AppName, Change, GroupName, Key, KeyName, KeyRef, Listing, Permission, Prefix, Rights, State,
    User, UserName, UserStatus,
};
use crate::store::keys::names::{check_form, is_pending};
use crate::store::sqlite::create::FIRST_GROUPS;

/// A group that may be chosen.
#[derive(Debug, Clone)]
pub(crate) struct GroupChoice {
    /// Its name.
    pub(crate) name: GroupName,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// What it allows.
    pub(crate) permissions: Vec<Permission>,
}

/// What a new key can be made of.
pub(crate) enum PromptOptions<'a> {
    /// By what is in the database.
    Of(&'a Store),
    /// By what will be in it, once it is made.
    OfNew,
}

impl PromptOptions<'_> {
    /// Refuses a name that is taken.
    ///
    /// # Errors
    /// [`crate::error::Kind::NameTaken`] or [`crate::error::Kind::Pending`].
    pub(crate) fn check_name(&self, name: &KeyName) -> Result<()> {
        match self {
            Self::Of(store) => store.check_new_name(name),
            Self::OfNew => check_form(name, &Prefix::default()),
        }
    }

    /// Refuses what a new key can't have of what is given.
    ///
    /// # Errors
    /// When one is not there, or the operator may not give it.
    pub(crate) fn check_given(
        &self,
        groups: &[GroupName],
        permissions: &[Permission],
        owner: Option<&UserName>,
        application: Option<&AppName>,
    ) -> Result<()> {
        let Self::Of(store) = self else {
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

    /// The groups that the operator may give to a new key of `owner`'s.
    ///
    /// # Errors
    /// When there is no such owner, or the operator may not make a key for it.
    pub(crate) fn groups(&self, owner: Option<&UserName>) -> Result<Vec<GroupChoice>> {
        match self {
            Self::Of(store) => {
                let owner = self.owner(owner)?;
                store.groups_to_give(owner.as_ref(), &[])
            }
            Self::OfNew => first_groups(),
        }
    }

    /// The owner that a new key gets, where that user or nobody in particular is asked for.
    ///
    /// # Errors
    /// When the operator may not make one for that user.
    pub(crate) fn owner(&self, asked: Option<&UserName>) -> Result<Option<UserName>> {
        match self {
            Self::Of(store) => Ok(store.rights.owner_of_new(asked)?),
            Self::OfNew => Ok(asked.cloned()),
        }
    }

    /// The active users, where the operator may choose an owner at all: those who
    /// may own a new key in those groups, and those who may not.
    pub(crate) fn owners(&self, groups: &[GroupName]) -> Result<(Vec<UserName>, Vec<UserName>)> {
        match self {
            Self::Of(store) => store.owners_to_choose(groups),
            Self::OfNew => Ok(Default::default()),
        }
    }
}

fn first_groups() -> Result<Vec<GroupChoice>> {
    let wrong = |_| Error::new(crate::error::Kind::Io, "a group that comes with a database");
    let choice = |(name, description, permissions): (&str, &str, &[&str])| {
        Ok(GroupChoice {
            name: name.parse().map_err(wrong)?,
            description: Some(description.to_owned()),
            permissions: permissions
                .iter()
                .map(|word| word.parse().map_err(wrong))
                .collect::<Result<_>>()?,
        })
    };
    FIRST_GROUPS.into_iter().map(choice).collect()
}

impl Store {
    /// The groups that a key of `owner`'s may be in, which are those that an operator
    /// with rights only over its own keys may give, and what is `held` already.
    pub(crate) fn groups_to_give(
        &self,
        owner: Option<&UserName>,
        held: &[GroupName],
    ) -> Result<Vec<GroupChoice>> {
        let owner = owner.map(|name| self.owner(name)).transpose()?;
        let is_the_owners = |name: &GroupName| {
            owner
                .as_ref()
                .is_none_or(|owner| owner.groups.contains(name))
        };
        let groups = self.groups()?.into_iter().map(|group| GroupChoice {
            name: group.name,
            description: group.description,
            permissions: group.permissions,
        });
        Ok(groups
            .filter(|group| held.contains(&group.name) || is_the_owners(&group.name))
            .collect())
    }

    fn owner(&self, name: &UserName) -> Result<User> {
        registered(&self.db, name).map(|(_, owner)| owner.user)
    }

    /// The active users: those who are in all of those groups, and the others.
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

    /// The key that `wanted` names, if the operator may put it in other groups.
    ///
    /// # Errors
    /// When it may not, when there is no such key, and when it is pending.
    pub(crate) fn key_to_regroup(&self, wanted: &KeyRef) -> Result<Key> {
        let (_, key) = self.view().find(wanted)?;
        self.rights.check_change(&key, Change::Groups)?;
        match key.state {
            State::Pending => Err(is_pending(&key)),
            State::Active | State::Inactive => Ok(key),
        }
    }

    /// The keys that the operator may change so, where that would change anything,
    /// by name; without a `change` all that it sees.
    pub(crate) fn keys_to_pick(&self, change: Option<Change>) -> Result<Vec<Key>> {
        let mut found = Vec::new();
        let fits = |key: &Key| match change {
            Some(Change::Activate) => key.state == State::Inactive,
            Some(Change::Deactivate) => key.state == State::Active,
            _ => true,
        };
        let may =
            |key: &Key| change.is_none_or(|change| self.rights.check_change(key, change).is_ok());
        for page in self.pages(&Listing::default())? {
            found.extend(page?.into_iter().filter(|key| fits(key) && may(key)));
        }
        Ok(found)
    }
}
