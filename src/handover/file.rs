//! A new file as a secret's target: written under no name, then linked into
//! place, never over anything.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, linkat, openat, statat, unlinkat};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use crate::files::{self, without_path};

/// A file that holds a secret and is not in its place yet.
pub(crate) struct PreparedFile {
    /// The folder, open: what its path means may change meanwhile.
    folder: File,
    name: OsString,
    path: PathBuf,
    content: Content,
}

enum Content {
    /// A file without a name (`O_TMPFILE`): gone when the process is.
    Unnamed(File),
    /// Where the file system has none of those: a file with a temporary name.
    Temporary(NamedTempFile),
    /// In its place. Kept open, so that its inode is not given to another file.
    InPlace(File),
    /// It could not be put there.
    Gone,
}

/// Why a file can't be made.
#[derive(Debug)]
pub(super) enum Refused {
    /// Something is there already.
    Exists(PathBuf),
    /// Its folder is missing, or is none.
    NoFolder(PathBuf),
    /// Its folder may not be written, or another fault.
    Fault(PathBuf, io::Error),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exists(path) => write!(f, "{} exists already", path.display()),
            Self::NoFolder(path) => write!(f, "there is no folder {}", path.display()),
            Self::Fault(path, fault) => write!(f, "{} can't be made: {fault}", path.display()),
        }
    }
}

impl PreparedFile {
    /// Writes `bytes` to a file that is to be at `path`, or named `default_name`
    /// in the directory at `path`, readable by its owner alone.
    pub(super) fn write(path: &Path, default_name: &str, bytes: &[u8]) -> Result<Self, Refused> {
        let path = if path.is_dir() {
            path.join(default_name)
        } else {
            path.to_owned()
        };
        match path.symlink_metadata() {
            Ok(_) => return Err(Refused::Exists(path)),
            // A name that is too long, for one.
            Err(fault) if !is_of_the_folder(&fault) => return Err(Refused::Fault(path, fault)),
            Err(_) => {}
        }
        let (folder_path, name) = split(&path).ok_or_else(|| Refused::NoFolder(path.clone()))?;
        let fault = |fault| Refused::Fault(path.clone(), fault);
        let folder = File::open(folder_path).map_err(fault_in(folder_path, &path))?;
        if !folder.metadata().map_err(fault)?.is_dir() {
            return Err(Refused::NoFolder(folder_path.to_owned()));
        }
        let mut content = Content::new(&folder, folder_path).map_err(fault)?;
        content.fill(bytes).map_err(fault)?;
        Ok(Self {
            folder,
            name: name.to_owned(),
            content,
            path,
        })
    }

    /// Where the file is, or is to be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place, and makes that last.
    pub(super) fn put_in_place(&mut self) -> io::Result<()> {
        let file = match std::mem::replace(&mut self.content, Content::Gone) {
            Content::Unnamed(file) => {
                // Linking by AT_EMPTY_PATH would need a capability; open(2)
                // names this way for O_TMPFILE.
                let source = format!("/proc/self/fd/{}", file.as_raw_fd());
                let flags = AtFlags::SYMLINK_FOLLOW;
                linkat(CWD, source, &self.folder, &self.name, flags)?;
                file
            }
            Content::Temporary(file) => file.persist_noclobber(&self.path)?,
            Content::InPlace(file) => file,
            Content::Gone => return Err(io::ErrorKind::NotFound.into()),
        };
        self.content = Content::InPlace(file);
        let lasting = self.folder.sync_all();
        if lasting.is_err() {
            // Where it stays, it is taken back once more.
            let _ = self.remove();
        }
        lasting
    }

    /// Removes the file, if it is in its place and still the one put there.
    ///
    /// # Errors
    /// When it stays.
    pub(super) fn remove(&mut self) -> io::Result<()> {
        let Content::InPlace(file) = &self.content else {
            return Ok(());
        };
        let ours = fstat(file)?;
        let is_ours = match statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino),
            Err(Errno::NOENT) => false,
            Err(fault) => return Err(fault.into()),
        };
        if is_ours {
            unlinkat(&self.folder, &self.name, AtFlags::empty())?;
            // One that comes back after a power cut belongs to no key.
            let _ = self.folder.sync_all();
        }
        self.content = Content::Gone;
        Ok(())
    }
}

impl Content {
    fn new(folder: &File, folder_path: &Path) -> io::Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let unnamed = openat(folder, ".", flags, Mode::RUSR | Mode::WUSR);
        match unnamed {
            Ok(file) if Path::new("/proc/self/fd").is_dir() => Ok(Self::Unnamed(file.into())),
            // Any fault: a folder that can't be written fails below just so.
            _ => tempfile::Builder::new()
                .prefix(".apikey-")
                .tempfile_in(folder_path)
                .map(Self::Temporary)
                .map_err(without_path),
        }
    }

    fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match self {
            Self::Unnamed(file) => file,
            Self::Temporary(file) => file.as_file_mut(),
            Self::InPlace(_) | Self::Gone => return Ok(()),
        };
        files::set_mode(file, 0o600)?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

/// The folder and the name of a file at `path`; none where it names a folder.
fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return None;
    }
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    Some((folder, path.file_name()?))
}

/// Whether that fault is there again, and told better, when the folder is opened.
fn is_of_the_folder(fault: &io::Error) -> bool {
    matches!(
        fault.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied
    )
}

fn fault_in<'a>(folder: &'a Path, path: &'a Path) -> impl FnOnce(io::Error) -> Refused + 'a {
    move |fault| match fault.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Refused::NoFolder(folder.to_owned())
        }
        _ => Refused::Fault(path.to_owned(), fault),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_path_that_names_a_folder_names_no_file() {
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
    fn a_file_with_a_temporary_name_serves_where_there_is_none_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.APIKEY");
        let mut file = PreparedFile::write(&path, "x", b"first\n").unwrap();
        let named = NamedTempFile::new_in(folder.path()).unwrap();
        file.content = Content::Temporary(named);
        file.content.fill(b"secret\n").unwrap();
        file.put_in_place().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"secret\n");
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        file.remove().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_came_first_is_kept_and_never_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.APIKEY");
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
