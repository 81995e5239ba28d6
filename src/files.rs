//! Files that are made: their mode is proven, not believed, and what fails is named
//! without the temporary name that they have meanwhile.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::io::Errno;

/// Gives `file` the mode `mode`; the umask may have taken bits away.
///
/// # Errors
/// The errors of the call, and where others may do more than `mode` says: some file systems
/// keep no permissions.
pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    let set = file.set_permissions(Permissions::from_mode(mode));
    prove(set, &file.metadata()?, mode)
}

/// As [`set_mode`], of what is at `path`: a directory, or a file that is not open.
///
/// # Errors
/// As [`set_mode`].
pub(crate) fn set_mode_at(path: &Path, mode: u32) -> io::Result<()> {
    let set = std::fs::set_permissions(path, Permissions::from_mode(mode));
    prove(set, &path.symlink_metadata()?, mode)
}

/// Refuses what others may do more with than `mode` says.
///
/// # Errors
/// [`ErrorKind::Unsupported`].
pub(crate) fn check_mode(found: &Metadata, mode: u32) -> io::Result<()> {
    let has = found.permissions().mode() & 0o777;
    if has & 0o077 & !mode == 0 {
        return Ok(());
    }
    let fact =
        format!("its file system doesn't keep permissions, and others could use it ({has:04o})");
    Err(io::Error::new(ErrorKind::Unsupported, fact))
}

fn prove(set: io::Result<()>, found: &Metadata, mode: u32) -> io::Result<()> {
    let is_refused = |fault: &io::Error| {
        matches!(
            Errno::from_io_error(fault),
            Some(Errno::PERM | Errno::OPNOTSUPP)
        )
    };
    match set {
        Err(fault) if !is_refused(&fault) => Err(fault),
        // Some file systems refuse every mode but the one that they give to all files. It
        // may be private all the same.
        Err(fault) => check_mode(found, mode).and(match found.permissions().mode() & 0o600 {
            0o600 => Ok(()),
            _ => Err(fault),
        }),
        Ok(()) => check_mode(found, mode),
    }
}

/// Returns `fault` as the operating system has it, without the path that tempfile adds to
/// the text: nobody named that.
pub(crate) fn without_path(fault: io::Error) -> io::Error {
    match fault.to_string().split_once(" at path \"") {
        Some((text, _)) => io::Error::new(fault.kind(), text),
        None => fault,
    }
}

/// `text` as a shell reads it.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
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
    fn a_mode_is_proven_whatever_the_call_said() {
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
    fn a_temporary_name_is_in_no_error() {
        let fault = tempfile::NamedTempFile::new_in("/no/such/directory").unwrap_err();
        assert!(fault.to_string().contains("/no/such"));
        let fault = without_path(fault);
        assert_eq!(fault.kind(), ErrorKind::NotFound);
        assert_eq!(fault.to_string(), "No such file or directory (os error 2)");
    }
}
