//! Which keys a listing shows, and in what order.

use super::{AppName, GroupName, Span, Status, Text, UserName};

/// What a listing asks for. Different filters are and-ed, a repeated one or-ed.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Keys with one of these statuses; any, if empty.
    pub statuses: Vec<Status>,
    /// Keys in one of these groups; any, if empty.
    pub groups: Vec<GroupName>,
    /// Keys for one of these applications; any, if empty.
    pub applications: Vec<AppName>,
    /// Keys of one of these users; of any and of none, if empty.
    pub owners: Vec<UserName>,
    /// Keys known to be unused for that long, as [`super::UseRecord`] decides it.
    pub unused_for: Option<Span>,
    /// Keys known to be never used.
    pub never_used: bool,
    /// Keys not yet expired that will be within that time.
    pub expires_within: Option<Span>,
    /// Keys whose name or description holds this, case aside.
    pub search: Option<Text>,
    /// By what they are sorted; a tie is broken by name.
    pub sort: KeyField,
    /// Last first.
    pub reverse: bool,
    /// At most so many.
    pub limit: Option<u64>,
}

impl Listing {
    /// All keys, sorted by `sort`.
    pub fn all(sort: KeyField) -> Self {
        Self {
            statuses: Vec::new(),
            groups: Vec::new(),
            applications: Vec::new(),
            owners: Vec::new(),
            unused_for: None,
            never_used: false,
            expires_within: None,
            search: None,
            sort,
            reverse: false,
            limit: None,
        }
    }
}

/// How keys are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// In the order that was asked for.
    InOrder,
    /// As that, without the permissions, which no table has.
    ForTable,
    /// In whatever order costs the least, to measure what each column takes. Of the lists
    /// of groups the longest may stand for all, and there are no permissions.
    Measure,
}

/// The fields of a key in json, which are the headings of csv and what a
/// listing can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyField {
    /// The id.
    Id,
    /// The name, case aside.
    #[default]
    Name,
    /// The description; keys without one last.
    Description,
    /// The short form.
    Key,
    /// The status, by its word.
    Status,
    /// The names of the groups.
    Groups,
    /// The key's own permissions.
    Permissions,
    /// The owner; keys without one last.
    Owner,
    /// The application; keys without one last.
    Application,
    /// When it was made.
    CreatedAt,
    /// Who made it.
    CreatedBy,
    /// When it was last used; keys never used first.
    LastUsedAt,
    /// Since when uses have been recorded, which is the same for all keys.
    LastUseKnownSince,
    /// When it was last refused; keys never refused first.
    LastRefusedAt,
    /// When it expires; keys that never do last.
    ExpiresAt,
}

impl KeyField {
    /// Every field, in the order of the json object.
    pub const ALL: [Self; 15] = [
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
    ];

    /// The field's name in json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Description => "description",
            Self::Key => "key",
            Self::Status => "status",
            Self::Groups => "groups",
            Self::Permissions => "permissions",
            Self::Owner => "owner",
            Self::Application => "application",
            Self::CreatedAt => "created_at",
            Self::CreatedBy => "created_by",
            Self::LastUsedAt => "last_used_at",
            Self::LastUseKnownSince => "last_use_known_since",
            Self::LastRefusedAt => "last_refused_at",
            Self::ExpiresAt => "expires_at",
        }
    }
}
