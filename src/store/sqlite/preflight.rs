//! Checks of a database file and its sidecars that come before SQLite opens them.
//!
//! They must not run while a connection to the database is open: closing any descriptor of a
//! file releases every lock that the process has on it (fcntl(2)).

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::process::FlockType;

use super::lock::conflicting_lock;
use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::store::errors::{damaged, not_permitted, quoted};
use crate::store::sqlite::{directory, schema, sidecar};

/// How a database protects its changes against interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Journal {
    /// A rollback journal, which every database of ours has.
    Rollback,
    /// A write-ahead log, to which another program switched the database.
    Wal,
}

/// Refuses a missing file, which SQLite would create; a pipe, for which it would wait; an empty
/// file, which it would take for an empty database; any other file that is not a database of ours;
/// and a directory where others could plant a journal. Returns which journal the database has.
pub(in crate::store) fn check_file(path: &Path) -> Result<Journal> {
    let shown = path.display().to_string();
    let missing = |cause: &str| {
        let fact = format!("there is no database at {shown}{cause}");
        Error::new(Kind::DatabaseMissing, fact)
    };
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotADirectory => missing(": a part of the path is not a directory")
            .hint("name the database with --db PATH"),
        ErrorKind::NotFound => missing("").hint(format!("apikey --db {} init", quoted(&shown))),
        _ => cannot_read(&shown, error),
    })?;
    check_type(&metadata, &shown)?;
    directory::check_opened(path, &metadata)?;
    check_sidecars(path)?;
    let journal = journal_of(path, &shown)?;
    if journal == Journal::Rollback && sidecar::is_present(path, "-wal") {
        // Another program may just have switched the database to a WAL.
        let journal = journal_of(path, &shown)?;
        return match journal {
            Journal::Wal => Ok(journal),
            Journal::Rollback => Err(foreign_wal(path)),
        };
    }
    Ok(journal)
}

/// Opens a file for reading. Follows no link and waits for no pipe.
pub(in crate::store) fn open_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Refuses a journal or WAL that is not a regular file: SQLite would wait for another process
/// to write to a pipe.
pub(in crate::store) fn check_sidecars(path: &Path) -> Result<()> {
    for suffix in ["-journal", "-wal"] {
        let other = sidecar::path(path, suffix);
        if other.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            let fact = format!("{} is not a regular file", other.display());
            return Err(Error::new(Kind::Io, fact).hint("move it away, then try again"));
        }
    }
    Ok(())
}

/// Returns the error for a write-ahead log that doesn't belong to the database at `path`.
/// SQLite would read it nevertheless, in place of the content of the database.
pub(in crate::store) fn foreign_wal(path: &Path) -> Error {
    let wal = sidecar::path(path, "-wal").display().to_string();
    let shown = quoted(&wal);
    damaged(format!(
        "{wal} was created by another program or user: the database has a rollback journal"
    ))
    .hint(format!(
        "look at it, then move it away: mv --backup=numbered {shown} {shown}.aside"
    ))
}

fn journal_of(path: &Path, shown: &str) -> Result<Journal> {
    let file = File::open(path).map_err(|error| cannot_read(shown, error))?;
    check_header(&file, shown)
}

/// Refuses a file that is not ours: SQLite would create a -wal and a -shm next to the
/// database of another program.
pub(in crate::store) fn check_header(file: &File, shown: &str) -> Result<Journal> {
    // The application id is the four bytes at 68. The write and read versions at 18 and 19
    // are 2 with a WAL (sqlite.org/fileformat2.html).
    let mut header = [0; 100];
    match file.read_exact_at(&mut header, 0) {
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => Err(cannot_read(shown, error)),
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {
            let id = i32::from_be_bytes([header[68], header[69], header[70], header[71]]);
            if i64::from(id) != schema::APPLICATION_ID {
                return Err(schema::foreign(shown, "is a database of another program"));
            }
            Ok(if header[18..20].contains(&2) {
                Journal::Wal
            } else {
                Journal::Rollback
            })
        }
        _ => Err(schema::foreign(shown, "is not a database")),
    }
}

/// Returns the error for a file that can't be read, with its cause.
pub(in crate::store) fn cannot_read(shown: &str, error: io::Error) -> Error {
    let cannot = match error.kind() {
        ErrorKind::PermissionDenied => denied::reading(Path::new(shown)).map_or_else(
            || not_permitted(format!("permission denied: can't read {shown}")),
            Error::from,
        ),
        _ => Error::new(Kind::Io, format!("can't read {shown}: {error}")),
    };
    cannot.caused_by(error)
}

/// Refuses anything but a regular file with content.
pub(in crate::store) fn check_type(metadata: &Metadata, shown: &str) -> Result<()> {
    let fact = if metadata.is_dir() {
        "is a directory, not a database"
    } else if !metadata.is_file() {
        "is a pipe, a socket or a device, not a database"
    } else if metadata.len() == 0 {
        "is empty, not a database"
    } else {
        return Ok(());
    };
    Err(schema::foreign(shown, fact))
}

/// Returns whether a change to the database at `path` was interrupted and must still be
/// undone, even if SQLite wouldn't notice.
///
/// If there is any lock on its RESERVED byte, SQLite assumes that a change is under way, and reads
/// the database with the part of the change that is already in it. A user who may only read the
/// file can hold a shared lock on that byte, but only a user who may write the file can hold an
/// exclusive lock. So `has_writer` must return whether there is an exclusive lock.
pub(in crate::store) fn was_interrupted(path: &Path, has_writer: impl FnOnce() -> bool) -> bool {
    let journal = sidecar::path(path, "-journal");
    let state = || {
        let found = journal.symlink_metadata().ok()?;
        Some((found.ino(), found.len(), found.ctime(), found.ctime_nsec()))
    };
    let Some(before) = state() else {
        return false;
    };
    // The first byte is zero until the journal's pages are synced, and the database is
    // unchanged before that.
    let mut first = [0];
    let read = open_file(&journal).and_then(|mut journal| journal.read_exact(&mut first));
    let is_hot = match read {
        Ok(()) => first != [0],
        Err(error) => error.kind() != ErrorKind::UnexpectedEof,
    };
    // A journal that has changed in the meantime belongs to a writer that was still running.
    is_hot && !has_writer() && state() == Some(before)
}

/// Returns whether another process holds a lock on `file` that only a writer can hold; true also if
/// that can't be determined.
pub(in crate::store) fn has_writer(file: &File) -> bool {
    !matches!(conflicting_lock(file, FlockType::ReadLock), Ok(None))
}
