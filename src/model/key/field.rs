//! The fields of a key: the one description of each.

use std::sync::LazyLock;

use super::Key;
use crate::model::{AppName, Described, Field, FieldValue as Value, Fit, Shown, Sort, UserName};

/// A field of a key. Comments describe the order of a listing by it, if that isn't obvious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyField {
    Id,
    /// Ignoring case.
    #[default]
    Name,
    Description,
    Key,
    /// By its word.
    Status,
    Groups,
    Permissions,
    Owner,
    Application,
    CreatedAt,
    CreatedBy,
    /// Keys without a recorded use come first.
    LastUsedAt,
    /// By name, since all keys have the same value.
    LastUseKnownSince,
    /// Keys without a recorded refusal come first.
    LastRefusedAt,
    /// Keys that never expire come last.
    ExpiresAt,
    /// By all its names and values.
    Meta,
    /// Keys that were never rotated come last.
    RotatedAt,
    /// By the end of that secret.
    Previous,
    /// Keys that don't become active by themselves come last.
    ReactivatesAt,
}

impl KeyField {
    /// Every field, in the order of the json object.
    pub const ALL: [Self; 19] = [
        Self::Id,
        Self::Name,
        Self::Description,
        Self::Key,
        Self::Status,
        Self::Groups,
        Self::Permissions,
        Self::Owner,
        Self::Application,
        Self::CreatedAt,
        Self::CreatedBy,
        Self::LastUsedAt,
        Self::LastUseKnownSince,
        Self::LastRefusedAt,
        Self::ExpiresAt,
        Self::Meta,
        Self::RotatedAt,
        Self::Previous,
        Self::ReactivatesAt,
    ];

    /// The columns of a table, in order.
    pub const TABLE: [Self; 12] = [
        Self::Name,
        Self::Status,
        Self::Key,
        Self::Groups,
        Self::CreatedAt,
        Self::LastUsedAt,
        Self::CreatedBy,
        Self::ExpiresAt,
        Self::Owner,
        Self::Application,
        Self::Permissions,
        Self::Description,
    ];

    /// The lines of `show`, in order.
    pub const SHOW: [Self; 18] = [
        Self::Name,
        Self::Id,
        Self::Key,
        Self::Status,
        Self::ReactivatesAt,
        Self::Description,
        Self::Owner,
        Self::Application,
        Self::CreatedAt,
        Self::CreatedBy,
        Self::LastUsedAt,
        Self::LastRefusedAt,
        Self::ExpiresAt,
        Self::RotatedAt,
        Self::Previous,
        Self::Groups,
        Self::Permissions,
        Self::Meta,
    ];

    /// Builds the description of the field, for every format and for help.
    fn describe(self) -> Field<Key> {
        let field = Field::<Key>::new;
        match self {
            Self::Id => field("id", "its id, which never changes", "ID", |key, _| {
                Value::text(key.id().as_str())
            }),
            Self::Name => field("name", "its name", "NAME", |key, _| {
                Value::text(key.name.as_str())
            }),
            Self::Description => field("description", "what it is for", "DESCRIPTION", |key, _| {
                Value::text_or_null(key.description.as_deref())
            })
            .shown(Shown::IfUsed)
            .sort(Sort::Text)
            .drops(5),
            Self::Key => field(
                "key",
                "its short form: prefix, id, … and the last four characters of the secret",
                "KEY",
                |key, _| Value::owned(key.short.to_string()),
            )
            .fit(Fit::Kept),
            Self::Status => field(
                "status",
                "the first of pending, inactive, expired, blocked, active that applies; blocked: \
                 its owner is inactive or has expired",
                "STATUS",
                |key, now| key.status(now).into(),
            )
            .fit(Fit::Full),
            Self::Groups => field("groups", "its groups", "GROUPS", |key, _| {
                Value::Groups(&key.groups)
            }),
            Self::Permissions => field(
                "permissions",
                "its own permissions, in addition to those of its groups",
                "PERMISSIONS",
                |key, _| Value::Permissions(&key.permissions),
            )
            .shown(Shown::Wide)
            .sort(Sort::Text)
            .drops(6),
            Self::Owner => field("owner", "the user it belongs to", "OWNER", |key, _| {
                Value::text_or_null(key.owner_name().map(UserName::as_str))
            })
            .shown(Shown::IfUsed)
            .sort(Sort::Text)
            .drops(4),
            Self::Application => field(
                "application",
                "the application it is for",
                "APPLICATION",
                |key, _| Value::text_or_null(key.application.as_ref().map(AppName::as_str)),
            )
            .shown(Shown::IfUsed)
            .sort(Sort::Text)
            .drops(3),
            Self::CreatedAt => field("created_at", "when it was created", "CREATED", |key, _| {
                Value::Time(Some(key.created_at))
            })
            .fit(Fit::Full)
            .drops(2),
            Self::CreatedBy => field(
                "created_by",
                "the operator who created it",
                "CREATED BY",
                |key, _| Value::text(&key.created_by),
            )
            .drops(1),
            Self::LastUsedAt => field(
                "last_used_at",
                "when verify last accepted it; null means never if it was created at \
                 last_use_known_since or later, otherwise unknown",
                "LAST USED",
                |key, _| Value::Use(key.last_use()),
            )
            .fit(Fit::Full),
            Self::LastUseKnownSince => field(
                "last_use_known_since",
                "since when uses have been recorded; null if unknown",
                "LAST USE KNOWN SINCE",
                |key, _| Value::Time(key.last_use_known_since),
            ),
            Self::LastRefusedAt => field(
                "last_refused_at",
                "when verify last refused it",
                "LAST REFUSED",
                |key, _| Value::Use(key.last_refusal()),
            ),
            Self::ExpiresAt => field("expires_at", "when it expires", "EXPIRES", |key, _| {
                Value::Expiry(key.expires_at)
            })
            .shown(Shown::IfUsed)
            .fit(Fit::Full)
            .drops(7),
            Self::Meta => field(
                "meta",
                "its metadata: an object of names and values",
                "META",
                |key, _| Value::Meta(&key.meta),
            )
            .sort(Sort::Text),
            Self::RotatedAt => field(
                "rotated_at",
                "when its current secret replaced another one",
                "ROTATED",
                |key, _| Value::Time(key.rotated_at),
            ),
            Self::Previous => field(
                "previous",
                "the secret before the current one, or a cancelled one: its key (short form), \
                 state (previous or ended), valid_until, last_used_at, last_refused_at, and \
                 drained (null where unknown and after its end)",
                "PREVIOUS",
                |key, now| Value::Previous(key.previous.as_ref().map(|previous| (previous, now))),
            ),
            Self::ReactivatesAt => field(
                "reactivates_at",
                "when a temporarily inactive key becomes active again; null once that has passed",
                "REACTIVATES",
                |key, now| Value::Time(key.reactivation(now)),
            ),
        }
    }

    /// Returns the description of the field.
    pub fn field(self) -> &'static Field<Key> {
        &Key::fields()[self as usize]
    }

    /// Returns the field's name in json.
    pub fn as_str(self) -> &'static str {
        self.field().name
    }
}

impl Described for Key {
    fn fields() -> &'static [Field<Self>] {
        static FIELDS: LazyLock<[Field<Key>; KeyField::ALL.len()]> =
            LazyLock::new(|| KeyField::ALL.map(KeyField::describe));
        &*FIELDS
    }
}
