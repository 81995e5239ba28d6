//! Groups: asked for, made, changed, deleted.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

use super::{Store, Write, words};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Group, GroupName, MAX_GROUPS_OF_KEY, Permission, Rights, Text, Timestamp, UserName, counted,
    nearest,
};
use crate::process::Undivided;
use crate::secret;
use crate::store::errors::{damaged, led_astray};

/// What [`read_group`] reads. Who sees only the keys of one user, `?1`, is told
/// how many of those are in a group, and no other user.
const SELECT: &str = "SELECT g.id, g.name, g.description, g.created_at, g.created_by,
    (SELECT count(*) FROM key_groups m WHERE m.group_id = g.id AND (?1 IS NULL OR EXISTS (
        SELECT 1 FROM keys k JOIN users u ON u.id = k.owner WHERE k.id = m.key_id AND u.name = ?1))),
    (SELECT count(*) FROM user_groups m WHERE m.group_id = g.id AND (?1 IS NULL OR EXISTS (
        SELECT 1 FROM users u WHERE u.id = m.user_id AND u.name = ?1))),
    (SELECT group_concat(permission, ' ' ORDER BY permission)
       FROM group_permissions WHERE group_id = g.id)
    FROM groups g";

impl Store {
    /// Every group, sorted by name.
    pub(crate) fn groups(&self) -> Result<Vec<Group>> {
        let _unstopped = Undivided::by_stops();
        let mut select = self
            .db
            .as_sqlite()
            .prepare(&format!("{SELECT} ORDER BY g.name"))?;
        let only = self.rights.sees_only().map(UserName::as_str);
        let rows = select.query_map([only], |row| Ok(read_group(row)))?;
        rows.map(|row| row?.map(|(_, group)| group)).collect()
    }

    /// The group with that name.
    pub(crate) fn group(&self, name: &GroupName) -> Result<Group> {
        let _unstopped = Undivided::by_stops();
        find_group(self.db.as_sqlite(), &self.rights, name).map(|(_, group)| group)
    }

    /// Whether there is a group with that name.
    pub(crate) fn has_group(&self, name: &GroupName) -> Result<bool> {
        Ok(group_id(self.db.as_sqlite(), name)?.is_some())
    }

    /// Makes a group.
    pub(crate) fn create_group(
        &mut self,
        name: &GroupName,
        description: Option<&Text>,
        permissions: &[Permission],
    ) -> Result<Group> {
        self.write(|write| {
            write.check_group_name_is_free(name)?;
            let id = write.insert_group(name, description.map(Text::as_str))?;
            write.insert_group_permissions(&id, permissions)?;
            let details = json!({
                "group": name.as_str(),
                "description": description.map(Text::as_str),
                "permissions": words(permissions),
            });
            write.log("group-create", details)?;
            find_group(write.db.as_sqlite(), &write.rights, name).map(|(_, group)| group)
        })
    }

    /// Says what a group allows. False if it allows just that.
    pub(crate) fn set_group_permissions(
        &mut self,
        name: &GroupName,
        permissions: &[Permission],
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(write.db.as_sqlite(), &write.rights, name)?;
            let mut wanted = permissions.to_vec();
            wanted.sort();
            wanted.dedup();
            if group.permissions == wanted {
                return Ok((false, group));
            }
            write
                .db
                .as_sqlite()
                .execute("DELETE FROM group_permissions WHERE group_id = ?1", [&id])?;
            write.insert_group_permissions(&id, &wanted)?;
            let details = json!({
                "group": group.name.as_str(),
                "from": words(&group.permissions),
                "to": words(&wanted),
            });
            write.log("group-set-permissions", details)?;
            find_group(write.db.as_sqlite(), &write.rights, name).map(|(_, group)| (true, group))
        })
    }

    /// Renames a group; who is in it stays in it. False if it has that name.
    pub(crate) fn rename_group(
        &mut self,
        name: &GroupName,
        new: &GroupName,
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(write.db.as_sqlite(), &write.rights, name)?;
            if group.name.as_str() == new.as_str() {
                return Ok((false, group));
            }
            if group.name != *new {
                write.check_group_name_is_free(new)?;
            }
            write.db.as_sqlite().execute(
                "UPDATE groups SET name = ?2 WHERE id = ?1",
                [&id, new.as_str()],
            )?;
            let details = json!({"group": group.name.as_str(), "to": new.as_str()});
            write.log("group-rename", details)?;
            find_group(write.db.as_sqlite(), &write.rights, new).map(|(_, group)| (true, group))
        })
    }

    /// Describes a group anew. False if it is described so.
    pub(crate) fn describe_group(
        &mut self,
        name: &GroupName,
        text: Option<&Text>,
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(write.db.as_sqlite(), &write.rights, name)?;
            let text = text.map(Text::as_str);
            if group.description.as_deref() == text {
                return Ok((false, group));
            }
            write.db.as_sqlite().execute(
                "UPDATE groups SET description = ?2 WHERE id = ?1",
                params![id, text],
            )?;
            let details = json!({
                "group": group.name.as_str(),
                "from": group.description,
                "to": text,
            });
            write.log("group-set-description", details)?;
            find_group(write.db.as_sqlite(), &write.rights, name).map(|(_, group)| (true, group))
        })
    }

    /// Deletes a group that nobody is in.
    ///
    /// # Errors
    /// [`Kind::InUse`] when keys or users are in it.
    pub(crate) fn delete_group(&mut self, name: &GroupName) -> Result<Group> {
        self.write(|write| {
            let (id, group) = find_group(write.db.as_sqlite(), &write.rights, name)?;
            check_unused(&group)?;
            write
                .db
                .as_sqlite()
                .execute("DELETE FROM groups WHERE id = ?1", [id])?;
            write.log("group-delete", json!({"group": group.name.as_str()}))?;
            Ok(group)
        })
    }
}

/// # Errors
/// [`Kind::InUse`] when keys or users are in `group`.
pub(crate) fn check_unused(group: &Group) -> Result<()> {
    let members: Vec<_> = [(group.keys, "key"), (group.users, "user")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, one)| counted(count, one))
        .collect();
    if members.is_empty() {
        return Ok(());
    }
    let name = &group.name;
    let fact = format!("group \"{name}\" is used by {}", members.join(" and "));
    let hint = match group.keys {
        0 => {
            "list the users with `apikey user list` and take them out with `apikey user set-groups`"
                .to_owned()
        }
        _ => format!(
            "list the keys with `apikey list --group {name}` and take them out with `apikey set-groups`"
        ),
    };
    Err(Error::new(Kind::InUse, fact).hint(hint))
}

/// A key can't be put in so many groups.
pub(crate) fn too_many_groups(count: usize) -> Error {
    let fact = format!("the key would be in {count} groups; at most {MAX_GROUPS_OF_KEY} are taken");
    Error::new(Kind::InvalidInput, fact)
        .hint("leave some out, or make a group that allows what several do")
}

impl Write<'_> {
    /// Inserts a group and returns its id.
    pub(super) fn insert_group(
        &self,
        name: &GroupName,
        description: Option<&str>,
    ) -> Result<String> {
        let id = secret::draw_id()?;
        self.db.as_sqlite().execute(
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

    pub(super) fn insert_group_permissions(
        &self,
        id: &str,
        permissions: &[Permission],
    ) -> Result<()> {
        let mut insert = self
            .db
            .as_sqlite()
            .prepare_cached("INSERT OR IGNORE INTO group_permissions VALUES (?1, ?2)")?;
        for permission in permissions {
            insert.execute([id, permission.as_str()])?;
        }
        Ok(())
    }

    /// The ids of the groups with those names.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] for the first that isn't there.
    pub(super) fn group_ids(&self, names: &[GroupName]) -> Result<Vec<String>> {
        let id = |name| {
            group_id(self.db.as_sqlite(), name)?.ok_or_else(|| not_found(self.db.as_sqlite(), name))
        };
        names.iter().map(id).collect()
    }

    fn check_group_name_is_free(&self, name: &GroupName) -> Result<()> {
        match group_id(self.db.as_sqlite(), name)? {
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
    let found: Option<(String, String)> = conn
        .prepare_cached("SELECT id, name FROM groups WHERE name = ?1")?
        .query_row([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        Some((_, other)) if !other.eq_ignore_ascii_case(name.as_str()) => {
            Err(led_astray(name.as_str()))
        }
        found => Ok(found.map(|(id, _)| id)),
    }
}

fn find_group(conn: &Connection, rights: &Rights, name: &GroupName) -> Result<(String, Group)> {
    let only = rights.sees_only().map(UserName::as_str);
    let found = conn
        .query_row(
            &format!("{SELECT} WHERE g.name = ?2"),
            params![only, name.as_str()],
            |row| Ok(read_group(row)),
        )
        .optional()?
        .ok_or_else(|| not_found(conn, name))??;
    match found {
        (_, other) if other.name != *name => Err(led_astray(name.as_str())),
        found => Ok(found),
    }
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
