//! Kinds of errors, with the codes that scripts read.

/// Every exit code and its meaning. A script treats 0 as yes and every other code as no.
pub const EXIT_CODES: [(u8, &str); 10] = [
    (0, "done; verify: accepted"),
    (
        1,
        "the answer is no: refused, findings, a failed check, or a prompt answered no",
    ),
    (2, "wrong usage or input; nothing changed"),
    (
        3,
        "a key, group, user or name is missing, taken, in use or being rotated; the policy forbids it; or too many keys would change",
    ),
    (
        4,
        "not permitted: by the file's permissions, the server or the operator's rights",
    ),
    (
        5,
        "the database is missing, damaged, not from apikey, from a newer or older version; or a disk or stream failed",
    ),
    (
        6,
        "the secret could not be delivered; nothing was created or rotated",
    ),
    (7, "the outcome is unknown; the message says what to check"),
    (
        75,
        "try again later: locked, server unavailable, out of memory, or a wrong clock",
    ),
    (130, "interrupted"),
];

/// The kind of an error, as scripts know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line is wrong, or needs a prompt that is not possible.
    Usage,
    /// A value is invalid.
    InvalidInput,
    /// No such key.
    KeyNotFound,
    /// No such group.
    GroupNotFound,
    /// No such user.
    UserNotFound,
    /// There is no shared secret.
    NotFound,
    /// The name is taken.
    NameTaken,
    /// The file or shared secret to create exists already.
    Exists,
    /// The group or user to delete is in use.
    InUse,
    /// The key's secret was never delivered.
    Pending,
    /// The key's owner, or new owner, is not in a group of the key.
    OwnerLacksGroup,
    /// Another rotation of the key, or another renewal of the file, is under way.
    Rotating,
    /// No rotation of the key is under way, or none can begin because the key has expired.
    NotRotating,
    /// The change would break a rule of the policy, or two rules would contradict each other.
    Policy,
    /// More keys would change than the command permits.
    TooMany,
    /// The file's permissions, the server or the operator's rights forbid it.
    NotPermitted,
    /// There is no database.
    DatabaseMissing,
    /// The database has invalid content.
    DatabaseDamaged,
    /// The file, or the database on a server, is not one of apikey.
    DatabaseForeign,
    /// The database is from a newer version of apikey.
    DatabaseNewer,
    /// The database on a server must be upgraded first.
    DatabaseOlder,
    /// A disk, a stream or another service of the operating system failed.
    Io,
    /// The secret could not be delivered or activated; nothing was created or rotated.
    NotHandedOver,
    /// It is unknown whether the change was made, or its outcome could not be reported.
    OutcomeUnknown,
    /// Another process holds a lock, or an interrupted change must be undone first.
    Locked,
    /// No server of the database can be reached, or none that may answer.
    Unavailable,
    /// There is not enough memory.
    OutOfMemory,
    /// The clock is wrong.
    Clock,
    /// A signal, Ctrl-C, Escape or the end of input ended the command. This is the last variant: a
    /// test compares its number with the length of [`Kind::ALL`].
    Interrupted,
}

impl Kind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 29] = [
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
        Self::Rotating,
        Self::NotRotating,
        Self::Policy,
        Self::TooMany,
        Self::NotPermitted,
        Self::DatabaseMissing,
        Self::DatabaseDamaged,
        Self::DatabaseForeign,
        Self::DatabaseNewer,
        Self::DatabaseOlder,
        Self::Io,
        Self::NotHandedOver,
        Self::OutcomeUnknown,
        Self::Locked,
        Self::Unavailable,
        Self::OutOfMemory,
        Self::Clock,
        Self::Interrupted,
    ];

    /// Returns the word in `error.code` of json.
    pub fn code(self) -> &'static str {
        self.code_and_exit().0
    }

    /// Returns the exit code.
    pub fn exit(self) -> u8 {
        self.code_and_exit().1
    }

    fn code_and_exit(self) -> (&'static str, u8) {
        match self {
            Self::Usage => ("usage", 2),
            Self::InvalidInput => ("invalid-input", 2),
            Self::KeyNotFound => ("key-not-found", 3),
            Self::GroupNotFound => ("group-not-found", 3),
            Self::UserNotFound => ("user-not-found", 3),
            Self::NotFound => ("not-found", 3),
            Self::NameTaken => ("name-taken", 3),
            Self::Exists => ("exists", 3),
            Self::InUse => ("in-use", 3),
            Self::Pending => ("pending", 3),
            Self::OwnerLacksGroup => ("owner-lacks-group", 3),
            Self::Rotating => ("rotating", 3),
            Self::NotRotating => ("not-rotating", 3),
            Self::Policy => ("policy", 3),
            Self::TooMany => ("too-many", 3),
            Self::NotPermitted => ("not-permitted", 4),
            Self::DatabaseMissing => ("database-missing", 5),
            Self::DatabaseDamaged => ("database-damaged", 5),
            Self::DatabaseForeign => ("database-foreign", 5),
            Self::DatabaseNewer => ("database-newer", 5),
            Self::DatabaseOlder => ("database-older", 5),
            Self::Io => ("io", 5),
            Self::NotHandedOver => ("not-handed-over", 6),
            Self::OutcomeUnknown => ("outcome-unknown", 7),
            // EX_TEMPFAIL of sysexits.h.
            Self::Locked => ("locked", 75),
            Self::Unavailable => ("unavailable", 75),
            Self::OutOfMemory => ("out-of-memory", 75),
            Self::Clock => ("clock", 75),
            // 128 + SIGINT, as shells report it.
            Self::Interrupted => ("interrupted", 130),
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
