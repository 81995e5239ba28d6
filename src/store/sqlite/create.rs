//! Creates a database: complete or not at all, and never over an existing file. If no database was
//! created, nothing is left behind, not even a directory.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::{OpenFlags, params};
use serde_json::json;

use super::directory::{self, Target};
use super::draft::{Draft, not_durable, nothing_created};
use super::open::connect;
use super::usage::UsageFile;
use crate::config::Place;
use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::files;
use crate::limits;
use crate::model::{LogAction, Rights};
use crate::process::Signals;
use crate::store::actor::Actor;
use crate::store::db::Db;
use crate::store::errors::{exists, not_permitted, quoted};
use crate::store::groups::first::insert_first_groups;
use crate::store::sqlite::{schema, sharing, sidecar};
use crate::store::uses::Record;
use crate::store::{Access, Settings, Store, Verifiers};

impl Store {
    /// Creates a database at `path`, which is absolute, and its directory: for its owner
    /// alone, or also for `verifiers`.
    ///
    /// # Errors
    /// [`Kind::Exists`] when a file exists at `path`; [`Kind::NotPermitted`] when other users could
    /// tamper with the directory, or verifiers could do more than verify; [`Kind::Interrupted`]
    /// when a signal came; [`Kind::OutcomeUnknown`] when the database exists but may not survive a
    /// crash; and when the directory or the file can't be created.
    pub(in crate::store) fn create_as(
        path: &Path,
        settings: Settings,
        verifiers: Option<&Verifiers>,
        actor: Actor,
    ) -> Result<Self> {
        let failed = |error: io::Error| cannot_create_database(path, error);
        limits::check_file_size_limit()?;
        check_free(path)?;
        match verifiers {
            Some(verifiers) => verifiers.check_directories(path)?,
            None => {
                let command = format!("apikey --db {} init", quoted(&path.display().to_string()));
                directory::check_new(path, Target::Database, &command)?;
            }
        }
        // A signal that comes before the database has its final name leaves nothing behind.
        let signals = Signals::hold();
        let directory = path.parent().unwrap_or(Path::new("/"));
        let mut new_directories = NewDirectories::default();
        new_directories.create(directory, verifiers, &failed)?;

        let draft = Draft::create_in(directory).map_err(failed)?;
        if let Some(verifiers) = verifiers {
            // The draft may have another group than its directory. The group is set before the
            // mode: otherwise another group could read the file in between.
            verifiers.set_group(draft.path())?;
            files::set_mode_at(draft.path(), sharing::DATABASE_MODE).map_err(failed)?;
        }
        let store = fill(draft.path(), settings, verifiers, actor.clone())
            .map_err(|error| nothing_created(error).renaming(draft.path(), path))?;
        let uses = UsageFile::create_temporary(draft.path()).map_err(failed)?;
        signals.check()?;
        draft.install(store, uses.into_temp_path(), path, |error| {
            cannot_install(path, error)
        })?;
        Self::open_as(path, Access::Write, actor).map_err(|error| not_durable(path, error))
    }
}

/// Refuses a path where a file exists, or next to which a journal or a WAL was left.
pub(in crate::store) fn check_free(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(database_exists(path));
    }
    check_leftovers(path)
}

/// Writes the schema, the settings and the first groups into the empty file at `path`.
fn fill(
    path: &Path,
    settings: Settings,
    verifiers: Option<&Verifiers>,
    actor: Actor,
) -> Result<Store> {
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::migrate(&mut conn)?;
    let mut store = Store {
        db: Db::sqlite(conn),
        place: Place::File(path.to_owned()),
        settings,
        actor,
        rights: Rights::Everything,
        record: Record::Unreadable,
    };
    store.write(|write| {
        let Settings { prefix, cost } = &write.store.settings;
        write.db.as_sqlite()?.execute(
            "INSERT INTO settings (only_row, prefix, argon2) VALUES (1, ?1, ?2)",
            params![prefix.as_str(), cost.to_string()],
        )?;
        insert_first_groups(write)?;
        let details = json!({
            "prefix": prefix.as_str(),
            "argon2": cost.to_string(),
            "shared": verifiers.map(Verifiers::name),
        });
        write.log(LogAction::Init, &details)
    })?;
    Ok(store)
}

/// Refuses a path next to which a journal or a WAL was left: SQLite would take it for that of the
/// new database, which it would then overwrite with pages of the old database.
pub(in crate::store) fn check_leftovers(path: &Path) -> Result<()> {
    for suffix in ["-journal", "-wal", "-shm"] {
        if sidecar::is_present(path, suffix) {
            if path.symlink_metadata().is_ok() {
                // Another command created the database first, and is writing to it.
                return Err(database_exists(path));
            }
            let leftover = sidecar::path(path, suffix);
            let fact = format!("{} is left over from another database", leftover.display());
            return Err(Error::new(Kind::Exists, fact)
                .hint("move it away, together with its database if that still exists"));
        }
    }
    Ok(())
}

/// The directories that were created. Dropping this removes those that are empty.
#[derive(Debug, Default)]
pub(in crate::store) struct NewDirectories(Vec<PathBuf>);

impl NewDirectories {
    /// Creates the directory of a database and its missing ancestors. Only their owner has access;
    /// `verifiers`, if given, may enter them. An existing directory keeps its mode.
    pub(in crate::store) fn create(
        &mut self,
        directory: &Path,
        verifiers: Option<&Verifiers>,
        failed: &impl Fn(io::Error) -> Error,
    ) -> Result<()> {
        let missing = directory.ancestors().take_while(|path| !path.is_dir());
        let missing: Vec<&Path> = missing.collect();
        for path in missing.into_iter().rev() {
            match DirBuilder::new().mode(0o700).create(path) {
                Ok(()) => self.0.push(path.to_owned()),
                // Another process created it first.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
                    continue;
                }
                Err(error) => return Err(failed(error)),
            }
            let mut mode = 0o700;
            if let Some(verifiers) = verifiers {
                // The group is set before the mode: otherwise another group could enter in
                // between.
                verifiers.set_group(path)?;
                mode = if path == directory {
                    sharing::DIRECTORY_MODE
                } else {
                    sharing::ANCESTOR_MODE
                };
            }
            files::set_mode_at(path, mode).map_err(failed)?;
        }
        Ok(())
    }
}

impl Drop for NewDirectories {
    fn drop(&mut self) {
        for directory in self.0.iter().rev() {
            let _ = std::fs::remove_dir(directory);
        }
    }
}

fn database_exists(path: &Path) -> Error {
    exists(path).hint("nothing was changed; name another path with --db PATH")
}

/// Returns the error for a draft that can't be renamed to `path`.
pub(in crate::store) fn cannot_install(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists => database_exists(path),
        _ => cannot_create_database(path, error),
    }
}

/// Returns the error for a database that can't be created at `path`.
pub(in crate::store) fn cannot_create_database(path: &Path, error: io::Error) -> Error {
    let fact = format!("can't create {}: {error}", path.display());
    let cannot = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => denied::creating(
            path,
        )
        .map_or_else(
            || not_permitted(fact).hint("give --db a path in a directory that you can write to"),
            Error::from,
        ),
        _ => Error::new(Kind::Io, fact).hint("choose another path with --db PATH"),
    };
    cannot.caused_by(error)
}
