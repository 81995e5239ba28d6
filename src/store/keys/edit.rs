//! Changes of one fact of one key, each in one transaction that checks the operator's right and
//! appends the log entry. `edits` has the changes that a command can make to many keys.

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Result;
use crate::model::{AppName, Change, Key, KeyId, KeyName, KeyRef, LogAction, Permission, Text};
use crate::store::db::Value as Column;
use crate::store::keys::names::check_delivered;
use crate::store::{Store, Write, strings};

/// A key before and after a change. If nothing had to change, there is no log entry.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    /// The key before.
    pub(crate) before: Key,
    /// The key after.
    pub(crate) after: Key,
    /// Whether anything had to change.
    pub(crate) changed: bool,
}

impl Store {
    /// Renames a key.
    pub(crate) fn rename(&mut self, wanted: &KeyRef, new: &KeyName) -> Result<Changed> {
        self.change(wanted, Change::Name, |write, key| {
            if key.name.as_str() == new.as_str() {
                return Ok(None);
            }
            if key.name != *new {
                write.view().check_name_is_free(new)?;
            } else {
                write.view().check_name_is_no_id(new)?;
            }
            write.enforce_name(key, new)?;
            write.set_column(key.id(), "name", new.as_str().into())?;
            from_to(key.name.as_str(), new.as_str())
        })
    }

    /// Sets a key's own permissions, in addition to its groups'.
    pub(crate) fn set_permissions(
        &mut self,
        wanted: &KeyRef,
        permissions: &[Permission],
    ) -> Result<Changed> {
        self.change(wanted, Change::Permissions, |write, key| {
            let added = without(permissions, &key.permissions);
            write.rights.check_permissions(&added)?;
            if added.is_empty() && without(&key.permissions, permissions).is_empty() {
                return Ok(None);
            }
            let (number, _) = write.key(key.id())?;
            let delete = "DELETE FROM key_permissions WHERE key = ?1";
            write.db.execute(delete, &[number.into()])?;
            write.insert_permissions(number, permissions)?;
            from_to(strings(&key.permissions), strings(permissions))
        })
    }

    /// Sets or removes a key's description.
    pub(crate) fn set_description(
        &mut self,
        wanted: &KeyRef,
        text: Option<&Text>,
    ) -> Result<Changed> {
        let text = text.map(Text::as_str);
        self.change(wanted, Change::Description, |write, key| {
            if key.description.as_deref() == text {
                return Ok(None);
            }
            write.set_column(key.id(), "description", text.into())?;
            from_to(&key.description, text)
        })
    }

    /// Sets or removes a key's application.
    pub(crate) fn set_app(&mut self, wanted: &KeyRef, app: Option<&AppName>) -> Result<Changed> {
        let app = app.map(AppName::as_str);
        self.change(wanted, Change::Application, |write, key| {
            let from = key.application.as_ref().map(AppName::as_str);
            if from == app {
                return Ok(None);
            }
            write.set_column(key.id(), "application", app.into())?;
            from_to(from, app)
        })
    }

    /// Changes the key that `wanted` names, if the operator has the right to such a change.
    pub(in crate::store) fn change(
        &mut self,
        wanted: &KeyRef,
        kind: Change,
        change: impl Fn(&Write<'_>, &Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        self.write(|write| {
            let (_, key) = write.view().find(wanted)?;
            write.rights.check_change(&key, kind)?;
            write.change(&key, kind, &change)
        })
    }
}

impl Write<'_> {
    /// Changes a key; the caller has checked the operator's right. `change` returns the log
    /// details, or none if nothing had to change.
    pub(in crate::store) fn change(
        &self,
        before: &Key,
        kind: Change,
        change: impl FnOnce(&Self, &Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        let details = change(self, before)?;
        // After the rights, which `change` checks; the error undoes the change.
        check_delivered(before)?;
        let changed = details.is_some();
        if let Some(details) = details {
            self.log_key(LogAction::Key(kind), before, details)?;
        }
        let (_, after) = self.key(before.id())?;
        Ok(Changed {
            before: before.clone(),
            after,
            changed,
        })
    }

    /// Returns the slots of the secrets of the key with this number.
    pub(in crate::store) fn slots(&self, number: i64) -> Result<Vec<i64>> {
        let select = "SELECT slot FROM secrets WHERE key = ?1";
        self.db
            .rows(select, &[number.into()], |row| row.get("slot"))
    }

    /// Sets one column of a key.
    pub(in crate::store) fn set_column(
        &self,
        id: &KeyId,
        column: &'static str,
        value: Column<'_>,
    ) -> Result<()> {
        let update = format!("UPDATE keys SET {column} = ?2 WHERE id = ?1");
        self.db.execute(&update, &[id.as_str().into(), value])?;
        Ok(())
    }

    /// Returns the key with that id, and its number.
    pub(in crate::store) fn key(&self, id: &KeyId) -> Result<(i64, Key)> {
        self.view().by_id(id)
    }

    pub(in crate::store) fn insert_members(&self, number: i64, group_ids: &[String]) -> Result<()> {
        let insert =
            "INSERT INTO key_groups (key, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        for group in group_ids {
            self.db.execute(insert, &[number.into(), group.into()])?;
        }
        Ok(())
    }

    pub(in crate::store) fn insert_permissions(
        &self,
        number: i64,
        permissions: &[Permission],
    ) -> Result<()> {
        let insert =
            "INSERT INTO key_permissions (key, permission) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        for permission in permissions {
            let values = [number.into(), permission.as_str().into()];
            self.db.execute(insert, &values)?;
        }
        Ok(())
    }
}

/// Returns the log details of a change.
fn from_to(from: impl Serialize, to: impl Serialize) -> Result<Option<Value>> {
    Ok(Some(json!({"from": from, "to": to})))
}

/// Returns `values` without those in `others`. Both have at most 64.
fn without<T: Clone + PartialEq>(values: &[T], others: &[T]) -> Vec<T> {
    let is_new = |value: &&T| !others.contains(value);
    values.iter().filter(is_new).cloned().collect()
}
