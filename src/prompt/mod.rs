//! Prompts on stderr: confirmations, lines, menus and a hidden secret. Without a terminal on
//! stdin and stderr, or with --no-input, the program never prompts.

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

use look::PromptTheme;

pub(crate) use menu::Item;
pub(crate) use terminal::RawMode;

/// The options that decide whether to prompt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompt {
    /// Whether --no-input is given.
    pub(crate) no_input: bool,
    /// Whether --yes is given.
    pub(crate) yes: bool,
}

impl Prompt {
    /// Returns whether the user can be prompted.
    pub(crate) fn can_prompt(self) -> bool {
        self.reason_not_to_prompt().is_none()
    }

    /// Returns why the user can't be prompted; none if that is possible.
    fn reason_not_to_prompt(self) -> Option<&'static str> {
        if self.no_input {
            Some("--no-input forbids prompts")
        } else if terminal::is_interactive() {
            None
        } else {
            Some("there is no terminal to prompt on")
        }
    }

    /// Checks that a menu can be opened for the argument that is `missing`.
    ///
    /// # Errors
    /// [`Kind::Usage`] with `hint`, which says how to give the argument.
    pub(crate) fn check_can_choose(self, missing: &str, hint: &str) -> Result<()> {
        let reason = self.reason_not_to_prompt();
        match reason.or_else(terminal::reason_not_to_draw) {
            None => Ok(()),
            Some(reason) => {
                let fact = format!("{missing} is missing, and {reason}");
                Err(Error::new(Kind::Usage, fact).hint(hint))
            }
        }
    }

    /// Checks, before the command changes anything, that it can get a confirmation.
    ///
    /// # Errors
    /// [`Kind::Usage`] when --yes isn't given and the user can't be prompted.
    pub(crate) fn check_can_confirm(self) -> Result<()> {
        match self.reason_not_to_prompt() {
            Some(reason) if !self.yes => {
                let fact = format!("this needs a confirmation, and {reason}");
                Err(Error::new(Kind::Usage, fact).hint("use --yes to confirm it"))
            }
            _ => Ok(()),
        }
    }

    /// Returns whether the user confirms a change that can't be undone. --yes confirms it.
    ///
    /// # Errors
    /// [`Kind::Usage`] when the user can't be prompted; the errors of
    /// [`read_line`](Self::read_line).
    pub(crate) fn confirm(self, question: &str) -> Result<bool> {
        self.check_can_confirm()?;
        if self.yes {
            return Ok(true);
        }
        self.ask_yes_or_no(question, DefaultAnswer::No)
    }

    /// Asks a question that only the user can answer, such as whether the choice in a menu was
    /// intended. --yes doesn't answer it.
    ///
    /// # Errors
    /// The errors of [`read_line`](Self::read_line).
    pub(crate) fn ask_yes_or_no(self, question: &str, default: DefaultAnswer) -> Result<bool> {
        let answers = match default {
            DefaultAnswer::Yes => "[Y/n]",
            DefaultAnswer::No => "[y/N]",
        };
        // Reads a line, because dialoguer's Confirm accepts the first y, also in "maybe".
        self.read_line(&format!("{question} {answers}"), None, |line| {
            yes_or_no(line, default).ok_or_else(|| "answer y or n".to_owned())
        })
    }

    /// Prompts for a line until `parse` accepts it. Enter alone stands for the `default`.
    ///
    /// # Errors
    /// When the user pressed Ctrl-C, or the terminal fails.
    pub(crate) fn read_line<T>(
        self,
        question: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> std::result::Result<T, String>,
    ) -> Result<T> {
        let _raw_mode = prepare()?;
        loop {
            let answer: dialoguer::Result<String> = catch_panic(|| {
                let input = Input::with_theme(&PromptTheme)
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
            let line =
                answer.map_err(|dialoguer::Error::IO(error)| terminal::prompt_failed(error))?;
            if let Ok(parsed) = parse(line.trim()) {
                return Ok(parsed);
            }
        }
    }

    /// Calls `draw` and waits until the user presses Enter. Earlier key presses don't count.
    ///
    /// # Errors
    /// The errors of `draw`; when the user pressed Ctrl-C or the terminal was closed.
    pub(crate) fn wait_for_enter(self, draw: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()> {
        let _raw_mode = prepare().map_err(|_| io::ErrorKind::Interrupted)?;
        draw()?;
        let term = Term::stderr();
        while term.read_key()? != Key::Enter {}
        Ok(())
    }

    /// Puts the terminal into raw mode until the returned value is dropped. Ctrl-C then doesn't
    /// end the process, but interrupts the next prompt or check.
    pub(crate) fn enter_raw_mode(self) -> RawMode {
        terminal::restore_on_signal();
        RawMode::enter()
    }

    /// Checks that the user didn't press Ctrl-C in raw mode. Other input is discarded.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the user pressed Ctrl-C.
    pub(crate) fn check_uninterrupted(self, _raw_mode: &RawMode) -> Result<()> {
        if terminal::discard_input() {
            return Err(terminal::interrupted());
        }
        Ok(())
    }

    /// Prompts for a secret without echo. It is wiped from memory when dropped.
    ///
    /// # Errors
    /// When the user can't be prompted or pressed Ctrl-C, or the terminal fails.
    pub(crate) fn read_secret(self) -> Result<Zeroizing<Vec<u8>>> {
        if !self.can_prompt() {
            let fact = if self.no_input {
                "stdin is a terminal, and --no-input forbids prompts"
            } else {
                "stdin is a terminal, but stderr, which would show the prompt, is not one"
            };
            return Err(Error::new(Kind::Usage, fact)
                .hint("pass the secret on stdin, with --key-file PATH or with --key-env NAME"));
        }
        terminal::restore_on_signal();
        terminal::read_hidden_line("Secret").map_err(terminal::prompt_failed)
    }
}

/// The answer that Enter alone gives to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefaultAnswer {
    /// For a question about a harmless action.
    Yes,
    /// For a question about an action that destroys or disables something, or grants more.
    No,
}

/// Returns the result of `prompt`, or an error if it panics: dialoguer and inquire may panic on
/// a terminal that becomes too small.
fn catch_panic<T>(prompt: impl FnOnce() -> T) -> Result<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let answer = panic::catch_unwind(AssertUnwindSafe(prompt));
    panic::set_hook(hook);
    answer.map_err(|_| terminal::prompt_failed(io::ErrorKind::Unsupported.into()))
}

/// Returns the answer in a line, if there is one.
fn yes_or_no(line: &str, default: DefaultAnswer) -> Option<bool> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        "" => Some(default == DefaultAnswer::Yes),
        _ => None,
    }
}

/// Enters raw mode for a prompt. Input that was typed before the prompt is discarded, except
/// Ctrl-C.
///
/// # Errors
/// [`Kind::Interrupted`] when the user pressed Ctrl-C.
fn prepare() -> Result<RawMode> {
    terminal::restore_on_signal();
    let raw_mode = RawMode::enter();
    if terminal::discard_input() {
        return Err(terminal::interrupted());
    }
    Ok(raw_mode)
}
