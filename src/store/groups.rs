//! Groups: asked for, made, changed, deleted.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

use super::fault::damaged;
use super::{Store, Write, nearest};
use crate::error::{Error, Kind, Result};
use crate::model::{Group, GroupName, Text, Timestamp};
use crate::secret;

const SELECT: &str = "SELECT g.id, g.name, g.description, g.created_at, g.created_by,
    (SELECT count(*) FROM key_groups WHERE group_id = g.id),
    (SELECT count(*) FROM user_groups WHERE group_id = g.id),
    (SELECT group_concat(permission, ' ' ORDER BY permission)
       FROM group_permissions WHERE group_id = g.id)
    FROM groups g";

impl Store {
    /// Every group, sorted by name.
    pub(crate) fn groups(&self) -> Result<Vec<Group>> {
        let mut select = self.conn.prepare(&format!("{SELECT} ORDER BY g.name"))?;
        let rows = select.query_map([], |row| Ok(read_group(row)))?;
        rows.map(|row| row?.map(|(_, group)| group)).collect()
    }

    /// The group with that name.
    pub(crate) fn group(&self, name: &GroupName) -> Result<Group> {
        find_group(&self.conn, name).map(|(_, group)| group)
    }

    /// Whether there is a group with that name.
    pub(crate) fn has_group(&self, name: &GroupName) -> Result<bool> {
        Ok(group_id(&self.conn, name)?.is_some())
    }

    /// Makes a group.
    pub(crate) fn create_group(
        &mut self,
        name: &GroupName,
        description: Option<&Text>,
    ) -> Result<Group> {
        self.write(|write| {
            write.check_group_name_is_free(name)?;
            write.insert_group(name, description.map(Text::as_str))?;
            write.log("group-create", None, json!({"group": name.as_str()}))?;
            find_group(&write.conn, name).map(|(_, group)| group)
        })
    }

    /// Renames a group; who is in it stays in it. False if it has that name.
    pub(crate) fn rename_group(
        &mut self,
        name: &GroupName,
        new: &GroupName,
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(&write.conn, name)?;
            if group.name.as_str() == new.as_str() {
                return Ok((false, group));
            }
            if group.name != *new {
                write.check_group_name_is_free(new)?;
            }
            write.conn.execute(
                "UPDATE groups SET name = ?2 WHERE id = ?1",
                [&id, new.as_str()],
            )?;
            let details = json!({"group": group.name.as_str(), "to": new.as_str()});
            write.log("group-rename", None, details)?;
            find_group(&write.conn, new).map(|(_, group)| (true, group))
        })
    }

    /// Describes a group anew. False if it is described so.
    pub(crate) fn describe_group(
        &mut self,
        name: &GroupName,
        text: Option<&Text>,
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(&write.conn, name)?;
            let text = text.map(Text::as_str);
            if group.description.as_deref() == text {
                return Ok((false, group));
            }
            write.conn.execute(
                "UPDATE groups SET description = ?2 WHERE id = ?1",
                params![id, text],
            )?;
            let details = json!({"group": group.name.as_str(), "to": text});
            write.log("group-set-description", None, details)?;
            find_group(&write.conn, name).map(|(_, group)| (true, group))
        })
    }

    /// Deletes a group that nobody is in.
    ///
    /// # Errors
    /// [`Kind::InUse`] when keys or users are in it.
    pub(crate) fn delete_group(&mut self, name: &GroupName) -> Result<Group> {
        self.write(|write| {
            let (id, group) = find_group(&write.conn, name)?;
            check_unused(&group)?;
            write
                .conn
                .execute("DELETE FROM groups WHERE id = ?1", [id])?;
            write.log("group-delete", None, json!({"group": group.name.as_str()}))?;
            Ok(group)
        })
    }
}

/// # Errors
/// [`Kind::InUse`] when keys or users are in `group`.
pub(crate) fn check_unused(group: &Group) -> Result<()> {
    let count = |n: u64, one: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {one}s")),
    };
    let members: Vec<_> = [count(group.keys, "key"), count(group.users, "user")]
        .into_iter()
        .flatten()
        .collect();
    if members.is_empty() {
        return Ok(());
    }
    let fact = format!(
        "group \"{}\" is used by {}",
        group.name,
        members.join(" and ")
    );
    Err(Error::new(Kind::InUse, fact).hint(format!(
        "list the keys with `apikey list --group {}` and take them out with `apikey set-groups`",
        group.name
    )))
}

impl Write<'_> {
    /// Inserts a group and returns its id.
    pub(super) fn insert_group(
        &self,
        name: &GroupName,
        description: Option<&str>,
    ) -> Result<String> {
        let id = secret::draw_id()?;
        self.conn.execute(
            "INSERT INTO groups (id, name, description, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                id.as_str(),
                name.as_str(),
                description,
                self.now().unix(),
                self.actor.operator.as_str()
            ],
        )?;
        Ok(id.as_str().to_owned())
    }

    /// The ids of the groups with those names.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] for the first that isn't there.
    pub(super) fn group_ids(&self, names: &[GroupName]) -> Result<Vec<String>> {
        let id = |name| group_id(&self.conn, name)?.ok_or_else(|| not_found(&self.conn, name));
        names.iter().map(id).collect()
    }

    fn check_group_name_is_free(&self, name: &GroupName) -> Result<()> {
        match group_id(&self.conn, name)? {
            None => Ok(()),
            Some(_) => Err(Error::new(
                Kind::NameTaken,
                format!("there is a group named \"{name}\" already"),
            )
            .hint("names that differ only in case are the same; choose another")),
        }
    }
}

fn group_id(conn: &Connection, name: &GroupName) -> Result<Option<String>> {
    Ok(conn
        .prepare_cached("SELECT id FROM groups WHERE name = ?1")?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()?)
}

fn find_group(conn: &Connection, name: &GroupName) -> Result<(String, Group)> {
    conn.query_row(
        &format!("{SELECT} WHERE g.name = ?1"),
        [name.as_str()],
        |row| Ok(read_group(row)),
    )
    .optional()?
    .ok_or_else(|| not_found(conn, name))?
}

/// No such group, with the one that may be meant.
pub(super) fn not_found(conn: &Connection, name: &GroupName) -> Error {
    let names = || -> rusqlite::Result<Vec<String>> {
        let mut select = conn.prepare("SELECT name FROM groups")?;
        select.query_map([], |row| row.get(0))?.collect()
    };
    let hint = match nearest(name.as_str(), names().unwrap_or_default().into_iter()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "list the groups with `apikey group list`, or make it with `apikey group create {name}`"
        ),
    };
    Error::new(Kind::GroupNotFound, format!("no group named \"{name}\"")).hint(hint)
}

fn read_group(row: &Row<'_>) -> Result<(String, Group)> {
    let id: String = row.get(0)?;
    let name: String = row.get(1)?;
    let permissions: Option<String> = row.get(7)?;
    let wrong = |what: &str| damaged(format!("the {what} of group {id} is not a valid one"));
    let group = Group {
        name: name.parse().map_err(|_| wrong("name"))?,
        description: row.get(2)?,
        created_at: Timestamp::from_unix(row.get(3)?),
        created_by: row.get(4)?,
        keys: row.get(5)?,
        users: row.get(6)?,
        permissions: super::keys::parse_words(permissions).ok_or_else(|| wrong("permissions"))?,
    };
    Ok((id, group))
}
