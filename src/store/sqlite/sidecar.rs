//! Files beside the database: where they are, and whose.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Uid, fchown};

/// The file at the database's path with `suffix` after it.
pub(in crate::store) fn path(db: &Path, suffix: &str) -> PathBuf {
    let mut name = db.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns the path of the usage file of the database at `db`.
pub(in crate::store) fn usage_path(db: &Path) -> PathBuf {
    path(db, ".usage")
}

/// Gives `file` to whoever owns the database: root may make it, and the owner
/// must be able to use it.
pub(in crate::store) fn give_to_owner(db: &Path, file: &File) -> io::Result<()> {
    let (owner, found) = (db.metadata()?, file.metadata()?);
    if owner.uid() == found.uid() {
        return Ok(());
    }
    let (uid, gid) = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
    Ok(fchown(file, Some(uid), Some(gid))?)
}
