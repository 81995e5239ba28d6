//! The standard output as a secret's target: raw, unbuffered, every error seen.

use std::fs::File;
use std::io::{self, Write};

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, major, minor};
use rustix::termios::isatty;

use crate::process::Signals;

/// Refuses a standard output on which a secret would be lost. Rust opens /dev/null before
/// main where it is closed.
///
/// # Errors
/// The reason.
pub(crate) fn check() -> Result<(), String> {
    let stdout = rustix::stdio::stdout();
    let lost = |error| format!("stdout can't be written: {}", io::Error::from(error));
    let stat = fstat(stdout).map_err(lost)?;
    let device = (major(stat.st_rdev), minor(stat.st_rdev));
    let is_device = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice;
    // /dev/null is 1:3 on Linux (Documentation/admin-guide/devices.txt).
    if is_device && device == (1, 3) {
        return Err("stdout is closed or /dev/null, so the secret would be lost".to_owned());
    }
    // A device that gives back what is written to it is a terminal: /dev/zero, /dev/urandom
    // and the kernel's log take a secret and keep none, or give it to everybody.
    if is_device && !isatty(stdout) {
        return Err(
            "stdout is a device that is no terminal, so the secret would be lost".to_owned(),
        );
    }
    let access = fcntl_getfl(stdout).map_err(lost)? & OFlags::ACCMODE;
    if access == OFlags::RDONLY {
        return Err("stdout is open for reading only".to_owned());
    }
    Ok(())
}

/// Returns a warning if the standard output is a file that others than its owner may read or
/// write.
pub(crate) fn exposure() -> Option<String> {
    let stat = fstat(rustix::stdio::stdout()).ok()?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let mode = stat.st_mode & 0o777;
    (is_file && mode & 0o077 != 0).then(|| {
        format!(
            "others may read the file that the secret went to (mode {mode:03o}); chmod 600 it, \
             and say umask 077 before the next"
        )
    })
}

/// Waits until the standard output has room.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when a signal came that asks the process to end.
pub(super) fn wait_for_room(signals: &Signals) -> io::Result<()> {
    signals.wait_for_room(rustix::stdio::stdout())
}

/// Writes `bytes`, and syncs a regular file.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    // Without the buffer of `std::io::stdout`, which would keep a copy of the secret.
    let mut stdout = File::from(rustix::stdio::stdout().try_clone_to_owned()?);
    stdout.write_all(bytes)?;
    if stdout.metadata()?.is_file() {
        stdout.sync_all()?;
    }
    Ok(())
}
