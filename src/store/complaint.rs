//! Results of the checks of `doctor`.

use super::Store;
use crate::error::Result;

/// The name of a check, and the check.
pub(super) type Check = (&'static str, fn(&Store) -> Result<Found>);

/// The meaning of a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Failure,
    Warning,
}

/// The result of a check: a fact if it passed, or a complaint.
pub(super) type Found = std::result::Result<String, Complaint>;

/// A failed check.
pub(super) struct Complaint {
    /// The damage that the check found.
    pub(super) fact: String,
    /// The command that fixes the damage.
    pub(super) fix: String,
}

/// Returns the first of `count` facts, with the number of the others.
pub(super) fn and_more(first: &str, count: usize) -> String {
    match count {
        0 | 1 => first.to_owned(),
        count => format!("{first} (and {} more)", count - 1),
    }
}
