//! A draft: an unfinished database under a temporary name. It is renamed when it is complete,
//! so that no process opens half of a database. If two commands create a database at the same path,
//! the second finds the database of the first.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use tempfile::{NamedTempFile, TempDir, TempPath};

use crate::error::{Error, Kind, Result};
use crate::files::{self, without_path};
use crate::process::BlockedSignals;
use crate::store::Store;
use crate::store::errors::quoted;
use crate::store::sqlite::preflight::open_file;
use crate::store::sqlite::sidecar;

/// The file of an unfinished database, deleted when dropped.
///
/// It is in a directory of its own, which only the current user may enter. In a directory
/// where others can create files, an attacker could plant a journal: SQLite would write the pages
/// of the journal into the draft, and delete a file that the journal names.
pub(in crate::store) struct Draft {
    // In this order: the file is deleted before the directory.
    file: TempPath,
    directory: DraftDirectory,
    /// Locked while this process works on the draft. None if the file system has no locks.
    _lock: Option<File>,
}

/// The prefix of the names of draft directories.
const DRAFT_PREFIX: &str = ".db.";

/// The prefix of the names of unfinished usage files.
const USAGE_PREFIX: &str = ".keys.db.";

/// The directory of a draft, deleted when dropped, together with any file that SQLite left in it
/// when a disk failed.
struct DraftDirectory(TempDir);

impl Drop for DraftDirectory {
    fn drop(&mut self) {
        // TempDir opens a directory to remove it, which may be impossible, so an empty directory is
        // removed here. TempDir then removes a directory that has files.
        let _ = std::fs::remove_dir(self.0.path());
    }
}

impl Draft {
    /// Creates an empty draft, mode 0600, in a new directory in `parent`, the directory of its
    /// final path.
    pub(in crate::store) fn create_in(parent: &Path) -> io::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix(DRAFT_PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(without_path)?;
        let directory = DraftDirectory(directory);
        let path = directory.0.path();
        let found = path.metadata()?;
        files::check_mode(&found, 0o700)?;
        let mode = found.mode();
        if mode & 0o700 != 0o700 {
            // The umask cleared bits. If it didn't, the mode stays as it is: chmod by a user who
            // isn't in the directory's group would clear an inherited set-group-ID bit.
            std::fs::set_permissions(path, Permissions::from_mode(mode | 0o700))?;
        }
        let lock = File::open(path).ok();
        let lock = lock.filter(|directory| lock_draft(directory).is_ok());
        // This descriptor is closed before SQLite opens the file: closing it later would release
        // SQLite's locks.
        let file = tempfile::Builder::new()
            .prefix("db")
            .rand_bytes(0)
            .tempfile_in(path)
            .map_err(without_path)?;
        files::set_mode(file.as_file(), 0o600)?;
        Ok(Self {
            file: file.into_temp_path(),
            directory,
            _lock: lock,
        })
    }

    /// Returns the directory of the draft, for other unfinished files.
    pub(in crate::store) fn directory(&self) -> &Path {
        self.directory.0.path()
    }

    /// Returns the temporary path.
    pub(in crate::store) fn path(&self) -> &Path {
        &self.file
    }

    /// Renames the draft to `path`.
    ///
    /// # Errors
    /// When a file exists at `path`, and the errors of renaming.
    pub(in crate::store) fn rename_to(self, path: &Path) -> io::Result<()> {
        Ok(self.file.persist_noclobber(path)?)
    }

    /// Makes the draft, which is open in `store`, the database at `path`, with `uses` as its
    /// usage file.
    ///
    /// # Errors
    /// The error of locking the draft, or the error that `failed` returns, if nothing was created;
    /// [`Kind::OutcomeUnknown`] if the database exists but may not survive a crash.
    pub(in crate::store) fn install(
        self,
        store: Store,
        uses: TempPath,
        path: &Path,
        failed: impl FnOnce(io::Error) -> Error,
    ) -> Result<()> {
        let _blocked_signals = (BlockedSignals::that_stop(), BlockedSignals::that_end());
        // A lock belongs to the file, whatever its name: no process reads the database until
        // its usage file is there.
        store.db.as_sqlite()?.execute_batch("BEGIN EXCLUSIVE")?;
        let Self {
            file, directory, ..
        } = self;
        let renamed = file.persist_noclobber(path);
        renamed.map_err(|error| failed(error.error))?;
        // Replaces a usage file that an earlier database left, whose dates are wrong for this
        // database. If that fails and there is no usage file, the next change creates one.
        let _ = uses.persist(sidecar::usage_path(path));
        drop(directory);
        let ended = store.db.as_sqlite()?.execute_batch("ROLLBACK");
        drop(store);
        ended.map_err(|error| not_durable(path, error.into()))?;
        sidecar::sync_directory(path).map_err(|error| {
            let fact = error.to_string();
            not_durable(path, Error::new(Kind::Io, fact).caused_by(error))
        })
    }
}

/// Creates a temporary file in `directory`, mode 0600, which is renamed later.
pub(in crate::store) fn temporary_file(directory: &Path) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new()
        .prefix(USAGE_PREFIX)
        .tempfile_in(directory)
        .map_err(without_path)?;
    files::set_mode(file.as_file(), 0o600)?;
    // Not every file system has such locks.
    let _ = lock_draft(file.as_file());
    Ok(file)
}

/// Locks a draft. A draft without a lock belongs to a command that was killed.
fn lock_draft(draft: &File) -> rustix::io::Result<()> {
    flock(draft, FlockOperation::NonBlockingLockExclusive)
}

/// Returns whether the file or directory at `path`, whose name is `name`, is a draft of a database
/// or an unfinished usage file that no command is working on. False if that is uncertain.
pub(in crate::store) fn is_abandoned(path: &Path, name: &OsStr) -> bool {
    /// The number of characters that tempfile puts after the prefix.
    const RANDOM: usize = 6;
    let has_prefix = |prefix: &str| {
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix));
        random.is_some_and(|random| {
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    let is_draft = path.symlink_metadata().is_ok_and(|found| {
        found.is_dir() && has_prefix(DRAFT_PREFIX) || found.is_file() && has_prefix(USAGE_PREFIX)
    });
    is_draft && open_file(path).is_ok_and(|draft| lock_draft(&draft).is_ok())
}

/// Returns the error of a change to a draft that failed with `error`. The draft is deleted
/// afterwards, so a change whose outcome is unknown was certainly not made.
pub(in crate::store) fn nothing_created(error: Error) -> Error {
    match error.kind() {
        Kind::OutcomeUnknown => Error::new(Kind::Io, "the disk failed").hint("nothing was created"),
        _ => error,
    }
}

/// Returns the error for a database that was created at `path` before `error`.
pub(in crate::store) fn not_durable(path: &Path, error: Error) -> Error {
    let path = path.display().to_string();
    let fact = format!("{path} was created, but it is unknown whether it is durable: {error}");
    let hint = format!("check it with `apikey --db {} doctor`", quoted(&path));
    Error::new(Kind::OutcomeUnknown, fact)
        .hint(hint)
        .caused_by(error)
}
