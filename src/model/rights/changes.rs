//! The changes of keys that the rights of an operator with `apikey:own` permit.

use super::{Denied, OWN, Rights, denied};
use crate::model::required_right::Change;
use crate::model::{AppName, GroupName, Key, Meta, Permission, Timestamp, UserName};

impl Rights {
    /// Checks that the operator may make `change` to `key`.
    ///
    /// # Errors
    /// If the key is another user's, or `apikey:own` doesn't permit the change.
    pub fn check_change(&self, key: &Key, change: Change) -> Result<(), Denied> {
        let Self::Limited { user, .. } = self else {
            return Ok(());
        };
        if key.owner_name() != Some(&user.name) {
            return Err(denied(format!(
                "{} doesn't own the key \"{}\"",
                user.name, key.name
            )));
        }
        match forbidden_verb(change) {
            None => Ok(()),
            Some(verb) => Err(denied(format!(
                "{} may not {verb} \"{}\": {OWN} is not enough",
                user.name, key.name
            ))),
        }
    }

    /// Checks that the operator may make `change` to keys at all.
    ///
    /// # Errors
    /// If the rights are limited and `apikey:own` permits the change of no key.
    pub fn check_kind(&self, change: Change) -> Result<(), Denied> {
        match (self, forbidden_verb(change)) {
            (Self::Limited { user, .. }, Some(verb)) => Err(denied(format!(
                "{} may not {verb} keys: {OWN} is not enough",
                user.name
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses a rotation of `key` that the operator may not do. `expires_at` is the new expiry,
    /// if the rotation sets one.
    ///
    /// # Errors
    /// When the operator may not.
    pub fn check_rotation(
        &self,
        key: &Key,
        expires_at: Option<Option<Timestamp>>,
    ) -> Result<(), Denied> {
        self.check_change(key, Change::Rotate)?;
        match (self, expires_at) {
            (Self::Limited { .. }, Some(_)) => Err(denied(format!(
                "\"{}\" keeps its expiry: {OWN} is not enough to change that in a rotation",
                key.name
            ))),
            _ => Ok(()),
        }
    }

    /// Returns the owner of a new key, given the `requested` one.
    ///
    /// # Errors
    /// If the operator may not create keys for that user.
    pub fn owner_of_new(&self, requested: Option<&UserName>) -> Result<Option<UserName>, Denied> {
        match (self, requested) {
            (Self::Limited { user, .. }, Some(other)) if *other != user.name => {
                Err(denied(format!(
                    "{} may create keys only for itself, not for {other}",
                    user.name
                )))
            }
            (Self::Limited { user, .. }, _) => Ok(Some(user.name.clone())),
            (Self::Everything, requested) => Ok(requested.cloned()),
        }
    }

    /// Checks that the operator may give a key these groups.
    ///
    /// # Errors
    /// If the operator is not in all of them.
    pub fn check_groups(&self, groups: &[GroupName]) -> Result<(), Denied> {
        let Self::Limited { user, .. } = self else {
            return Ok(());
        };
        match groups.iter().find(|group| !user.groups.contains(group)) {
            Some(group) => Err(denied(format!("{} is not in {group}", user.name))),
            None => Ok(()),
        }
    }

    /// Checks that the operator may give a key these permissions.
    ///
    /// # Errors
    /// If one of them exceeds the operator's own.
    pub fn check_permissions(&self, permissions: &[Permission]) -> Result<(), Denied> {
        let Self::Limited { user, .. } = self else {
            return Ok(());
        };
        let exceeds = |given: &&Permission| !given.is_within(&user.permissions);
        match permissions.iter().find(exceeds) {
            Some(excess) => Err(denied(format!(
                "{} lacks the permission {excess} itself",
                user.name
            ))),
            None => Ok(()),
        }
    }

    /// Checks that the operator may create a key for `application`. A service that runs
    /// `verify --app` trusts everyone who may create keys for its application.
    ///
    /// # Errors
    /// If an application is given and the rights are limited.
    pub fn check_application(&self, application: Option<&AppName>) -> Result<(), Denied> {
        match (self, application) {
            (Self::Limited { user, .. }, Some(app)) => Err(denied(format!(
                "{} may not create keys for an application, such as {app}",
                user.name
            ))),
            _ => Ok(()),
        }
    }

    /// Checks that the operator may give a new key this metadata, which services may trust.
    ///
    /// # Errors
    /// If metadata are given and the rights are limited.
    pub fn check_meta(&self, given: &Meta) -> Result<(), Denied> {
        match self {
            Self::Limited { user, .. } if !given.entries().is_empty() => Err(denied(format!(
                "{} may create only keys without metadata",
                user.name
            ))),
            _ => Ok(()),
        }
    }

    /// Checks that the operator may deactivate `key` at `now` until `end`; none is for good.
    ///
    /// # Errors
    /// If this would shorten a deactivation and the rights are limited.
    pub fn check_deactivation(
        &self,
        key: &Key,
        end: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Denied> {
        match (self, key.reactivation(now), end) {
            (Self::Limited { user, .. }, Some(old), Some(new)) if new < old => {
                Err(denied(format!(
                    "{} may not activate \"{}\" before {old}: {OWN} is not enough",
                    user.name, key.name
                )))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the operator may move a key's expiry from `old` to `new`.
    ///
    /// # Errors
    /// If this would extend the key's life and the rights are limited.
    pub fn check_expiry(
        &self,
        old: Option<Timestamp>,
        new: Option<Timestamp>,
    ) -> Result<(), Denied> {
        match (self, old) {
            (Self::Limited { user, .. }, Some(old)) if new.is_none_or(|new| new > old) => {
                Err(denied(format!(
                    "{} may not extend the key's expiry beyond {old}: {OWN} is not enough",
                    user.name
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Returns the verb of a change that `apikey:own` doesn't permit; none for a permitted change.
fn forbidden_verb(change: Change) -> Option<&'static str> {
    match change {
        Change::Activate => Some("activate"),
        Change::Meta => Some("change the metadata of"),
        Change::CancelRotation => Some("cancel the rotation of"),
        Change::Owner => Some("change the owner of"),
        Change::Application => Some("change the application of"),
        Change::Deactivate
        | Change::Name
        | Change::Groups
        | Change::Permissions
        | Change::Description
        | Change::Expiry
        | Change::Rotate
        | Change::FinishRotation
        | Change::Delete => None,
    }
}
