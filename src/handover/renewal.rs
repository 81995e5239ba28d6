//! A file whose secret is replaced. The new secret is written to `FILE.new`, which replaces FILE
//! once the secret is accepted.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, fgetxattr, flock, openat, renameat, statat,
};
use rustix::io::Errno;

use super::errors::{OTHER_PATH, delivery_error};
use super::file::{ACCESS_CONTROL_LIST, PreparedFile, keep_owner_and_mode, split};
use super::issued::Issued;
use super::target::Target;
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

/// A file that holds a secret, open and locked: one process renews it at a time.
pub(crate) struct RenewedFile {
    /// The open directory; its path may name another directory later.
    directory: File,
    name: OsString,
    path: PathBuf,
    file: File,
    found: Metadata,
}

impl RenewedFile {
    /// Opens and locks the file at `path`.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] when it can't be read, or can't be replaced by a file with the
    /// same access: a symbolic link, no regular file, one of several hard links, a file with an
    /// access control list. [`Kind::Rotating`] when another process renews it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let (directory_path, name) =
            split(path).ok_or_else(|| refused(format!("{shown} names no file")))?;
        let unreadable =
            |error: io::Error| refused(format!("{shown} can't be read: {error}")).caused_by(error);
        let directory = File::open(directory_path).map_err(unreadable)?;
        let file = match open_in(&directory, name) {
            Err(Errno::LOOP) => return Err(refused(format!("{shown} is a symbolic link"))),
            opened => opened.map_err(|error| unreadable(error.into()))?,
        };
        let found = file.metadata().map_err(unreadable)?;
        check_is_plain(path, &file, &found)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => {
                let fact = format!("another process is renewing {shown}");
                return Err(Error::new(Kind::Rotating, fact).hint("wait until it is done"));
            }
            locked => locked.map_err(|error| unreadable(error.into()))?,
        }
        Ok(Self {
            directory,
            name: name.to_owned(),
            path: path.to_owned(),
            file,
            found,
        })
    }

    /// Returns the open file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the metadata of the file at its opening.
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.found
    }

    /// Returns the path of `FILE.new`.
    pub(crate) fn new_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(NEW);
        name.into()
    }

    /// Opens `FILE.new`, if a renewal that was killed left it.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] when it can't be read.
    pub(crate) fn open_left_over(&self) -> Result<Option<File>> {
        let path = self.new_path();
        match open_in(&self.directory, &self.new_name()) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => {
                let error = io::Error::from(error);
                let fact = format!("{} can't be read: {error}", path.display());
                Err(refused(fact).caused_by(error))
            }
        }
    }

    /// Gives `left`, the open `FILE.new`, the owner and the mode of FILE: another command may have
    /// written it.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] when `left` is no regular file, or has more than one hard link or an
    /// access control list; [`Kind::NotHandedOver`] when it can't be given the owner or the mode.
    pub(crate) fn give_access_to(&self, left: &File) -> Result<()> {
        let path = self.new_path();
        let failed = |error: io::Error| {
            let fact = format!(
                "{} can't be given the owner and mode of {}: {error}",
                path.display(),
                self.path.display()
            );
            Issued::Secret.not_issued(delivery_error(fact).caused_by(error))
        };
        check_is_plain(&path, left, &left.metadata().map_err(failed)?)?;
        keep_owner_and_mode(left, &self.found).map_err(failed)
    }

    /// Writes the new secret to `FILE.new`, with the owner and the mode of FILE.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when that fails.
    pub(crate) fn prepare(&self, secret: &Secret) -> Result<Target> {
        let written = PreparedFile::write_like(&self.new_path(), &self.found, &secret.line());
        let hint = "the new secret is written next to the file: its directory must have room for it \
                    and let you write there";
        let failed = |error| {
            let error = Issued::Secret.not_issued(error);
            match error.advice() {
                Some(OTHER_PATH) => error.hint(hint),
                // This advice names what denies the write.
                _ => error,
            }
        };
        written.map(Target::File).map_err(failed)
    }

    /// Returns `FILE.new`, open as `file`, as a target to which the secret was delivered.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the descriptor of the directory can't be duplicated.
    pub(crate) fn left_over_target(&self, file: File) -> Result<Target> {
        let directory = self.directory.try_clone().map_err(|error| {
            delivery_error(format!("the directory can't be kept open: {error}")).caused_by(error)
        })?;
        let file = PreparedFile::published(directory, &self.new_name(), &self.new_path(), file);
        Ok(Target::File(file))
    }

    /// Renames `FILE.new` to FILE, and syncs the directory.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the rename fails, or another file has replaced FILE; then
    /// nothing was renamed.
    pub(crate) fn replace(&self) -> Result<()> {
        let shown = self.path.display();
        let failed = |error: io::Error| {
            delivery_error(format!("{shown} can't be replaced: {error}")).caused_by(error)
        };
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let now =
            statat(&self.directory, &self.name, flags).map_err(|error| failed(error.into()))?;
        if (now.st_dev, now.st_ino) != (self.found.dev(), self.found.ino()) {
            return Err(delivery_error(format!(
                "{shown} was replaced by another file meanwhile"
            )));
        }
        renameat(
            &self.directory,
            self.new_name(),
            &self.directory,
            &self.name,
        )
        .map_err(|error| failed(error.into()))?;
        // An error is ignored, because FILE is replaced. A power cut may bring back both files; the
        // secret in FILE is then accepted until the overlap ends.
        let _ = self.directory.sync_all();
        Ok(())
    }

    /// Removes `FILE.new`.
    ///
    /// # Errors
    /// The errors of unlink.
    pub(crate) fn remove_left_over(&self) -> io::Result<()> {
        rustix::fs::unlinkat(&self.directory, self.new_name(), AtFlags::empty())?;
        Ok(())
    }

    fn new_name(&self) -> OsString {
        let mut name = self.name.clone();
        name.push(NEW);
        name
    }
}

/// The end of the name of the file that holds the new secret.
const NEW: &str = ".new";

fn open_in(directory: &File, name: &OsStr) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::empty()).map(File::from)
}

/// Refuses a file that can't be replaced by one with the same access.
fn check_is_plain(path: &Path, file: &File, found: &Metadata) -> Result<()> {
    let shown = path.display();
    if !found.is_file() {
        return Err(refused(format!("{shown} is not a regular file")));
    }
    if found.nlink() > 1 {
        let links = found.nlink();
        return Err(refused(format!("{shown} has {links} hard links")));
    }
    match has_acl(file) {
        Ok(false) => Ok(()),
        Ok(true) => Err(refused(format!("{shown} has an access control list"))),
        Err(error) => {
            let fact = format!("the access control list of {shown} can't be read: {error}");
            Err(refused(fact).caused_by(error))
        }
    }
}

/// Returns whether the file has an access control list. The kernel stores no list that says the
/// same as the mode.
fn has_acl(file: &File) -> io::Result<bool> {
    match fgetxattr(file, ACCESS_CONTROL_LIST, &mut [0_u8; 0]) {
        Ok(_) => Ok(true),
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn refused(fact: String) -> Error {
    let hint = "renew takes a plain file that holds one secret, such as `create --export` writes";
    Error::new(Kind::InvalidInput, fact).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_that_can_not_be_written_next_to_the_file_names_no_option() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.APIKEY");
        std::fs::write(&path, "old").unwrap();
        let file = RenewedFile::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        drop(directory);
        let id = "AAAAAAAA".parse().unwrap();
        let secret = Secret::generate(&crate::model::Prefix::default(), &id).unwrap();
        let error = file.prepare(&secret).err().unwrap();
        assert_eq!(error.kind(), Kind::NotHandedOver);
        assert!(error.message().ends_with("nothing was rotated"), "{error}");
        let advice = error.advice().unwrap();
        assert!(!advice.contains("--export"), "{advice}");
    }
}
