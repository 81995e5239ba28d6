//! The errors of a delivery: the fact alone. [`Issued`](super::Issued) adds the consequence.

use std::io;

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
