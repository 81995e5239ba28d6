//! Questions, on stderr; refused where there is no terminal to answer at.

mod look;
mod menu;
mod terminal;

use std::io;
use std::panic::{self, AssertUnwindSafe};

use dialoguer::Input;
use dialoguer::console::{Key, Term};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::secret::holds_secret;

use look::House;

pub(crate) use menu::Item;
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
        self.is_so(question, Enter::IsNo)
    }

    /// Asks what only a person can know, such as whether a menu's choice is the one that
    /// was meant: --yes doesn't answer it.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C.
    pub(crate) fn is_so(self, question: &str, enter: Enter) -> Result<bool> {
        let answers = match enter {
            Enter::IsYes => "[Y/n]",
            Enter::IsNo => "[y/N]",
        };
        // A whole line: dialoguer's Confirm takes the first y, in "maybe" too.
        self.line(&format!("{question} {answers}"), None, |line| {
            yes_or_no(line, enter).ok_or_else(|| "answer y or n".to_owned())
        })
    }

    /// Asks for a line until `parse` takes it; Enter alone takes the `default`, if there
    /// is one.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C.
    pub(crate) fn line<T>(
        self,
        question: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> std::result::Result<T, String>,
    ) -> Result<T> {
        let _keys = begin()?;
        loop {
            let asked: dialoguer::Result<String> = unless_it_panics(|| {
                let input = Input::with_theme(&House)
                    .with_prompt(question)
                    .allow_empty(true)
                    .validate_with(|line: &String| {
                        if holds_secret(line.as_bytes()) {
                            Err("a secret doesn't belong here: it would be stored and shown"
                                .to_owned())
                        } else {
                            parse(line.trim()).map(drop)
                        }
                    });
                match default {
                    Some(default) => input.default(default.to_owned()).interact_text(),
                    None => input.interact_text(),
                }
            })?;
            let line = asked.map_err(|dialoguer::Error::IO(error)| terminal::unanswered(error))?;
            if let Ok(parsed) = parse(line.trim()) {
                return Ok(parsed);
            }
        }
    }

    /// Waits for Enter on what `draw` shows: one that was pressed before doesn't
    /// count.
    ///
    /// # Errors
    /// The errors of `draw`, when Ctrl-C came instead, and when the terminal is gone.
    pub(crate) fn wait_for_enter(self, draw: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()> {
        let _keys = begin().map_err(|_| io::ErrorKind::Interrupted)?;
        draw()?;
        let term = Term::stderr();
        while term.read_key()? != Key::Enter {}
        Ok(())
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
        if terminal::drain() {
            return Err(terminal::interrupted());
        }
        Ok(())
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
        terminal::read_unseen("Secret").map_err(terminal::unanswered)
    }
}

/// What Enter alone answers to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enter {
    /// To what does no harm.
    IsYes,
    /// To what destroys or disables something, or gives away more than there was.
    IsNo,
}

/// What `ask` answers. Where a library of questions panics, as it may on a terminal that
/// becomes too small meanwhile, no panic reaches a user.
fn unless_it_panics<T>(ask: impl FnOnce() -> T) -> Result<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let answer = panic::catch_unwind(AssertUnwindSafe(ask));
    panic::set_hook(hook);
    answer.map_err(|_| terminal::unanswered(io::ErrorKind::Unsupported.into()))
}

/// What a line answers, if it is an answer.
fn yes_or_no(line: &str, enter: Enter) -> Option<bool> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        "" => Some(enter == Enter::IsYes),
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
    if terminal::drain() {
        return Err(terminal::interrupted());
    }
    Ok(keys)
}
