//! The interruption of a command that issues a secret.

use crate::error::{Error, Kind, Result};
use crate::process::Signals;
use crate::prompt::{Prompt, RawMode};

/// Signals and Ctrl-C, held until the secret is usable or withdrawn.
pub(in crate::commands) struct Interruption {
    signals: Signals,
    /// The keys pressed at the terminal, Ctrl-C among them, if the user is prompted.
    keys: Option<RawMode>,
    prompt: Prompt,
}

impl Interruption {
    /// Holds signals from now on; the terminal's `keys` are held already.
    pub(in crate::commands) fn hold(keys: Option<RawMode>, prompt: Prompt) -> Self {
        Self {
            signals: Signals::hold(),
            keys,
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
        match &self.keys {
            Some(keys) => self.prompt.check_uninterrupted(keys),
            None => Ok(()),
        }
    }
}
