//! The methods by which a secret is delivered.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::cli::{Copying, DeliveryOptions};
use crate::clock::now;
use crate::commands::Session;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::handover::{Issued, Target, file_exists};
use crate::model::{KeyName, Span};
use crate::prompt::Enter;
use crate::secret::Secret;

/// How long the clipboard holds a secret by default.
pub(super) const CLEAR_AFTER: Span = Span::from_seconds(45);

/// A method by which a secret is delivered.
#[derive(Debug, Clone)]
pub(in crate::commands) enum DeliveryMethod {
    /// To stdout.
    Stdout,
    /// To a new file, or to a new file in that directory.
    File(PathBuf),
    /// To the clipboard, cleared after that time.
    Clipboard(Span),
    /// To the clipboard, by the terminal.
    Osc52,
    /// On the terminal's alternate screen.
    Screen,
}

impl DeliveryMethod {
    /// Returns the method that `options` name, if they name any.
    ///
    /// # Errors
    /// [`Kind::Usage`] when they contradict each other.
    pub(in crate::commands) fn named(options: &DeliveryOptions) -> Result<Option<Self>> {
        Ok(match (&options.export, options.copy) {
            (Some(path), _) => Some(Self::File(path.clone())),
            (None, Some(Copying::Clipboard)) => {
                Some(Self::Clipboard(options.clear_after.unwrap_or(CLEAR_AFTER)))
            }
            (None, Some(Copying::Osc52)) if options.clear_after.is_some() => {
                let fact = "what was copied through the terminal can't be cleared again";
                return Err(Error::new(Kind::Usage, fact).hint("leave --clear-after out"));
            }
            (None, Some(Copying::Osc52)) => Some(Self::Osc52),
            (None, None) => None,
        })
    }

    /// Returns whether a menu offers the methods where no option names one: not if stdout
    /// was redirected, or is read by a program.
    pub(in crate::commands) fn is_chosen_from_menu(session: &Session) -> bool {
        session.output.is_table() && std::io::stdout().is_terminal()
    }

    /// Returns whether the user is prompted before the secret becomes usable.
    pub(in crate::commands) fn prompts(&self) -> bool {
        matches!(self, Self::Osc52 | Self::Screen)
    }

    /// Returns whether the secret goes to a clipboard.
    pub(in crate::commands) fn copies(&self) -> bool {
        matches!(self, Self::Clipboard(_) | Self::Osc52)
    }

    /// Refuses a method that can be known to fail, before the user answers any prompt.
    ///
    /// # Errors
    /// The errors of [`open`](Self::open), and when the file exists.
    pub(in crate::commands) fn check(&self, issued: Issued, session: &Session) -> Result<()> {
        match self {
            Self::File(path) if path.symlink_metadata().is_ok() && !path.is_dir() => {
                Err(issued.not_issued(file_exists(path)))
            }
            _ => self.open(issued, session).map(drop),
        }
    }

    /// Opens the target and checks that it can take a secret, as far as that can be checked
    /// without one.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`]; [`Kind::Usage`] where --no-input forbids a prompt it needs.
    pub(in crate::commands) fn open(
        &self,
        issued: Issued,
        session: &Session,
    ) -> Result<OpenTarget<'_>> {
        let prompt = session.prompt;
        let target = match self {
            Self::File(path) => return Ok(OpenTarget::File(path)),
            Self::Stdout => Target::stdout(),
            Self::Clipboard(clear_after) => Target::clipboard(*clear_after, config::display()),
            Self::Osc52 => check_can_confirm_arrival(session).and_then(|()| {
                let question = "Did the secret arrive on your clipboard?";
                let has_arrived = move || prompt.is_so(question, Enter::IsNo);
                Target::osc52(config::is_in_tmux(), has_arrived)
            }),
            Self::Screen => Target::screen(move |draw| prompt.wait_for_enter(draw)),
        };
        target
            .map(OpenTarget::Ready)
            .map_err(|error| issued.not_issued(error))
    }

    /// Returns whether the secret is delivered within json.
    pub(in crate::commands) fn prints_json(&self, session: &Session) -> bool {
        matches!(self, Self::Stdout) && !session.output.is_table()
    }

    /// Returns the note on where the secret is. `exported_to` is the path of its file.
    pub(in crate::commands) fn note(&self, exported_to: Option<&str>) -> String {
        match (self, exported_to) {
            (Self::Clipboard(clear_after), _) => format!(
                "its secret is on the clipboard until {} or until something else is copied, and \
                 nowhere else",
                now().plus(*clear_after)
            ),
            (Self::Osc52, _) => "its secret is on the clipboard, which apikey can't clear through \
                                 the terminal, and nowhere else"
                .to_owned(),
            (Self::Screen, _) => "its secret was shown once; only its hash is stored".to_owned(),
            (_, Some(path)) => format!("its secret is in {path} and nowhere else"),
            (_, None) => "the secret is shown only once; only its hash is stored".to_owned(),
        }
    }
}

/// A target that was opened before there is a secret.
pub(in crate::commands) enum OpenTarget<'a> {
    /// It can take a secret.
    Ready(Target),
    /// The path of a file, which is written with the secret in it.
    File(&'a Path),
}

impl OpenTarget<'_> {
    /// Prepares the target for `secret`, which belongs to the key `name`.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the file exists or can't be written.
    pub(in crate::commands) fn prepare(
        self,
        issued: Issued,
        name: &KeyName,
        secret: &Secret,
    ) -> Result<Target> {
        match self {
            Self::Ready(target) => Ok(target),
            Self::File(path) => Target::file(path, &format!("{name}.APIKEY"), secret)
                .map_err(|error| issued.not_issued(error)),
        }
    }
}

/// Refuses to copy through a terminal whose user can't say whether the secret arrived.
///
/// # Errors
/// [`Kind::NotHandedOver`]; [`Kind::Usage`] where --no-input forbids the prompt.
fn check_can_confirm_arrival(session: &Session) -> Result<()> {
    let (kind, why) = if session.prompt.never {
        (Kind::Usage, "--no-input forbids to ask whether it arrived")
    } else if !session.prompt.can_ask() {
        (
            Kind::NotHandedOver,
            "there is no terminal to ask at whether it arrived",
        )
    } else if config::is_dumb_terminal() {
        // It would print the escape sequence that it doesn't understand.
        (Kind::NotHandedOver, "this terminal has no clipboard (TERM)")
    } else {
        return Ok(());
    };
    Err(
        Error::new(kind, format!("--copy=osc52 can't be used: {why}"))
            .hint("write the secret to a file with --export PATH"),
    )
}
