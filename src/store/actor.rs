//! The caller of the process, as the operator of a database.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::getuid;

use super::errors;
use crate::clock;
use crate::config::{self, Location};
use crate::model::{Operator, RequiredRight, Standing, Timestamp};

/// The operator, the time, and the right that the command requires.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// The operator, as the log and `created_by` name it.
    pub(crate) operator: Operator,
    /// How the operator stands to the database.
    pub(crate) standing: Standing,
    /// The right that the command requires.
    pub(crate) need: RequiredRight,
    /// The time. A store reads it again from `clock` after each wait for a lock, since it
    /// decides what has expired.
    pub(crate) now: Timestamp,
    /// Returns the time.
    pub(crate) clock: fn() -> Timestamp,
}

impl Actor {
    /// Returns the caller as the operator of the database at `location`.
    pub(super) fn of_caller(location: &Location, need: RequiredRight) -> Self {
        let (operator, standing) = caller(Some(location));
        Self::new(operator, standing, need)
    }

    /// Returns the caller as a verifier, who requires no right. The login name is not looked
    /// up: a directory service may take long.
    pub(super) fn verifier() -> Self {
        let operator = Operator::from_uid(getuid().as_raw());
        Self::new(operator, Standing::Other, RequiredRight::Nothing)
    }

    fn new(operator: Operator, standing: Standing, need: RequiredRight) -> Self {
        Self {
            operator,
            standing,
            need,
            now: clock::now(),
            clock: clock::now,
        }
    }
}

/// Returns the operator and its standing to the database at `location`. The caller will own
/// a database that is missing.
pub(crate) fn caller(location: Option<&Location>) -> (Operator, Standing) {
    let is_owner = match location.map(|location| location.file().metadata()) {
        Some(Ok(found)) => found.uid() == getuid().as_raw(),
        Some(Err(error)) => error.kind() == ErrorKind::NotFound,
        None => true,
    };
    config::operator(is_owner)
}

/// Returns how root runs a command as the owner of the database at `location`, or as OWNER
/// where it is missing.
pub(crate) fn as_owner(location: Option<&Location>) -> String {
    errors::as_owner(location.map_or(Path::new(""), Location::file))
}
