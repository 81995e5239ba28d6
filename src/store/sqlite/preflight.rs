//! What is refused before SQLite sees it, and what it would not see.
//!
//! Only to be called without a connection to the database: closing any descriptor of
//! a file drops every lock the process has on it (fcntl(2)).

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::store::errors::{LOCK_BYTES, damaged, not_permitted, quoted};
use crate::store::sqlite::{directory, schema, sidecar};

/// How changes to a database are kept from being cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Journal {
    /// As in every database of ours.
    Rollback,
    /// As another program may have set it.
    Wal,
}

/// Refuses what SQLite would create, wait for, or take for an empty database; and a
/// directory in which others could plant a journal.
pub(in crate::store) fn check_file(path: &Path) -> Result<Journal> {
    let shown = path.display().to_string();
    let metadata = std::fs::metadata(path).map_err(|fault| match fault.kind() {
        ErrorKind::NotADirectory => Error::new(
            Kind::DatabaseMissing,
            format!("there is no database at {shown}: a part of the path is not a directory"),
        )
        .hint("name the database with --db PATH"),
        ErrorKind::NotFound => Error::new(
            Kind::DatabaseMissing,
            format!("there is no database at {shown}"),
        )
        .hint(format!("apikey --db {} init", quoted(&shown))),
        _ => cannot_read(&shown, fault),
    })?;
    check_type(&metadata, &shown)?;
    directory::check_opened(path, &metadata)?;
    check_beside(path)?;
    let journal = journal_of(path, &shown)?;
    if journal == Journal::Rollback && has_wal(path) {
        // Another program may just have given the database a WAL.
        let journal = journal_of(path, &shown)?;
        return match journal {
            Journal::Wal => Ok(journal),
            Journal::Rollback => Err(foreign_wal(path)),
        };
    }
    Ok(journal)
}

/// Opens a file to read, and only a file: no link is followed and no pipe waited for.
pub(in crate::store) fn open_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Refuses what is no file in the place of one of SQLite's: it would wait for somebody
/// to write to a pipe.
pub(in crate::store) fn check_beside(path: &Path) -> Result<()> {
    for suffix in ["-journal", "-wal"] {
        let other = sidecar::path(path, suffix);
        if other.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            let fact = format!("{} is in the way: it is no file", other.display());
            return Err(Error::new(Kind::Io, fact).hint("move it away, then try again"));
        }
    }
    Ok(())
}

/// Returns whether there is a write-ahead log for the database at `path`.
pub(in crate::store) fn has_wal(path: &Path) -> bool {
    sidecar::path(path, "-wal").symlink_metadata().is_ok()
}

/// Refuses a write-ahead log that doesn't belong to the database at `path`. SQLite would
/// read it all the same, in place of what is in the database.
pub(in crate::store) fn foreign_wal(path: &Path) -> Error {
    let wal = sidecar::path(path, "-wal").display().to_string();
    let shown = quoted(&wal);
    damaged(format!(
        "{wal} was put there by another program or user: the database has a rollback journal"
    ))
    .hint(format!(
        "look at it, then move it away: mv --backup=numbered {shown} {shown}.aside"
    ))
}

fn journal_of(path: &Path, shown: &str) -> Result<Journal> {
    let file = File::open(path).map_err(|fault| cannot_read(shown, fault))?;
    check_header(&file, shown)
}

/// Refuses a file that is not ours before SQLite opens it: it would make a -wal
/// and a -shm beside another program's database.
pub(in crate::store) fn check_header(file: &File, shown: &str) -> Result<Journal> {
    // The header's first 100 bytes; the application id is the four at 68, and the
    // versions to write and to read at 18 and 19 are 2 with a WAL
    // (sqlite.org/fileformat2.html).
    let mut header = [0; 100];
    match file.read_exact_at(&mut header, 0) {
        Err(fault) if fault.kind() != ErrorKind::UnexpectedEof => Err(cannot_read(shown, fault)),
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {
            let id = i32::from_be_bytes([header[68], header[69], header[70], header[71]]);
            if i64::from(id) != schema::APPLICATION_ID {
                return Err(schema::foreign(shown, "is a database of another program"));
            }
            if header[18..20].contains(&2) {
                Ok(Journal::Wal)
            } else {
                Ok(Journal::Rollback)
            }
        }
        _ => Err(schema::foreign(shown, "is not a database")),
    }
}

pub(in crate::store) fn cannot_read(shown: &str, error: io::Error) -> Error {
    let cannot = match error.kind() {
        ErrorKind::PermissionDenied => not_open(shown),
        _ => Error::new(Kind::Io, format!("{shown} can't be read: {error}")),
    };
    cannot.caused_by(error)
}

/// Refuses what is no file, and an empty one.
pub(in crate::store) fn check_type(metadata: &Metadata, shown: &str) -> Result<()> {
    match unusable(metadata) {
        Some(fact) => Err(schema::foreign(shown, fact)),
        None => Ok(()),
    }
}

fn unusable(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        Some("is a folder, not a database")
    } else if kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device()
    {
        Some("is a pipe, a socket or a device, not a database")
    } else if metadata.len() == 0 {
        Some("is empty, not a database")
    } else {
        None
    }
}

/// Whether a change to the database at `path` was cut off and is still to be undone,
/// also where SQLite wouldn't see it.
///
/// SQLite takes a lock of any kind on its RESERVED byte for a change under way, and then
/// reads the half of it that is there. Whoever may read the file can hold one for
/// reading; only whoever may write it can hold one for writing.
pub(in crate::store) fn was_cut_off(path: &Path) -> bool {
    was_cut_off_in(
        path,
        || !matches!(File::open(path), Ok(file) if !is_written(&file)),
    )
}

/// As [`was_cut_off`], where `is_written` tells whether a process is writing.
pub(in crate::store) fn was_cut_off_in(path: &Path, is_written: impl FnOnce() -> bool) -> bool {
    let journal = sidecar::path(path, "-journal");
    let state = || {
        let found = journal.symlink_metadata().ok()?;
        Some((found.ino(), found.len(), found.ctime(), found.ctime_nsec()))
    };
    let Some(before) = state() else {
        return false;
    };
    // Zero until the pages in it were synced, and nothing is changed before that.
    let mut first = [0];
    let read = open_file(&journal).and_then(|mut journal| journal.read_exact(&mut first));
    let is_of_use = match read {
        Ok(()) => first != [0],
        Err(fault) => fault.kind() != ErrorKind::UnexpectedEof,
    };
    // Unchanged meanwhile: then nobody wrote in it in the moment that was looked at.
    is_of_use && !is_written() && state() == Some(before)
}

/// Whether a process holds a lock on `file` that only a writer has. Yes, where it can't be
/// told.
pub(in crate::store) fn is_written(file: &File) -> bool {
    // What conflicts with a lock for reading is one for writing.
    let lock = Flock {
        start: LOCK_BYTES.0,
        length: LOCK_BYTES.1,
        pid: None,
        typ: FlockType::ReadLock,
        offset_type: FlockOffsetType::Set,
    };
    !matches!(fcntl_getlk(file, &lock), Ok(None))
}

/// That the file at `shown` can't be read, and why.
fn not_open(shown: &str) -> Error {
    denied::reading(Path::new(shown)).map_or_else(
        || not_permitted(format!("{shown} is not open to you")),
        Error::from,
    )
}
