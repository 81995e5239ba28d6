//! The key that `create` is asked for.

use crate::cli::Create;
use crate::model::{AppName, GroupName, KeyName, Permission, ShortForm, Text, Timestamp, UserName};
use crate::store::NewKey;

/// A key to create, complete.
pub(super) struct Wanted {
    pub(super) name: KeyName,
    pub(super) groups: Vec<GroupName>,
    pub(super) description: Option<Text>,
    pub(super) owner: Option<UserName>,
    pub(super) application: Option<AppName>,
    pub(super) permissions: Vec<Permission>,
    pub(super) expires_at: Option<Timestamp>,
    /// Whether the user answered questions on it at a terminal.
    pub(super) is_asked: bool,
}

impl Wanted {
    /// Returns the key that `args` describe, if they name it and its groups.
    pub(super) fn given(args: &Create, expires_at: Option<Timestamp>) -> Option<Self> {
        let name = args.name.clone()?;
        (!args.groups.is_empty()).then(|| Self {
            name,
            groups: args.groups.clone(),
            description: args.description.clone(),
            owner: args.owner.clone(),
            application: args.app.clone(),
            permissions: args.permissions.clone(),
            expires_at,
            is_asked: false,
        })
    }

    /// Returns what the store needs to know of the key whose secret has the form `short`.
    pub(super) fn new_key(&self, short: &ShortForm, expires_at: Option<Timestamp>) -> NewKey<'_> {
        NewKey {
            short: short.clone(),
            name: &self.name,
            description: self.description.as_ref().and_then(Text::non_empty),
            groups: &self.groups,
            permissions: &self.permissions,
            owner: self.owner.as_ref(),
            application: self.application.as_ref(),
            expires_at,
        }
    }
}
