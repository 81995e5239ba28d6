//! Making a database: whole or not at all, and never over anything. What can't be made
//! whole leaves nothing, not even its folder.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::{OpenFlags, params};
use serde_json::json;

use super::directory::{self, Made};
use super::draft::{Draft, gone, made_but};
use super::open::connect;
use super::usage::UsageFile;
use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::files;
use crate::limits;
use crate::model::{GroupName, LogAction, Rights};
use crate::process::Signals;
use crate::store::actor::Actor;
use crate::store::db::Db;
use crate::store::errors::{exists, not_permitted, quoted};
use crate::store::sqlite::{schema, sharing, sidecar};
use crate::store::{Access, Settings, Store, Verifiers};

/// The groups of a new database, with what they allow.
pub(in crate::store) const FIRST_GROUPS: [(&str, &str, &[&str]); 2] = [
    ("admin", "may do everything", &["*", "apikey:manage"]),
    ("readonly", "may read everything", &["*:read"]),
];

impl Store {
    /// Makes a database at `path`, which is absolute, its folder with it: for one
    /// person, or for `verifiers`, too.
    ///
    /// # Errors
    /// [`Kind::Exists`] when something is there already; and when the folder or
    /// the file can't be made, or not so that verifiers can do no more than verify.
    pub(in crate::store) fn create_as(
        path: &Path,
        settings: Settings,
        verifiers: Option<&Verifiers>,
        actor: Actor,
    ) -> Result<Self> {
        let failed = |fault: io::Error| cannot_make_database(path, fault);
        limits::check_file_size_limit()?;
        check_place(path)?;
        match verifiers {
            Some(verifiers) => verifiers.check_place(path)?,
            None => {
                let command = format!("apikey --db {} init", quoted(&path.display().to_string()));
                directory::check_new(path, Made::Database, &command)?;
            }
        }
        // One that came before the database has its name leaves nothing.
        let signals = Signals::hold();
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut made = MadeFolders::default();
        made.make(folder, verifiers, &failed)?;

        let draft = Draft::below(folder).map_err(failed)?;
        if let Some(verifiers) = verifiers {
            // Should the folder not have handed its group on. Before the mode: until then
            // it would be another group that could read.
            verifiers.give(draft.path())?;
            files::set_mode_at(draft.path(), sharing::DATABASE_MODE).map_err(failed)?;
        }
        let built = build(draft.path(), settings, verifiers, actor.clone())
            .map_err(|error| gone(error).renaming(draft.path(), path))?;
        let uses = UsageFile::building(draft.path()).map_err(failed)?;
        signals.check()?;
        draft.become_database(built, uses.into_temp_path(), path, |fault| {
            cannot_put(path, fault)
        })?;
        Self::open_as(path, Access::Write, actor).map_err(|error| made_but(path, error))
    }
}

/// Refuses a place where a database is, or the remains of one.
pub(in crate::store) fn check_place(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(database_exists(path));
    }
    check_leftovers(path)
}

/// Fills the empty file at `path`.
fn build(
    path: &Path,
    settings: Settings,
    verifiers: Option<&Verifiers>,
    actor: Actor,
) -> Result<Store> {
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::migrate(&mut conn)?;
    let mut store = Store {
        db: Db::sqlite(conn),
        path: path.to_owned(),
        settings,
        actor,
        rights: Rights::Everything,
        usage: None,
    };
    store.write(|write| {
        let Settings { prefix, cost } = &write.store.settings;
        write.db.as_sqlite().execute(
            "INSERT INTO settings VALUES (1, ?1, ?2)",
            params![prefix.as_str(), cost.to_string()],
        )?;
        for (name, description, permissions) in FIRST_GROUPS {
            let name: GroupName = name.parse().map_err(|_| Error::new(Kind::Io, name))?;
            let id = write.insert_group(&name, Some(description))?;
            let permissions: std::result::Result<Vec<_>, _> =
                permissions.iter().map(|word| word.parse()).collect();
            let permissions = permissions.map_err(|_| Error::new(Kind::Io, name.as_str()))?;
            write.insert_group_permissions(&id, &permissions)?;
        }
        let details = json!({
            "prefix": prefix.as_str(),
            "argon2": cost.to_string(),
            "shared": verifiers.map(Verifiers::name),
        });
        write.log(LogAction::Init, &details)
    })?;
    Ok(store)
}

/// Refuses a place where a journal was left: SQLite would take it for the new
/// database's and play pages of the old one back into it.
pub(in crate::store) fn check_leftovers(path: &Path) -> Result<()> {
    for suffix in ["-journal", "-wal", "-shm"] {
        let leftover = sidecar::path(path, suffix);
        if leftover.symlink_metadata().is_ok() {
            if path.symlink_metadata().is_ok() {
                // Another command was faster, and is writing by now.
                return Err(database_exists(path));
            }
            let fact = format!("{} is left of another database", leftover.display());
            return Err(Error::new(Kind::Exists, fact)
                .hint("move it away, with the database it belongs to if that is to be had"));
        }
    }
    Ok(())
}

/// The folders that were made. They go again with this, unless there is something in
/// them by then.
#[derive(Debug, Default)]
pub(in crate::store) struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Makes the folder of a database and those above it that are missing, open to their
    /// owner alone, and to `verifiers` to enter. One that is there keeps its mode.
    pub(in crate::store) fn make(
        &mut self,
        folder: &Path,
        verifiers: Option<&Verifiers>,
        failed: &impl Fn(io::Error) -> Error,
    ) -> Result<()> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|one| !one.is_dir()).collect();
        for one in missing.into_iter().rev() {
            let mode = if one == folder {
                sharing::FOLDER_MODE
            } else {
                sharing::WAY_MODE
            };
            self.make_one(one, verifiers.map(|verifiers| (verifiers, mode)), failed)?;
        }
        Ok(())
    }

    fn make_one(
        &mut self,
        folder: &Path,
        shared: Option<(&Verifiers, u32)>,
        failed: &impl Fn(io::Error) -> Error,
    ) -> Result<()> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => self.0.push(folder.to_owned()),
            // Another process was faster.
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {
                return Ok(());
            }
            Err(fault) => return Err(failed(fault)),
        }
        let mut mode = 0o700;
        if let Some((verifiers, shared_mode)) = shared {
            // The group first: until then it is another's that could enter.
            verifiers.give(folder)?;
            mode = shared_mode;
        }
        files::set_mode_at(folder, mode).map_err(failed)
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

fn database_exists(path: &Path) -> Error {
    exists(path).hint("nothing was changed; name another path with --db PATH")
}

/// Returns the error for a database that can't get its name at `path`.
pub(in crate::store) fn cannot_put(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists => database_exists(path),
        _ => cannot_make_database(path, error),
    }
}

/// Returns the error for a database that can't be made at `path`.
pub(in crate::store) fn cannot_make_database(path: &Path, error: io::Error) -> Error {
    let fact = format!("{} can't be made: {error}", path.display());
    let cannot = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            denied::creating(path).map_or_else(
                || not_permitted(fact).hint("choose a folder that you may write with --db PATH"),
                Error::from,
            )
        }
        _ => Error::new(Kind::Io, fact).hint("choose another place with --db PATH"),
    };
    cannot.caused_by(error)
}
