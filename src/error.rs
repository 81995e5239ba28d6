//! One error: what is the case, what to do about it, and the exit code that
//! scripts read.

mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use kind::{EXIT_CODES, Kind};

/// An error: the fact, then what to do. Lower case, no final period.
#[derive(Debug, Clone)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What may fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with its fact.
    // Kept out of the hundreds of places that make one.
    #[cold]
    #[inline(never)]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// The same error with what to do about it.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds `consequence` to the fact.
    #[must_use]
    pub(crate) fn consequence(mut self, consequence: &str) -> Self {
        self.message = format!("{}; {consequence}", self.message);
        self
    }

    /// Attaches the error from which this one follows. Its text is not printed with the fact.
    #[must_use]
    #[cold]
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// The same error, naming `to` where it names `from`, which is a temporary name.
    #[must_use]
    pub(crate) fn renaming(self, from: &Path, to: &Path) -> Self {
        let (from, to) = (from.display().to_string(), to.display().to_string());
        self.rewording(|text| text.replace(&from, &to))
    }

    /// The same error, with what `reword` makes of its fact and its hint.
    #[must_use]
    pub(crate) fn rewording(mut self, reword: impl Fn(String) -> String) -> Self {
        self.message = reword(self.message);
        self.hint = self.hint.map(reword);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The fact.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_source_through_every_rewording() {
        let error = Error::new(Kind::Io, "/tmp/x can't be written")
            .caused_by("the disk is full")
            .hint("free some space")
            .renaming(Path::new("/tmp/x"), Path::new("/y"));
        assert_eq!(error.to_string(), "/y can't be written");
        let source = error.clone().source().unwrap().to_string();
        assert_eq!(source, "the disk is full");
        assert!(Error::new(Kind::Io, "a").source().is_none());
    }
}
