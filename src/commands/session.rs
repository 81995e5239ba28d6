//! The session of a command: its output, its prompts, its database and its required right.

use std::path::Path;

use super::required_rights;
use crate::cli::Command;
use crate::config::{self, Location};
use crate::error::{Kind, Result};
use crate::model::{RequiredRight, Timestamp, When};
use crate::output::Output;
use crate::prompt::Prompt;
use crate::store::{Access, Settings, Store, Verifiers, check_default, check_in_future};

/// The surroundings of every command.
pub(crate) struct Session {
    /// Where results are printed.
    pub(crate) output: Output,
    /// How the user is asked.
    pub(super) prompt: Prompt,
    /// Where the database is. An error only for a command that needs one.
    pub(super) location: Result<Location>,
    /// The right that the command requires.
    pub(super) required: RequiredRight,
}

impl Session {
    /// Returns a session for `command` on the database that `--db` names, if it does.
    pub(crate) fn new(
        command: &Command,
        database: Option<&Path>,
        output: Output,
        prompt: Prompt,
    ) -> Self {
        Self {
            output,
            prompt,
            location: locate(database),
            required: required_rights::of_command(command),
        }
    }

    /// Returns the time at which the database was opened last, else that of the start.
    pub(super) fn now(&self) -> Timestamp {
        self.output.times().now()
    }

    /// Returns where the database is.
    ///
    /// # Errors
    /// When that is unknown.
    pub(super) fn location(&self) -> Result<&Location> {
        self.location.as_ref().map_err(Clone::clone)
    }

    /// Opens the database with the right that the command requires.
    ///
    /// # Errors
    /// The errors of [`Store::open`].
    pub(super) fn open(&self, access: Access) -> Result<Store> {
        let store = Store::open(self.location()?, access, self.required)?;
        self.output.times().set_now(store.now());
        Ok(store)
    }

    /// Makes the database, for one person or for `verifiers` too, and reports it.
    pub(super) fn make(&self, settings: Settings, verifiers: Option<&Verifiers>) -> Result<Store> {
        let location = self.location()?;
        let store = Store::create(location, settings, verifiers, self.required)?;
        self.output.times().set_now(store.now());
        self.output
            .note(&format!("created the database {location}"));
        Ok(store)
    }

    /// Opens the database to change it. Returns none if it is missing at the default path,
    /// where it is made on demand. Any other path may be a slip of the finger.
    pub(super) fn open_if_there(&self) -> Result<Option<Store>> {
        let is_made_on_demand = self.location.as_ref().is_ok_and(Location::is_default);
        match self.open(Access::Write) {
            Err(error) if error.kind() == Kind::DatabaseMissing && is_made_on_demand => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Makes the database that was missing.
    pub(super) fn make_or_open(&self) -> Result<Store> {
        match self.make(Settings::default(), None) {
            // Another command was faster.
            Err(error) if error.kind() == Kind::Exists => self.open(Access::Write),
            made => made,
        }
    }

    /// Opens the database to change it, and makes it first if it is missing at the default path.
    pub(super) fn open_or_make(&self) -> Result<Store> {
        self.open_if_there()?
            .map_or_else(|| self.make_or_open(), Ok)
    }
}

/// Returns where the database is: at the path that is given, else where the environment or
/// the platform has it. A default path in another user's directory is refused.
pub(super) fn locate(given: Option<&Path>) -> Result<Location> {
    let location = config::database(given)?;
    check_default(&location).map(|()| location)
}

/// Returns the instant at which a key or user made at `now` expires.
///
/// # Errors
/// When it is not in the future.
pub(super) fn expiry(when: Option<When>, now: Timestamp) -> Result<Option<Timestamp>> {
    let at = when.and_then(|when| when.resolve(now));
    check_in_future(at, now).map(|()| at)
}
