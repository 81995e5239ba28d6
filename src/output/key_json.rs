//! A key as json has it, and as a line of csv. Fields are only ever added.

use serde::{Serialize, Serializer};

use super::stream::{Cells, Record};
use crate::model::{GroupName, KeyField, KeyRow, Permission, Rfc3339, Timestamp, UserName};

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
    #[serde(serialize_with = "always")]
    created_at: Rfc3339,
    created_by: &'a str,
    #[serde(serialize_with = "perhaps")]
    last_used_at: Option<Rfc3339>,
    #[serde(serialize_with = "perhaps")]
    last_refused_at: Option<Rfc3339>,
    #[serde(serialize_with = "perhaps")]
    expires_at: Option<Rfc3339>,
}

fn group_names<S: Serializer>(all: &&[GroupName], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(GroupName::as_str))
}

fn permission_words<S: Serializer>(all: &&[Permission], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(Permission::as_str))
}

fn always<S: Serializer>(at: &Rfc3339, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(at.as_str())
}

fn perhaps<S: Serializer>(at: &Option<Rfc3339>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => always(at, to),
        None => to.serialize_none(),
    }
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
            owner: key.owner.map(UserName::as_str),
            application: key.application,
            created_at: key.created_at.into(),
            created_by: key.created_by,
            last_used_at: key.last_used_at.map(Rfc3339::from),
            last_refused_at: key.last_refused_at.map(Rfc3339::from),
            expires_at: key.expires_at.map(Rfc3339::from),
        }
    }
}

/// As csv a list is joined by a space, and null is nothing.
impl Record for KeyJson<'_> {
    fn add_to(&self, cells: &mut Cells<'_>) -> csv::Result<()> {
        let instant = |at: &Option<Rfc3339>, cells: &mut Cells<'_>| {
            cells.add(at.as_ref().map_or("", Rfc3339::as_str))
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
            KeyField::CreatedAt => cells.add(self.created_at.as_str()),
            KeyField::CreatedBy => cells.add(self.created_by),
            KeyField::LastUsedAt => instant(&self.last_used_at, cells),
            KeyField::LastRefusedAt => instant(&self.last_refused_at, cells),
            KeyField::ExpiresAt => instant(&self.expires_at, cells),
        })
    }
}
