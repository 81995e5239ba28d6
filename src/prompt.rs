//! Questions, on stderr; refused where there is no terminal to answer at.

use std::io::{ErrorKind, IsTerminal};

use dialoguer::{Confirm, Password};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// Whether questions may be asked, and what is answered already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompt {
    /// --no-input.
    pub(crate) never: bool,
    /// --yes.
    pub(crate) yes: bool,
}

impl Prompt {
    /// Whether there is a terminal to ask at.
    pub(crate) fn can_ask(self) -> bool {
        !self.never && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Refuses what will be asked where it can't be, before anything is done.
    ///
    /// # Errors
    /// When neither --yes is given nor a question can be asked.
    pub(crate) fn check_can_confirm(self) -> Result<()> {
        if self.yes || self.can_ask() {
            return Ok(());
        }
        let fact = if self.never {
            "this asks first, and --no-input forbids to"
        } else {
            "this asks first, and there is no terminal to ask at"
        };
        Err(Error::new(Kind::Usage, fact).hint("give --yes to do it without a question"))
    }

    /// Asks whether to do what can't be undone. Yes with --yes.
    ///
    /// # Errors
    /// When it can't be asked, or was answered with Ctrl-C.
    pub(crate) fn confirm(self, question: &str) -> Result<bool> {
        self.check_can_confirm()?;
        if self.yes {
            return Ok(true);
        }
        let asked = Confirm::new()
            .with_prompt(question)
            .default(false)
            .interact();
        asked.map_err(|dialoguer::Error::IO(fault)| unanswered(&fault))
    }

    /// Asks for a secret without showing it.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C.
    pub(crate) fn secret(self) -> Result<Zeroizing<String>> {
        let asked = Password::new()
            .with_prompt("Secret")
            .allow_empty_password(true)
            .interact();
        asked
            .map(Zeroizing::new)
            .map_err(|dialoguer::Error::IO(fault)| unanswered(&fault))
    }
}

fn unanswered(fault: &std::io::Error) -> Error {
    match fault.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => {
            Error::new(Kind::Interrupted, "interrupted; nothing was changed")
        }
        _ => Error::new(Kind::Io, format!("the question can't be asked: {fault}")),
    }
}
