//! `restore`: turns a checked backup into the database.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::copy::Copy;
use super::create::{NewDirectories, cannot_create_database, cannot_install, check_free};
use super::directory;
use super::draft::nothing_created;
use super::source::Source;
use super::usage::UsageFile;
use crate::config::{Location, Place};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::model::{
    Change, Filter, Key, KeyId, LogAction, State, Status, Timestamp, UserName, UserStatus,
};
use crate::process::{BlockedSignals, Signals};
use crate::store::actor::{Actor, Purpose};
use crate::store::errors::damaged;
#[cfg(feature = "postgres")]
use crate::store::postgres;
use crate::store::uses::Dates;
use crate::store::{Access, Store, errors};

/// The path next to which the draft of a database on a server is created. The environment doesn't
/// choose it: an operator could name a directory in which another file replaces the draft.
#[cfg(feature = "postgres")]
const DRAFT: &str = "/var/tmp/keys.db";

/// A checked backup, copied into the directory of the new database.
pub(crate) struct Restoration {
    copy: Copy,
    uses: std::io::Result<UsageFile>,
    target: Target,
}

/// The place of the new database.
enum Target {
    /// In a file.
    File {
        path: PathBuf,
        /// The directories that were created. Dropping them removes the empty ones.
        _new_directories: NewDirectories,
    },
    /// On a server.
    #[cfg(feature = "postgres")]
    Server(String),
}

impl Restoration {
    /// Copies the backup at `backup`, an absolute path, and checks the copy. The backup is only
    /// read. The database will be at `location`.
    ///
    /// # Errors
    /// [`Kind::Exists`] when there is a database at `location`; [`Kind::NotPermitted`] when the
    /// operator may not manage that database or the database in the backup, or when other users
    /// could tamper with the directory; [`Kind::Interrupted`] when a signal came; the errors of a
    /// backup that is missing, damaged, not ours, newer or in use; and when the copy can't be
    /// created.
    pub(crate) fn prepare(
        backup: &Path,
        location: &Location,
        purpose: Purpose,
        signals: &Signals,
    ) -> Result<Self> {
        let is_confined = location.is_confined();
        let actor = Actor::new(location, purpose);
        limits::check_file_size_limit()?;
        let actor = match location.place() {
            Place::File(path) => check_file(path, &actor).map(|()| actor)?,
            #[cfg(feature = "postgres")]
            Place::Server(server) => postgres::check_restorable(server, actor)?,
        };
        // In this order: after an error, the copy is deleted before its new directory.
        let (target, copy) = {
            // A stopped process would keep the lock on the backup.
            let _blocked_stops = BlockedSignals::that_stop();
            let source = Source::open(backup, is_confined, signals)?;
            let (target, draft) = Target::create(location.place())?;
            let copy = Copy::of_backup(&source, &draft, actor, signals);
            (target, copy.map_err(use_another_backup)?)
        };
        #[cfg(feature = "postgres")]
        if let Target::Server(_) = target {
            copy.remove_name()?;
        }
        copy.check().map_err(|error| {
            let fact = format!("{} is damaged: {error}", backup.display());
            use_another_backup(Error::new(error.kind(), fact))
        })?;
        Ok(Self {
            copy,
            uses: UsageFile::open_reading(backup),
            target,
        })
    }

    /// Returns the time at which the copy of the backup was complete.
    pub(crate) fn now(&self) -> Timestamp {
        self.copy.store.now()
    }

    /// Returns the users who are active at `now`: as operators of the new database, they would have
    /// the rights of their groups.
    pub(crate) fn active_users(&self, now: Timestamp) -> Result<Vec<UserName>> {
        let mut users = self.copy.store.users()?;
        users.retain(|summary| summary.user.status(now) == UserStatus::Active);
        Ok(users.into_iter().map(|summary| summary.user.name).collect())
    }

    /// Returns the error of reading the last uses, if they can't be read.
    pub(crate) fn usage_error(&self) -> Option<&std::io::Error> {
        self.uses.as_ref().err()
    }

    /// Returns the keys that would be active, those that would be active but for an owner who is
    /// inactive or has expired, and those that are inactive for a time.
    pub(crate) fn reactivated_keys(&self) -> Result<Vec<Key>> {
        let wanted = Filter {
            statuses: vec![Status::Active, Status::Blocked, Status::Inactive],
            ..Filter::default()
        };
        let pages = self.copy.store.pages(&wanted.into())?;
        let mut keys = Vec::new();
        for page in pages {
            keys.extend(
                page?
                    .into_iter()
                    .filter(|key| key.state == State::Active || key.reactivates_at.is_some()),
            );
        }
        Ok(keys)
    }

    /// Returns the number of keys that break a rule of the backup's policy.
    pub(crate) fn keys_against_policy(&self) -> Result<u64> {
        self.copy.store.count_against_policy()
    }

    /// Makes the copy the database; with `inactive`, its active keys are deactivated. Returns
    /// the number of keys, and of active keys.
    ///
    /// # Errors
    /// [`Kind::Exists`] when another command has created a database in the meantime,
    /// [`Kind::Interrupted`] when a signal came, and the errors of the disk or the server; nothing
    /// is left behind. [`Kind::OutcomeUnknown`] when the database exists but may not survive a
    /// crash.
    pub(crate) fn finish(mut self, inactive: bool, signals: &Signals) -> Result<(u64, usize)> {
        let store = &mut self.copy.store;
        // The user may have taken long to confirm.
        let now = store.actor.clock.now();
        store.actor.now = now;
        store.withdraw_all_pending().map_err(nothing_created)?;
        store.log_restore(inactive).map_err(nothing_created)?;
        let keys = store.count_keys()?;
        let is_active = |key: &&Key| key.status(now) == Status::Active;
        let active = self.reactivated_keys()?.iter().filter(is_active).count();
        // Uses between the backup and now are not in the record, so it starts now.
        let known_since = self
            .copy
            .store
            .change_after_clock()?
            .is_none()
            .then_some(now);
        let dates = match &self.uses {
            Ok(uses) => Dates::File(uses, now),
            Err(_) => Dates::Unknown,
        };
        match &self.target {
            Target::File { path, .. } => {
                signals.check()?;
                let uses = self.copy.uses(&dates, known_since)?;
                let (store, draft) = self.copy.into_parts();
                draft.install(store, uses, path, |error| cannot_install(path, error))?;
            }
            #[cfg(feature = "postgres")]
            Target::Server(server) => {
                postgres::load(server, &self.copy, &dates, known_since, signals)?;
            }
        }
        Ok((keys, active))
    }
}

impl Target {
    /// Creates the directory of a file. Returns the target, and the path next to which the draft is
    /// created.
    fn create(place: &Place) -> Result<(Self, PathBuf)> {
        match place {
            Place::File(path) => {
                let directory = path.parent().unwrap_or(Path::new("/"));
                let mut new_directories = NewDirectories::default();
                new_directories.create(directory, None, &|error| {
                    cannot_create_database(path, error)
                })?;
                let target = Self::File {
                    path: path.clone(),
                    _new_directories: new_directories,
                };
                Ok((target, path.clone()))
            }
            #[cfg(feature = "postgres")]
            Place::Server(server) => Ok((Self::Server(server.clone()), DRAFT.into())),
        }
    }
}

/// Refuses a path at which no database can be restored.
fn check_file(path: &Path, actor: &Actor) -> Result<()> {
    if path.is_file() {
        // An operator who may not manage the existing database learns that first, and not
        // that the path is taken.
        match Store::open_as(path, Access::Peek, actor.clone()) {
            Err(error) if error.kind() == Kind::NotPermitted => return Err(error),
            _ => {}
        }
    }
    check_free(path)?;
    let db = errors::quoted(&path.display().to_string());
    let command = format!("apikey --db {db} restore BACKUP");
    directory::check_new(path, directory::Target::Database, &command)
}

/// Replaces the hint if `error` says that the backup is damaged or not ours.
fn use_another_backup(error: Error) -> Error {
    match error.kind() {
        Kind::DatabaseDamaged | Kind::DatabaseForeign => Error::new(error.kind(), error.message())
            .hint("nothing was restored; restore another backup"),
        _ => error,
    }
}

impl Store {
    /// Returns the ids of the active and the temporarily inactive keys, in order of creation.
    fn active_ids(&self) -> Result<Vec<KeyId>> {
        let select =
            "SELECT id FROM keys WHERE active = 1 OR reactivates_at IS NOT NULL ORDER BY number";
        self.db.rows(select, &[], |row| {
            let invalid = |_| damaged("the id of a key is invalid");
            row.get::<String>("id")?.parse().map_err(invalid)
        })
    }

    /// Appends to the log that the database was restored, and with `inactive` deactivates its
    /// active keys.
    fn log_restore(&mut self, inactive: bool) -> Result<()> {
        let to_deactivate = if inactive {
            self.active_ids()?
        } else {
            Vec::new()
        };
        self.complete(|write| {
            write.log(LogAction::Restore, &json!({"inactive": inactive}))?;
            for id in &to_deactivate {
                let (number, key) = write.key(id)?;
                write.deactivate(number, &key, None)?;
                write.log_key(LogAction::Key(Change::Deactivate), &key, json!({}))?;
            }
            Ok(())
        })
    }
}
