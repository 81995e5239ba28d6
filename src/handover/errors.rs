//! The errors of a delivery. [`Issued`](super::Issued) adds their consequence.

use std::io;
use std::path::Path;

use crate::denied;
use crate::error::{Error, Kind};

/// Returns the error of a target that can't receive the secret, or lost it.
pub(super) fn delivery_error(fact: impl Into<String>) -> Error {
    Error::new(Kind::NotHandedOver, fact)
}

/// Returns the error of a secret that can't be written because of `error`.
pub(super) fn write_error(error: io::Error) -> Error {
    delivery_error(format!("can't write the secret: {error}")).caused_by(error)
}

/// Returns the error of a wait for a key press, or for space in a pipe. An interrupted wait means
/// Ctrl-C or a signal; elsewhere an interrupted call is an error like any other.
pub(super) fn wait_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => interrupted().caused_by(error),
        _ => write_error(error),
    }
}

/// Returns the error of a delivery that was interrupted.
pub(super) fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted")
}

/// Returns the error of a file that exists.
pub(crate) fn file_exists(path: &Path) -> Error {
    needs_other_path(format!("{} already exists", path.display()))
}

/// Returns the error of a file whose directory is missing, or is not a directory.
pub(super) fn no_directory(directory: &Path) -> Error {
    needs_other_path(format!("there is no directory {}", directory.display()))
}

/// Returns the error of a file that can't be created because of `error`. It names the missing
/// permission if that is the reason.
pub(super) fn not_created(path: &Path, error: io::Error) -> Error {
    let is_denied = matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    );
    let absolute = std::path::absolute(path).ok().filter(|_| is_denied);
    match absolute.and_then(|path| denied::creating(&path)) {
        Some(denied) => delivery_error(denied.fact).hint(denied.hint),
        None => needs_other_path(format!("can't create {}: {error}", path.display())),
    }
    .caused_by(error)
}

/// The hint to give another path.
pub(super) const OTHER_PATH: &str =
    "give --export the path of a new file, in a directory that you can write to";

/// Returns an error with the hint to give another path.
fn needs_other_path(fact: String) -> Error {
    delivery_error(fact).hint(OTHER_PATH)
}
