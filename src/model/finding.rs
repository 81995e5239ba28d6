//! The findings of `doctor`.

/// The result of one check of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check.
    pub check: &'static str,
    /// The fact that the check found.
    pub fact: String,
    /// The command that fixes the problem; `None` if there is no problem.
    pub fix: Option<String>,
    /// Whether a problem is only a warning, which doesn't fail the check.
    pub is_warning: bool,
}

impl Finding {
    /// Returns whether the check found no problem, or only a warning.
    pub fn is_ok(&self) -> bool {
        self.fix.is_none() || self.is_warning
    }
}
