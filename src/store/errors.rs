//! What errors of the database and of the file system mean to the user of the command.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::{Flock, FlockOffsetType, FlockType, Uid, fcntl_getlk};

use crate::accounts::user_name;
use crate::config::Location;
use crate::denied;
use crate::error::{Error, Kind};
pub(super) use crate::files::quoted;

/// A database that holds what it can't hold.
pub(super) fn damaged(fact: impl Into<String>) -> Error {
    Error::new(Kind::DatabaseDamaged, fact)
        .hint("restore a backup, or look into it with sqlite3 and PRAGMA integrity_check")
}

/// What was looked up by `wanted` is another's. SQLite doesn't compare again what an
/// index leads it to, and one whose order is damaged leads anywhere.
pub(super) fn led_astray(wanted: &str) -> Error {
    damaged(format!(
        "an index of the database is damaged: \"{wanted}\" was looked for, and it led elsewhere"
    ))
}

/// Returns the error for a file that can't be made at `path`.
pub(super) fn cannot_make(path: &Path, error: io::Error) -> Error {
    let fact = format!("{} can't be made: {error}", path.display());
    let cannot = match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            denied::creating(path).map_or_else(|| not_permitted(fact), Error::from)
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::new(Kind::InvalidInput, fact).hint("make the folder first")
        }
        _ => Error::new(Kind::Io, fact).hint("choose another place"),
    };
    cannot.caused_by(error)
}

/// That something is at `path` already.
pub(super) fn exists(path: &Path) -> Error {
    Error::new(Kind::Exists, format!("{} exists already", path.display()))
        .hint("nothing was changed; name another path")
}

/// The file's permissions forbid it.
pub(super) fn not_permitted(fact: impl Into<String>) -> Error {
    Error::new(Kind::NotPermitted, fact).hint("run it as the owner of the database")
}

/// Returns `error`, with the name of the process that holds the lock on the database at
/// `location`, where the system knows it.
///
/// Only to be called when no [`Store`](super::Store) is open: closing any descriptor of a
/// file drops every lock the process has on it (fcntl(2)).
pub(crate) fn name_the_holder(error: Error, location: &Location) -> Error {
    if error.kind() != Kind::Locked {
        return error;
    }
    match lock_holder(location.file()) {
        Some(holder) => {
            let message = format!("the database is locked by {holder}");
            Error::new(Kind::Locked, message).hint("try again when it has ended")
        }
        None => error,
    }
}

/// Where SQLite's locks are, and how many bytes: `PENDING_BYTE`, `RESERVED_BYTE` and the
/// 510 `SHARED` ones of its os.h.
pub(super) const LOCK_BYTES: (u64, u64) = (0x4000_0000, 512);

/// The process that keeps others from writing, as `NAME (process N)`.
fn lock_holder(path: &Path) -> Option<String> {
    let lock = Flock {
        start: LOCK_BYTES.0,
        length: LOCK_BYTES.1,
        pid: None,
        typ: FlockType::WriteLock,
        offset_type: FlockOffsetType::Set,
    };
    let pid = fcntl_getlk(File::open(path).ok()?, &lock).ok()??.pid?;
    let pid = pid.as_raw_nonzero();
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(match name.trim() {
        "" => format!("process {pid}"),
        name => format!("{name} (process {pid})"),
    })
}

/// How root runs a command as `user`, also in a shell of `sudo -i`, where `SUDO_USER` would
/// decide who acts.
pub(crate) fn as_user(user: &str) -> String {
    format!(
        "env -u SUDO_USER -u SUDO_UID runuser -u {} --",
        quoted(user)
    )
}

/// Returns how root runs a command as the owner of the database at `path`, or as OWNER where
/// it is missing.
pub(super) fn as_owner(path: &Path) -> String {
    let owner = path.metadata().map(|found| Uid::from_raw(found.uid()));
    as_user(&owner.map_or_else(|_| "OWNER".to_owned(), user_name))
}
