//! The user of the process as the operator of a database.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;

use rustix::process::getuid;

use super::db::clock::Clock;
use super::errors;
use crate::clock;
use crate::config::{self, Location, Place};
use crate::model::{Operator, RequiredRight, Standing, Text, Timestamp};

/// The right that a command requires, and the reason for running it.
#[derive(Debug, Clone)]
pub(crate) struct Purpose {
    /// The right that the command requires.
    pub(crate) required: RequiredRight,
    /// The reason that the operator gives for the log.
    pub(crate) reason: Option<Text>,
}

impl From<RequiredRight> for Purpose {
    fn from(required: RequiredRight) -> Self {
        Self {
            required,
            reason: None,
        }
    }
}

/// The operator of a command, with the right that the command requires, the reason and the time.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// The operator, as the log and `created_by` name it.
    pub(crate) operator: Operator,
    /// The operator's relation to the database.
    pub(crate) standing: Standing,
    /// The right that the command requires.
    pub(crate) required: RequiredRight,
    /// The reason that the operator gives for the log.
    pub(crate) reason: Option<Text>,
    /// The current time, which decides whether a key has expired. A store reads it again from
    /// `clock` after each wait for a lock.
    pub(crate) now: Timestamp,
    /// The clock of the database.
    pub(crate) clock: Clock,
    /// The role of a server into which the database is restored, for the log of its draft.
    pub(crate) role: Option<String>,
}

impl Actor {
    /// Returns the caller as the operator of the database at `location`, for `purpose`.
    pub(super) fn new(location: &Location, purpose: Purpose) -> Self {
        let (operator, standing) = caller(Some(location));
        Self {
            operator,
            standing,
            required: purpose.required,
            reason: purpose.reason,
            ..Self::verifier()
        }
    }

    /// Returns a verifier, who needs no right. It is named by its user id, since looking up the
    /// login name in a directory service may take long.
    pub(super) fn verifier() -> Self {
        Self {
            operator: Operator::from_uid(getuid().as_raw()),
            standing: Standing::Other,
            required: RequiredRight::Nothing,
            reason: None,
            now: clock::now(),
            clock: Clock::Machine,
            role: None,
        }
    }
}

/// Returns the operator and its standing to the database at `location`. A database that is missing,
/// or whose location is unknown, counts as the operator's own, since the operator would create it.
pub(crate) fn caller(location: Option<&Location>) -> (Operator, Standing) {
    let is_owner = match location.map(Location::place) {
        Some(Place::File(path)) => match path.metadata() {
            Ok(found) => found.uid() == getuid().as_raw(),
            Err(error) => error.kind() == ErrorKind::NotFound,
        },
        #[cfg(feature = "postgres")]
        Some(Place::Server(_)) => return config::operator_on_server(),
        None => true,
    };
    config::operator(is_owner)
}

/// Returns the command prefix by which root acts as the owner of the database at `location`; it
/// names OWNER if there is no such database.
pub(crate) fn as_owner(location: Option<&Location>) -> String {
    errors::as_owner(location.and_then(Location::file))
}
