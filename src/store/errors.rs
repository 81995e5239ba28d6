//! Errors of the database and the file system, in the operator's terms.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::{FlockType, Uid};

use crate::accounts::user_name;
use crate::config::Location;
use crate::denied;
use crate::error::{Error, Kind};
pub(super) use crate::model::quoted;
use crate::store::sqlite::lock::conflicting_lock;

/// Returns the error of a database whose content no version of apikey could have written.
pub(super) fn damaged(fact: impl Into<String>) -> Error {
    Error::new(Kind::DatabaseDamaged, fact)
        .hint("restore a backup, or inspect it with sqlite3 and PRAGMA integrity_check")
}

/// Returns the error of a lookup of `wanted` that found another row. SQLite doesn't compare
/// the row with the index entry, so a damaged index can lead to a row with another name.
pub(super) fn wrong_row(wanted: &str) -> Error {
    damaged(format!(
        "an index of the database is damaged: the lookup of \"{wanted}\" found another row"
    ))
}

/// Returns the error of a file that can't be created at `path`.
pub(super) fn cannot_create(path: &Path, error: io::Error) -> Error {
    let fact = format!("can't create {}: {error}", path.display());
    let cannot = match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            denied::creating(path).map_or_else(|| not_permitted(fact), Error::from)
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::new(Kind::InvalidInput, fact).hint("create the directory first")
        }
        _ => Error::new(Kind::Io, fact).hint("choose another path"),
    };
    cannot.caused_by(error)
}

/// Returns the error of a new file whose path is taken.
pub(super) fn exists(path: &Path) -> Error {
    Error::new(Kind::Exists, format!("{} already exists", path.display()))
        .hint("nothing was changed; choose another path")
}

/// Returns the error of an access that the file's permissions forbid.
pub(super) fn not_permitted(fact: impl Into<String>) -> Error {
    Error::new(Kind::NotPermitted, fact).hint("run it as the owner of the database")
}

/// Returns `error`. If it is [`Kind::Locked`], names the process that holds the lock on the
/// database at `location`, if the system knows that process.
///
/// Only to be called while no [`Store`](super::Store) is open: closing any descriptor of a
/// file releases every lock that the process has on it (fcntl(2)).
pub(crate) fn name_lock_holder(error: Error, location: &Location) -> Error {
    if error.kind() != Kind::Locked {
        return error;
    }
    match location.file().and_then(lock_holder) {
        Some(holder) => {
            let message = format!("the database is locked by {holder}");
            Error::new(Kind::Locked, message).hint("try again when that process has ended")
        }
        None => error,
    }
}

/// Returns the process that locks out writers, as `NAME (process N)`, or as `process N` if its
/// name is unknown.
fn lock_holder(path: &Path) -> Option<String> {
    let lock = conflicting_lock(&File::open(path).ok()?, FlockType::WriteLock);
    let pid = lock.ok()??.pid?.as_raw_nonzero();
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(match name.trim() {
        "" => format!("process {pid}"),
        name => format!("{name} (process {pid})"),
    })
}

/// Returns the command prefix by which root acts as `user`. It works in a shell of `sudo -i`, too,
/// where `SUDO_USER` would otherwise decide who the operator is.
pub(crate) fn as_user(user: &str) -> String {
    format!(
        "env -u SUDO_USER -u SUDO_UID runuser -u {} --",
        quoted(user)
    )
}

/// Returns the command prefix by which root acts as the owner of the database at `path`; it names
/// OWNER if there is no such file.
pub(super) fn as_owner(path: Option<&Path>) -> String {
    let found = path.and_then(|path| path.metadata().ok());
    let owner = found.map(|found| Uid::from_raw(found.uid()));
    as_user(&owner.map_or_else(|| "OWNER".to_owned(), user_name))
}

/// Returns the error of a request that only a database in a file can meet.
pub(super) fn not_a_file() -> Error {
    Error::new(
        Kind::InvalidInput,
        "the database is on a server, not in a file",
    )
}

/// Returns the error of a request that only a database on a server can meet.
pub(super) fn not_a_server() -> Error {
    Error::new(
        Kind::InvalidInput,
        "the database is in a file, not on a server",
    )
}
