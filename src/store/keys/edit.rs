//! Keys: changed and deleted. One method per fact that changes, each one
//! transaction with its entry in the log, and what the operator may change asked
//! in it.

use serde_json::{Value, json};

use crate::error::{Error, Kind, Result};
use crate::model::{
    AppName, Change, GroupName, Key, KeyId, KeyName, KeyRef, LogAction, Permission, State, Text,
    Timestamp, UserName,
};
use crate::store::db::Value as Column;
use crate::store::keys::names::is_pending;
use crate::store::sqlite::usage::UsageFile;
use crate::store::users::check_owner_is_in;
use crate::store::{Store, Write, words};

/// A key before and after a change. Where nothing had to be changed there is no
/// entry in the log.
#[derive(Debug)]
pub(crate) struct Changed {
    /// As it was.
    pub(crate) before: Key,
    /// As it is.
    pub(crate) after: Key,
    /// Whether anything had to be changed.
    pub(crate) changed: bool,
}

impl Store {
    /// Activates or deactivates keys, all or none.
    pub(crate) fn set_state(&mut self, wanted: &[KeyRef], state: State) -> Result<Vec<Changed>> {
        let what = match state {
            State::Active => Change::Activate,
            _ => Change::Deactivate,
        };
        self.write(|write| {
            let keys = write.view().find_all(wanted, what)?;
            let change = |key: &Key| {
                write.change_found(key, what, |key| {
                    if key.state == state {
                        return Ok(None);
                    }
                    write.set(key.id(), "active", (state == State::Active).into())?;
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
            write.set(key.id(), "name", new.as_str().into())?;
            Ok(Some(json!({"from": key.name.as_str(), "to": new.as_str()})))
        })
    }

    /// Puts a key in the groups that `choose` makes of those it is in. All that
    /// are `mentioned` must exist, and the owner be in those that are new to the key.
    pub(crate) fn set_groups(
        &mut self,
        wanted: &KeyRef,
        mentioned: &[GroupName],
        choose: impl FnOnce(&[GroupName]) -> Result<Vec<GroupName>>,
    ) -> Result<Changed> {
        self.change(wanted, Change::Groups, |write, key| {
            let groups = choose(&key.groups)?;
            let given = new_of(&groups, &key.groups);
            write.rights.check_groups(&given)?;
            write.group_ids(mentioned)?;
            if let Some(owner) = key.owner_name() {
                check_owner_is_in(&write.user(owner)?.1, &given)?;
            }
            if given.is_empty() && groups.len() == key.groups.len() {
                return Ok(None);
            }
            let ids = write.group_ids(&groups)?;
            let (number, _) = write.key(key.id())?;
            let delete = "DELETE FROM key_groups WHERE key = ?1";
            write.db.execute(delete, &[number.into()])?;
            write.insert_members(number, &ids)?;
            let (_, after) = write.key(key.id())?;
            Ok(Some(
                json!({"from": words(&key.groups), "to": words(&after.groups)}),
            ))
        })
    }

    /// Says what a key may do beside what its groups allow.
    pub(crate) fn set_permissions(
        &mut self,
        wanted: &KeyRef,
        permissions: &[Permission],
    ) -> Result<Changed> {
        self.change(wanted, Change::Permissions, |write, key| {
            let given = new_of(permissions, &key.permissions);
            write.rights.check_permissions(&given)?;
            if given.is_empty()
                && key
                    .permissions
                    .iter()
                    .all(|held| permissions.contains(held))
            {
                return Ok(None);
            }
            let (number, _) = write.key(key.id())?;
            let delete = "DELETE FROM key_permissions WHERE key = ?1";
            write.db.execute(delete, &[number.into()])?;
            write.insert_permissions(number, permissions)?;
            Ok(Some(
                json!({"from": words(&key.permissions), "to": words(permissions)}),
            ))
        })
    }

    /// Gives a key to a user, who must be in all its groups, or to nobody.
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
            write.set(key.id(), "owner", new.as_ref().map(|(id, _)| id).into())?;
            let name = |owner: Option<&UserName>| owner.map(ToString::to_string);
            Ok(Some(
                json!({"from": name(key.owner_name()), "to": name(owner)}),
            ))
        })
    }

    /// Describes a key anew.
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
            write.set(key.id(), "description", text.into())?;
            Ok(Some(json!({"from": key.description, "to": text})))
        })
    }

    /// Says which application a key is for.
    pub(crate) fn set_app(&mut self, wanted: &KeyRef, app: Option<&AppName>) -> Result<Changed> {
        let app = app.map(AppName::as_str);
        self.change(wanted, Change::Application, |write, key| {
            let from = key.application.as_ref().map(AppName::as_str);
            if from == app {
                return Ok(None);
            }
            write.set(key.id(), "application", app.into())?;
            Ok(Some(json!({"from": from, "to": app})))
        })
    }

    /// Says from when on a key is refused.
    pub(crate) fn set_expiry(&mut self, wanted: &KeyRef, at: Option<Timestamp>) -> Result<Changed> {
        self.change(wanted, Change::Expiry, |write, key| {
            write.rights.check_expiry(key.expires_at, at)?;
            if key.expires_at == at {
                return Ok(None);
            }
            write.set(key.id(), "expires_at", at.map(Timestamp::unix).into())?;
            let shown = |at: Option<Timestamp>| at.map(|at| at.to_string());
            Ok(Some(
                json!({"from": shown(key.expires_at), "to": shown(at)}),
            ))
        })
    }

    /// The keys that are `wanted`, if the operator may delete them, each once.
    pub(crate) fn find_to_delete(&self, wanted: &[KeyRef]) -> Result<Vec<Key>> {
        self.view().find_all(wanted, Change::Delete)
    }

    /// Deletes keys for good, all or none, and forgets when they were used.
    pub(crate) fn delete(&mut self, ids: &[KeyId]) -> Result<Vec<Key>> {
        let deleted = self.write(|write| {
            let delete = |id: &KeyId| {
                let (number, key) = write.key(id)?;
                write.rights.check_change(&key, Change::Delete)?;
                let slots = write.slots_of(number)?;
                let delete = "DELETE FROM keys WHERE number = ?1";
                write.db.execute(delete, &[number.into()])?;
                write.log_key(LogAction::Key(Change::Delete), &key, json!({}))?;
                Ok((slots, key))
            };
            ids.iter().map(delete).collect::<Result<Vec<_>>>()
        })?;
        if let Ok(usage) = UsageFile::open_writing(&self.path) {
            for slot in deleted.iter().flat_map(|(slots, _)| slots) {
                // The slot is never given again: what stays behind is never read.
                let _ = usage.forget(*slot);
            }
        }
        Ok(deleted.into_iter().map(|(_, key)| key).collect())
    }

    fn change(
        &mut self,
        wanted: &KeyRef,
        what: Change,
        change: impl FnOnce(&Write<'_>, &Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        self.write(|write| write.change(wanted, what, |key| change(write, key)))
    }
}

impl Write<'_> {
    /// Changes one key, if the operator may.
    fn change(
        &self,
        wanted: &KeyRef,
        what: Change,
        change: impl FnOnce(&Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        let (_, key) = self.view().find(wanted)?;
        self.rights.check_change(&key, what)?;
        self.change_found(&key, what, change)
    }

    /// Changes a key that the operator may change: `change` says what it did, or
    /// that there was nothing to do.
    fn change_found(
        &self,
        before: &Key,
        what: Change,
        change: impl FnOnce(&Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        let details = change(before)?;
        // Only now: rights come first, and what was done is undone with this.
        if before.is_pending() {
            return Err(is_pending(before));
        }
        let changed = details.is_some();
        if let Some(details) = details {
            self.log_key(LogAction::Key(what), before, details)?;
        }
        let (_, after) = self.key(before.id())?;
        Ok(Changed {
            before: before.clone(),
            after,
            changed,
        })
    }

    /// Sets one column of a key.
    pub(in crate::store) fn set(
        &self,
        id: &KeyId,
        column: &'static str,
        value: Column<'_>,
    ) -> Result<()> {
        let update = format!("UPDATE keys SET {column} = ?2 WHERE id = ?1");
        self.db.execute(&update, &[id.as_str().into(), value])?;
        Ok(())
    }

    /// Returns the slots of all secrets of the key with that number.
    fn slots_of(&self, number: i64) -> Result<Vec<i64>> {
        let select = "SELECT slot FROM secrets WHERE key = ?1";
        self.db
            .rows(select, &[number.into()], |row| row.get("slot"))
    }

    /// The key with that id, and its number.
    pub(in crate::store) fn key(&self, id: &KeyId) -> Result<(i64, Key)> {
        self.view()
            .one("k.id = ?1", id.as_str())?
            .ok_or_else(|| Error::new(Kind::KeyNotFound, format!("no key has the id {id}")))
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

/// The errors of `all` that are not in `old`. No more than 64 are given at a time.
fn new_of<T: Clone + PartialEq>(all: &[T], old: &[T]) -> Vec<T> {
    all.iter()
        .filter(|one| !old.contains(one))
        .cloned()
        .collect()
}
