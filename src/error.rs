//! One error: what is the case, what to do about it, and the exit code that
//! scripts read.

use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

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

/// What went wrong, as scripts tell it apart.
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
    /// It can't be told whether the change was made.
    OutcomeUnknown,
    /// Another process holds the database.
    Locked,
    /// There is no memory for a hash.
    OutOfMemory,
    /// The clock is wrong.
    Clock,
    /// A question was answered with Ctrl-C. It stays the last: a test tells by it
    /// whether [`Kind::ALL`] is whole.
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

    /// The word in `error.code` of json.
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

    /// The exit code.
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

/// An error: the fact, then what to do. Lower case, no final period.
#[derive(Debug, Clone)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What may fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with its fact.
    // Kept out of the hundreds of places that make one.
    #[cold]
    #[inline(never)]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// The same error with what to do about it.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds `consequence` to the fact.
    #[must_use]
    pub(crate) fn consequence(mut self, consequence: &str) -> Self {
        self.message = format!("{}; {consequence}", self.message);
        self
    }

    /// Attaches the error from which this one follows. Its text is not printed with the fact.
    #[must_use]
    #[cold]
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// The same error, naming `to` where it names `from`, which is a temporary name.
    #[must_use]
    pub(crate) fn renaming(self, from: &Path, to: &Path) -> Self {
        let (from, to) = (from.display().to_string(), to.display().to_string());
        self.rewording(|text| text.replace(&from, &to))
    }

    /// The same error, with what `reword` makes of its fact and its hint.
    #[must_use]
    pub(crate) fn rewording(mut self, reword: impl Fn(String) -> String) -> Self {
        self.message = reword(self.message);
        self.hint = self.hint.map(reword);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The fact.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_kinds_is_whole() {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at, "{kind:?}");
        }
        assert_eq!(Kind::ALL.len(), Kind::Interrupted as usize + 1);
    }

    #[test]
    fn an_error_keeps_its_source_through_every_rewording() {
        let error = Error::new(Kind::Io, "/tmp/x can't be written")
            .caused_by("the disk is full")
            .hint("free some space")
            .renaming(Path::new("/tmp/x"), Path::new("/y"));
        assert_eq!(error.to_string(), "/y can't be written");
        let source = error.clone().source().unwrap().to_string();
        assert_eq!(source, "the disk is full");
        assert!(Error::new(Kind::Io, "a").source().is_none());
    }

    #[test]
    fn every_kind_has_a_word_of_its_own_and_an_exit_code_that_is_told() {
        for kind in Kind::ALL {
            let same = Kind::ALL.iter().filter(|one| one.code() == kind.code());
            assert_eq!(same.count(), 1, "{kind:?}");
            let told = EXIT_CODES.iter().any(|(code, _)| *code == kind.exit());
            assert!(told, "{kind:?}");
        }
    }
}
