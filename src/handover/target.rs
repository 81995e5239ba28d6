//! Where a secret can go, and how it gets there and back.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::clipboard::Clipboard;
use super::file::{PreparedFile, Refused};
use super::osc52::Osc52;
use super::screen::Screen;
use super::{check_stdout, not_handed_over, secret_line, stdout};
use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::model::Span;
use crate::process::Signals;
use crate::secret::Secret;

/// Where a secret goes, found to be able to take it.
pub(crate) enum Target {
    /// The standard output.
    Stdout,
    /// A new file, written but not yet in its place.
    File(PreparedFile),
    /// The clipboard, by a process that holds it.
    Clipboard(Clipboard),
    /// The clipboard, by the terminal.
    Osc52(Osc52),
    /// The terminal's alternate screen.
    Screen(Screen),
}

/// Why a secret was not handed over.
pub(super) enum Undelivered {
    /// It could not be, for that reason.
    Refused(String),
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl From<io::Error> for Undelivered {
    fn from(fault: io::Error) -> Self {
        Self::Refused(format!("the secret could not be written: {fault}"))
    }
}

impl Undelivered {
    /// What a fault means where a key is waited for. Elsewhere an interrupted call
    /// is a fault as any other, and nobody's Ctrl-C.
    fn while_waiting(fault: io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => Self::Interrupted,
            _ => fault.into(),
        }
    }
}

impl Target {
    /// The standard output.
    ///
    /// # Errors
    /// When what is written there is lost.
    pub(crate) fn stdout() -> Result<Self> {
        check_stdout().map_err(|fact| {
            not_handed_over(&fact)
                .hint("let stdout be a terminal, a pipe or a file, or give --export PATH")
        })?;
        Ok(Self::Stdout)
    }

    /// A new file at `path`, or named `default_name` in the directory at `path`,
    /// that holds `secret` and a newline.
    ///
    /// # Errors
    /// When the file is there already or can't be made.
    pub(crate) fn file(path: &Path, default_name: &str, secret: &Secret) -> Result<Self> {
        let prepared = PreparedFile::write(path, default_name, &secret_line(secret));
        prepared
            .map(Self::File)
            .map_err(|refused| cannot_be_made(&refused))
    }

    /// The clipboard, for `clear_after` at most. `display` is what a process must
    /// know of its environment to find it.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn clipboard(
        clear_after: Span,
        display: impl Iterator<Item = (&'static str, OsString)>,
    ) -> Result<Self> {
        let clipboard = Clipboard::open(clear_after, display);
        clipboard.map(Self::Clipboard).map_err(|fact| {
            not_handed_over(&fact)
                .hint("write it to a file with --export PATH, or try --copy=osc52 at a terminal")
        })
    }

    /// The clipboard, by an escape sequence to the terminal; `arrived` asks
    /// whether it came there.
    ///
    /// # Errors
    /// When there is no terminal.
    pub(crate) fn osc52(
        in_tmux: bool,
        arrived: impl FnOnce() -> Result<bool> + 'static,
    ) -> Result<Self> {
        let opened = Osc52::open(in_tmux, Box::new(arrived));
        opened.map(Self::Osc52).map_err(|fault| {
            not_handed_over(&format!("there is no terminal to copy through: {fault}"))
                .hint("write it to a file with --export PATH")
        })
    }

    /// The terminal's alternate screen, until `wait` returns, which is given what
    /// draws on it.
    ///
    /// # Errors
    /// When stdout is no place for a secret.
    pub(crate) fn screen(
        wait: impl FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()> + 'static,
    ) -> Result<Self> {
        check_stdout().map_err(|fact| not_handed_over(&fact))?;
        Ok(Self::Screen(Screen::new(Box::new(wait))))
    }

    /// Where the file is, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file.path()),
            _ => None,
        }
    }

    /// Hands `shown` over, which a file holds already.
    pub(super) fn deliver(
        &mut self,
        shown: &[u8],
        signals: &Signals,
    ) -> std::result::Result<(), Undelivered> {
        match self {
            Self::Stdout => {
                stdout::wait_for_room(signals).map_err(Undelivered::while_waiting)?;
                Ok(stdout::write(shown)?)
            }
            Self::File(file) => Ok(file.put_in_place()?),
            Self::Clipboard(clipboard) => clipboard.put(shown).map_err(Undelivered::Refused),
            Self::Osc52(terminal) => terminal.send(shown),
            Self::Screen(screen) => screen.show(shown).map_err(Undelivered::while_waiting),
        }
    }

    /// Refuses to go on where what was handed over is gone already.
    pub(super) fn check(&mut self) -> Result<()> {
        match self {
            Self::Clipboard(clipboard) => {
                let still = clipboard.check();
                still.map_err(|fact| Error::new(Kind::NotHandedOver, fact))
            }
            _ => Ok(()),
        }
    }

    /// What is left to do once the key is active.
    pub(super) fn finish(&mut self) {
        if let Self::Clipboard(clipboard) = self {
            clipboard.keep();
        }
    }

    /// What to know, and to do, where handing over failed.
    pub(super) fn lost(&self) -> &'static str {
        match self {
            Self::Osc52(_) => {
                "what was sent belongs to no key; in tmux it takes `tmux set -g allow-passthrough on`, \
                 and anywhere there is --export PATH"
            }
            _ => "what may have been written of the secret belongs to no key",
        }
    }

    /// Takes back what can be taken back, and says what could not be.
    pub(super) fn retract(&mut self) -> Option<String> {
        match self {
            Self::File(file) => {
                let fault = file.remove().err()?;
                let path = file.path().display();
                return Some(format!(
                    "{path} is left, which belongs to no key; remove it: {fault}"
                ));
            }
            Self::Clipboard(clipboard) => clipboard.take_back(),
            Self::Stdout | Self::Osc52(_) | Self::Screen(_) => {}
        }
        None
    }
}

/// What to tell of a file that is there already.
pub(crate) fn exists_already(path: &Path) -> Error {
    cannot_be_made(&Refused::Exists(path.to_owned()))
}

fn cannot_be_made(refused: &Refused) -> Error {
    if let Refused::Fault(path, fault) = refused
        && matches!(
            fault.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
        )
        && let Some(denied) = std::path::absolute(path)
            .ok()
            .and_then(|path| denied::making(&path))
    {
        return not_handed_over(&denied.fact).hint(denied.hint);
    }
    not_handed_over(&refused.to_string()).hint(
        "give --export the path of a file that is not there yet, in a folder that you may write",
    )
}
