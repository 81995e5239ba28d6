//! A consistent copy of the database while others write, with its last uses beside it.

use std::fs::{File, remove_file};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::copy::Copy;
use super::create::check_leftovers;
use super::directory::{self, Made};
use super::draft::gone;
use super::sidecar;
use super::usage::UsageFile;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::process::Signals;
use crate::store::Store;
use crate::store::errors::{cannot_create, exists, quoted};

/// What `backup` made.
pub(crate) struct BackedUp {
    /// How many keys are in it.
    pub(crate) keys: u64,
    /// Whether their last uses are, too; else why not.
    pub(crate) uses: io::Result<()>,
}

impl Store {
    /// Copies the database to `to`, which is absolute, and its last uses beside it,
    /// both for their owner alone. Keys that were not handed over yet are not in it.
    /// A signal that came is looked for in between.
    ///
    /// # Errors
    /// [`Kind::Exists`] when something is there already; [`Kind::DatabaseDamaged`] when
    /// what was copied is damaged. Then nothing is there that wasn't.
    pub(crate) fn back_up(&self, to: &Path, signals: &Signals) -> Result<BackedUp> {
        limits::check_file_size_limit()?;
        let uses_path = sidecar::usage_path(to);
        check_place(to, &uses_path)?;
        let folder = to.parent().unwrap_or(Path::new("/"));
        let command = format!(
            "apikey --db {} backup {}",
            quoted(&self.path.display().to_string()),
            quoted(&to.display().to_string())
        );
        directory::check_new(to, Made::Backup, &command)?;
        let mut copy = Copy::of(
            self.db.as_sqlite(),
            &self.path,
            to,
            self.actor.clone(),
            signals,
        )?;
        signals.check()?;
        copy.check().map_err(|error| {
            Error::new(error.kind(), format!("the database is damaged: {error}"))
                .hint("see what mends it with `apikey doctor`")
        })?;
        copy.store.withdraw_all_pending().map_err(gone)?;
        let keys = copy.store.count_keys()?;
        let uses = UsageFile::open_reading(&self.path);
        let known = uses.as_ref().ok();
        let known_since = known.and_then(|uses| uses.known_since(self.actor.now));
        let uses_file = copy.uses(known, known_since)?;
        signals.check()?;
        let (store, draft) = copy.into_parts();
        drop(store);

        // The database last: what is at its path has its last uses beside it.
        uses_file
            .persist_noclobber(&uses_path)
            .map_err(|fault| match fault.error.kind() {
                io::ErrorKind::AlreadyExists => exists(&uses_path),
                _ => cannot_create(to, fault.error),
            })?;
        let put = draft
            .put(to)
            .map_err(|fault| cannot_create(to, fault))
            .and_then(|()| {
                let lasting = File::open(folder).and_then(|folder| folder.sync_all());
                lasting.map_err(|fault| {
                    let _ = remove_file(to);
                    cannot_create(to, fault)
                })
            });
        if put.is_err() {
            let _ = remove_file(&uses_path);
        }
        put.map(|()| BackedUp {
            keys,
            uses: uses.map(drop),
        })
    }
}

/// Refuses a place where something is, or where the copy would be taken for part of
/// another database, or part of another for the copy's.
fn check_place(to: &Path, uses: &Path) -> Result<()> {
    if to.is_dir() {
        let fact = format!("{} is a folder", to.display());
        return Err(Error::new(Kind::Exists, fact).hint("name a file in it"));
    }
    if let Some(taken) = [to, uses]
        .iter()
        .find(|path| path.symlink_metadata().is_ok())
    {
        return Err(exists(taken));
    }
    let name = to.as_os_str().as_bytes();
    let parts = ["-journal", "-wal", "-shm", ".usage", ".shared-secret"];
    if parts.iter().any(|part| name.ends_with(part.as_bytes())) {
        let fact = format!(
            "{} would be taken for part of another database",
            to.display()
        );
        return Err(Error::new(Kind::InvalidInput, fact).hint("name it otherwise"));
    }
    check_leftovers(to)
}
