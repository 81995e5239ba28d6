//! The ways into a database: from its location to an open store.

use super::actor::Actor;
use super::sqlite::directory;
use super::{Access, Settings, Store, Verifiers, as_user};
use crate::config::Location;
use crate::error::{Error, Kind, Result};
use crate::model::RequiredRight;

impl Store {
    /// Opens the database at `location` for the caller, who must have the right `need`.
    ///
    /// # Errors
    /// When it is missing, not ours, damaged, newer, locked, or forbidden by the file's
    /// permissions or the operator's rights. It is left as it was.
    pub(crate) fn open(location: &Location, access: Access, need: RequiredRight) -> Result<Self> {
        Self::open_as(location.file(), access, Actor::of_caller(location, need))
    }

    /// Opens the database at `location` for a verifier, who only needs to read the file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_to_verify(location: &Location) -> Result<Self> {
        Self::open_as(location.file(), Access::Read, Actor::verifier())
    }

    /// Makes a database at `location`, for one person, or for `verifiers` too.
    ///
    /// # Errors
    /// [`Kind::Exists`] when a file is there already; [`Kind::NotPermitted`] where a rule of
    /// sudo confines the caller; and when the directory or the file can't be made.
    pub(crate) fn create(
        location: &Location,
        settings: Settings,
        verifiers: Option<&Verifiers>,
        need: RequiredRight,
    ) -> Result<Self> {
        if location.is_confined() {
            // A missing database has no users who could forbid it.
            let fact =
                format!("there is no database at {location}, and sudo's rule lets you make none");
            return Err(Error::new(Kind::NotPermitted, fact).hint(format!(
                "its owner, or root by `{} apikey …`, makes it",
                as_user("OWNER")
            )));
        }
        let actor = Actor::of_caller(location, need);
        Self::create_as(location.file(), settings, verifiers, actor)
    }
}

/// Refuses a default path in a directory that belongs to another user.
///
/// # Errors
/// [`Kind::NotPermitted`]. Nothing was made.
pub(crate) fn check_default(location: &Location) -> Result<()> {
    if location.is_default() {
        directory::check_default(location.file())?;
    }
    Ok(())
}
