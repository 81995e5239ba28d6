//! A new file as the target of a delivery: written without a name, then linked to its path. It
//! never replaces a file.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, fchown, fremovexattr, fstat, linkat, openat, statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use tempfile::NamedTempFile;

use super::errors::{file_exists, no_directory, not_created};
use crate::error::Result;
use crate::files::{self, without_path};

/// A file that contains a secret, before and after it gets its path.
pub(crate) struct PreparedFile {
    /// The open directory. Its path may name another directory later.
    directory: File,
    name: OsString,
    path: PathBuf,
    content: Content,
}

enum Content {
    /// A file without a name (`O_TMPFILE`), which disappears with the process.
    Unnamed(File),
    /// A file with a temporary name, on a file system without `O_TMPFILE`.
    Temporary(NamedTempFile),
    /// A file with its path. It is kept open, so that no other file gets its inode.
    Published(File),
    /// No file: it could not get its path, or was removed.
    None,
}

impl PreparedFile {
    /// Writes `bytes` to a file that only its owner may read. [`publish`](Self::publish) gives it
    /// `path`, or the name `default_name` in the directory at `path`.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`](crate::error::Kind::NotHandedOver) when the file can't be
    /// created.
    pub(super) fn write(path: &Path, default_name: &str, bytes: &[u8]) -> Result<Self> {
        let path = if path.is_dir() {
            path.join(default_name)
        } else {
            path.to_owned()
        };
        Self::write_at(path, bytes)
    }

    /// Writes `bytes` to a file with the owner, group and mode of the file that `like` describes.
    /// [`publish`](Self::publish) gives it `path`.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`](crate::error::Kind::NotHandedOver) when the file can't be
    /// created, or can't be given the owner, group or mode.
    pub(super) fn write_like(path: &Path, like: &Metadata, bytes: &[u8]) -> Result<Self> {
        let written = Self::write_at(path.to_owned(), bytes)?;
        let kept = match &written.content {
            Content::Unnamed(file) | Content::Published(file) => keep_owner_and_mode(file, like),
            Content::Temporary(file) => keep_owner_and_mode(file.as_file(), like),
            Content::None => Ok(()),
        };
        kept.map_err(|error| not_created(path, error))?;
        Ok(written)
    }

    /// Returns a prepared file for `file`, which is open and already has its path.
    pub(super) fn published(directory: File, name: &OsStr, path: &Path, file: File) -> Self {
        Self {
            directory,
            name: name.to_owned(),
            path: path.to_owned(),
            content: Content::Published(file),
        }
    }

    fn write_at(path: PathBuf, bytes: &[u8]) -> Result<Self> {
        match path.symlink_metadata() {
            Ok(_) => return Err(file_exists(&path)),
            // For instance, the name is too long.
            Err(error) if !is_of_directory(&error) => return Err(not_created(&path, error)),
            Err(_) => {}
        }
        let (directory_path, name) = split(&path).ok_or_else(|| no_directory(&path))?;
        let failed = |error| not_created(&path, error);
        let directory = File::open(directory_path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => no_directory(directory_path),
            _ => failed(error),
        })?;
        if !directory.metadata().map_err(failed)?.is_dir() {
            return Err(no_directory(directory_path));
        }
        let mut content = Content::new(&directory, directory_path).map_err(failed)?;
        content.fill(bytes).map_err(failed)?;
        Ok(Self {
            directory,
            name: name.to_owned(),
            content,
            path,
        })
    }

    /// Returns the path of the file, which it may not have yet.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Links the file to its path, and syncs the directory.
    pub(super) fn publish(&mut self) -> io::Result<()> {
        let file = match std::mem::replace(&mut self.content, Content::None) {
            Content::Unnamed(file) => {
                // AT_EMPTY_PATH would need a capability. open(2) documents this way for
                // O_TMPFILE.
                let source = format!("/proc/self/fd/{}", file.as_raw_fd());
                let flags = AtFlags::SYMLINK_FOLLOW;
                linkat(CWD, source, &self.directory, &self.name, flags)?;
                file
            }
            Content::Temporary(file) => file.persist_noclobber(&self.path)?,
            Content::Published(file) => file,
            Content::None => return Err(ErrorKind::NotFound.into()),
        };
        self.content = Content::Published(file);
        let synced = self.directory.sync_all();
        if synced.is_err() {
            // If the removal fails, the caller tries it again.
            let _ = self.remove();
        }
        synced
    }

    /// Removes the file, unless another file has its path.
    ///
    /// # Errors
    /// When it can't be removed.
    pub(super) fn remove(&mut self) -> io::Result<()> {
        let Content::Published(file) = &self.content else {
            return Ok(());
        };
        let own = fstat(file)?;
        let is_own = match statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino),
            Err(Errno::NOENT) => false,
            Err(error) => return Err(error.into()),
        };
        if is_own {
            unlinkat(&self.directory, &self.name, AtFlags::empty())?;
            // An error is harmless: a file that a power cut brings back belongs to no key.
            let _ = self.directory.sync_all();
        }
        self.content = Content::None;
        Ok(())
    }
}

impl Content {
    fn new(directory: &File, directory_path: &Path) -> io::Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let unnamed = openat(directory, ".", flags, Mode::RUSR | Mode::WUSR);
        match unnamed {
            Ok(file) if Path::new("/proc/self/fd").is_dir() => Ok(Self::Unnamed(file.into())),
            // Tried after any error: if the directory can't be written, this fails, too.
            _ => tempfile::Builder::new()
                .prefix(".apikey-")
                .tempfile_in(directory_path)
                .map(Self::Temporary)
                .map_err(without_path),
        }
    }

    fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match self {
            Self::Unnamed(file) => file,
            Self::Temporary(file) => file.as_file_mut(),
            Self::Published(_) | Self::None => return Ok(()),
        };
        files::set_mode(file, 0o600)?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

/// The extended attribute that holds a file's access control list on Linux (acl(5)).
pub(super) const ACCESS_CONTROL_LIST: &str = "system.posix_acl_access";

/// Gives `file` the owner, group and mode of the file that `like` describes, and no access control
/// list: `like` has none, but `file` may have inherited one from its directory.
pub(super) fn keep_owner_and_mode(file: &File, like: &Metadata) -> io::Result<()> {
    let found = file.metadata()?;
    let (owner, group) = (like.uid(), like.gid());
    // Skipped if it would change nothing, since the call could be refused even then.
    if (found.uid(), found.gid()) != (owner, group) {
        fchown(file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(group)))?;
    }
    match fremovexattr(file, ACCESS_CONTROL_LIST) {
        Ok(()) | Err(Errno::NODATA | Errno::NOTSUP) => {}
        Err(error) => return Err(error.into()),
    }
    files::set_mode(file, like.mode() & 0o7777)?;
    file.sync_all()
}

/// Returns the directory and the name of the file at `path`; none if `path` names a directory.
pub(super) fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return None;
    }
    let directory = match path.parent()? {
        current if current.as_os_str().is_empty() => Path::new("."),
        directory => directory,
    };
    Some((directory, path.file_name()?))
}

/// Returns whether opening the directory fails, too, with a better message.
fn is_of_directory(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_path_of_a_directory_has_no_file_name() {
        assert_eq!(
            split(Path::new("a/b")),
            Some((Path::new("a"), OsStr::new("b")))
        );
        assert_eq!(
            split(Path::new("b")),
            Some((Path::new("."), OsStr::new("b")))
        );
        for directory in ["a/", "/", "..", "a/.."] {
            assert_eq!(split(Path::new(directory)), None, "{directory}");
        }
    }

    #[test]
    fn a_file_with_a_temporary_name_works_like_one_without() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.APIKEY");
        let mut file = PreparedFile::write(&path, "x", b"first\n").unwrap();
        let named = NamedTempFile::new_in(directory.path()).unwrap();
        file.content = Content::Temporary(named);
        file.content.fill(b"secret\n").unwrap();
        file.publish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"secret\n");
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        file.remove().unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn another_file_at_the_path_is_never_replaced_or_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.APIKEY");
        let mut late = PreparedFile::write(&path, "x", b"late\n").unwrap();
        let mut first = PreparedFile::write(&path, "x", b"first\n").unwrap();
        first.publish().unwrap();
        assert!(late.publish().is_err());
        late.remove().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first\n");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, b"another").unwrap();
        first.remove().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"another");
    }
}
