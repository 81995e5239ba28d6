//! A key as json has it, and as a line of csv. Fields are only ever added.

use serde::{Serialize, Serializer};

use super::instant;
use super::stream::{Cells, Record};
use crate::model::{GroupName, KeyField, KeyRow, Permission, Timestamp, UserName};

/// A key. The fields are those of [`KeyField`], in its order.
#[derive(Serialize)]
pub(crate) struct KeyJson<'a> {
    id: &'a str,
    name: &'a str,
    description: Option<&'a str>,
    key: String,
    status: &'static str,
    #[serde(serialize_with = "group_names")]
    groups: &'a [GroupName],
    #[serde(serialize_with = "permission_words")]
    permissions: &'a [Permission],
    owner: Option<&'a str>,
    application: Option<&'a str>,
    created_at: String,
    created_by: &'a str,
    last_used_at: Option<String>,
    last_use_known_since: Option<String>,
    last_refused_at: Option<String>,
    expires_at: Option<String>,
}

fn group_names<S: Serializer>(all: &&[GroupName], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(GroupName::as_str))
}

fn permission_words<S: Serializer>(all: &&[Permission], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(Permission::as_str))
}

impl<'a> KeyJson<'a> {
    /// The key as it is at `now`.
    pub(crate) fn new(key: impl Into<KeyRow<'a>>, now: Timestamp) -> Self {
        let key = key.into();
        let mut short = String::with_capacity(32);
        key.push_short(&mut short);
        Self {
            id: key.id,
            name: key.name,
            description: key.description,
            key: short,
            status: key.status(now).as_str(),
            groups: key.groups,
            permissions: key.permissions,
            owner: key.owner_name().map(UserName::as_str),
            application: key.application,
            created_at: key.created_at.to_string(),
            created_by: key.created_by,
            last_used_at: instant(key.last_used_at),
            last_use_known_since: instant(key.last_use_known_since),
            last_refused_at: instant(key.last_refused_at),
            expires_at: instant(key.expires_at),
        }
    }
}

/// As csv a list is joined by a space, and null is nothing.
impl Record for KeyJson<'_> {
    fn add_to(&self, cells: &mut Cells<'_>) -> csv::Result<()> {
        let instant = |at: &Option<String>, cells: &mut Cells<'_>| {
            cells.add(at.as_deref().unwrap_or_default())
        };
        KeyField::ALL.into_iter().try_for_each(|field| match field {
            KeyField::Id => cells.add(self.id),
            KeyField::Name => cells.add(self.name),
            KeyField::Description => cells.add(self.description.unwrap_or_default()),
            KeyField::Key => cells.add(&self.key),
            KeyField::Status => cells.add(self.status),
            KeyField::Groups => cells.add_words(self.groups.iter().map(GroupName::as_str)),
            KeyField::Permissions => {
                cells.add_words(self.permissions.iter().map(Permission::as_str))
            }
            KeyField::Owner => cells.add(self.owner.unwrap_or_default()),
            KeyField::Application => cells.add(self.application.unwrap_or_default()),
            KeyField::CreatedAt => cells.add(&self.created_at),
            KeyField::CreatedBy => cells.add(self.created_by),
            KeyField::LastUsedAt => instant(&self.last_used_at, cells),
            KeyField::LastUseKnownSince => instant(&self.last_use_known_since, cells),
            KeyField::LastRefusedAt => instant(&self.last_refused_at, cells),
            KeyField::ExpiresAt => instant(&self.expires_at, cells),
        })
    }
}
