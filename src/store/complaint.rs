//! Results of the checks of `doctor`.

/// The result of a check: a sentence for what is well, or a complaint.
pub(super) type Found = std::result::Result<String, Complaint>;

/// Something that is not as it should be.
pub(super) struct Complaint {
    pub(super) fact: String,
    /// The command that fixes it.
    pub(super) mend: String,
}
