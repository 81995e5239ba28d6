//! Results of the checks of `doctor`.

/// The result of a check: a fact if it passed, or a complaint.
pub(super) type Found = std::result::Result<String, Complaint>;

/// A failed check.
pub(super) struct Complaint {
    pub(super) fact: String,
    /// The command that fixes it.
    pub(super) fix: String,
}
