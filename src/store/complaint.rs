//! Results of the checks of `doctor`.

/// The result of a check: a fact if it passed, or a complaint.
pub(super) type Found = std::result::Result<String, Complaint>;

/// A failed check.
pub(super) struct Complaint {
    /// The damage that the check found.
    pub(super) fact: String,
    /// The command that fixes the damage.
    pub(super) fix: String,
}
