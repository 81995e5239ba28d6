//! Creates, changes and deletes groups. Each method of the store is one transaction, which also
//! appends the log entry.

use serde_json::{Value, json};

use super::{SELECT, check_unused, find_group, group_id, not_found, read_group};
use crate::error::{Error, Kind, Result};
use crate::model::{Group, GroupName, LogAction, Permission, Text, UserName};
use crate::secret;
use crate::store::{Store, Write, strings};

impl Store {
    /// Creates a group.
    ///
    /// # Errors
    /// [`Kind::NameTaken`], and the errors of the database.
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
                "permissions": strings(permissions),
            });
            write.log(LogAction::GroupCreate, &details)?;
            find_group(&write.db, &write.rights, name).map(|(_, group)| group)
        })
    }

    /// Sets a group's permissions. Returns false if it has them already.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`], and the errors of the database.
    pub(crate) fn set_group_permissions(
        &mut self,
        name: &GroupName,
        permissions: &[Permission],
    ) -> Result<(bool, Group)> {
        self.change_group(name, LogAction::GroupSetPermissions, |write, id, group| {
            let mut new = permissions.to_vec();
            new.sort();
            new.dedup();
            if group.permissions == new {
                return Ok(None);
            }
            let delete = "DELETE FROM group_permissions WHERE group_id = ?1";
            write.db.execute(delete, &[id.into()])?;
            write.insert_group_permissions(id, &new)?;
            Ok(Some(json!({
                "group": group.name.as_str(),
                "from": strings(&group.permissions),
                "to": strings(&new),
            })))
        })
    }

    /// Renames a group. Its members stay. Returns false if it has that name already.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`], [`Kind::NameTaken`], and the errors of the database.
    pub(crate) fn rename_group(
        &mut self,
        name: &GroupName,
        new: &GroupName,
    ) -> Result<(bool, Group)> {
        self.change_group(name, LogAction::GroupRename, |write, id, group| {
            if group.name.as_str() == new.as_str() {
                return Ok(None);
            }
            if group.name != *new {
                write.check_group_name_is_free(new)?;
            }
            let update = "UPDATE groups SET name = ?2 WHERE id = ?1";
            write
                .db
                .execute(update, &[id.into(), new.as_str().into()])?;
            write.rename_group_in_policy(&group.name, new)?;
            let name = group.name.as_str();
            Ok(Some(json!({"group": name, "to": new.as_str()})))
        })
    }

    /// Sets or removes a group's description. Returns false if it is the same already.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`], and the errors of the database.
    pub(crate) fn describe_group(
        &mut self,
        name: &GroupName,
        text: Option<&Text>,
    ) -> Result<(bool, Group)> {
        let text = text.map(Text::as_str);
        self.change_group(name, LogAction::GroupSetDescription, |write, id, group| {
            if group.description.as_deref() == text {
                return Ok(None);
            }
            let update = "UPDATE groups SET description = ?2 WHERE id = ?1";
            write.db.execute(update, &[id.into(), text.into()])?;
            let (name, from) = (group.name.as_str(), &group.description);
            Ok(Some(json!({"group": name, "from": from, "to": text})))
        })
    }

    /// Changes a group. `change` returns the log details, or none if nothing had to change.
    fn change_group(
        &mut self,
        name: &GroupName,
        action: LogAction,
        mut change: impl FnMut(&Write<'_>, &str, &Group) -> Result<Option<Value>>,
    ) -> Result<(bool, Group)> {
        self.write(|write| {
            let (id, group) = find_group(&write.db, &write.rights, name)?;
            let Some(details) = change(write, &id, &group)? else {
                return Ok((false, group));
            };
            write.log(action, &details)?;
            let select = format!("{SELECT} WHERE g.id = ?2");
            let only = write.rights.sees_only().map(UserName::as_str);
            let changed = write
                .db
                .row(&select, &[only.into(), (&id).into()], read_group)?;
            let (_, changed) = changed.ok_or_else(|| not_found(&write.db, name))?;
            Ok((true, changed))
        })
    }

    /// Deletes a group without members.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`], [`Kind::InUse`] when keys or users are in the group or the policy
    /// names it, and the errors of the database.
    pub(crate) fn delete_group(&mut self, name: &GroupName) -> Result<Group> {
        self.write(|write| {
            let (id, group) = find_group(&write.db, &write.rights, name)?;
            check_unused(&group)?;
            write.store.check_group_is_not_in_policy(&group.name)?;
            let delete = "DELETE FROM groups WHERE id = ?1";
            write.db.execute(delete, &[id.as_str().into()])?;
            write.log(
                LogAction::GroupDelete,
                &json!({"group": group.name.as_str()}),
            )?;
            Ok(group)
        })
    }
}

impl Write<'_> {
    /// Inserts a group and returns its id.
    pub(in crate::store) fn insert_group(
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
                self.operator().into(),
            ],
        )?;
        Ok(id.as_str().to_owned())
    }

    pub(in crate::store) fn insert_group_permissions(
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

    fn check_group_name_is_free(&self, name: &GroupName) -> Result<()> {
        match group_id(&self.db, name)? {
            None => Ok(()),
            Some(_) => Err(Error::new(
                Kind::NameTaken,
                format!("there is a group named \"{name}\" already"),
            )
            .hint("choose another name; names ignore case")),
        }
    }
}
