//! Looks up and reads groups.

mod edit;
pub(super) mod first;

use super::db::{Db, Row};
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Group, GroupName, MAX_GROUPS_OF_KEY, Rights, Timestamp, UserName, counted, nearest,
};
use crate::store::errors::{damaged, wrong_row};

/// Selects what [`read_group`] reads. For an operator who sees only the keys of one user,
/// `?1`, it counts only those keys and that user.
const SELECT: &str = "SELECT g.id, g.name, g.description, g.created_at, g.created_by,
    (SELECT count(*) FROM key_groups m WHERE m.group_id = g.id AND (CAST(?1 AS text) IS NULL OR EXISTS (
        SELECT 1 FROM keys k JOIN users u ON u.id = k.owner
         WHERE k.number = m.key AND u.name = ?1))) AS key_count,
    (SELECT count(*) FROM user_groups m WHERE m.group_id = g.id AND (CAST(?1 AS text) IS NULL OR EXISTS (
        SELECT 1 FROM users u WHERE u.id = m.user_id AND u.name = ?1))) AS user_count,
    (SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
       FROM group_permissions p WHERE p.group_id = g.id) AS permissions
    FROM groups g";

impl Store {
    /// Returns every group, sorted by name.
    pub(crate) fn groups(&self) -> Result<Vec<Group>> {
        let select = format!("{SELECT} ORDER BY lower(g.name)");
        let only = self.rights.sees_only().map(UserName::as_str);
        self.db
            .rows(&select, &[only.into()], |row| Ok(read_group(row)?.1))
    }

    /// Returns the group with that name.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`], and the errors of the database.
    pub(crate) fn group(&self, name: &GroupName) -> Result<Group> {
        find_group(&self.db, &self.rights, name).map(|(_, group)| group)
    }

    /// Returns the group with that name, if it can be deleted now.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`]; [`Kind::InUse`] when keys or users are in it, or the policy names
    /// it; and the errors of the database.
    pub(crate) fn find_group_to_delete(&self, name: &GroupName) -> Result<Group> {
        let group = self.group(name)?;
        check_unused(&group)?;
        self.check_group_is_not_in_policy(&group.name)
            .map(|()| group)
    }

    /// Returns whether there is a group with that name.
    pub(crate) fn has_group(&self, name: &GroupName) -> Result<bool> {
        Ok(group_id(&self.db, name)?.is_some())
    }
}

/// Refuses a group that keys or users are in.
///
/// # Errors
/// [`Kind::InUse`].
fn check_unused(group: &Group) -> Result<()> {
    let members: Vec<_> = [(group.keys, "key"), (group.users, "user")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    if members.is_empty() {
        return Ok(());
    }
    let name = &group.name;
    let fact = format!("group \"{name}\" is used by {}", members.join(" and "));
    let hint = match group.keys {
        0 => "list the users with `apikey user list` and take them out of the group with \
              `apikey user set-groups`"
            .to_owned(),
        _ => format!(
            "list the keys with `apikey list --group {name}` and take them out of the group with \
             `apikey set-groups`"
        ),
    };
    Err(Error::new(Kind::InUse, fact).hint(hint))
}

/// Returns the error of a key that would be in too many groups.
pub(crate) fn too_many_groups(count: usize) -> Error {
    let fact = format!("the key would be in {count} groups; the limit is {MAX_GROUPS_OF_KEY}");
    Error::new(Kind::InvalidInput, fact)
        .hint("leave some out, or create a group with the permissions of several")
}

impl Write<'_> {
    /// Returns the ids of the groups `names`, in the same order.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] for the first missing group, and the errors of the database.
    pub(super) fn group_ids(&self, names: &[GroupName]) -> Result<Vec<String>> {
        let id = |name| group_id(&self.db, name)?.ok_or_else(|| not_found(&self.db, name));
        names.iter().map(id).collect()
    }
}

fn group_id(db: &Db, name: &GroupName) -> Result<Option<String>> {
    let select = "SELECT id, name FROM groups WHERE lower(name) = lower(?1)";
    let read = |row: &Row<'_>| Ok((row.get::<String>("id")?, row.get::<String>("name")?));
    match db.row(select, &[name.as_str().into()], read)? {
        Some((_, other)) if !other.eq_ignore_ascii_case(name.as_str()) => {
            Err(wrong_row(name.as_str()))
        }
        found => Ok(found.map(|(id, _)| id)),
    }
}

pub(super) fn find_group(db: &Db, rights: &Rights, name: &GroupName) -> Result<(String, Group)> {
    let only = rights.sees_only().map(UserName::as_str);
    let select = format!("{SELECT} WHERE lower(g.name) = lower(?2)");
    let found = db.row(&select, &[only.into(), name.as_str().into()], read_group)?;
    match found.ok_or_else(|| not_found(db, name))? {
        (_, other) if other.name != *name => Err(wrong_row(name.as_str())),
        found => Ok(found),
    }
}

/// Returns the error of a missing group. The hint is the nearest name, or how to list or create
/// groups if no name is near.
pub(super) fn not_found(db: &Db, name: &GroupName) -> Error {
    let names = db.rows("SELECT name FROM groups", &[], |row| row.get("name"));
    let hint = match nearest(name.as_str(), names.unwrap_or_default().into_iter()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "list the groups with `apikey group list`, or create it with `apikey group create {name}`"
        ),
    };
    Error::new(Kind::GroupNotFound, format!("no group named \"{name}\"")).hint(hint)
}

/// Reads the id and the group of a row of [`SELECT`].
fn read_group(row: &Row<'_>) -> Result<(String, Group)> {
    let id: String = row.get("id")?;
    let invalid = |field: &str| damaged(format!("invalid {field} of group {id}"));
    let name: String = row.get("name")?;
    let group = Group {
        name: name.parse().map_err(|_| invalid("name"))?,
        description: row.get("description")?,
        created_at: Timestamp::from_unix(row.get("created_at")?),
        created_by: row.get("created_by")?,
        keys: row.get("key_count")?,
        users: row.get("user_count")?,
        permissions: row
            .list("permissions")?
            .ok_or_else(|| invalid("permissions"))?,
    };
    Ok((id, group))
}
