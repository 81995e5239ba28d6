//! The session of a command: its output, its prompts, its database and its required right.

use std::cell::Cell;
use std::path::Path;

use super::required_rights;
use crate::cli::Cli;
use crate::config::{self, Location};
use crate::error::{Kind, Result};
use crate::model::{Timestamp, When};
use crate::output::Output;
use crate::prompt::Prompt;
use crate::store::{
    Access, Clock, Purpose, Settings, Shared, Store, check_default, check_in_future,
};

/// The context of a command.
pub(crate) struct Session {
    /// Prints the results.
    pub(crate) output: Output,
    /// Prompts the user, if that is allowed.
    pub(super) prompt: Prompt,
    /// The location of the database, or the error of looking for it. A command that needs no
    /// database ignores the error.
    pub(super) location: Result<Location>,
    /// The right that the command requires, and the reason for running it.
    pub(super) purpose: Purpose,
    /// The filters of keys as they were given.
    pub(super) filters_given: String,
    /// The clock of the database, once it was opened; before that, this machine's.
    clock: Cell<Clock>,
}

impl Session {
    /// Returns a session for the command line `cli`.
    pub(crate) fn new(cli: &Cli, output: Output, prompt: Prompt) -> Self {
        Self {
            output,
            prompt,
            location: locate(cli.globals.db.as_deref()),
            purpose: Purpose {
                required: required_rights::of_command(&cli.command),
                reason: cli.reason.clone(),
            },
            filters_given: cli.filters_given.clone(),
            clock: Cell::new(Clock::Machine),
        }
    }

    /// Returns the time at which the database was last opened; before that, the time at which the
    /// process started.
    pub(super) fn now(&self) -> Timestamp {
        self.output.times().now()
    }

    /// Returns the current time by the clock of the database.
    pub(super) fn current_time(&self) -> Timestamp {
        self.clock.get().now()
    }

    /// Takes over the clock of `store`.
    pub(super) fn set_clock(&self, store: &Store) {
        self.clock.set(store.clock());
    }

    /// Notes the time at which `store` was opened.
    fn set_times(&self, store: &Store) {
        self.set_clock(store);
        self.output.times().set_now(store.now());
    }

    /// Returns the location of the database.
    ///
    /// # Errors
    /// When it is unknown, invalid or refused: see [`locate`].
    pub(super) fn location(&self) -> Result<&Location> {
        self.location.as_ref().map_err(Clone::clone)
    }

    /// Opens the database if the operator has the right that the command requires.
    ///
    /// # Errors
    /// The errors of [`Store::open`].
    pub(super) fn open(&self, access: Access) -> Result<Store> {
        let store = Store::open(self.location()?, access, self.purpose.clone())?;
        self.set_times(&store);
        Ok(store)
    }

    /// Creates the database and reports it. Shares it if `shared` is given.
    pub(super) fn create(&self, settings: Settings, shared: Option<&Shared>) -> Result<Store> {
        let location = self.location()?;
        let store = Store::create(location, settings, shared, self.purpose.clone())?;
        self.set_times(&store);
        self.output
            .note(&format!("created the database {location}"));
        Ok(store)
    }

    /// Opens the database to change it. Returns none if it is missing at the default path, where
    /// it is created on demand. At another path, which may be mistyped, that is an error.
    pub(super) fn open_existing(&self) -> Result<Option<Store>> {
        let is_created_on_demand = self.location.as_ref().is_ok_and(Location::is_default);
        match self.open(Access::Write) {
            Err(error) if error.kind() == Kind::DatabaseMissing && is_created_on_demand => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Creates the database that was missing.
    pub(super) fn create_or_open(&self) -> Result<Store> {
        match self.create(Settings::default(), None) {
            // Another process has created it.
            Err(error) if error.kind() == Kind::Exists => self.open(Access::Write),
            created => created,
        }
    }

    /// Opens the database to change it. Creates it if it is missing at the default path.
    pub(super) fn open_or_create(&self) -> Result<Store> {
        self.open_existing()?
            .map_or_else(|| self.create_or_open(), Ok)
    }
}

/// Returns the location of the database: `given`, else `APIKEY_DB`, else the platform's default.
/// Refuses a default path in another user's directory.
pub(super) fn locate(given: Option<&Path>) -> Result<Location> {
    let location = config::database(given)?;
    check_default(&location).map(|()| location)
}

/// Returns the time that `when` means at `now`, as the expiry of a key or user.
///
/// # Errors
/// When it is not in the future.
pub(super) fn expiry(when: Option<When>, now: Timestamp) -> Result<Option<Timestamp>> {
    let at = when.and_then(|when| when.resolve(now));
    check_in_future(at, now).map(|()| at)
}
