//! The files next to the database: their paths, their owner, and the durability of their names.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Uid, fchown};

/// Returns the path of the database with `suffix` after it.
pub(in crate::store) fn path(db: &Path, suffix: &str) -> PathBuf {
    let mut name = db.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns the path of the usage file of the database at `db`.
pub(in crate::store) fn usage_path(db: &Path) -> PathBuf {
    path(db, ".usage")
}

/// Returns whether the database at `db` has the sidecar with that suffix. Links are not
/// followed.
pub(in crate::store) fn is_present(db: &Path, suffix: &str) -> bool {
    path(db, suffix).symlink_metadata().is_ok()
}

/// Makes changes of names in the directory of `path` durable. `path` is absolute.
pub(in crate::store) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

/// Gives `file` to the owner of the database at `db`. Root may have created the file, and the owner
/// must be able to use it.
pub(in crate::store) fn give_to_owner(db: &Path, file: &File) -> io::Result<()> {
    let (owner, found) = (db.metadata()?, file.metadata()?);
    if owner.uid() == found.uid() {
        return Ok(());
    }
    let (uid, gid) = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
    Ok(fchown(file, Some(uid), Some(gid))?)
}
