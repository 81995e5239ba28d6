//! `backup`: a consistent copy of the database and its usage file, taken while others write.

use std::fs::remove_file;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::copy::Copy;
use super::create::check_leftovers;
use super::directory::{self, Target};
use super::draft::nothing_created;
use super::sidecar;
use super::usage::UsageFile;
use crate::config::Place;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::model::Timestamp;
use crate::process::Signals;
use crate::store::Store;
use crate::store::errors::{cannot_create, exists, quoted};
use crate::store::uses::Dates;

/// The content of a new backup.
pub(crate) struct BackupSummary {
    /// The number of its keys.
    pub(crate) keys: u64,
    /// Whether it has their last uses; otherwise the reason.
    pub(crate) uses: io::Result<()>,
}

impl Store {
    /// Copies the database to `to`, an absolute path, and the usage file next to it. Only the owner
    /// of the copies may access them. Pending secrets are not copied. Checks for signals between
    /// the steps.
    ///
    /// # Errors
    /// [`Kind::Exists`] when a file exists at `to`; [`Kind::InvalidInput`] when a copy with that
    /// name would be taken for part of another database; [`Kind::NotPermitted`] when other users
    /// could replace files in the directory; [`Kind::DatabaseDamaged`] when the copy is damaged;
    /// [`Kind::Interrupted`] when a signal came; and when the database can't be read or the copy
    /// can't be created. No file is left behind.
    pub(crate) fn back_up(&self, to: &Path, signals: &Signals) -> Result<BackupSummary> {
        limits::check_file_size_limit()?;
        check_paths(to, &sidecar::usage_path(to))?;
        let command = format!(
            "apikey --db {} backup {}",
            quoted(&self.place.to_string()),
            quoted(&to.display().to_string())
        );
        directory::check_new(to, Target::Backup, &command)?;
        let actor = self.actor.clone();
        match &self.place {
            Place::File(path) => {
                let copy = Copy::of(self.db.as_sqlite()?, path, to, actor, signals)?;
                let uses = UsageFile::open_reading(path);
                let known_since = uses
                    .as_ref()
                    .ok()
                    .and_then(|uses| uses.known_since(self.now()));
                let dates = match &uses {
                    Ok(uses) => Dates::File(uses, copy.store.now()),
                    Err(_) => Dates::Unknown,
                };
                let keys = publish(copy, &dates, known_since, to, signals)?;
                let uses = uses.map(drop);
                Ok(BackupSummary { keys, uses })
            }
            #[cfg(feature = "postgres")]
            Place::Server(_) => {
                let (copy, dates) = self.copy_from_server(to, actor, signals)?;
                let keys = publish(copy, &dates, self.known_since(), to, signals)?;
                let uses = Ok(());
                Ok(BackupSummary { keys, uses })
            }
        }
    }
}

/// Checks the copy, removes its pending secrets, and renames it to `to`, after its usage file with
/// `dates`. Returns the number of its keys.
fn publish(
    mut copy: Copy,
    dates: &Dates<'_>,
    known_since: Option<Timestamp>,
    to: &Path,
    signals: &Signals,
) -> Result<u64> {
    signals.check()?;
    copy.check().map_err(|error| {
        Error::new(error.kind(), format!("the database is damaged: {error}"))
            .hint("run `apikey doctor` to see how to repair it")
    })?;
    copy.store.withdraw_all_pending().map_err(nothing_created)?;
    let keys = copy.store.count_keys()?;
    let uses_file = copy.uses(dates, known_since)?;
    signals.check()?;
    let (store, draft) = copy.into_parts();
    drop(store);

    // The database is renamed last, so that it always has its usage file.
    let uses_path = sidecar::usage_path(to);
    uses_file
        .persist_noclobber(&uses_path)
        .map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => exists(&uses_path),
            _ => cannot_create(to, failed.error),
        })?;
    let renamed = draft.rename_to(to).and_then(|()| {
        sidecar::sync_directory(to).inspect_err(|_| {
            let _ = remove_file(to);
        })
    });
    renamed.map(|()| keys).map_err(|error| {
        let _ = remove_file(&uses_path);
        cannot_create(to, error)
    })
}

/// Refuses a path that exists, or at which a file would be taken for part of another database.
fn check_paths(to: &Path, uses: &Path) -> Result<()> {
    let shown = to.display();
    if to.is_dir() {
        let fact = format!("{shown} is a directory");
        return Err(Error::new(Kind::Exists, fact).hint("name a file in it"));
    }
    if let Some(existing) = [to, uses]
        .iter()
        .find(|path| path.symlink_metadata().is_ok())
    {
        return Err(exists(existing));
    }
    let name = to.as_os_str().as_bytes();
    let suffixes = ["-journal", "-wal", "-shm", ".usage", ".shared-secret"];
    if suffixes.iter().any(|end| name.ends_with(end.as_bytes())) {
        let fact = format!("{shown} would be taken for part of another database");
        return Err(Error::new(Kind::InvalidInput, fact).hint("choose another file name"));
    }
    check_leftovers(to)
}
