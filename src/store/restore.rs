//! A backup made a database again, after it was looked at.

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;
use serde_json::json;

use super::before::{check_file, was_cut_off};
use super::copy::Copy;
use super::create::{MadeFolders, cannot_make, cannot_put, check_place};
use super::draft::gone;
use super::open::connect;
use super::usage::UsageFile;
use super::{Actor, Store, fault, rights, schema};
use crate::error::{Error, Kind, Result};
use crate::model::{Change, Key, KeyField, Listing, State, Status, Timestamp};

/// A backup that was looked at, copied to where the database is to be.
pub(crate) struct Restoration {
    copy: Copy,
    backup: PathBuf,
    target: PathBuf,
    /// Gone again, unless it becomes one.
    _folders: MadeFolders,
}

impl Restoration {
    /// Looks at the backup at `backup`, which is to be the database at `target`. Both
    /// are absolute. The backup is only read.
    ///
    /// # Errors
    /// [`Kind::Exists`] when there is a database at `target`; [`Kind::NotPermitted`]
    /// when the operator may not manage the backup's; and those of a file that is
    /// missing, damaged, not ours or newer.
    pub(crate) fn prepare(backup: &Path, target: &Path, actor: Actor) -> Result<Self> {
        check_place(target)?;
        let shown = backup.display().to_string();
        check_file(backup).map_err(|error| match error.kind() {
            Kind::DatabaseMissing => {
                let fact = format!("there is no backup at {shown}");
                Error::new(Kind::DatabaseMissing, fact)
                    .hint("name a file that `apikey backup` made")
            }
            _ => error,
        })?;
        if was_cut_off(backup) {
            return Err(fault::to_be_undone());
        }
        let source = connect(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        schema::check_version(&source, &shown)?;
        rights::ask(&source, &actor)?;
        let mut folders = MadeFolders::default();
        folders.make(folder_of(target), None, &|fault| {
            cannot_make(target, &fault)
        })?;
        let copy = Copy::of(&source, backup, folder_of(target), actor)?;
        copy.check().map_err(|error| {
            Error::new(error.kind(), format!("{shown} is damaged: {error}"))
                .hint("nothing was restored; restore another backup")
        })?;
        Ok(Self {
            copy,
            backup: backup.to_owned(),
            target: target.to_owned(),
            _folders: folders,
        })
    }

    /// The keys that would be active.
    pub(crate) fn active(&self) -> Result<Vec<Key>> {
        let mut wanted = Listing::all(KeyField::Name);
        wanted.statuses = vec![Status::Active];
        let mut keys = Vec::new();
        self.copy.store.pages(&wanted)?.each(|key| {
            keys.push(key.clone());
            Ok::<(), Error>(())
        })?;
        Ok(keys)
    }

    /// Makes it the database at `now`, with its active keys active or inactive. Returns
    /// how many keys it has.
    ///
    /// # Errors
    /// [`Kind::Exists`] when another command made one meanwhile. Nothing is there then
    /// that wasn't.
    pub(crate) fn finish(mut self, inactive: bool, now: Timestamp) -> Result<u64> {
        let store = &mut self.copy.store;
        store.actor.now = now;
        store.withdraw_all_pending().map_err(gone)?;
        store.note_restored(inactive).map_err(gone)?;
        let keys = store.count_keys()?;
        let uses = UsageFile::open_reading(&self.backup).ok();
        let uses = self.copy.uses(uses.as_ref(), folder_of(&self.target))?;
        let (store, draft) = self.copy.into_parts();
        let failed = |fault| cannot_put(&self.target, &fault);
        draft.become_database(store, uses, &self.target, failed)?;
        Ok(keys)
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

impl Store {
    /// Says in the log that the database was restored from a backup, and deactivates
    /// its keys where they are not to be active.
    fn note_restored(&mut self, inactive: bool) -> Result<()> {
        let to_stop = match inactive {
            true => self.ids_in(State::Active)?,
            false => Vec::new(),
        };
        self.complete(|write| {
            write.log("restore", None, json!({"inactive": inactive}))?;
            for id in &to_stop {
                let (_, key) = write.key(id)?;
                write.set(id, "state", &State::Inactive.as_str())?;
                let details = json!({"name": key.name.as_str()});
                write.log(Change::Deactivate.as_str(), Some(id), details)?;
            }
            Ok(())
        })
    }
}
