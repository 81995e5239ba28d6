//! The interruption of a command that issues a secret.

use crate::error::{Error, Kind, Result};
use crate::process::Signals;
use crate::prompt::{Prompt, RawMode};

/// Signals and Ctrl-C, held until the secret is usable or withdrawn.
pub(in crate::commands) struct Interruption {
    signals: Signals,
    /// The raw mode of the terminal, in which Ctrl-C is a key, if the user is prompted.
    raw_mode: Option<RawMode>,
    prompt: Prompt,
}

impl Interruption {
    /// Holds signals from now on. In `raw_mode`, Ctrl-C sends no signal anyway.
    pub(in crate::commands) fn hold(raw_mode: Option<RawMode>, prompt: Prompt) -> Self {
        Self {
            signals: Signals::hold(),
            raw_mode,
            prompt,
        }
    }

    /// Returns the signals, for a delivery that waits.
    pub(super) fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Checks that neither a signal nor Ctrl-C came.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when one came.
    pub(in crate::commands) fn check(&self) -> Result<()> {
        if self.signals.has_arrived() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        match &self.raw_mode {
            Some(raw_mode) => self.prompt.check_uninterrupted(raw_mode),
            None => Ok(()),
        }
    }
}
