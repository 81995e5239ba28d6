//! The methods by which a secret is delivered.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::cli::{CopyTarget, DeliveryOptions};
use crate::clock::now;
use crate::commands::Session;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::handover::{Issued, Target, file_exists};
use crate::model::{KeyName, Span};
use crate::prompt::DefaultAnswer;
use crate::secret::Secret;

/// How long the clipboard holds a secret by default.
pub(super) const CLEAR_AFTER: Span = Span::from_seconds(45);

/// A method by which a secret is delivered.
#[derive(Debug, Clone)]
pub(in crate::commands) enum DeliveryMethod {
    /// To stdout.
    Stdout,
    /// To a new file with that path, or to a new file in that directory.
    File(PathBuf),
    /// To the clipboard, cleared after that time.
    Clipboard(Span),
    /// To the clipboard, by an escape sequence of the terminal.
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
            (None, Some(CopyTarget::Clipboard)) => {
                Some(Self::Clipboard(options.clear_after.unwrap_or(CLEAR_AFTER)))
            }
            (None, Some(CopyTarget::Osc52)) if options.clear_after.is_some() => {
                let fact = "--copy=osc52 can't clear the clipboard after a time";
                return Err(Error::new(Kind::Usage, fact).hint("omit --clear-after"));
            }
            (None, Some(CopyTarget::Osc52)) => Some(Self::Osc52),
            (None, None) => None,
        })
    }

    /// Returns whether a menu offers the methods when no option names one: not if stdout is
    /// redirected, or another format than a table is wanted.
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

    /// Refuses a method that is sure to fail, before the user answers any prompt.
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

    /// Opens the target and checks, as far as possible without a secret, that it can take one.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`]; [`Kind::Usage`] when --no-input forbids a prompt that it needs.
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
                let has_arrived = move || prompt.ask_yes_or_no(question, DefaultAnswer::No);
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

    /// Returns the note on where the secret is now; `exported_to` is the path of its file.
    pub(in crate::commands) fn note(&self, exported_to: Option<&str>) -> String {
        match (self, exported_to) {
            (Self::Clipboard(clear_after), _) => format!(
                "the secret is on the clipboard until {} or until something else is copied; there is \
                 no other copy",
                now().plus(*clear_after)
            ),
            (Self::Osc52, _) => "the secret is on the clipboard, which apikey can't clear through \
                                 the terminal; there is no other copy"
                .to_owned(),
            (Self::Screen, _) => "the secret was shown once; only its hash is stored".to_owned(),
            (_, Some(path)) => format!("the secret is in {path}; there is no other copy"),
            (_, None) => "the secret is shown only once; only its hash is stored".to_owned(),
        }
    }
}

/// A target that was opened before the secret was generated.
pub(in crate::commands) enum OpenTarget<'a> {
    /// A target that can take a secret.
    Ready(Target),
    /// The path of a file, which is created with the secret in it.
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

/// Refuses to copy through a terminal whose user can't confirm that the secret arrived.
///
/// # Errors
/// [`Kind::NotHandedOver`]; [`Kind::Usage`] when --no-input forbids the prompt.
fn check_can_confirm_arrival(session: &Session) -> Result<()> {
    let (kind, why) = if session.prompt.no_input {
        (Kind::Usage, "--no-input forbids the confirmation prompt")
    } else if !session.prompt.can_prompt() {
        (Kind::NotHandedOver, "no terminal to confirm the arrival at")
    } else if config::is_dumb_terminal() {
        // A dumb terminal prints an escape sequence instead of obeying it.
        (Kind::NotHandedOver, "this terminal has no clipboard (TERM)")
    } else {
        return Ok(());
    };
    Err(
        Error::new(kind, format!("--copy=osc52 can't be used: {why}"))
            .hint("write the secret to a file with --export PATH"),
    )
}
