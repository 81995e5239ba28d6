//! The targets of a delivery.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::clipboard::Clipboard;
use super::errors::{delivery_error, wait_error, write_error};
use super::file::PreparedFile;
use super::issued::Issued;
use super::osc52::Osc52;
use super::screen::Screen;
use super::stdout;
use crate::error::Result;
use crate::model::Span;
use crate::process::Signals;
use crate::secret::Secret;

/// A target that is prepared for a secret.
pub(crate) enum Target {
    /// Stdout.
    Stdout,
    /// A new file, written but without its name.
    File(PreparedFile),
    /// The clipboard, through a process that holds the secret.
    Clipboard(Clipboard),
    /// The clipboard, through the terminal.
    Osc52(Osc52),
    /// The terminal's alternate screen.
    Screen(Screen),
}

impl Target {
    /// Prepares stdout.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the secret would be lost there.
    pub(crate) fn stdout() -> Result<Self> {
        stdout::check().map_err(|fact| {
            delivery_error(fact)
                .hint("send stdout to a terminal, a pipe or a file, or use --export PATH")
        })?;
        Ok(Self::Stdout)
    }

    /// Prepares a new file at `path`, or named `default_name` in the directory at `path`. It
    /// contains `secret` and a newline.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when the file exists or can't be created.
    pub(crate) fn file(path: &Path, default_name: &str, secret: &Secret) -> Result<Self> {
        PreparedFile::write(path, default_name, &secret.line()).map(Self::File)
    }

    /// Prepares the clipboard, which is cleared after `clear_after`. `display` contains the
    /// environment variables that name the display.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when there is no clipboard.
    pub(crate) fn clipboard(
        clear_after: Span,
        display: impl Iterator<Item = (&'static str, OsString)>,
    ) -> Result<Self> {
        let clipboard = Clipboard::open(clear_after, display);
        clipboard
            .map(Self::Clipboard)
            .map_err(|error| error.hint("use --export PATH, or --copy=osc52 at a terminal"))
    }

    /// Prepares the terminal's clipboard, which an escape sequence sets. `has_arrived` asks the
    /// user whether the secret arrived.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when there is no terminal.
    pub(crate) fn osc52(
        in_tmux: bool,
        has_arrived: impl FnOnce() -> Result<bool> + 'static,
    ) -> Result<Self> {
        let opened = Osc52::open(in_tmux, Box::new(has_arrived));
        opened.map(Self::Osc52).map_err(|error| {
            delivery_error(format!("there is no terminal to copy through: {error}"))
                .hint("use --export PATH")
                .caused_by(error)
        })
    }

    /// Prepares the terminal's alternate screen. `wait` calls the function that draws it, and
    /// returns when the user has read the secret.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when stdout would lose the secret.
    pub(crate) fn screen(
        wait: impl FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()> + 'static,
    ) -> Result<Self> {
        stdout::check().map_err(delivery_error)?;
        Ok(Self::Screen(Screen::new(Box::new(wait))))
    }

    /// Returns the path of the file, if the target is a file.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file.path()),
            _ => None,
        }
    }

    /// Delivers `text`, which contains the secret. A file already contains it and gets its name.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`]; [`Kind::Interrupted`] after a signal or Ctrl-C during a wait.
    pub(crate) fn deliver(&mut self, text: &[u8], signals: &Signals) -> Result<()> {
        match self {
            Self::Stdout => {
                stdout::wait_until_writable(signals).map_err(wait_error)?;
                stdout::write(text).map_err(write_error)
            }
            Self::File(file) => file.publish().map_err(write_error),
            Self::Clipboard(clipboard) => clipboard.put(text),
            Self::Osc52(terminal) => terminal.send(text),
            Self::Screen(screen) => screen.show(text).map_err(wait_error),
        }
    }

    /// Checks that the clipboard, if it is the target, still contains the secret.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`] when something else was copied.
    pub(crate) fn check_still_there(&mut self) -> Result<()> {
        match self {
            Self::Clipboard(clipboard) => clipboard.check(),
            _ => Ok(()),
        }
    }

    /// Keeps the delivered secret, because it is usable.
    pub(crate) fn keep(&mut self) {
        if let Self::Clipboard(clipboard) = self {
            clipboard.keep();
        }
    }

    /// Takes the delivered secret back as far as possible. Returns a hint on a file that can't be
    /// removed.
    pub(crate) fn take_back(&mut self, issued: Issued) -> Option<String> {
        match self {
            Self::File(file) => {
                let error = file.remove().err()?;
                let path = file.path().display();
                let useless = issued.describe_useless(&format!("the secret in {path}"));
                Some(format!("{useless}; remove the file: {error}"))
            }
            Self::Clipboard(clipboard) => {
                clipboard.take_back();
                None
            }
            Self::Stdout | Self::Osc52(_) | Self::Screen(_) => None,
        }
    }

    /// Returns the hint for a failed delivery.
    pub(crate) fn failure_hint(&self, issued: Issued) -> String {
        match self {
            Self::Osc52(_) => format!(
                "{}; in tmux run `tmux set -g allow-passthrough on`, or use --export PATH",
                issued.describe_useless("the secret that was sent")
            ),
            _ => issued.describe_useless("any part of the secret that was written"),
        }
    }
}
