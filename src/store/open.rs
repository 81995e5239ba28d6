//! Opening and creating databases.

use super::actor::{Actor, Purpose};
use super::sqlite::directory;
use super::{Access, Settings, Store, Verifiers, as_user};
use crate::config::Location;
use crate::error::{Error, Kind, Result};

impl Store {
    /// Opens the database at `location` for an operator who must have the right that `purpose`
    /// requires.
    ///
    /// # Errors
    /// When the database is missing, foreign, damaged, newer or locked, when its disk fails, when
    /// users other than its owner and root may create files in its directory, and when the file's
    /// permissions or the operator's rights forbid the access.
    pub(crate) fn open(
        location: &Location,
        access: Access,
        purpose: impl Into<Purpose>,
    ) -> Result<Self> {
        Self::open_as(
            location.file(),
            access,
            Actor::new(location, purpose.into()),
        )
    }

    /// Opens the database at `location` for a verifier, who only needs to read the file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_to_verify(location: &Location) -> Result<Self> {
        Self::open_as(location.file(), Access::Read, Actor::verifier())
    }

    /// Creates a database at `location`, which `verifiers` may read, if given.
    ///
    /// # Errors
    /// [`Kind::Exists`] when a file is there already; [`Kind::NotPermitted`] when a sudo rule
    /// confines the operator, or when other users could tamper with the directory;
    /// [`Kind::OutcomeUnknown`] when the database exists but may not survive a crash; and when the
    /// directory or the file can't be created.
    pub(crate) fn create(
        location: &Location,
        settings: Settings,
        verifiers: Option<&Verifiers>,
        purpose: impl Into<Purpose>,
    ) -> Result<Self> {
        if location.is_confined() {
            // No user's rights limit this operator, since a missing database has no users.
            let fact = format!(
                "there is no database at {location}, and the sudo rule doesn't let you create one"
            );
            return Err(Error::new(Kind::NotPermitted, fact).hint(format!(
                "create it as its owner, or as root with `{} apikey …`",
                as_user("OWNER")
            )));
        }
        let actor = Actor::new(location, purpose.into());
        Self::create_as(location.file(), settings, verifiers, actor)
    }
}

/// Refuses a default path in a directory that belongs neither to this user nor to root.
///
/// # Errors
/// [`Kind::NotPermitted`]. Nothing was created.
pub(crate) fn check_default(location: &Location) -> Result<()> {
    if location.is_default() {
        directory::check_default(location.file())?;
    }
    Ok(())
}
