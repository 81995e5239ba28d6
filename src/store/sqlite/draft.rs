//! A database under a temporary name, where it is made whole before it gets its own:
//! nobody ever opens half of one, and of two commands that make it at once one wins and
//! the other finds it there.

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

/// The file of a database that is not in its place yet, deleted with this.
///
/// In a folder of its own, which only its maker may enter: wherever somebody else may
/// make a file, a journal could be planted, and SQLite would play it into the draft and
/// delete what file it names.
pub(in crate::store) struct Draft {
    // In this order: the folder is empty by then.
    file: TempPath,
    folder: Folder,
    /// Locked as long as this process works on it. None where that can't be had.
    _lock: Option<File>,
}

/// What the names of folders of drafts, and of usage files that are not in their place yet,
/// begin with.
const DRAFT: &str = ".db.";
const USAGE: &str = ".keys.db.";

/// The folder, which goes with what SQLite leaves in it where a disk fails.
struct Folder(TempDir);

impl Folder {
    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // By its name, for it may be that it can't be opened to be looked through; where
        // there is something in it, that is done after this.
        let _ = std::fs::remove_dir(self.path());
    }
}

impl Draft {
    /// An empty file, for its maker alone, below `folder`, where it is to be put.
    pub(in crate::store) fn below(folder: &Path) -> io::Result<Self> {
        let own = tempfile::Builder::new()
            .prefix(DRAFT)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(folder)
            .map_err(without_path)?;
        let folder = Folder(own);
        let found = folder.path().metadata()?;
        files::check_mode(&found, 0o700)?;
        let given = found.mode();
        if given & 0o700 != 0o700 {
            // The umask took bits away. Not otherwise: a folder that hands its group on
            // would lose that, where its maker isn't in the group.
            std::fs::set_permissions(folder.path(), Permissions::from_mode(given | 0o700))?;
        }
        let lock = File::open(folder.path()).ok();
        let lock = lock.filter(|folder| lock_draft(folder).is_ok());
        // Closed before SQLite opens it: closing it later would drop SQLite's locks.
        let file = tempfile::Builder::new()
            .prefix("db")
            .rand_bytes(0)
            .tempfile_in(folder.path())
            .map_err(without_path)?;
        files::set_mode(file.as_file(), 0o600)?;
        let file = file.into_temp_path();
        Ok(Self {
            file,
            folder,
            _lock: lock,
        })
    }

    /// Its folder, for what is to be put beside it.
    pub(in crate::store) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where it is until then.
    pub(in crate::store) fn path(&self) -> &Path {
        &self.file
    }

    /// Gives it its name, where nothing is.
    ///
    /// # Errors
    /// When something is there, or it can't be made there.
    pub(in crate::store) fn put(self, path: &Path) -> io::Result<()> {
        Ok(self.file.persist_noclobber(path)?)
    }

    /// Makes it the database at `path`, `store` being open on it, with `uses` beside it.
    ///
    /// # Errors
    /// Those that `failed` makes of a fault, after which nothing is there; and
    /// [`Kind::OutcomeUnknown`] where it is, and may not last.
    pub(in crate::store) fn become_database(
        self,
        store: Store,
        uses: TempPath,
        path: &Path,
        failed: impl FnOnce(io::Error) -> Error,
    ) -> Result<()> {
        // Held until all is in its place: a lock is the file's, whatever its name.
        let _blocked_signals = (BlockedSignals::that_stop(), BlockedSignals::that_end());
        store.db.as_sqlite().execute_batch("BEGIN EXCLUSIVE")?;
        // Its folder stays as long as there is something in it.
        let Self { file, folder, .. } = self;
        let put = file.persist_noclobber(path);
        put.map_err(|fault| failed(fault.error))?;
        // Over what was left behind: dates of a database that was here once are not
        // this one's. Where it can't be, the next change tries again.
        let _ = uses.persist(sidecar::usage_path(path));
        drop(folder);
        let ended = store.db.as_sqlite().execute_batch("ROLLBACK");
        drop(store);
        ended.map_err(|error| made_but(path, error.into()))?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| {
                let fact = error.to_string();
                made_but(path, Error::new(Kind::Io, fact).caused_by(error))
            })
    }
}

/// A file in `folder` for its owner alone, to be given its name later.
pub(in crate::store) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new()
        .prefix(USAGE)
        .tempfile_in(folder)
        .map_err(without_path)?;
    files::set_mode(file.as_file(), 0o600)?;
    // Not every file system has such locks.
    let _ = lock_draft(file.as_file());
    Ok(file)
}

/// Locks a draft, which tells it from one whose command was killed.
fn lock_draft(draft: &File) -> rustix::io::Result<()> {
    flock(draft, FlockOperation::NonBlockingLockExclusive)
}

/// Returns whether what is at `path`, with that name, is a draft that no command works on.
/// Not where that can't be known.
pub(in crate::store) fn is_abandoned(path: &Path, name: &OsStr) -> bool {
    /// The number of characters that tempfile puts after the prefix.
    const RANDOM: usize = 6;
    let is_of = |prefix: &str| {
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix));
        random.is_some_and(|random| {
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    let is_draft = path
        .symlink_metadata()
        .is_ok_and(|found| found.is_dir() && is_of(DRAFT) || found.is_file() && is_of(USAGE));
    is_draft && open_file(path).is_ok_and(|draft| lock_draft(&draft).is_ok())
}

/// What a fault means after which a draft is gone: what it held is known to be nowhere.
pub(in crate::store) fn gone(error: Error) -> Error {
    match error.kind() {
        Kind::OutcomeUnknown => Error::new(Kind::Io, "the disk failed").hint("nothing was made"),
        _ => error,
    }
}

/// Returns the error for a database that was made at `path`, where `error` came after.
pub(in crate::store) fn made_but(path: &Path, error: Error) -> Error {
    let path = path.display().to_string();
    let fact = format!("{path} was made, but it is unknown whether it lasts: {error}");
    let look = format!("look with `apikey --db {} doctor`", quoted(&path));
    let unknown = Error::new(Kind::OutcomeUnknown, fact).hint(look);
    unknown.caused_by(error)
}
