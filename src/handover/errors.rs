//! The errors of a delivery: the fact alone. [`Issued`](super::Issued) adds the consequence.

use std::io;
use std::path::Path;

use crate::denied;
use crate::error::{Error, Kind};

/// Returns the error of a target that can't take the secret, or lost it.
pub(super) fn not_handed_over(fact: impl Into<String>) -> Error {
    Error::new(Kind::NotHandedOver, fact)
}

/// Returns the error of a write that failed.
pub(super) fn not_written(error: io::Error) -> Error {
    not_handed_over(format!("the secret could not be written: {error}")).caused_by(error)
}

/// Returns the error of a wait for a key or for room to write: an interrupted call is Ctrl-C
/// or a signal there, and an error as any other elsewhere.
pub(super) fn while_waiting(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => interrupted().caused_by(error),
        _ => not_written(error),
    }
}

/// Returns the error of a delivery that the user interrupted.
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
        Some(denied) => not_handed_over(denied.fact).hint(denied.hint),
        None => needs_other_path(format!("can't create {}: {error}", path.display())),
    }
    .caused_by(error)
}

/// Returns an error with the hint to give another path.
fn needs_other_path(fact: String) -> Error {
    not_handed_over(fact)
        .hint("give --export the path of a new file, in a directory that you can write to")
}
