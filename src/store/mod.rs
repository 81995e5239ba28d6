//! The database: the only SQL of the program.
//!
//! Each noun has a file or a directory: `keys`, `secrets`, `users`, `groups`, `log`,
//! `listing`. A method is one transaction: it checks the operator's rights and the rule,
//! runs the SQL and appends the log entry. The statements are written once, for SQLite and
//! PostgreSQL. `db` is the face behind which the engine is: a second engine is one more
//! variant of its `Engine`, and a directory next to `sqlite/`, which holds what exists
//! because the database is a file.
//!
//! A verifier need not be able to create keys: a command that only reads opens keys.db
//! read-only, and a verifier writes only to the usage file, whose content is not trusted.
//! SQLite's journal is a rollback journal, since a user who may not write the directory of
//! a WAL database can't read it. A reader's lock stops a writer's commit, so no lock is
//! held while output is written: each read takes all that it needs and releases the lock.

mod actor;
mod clock;
mod complaint;
mod completion;
mod db;
mod errors;
mod examine;
mod groups;
mod keys;
mod listing;
mod log;
mod open;
mod pending;
mod prompt_options;
mod rights;
mod secrets;
mod sqlite;
mod users;
mod uses;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::model::{
    Cost, Key, KeyId, LogAction, LogHead, Prefix, RequiredRight, Rights, Timestamp,
};
use crate::process::BlockedSignals;

pub(crate) use actor::{Actor, as_owner, caller};
use errors::as_user;
pub(crate) use errors::name_the_holder;
pub(crate) use groups::{check_unused, too_many_groups};
pub(crate) use keys::ForVerify;
pub(crate) use keys::edit::Changed;
pub(crate) use open::check_default;
pub(crate) use pending::Pending;
pub(crate) use prompt_options::{GroupChoice, PromptOptions};
pub(crate) use secrets::NewKey;
pub(crate) use sqlite::hash_slots::{HashSlot, HashSlots};
pub(crate) use sqlite::reading::Reading;
pub(crate) use sqlite::restore::Restoration;
pub(crate) use sqlite::shared_secret::SharedSecrets;
pub(crate) use sqlite::sharing::Verifiers;
pub(crate) use sqlite::usage::{Use, Used};
pub(crate) use users::edit::{NewUser, check_is_ahead, check_owns_nothing};

use db::{Db, Lock, Transaction};
use keys::View;
use sqlite::open as connection;
use sqlite::usage::UsageFile;

/// What a command does with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It reads.
    Read,
    /// It changes something.
    Write,
    /// It looks, and touches nothing: it waits for no lock, undoes no change that
    /// was cut off, migrates nothing and makes no file.
    Peek,
}

/// What every key of a database has in common.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// What its secrets begin with.
    pub(crate) prefix: Prefix,
    /// What the hash of a new key costs.
    pub(crate) cost: Cost,
}

/// An open database.
pub(crate) struct Store {
    db: Db,
    path: PathBuf,
    settings: Settings,
    actor: Actor,
    /// The operator's, as they were when the database was opened.
    rights: Rights,
    /// The dates of last use, where they can be read.
    usage: Option<UsageFile>,
}

impl Store {
    /// The time for which the store answers: when the last lock was waited for.
    pub(crate) fn now(&self) -> Timestamp {
        self.actor.now
    }

    /// What every key has in common.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Runs `change` in one transaction, all or nothing, if the operator has the right.
    ///
    /// # Errors
    /// The errors of `change`, after which nothing is changed; and
    /// [`Kind::OutcomeUnknown`] where even the commit can't be relied on.
    fn write<T>(&mut self, change: impl FnOnce(&Write<'_>) -> Result<T>) -> Result<T> {
        self.transact(Lock::Write, change)
    }

    /// As [`write`](Self::write), with readers kept out from the beginning: what is
    /// changed beside the database must not wait for the commit to be refused.
    fn write_alone<T>(&mut self, change: impl FnOnce(&Write<'_>) -> Result<T>) -> Result<T> {
        self.transact(Lock::Alone, change)
    }

    /// As [`write`](Self::write), without checking the right again: to finish or undo what
    /// was begun with it.
    fn complete<T>(&mut self, change: impl FnOnce(&Write<'_>) -> Result<T>) -> Result<T> {
        self.actor.need = RequiredRight::Nothing;
        self.write(change)
    }

    /// As [`complete`](Self::complete), with readers kept out from the beginning.
    fn complete_alone<T>(&mut self, change: impl FnOnce(&Write<'_>) -> Result<T>) -> Result<T> {
        self.actor.need = RequiredRight::Nothing;
        self.write_alone(change)
    }

    fn transact<T>(
        &mut self,
        lock: Lock,
        change: impl FnOnce(&Write<'_>) -> Result<T>,
    ) -> Result<T> {
        let write = self.begin(lock)?;
        let done = change(&write)?;
        write.commit().map(|()| done)
    }

    /// Begins a transaction, waiting for the lock, and looks up the operator's rights.
    ///
    /// Compiled once, and not into each of the callers of [`transact`](Self::transact).
    #[inline(never)]
    fn begin(&mut self, lock: Lock) -> Result<Write<'_>> {
        let db = self.db.begin(lock)?;
        // Not before: the lock may be waited for.
        let blocked_signals = BlockedSignals::that_end();
        self.actor.now = (self.actor.clock)();
        Ok(Write {
            rights: rights::ask(&db, &self.path, &self.actor)?,
            db,
            path: &self.path,
            settings: &self.settings,
            usage: self.usage.as_ref(),
            actor: &self.actor,
            last_entry: Cell::new(None),
            _blocked_signals: blocked_signals,
        })
    }
}

/// Returns what a failed COMMIT means. A lock that another process holds leaves everything as
/// it was. After any other error the change may still be there when the database is opened
/// again: its entry in the log says so. Whether such a change will last is unknown.
fn after_failed_commit(path: &Path, error: Error, entry: Option<LogHead>) -> Error {
    let is_there = || match entry {
        Some(entry) => log::holds(&connection::reconnect(path)?, entry),
        None => Ok(false),
    };
    if error.kind() == Kind::Locked || matches!(is_there(), Ok(false)) {
        return error;
    }
    let fact = format!("it is unknown whether the change was made: {error}");
    Error::new(Kind::OutcomeUnknown, fact)
        .caused_by(error)
        .hint("look with the matching `show` or `list` before trying again")
}

/// A transaction under way.
struct Write<'a> {
    db: Transaction<'a>,
    path: &'a Path,
    settings: &'a Settings,
    usage: Option<&'a UsageFile>,
    actor: &'a Actor,
    rights: Rights,
    /// The last entry appended to the log.
    last_entry: Cell<Option<LogHead>>,
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
        committed.map_err(|error| after_failed_commit(self.path, error, entry))
    }

    fn now(&self) -> Timestamp {
        self.actor.now
    }

    /// Appends an entry on anything but a key.
    fn log(&self, action: LogAction, details: Value) -> Result<()> {
        self.append(action, None, details)
    }

    /// Appends an entry on a key, with the name that the key has in `key`.
    fn log_key(&self, action: LogAction, key: &Key, mut details: Value) -> Result<()> {
        if let Some(details) = details.as_object_mut() {
            details.insert("name".to_owned(), key.name.as_str().into());
        }
        self.append(action, Some(key.id()), details)
    }

    fn append(&self, action: LogAction, key: Option<&KeyId>, details: Value) -> Result<()> {
        let entry = log::Entry {
            action,
            key,
            details,
        };
        let appended = log::append(&self.db, self.actor.now, &self.actor.operator, &entry)?;
        self.last_entry.set(Some(appended));
        Ok(())
    }
}

/// Names or permissions as the log has them.
fn words<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
