//! The operator's rights: read when a database is opened, and again in the transaction of a
//! change, since a right may have been revoked in between.

use super::Store;
use super::actor::Actor;
use super::db::{Db, Lock};
use super::users::find_user;
use crate::config::Place;
use crate::error::{Error, Kind, Result};
use crate::model::{Denied, Operator, Remedy, RequiredRight, Rights, Standing, UserName};
use crate::store::errors::{as_owner, quoted};

/// The hint contains no command, since a [`Denied`] doesn't say who the operator is. [`explain`]
/// adds the command.
impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::new(Kind::NotPermitted, denied.fact)
            .hint("ask a user who has apikey:manage on this database")
    }
}

/// Returns the error of `denied`, with [`remedy`] as its hint if there is one. For root that came
/// through sudo, the hint adds how to act as the owner: a shell of `sudo -i` has `SUDO_USER` set,
/// too.
fn explain(denied: Denied, actor: &Actor, place: &Place) -> Error {
    let remedy = remedy(&denied, actor);
    let mut error = Error::from(denied);
    if let Some(remedy) = remedy {
        error = error.hint(remedy);
    }
    let is_root = rustix::process::getuid().is_root();
    match (&actor.standing, error.advice()) {
        (Standing::ThroughSudo { .. }, Some(advice)) if is_root => {
            let hint = format!(
                "{advice}; in a root shell: {} apikey …",
                as_owner(place.file())
            );
            error.hint(hint)
        }
        _ => error,
    }
}

/// Returns the hint on how the operator can get the right: a command for a manager of the database,
/// or what to do if none would help. Returns none if a manager must act in the operator's stead.
fn remedy(denied: &Denied, actor: &Actor) -> Option<String> {
    let operator = &actor.operator;
    let name = quoted(operator.as_str());
    let can_be_registered = operator.as_str().parse::<UserName>().is_ok();
    let command = match denied.remedy {
        _ if operator.as_str() == "root" && actor.standing != Standing::Other => {
            return Some("root may do everything when it doesn't come through sudo".to_owned());
        }
        Remedy::Register if can_be_registered => format!("apikey user add {name} --group GROUP"),
        Remedy::Register => {
            return Some("this login name can't be registered; use another".to_owned());
        }
        Remedy::Activate => format!("apikey user activate {name}"),
        Remedy::Extend => format!("apikey user set-expiry {name} WHEN"),
        Remedy::Allow => format!("apikey user set-groups {name} --add GROUP"),
        Remedy::Act => return None,
    };
    Some(format!(
        "a user with apikey:manage can permit it: `{command}`"
    ))
}

/// Returns the operator's rights on the database at `place`, if they include the required
/// right.
///
/// # Errors
/// [`Kind::NotPermitted`] when they don't, and the errors of the database.
pub(super) fn authorize(db: &Db, place: &Place, actor: &Actor) -> Result<Rights> {
    // verify requires no right, and reads no user but the key's owner.
    if actor.required == RequiredRight::Nothing
        || actor.standing == Standing::Owner
        || !has_users(db)?
    {
        return Ok(Rights::Everything);
    }
    let operator = actor.operator.as_str();
    let user = match operator.parse() {
        Ok(name) => find_user(db, &name)?.map(|(_, user)| user),
        // Such a login name can't be registered.
        Err(_) => None,
    };
    let rights = Rights::of(operator, user, actor.now);
    let checked = rights.and_then(|rights| rights.check(actor.required).map(|()| rights));
    checked.map_err(|denied| explain(denied, actor, place))
}

/// Returns whether users are registered.
pub(super) fn has_users(db: &Db) -> Result<bool> {
    db.is_true("SELECT EXISTS (SELECT 1 FROM users) AS answer", &[])
}

impl Store {
    /// Checks that the operator may change the database, before work that takes long: begins a
    /// change and drops it. On a server, opening a database doesn't show that the role may write.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`], and the errors of the database.
    pub(crate) fn check_may_write(&mut self) -> Result<()> {
        self.begin(Lock::Write).map(drop)
    }

    /// Returns whether users are registered, but no active one may manage the database.
    pub(crate) fn is_unmanaged(&self) -> Result<bool> {
        Ok(has_users(&self.db)? && !self.has_manager()?)
    }

    /// Returns whether an active user may manage the database.
    pub(crate) fn has_manager(&self) -> Result<bool> {
        self.db.is_true(
            "SELECT EXISTS (
                SELECT 1 FROM users u JOIN user_groups m ON m.user_id = u.id
                  JOIN group_permissions p ON p.group_id = m.group_id
                 WHERE p.permission = 'apikey:manage' AND u.active = 1
                   AND (u.expires_at IS NULL OR u.expires_at > ?1)) AS answer",
            &[self.actor.now.unix().into()],
        )
    }

    /// Returns the user that the process runs as, if users are registered and `SUDO_USER`
    /// names the operator: a file would then be created by another user than the operator.
    pub(crate) fn acts_for_another(&self) -> Result<Option<&Operator>> {
        match &self.actor.standing {
            Standing::ThroughSudo { became } if has_users(&self.db)? => Ok(Some(became)),
            _ => Ok(None),
        }
    }
}
