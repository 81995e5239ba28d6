//! Objects as json has them. Fields are only ever added.

use serde::Serialize;
use zeroize::Zeroizing;

use super::instant;
use crate::error::Kind;
use crate::model::{AppName, Group, GroupName, Key, KeyField, Permission, Timestamp};
use crate::secret::Secret;

/// A key. The fields are those of [`KeyField`], in its order.
#[derive(Serialize)]
pub(crate) struct KeyJson<'a> {
    id: &'a str,
    name: &'a str,
    description: Option<&'a str>,
    key: String,
    status: &'static str,
    groups: Vec<&'a str>,
    permissions: Vec<&'a str>,
    owner: Option<&'a str>,
    application: Option<&'a str>,
    created_at: String,
    created_by: &'a str,
    last_used_at: Option<String>,
    last_refused_at: Option<String>,
    expires_at: Option<String>,
}

impl<'a> KeyJson<'a> {
    /// The key as it is at `now`.
    pub(crate) fn new(key: &'a Key, now: Timestamp) -> Self {
        Self {
            id: key.id().as_str(),
            name: key.name.as_str(),
            description: key.description.as_deref(),
            key: key.short.to_string(),
            status: key.status(now).as_str(),
            groups: key.groups.iter().map(GroupName::as_str).collect(),
            permissions: key.permissions.iter().map(Permission::as_str).collect(),
            owner: key.owner.as_deref(),
            application: key.application.as_ref().map(AppName::as_str),
            created_at: key.created_at.to_string(),
            created_by: &key.created_by,
            last_used_at: instant(key.last_used_at),
            last_refused_at: instant(key.last_refused_at),
            expires_at: instant(key.expires_at),
        }
    }

    /// The field as a csv cell: a list joined by a space, nothing for null.
    pub(super) fn cell(&self, field: KeyField) -> String {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        match field {
            KeyField::Id => text(Some(self.id)),
            KeyField::Name => text(Some(self.name)),
            KeyField::Description => text(self.description),
            KeyField::Key => self.key.clone(),
            KeyField::Status => text(Some(self.status)),
            KeyField::Groups => self.groups.join(" "),
            KeyField::Permissions => self.permissions.join(" "),
            KeyField::Owner => text(self.owner),
            KeyField::Application => text(self.application),
            KeyField::CreatedAt => self.created_at.clone(),
            KeyField::CreatedBy => text(Some(self.created_by)),
            KeyField::LastUsedAt => text(self.last_used_at.as_deref()),
            KeyField::LastRefusedAt => text(self.last_refused_at.as_deref()),
            KeyField::ExpiresAt => text(self.expires_at.as_deref()),
        }
    }
}

/// A key and what it may do.
#[derive(Serialize)]
pub(super) struct ShownKeyJson<'a> {
    #[serde(flatten)]
    pub(super) key: KeyJson<'a>,
    pub(super) effective_groups: Vec<&'a str>,
    pub(super) effective_permissions: Vec<&'a str>,
}

/// A group.
#[derive(Serialize)]
pub(crate) struct GroupJson<'a> {
    name: &'a str,
    description: Option<&'a str>,
    permissions: Vec<&'a str>,
    keys: u64,
    users: u64,
    created_at: String,
    created_by: &'a str,
}

impl<'a> GroupJson<'a> {
    /// The group.
    pub(crate) fn new(group: &'a Group) -> Self {
        Self {
            name: group.name.as_str(),
            description: group.description.as_deref(),
            permissions: group.permissions.iter().map(Permission::as_str).collect(),
            keys: group.keys,
            users: group.users,
            created_at: group.created_at.to_string(),
            created_by: &group.created_by,
        }
    }
}

/// What `init` made.
#[derive(Serialize)]
pub(crate) struct DatabaseJson {
    /// Where it is.
    pub(crate) database: String,
    /// What its secrets begin with.
    pub(crate) prefix: String,
    /// What the hash of a new key costs.
    pub(crate) argon2: String,
}

/// What `create` prints where the secret went to a file.
#[derive(Serialize)]
pub(crate) struct ExportedJson<'a> {
    /// Always true.
    pub(crate) created: bool,
    /// The key.
    pub(crate) key: KeyJson<'a>,
    /// Where its secret is.
    pub(crate) exported_to: String,
}

/// What `create` prints where the secret goes to stdout, wiped when dropped.
pub(crate) fn created_json(key: &Key, now: Timestamp, secret: &Secret) -> Zeroizing<Vec<u8>> {
    let key = to_json(&KeyJson::new(key, now));
    let secret = secret.expose();
    // A secret has no character that json escapes. Room for all of it at once:
    // a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(key.len() + secret.len() + 64));
    for part in [
        "{\"created\":true,\"key\":",
        &key,
        ",\"secret\":\"",
        secret,
        "\"}\n",
    ] {
        line.extend_from_slice(part.as_bytes());
    }
    line
}

/// An error as scripts read it.
pub(super) fn error_json(kind: Kind, message: &str, hint: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        error: Fact<'a>,
    }
    #[derive(Serialize)]
    struct Fact<'a> {
        code: &'static str,
        message: &'a str,
        hint: Option<&'a str>,
    }
    let code = kind.code();
    to_json(&Whole {
        error: Fact {
            code,
            message,
            hint,
        },
    })
}

/// `data` as json on one line.
pub(super) fn to_json(data: &impl Serialize) -> String {
    // None of the objects here can fail: their keys are strings.
    serde_json::to_string(data).unwrap_or_default()
}
