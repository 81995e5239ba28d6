//! Questions, on stderr; refused where there is no terminal to answer at.

mod menu;
mod terminal;

use std::io;
use std::panic::{self, AssertUnwindSafe};

use dialoguer::Input;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

pub(crate) use terminal::Keys;

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
        !self.never && terminal::is_there()
    }

    /// Why nothing can be asked, if so.
    fn silence(self) -> Option<&'static str> {
        if self.never {
            Some("--no-input forbids to ask")
        } else if terminal::is_there() {
            None
        } else {
            Some("there is no terminal to ask at")
        }
    }

    /// Refuses to go on without what is `missing`, where a menu can't ask for it.
    ///
    /// # Errors
    /// [`Kind::Usage`], with `give` as what to do.
    pub(crate) fn check_can_choose(self, missing: &str, give: &str) -> Result<()> {
        match self.silence().or_else(terminal::cannot_draw) {
            None => Ok(()),
            Some(why) => {
                Err(Error::new(Kind::Usage, format!("{missing} is missing, and {why}")).hint(give))
            }
        }
    }

    /// Refuses what will be asked where it can't be, before anything is done.
    ///
    /// # Errors
    /// When neither --yes is given nor a question can be asked.
    pub(crate) fn check_can_confirm(self) -> Result<()> {
        match self.silence() {
            Some(why) if !self.yes => Err(Error::new(
                Kind::Usage,
                format!("this asks first, and {why}"),
            )
            .hint("give --yes to do it without a question")),
            _ => Ok(()),
        }
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
        self.is_so(question)
    }

    /// Asks what only a person can know: --yes answers it not.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C.
    pub(crate) fn is_so(self, question: &str) -> Result<bool> {
        let _keys = begin()?;
        // A whole line: dialoguer's Confirm takes the first y, in "maybe" too.
        let asked: dialoguer::Result<String> = unless_it_panics(|| {
            Input::with_theme(&terminal::House)
                .with_prompt(format!("{question} [y/N]"))
                .allow_empty(true)
                .validate_with(|line: &String| match yes_or_no(line) {
                    Some(_) => Ok(()),
                    None => Err("answer y or n"),
                })
                .interact_text()
        });
        let answer = asked.map_err(|dialoguer::Error::IO(fault)| terminal::unanswered(&fault))?;
        Ok(yes_or_no(&answer) == Some(true))
    }

    /// Takes the terminal for as long as what is returned lives: no Ctrl-C ends the
    /// process then, but the next question that it meets.
    pub(crate) fn take_terminal(self) -> Keys {
        terminal::restore_on_signal();
        Keys::take()
    }

    /// Whether Ctrl-C was typed while the terminal is taken. What else was is thrown
    /// away.
    ///
    /// # Errors
    /// When it was.
    pub(crate) fn check_uninterrupted(self, _taken: &Keys) -> Result<()> {
        match terminal::drain() {
            true => Err(terminal::interrupted()),
            false => Ok(()),
        }
    }

    /// Asks for a secret without showing it. It is wiped from memory when dropped.
    ///
    /// # Errors
    /// When it can't be asked, or was answered with Ctrl-C.
    pub(crate) fn secret(self) -> Result<Zeroizing<Vec<u8>>> {
        if !self.can_ask() {
            let fact = "stdin is a terminal, and no question may be asked at it";
            return Err(Error::new(Kind::Usage, fact)
                .hint("pass the secret on stdin, with --key-file PATH or with --key-env NAME"));
        }
        terminal::restore_on_signal();
        terminal::read_unseen("Secret").map_err(|fault| terminal::unanswered(&fault))
    }
}

/// What `ask` of dialoguer's answers; it panics where the terminal becomes too small
/// for a menu meanwhile.
fn unless_it_panics<T>(ask: impl FnOnce() -> dialoguer::Result<T>) -> dialoguer::Result<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let answer = panic::catch_unwind(AssertUnwindSafe(ask));
    panic::set_hook(hook);
    answer.unwrap_or_else(|_| {
        let too_small = io::ErrorKind::Unsupported;
        Err(dialoguer::Error::IO(too_small.into()))
    })
}

/// What a line answers, if it is an answer; Enter alone is a no.
fn yes_or_no(line: &str) -> Option<bool> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "" | "n" | "no" => Some(false),
        _ => None,
    }
}

/// Makes ready for a question, for as long as what is returned lives: what was
/// typed before it was no answer to it, but for a Ctrl-C.
///
/// # Errors
/// When that was typed.
fn begin() -> Result<Keys> {
    terminal::restore_on_signal();
    let keys = Keys::take();
    match terminal::drain() {
        true => Err(terminal::interrupted()),
        false => Ok(keys),
    }
}
