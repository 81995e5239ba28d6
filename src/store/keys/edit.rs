//! Keys: changed and deleted. Each method changes one fact, in one transaction that checks
//! the operator's right and appends the log entry.

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Result;
use crate::model::{
    AppName, Change, GroupName, Key, KeyId, KeyName, KeyRef, LogAction, Permission, State, Text,
    Timestamp, UserName,
};
use crate::store::db::Value as Column;
use crate::store::keys::names::check_delivered;
use crate::store::sqlite::usage::UsageFile;
use crate::store::users::check_owner_is_in;
use crate::store::{Store, Write, strings};

/// A key before and after a change. If nothing had to change, there is no log entry.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The key before.
    pub(crate) before: Key,
    /// The key after.
    pub(crate) after: Key,
    /// Whether anything had to change.
    pub(crate) changed: bool,
}

impl Store {
    /// Activates or deactivates keys, all or none.
    pub(crate) fn set_state(&mut self, wanted: &[KeyRef], state: State) -> Result<Vec<Changed>> {
        let kind = match state {
            State::Active => Change::Activate,
            _ => Change::Deactivate,
        };
        self.write(|write| {
            let keys = write.view().find_all(wanted, kind)?;
            let change = |key: &Key| {
                write.change(key, kind, |write, key| {
                    if key.state == state {
                        return Ok(None);
                    }
                    write.set_column(key.id(), "active", (state == State::Active).into())?;
                    Ok(Some(json!({})))
                })
            };
            keys.iter().map(change).collect()
        })
    }

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
            write.set_column(key.id(), "name", new.as_str().into())?;
            from_to(key.name.as_str(), new.as_str())
        })
    }

    /// Puts a key in the groups that `choose` returns for its current groups. All groups in
    /// `mentioned` must exist, and the owner must be in each group that is new to the key.
    pub(crate) fn set_groups(
        &mut self,
        wanted: &KeyRef,
        mentioned: &[GroupName],
        choose: impl FnOnce(&[GroupName]) -> Result<Vec<GroupName>>,
    ) -> Result<Changed> {
        self.change(wanted, Change::Groups, |write, key| {
            let groups = choose(&key.groups)?;
            let added = without(&groups, &key.groups);
            write.rights.check_groups(&added)?;
            write.group_ids(mentioned)?;
            if let Some(owner) = key.owner_name() {
                check_owner_is_in(&write.user(owner)?.1, &added)?;
            }
            if added.is_empty() && groups.len() == key.groups.len() {
                return Ok(None);
            }
            let ids = write.group_ids(&groups)?;
            let (number, _) = write.key(key.id())?;
            let delete = "DELETE FROM key_groups WHERE key = ?1";
            write.db.execute(delete, &[number.into()])?;
            write.insert_members(number, &ids)?;
            let (_, after) = write.key(key.id())?;
            from_to(strings(&key.groups), strings(&after.groups))
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

    /// Gives a key to a user, who must be in all its groups, or removes its owner.
    pub(crate) fn set_owner(
        &mut self,
        wanted: &KeyRef,
        owner: Option<&UserName>,
    ) -> Result<Changed> {
        self.change(wanted, Change::Owner, |write, key| {
            let new = owner.map(|name| write.user(name)).transpose()?;
            if key.owner_name() == owner {
                return Ok(None);
            }
            if let Some((_, user)) = &new {
                check_owner_is_in(user, &key.groups)?;
            }
            write.set_column(key.id(), "owner", new.as_ref().map(|(id, _)| id).into())?;
            let from = key.owner_name().map(UserName::as_str);
            from_to(from, owner.map(UserName::as_str))
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

    /// Sets or removes a key's expiry.
    pub(crate) fn set_expiry(&mut self, wanted: &KeyRef, at: Option<Timestamp>) -> Result<Changed> {
        self.change(wanted, Change::Expiry, |write, key| {
            write.rights.check_expiry(key.expires_at, at)?;
            if key.expires_at == at {
                return Ok(None);
            }
            write.set_column(key.id(), "expires_at", at.map(Timestamp::unix).into())?;
            let [from, to] = [key.expires_at, at].map(|at| at.map(|at| at.to_string()));
            from_to(from, to)
        })
    }

    /// Returns the keys that `wanted` names, each once, if the operator may delete them.
    pub(crate) fn find_to_delete(&self, wanted: &[KeyRef]) -> Result<Vec<Key>> {
        self.view().find_all(wanted, Change::Delete)
    }

    /// Deletes keys permanently, all or none, and their last uses.
    pub(crate) fn delete(&mut self, ids: &[KeyId]) -> Result<Vec<Key>> {
        let deleted = self.write(|write| {
            let delete = |id: &KeyId| {
                let (number, key) = write.key(id)?;
                write.rights.check_change(&key, Change::Delete)?;
                let select = "SELECT slot FROM secrets WHERE key = ?1";
                let slots = write
                    .db
                    .rows(select, &[number.into()], |row| row.get::<i64>("slot"))?;
                let delete = "DELETE FROM keys WHERE number = ?1";
                write.db.execute(delete, &[number.into()])?;
                write.log_key(LogAction::Key(Change::Delete), &key, json!({}))?;
                Ok((slots, key))
            };
            ids.iter().map(delete).collect::<Result<Vec<_>>>()
        })?;
        if let Ok(usage) = UsageFile::open_writing(&self.path) {
            for slot in deleted.iter().flat_map(|(slots, _)| slots) {
                // A slot is never reused, so a date that stays is never read.
                let _ = usage.clear(*slot);
            }
        }
        Ok(deleted.into_iter().map(|(_, key)| key).collect())
    }

    /// Changes the key that `wanted` names, if the operator has the right.
    pub(in crate::store) fn change(
        &mut self,
        wanted: &KeyRef,
        kind: Change,
        change: impl FnOnce(&Write<'_>, &Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        self.write(|write| {
            let (_, key) = write.view().find(wanted)?;
            write.rights.check_change(&key, kind)?;
            write.change(&key, kind, change)
        })
    }
}

impl Write<'_> {
    /// Changes a key, whose right was checked. `change` returns the log details, or none if
    /// nothing had to change.
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
