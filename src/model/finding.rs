//! What an examination of a database found.

/// What was looked at, and what is the case. Whatever is wrong comes with what
/// mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word.
    pub check: &'static str,
    /// What is the case.
    pub fact: String,
    /// The command that mends it; none where all is well.
    pub fix: Option<String>,
}

impl Finding {
    /// Whether all is well.
    pub fn is_ok(&self) -> bool {
        self.fix.is_none()
    }
}
