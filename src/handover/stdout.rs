//! Stdout as the target of a delivery: unbuffered, with every error reported.

use std::fs::File;
use std::io::{self, Write};

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat};
use rustix::termios::isatty;

use crate::files::is_null_device;
use crate::process::Signals;

/// Checks that stdout doesn't lose a secret. A closed stdout is /dev/null here: Rust opens that in
/// its place before `main`.
///
/// # Errors
/// The reason why the secret would be lost.
pub(crate) fn check() -> Result<(), String> {
    let stdout = rustix::stdio::stdout();
    let unwritable = |error| format!("can't write to stdout: {}", io::Error::from(error));
    let stat = fstat(stdout).map_err(unwritable)?;
    if is_null_device(&stat) {
        return Err("stdout is closed or /dev/null, so the secret would be lost".to_owned());
    }
    let is_device = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice;
    // A terminal is the only device that delivers a secret: /dev/zero and /dev/urandom discard
    // it, and the kernel's log publishes it.
    if is_device && !isatty(stdout) {
        return Err(
            "stdout is a device but not a terminal, so the secret would be lost".to_owned(),
        );
    }
    let access = fcntl_getfl(stdout).map_err(unwritable)? & OFlags::ACCMODE;
    if access == OFlags::RDONLY {
        return Err("stdout is open for reading only".to_owned());
    }
    Ok(())
}

/// Returns a warning if stdout is a file to which other users have access.
pub(crate) fn exposure_warning() -> Option<String> {
    let stat = fstat(rustix::stdio::stdout()).ok()?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let mode = stat.st_mode & 0o777;
    (is_file && mode & 0o077 != 0).then(|| {
        format!(
            "other users have access to the output file (mode {mode:03o}); run `chmod 600` on it, \
             and `umask 077` before the next command"
        )
    })
}

/// Waits until stdout can be written.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when a signal asks the process to end.
pub(super) fn wait_until_writable(signals: &Signals) -> io::Result<()> {
    signals.wait_until_writable(rustix::stdio::stdout())
}

/// Writes `bytes` to stdout, and syncs it if it is a regular file.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    // Bypasses the buffer of `std::io::stdout`, which would keep a copy of the secret.
    let mut stdout = File::from(rustix::stdio::stdout().try_clone_to_owned()?);
    stdout.write_all(bytes)?;
    if stdout.metadata()?.is_file() {
        stdout.sync_all()?;
    }
    Ok(())
}
