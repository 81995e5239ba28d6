//! A database under a temporary name, where it is made whole before it gets its own:
//! nobody ever opens half of one, and of two commands that make it at once one wins and
//! the other finds it there.

use std::fs::{File, Permissions, remove_file};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::usage::UsageFile;
use super::{Store, beside};
use crate::error::{Error, Kind, Result};

/// The file of a database that is not in its place yet, deleted with this.
pub(super) struct Draft {
    file: TempPath,
    /// What SQLite leaves where a disk fails.
    _journal: Leftover,
}

impl Draft {
    /// A database is to be in `file`, which is closed: to close it later would drop
    /// SQLite's locks.
    pub(super) fn new(file: NamedTempFile) -> Self {
        let file = file.into_temp_path();
        let journal = Leftover(beside::path(&file, "-journal"));
        Self {
            file,
            _journal: journal,
        }
    }

    /// Where it is until then.
    pub(super) fn path(&self) -> &Path {
        &self.file
    }

    /// Gives it its name, where nothing is.
    ///
    /// # Errors
    /// When something is there, or it can't be made there.
    pub(super) fn put(self, path: &Path) -> io::Result<()> {
        Ok(self.file.persist_noclobber(path)?)
    }

    /// Makes it the database at `path`, `store` being open on it, with `uses` beside it.
    ///
    /// # Errors
    /// Those that `failed` makes of a fault, after which nothing is there; and
    /// [`Kind::OutcomeUnknown`] where it is, and may not last.
    pub(super) fn become_database(
        self,
        store: Store,
        uses: TempPath,
        path: &Path,
        failed: impl FnOnce(io::Error) -> Error,
    ) -> Result<()> {
        // Held until all is in its place: a lock is the file's, whatever its name.
        store.conn.execute_batch("BEGIN EXCLUSIVE")?;
        self.put(path).map_err(failed)?;
        // Over what was left behind: dates of a database that was here once are not
        // this one's. Where it can't be, the next change tries again.
        let _ = uses.persist(UsageFile::path_for(path));
        let ended = store.conn.execute_batch("ROLLBACK");
        drop(store);
        ended.map_err(|fault| made_but(path, &fault.into()))?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|fault| made_but(path, &Error::new(Kind::Io, fault.to_string())))
    }
}

/// A file that is deleted with this, if it is there.
struct Leftover(PathBuf);

impl Drop for Leftover {
    fn drop(&mut self) {
        let _ = remove_file(&self.0);
    }
}

/// A file in `folder` for its owner alone, to be given its name later.
pub(super) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new()
        .prefix(".keys.db.")
        .tempfile_in(folder)?;
    // The umask may have taken bits away.
    file.as_file()
        .set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// What a fault means after which a draft is gone: what it held is known to be nowhere.
pub(super) fn gone(error: Error) -> Error {
    match error.kind() {
        Kind::OutcomeUnknown => Error::new(Kind::Io, "the disk failed").hint("nothing was made"),
        _ => error,
    }
}

/// That the database at `path` was made, and a fault came after.
pub(super) fn made_but(path: &Path, fault: &Error) -> Error {
    let path = path.display();
    let fact = format!("{path} was made, but it is unknown whether it lasts: {fault}");
    Error::new(Kind::OutcomeUnknown, fact).hint(format!("look with `apikey --db {path} doctor`"))
}
