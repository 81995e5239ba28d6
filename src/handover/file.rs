//! A new file as a secret's target: written without a name, then linked into its place. It
//! never replaces a file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, linkat, openat, statat, unlinkat};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use super::errors::{file_exists, no_directory, not_created};
use crate::error::Result;
use crate::files::{self, without_path};

/// A file that holds a secret, before it is in its place and after.
pub(crate) struct PreparedFile {
    /// The open directory: its path may come to name another one meanwhile.
    directory: File,
    name: OsString,
    path: PathBuf,
    content: Content,
}

enum Content {
    /// A file without a name (`O_TMPFILE`), which ends with the process.
    Unnamed(File),
    /// A file with a temporary name, on a file system without `O_TMPFILE`.
    Temporary(NamedTempFile),
    /// In its place. Kept open, so that its inode is not given to another file.
    InPlace(File),
    /// It could not be put there, or was removed.
    None,
}

impl PreparedFile {
    /// Writes `bytes` to a file that only its owner may read. [`put_in_place`](Self::put_in_place)
    /// gives it `path`, or the name `default_name` in the directory at `path`.
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

    /// Returns the path of the file, in its place or not.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Links the file into its place, and syncs the directory.
    pub(super) fn put_in_place(&mut self) -> io::Result<()> {
        let file = match std::mem::replace(&mut self.content, Content::None) {
            Content::Unnamed(file) => {
                // Linking by AT_EMPTY_PATH would need a capability; open(2)
                // names this way for O_TMPFILE.
                let source = format!("/proc/self/fd/{}", file.as_raw_fd());
                let flags = AtFlags::SYMLINK_FOLLOW;
                linkat(CWD, source, &self.directory, &self.name, flags)?;
                file
            }
            Content::Temporary(file) => file.persist_noclobber(&self.path)?,
            Content::InPlace(file) => file,
            Content::None => return Err(ErrorKind::NotFound.into()),
        };
        self.content = Content::InPlace(file);
        let synced = self.directory.sync_all();
        if synced.is_err() {
            // If this fails, the caller removes it again.
            let _ = self.remove();
        }
        synced
    }

    /// Removes the file, if it is in its place and no other file took that.
    ///
    /// # Errors
    /// When it can't be removed.
    pub(super) fn remove(&mut self) -> io::Result<()> {
        let Content::InPlace(file) = &self.content else {
            return Ok(());
        };
        let ours = fstat(file)?;
        let is_ours = match statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino),
            Err(Errno::NOENT) => false,
            Err(error) => return Err(error.into()),
        };
        if is_ours {
            unlinkat(&self.directory, &self.name, AtFlags::empty())?;
            // A file that comes back after a power cut belongs to no key.
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
            // After any error: a directory that can't be written fails below, too.
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
            Self::InPlace(_) | Self::None => return Ok(()),
        };
        files::set_mode(file, 0o600)?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

/// Returns the directory and the name of a file at `path`; none if it names a directory.
fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return None;
    }
    let directory = match path.parent()? {
        current if current.as_os_str().is_empty() => Path::new("."),
        directory => directory,
    };
    Some((directory, path.file_name()?))
}

/// Returns whether opening the directory fails as well, with a better message.
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
    fn a_path_of_a_directory_names_no_file() {
        assert_eq!(
            split(Path::new("a/b")),
            Some((Path::new("a"), OsStr::new("b")))
        );
        assert_eq!(
            split(Path::new("b")),
            Some((Path::new("."), OsStr::new("b")))
        );
        for none in ["a/", "/", "..", "a/.."] {
            assert_eq!(split(Path::new(none)), None, "{none}");
        }
    }

    #[test]
    fn a_file_with_a_temporary_name_replaces_one_without() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.APIKEY");
        let mut file = PreparedFile::write(&path, "x", b"first\n").unwrap();
        let named = NamedTempFile::new_in(directory.path()).unwrap();
        file.content = Content::Temporary(named);
        file.content.fill(b"secret\n").unwrap();
        file.put_in_place().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"secret\n");
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        file.remove().unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_came_first_is_kept_and_never_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.APIKEY");
        let mut late = PreparedFile::write(&path, "x", b"late\n").unwrap();
        let mut first = PreparedFile::write(&path, "x", b"first\n").unwrap();
        first.put_in_place().unwrap();
        assert!(late.put_in_place().is_err());
        late.remove().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first\n");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, b"another").unwrap();
        first.remove().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"another");
    }
}
