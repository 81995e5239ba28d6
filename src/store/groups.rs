//! Groups: looked up, made, changed, deleted.

use serde_json::json;

use super::db::{Db, Row};
use super::{Store, Write, words};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Group, GroupName, LogAction, MAX_GROUPS_OF_KEY, Permission, Rights, Text, Timestamp, UserName,
    counted, nearest,
};
use crate::secret;
use crate::store::errors::{damaged, led_astray};

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
    /// [`Kind::GroupNotFound`].
    pub(crate) fn group(&self, name: &GroupName) -> Result<Group> {
        find_group(&self.db, &self.rights, name).map(|(_, group)| group)
    }

    /// Returns whether there is a group with that name.
    pub(crate) fn has_group(&self, name: &GroupName) -> Result<bool> {
        Ok(group_id(&self.db, name)?.is_some())
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
            write.log(LogAction::GroupCreate, details)?;
            find_group(&write.db, &write.rights, name).map(|(_, group)| group)
        })
    }

    /// Says what a group allows. False if it allows just that.
    pub(crate) fn set_group_permissions(
        &mut self,
        name: &GroupName,
        permissions: &[Permission],
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(&write.db, &write.rights, name)?;
            let mut wanted = permissions.to_vec();
            wanted.sort();
            wanted.dedup();
            if group.permissions == wanted {
                return Ok((false, group));
            }
            let delete = "DELETE FROM group_permissions WHERE group_id = ?1";
            write.db.execute(delete, &[id.as_str().into()])?;
            write.insert_group_permissions(&id, &wanted)?;
            let details = json!({
                "group": group.name.as_str(),
                "from": words(&group.permissions),
                "to": words(&wanted),
            });
            write.log(LogAction::GroupSetPermissions, details)?;
            find_group(&write.db, &write.rights, name).map(|(_, group)| (true, group))
        })
    }

    /// Renames a group; who is in it stays in it. False if it has that name.
    pub(crate) fn rename_group(
        &mut self,
        name: &GroupName,
        new: &GroupName,
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(&write.db, &write.rights, name)?;
            if group.name.as_str() == new.as_str() {
                return Ok((false, group));
            }
            if group.name != *new {
                write.check_group_name_is_free(new)?;
            }
            let update = "UPDATE groups SET name = ?2 WHERE id = ?1";
            let values = [id.as_str().into(), new.as_str().into()];
            write.db.execute(update, &values)?;
            let details = json!({"group": group.name.as_str(), "to": new.as_str()});
            write.log(LogAction::GroupRename, details)?;
            find_group(&write.db, &write.rights, new).map(|(_, group)| (true, group))
        })
    }

    /// Describes a group anew. False if it is described so.
    pub(crate) fn describe_group(
        &mut self,
        name: &GroupName,
        text: Option<&Text>,
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(&write.db, &write.rights, name)?;
            let text = text.map(Text::as_str);
            if group.description.as_deref() == text {
                return Ok((false, group));
            }
            let update = "UPDATE groups SET description = ?2 WHERE id = ?1";
            write
                .db
                .execute(update, &[id.as_str().into(), text.into()])?;
            let details = json!({
                "group": group.name.as_str(),
                "from": group.description,
                "to": text,
            });
            write.log(LogAction::GroupSetDescription, details)?;
            find_group(&write.db, &write.rights, name).map(|(_, group)| (true, group))
        })
    }

    /// Deletes a group that nobody is in.
    ///
    /// # Errors
    /// [`Kind::InUse`] when keys or users are in it.
    pub(crate) fn delete_group(&mut self, name: &GroupName) -> Result<Group> {
        self.write(|write| {
            let (id, group) = find_group(&write.db, &write.rights, name)?;
            check_unused(&group)?;
            let delete = "DELETE FROM groups WHERE id = ?1";
            write.db.execute(delete, &[id.as_str().into()])?;
            write.log(
                LogAction::GroupDelete,
                json!({"group": group.name.as_str()}),
            )?;
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
        let id = secret::generate_id()?;
        self.db.execute(
            "INSERT INTO groups (id, name, description, created_at, created_by)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                id.as_str().into(),
                name.as_str().into(),
                description.into(),
                self.now().unix().into(),
                self.actor.operator.as_str().into(),
            ],
        )?;
        Ok(id.as_str().to_owned())
    }

    pub(super) fn insert_group_permissions(
        &self,
        id: &str,
        permissions: &[Permission],
    ) -> Result<()> {
        for permission in permissions {
            self.db.execute(
                "INSERT INTO group_permissions (group_id, permission) VALUES (?1, ?2)
                 ON CONFLICT DO NOTHING",
                &[id.into(), permission.as_str().into()],
            )?;
        }
        Ok(())
    }

    /// Returns the ids of the groups with those names.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] for the first that isn't there.
    pub(super) fn group_ids(&self, names: &[GroupName]) -> Result<Vec<String>> {
        let id = |name| group_id(&self.db, name)?.ok_or_else(|| not_found(&self.db, name));
        names.iter().map(id).collect()
    }

    fn check_group_name_is_free(&self, name: &GroupName) -> Result<()> {
        match group_id(&self.db, name)? {
            None => Ok(()),
            Some(_) => Err(Error::new(
                Kind::NameTaken,
                format!("there is a group named \"{name}\" already"),
            )
            .hint("names that differ only in case are the same; choose another")),
        }
    }
}

fn group_id(db: &Db, name: &GroupName) -> Result<Option<String>> {
    let select = "SELECT id, name FROM groups WHERE lower(name) = lower(?1)";
    let read = |row: &Row<'_>| Ok((row.get::<String>("id")?, row.get::<String>("name")?));
    match db.row(select, &[name.as_str().into()], read)? {
        Some((_, other)) if !other.eq_ignore_ascii_case(name.as_str()) => {
            Err(led_astray(name.as_str()))
        }
        found => Ok(found.map(|(id, _)| id)),
    }
}

fn find_group(db: &Db, rights: &Rights, name: &GroupName) -> Result<(String, Group)> {
    let only = rights.sees_only().map(UserName::as_str);
    let select = format!("{SELECT} WHERE lower(g.name) = lower(?2)");
    let found = db.row(&select, &[only.into(), name.as_str().into()], read_group)?;
    match found.ok_or_else(|| not_found(db, name))? {
        (_, other) if other.name != *name => Err(led_astray(name.as_str())),
        found => Ok(found),
    }
}

/// Returns the error of a group that doesn't exist, with the name that may be meant.
pub(super) fn not_found(db: &Db, name: &GroupName) -> Error {
    let names = db.rows("SELECT name FROM groups", &[], |row| row.get("name"));
    let hint = match nearest(name.as_str(), names.unwrap_or_default().into_iter()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "list the groups with `apikey group list`, or make it with `apikey group create {name}`"
        ),
    };
    Error::new(Kind::GroupNotFound, format!("no group named \"{name}\"")).hint(hint)
}

/// Reads the id and the group of a row of [`SELECT`].
fn read_group(row: &Row<'_>) -> Result<(String, Group)> {
    let id: String = row.get("id")?;
    let wrong = |what: &str| damaged(format!("the {what} of group {id} is not a valid one"));
    let name: String = row.get("name")?;
    let group = Group {
        name: name.parse().map_err(|_| wrong("name"))?,
        description: row.get("description")?,
        created_at: Timestamp::from_unix(row.get("created_at")?),
        created_by: row.get("created_by")?,
        keys: row.get("key_count")?,
        users: row.get("user_count")?,
        permissions: row
            .words("permissions")?
            .ok_or_else(|| wrong("permissions"))?,
    };
    Ok((id, group))
}
