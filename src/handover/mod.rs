//! The one way a secret leaves, and the protocol by which it is shown exactly
//! once: never one shown that isn't stored, never an active key whose secret
//! nobody received.
//!
//! 1. Preflight ([`Target`] is made): whatever can be known to fail does so
//!    before anything is written.
//! 2. The key is inserted as pending; pending never verifies.
//! 3. The secret is handed over.
//! 4. The key becomes active, if what was handed over is still there. Only now is
//!    it created.
//! 5. If 3 failed, the key is deleted: not handed over.
//! 6. If 4 failed, nobody knows whether it is there: even a COMMIT that
//!    returned an error may be. The key is deleted by a fresh connection, and
//!    only after that committed is the file removed; else the file stays and
//!    the outcome is unknown.

mod clipboard;
mod file;
mod holder;
mod osc52;
mod screen;
mod stdout;

use std::ffi::OsString;
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::model::Span;
use crate::secret::Secret;

use clipboard::Clipboard;
use file::PreparedFile;
use osc52::Osc52;
use screen::Screen;

pub(crate) use holder::hold;

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
enum Undelivered {
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
    fn deliver(&mut self, shown: &[u8]) -> std::result::Result<(), Undelivered> {
        match self {
            Self::Stdout => Ok(stdout::write(shown)?),
            Self::File(file) => Ok(file.put_in_place()?),
            Self::Clipboard(clipboard) => clipboard.put(shown).map_err(Undelivered::Refused),
            Self::Osc52(terminal) => terminal.send(shown),
            Self::Screen(screen) => screen.show(shown).map_err(Undelivered::while_waiting),
        }
    }

    /// Refuses to go on where what was handed over is gone already.
    fn check(&mut self) -> Result<()> {
        match self {
            Self::Clipboard(clipboard) => {
                let still = clipboard.check();
                still.map_err(|fact| Error::new(Kind::NotHandedOver, fact))
            }
            _ => Ok(()),
        }
    }

    /// What is left to do once the key is active.
    fn finish(&mut self) {
        if let Self::Clipboard(clipboard) = self {
            clipboard.keep();
        }
    }

    /// What to know, and to do, where handing over failed.
    fn lost(&self) -> &'static str {
        match self {
            Self::Osc52(_) => {
                "what was sent belongs to no key; in tmux it takes `tmux set -g allow-passthrough on`, \
                 and anywhere there is --export PATH"
            }
            _ => "what may have been written of the secret belongs to no key",
        }
    }

    /// Takes back what can be taken back.
    fn retract(&mut self) {
        match self {
            Self::File(file) => file.remove(),
            Self::Clipboard(clipboard) => clipboard.take_back(),
            Self::Stdout | Self::Osc52(_) | Self::Screen(_) => {}
        }
    }
}

/// `secret` and a newline, as it is shown and as a file holds it.
pub(crate) fn secret_line(secret: &Secret) -> Zeroizing<Vec<u8>> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(secret.expose().len() + 1));
    line.extend_from_slice(secret.expose().as_bytes());
    line.push(b'\n');
    line
}

/// What to tell of a file that is there already.
pub(crate) fn exists_already(path: &Path) -> Error {
    cannot_be_made(&file::Refused::Exists(path.to_owned()))
}

fn cannot_be_made(refused: &file::Refused) -> Error {
    not_handed_over(&refused.to_string()).hint(
        "give --export the path of a file that is not there yet, in a folder that you may write",
    )
}

/// Whether what is written to the standard output gets somewhere; else the reason.
pub(crate) fn check_stdout() -> std::result::Result<(), String> {
    stdout::check()
}

/// What to tell of a secret that went to a file which others may read, if it did.
pub(crate) fn exposure() -> Option<String> {
    let mode = stdout::open_to_others()?;
    Some(format!(
        "others may read the file that the secret went to (mode {mode:03o}); chmod 600 it, and say umask 077 before the next"
    ))
}

/// Writes what can be shown again, such as the shared secret, as a hand-over is:
/// raw, and to a regular file lastingly.
pub(crate) fn show(bytes: &[u8]) -> io::Result<()> {
    stdout::write(bytes)
}

/// The steps in which the database takes part. `S` is what they work on.
pub(crate) struct Steps<S, Insert, Show, Activate, Withdraw> {
    /// What the steps work on.
    pub(crate) store: S,
    /// Inserts the key as pending.
    pub(crate) insert: Insert,
    /// What is handed over for it.
    pub(crate) show: Show,
    /// Makes it active, unless what it is given to be asked at the last moment says no.
    pub(crate) activate: Activate,
    /// Deletes it, by a fresh connection, if it is there.
    pub(crate) withdraw: Withdraw,
}

/// Carries the protocol through and returns the key.
///
/// # Errors
/// Those of `insert`; [`Kind::NotHandedOver`] when there is no key, and
/// [`Kind::OutcomeUnknown`] when that is not certain.
pub(crate) fn hand_over<S, K>(
    mut target: Target,
    mut steps: Steps<
        S,
        impl FnOnce(&mut S) -> Result<K>,
        impl FnOnce(&K) -> Zeroizing<Vec<u8>>,
        impl FnOnce(&mut S, &K, &mut dyn FnMut() -> Result<()>) -> Result<()>,
        impl FnOnce(S, &K) -> Result<()>,
    >,
) -> Result<K> {
    let key = (steps.insert)(&mut steps.store)?;
    let shown = (steps.show)(&key);
    if let Err(undelivered) = target.deliver(&shown) {
        target.retract();
        let fact = match &undelivered {
            Undelivered::Refused(fact) => fact.as_str(),
            Undelivered::Interrupted => "interrupted",
        };
        return Err(match (steps.withdraw)(steps.store, &key) {
            Ok(()) if matches!(undelivered, Undelivered::Interrupted) => {
                interrupted()
            }
            Ok(()) => not_handed_over(fact).hint(target.lost()),
            Err(left) => Error::new(
                Kind::NotHandedOver,
                format!("{fact}; no active key was created, but a pending one may be left: {left}"),
            )
            .hint("a pending key verifies nothing; look with `apikey list --status pending` and delete it"),
        });
    }
    let activated = (steps.activate)(&mut steps.store, &key, &mut || target.check());
    if let Err(fault) = activated {
        return Err(match (steps.withdraw)(steps.store, &key) {
            Ok(()) if fault.kind() == Kind::Interrupted => {
                target.retract();
                interrupted()
            }
            Ok(()) => {
                target.retract();
                not_handed_over(&format!("the key could not be made active: {fault}"))
                    .hint("the secret that was handed over belongs to no key")
            }
            Err(_) => {
                // It may be: so who has the secret keeps it.
                target.finish();
                let fact = format!(
                    "the secret was handed over, but whether its key is active is unknown: {fault}"
                );
                Error::new(Kind::OutcomeUnknown, fact).hint(
                    "look with `apikey show`: an active key is created; one that is pending or gone is not",
                )
            }
        });
    }
    target.finish();
    Ok(key)
}

fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted; no key was created")
        .hint("what may have been seen of the secret belongs to no key")
}

fn not_handed_over(fact: &str) -> Error {
    Error::new(Kind::NotHandedOver, format!("{fact}; no key was created"))
}

#[cfg(test)]
mod tests;
