//! A key: the record. It never holds the secret, nor its hash.

use std::sync::LazyLock;

use super::{
    AppName, Described, Field, FieldValue as Value, Fit, GroupName, KeyId, KeyName, LastUse, Meta,
    OverlapUses, Owner, Permission, PreviousSecret, SecretState, ShortForm, Shown, Sort, State,
    Status, Timestamp, UseRecord, UserName,
};

/// A key.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its short form, which includes its id.
    pub short: ShortForm,
    /// Its name.
    pub name: KeyName,
    /// Its description.
    pub description: Option<String>,
    /// Its state in the database.
    pub state: State,
    /// Its groups, sorted.
    pub groups: Vec<GroupName>,
    /// Its own permissions, in addition to those of its groups; sorted.
    pub permissions: Vec<Permission>,
    /// The user it belongs to.
    pub owner: Option<Owner>,
    /// The application it is for.
    pub application: Option<AppName>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The operator who created it.
    pub created_by: String,
    /// When `verify` last accepted it.
    pub last_used_at: Option<Timestamp>,
    /// Since when uses have been recorded; `None` if unknown.
    pub last_use_known_since: Option<Timestamp>,
    /// When `verify` last refused it in spite of the right secret.
    pub last_refused_at: Option<Timestamp>,
    /// When it expires: from then on `verify` refuses it.
    pub expires_at: Option<Timestamp>,
    /// When it was last deactivated, even if it is active again.
    pub deactivated_at: Option<Timestamp>,
    /// When its deactivation ends by itself; none if it doesn't.
    pub reactivates_at: Option<Timestamp>,
    /// Its metadata.
    pub meta: Meta,
    /// When its current secret replaced another one.
    pub rotated_at: Option<Timestamp>,
    /// The secret before the current one, or a cancelled one.
    pub previous: Option<PreviousSecret>,
    /// When `verify` last refused one of its secrets that had ended.
    pub ended_refused_at: Option<Timestamp>,
}

impl Key {
    /// Returns the key's id.
    pub fn id(&self) -> &KeyId {
        &self.short.id
    }

    /// Returns whether the key is pending: its `create` is still running or was killed.
    pub fn is_pending(&self) -> bool {
        self.state == State::Pending
    }

    /// Returns the key's state at `now`: a deactivation may have ended by itself.
    pub fn state_at(&self, now: Timestamp) -> State {
        match (self.state, self.reactivates_at) {
            (State::Inactive, Some(end)) if end <= now => State::Active,
            (state, _) => state,
        }
    }

    /// Returns when the key becomes active again by itself, if it is inactive at `now`.
    pub fn reactivation(&self, now: Timestamp) -> Option<Timestamp> {
        self.reactivates_at
            .filter(|_| self.state_at(now) == State::Inactive)
    }

    /// Returns whether the key has expired. A key that expires at `now` has.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= now)
    }

    /// Returns the key's status at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(
            self.state_at(now),
            self.expires_at,
            self.owner.as_ref(),
            now,
        )
    }

    /// Returns when the key was last used.
    pub fn last_use(&self) -> LastUse {
        self.use_record().last_use()
    }

    /// Returns when the key was last refused.
    pub fn last_refusal(&self) -> LastUse {
        let record = UseRecord {
            last: self.last_refused_at,
            ..self.use_record()
        };
        record.last_use()
    }

    /// Returns what is on record about the use of the key.
    pub fn use_record(&self) -> UseRecord {
        UseRecord {
            last: self.last_used_at,
            known_since: self.last_use_known_since,
            created_at: self.created_at,
        }
    }

    /// Returns the end of the overlap, if one is under way at `now`.
    pub fn overlap_end(&self, now: Timestamp) -> Option<Timestamp> {
        let previous = &self.previous.as_ref()?.secret;
        previous
            .valid_until
            .filter(|_| previous.state_at(now) == SecretState::Previous)
    }

    /// Returns whether its previous secret is no longer used; none where that can't be known,
    /// and without an overlap.
    pub fn is_drained(&self, now: Timestamp) -> Option<bool> {
        self.previous.as_ref()?.is_drained(now)
    }

    /// Returns whether its current secret was surely not used since it replaced the previous one.
    pub fn is_unused_since_rotation(&self) -> bool {
        let uses = self.previous.as_ref().and_then(|previous| previous.uses);
        uses.is_some_and(OverlapUses::is_current_unused)
    }

    /// Returns the name of the key's owner.
    pub fn owner_name(&self) -> Option<&UserName> {
        self.owner.as_ref().map(|owner| &owner.name)
    }
}

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

#[cfg(test)]
pub(super) mod tests;
