//! Making a database: whole or not at all, and never over anything.
//!
//! It is built under a temporary name and moved into place without replacing,
//! so that nobody ever opens half of one, and of two commands that make it at
//! once one wins and the other finds it there.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use rusqlite::{OpenFlags, params};
use serde_json::json;

use super::fault::not_permitted;
use super::open::connect;
use super::usage::UsageFile;
use super::{Access, Actor, Settings, Store, beside, schema};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, Rights};

/// The groups of a new database, with what they allow.
pub(super) const FIRST_GROUPS: [(&str, &str, &[&str]); 2] = [
    ("admin", "may do everything", &["*", "apikey:manage"]),
    ("readonly", "may read everything", &["*:read"]),
];

impl Store {
    /// Makes a database at `path`, which is absolute, its folder with it.
    ///
    /// # Errors
    /// [`Kind::Exists`] when something is there already; and when the folder or
    /// the file can't be made.
    pub(crate) fn create(path: &Path, settings: Settings, actor: Actor) -> Result<Self> {
        let failed = |fault: io::Error| cannot_make(path, &fault);
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        check_leftovers(path)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        make_folder(folder).map_err(failed)?;

        let building = tempfile::Builder::new()
            .prefix(".keys.db.")
            .tempfile_in(folder)
            .map_err(failed)?;
        // The umask may have taken bits away.
        building
            .as_file()
            .set_permissions(Permissions::from_mode(0o600))
            .map_err(failed)?;
        // Closed before SQLite opens it: closing it later would drop SQLite's locks.
        let building = building.into_temp_path();
        let built = build(&building, settings, actor.clone())?;
        // Held until all is in its place: a lock is the file's, whatever its name.
        built.conn.execute_batch("BEGIN EXCLUSIVE")?;
        building
            .persist_noclobber(path)
            .map_err(|fault| match fault.error.kind() {
                io::ErrorKind::AlreadyExists => exists(path),
                _ => failed(fault.error),
            })?;
        // Dates left behind by a database that was here once are not this one's.
        let _ = std::fs::remove_file(UsageFile::path_for(path));
        UsageFile::ensure(path).map_err(failed)?;
        built.conn.execute_batch("ROLLBACK")?;
        drop(built);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Self::open(path, Access::Write, actor)
    }
}

/// Fills the empty file at `path`.
fn build(path: &Path, settings: Settings, actor: Actor) -> Result<Store> {
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::migrate(&mut conn)?;
    let mut store = Store {
        conn,
        path: path.to_owned(),
        settings,
        actor,
        rights: Rights::Everything,
    };
    store.write(|write| {
        let Settings { prefix, cost } = write.settings;
        write.conn.execute(
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
        let details = json!({"prefix": prefix.as_str(), "argon2": cost.to_string()});
        write.log("init", None, details)
    })?;
    Ok(store)
}

/// Refuses a place where a journal was left: SQLite would take it for the new
/// database's and play pages of the old one back into it.
fn check_leftovers(path: &Path) -> Result<()> {
    for suffix in ["-journal", "-wal", "-shm"] {
        let leftover = beside::path(path, suffix);
        if leftover.symlink_metadata().is_ok() {
            if path.symlink_metadata().is_ok() {
                // Another command was faster, and is writing by now.
                return Err(exists(path));
            }
            let fact = format!("{} is left of another database", leftover.display());
            return Err(Error::new(Kind::Exists, fact)
                .hint("move it away, with the database it belongs to if that is to be had"));
        }
    }
    Ok(())
}

/// Makes the folders that are missing, open to their owner alone. One that is
/// there keeps its mode.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        // The umask may have taken bits away.
        Ok(()) => std::fs::set_permissions(folder, Permissions::from_mode(0o700)),
        // Another process was faster.
        Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(fault) => Err(fault),
    }
}

fn exists(path: &Path) -> Error {
    Error::new(Kind::Exists, format!("{} exists already", path.display()))
        .hint("nothing was changed; name another path with --db PATH")
}

fn cannot_make(path: &Path, fault: &io::Error) -> Error {
    let fact = format!("{} can't be made: {fault}", path.display());
    match fault.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            not_permitted(fact).hint("choose a folder that you may write with --db PATH")
        }
        _ => Error::new(Kind::Io, fact).hint("choose another place with --db PATH"),
    }
}
