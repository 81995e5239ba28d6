//! Users: looked up and read.

pub(super) mod edit;

use rusqlite::{Connection, OptionalExtension, Row};

use super::keys::parse_words;
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, Timestamp, User, UserName, UserSummary, nearest};
use crate::process::Undivided;
use crate::store::errors::{damaged, led_astray, quoted};

/// What [`read_user`] reads.
const COLUMNS: &str = "u.id, u.name, u.active, u.description,
    (SELECT group_concat(g.name, ' ' ORDER BY g.name)
       FROM user_groups m JOIN groups g ON g.id = m.group_id WHERE m.user_id = u.id),
    (SELECT group_concat(permission, ' ' ORDER BY permission) FROM (SELECT DISTINCT p.permission
       FROM user_groups m JOIN group_permissions p ON p.group_id = m.group_id
      WHERE m.user_id = u.id)),
    u.created_at, u.created_by, u.expires_at";

impl Store {
    /// Every user, sorted by name.
    pub(crate) fn users(&self) -> Result<Vec<UserSummary>> {
        let _unstopped = Undivided::by_stops();
        let mut select = self
            .db
            .as_sqlite()
            .prepare(&select_registered("ORDER BY u.name"))?;
        let rows = select.query_map([], |row| Ok(read_registered(row)))?;
        rows.map(|row| row?.map(|(_, user)| user)).collect()
    }

    /// The user with that name.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], and [`Kind::NotPermitted`] where the operator sees only
    /// itself.
    pub(crate) fn user(&self, name: &UserName) -> Result<UserSummary> {
        let _unstopped = Undivided::by_stops();
        self.rights.check_user(name)?;
        registered(self.db.as_sqlite(), name).map(|(_, user)| user)
    }

    /// Refuses a name by which no user is to be found: none that the operator may
    /// know of.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`].
    pub(crate) fn check_owner(&self, name: &UserName) -> Result<()> {
        let _unstopped = Undivided::by_stops();
        match self.rights.sees_only() {
            Some(only) if only == name => Ok(()),
            Some(_) => Err(
                Error::new(Kind::UserNotFound, format!("no user named \"{name}\""))
                    .hint("without --owner, `list` lists your keys"),
            ),
            None => self.user(name).map(drop),
        }
    }
}

/// # Errors
/// [`Kind::OwnerLacksGroup`] for the first of `groups` that `owner` is not in.
pub(super) fn check_owner_is_in(owner: &User, groups: &[GroupName]) -> Result<()> {
    let Some(group) = groups.iter().find(|group| !owner.groups.contains(group)) else {
        return Ok(());
    };
    let name = &owner.name;
    let fact = format!("{name} is not in {group}, so no key of {name}'s can be");
    Err(Error::new(Kind::OwnerLacksGroup, fact).hint(format!(
        "put {name} in it with `apikey user set-groups {} --add {group}`, or leave it out",
        quoted(name.as_str())
    )))
}

impl Write<'_> {
    /// The user with that name, and its id.
    pub(super) fn user(&self, name: &UserName) -> Result<(String, User)> {
        find_user(self.db.as_sqlite(), name)?.ok_or_else(|| not_found(self.db.as_sqlite(), name))
    }
}

/// The user with that name, and its id.
pub(super) fn find_user(conn: &Connection, name: &UserName) -> Result<Option<(String, User)>> {
    let found = conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM users u WHERE u.name = ?1"))?
        .query_row([name.as_str()], |row| Ok(read_user(row)))
        .optional()?
        .transpose()?;
    match found {
        Some((_, other)) if other.name != *name => Err(led_astray(name.as_str())),
        found => Ok(found),
    }
}

/// [`COLUMNS`] and how many keys the user owns.
fn select_registered(rest: &str) -> String {
    format!(
        "SELECT {COLUMNS}, (SELECT count(*) FROM keys k WHERE k.owner = u.id) FROM users u {rest}"
    )
}

fn read_registered(row: &Row<'_>) -> Result<(String, UserSummary)> {
    let (id, user) = read_user(row)?;
    let keys = row.get(9)?;
    Ok((id, UserSummary { user, keys }))
}

pub(super) fn registered(conn: &Connection, name: &UserName) -> Result<(String, UserSummary)> {
    let found = conn
        .query_row(
            &select_registered("WHERE u.name = ?1"),
            [name.as_str()],
            |row| Ok(read_registered(row)),
        )
        .optional()?
        .ok_or_else(|| not_found(conn, name))??;
    match found {
        (_, other) if other.user.name != *name => Err(led_astray(name.as_str())),
        found => Ok(found),
    }
}

/// No such user, with the one that may be meant.
pub(super) fn not_found(conn: &Connection, name: &UserName) -> Error {
    let names = || -> rusqlite::Result<Vec<String>> {
        let mut select = conn.prepare("SELECT name FROM users")?;
        select.query_map([], |row| row.get(0))?.collect()
    };
    let hint = match nearest(name.as_str(), names().unwrap_or_default().into_iter()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "list the users with `apikey user list`, or register it with `apikey user add {}`",
            quoted(name.as_str())
        ),
    };
    Error::new(Kind::UserNotFound, format!("no user named \"{name}\"")).hint(hint)
}

/// A row of [`COLUMNS`], with its id.
fn read_user(row: &Row<'_>) -> Result<(String, User)> {
    let id: String = row.get(0)?;
    let wrong = |what: &str| damaged(format!("the {what} of user {id} is not a valid one"));
    let expires_at: Option<i64> = row.get(8)?;
    let user = User {
        name: row
            .get::<_, String>(1)?
            .parse()
            .map_err(|_| wrong("name"))?,
        active: row.get(2)?,
        description: row.get(3)?,
        groups: parse_words(row.get(4)?).ok_or_else(|| wrong("groups"))?,
        permissions: parse_words(row.get(5)?).ok_or_else(|| wrong("permissions"))?,
        created_at: Timestamp::from_unix(row.get(6)?),
        created_by: row.get(7)?,
        expires_at: expires_at.map(Timestamp::from_unix),
    };
    Ok((id, user))
}
