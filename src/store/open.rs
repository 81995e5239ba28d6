//! Opening and creating databases.

use super::actor::{Actor, Purpose};
#[cfg(feature = "postgres")]
use super::postgres;
use super::sqlite::directory;
use super::{Access, Settings, Store, Verifiers, as_user};
use crate::config::{Location, Place};
use crate::error::{Error, Kind, Result};
use crate::store::errors::not_a_server;

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
        Self::open_at(
            location.place(),
            access,
            Actor::new(location, purpose.into()),
        )
    }

    /// Opens the database at `place` as `actor`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(super) fn open_at(place: &Place, access: Access, actor: Actor) -> Result<Self> {
        match place {
            Place::File(path) => Self::open_as(path, access, actor),
            #[cfg(feature = "postgres")]
            Place::Server(server) => Self::open_on(server, access, actor),
        }
    }

    /// Opens the database at `location` for a verifier, who only needs to read the file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_to_verify(location: &Location) -> Result<Self> {
        Self::open_at(location.place(), Access::Verify, Actor::verifier())
    }

    /// Creates a database at `location`, and lets the accounts of `shared` verify, if given.
    ///
    /// # Errors
    /// [`Kind::Exists`] when a file is there already; [`Kind::NotPermitted`] when a sudo rule
    /// confines the operator, or when other users could tamper with the directory;
    /// [`Kind::OutcomeUnknown`] when the database exists but may not survive a crash; and when the
    /// directory or the file can't be created.
    pub(crate) fn create(
        location: &Location,
        settings: Settings,
        shared: Option<&Shared>,
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
        match location.place() {
            Place::File(path) => {
                let verifiers = match shared {
                    Some(Shared::Group(verifiers)) => Some(verifiers),
                    Some(Shared::Role(_)) | None => None,
                };
                Self::create_as(path, settings, verifiers, actor)
            }
            #[cfg(feature = "postgres")]
            Place::Server(server) => {
                Self::create_on(server, settings, shared.map(Shared::name), actor)
            }
        }
    }

    /// Upgrades the schema of the database at `location`. Returns the open
    /// database, and whether it was older.
    ///
    /// # Errors
    /// As [`open`](Self::open). Nothing is then changed.
    pub(crate) fn upgrade(
        location: &Location,
        purpose: impl Into<Purpose>,
    ) -> Result<(Self, bool)> {
        let actor = Actor::new(location, purpose.into());
        match location.place() {
            // Every change upgrades a file.
            Place::File(path) => {
                Self::open_as(path, Access::Write, actor).map(|store| (store, false))
            }
            #[cfg(feature = "postgres")]
            Place::Server(server) => Self::upgrade_on(server, actor),
        }
    }
}

impl Store {
    /// Lets the role of `shared` verify with an existing database on a server.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] when the server has no such role, [`Kind::InvalidInput`] for a file,
    /// and the errors of the server.
    pub(crate) fn share(&mut self, shared: &Shared) -> Result<()> {
        match shared {
            #[cfg(feature = "postgres")]
            Shared::Role(role) => self.share_with(role),
            _ => Err(not_a_server()),
        }
    }
}

/// The users or role that may verify with a database that its owner shares.
#[derive(Debug)]
pub(crate) enum Shared {
    /// The members of a group of the operating system.
    Group(Verifiers),
    /// A role of the server.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(dead_code, reason = "only a server has roles")
    )]
    Role(String),
}

impl Shared {
    /// Returns the group `name` of the operating system, or the role for a database on a server.
    ///
    /// # Errors
    /// As [`Verifiers::find`].
    pub(crate) fn find(name: &str, location: &Location) -> Result<Self> {
        match location.place() {
            Place::File(_) => Verifiers::find(name).map(Self::Group),
            #[cfg(feature = "postgres")]
            Place::Server(_) => Ok(Self::Role(name.to_owned())),
        }
    }

    /// Returns the name of the group or the role.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Group(verifiers) => verifiers.name(),
            Self::Role(role) => role,
        }
    }
}

/// Returns whether the environment variables of libpq may decide how to connect to the database at
/// `location`, though a user other than the connecting one set them: no user is registered
/// there. If that can't be found out without the variables, they may not.
#[cfg(feature = "postgres")]
pub(crate) fn may_use_variables(location: &Location) -> bool {
    match location.place() {
        Place::File(_) => true,
        Place::Server(server) => postgres::has_users(server).is_ok_and(|has_users| !has_users),
    }
}

/// Refuses a default path in a directory that belongs neither to this user nor to root.
///
/// # Errors
/// [`Kind::NotPermitted`]. Nothing was created.
pub(crate) fn check_default(location: &Location) -> Result<()> {
    match location.file() {
        Some(path) if location.is_default() => directory::check_default(path),
        _ => Ok(()),
    }
}
