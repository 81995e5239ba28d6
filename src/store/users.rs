//! Looks up and reads users.

pub(super) mod edit;

use std::collections::BTreeMap;

use super::db::{Db, Row};
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, Timestamp, User, UserName, UserSummary, nearest};
use crate::store::errors::{damaged, quoted, wrong_row};

/// The columns that [`read_user`] reads.
const COLUMNS: &str = "u.id, u.name, u.active, u.description,
    (SELECT string_agg(g.name, ' ' ORDER BY lower(g.name))
       FROM user_groups m JOIN groups g ON g.id = m.group_id
      WHERE m.user_id = u.id) AS group_names,
    (SELECT string_agg(d.permission, ' ' ORDER BY d.permission)
       FROM (SELECT DISTINCT p.permission
               FROM user_groups m JOIN group_permissions p ON p.group_id = m.group_id
              WHERE m.user_id = u.id) d) AS permissions,
    u.created_at, u.created_by, u.expires_at";

/// How many keys the user `u` owns.
const KEY_COUNT: &str = "(SELECT count(*) FROM keys k WHERE k.owner = u.id) AS key_count";

impl Store {
    /// Returns every user, sorted by name.
    pub(crate) fn users(&self) -> Result<Vec<UserSummary>> {
        let select = format!("SELECT {COLUMNS}, {KEY_COUNT} FROM users u ORDER BY u.name");
        self.db.rows(&select, &[], |row| {
            let (_, user) = read_user(row)?;
            let keys = row.get("key_count")?;
            Ok(UserSummary { user, keys })
        })
    }

    /// Returns every user by name.
    pub(super) fn users_by_name(&self) -> Result<BTreeMap<String, User>> {
        let select = format!("SELECT {COLUMNS} FROM users u");
        let users = self.db.rows(&select, &[], read_user)?;
        let by_name = |(_, user): (String, User)| (user.name.as_str().to_owned(), user);
        Ok(users.into_iter().map(by_name).collect())
    }

    /// Returns the user with that name.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`]; [`Kind::NotPermitted`] for another user if the operator sees only
    /// itself; and the errors of the database.
    pub(crate) fn user(&self, name: &UserName) -> Result<UserSummary> {
        self.rights.check_user(name)?;
        registered(&self.db, name).map(|(_, user)| user)
    }

    /// Refuses the name of a user that is missing or hidden from the operator.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], and the errors of the database.
    pub(crate) fn check_owner(&self, name: &UserName) -> Result<()> {
        match self.rights.sees_only() {
            Some(only) if only == name => Ok(()),
            Some(_) => Err(
                Error::new(Kind::UserNotFound, format!("no user named \"{name}\""))
                    .hint("leave out --owner: filters select only your own keys"),
            ),
            None => self.user(name).map(drop),
        }
    }
}

/// Refuses `groups` that `owner` is not in.
///
/// # Errors
/// [`Kind::OwnerLacksGroup`] for the first such group.
pub(super) fn check_owner_is_in(owner: &User, groups: &[GroupName]) -> Result<()> {
    let Some(group) = groups.iter().find(|group| !owner.groups.contains(group)) else {
        return Ok(());
    };
    let name = &owner.name;
    let fact = format!("{name} is not in {group}, so {name}'s keys can't be in it");
    Err(Error::new(Kind::OwnerLacksGroup, fact).hint(format!(
        "leave the group out, or add {name} to it with `apikey user set-groups {} --add {group}`",
        quoted(name.as_str())
    )))
}

impl Write<'_> {
    /// Returns the user with that name, and its id.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], and the errors of the database.
    pub(super) fn user(&self, name: &UserName) -> Result<(String, User)> {
        find_user(&self.db, name)?.ok_or_else(|| not_found(&self.db, name))
    }
}

/// Returns the user `name` and the user's id, if there is such a user.
pub(super) fn find_user(db: &Db, name: &UserName) -> Result<Option<(String, User)>> {
    let select = format!("SELECT {COLUMNS} FROM users u WHERE u.name = ?1");
    match db.row(&select, &[name.as_str().into()], read_user)? {
        Some((_, user)) if user.name != *name => Err(wrong_row(name.as_str())),
        found => Ok(found),
    }
}

/// Returns the user with that name, its id, and how many keys it owns.
///
/// # Errors
/// [`Kind::UserNotFound`], and the errors of the database.
pub(super) fn registered(db: &Db, name: &UserName) -> Result<(String, UserSummary)> {
    let (id, user) = find_user(db, name)?.ok_or_else(|| not_found(db, name))?;
    let select = format!("SELECT {KEY_COUNT} FROM users u WHERE u.id = ?1");
    let keys = db.row(&select, &[(&id).into()], |row| row.get("key_count"))?;
    let keys = keys.unwrap_or_default();
    Ok((id, UserSummary { user, keys }))
}

/// Returns the error of a missing user. The hint is the nearest name, or how to list or register
/// users if no name is near.
pub(super) fn not_found(db: &Db, name: &UserName) -> Error {
    let names = db.rows("SELECT name FROM users", &[], |row| row.get("name"));
    let hint = match nearest(name.as_str(), names.unwrap_or_default().into_iter()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "list the users with `apikey user list`, or register this one with `apikey user add {}`",
            quoted(name.as_str())
        ),
    };
    Error::new(Kind::UserNotFound, format!("no user named \"{name}\"")).hint(hint)
}

/// Reads the id and the user of a row of [`COLUMNS`].
fn read_user(row: &Row<'_>) -> Result<(String, User)> {
    let id: String = row.get("id")?;
    let invalid = |field: &str| damaged(format!("invalid {field} of user {id}"));
    let name: String = row.get("name")?;
    let expires_at: Option<i64> = row.get("expires_at")?;
    let user = User {
        name: name.parse().map_err(|_| invalid("name"))?,
        active: row.get("active")?,
        description: row.get("description")?,
        groups: row.list("group_names")?.ok_or_else(|| invalid("groups"))?,
        permissions: row
            .list("permissions")?
            .ok_or_else(|| invalid("permissions"))?,
        created_at: Timestamp::from_unix(row.get("created_at")?),
        created_by: row.get("created_by")?,
        expires_at: expires_at.map(Timestamp::from_unix),
    };
    Ok((id, user))
}
