//! Kinds of errors, and the exit code that scripts read.

/// Every exit code and what it means. A script treats 0 as yes and everything
/// else as no.
pub const EXIT_CODES: [(u8, &str); 10] = [
    (0, "done; verify: accepted"),
    (
        1,
        "the answer is no: the key is refused, a check found something, a question was answered no",
    ),
    (2, "wrong usage or input; nothing changed"),
    (
        3,
        "conflict with what exists or doesn't: a key, a group, a user, a name",
    ),
    (
        4,
        "not permitted, by the file's permissions or by the operator's rights",
    ),
    (
        5,
        "the database is missing, damaged, not ours, made by a newer version, or its disk failed",
    ),
    (
        6,
        "the secret could not be handed over; the key was not created",
    ),
    (7, "the outcome is unknown; the message says what to check"),
    (
        75,
        "try again later: locked, out of memory, or a wrong clock",
    ),
    (130, "interrupted"),
];

/// The kind of an error, as scripts know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line is not one of `apikey`.
    Usage,
    /// A value is not what it must be.
    InvalidInput,
    /// No such key.
    KeyNotFound,
    /// No such group.
    GroupNotFound,
    /// No such user.
    UserNotFound,
    /// There is none yet.
    NotFound,
    /// The name is taken.
    NameTaken,
    /// What should be made is there already.
    Exists,
    /// What should be deleted is used.
    InUse,
    /// The key's secret was never handed over.
    Pending,
    /// The key's owner is not in a group that the key is to be in.
    OwnerLacksGroup,
    /// The file's permissions or the operator's rights forbid it.
    NotPermitted,
    /// There is no database.
    DatabaseMissing,
    /// The database holds what it can't hold.
    DatabaseDamaged,
    /// The file is not a database of ours.
    DatabaseForeign,
    /// A newer version made the database.
    DatabaseNewer,
    /// A disk or a stream failed.
    Io,
    /// The secret could not be handed over; there is no key.
    NotHandedOver,
    /// It is unknown whether the change was made.
    OutcomeUnknown,
    /// Another process holds the database.
    Locked,
    /// There is no memory for a hash.
    OutOfMemory,
    /// The clock is wrong.
    Clock,
    /// A question was answered with Ctrl-C. It stays the last: a test compares its place with
    /// the length of [`Kind::ALL`].
    Interrupted,
}

impl Kind {
    /// Every kind, in the order in which they are declared.
    pub const ALL: [Self; 23] = [
        Self::Usage,
        Self::InvalidInput,
        Self::KeyNotFound,
        Self::GroupNotFound,
        Self::UserNotFound,
        Self::NotFound,
        Self::NameTaken,
        Self::Exists,
        Self::InUse,
        Self::Pending,
        Self::OwnerLacksGroup,
        Self::NotPermitted,
        Self::DatabaseMissing,
        Self::DatabaseDamaged,
        Self::DatabaseForeign,
        Self::DatabaseNewer,
        Self::Io,
        Self::NotHandedOver,
        Self::OutcomeUnknown,
        Self::Locked,
        Self::OutOfMemory,
        Self::Clock,
        Self::Interrupted,
    ];

    /// Returns the word in `error.code` of json.
    pub fn code(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::InvalidInput => "invalid-input",
            Self::KeyNotFound => "key-not-found",
            Self::GroupNotFound => "group-not-found",
            Self::UserNotFound => "user-not-found",
            Self::NotFound => "not-found",
            Self::NameTaken => "name-taken",
            Self::Exists => "exists",
            Self::InUse => "in-use",
            Self::Pending => "pending",
            Self::OwnerLacksGroup => "owner-lacks-group",
            Self::NotPermitted => "not-permitted",
            Self::DatabaseMissing => "database-missing",
            Self::DatabaseDamaged => "database-damaged",
            Self::DatabaseForeign => "database-foreign",
            Self::DatabaseNewer => "database-newer",
            Self::Io => "io",
            Self::NotHandedOver => "not-handed-over",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Locked => "locked",
            Self::OutOfMemory => "out-of-memory",
            Self::Clock => "clock",
            Self::Interrupted => "interrupted",
        }
    }

    /// Returns the exit code.
    pub fn exit(self) -> u8 {
        match self {
            Self::Usage | Self::InvalidInput => 2,
            Self::KeyNotFound
            | Self::GroupNotFound
            | Self::UserNotFound
            | Self::NotFound
            | Self::NameTaken
            | Self::Exists
            | Self::InUse
            | Self::Pending
            | Self::OwnerLacksGroup => 3,
            Self::NotPermitted => 4,
            Self::DatabaseMissing
            | Self::DatabaseDamaged
            | Self::DatabaseForeign
            | Self::DatabaseNewer
            | Self::Io => 5,
            Self::NotHandedOver => 6,
            Self::OutcomeUnknown => 7,
            // EX_TEMPFAIL of sysexits.h.
            Self::Locked | Self::OutOfMemory | Self::Clock => 75,
            // 128 + SIGINT, as shells have it.
            Self::Interrupted => 130,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_kinds_has_every_kind() {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at, "{kind:?}");
        }
        assert_eq!(Kind::ALL.len(), Kind::Interrupted as usize + 1);
    }

    #[test]
    fn every_kind_has_its_own_code_and_an_exit_code_with_a_meaning() {
        for kind in Kind::ALL {
            let same = Kind::ALL.iter().filter(|other| other.code() == kind.code());
            assert_eq!(same.count(), 1, "{kind:?}");
            let has_meaning = EXIT_CODES.iter().any(|(code, _)| *code == kind.exit());
            assert!(has_meaning, "{kind:?}");
        }
    }
}
