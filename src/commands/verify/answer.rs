//! The answer of a batch to one line.

use super::claim::Decision;
use crate::error::{Error, Kind, Result};

/// The answer to a line.
pub(super) struct Answer {
    pub(super) decision: Result<Decision>,
    /// Remarks for a person who reads along.
    pub(super) remarks: Vec<String>,
}

/// A thread panicked, which is a bug.
pub(super) fn broken() -> Error {
    Error::new(Kind::Io, "a line can't be decided, nor those after it")
        .hint("please report this, with what is written above")
}
