//! What the operator may do: the one place that gives leave.
//!
//! Asked when a database is opened and again in the transaction of a change,
//! for a right may have been taken away in between.

use rusqlite::Connection;

use super::users::find_user;
use super::{Actor, Store};
use crate::error::{Error, Kind, Result};
use crate::model::{Denied, Need, Operator, Rights, Standing};

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::new(Kind::NotPermitted, denied.fact).hint(denied.advice)
    }
}

/// The rights of whoever acts, enough for what the command needs.
///
/// # Errors
/// [`Kind::NotPermitted`] when they are not.
pub(super) fn ask(conn: &Connection, actor: &Actor) -> Result<Rights> {
    // Nothing is looked up for nothing: verify reads no user but the owner.
    if actor.need == Need::Nothing || actor.standing == Standing::Owner || !has_users(conn)? {
        return Ok(Rights::Everything);
    }
    let operator = actor.operator.as_str();
    let user = match operator.parse() {
        Ok(name) => find_user(conn, &name)?.map(|(_, user)| user),
        // Such a login name can't be registered.
        Err(_) => None,
    };
    let rights = Rights::of(operator, user, actor.now)?;
    rights.check(actor.need)?;
    Ok(rights)
}

fn has_users(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?)
}

impl Store {
    /// Who sudo became, where users are registered and `SUDO_USER` decides which
    /// of them acts: a file made then would be made by another user.
    pub(crate) fn acts_for_another(&self) -> Result<Option<&Operator>> {
        match &self.actor.standing {
            Standing::ThroughSudo { became } if has_users(&self.conn)? => Ok(Some(became)),
            _ => Ok(None),
        }
    }
}
