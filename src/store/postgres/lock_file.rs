//! The file whose bytes are the hash slots of this user's processes, if the database is on a
//! server.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// Opens the lock file, and creates it if it is missing.
///
/// # Errors
/// When it can't be created, or its directory belongs to another user.
pub(in crate::store) fn lock_file() -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags((nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK).bits())
        .open(directory()?.join("apikey-slots"))
}

/// Returns a directory in which only this user can create files: that of the session, otherwise one
/// in /tmp.
fn directory() -> io::Result<PathBuf> {
    let uid = geteuid().as_raw();
    let of_session = PathBuf::from(format!("/run/user/{uid}"));
    if is_private(&of_session) {
        return Ok(of_session);
    }
    let own = PathBuf::from(format!("/tmp/apikey-{uid}"));
    match DirBuilder::new().mode(0o700).create(&own) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if is_private(&own) {
        Ok(own)
    } else {
        Err(ErrorKind::PermissionDenied.into())
    }
}

/// Returns whether `path` is a directory of this user that others may not write in.
fn is_private(path: &Path) -> bool {
    let is_own = |found: std::fs::Metadata| {
        found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o022 == 0
    };
    path.symlink_metadata().is_ok_and(is_own)
}
