//! Files that complete the text that names a database, read with a check of their permissions.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::model::quoted;

/// The users other than root who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::postgres) enum Readers {
    /// All users.
    Anyone,
    /// The owner.
    Owner,
    /// The owner; if that is root, also a group, whose members root has chosen.
    OwnerOrGroupOfRoot,
}

/// Opens the file at `path`, which messages call `what`. Returns none if there is no such file.
///
/// # Errors
/// [`Kind::NotPermitted`] if this process can't read it, or others than `readers` can;
/// [`Kind::InvalidInput`] if it isn't a plain file.
pub(in crate::store::postgres) fn open(
    path: &Path,
    what: &str,
    readers: Readers,
) -> Result<Option<File>> {
    // The open of a FIFO without a writer must not wait.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let opened = File::options().read(true).custom_flags(flags).open(path);
    let file = match opened {
        Err(error) if is_missing(&error) => return Ok(None),
        opened => opened.map_err(|error| unreadable(path, what, error))?,
    };
    let found = file.metadata();
    let found = found.map_err(|error| unreadable(path, what, error))?;
    if !found.is_file() {
        let fact = format!("{what} {} is not a plain file", path.display());
        return Err(Error::new(Kind::InvalidInput, fact).hint("give the path of a plain file"));
    }
    let (forbidden, mode) = match readers {
        Readers::Anyone => (0, 0),
        Readers::OwnerOrGroupOfRoot if found.uid() == 0 => (0o037, 0o640),
        Readers::Owner | Readers::OwnerOrGroupOfRoot => (0o077, 0o600),
    };
    if found.mode() & forbidden != 0 {
        let has = found.mode() & 0o7777;
        let path = path.display();
        let fact = format!("{what} {path} is open to other users (mode {has:04o})");
        let hint = format!("chmod {mode:o} {}", quoted(&path.to_string()));
        return Err(Error::new(Kind::NotPermitted, fact).hint(hint));
    }
    Ok(Some(file))
}

/// Reads the file at `path`, as [`open`].
///
/// # Errors
/// As [`open`], or if reading fails.
pub(in crate::store::postgres) fn read(
    path: &Path,
    what: &str,
    readers: Readers,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(mut file) = open(path, what, readers)? else {
        return Ok(None);
    };
    let size = file.metadata().map_or(0, |found| found.len());
    // A buffer that grew would leave a copy behind.
    let capacity = usize::try_from(size).unwrap_or_default().saturating_add(1);
    let mut content = Zeroizing::new(Vec::new());
    let reserved = content.try_reserve_exact(capacity);
    let read = reserved
        .map_err(io::Error::other)
        .and_then(|()| file.read_to_end(&mut content));
    read.map_err(|error| unreadable(path, what, error))?;
    Ok(Some(content))
}

/// Returns whether `error` says that there is no such file.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, what: &str, error: io::Error) -> Error {
    let other = || {
        let fact = format!("{what} {} can't be read: {error}", path.display());
        Error::new(Kind::Io, fact)
    };
    let denied = denied::reading(path).map(Error::from);
    denied.unwrap_or_else(other).caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_with_a_password_must_be_closed_to_other_users() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let is_root = rustix::process::geteuid().is_root();
        for (mode, owner, key) in [
            (0o600, true, true),
            (0o400, true, true),
            (0o700, true, true),
            (0o640, false, is_root),
            (0o440, false, is_root),
            (0o620, false, false),
            (0o644, false, false),
            (0o604, false, false),
            (0o610, false, false),
            (0o601, false, false),
        ] {
            fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            for (readers, is_accepted) in [
                (Readers::Anyone, true),
                (Readers::Owner, owner),
                (Readers::OwnerOrGroupOfRoot, key),
            ] {
                let opened = open(file.path(), "the passfile", readers);
                let case = format!("{mode:o} {readers:?} {opened:?}");
                assert_eq!(opened.is_ok(), is_accepted, "{case}");
                if let Err(error) = opened {
                    assert_eq!(error.kind(), Kind::NotPermitted);
                    let path = file.path().display();
                    let fact = format!("the passfile {path} is open to other users (mode ");
                    assert!(error.message().starts_with(&fact), "{case}");
                    let bits = if is_root && readers != Readers::Owner {
                        640
                    } else {
                        600
                    };
                    assert_eq!(error.advice(), Some(&*format!("chmod {bits} {path}")));
                }
            }
        }
    }

    #[test]
    fn a_missing_file_is_none_and_a_directory_or_a_fifo_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("file"), "").unwrap();
        for name in ["none", "none/none", "file/none"] {
            assert!(open(&at(name), "x", Readers::Owner).unwrap().is_none());
        }
        nix::unistd::mkfifo(&at("fifo"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        fs::create_dir(at("directory")).unwrap();
        for name in ["fifo", "directory"] {
            let error = open(&at(name), "x", Readers::Anyone).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput, "{error}");
        }
    }
}
