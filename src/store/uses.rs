//! Uses of secrets, as verifiers record them.

use std::io;

use super::Store;
use super::sqlite::usage::{NewUse, UsageFile};
use crate::config::Location;
use crate::error::{Error, Kind, Result};

impl Store {
    /// Records uses of secrets, at most one a minute for each secret and kind of use. The database
    /// need not be open, nor writable by this user.
    ///
    /// # Errors
    /// [`Kind::Io`] when the usage file can't be opened or a use can't be written. The other uses
    /// are written nevertheless, if the file could be opened.
    pub(crate) fn record_uses(location: &Location, uses: &[NewUse]) -> Result<()> {
        record(location, uses).map_err(|error| {
            let fact = format!("the use could not be recorded in {location}.usage: {error}");
            Error::new(Kind::Io, fact).caused_by(error)
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
        let is_empty = self.usage.as_ref().is_some_and(UsageFile::is_empty);
        Ok(is_empty && self.change_after_clock()?.is_none())
    }
}

fn record(location: &Location, uses: &[NewUse]) -> io::Result<()> {
    let file = UsageFile::open_writing(location.file())?;
    let beginning = uses.iter().filter(|used| used.may_begin);
    let begun = match beginning.map(|used| used.at).max() {
        Some(at) => file.begin_if_empty(at),
        None => Ok(()),
    };
    let recorded = uses.iter().map(|used| file.record(used));
    recorded.fold(begun, io::Result::and)
}
