//! The error type: a fact, a hint, and the exit code that scripts read.

mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use kind::{EXIT_CODES, Kind};

/// An error: a fact, and a hint what to do. Lower case, no final period.
///
/// Boxed, since results are passed through many functions: unboxed, an error of 72 bytes makes the
/// program larger and slower.
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: Kind,
    message: String,
    hint: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// A result that may be an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Returns an error with a fact and no hint.
    // Not inlined into its hundreds of callers.
    #[cold]
    #[inline(never)]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            hint: None,
            source: None,
        }))
    }

    /// Adds a hint what to do.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds `consequence` to the fact.
    #[must_use]
    pub(crate) fn consequence(mut self, consequence: &str) -> Self {
        self.0.message = format!("{}; {consequence}", self.0.message);
        self
    }

    /// Attaches the error that caused this one. The text of the cause is not printed.
    #[must_use]
    #[cold]
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// Replaces `from`, a temporary path, by `to` in the texts.
    #[must_use]
    pub(crate) fn renaming(self, from: &Path, to: &Path) -> Self {
        let (from, to) = (from.display().to_string(), to.display().to_string());
        self.rewording(|text| text.replace(&from, &to))
    }

    /// Applies `reword` to the fact and the hint.
    #[must_use]
    pub(crate) fn rewording(mut self, reword: impl Fn(String) -> String) -> Self {
        self.0.message = reword(std::mem::take(&mut self.0.message));
        self.0.hint = self.0.hint.take().map(reword);
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Returns the fact.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the hint.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
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
