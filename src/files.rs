//! The mode of new files, verified after the call that sets it, file names in messages, and
//! /dev/null.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{FileType, Stat, major, minor};
use rustix::io::Errno;

/// Gives `file` the mode `mode`, whatever the umask.
///
/// # Errors
/// The errors of the call, or [`ErrorKind::Unsupported`] if other users have more permissions than
/// `mode` says, since some file systems ignore modes.
pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    let set = file.set_permissions(Permissions::from_mode(mode));
    prove(set, &file.metadata()?, mode)
}

/// As [`set_mode`], for a directory or file that is not open.
///
/// # Errors
/// As [`set_mode`].
pub(crate) fn set_mode_at(path: &Path, mode: u32) -> io::Result<()> {
    let set = std::fs::set_permissions(path, Permissions::from_mode(mode));
    prove(set, &path.symlink_metadata()?, mode)
}

/// Checks that other users have no more permissions than `mode` says.
///
/// # Errors
/// [`ErrorKind::Unsupported`] if they do.
pub(crate) fn check_mode(found: &Metadata, mode: u32) -> io::Result<()> {
    let has = found.permissions().mode() & 0o777;
    if has & 0o077 & !mode == 0 {
        return Ok(());
    }
    let fact = format!(
        "its file system ignores permissions; other users could access it (mode {has:04o})"
    );
    Err(io::Error::new(ErrorKind::Unsupported, fact))
}

/// Checks the mode after the call that set it.
fn prove(set: io::Result<()>, found: &Metadata, mode: u32) -> io::Result<()> {
    if let Err(error) = set {
        let errno = Errno::from_io_error(&error);
        let is_refused = matches!(errno, Some(Errno::PERM | Errno::OPNOTSUPP));
        // Some file systems give all files the same mode, which may be private, and refuse every
        // other mode.
        if !is_refused || found.permissions().mode() & 0o600 != 0o600 {
            return Err(error);
        }
    }
    check_mode(found, mode)
}

/// Returns whether `stat` describes /dev/null.
pub(crate) fn is_null_device(stat: &Stat) -> bool {
    // It is 1:3 on Linux (Documentation/admin-guide/devices.txt).
    let device = (major(stat.st_rdev), minor(stat.st_rdev));
    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && device == (1, 3)
}

/// Returns the error without the temporary path that tempfile adds to its text.
pub(crate) fn without_path(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path \"") {
        Some((text, _)) => io::Error::new(error.kind(), text),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_mode_is_checked_whatever_the_call_returned() {
        let refused = || Err(Errno::PERM.into());
        let failed = || Err(Errno::IO.into());
        for (has, wanted, set, is_right) in [
            (0o600, 0o600, Ok(()), true),
            (0o640, 0o640, Ok(()), true),
            (0o660, 0o660, Ok(()), true),
            (0o2750, 0o2750, Ok(()), true),
            (0o700, 0o600, refused(), true),
            (0o400, 0o600, refused(), false),
            (0o600, 0o600, failed(), false),
            (0o604, 0o640, Ok(()), false),
            (0o640, 0o600, Ok(()), false),
            (0o620, 0o600, Ok(()), false),
            (0o777, 0o600, Ok(()), false),
            (0o755, 0o600, refused(), false),
        ] {
            let found = file(has).path().metadata().unwrap();
            let proven = prove(set, &found, wanted);
            assert_eq!(proven.is_ok(), is_right, "{has:o} {wanted:o} {proven:?}");
        }
    }

    #[test]
    fn no_error_contains_a_temporary_name() {
        let error = tempfile::NamedTempFile::new_in("/no/such/directory").unwrap_err();
        assert!(error.to_string().contains("/no/such"));
        let error = without_path(error);
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), "No such file or directory (os error 2)");
    }
}
