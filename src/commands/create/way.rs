//! The ways in which a new key's secret is handed over.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::{Copying, Create};
use crate::commands::{Session, now};
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::handover::{self, Target};
use crate::model::{Key, KeyName, Span};
use crate::output::created_json;
use crate::prompt::Enter;
use crate::secret::Secret;

/// How long the clipboard holds a secret, unless told otherwise.
const CLEAR_AFTER: Span = Span::from_seconds(45);

/// A way in which a secret is handed over.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// To stdout.
    Stdout,
    /// To a new file.
    File(PathBuf),
    /// To the clipboard, cleared after that time.
    Clipboard(Span),
    /// To the clipboard, by the terminal.
    Osc52,
    /// On the terminal's alternate screen.
    Screen,
}

impl Way {
    /// The way that the options name, if they name any.
    ///
    /// # Errors
    /// When they ask for what can't be.
    pub(super) fn named(args: &Create) -> Result<Option<Self>> {
        Ok(match (&args.export, args.copy) {
            (Some(path), _) => Some(Self::File(path.clone())),
            (None, Some(Copying::Clipboard)) => {
                Some(Self::Clipboard(args.clear_after.unwrap_or(CLEAR_AFTER)))
            }
            (None, Some(Copying::Osc52)) if args.clear_after.is_some() => {
                let fact = "what was copied through the terminal can't be cleared again";
                return Err(Error::new(Kind::Usage, fact).hint("leave --clear-after out"));
            }
            (None, Some(Copying::Osc52)) => Some(Self::Osc52),
            (None, None) => None,
        })
    }

    /// Whether somebody at a terminal is to choose it where no option names one:
    /// not if stdout was sent elsewhere, or is read by a program.
    pub(super) fn is_to_be_chosen(session: &Session) -> bool {
        session.output.is_table() && std::io::stdout().is_terminal()
    }

    /// Whether somebody is asked something before the key is active.
    pub(super) fn asks(&self) -> bool {
        matches!(self, Self::Osc52 | Self::Screen)
    }

    /// Whether it goes to a clipboard.
    pub(super) fn copies(&self) -> bool {
        matches!(self, Self::Clipboard(_) | Self::Osc52)
    }

    /// Refuses what can be known to fail before there is a key to be made.
    pub(super) fn check(&self, session: &Session) -> Result<()> {
        match self {
            Self::File(path) if path.symlink_metadata().is_ok() && !path.is_dir() => {
                Err(handover::exists_already(path))
            }
            _ => self.open(session).map(drop),
        }
    }

    /// The target, found to be able to take a secret, as far as that can be told
    /// without one.
    pub(super) fn open(&self, session: &Session) -> Result<Opened<'_>> {
        let prompt = session.prompt;
        let target = match self {
            Self::Stdout => Target::stdout()?,
            Self::File(path) => return Ok(Opened::File(path)),
            Self::Clipboard(clear_after) => Target::clipboard(*clear_after, config::display())?,
            Self::Osc52 => {
                check_can_ask_of_arrival(session)?;
                let question = "Did the secret arrive on your clipboard?";
                let asked = move || prompt.is_so(question, Enter::IsNo);
                Target::osc52(config::is_in_tmux(), asked)?
            }
            Self::Screen => Target::screen(move |draw| prompt.wait_for_enter(draw))?,
        };
        Ok(Opened::Ready(target))
    }

    /// What is handed over.
    pub(super) fn shown(
        &self,
        key: &Key,
        secret: &Secret,
        session: &Session,
    ) -> Zeroizing<Vec<u8>> {
        if matches!(self, Self::Stdout) && !session.output.is_table() {
            // By the time anyone may rely on it, it is.
            created_json(&key.activated(), session.now(), secret)
        } else {
            handover::secret_line(secret)
        }
    }

    /// What is said once the key is there.
    pub(super) fn note(&self, exported_to: Option<&str>) -> String {
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

/// A way that was tried.
pub(super) enum Opened<'a> {
    /// It can take a secret.
    Ready(Target),
    /// A file, which is made with the secret in it.
    File(&'a Path),
}

impl Opened<'_> {
    /// The target for `secret`, of the key `name`.
    ///
    /// # Errors
    /// When the file is there already or can't be made.
    pub(super) fn target(self, name: &KeyName, secret: &Secret) -> Result<Target> {
        match self {
            Self::Ready(target) => Ok(target),
            Self::File(path) => Target::file(path, &format!("{name}.APIKEY"), secret),
        }
    }
}

/// Only somebody who looks can tell whether a terminal took what it was sent.
fn check_can_ask_of_arrival(session: &Session) -> Result<()> {
    let (kind, why) = match session.prompt.never {
        true => (Kind::Usage, "--no-input forbids to ask whether it arrived"),
        false if !session.prompt.can_ask() => (
            Kind::NotHandedOver,
            "there is no terminal to ask at whether it arrived",
        ),
        // It would show what it doesn't understand.
        false if config::is_dumb_terminal() => {
            (Kind::NotHandedOver, "this terminal has no clipboard (TERM)")
        }
        false => return Ok(()),
    };
    Err(Error::new(
        kind,
        format!("--copy=osc52 can't be used: {why}; no key was created"),
    )
    .hint("write the secret to a file with --export PATH"))
}

/// The ways to choose from, with what is said of each.
pub(super) fn offered(name: &KeyName, session: &Session) -> Result<Vec<(String, Way)>> {
    let mut offered = Vec::new();
    let acts_for_another = match session.open_if_there()? {
        Some(store) => store.acts_for_another()?.is_some(),
        None => false,
    };
    if !acts_for_another {
        offered.push(match config::display().next() {
            Some(_) => (
                format!(
                    "copy it to the clipboard, for {} seconds",
                    CLEAR_AFTER.seconds()
                ),
                Way::Clipboard(CLEAR_AFTER),
            ),
            None => through_the_terminal(),
        });
        let file = format!("{name}.APIKEY");
        offered.push((format!("save it in {file}, here"), Way::File(file.into())));
    }
    offered.push(("show it here, until Enter".to_owned(), Way::Screen));
    Ok(offered)
}

fn through_the_terminal() -> (String, Way) {
    let how = "copy it to the clipboard, through the terminal";
    (how.to_owned(), Way::Osc52)
}

/// Offers in the place of a way that failed another that may do.
pub(super) fn replace_failed(failed: &Way, offered: &mut [(String, Way)]) {
    for one in offered {
        if matches!((failed, &one.1), (Way::Clipboard(_), Way::Clipboard(_))) {
            *one = through_the_terminal();
        }
    }
}
