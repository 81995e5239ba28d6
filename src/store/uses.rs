//! Uses of secrets: where verifiers record them, and the dates of the last ones.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use super::Store;
#[cfg(feature = "postgres")]
use super::postgres::usage as table;
use super::sqlite::usage::{NewUse, UsageFile, Use, Window};
use crate::config::{Location, Place};
use crate::error::{Error, Kind, Result};
use crate::model::Timestamp;

/// The place in which the uses of a database's secrets are recorded.
#[derive(Debug)]
pub(super) enum Record {
    /// In a usage file that can't be read.
    Unreadable,
    /// In a usage file.
    File(UsageFile),
    /// In a table, since the given date.
    #[cfg(feature = "postgres")]
    Table(Option<Timestamp>),
}

impl Record {
    /// Opens the usage file of the database at `path` for reading.
    pub(super) fn of_file(path: &Path) -> Self {
        UsageFile::open_reading(path).map_or(Self::Unreadable, Self::File)
    }
}

/// Secrets whose dates are needed, by their slots.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slots<'a> {
    /// The given ones. A usage file is read at any slot, so only a table needs to know them.
    Of(#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "see above"))] &'a [i64]),
    /// All slots.
    All,
}

#[cfg(feature = "postgres")]
impl<'a> Slots<'a> {
    /// Returns the slots; none if all are meant.
    fn given(self) -> Option<&'a [i64]> {
        match self {
            Self::Of(slots) => Some(slots),
            Self::All => None,
        }
    }
}

/// The dates of last uses. Without a record, no date is known.
pub(super) enum Dates<'a> {
    /// No date is known.
    Unknown,
    /// Each date is read when it is asked for.
    File(&'a UsageFile, Timestamp),
    /// The dates of many secrets, read in chunks.
    Window(RefCell<Box<Window<'a>>>),
    /// The dates that were read from a table.
    #[cfg(feature = "postgres")]
    Loaded(table::Loaded),
}

impl Dates<'_> {
    /// Returns the date of the last use of the given kind of the secret at `slot`, if it is
    /// credible.
    pub(super) fn last(&self, slot: i64, kind: Use) -> Option<Timestamp> {
        match self {
            Self::Unknown => None,
            Self::File(file, now) => file.last(slot, kind, *now),
            Self::Window(window) => window.borrow_mut().last(slot, kind),
            #[cfg(feature = "postgres")]
            Self::Loaded(loaded) => loaded.last(slot, kind),
        }
    }
}

impl Store {
    /// Returns since when uses have been recorded, if that is known.
    pub(super) fn known_since(&self) -> Option<Timestamp> {
        match &self.record {
            Record::Unreadable => None,
            Record::File(file) => file.known_since(self.now()),
            #[cfg(feature = "postgres")]
            Record::Table(since) => *since,
        }
    }

    /// Returns the dates of secrets.
    ///
    /// # Errors
    /// The errors of the database, if the dates are in it.
    pub(super) fn dates(&self, slots: Slots<'_>) -> Result<Dates<'_>> {
        Ok(match (&self.record, slots) {
            (Record::Unreadable, _) => Dates::Unknown,
            (Record::File(file), Slots::All) => Dates::File(file, self.now()),
            (Record::File(file), Slots::Of(_)) => {
                let window = Window::new(Some(file), self.now());
                Dates::Window(RefCell::new(Box::new(window)))
            }
            #[cfg(feature = "postgres")]
            (Record::Table(_), slots) => {
                Dates::Loaded(table::Loaded::read(&self.db, slots.given(), self.now())?)
            }
        })
    }

    /// Returns whether the next use may set the start of the record in the usage file: the record
    /// has none, and the clock is not behind the last change by more than the tolerance for clocks.
    /// A start set by a clock that is behind would be too early: the record would seem to go back
    /// further than it does.
    ///
    /// # Errors
    /// The errors of the database.
    pub(crate) fn may_begin_uses(&self) -> Result<bool> {
        match &self.record {
            Record::File(file) if file.is_empty() => Ok(self.change_after_clock()?.is_none()),
            _ => Ok(false),
        }
    }

    /// Clears the last uses of deleted secrets. A slot is never given twice, so a date that stays
    /// is never read.
    pub(super) fn clear_uses(&self, slots: &[i64]) {
        if slots.is_empty() {
            return;
        }
        match &self.place {
            Place::File(path) => {
                if let Ok(usage) = UsageFile::open_writing(path) {
                    for slot in slots {
                        let _ = usage.clear(*slot);
                    }
                }
            }
            #[cfg(feature = "postgres")]
            Place::Server(_) => {
                let _ = table::clear(&self.db, slots);
            }
        }
    }

    /// Closes the database, and returns the recorder of its secrets' uses.
    pub(crate) fn into_recorder(self) -> Recorder {
        match self.place {
            Place::File(path) => Recorder::File(path),
            #[cfg(feature = "postgres")]
            Place::Server(server) => Recorder::Server(table::Recorder::new(server, Some(self.db))),
        }
    }
}

/// Records uses of secrets, at most one a minute for each secret and kind of use. The database need
/// not be open, nor writable by this user.
pub(crate) enum Recorder {
    /// In the usage file of a database.
    File(PathBuf),
    /// In a table on a server.
    #[cfg(feature = "postgres")]
    Server(table::Recorder),
}

impl Recorder {
    /// Returns the recorder of the database at `location`.
    pub(crate) fn new(location: &Location) -> Self {
        match location.place() {
            Place::File(path) => Self::File(path.clone()),
            #[cfg(feature = "postgres")]
            Place::Server(server) => Self::Server(table::Recorder::new(server.clone(), None)),
        }
    }

    /// Records `uses`.
    ///
    /// # Errors
    /// [`Kind::Io`] when the usage file can't be opened or a use can't be written; the other uses
    /// are written nevertheless, if the file could be opened. The errors of the server.
    pub(crate) fn record(&mut self, uses: &[NewUse]) -> Result<()> {
        match self {
            Self::File(path) => record(path, uses).map_err(|error| {
                let shown = path.display();
                let fact = format!("the use could not be recorded in {shown}.usage: {error}");
                Error::new(Kind::Io, fact).caused_by(error)
            }),
            #[cfg(feature = "postgres")]
            Self::Server(recorder) => recorder.record(uses),
        }
    }
}

fn record(db: &Path, uses: &[NewUse]) -> io::Result<()> {
    let file = UsageFile::open_writing(db)?;
    let beginning = uses.iter().filter(|used| used.may_begin);
    let begun = match beginning.map(|used| used.at).max() {
        Some(at) => file.begin_if_empty(at),
        None => Ok(()),
    };
    let recorded = uses.iter().map(|used| file.record(used));
    recorded.fold(begun, io::Result::and)
}
