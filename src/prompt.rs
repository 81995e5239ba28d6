//! Questions, on stderr; refused where there is no terminal to answer at.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::Once;

use dialoguer::{Input, Password};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
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
        restore_terminal_on_signal();
        // What was typed before the question was no answer to it.
        let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
        // A whole line: dialoguer's Confirm takes the first y, in "maybe" too.
        let asked: dialoguer::Result<String> = Input::new()
            .with_prompt(format!("{question} [y/N]"))
            .allow_empty(true)
            .interact_text();
        let answer = asked.map_err(|dialoguer::Error::IO(fault)| unanswered(&fault))?;
        Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        ))
    }

    /// Asks for a secret without showing it.
    ///
    /// # Errors
    /// When it can't be asked, or was answered with Ctrl-C.
    pub(crate) fn secret(self) -> Result<Zeroizing<String>> {
        if !self.can_ask() {
            let fact = "stdin is a terminal, and no question may be asked at it";
            return Err(Error::new(Kind::Usage, fact)
                .hint("pass the secret on stdin, with --key-file PATH or with --key-env NAME"));
        }
        restore_terminal_on_signal();
        let asked = Password::new()
            .with_prompt("Secret")
            .allow_empty_password(true)
            .interact();
        asked
            .map(Zeroizing::new)
            .map_err(|dialoguer::Error::IO(fault)| unanswered(&fault))
    }
}

/// Has a signal that ends the process give the terminal back as it was: a
/// question hides the cursor or the echo, and dialoguer doesn't undo that.
///
/// For the rest of the process: what signal-hook has taken over it keeps.
fn restore_terminal_on_signal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let settings = tcgetattr(std::io::stdin());
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
            return;
        };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if let Ok(settings) = &settings {
                    let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, settings);
                }
                show_cursor();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    });
}

/// Shows the cursor again, and goes to a line of its own.
fn show_cursor() {
    // DECTCEM, which every terminal with a cursor knows.
    let _ = std::io::stderr().write_all(b"\x1b[?25h\n");
}

fn unanswered(fault: &std::io::Error) -> Error {
    show_cursor();
    match fault.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => {
            Error::new(Kind::Interrupted, "interrupted; nothing was changed")
        }
        _ => Error::new(Kind::Io, format!("the question can't be asked: {fault}")),
    }
}
