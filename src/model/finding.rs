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
}

impl Finding {
    /// Returns whether the check found no problem.
    pub fn is_ok(&self) -> bool {
        self.fix.is_none()
    }
}
