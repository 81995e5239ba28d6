//! The targets of a delivery.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::clipboard::Clipboard;
use super::errors::{not_handed_over, not_written, while_waiting};
use super::file::PreparedFile;
use super::issued::Issued;
use super::osc52::Osc52;
use super::screen::Screen;
use super::stdout;
use crate::error::Result;
use crate::model::Span;
use crate::process::Signals;
use crate::secret::Secret;

/// A target that was prepared for a secret.
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

impl Target {
    /// Prepares the standard output.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the secret would be lost there.
    pub(crate) fn stdout() -> Result<Self> {
        stdout::check().map_err(|fact| {
            not_handed_over(fact)
                .hint("let stdout be a terminal, a pipe or a file, or give --export PATH")
        })?;
        Ok(Self::Stdout)
    }

    /// Prepares a new file at `path`, or named `default_name` in the directory at `path`, that
    /// holds `secret` and a newline.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the file exists or can't be written.
    pub(crate) fn file(path: &Path, default_name: &str, secret: &Secret) -> Result<Self> {
        PreparedFile::write(path, default_name, &secret.line()).map(Self::File)
    }

    /// Prepares the clipboard, which is cleared after `clear_after`. `display` are the
    /// variables of the environment by which a process finds it.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when there is none.
    pub(crate) fn clipboard(
        clear_after: Span,
        display: impl Iterator<Item = (&'static str, OsString)>,
    ) -> Result<Self> {
        let clipboard = Clipboard::open(clear_after, display);
        clipboard.map(Self::Clipboard).map_err(|error| {
            error.hint("write it to a file with --export PATH, or try --copy=osc52 at a terminal")
        })
    }

    /// Prepares the clipboard of the terminal, to which an escape sequence is sent;
    /// `has_arrived` asks the user whether the secret arrived.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when there is no terminal.
    pub(crate) fn osc52(
        in_tmux: bool,
        has_arrived: impl FnOnce() -> Result<bool> + 'static,
    ) -> Result<Self> {
        let opened = Osc52::open(in_tmux, Box::new(has_arrived));
        opened.map(Self::Osc52).map_err(|error| {
            not_handed_over(format!("there is no terminal to copy through: {error}"))
                .hint("write it to a file with --export PATH")
                .caused_by(error)
        })
    }

    /// Prepares the terminal's alternate screen. `wait` draws on it with what it is given, and
    /// returns when the user has seen the secret.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the secret would be lost on stdout.
    pub(crate) fn screen(
        wait: impl FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()> + 'static,
    ) -> Result<Self> {
        stdout::check().map_err(not_handed_over)?;
        Ok(Self::Screen(Screen::new(Box::new(wait))))
    }

    /// Returns the path of the file, if the target is a file.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file.path()),
            _ => None,
        }
    }

    /// Delivers `shown`; a file holds its secret already.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`]; [`Kind::Interrupted`] when a signal or Ctrl-C came while it
    /// waited.
    pub(crate) fn deliver(&mut self, shown: &[u8], signals: &Signals) -> Result<()> {
        match self {
            Self::Stdout => {
                stdout::wait_for_room(signals).map_err(while_waiting)?;
                stdout::write(shown).map_err(not_written)
            }
            Self::File(file) => file.put_in_place().map_err(not_written),
            Self::Clipboard(clipboard) => clipboard.put(shown),
            Self::Osc52(terminal) => terminal.send(shown),
            Self::Screen(screen) => screen.show(shown).map_err(while_waiting),
        }
    }

    /// Checks that what was delivered is still there.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when something else was copied to the clipboard.
    pub(crate) fn check_still_there(&mut self) -> Result<()> {
        match self {
            Self::Clipboard(clipboard) => clipboard.check(),
            _ => Ok(()),
        }
    }

    /// Keeps what was delivered, now that the secret is usable.
    pub(crate) fn keep(&mut self) {
        if let Self::Clipboard(clipboard) = self {
            clipboard.keep();
        }
    }

    /// Takes back what was delivered, as far as it can be. Returns the sentence on a file that
    /// is left.
    pub(crate) fn take_back(&mut self, issued: Issued) -> Option<String> {
        match self {
            Self::File(file) => {
                let error = file.remove().err()?;
                let left = format!("{} is left, which", file.path().display());
                let left = issued.is_useless(&left);
                Some(format!("{left}; remove it: {error}"))
            }
            Self::Clipboard(clipboard) => {
                clipboard.take_back();
                None
            }
            Self::Stdout | Self::Osc52(_) | Self::Screen(_) => None,
        }
    }

    /// Returns the hint on a delivery that failed.
    pub(crate) fn hint(&self, issued: Issued) -> String {
        match self {
            Self::Osc52(_) => format!(
                "{}; in tmux it takes `tmux set -g allow-passthrough on`, and anywhere there is \
                 --export PATH",
                issued.is_useless("what was sent")
            ),
            _ => issued.is_useless("what may have been written of the secret"),
        }
    }
}
