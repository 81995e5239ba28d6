//! A backup made a database again, after it was looked at.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::copy::Copy;
use super::create::{MadeFolders, cannot_make_database, cannot_put, check_place};
use super::directory::{self, Made};
use super::draft::gone;
use super::source::Source;
use super::usage::UsageFile;
use crate::config::Location;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::model::{
    Change, Key, KeyId, Listing, LogAction, RequiredRight, Status, Timestamp, UserName, UserStatus,
};
use crate::process::{BlockedSignals, Signals};
use crate::store::actor::Actor;
use crate::store::errors::damaged;
use crate::store::{Access, Store, errors};

/// A backup that was looked at, copied to where the database is to be.
pub(crate) struct Restoration {
    copy: Copy,
    uses: std::io::Result<UsageFile>,
    target: PathBuf,
    /// Gone again, unless it becomes one.
    _folders: MadeFolders,
}

impl Restoration {
    /// Looks at the backup at `backup`, an absolute path, which is to be the database at
    /// `location`. The backup is only read.
    ///
    /// # Errors
    /// [`Kind::Exists`] when there is a database at `location`; [`Kind::NotPermitted`]
    /// when the operator may not manage it, or the backup's; and the errors of a file that is
    /// missing, damaged, not ours or newer.
    pub(crate) fn prepare(
        backup: &Path,
        location: &Location,
        need: RequiredRight,
        signals: &Signals,
    ) -> Result<Self> {
        let (target, is_confined) = (location.file(), location.is_confined());
        let actor = Actor::new(location, need);
        limits::check_file_size_limit()?;
        if target.is_file() {
            // The required right comes first: that of the existing database.
            match Store::open_as(target, Access::Peek, actor.clone()) {
                Err(error) if error.kind() == Kind::NotPermitted => return Err(error),
                _ => {}
            }
        }
        check_place(target)?;
        let folder = target.parent().unwrap_or(Path::new("/"));
        let db = errors::quoted(&target.display().to_string());
        let command = format!("apikey --db {db} restore BACKUP");
        directory::check_new(target, Made::Database, &command)?;
        let mut folders = MadeFolders::default();
        let copy = {
            // A stopped process would keep the lock on the backup.
            let _blocked_stops = BlockedSignals::that_stop();
            let source = Source::open(backup, is_confined, signals)?;
            folders.make(folder, None, &|fault| cannot_make_database(target, fault))?;
            Copy::of_backup(&source, target, actor, signals).map_err(another_backup)?
        };
        copy.check().map_err(|error| {
            let fact = format!("{} is damaged: {error}", backup.display());
            another_backup(Error::new(error.kind(), fact))
        })?;
        Ok(Self {
            copy,
            uses: UsageFile::open_reading(backup),
            target: target.to_owned(),
            _folders: folders,
        })
    }

    /// Returns when the lock on the backup was obtained.
    pub(crate) fn now(&self) -> Timestamp {
        self.copy.store.now()
    }

    /// The users who are active at `now`, and operators as far as their groups allow.
    pub(crate) fn active_users(&self, now: Timestamp) -> Result<Vec<UserName>> {
        let users = self.copy.store.users()?.into_iter();
        let active = users.filter(|one| one.user.status(now) == UserStatus::Active);
        Ok(active.map(|one| one.user.name).collect())
    }

    /// Why its last uses can't be read, if so.
    pub(crate) fn lost_uses(&self) -> Option<&std::io::Error> {
        self.uses.as_ref().err()
    }

    /// Returns the keys that would be active, and those that only their owner would block.
    pub(crate) fn revived(&self) -> Result<Vec<Key>> {
        let wanted = Listing {
            statuses: vec![Status::Active, Status::Blocked],
            ..Listing::default()
        };
        let pages = self.copy.store.pages(&wanted)?.collect::<Result<Vec<_>>>();
        Ok(pages?.into_iter().flatten().collect())
    }

    /// Makes it the database, with its active keys active or inactive. Returns how many keys
    /// it has, and how many of them are active.
    ///
    /// # Errors
    /// [`Kind::Exists`] when another command made one meanwhile. Nothing is there then
    /// that wasn't.
    pub(crate) fn finish(mut self, inactive: bool) -> Result<(u64, usize)> {
        let store = &mut self.copy.store;
        // The user may have taken long to confirm.
        let now = (store.actor.clock)();
        store.actor.now = now;
        store.withdraw_all_pending().map_err(gone)?;
        store.note_restored(inactive).map_err(gone)?;
        let keys = store.count_keys()?;
        let is_active = |key: &&Key| key.status(now) == Status::Active;
        let active = self.revived()?.iter().filter(is_active).count();
        // What was used after the backup was made is not on record.
        let known_since = self
            .copy
            .store
            .change_after_clock()?
            .is_none()
            .then_some(now);
        let uses = self.copy.uses(self.uses.as_ref().ok(), known_since)?;
        let (store, draft) = self.copy.into_parts();
        let failed = |fault| cannot_put(&self.target, fault);
        draft.become_database(store, uses, &self.target, failed)?;
        Ok((keys, active))
    }
}

/// What to do about a backup that is damaged.
fn another_backup(error: Error) -> Error {
    match error.kind() {
        Kind::DatabaseDamaged | Kind::DatabaseForeign => Error::new(error.kind(), error.message())
            .hint("nothing was restored; restore another backup"),
        _ => error,
    }
}

impl Store {
    /// Returns the ids of the keys that are active, in the order in which they were made.
    fn active_ids(&self) -> Result<Vec<KeyId>> {
        let wrong = |_| damaged("the id of a key is not a valid one");
        let mut select = self
            .db
            .as_sqlite()
            .prepare("SELECT id FROM keys WHERE active = 1 ORDER BY number")?;
        let rows = select.query_map([], |row| row.get::<_, String>("id"))?;
        rows.map(|id| id?.parse().map_err(wrong)).collect()
    }

    /// Says in the log that the database was restored from a backup, and deactivates
    /// its keys where they are not to be active.
    fn note_restored(&mut self, inactive: bool) -> Result<()> {
        let to_stop = if inactive {
            self.active_ids()?
        } else {
            Vec::new()
        };
        self.complete(|write| {
            write.log(LogAction::Restore, &json!({"inactive": inactive}))?;
            for id in &to_stop {
                let (_, key) = write.key(id)?;
                write.set_column(id, "active", false.into())?;
                write.log_key(LogAction::Key(Change::Deactivate), &key, json!({}))?;
            }
            Ok(())
        })
    }
}
