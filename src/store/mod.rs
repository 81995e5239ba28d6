//! The database: the only SQL of the program.
//!
//! Each noun has a file or a directory: `keys`, `edits` of many keys, `secrets`, `rotation`,
//! `imports`, `leaks`, `users`, `groups`, `policy`, `log`, `listing`, `review`, `uses`. A method is
//! one transaction: it checks the operator's rights and the rules of the policy, runs the SQL and
//! appends the log entry. The statements are written once, for SQLite and PostgreSQL. `db` hides
//! the engine. `sqlite/` holds what exists because the database is a file, `postgres/` what exists
//! because it is on a server.
//!
//! A verifier needs no permission to create keys: on a server it has a role that reads, and may
//! change the dates of last use in a table. In a file, a command that only reads opens keys.db
//! read-only, and a verifier writes only to the usage file, whose content is not trusted.
//! SQLite's journal is a rollback journal, since a user who may not write the directory of
//! a WAL database can't read it. A reader's lock stops a writer's commit, so no lock is
//! held while output is written: each read takes all that it needs and releases the lock.

mod actor;
mod clock;
mod complaint;
mod completion;
mod db;
mod edits;
mod errors;
mod examine;
mod groups;
mod imports;
mod keys;
mod leaks;
mod listing;
mod log;
mod open;
mod pending;
mod policy;
#[cfg(feature = "postgres")]
mod postgres;
mod prompt_options;
mod review;
mod rights;
mod rotation;
mod secrets;
mod sqlite;
mod users;
mod uses;

use std::cell::Cell;
use std::path::Path;

use crate::config::Place;
use crate::error::{Error, Kind, Result};
use crate::model::{Cost, LogHead, Prefix, RequiredRight, Rights, Timestamp};
use crate::process::BlockedSignals;

pub(crate) use actor::{Actor, Purpose, as_owner, caller};
pub(crate) use db::clock::Clock;
pub(crate) use edits::{EditRequest, Edited, KeyNames};
pub(crate) use errors::name_lock_holder;
use errors::{as_user, not_a_file};
pub(crate) use groups::too_many_groups;
pub(crate) use imports::{Import, Imported, ImportedKey, Imports};
pub(crate) use keys::edit::Changed;
pub(crate) use keys::lookup::StoredSecret;
pub(crate) use leaks::{Ended, LeakedSecret, Trace};
#[cfg(feature = "postgres")]
pub(crate) use open::may_use_variables;
pub(crate) use open::{Shared, check_default};
pub(crate) use pending::Pending;
pub(crate) use prompt_options::{GroupChoice, PromptOptions};
pub(crate) use rotation::Rotation;
pub(crate) use secrets::NewKey;
pub(crate) use sqlite::directory::check_private_directory;
pub(crate) use sqlite::hash_slots::{HashSlot, HashSlots};
pub(crate) use sqlite::reading::Reading;
pub(crate) use sqlite::restore::Restoration;
pub(crate) use sqlite::shared_secret::SharedSecrets;
pub(crate) use sqlite::sharing::Verifiers;
pub(crate) use sqlite::usage::{NewUse, Use};
pub(crate) use users::edit::{NewUser, check_in_future, check_owns_nothing};
pub(crate) use uses::Recorder;

use db::{Db, Lock, Transaction};
use keys::View;
use policy::Enforcement;
use sqlite::open as connection;
use uses::Record;

/// How a command uses the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It reads.
    Read,
    /// It verifies: it reads, on a server also a schema that is one version older.
    Verify,
    /// It changes something.
    Write,
    /// It reads without side effects: it waits for no lock, rolls back no interrupted
    /// change, migrates nothing and creates no file.
    Peek,
}

/// The settings of a database, which hold for every key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The prefix of its secrets.
    pub(crate) prefix: Prefix,
    /// The cost of new hashes.
    pub(crate) cost: Cost,
}

/// An open database.
pub(crate) struct Store {
    db: Db,
    place: Place,
    settings: Settings,
    actor: Actor,
    /// The operator's rights when the database was opened.
    rights: Rights,
    /// The place in which uses of secrets are recorded.
    record: Record,
}

impl Store {
    /// Returns the time for which the store answers: the end of the last wait for a lock.
    pub(crate) fn now(&self) -> Timestamp {
        self.actor.now
    }

    /// Returns the clock of the database, as it was last read.
    pub(crate) fn clock(&self) -> Clock {
        self.actor.clock.of(&self.db)
    }

    /// Returns the path of the database's file.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] when the database is on a server.
    fn file(&self) -> Result<&Path> {
        self.place.file().ok_or_else(not_a_file)
    }

    /// Returns the settings of the database.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Runs `change` in one transaction, all or nothing, if the operator has the right. After a
    /// conflict with another transaction on a server, runs it again: it must have no effect outside
    /// the transaction.
    ///
    /// # Errors
    /// The errors of `change`, after which nothing is changed; and
    /// [`Kind::OutcomeUnknown`] if the result of the commit is unknown.
    fn write<T>(&mut self, change: impl FnMut(&Write<'_>) -> Result<T>) -> Result<T> {
        self.transact(Lock::Write, change)
    }

    /// As [`write`](Self::write), but locks readers out from the beginning: a change of
    /// another file must not be followed by a commit that fails because of a reader.
    fn write_alone<T>(&mut self, change: impl FnMut(&Write<'_>) -> Result<T>) -> Result<T> {
        self.transact(Lock::Alone, change)
    }

    /// As [`write`](Self::write), but doesn't check the right again, to finish or undo a
    /// change that was begun with it.
    fn complete<T>(&mut self, change: impl FnMut(&Write<'_>) -> Result<T>) -> Result<T> {
        self.actor.required = RequiredRight::Nothing;
        self.write(change)
    }

    fn transact<T>(
        &mut self,
        lock: Lock,
        mut change: impl FnMut(&Write<'_>) -> Result<T>,
    ) -> Result<T> {
        self.retry(|store| {
            let done = store.attempt(lock, &mut change);
            done.map_err(|error| (error, true))
        })
    }

    /// Calls `change` again if it failed because of another transaction and says that it may be
    /// called again.
    fn retry<T>(
        &mut self,
        mut change: impl FnMut(&mut Self) -> std::result::Result<T, (Error, bool)>,
    ) -> Result<T> {
        let mut attempts = 1..ATTEMPTS;
        loop {
            match change(self) {
                Err((error, true)) if is_conflict(&error) && attempts.next().is_some() => {}
                done => return done.map_err(|(error, _)| error),
            }
        }
    }

    fn attempt<T>(
        &mut self,
        lock: Lock,
        change: &mut impl FnMut(&Write<'_>) -> Result<T>,
    ) -> Result<T> {
        let write = self.begin(lock)?;
        let done = change(&write)?;
        write.commit().map(|()| done)
    }

    /// Begins a transaction, waiting for the lock, and reads the operator's rights. Connects again
    /// if the connection to a server was lost.
    ///
    /// Compiled once, not into each caller of [`transact`](Self::transact).
    #[inline(never)]
    fn begin(&mut self, lock: Lock) -> Result<Write<'_>> {
        let blocked_stops = self.db.start_connected(&self.place, lock)?;
        let db = self.db.started(blocked_stops);
        // Signals may still end the wait for the lock.
        let blocked_signals = BlockedSignals::that_end();
        self.actor.clock = self.actor.clock.of(&db);
        self.actor.now = self.actor.clock.now();
        Ok(Write {
            rights: rights::authorize(&db, &self.place, &self.actor)?,
            db,
            store: self,
            last_entry: Cell::new(None),
            enforcement: Enforcement::default(),
            _blocked_signals: blocked_signals,
        })
    }
}

/// The number of times that a change is tried if it conflicts with another transaction.
const ATTEMPTS: usize = 5;

/// Returns whether the server gave up a change because of another transaction.
#[cfg(feature = "postgres")]
fn is_conflict(error: &Error) -> bool {
    postgres::errors::is_retryable(error)
}

/// Returns false: a file has one writer.
#[cfg(not(feature = "postgres"))]
fn is_conflict(_: &Error) -> bool {
    false
}

/// Returns the result of a change whose COMMIT failed. If another process holds the lock, nothing
/// was changed. After any other error the log shows whether the change is there. If it is not, the
/// error stands. If it is, a server has kept it, which is success; in a file, it is unknown whether
/// it will last. It is also unknown if the log can't be read.
fn after_failed_commit(place: &Place, error: Error, entry: Option<LogHead>) -> Result<()> {
    if matches!(error.kind(), Kind::Locked | Kind::OutcomeUnknown) {
        return Err(error);
    }
    let is_in_log = || match (place, entry) {
        (Place::File(path), Some(entry)) => log::holds(&connection::reconnect(path)?, entry),
        #[cfg(feature = "postgres")]
        (Place::Server(server), Some(entry)) => postgres::is_committed(server, entry),
        _ => Ok(false),
    };
    match (is_in_log(), place) {
        (Ok(false), _) => return Err(error),
        // A server keeps what it has committed; a disk may still lose a change to a file.
        #[cfg(feature = "postgres")]
        (Ok(true), Place::Server(_)) => return Ok(()),
        _ => {}
    }
    let fact = format!("it is unknown whether the change was made: {error}");
    Err(Error::new(Kind::OutcomeUnknown, fact)
        .caused_by(error)
        .hint("check with `show` or `list` before trying again"))
}

/// A transaction under way.
struct Write<'a> {
    db: Transaction<'a>,
    store: &'a Store,
    rights: Rights,
    /// The last entry appended to the log.
    last_entry: Cell<Option<LogHead>>,
    /// The policy, once it was needed.
    enforcement: Enforcement,
    /// Released after the transaction has ended.
    _blocked_signals: BlockedSignals,
}

impl Write<'_> {
    /// Commits the transaction.
    ///
    /// # Errors
    /// The errors of [`after_failed_commit`].
    #[inline(never)]
    fn commit(self) -> Result<()> {
        let entry = self.last_entry.get();
        let committed = self.db.commit();
        committed.or_else(|error| after_failed_commit(&self.store.place, error, entry))
    }

    fn now(&self) -> Timestamp {
        self.store.actor.now
    }

    fn operator(&self) -> &str {
        self.store.actor.operator.as_str()
    }
}

/// Returns names or permissions as the log records them.
fn strings<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
