//! Keys: made, changed, deleted. One method per fact that changes, each one
//! transaction with its entry in the log.

use rusqlite::{ToSql, params};
use serde_json::{Value, json};

use super::keys::find;
use super::usage::UsageFile;
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{
    AppName, GroupName, Key, KeyId, KeyName, KeyRef, ShortForm, State, Text, Timestamp,
};
use crate::secret::{self, SecretHash};

/// A key to be made.
#[derive(Debug)]
pub(crate) struct NewKey<'a> {
    /// What may be shown of its secret, its id with it.
    pub(crate) short: ShortForm,
    /// Its name.
    pub(crate) name: &'a KeyName,
    /// What it is for.
    pub(crate) description: Option<&'a Text>,
    /// The groups it is in.
    pub(crate) groups: &'a [GroupName],
    /// The application it is for.
    pub(crate) application: Option<&'a AppName>,
    /// From when on it is refused.
    pub(crate) expires_at: Option<Timestamp>,
}

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
    /// An id that no key has, and no key's name is.
    pub(crate) fn draw_id(&self) -> Result<KeyId> {
        loop {
            let id = secret::draw_id()?;
            let taken: bool = self.conn.query_row(
                "SELECT EXISTS (SELECT 1 FROM keys WHERE id = ?1)
                     OR EXISTS (SELECT 1 FROM keys WHERE name = ?1)",
                [id.as_str()],
                |row| row.get(0),
            )?;
            if !taken {
                return Ok(id);
            }
        }
    }

    /// Inserts a key whose secret is not handed over yet.
    ///
    /// # Errors
    /// [`Kind::NameTaken`], [`Kind::Pending`] or [`Kind::GroupNotFound`].
    pub(crate) fn insert_pending(&mut self, new: &NewKey<'_>, hash: &SecretHash) -> Result<Key> {
        self.write(|write| {
            write.check_name_is_no_id(new.name)?;
            write.check_name_is_free(new.name)?;
            let groups = write.group_ids(new.groups)?;
            let id = &new.short.id;
            write.conn.execute(
                "INSERT INTO keys (id, name, hash, last_four, state, description, application,
                                   created_at, created_by, expires_at)
                 VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?7, ?8, ?9)",
                params![
                    id.as_str(),
                    new.name.as_str(),
                    hash.as_stored(),
                    new.short.last_four,
                    new.description.map(Text::as_str),
                    new.application.map(AppName::as_str),
                    write.now().unix(),
                    write.actor.operator.as_str(),
                    new.expires_at.map(Timestamp::unix)
                ],
            )?;
            write.insert_members(id, &groups)?;
            let names: Vec<&str> = new.groups.iter().map(GroupName::as_str).collect();
            let details = json!({
                "name": new.name.as_str(),
                "groups": names,
                "expires_at": new.expires_at.map(|at| at.to_string()),
            });
            write.log("create", Some(id), details)?;
            write.key(id).map(|(_, key)| key)
        })
    }

    /// Makes a pending key active: its secret was handed over.
    pub(crate) fn finish_pending(&mut self, id: &KeyId) -> Result<()> {
        self.write(|write| {
            let done = write.conn.execute(
                "UPDATE keys SET state = 'active' WHERE id = ?1 AND state = 'pending'",
                [id.as_str()],
            )?;
            if done == 0 {
                let fact = "the key was deleted while its secret was handed over";
                return Err(Error::new(Kind::KeyNotFound, fact));
            }
            write.log("hand-over", Some(id), json!({}))
        })
    }

    /// Deletes a key whose secret could not be handed over. It need not be
    /// there: what is to be undone may never have been done.
    pub(crate) fn withdraw(&mut self, id: &KeyId) -> Result<()> {
        self.write(|write| {
            let done = write
                .conn
                .execute("DELETE FROM keys WHERE id = ?1", [id.as_str()])?;
            match done {
                0 => Ok(()),
                _ => write.log("hand-over-failed", Some(id), json!({"deleted": true})),
            }
        })
    }

    /// Activates or deactivates keys, all or none.
    pub(crate) fn set_state(&mut self, wanted: &[KeyRef], state: State) -> Result<Vec<Changed>> {
        let action = match state {
            State::Active => "activate",
            _ => "deactivate",
        };
        self.write(|write| {
            let mut all: Vec<Changed> = Vec::new();
            for wanted in wanted {
                let (_, key) = find(&write.conn, &write.settings.prefix, wanted)?;
                // A key named twice is changed once.
                if all.iter().any(|one| one.after.id() == key.id()) {
                    continue;
                }
                all.push(write.change(wanted, action, |key| {
                    if key.state == state {
                        return Ok(None);
                    }
                    write.set(key.id(), "state", &state.as_str())?;
                    Ok(Some(json!({"name": key.name.as_str()})))
                })?);
            }
            Ok(all)
        })
    }

    /// Renames a key.
    pub(crate) fn rename(&mut self, wanted: &KeyRef, new: &KeyName) -> Result<Changed> {
        self.change(wanted, "rename", |write, key| {
            if key.name.as_str() == new.as_str() {
                return Ok(None);
            }
            write.check_name_is_no_id(new)?;
            if key.name != *new {
                write.check_name_is_free(new)?;
            }
            write.set(key.id(), "name", &new.as_str())?;
            Ok(Some(json!({"from": key.name.as_str(), "to": new.as_str()})))
        })
    }

    /// Puts a key in the groups that `choose` makes of those it is in.
    pub(crate) fn set_groups(
        &mut self,
        wanted: &KeyRef,
        mentioned: &[GroupName],
        choose: impl FnOnce(&[GroupName]) -> Result<Vec<GroupName>>,
    ) -> Result<Changed> {
        self.change(wanted, "set-groups", |write, key| {
            write.group_ids(mentioned)?;
            let groups = choose(&key.groups)?;
            if groups.len() == key.groups.len() && groups.iter().all(|g| key.groups.contains(g)) {
                return Ok(None);
            }
            let ids = write.group_ids(&groups)?;
            write.conn.execute(
                "DELETE FROM key_groups WHERE key_id = ?1",
                [key.id().as_str()],
            )?;
            write.insert_members(key.id(), &ids)?;
            let names = |groups: &[GroupName]| -> Vec<String> {
                groups.iter().map(ToString::to_string).collect()
            };
            Ok(Some(
                json!({"from": names(&key.groups), "to": names(&groups)}),
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
        self.change(wanted, "set-description", |write, key| {
            if key.description.as_deref() == text {
                return Ok(None);
            }
            write.set(key.id(), "description", &text)?;
            Ok(Some(json!({"from": key.description, "to": text})))
        })
    }

    /// Says which application a key is for.
    pub(crate) fn set_app(&mut self, wanted: &KeyRef, app: Option<&AppName>) -> Result<Changed> {
        let app = app.map(AppName::as_str);
        self.change(wanted, "set-app", |write, key| {
            let from = key.application.as_ref().map(AppName::as_str);
            if from == app {
                return Ok(None);
            }
            write.set(key.id(), "application", &app)?;
            Ok(Some(json!({"from": from, "to": app})))
        })
    }

    /// Says from when on a key is refused.
    pub(crate) fn set_expiry(&mut self, wanted: &KeyRef, at: Option<Timestamp>) -> Result<Changed> {
        self.change(wanted, "set-expiry", |write, key| {
            if key.expires_at == at {
                return Ok(None);
            }
            write.set(key.id(), "expires_at", &at.map(Timestamp::unix))?;
            let shown = |at: Option<Timestamp>| at.map(|at| at.to_string());
            Ok(Some(
                json!({"from": shown(key.expires_at), "to": shown(at)}),
            ))
        })
    }

    /// Deletes keys for good, all or none, and forgets when they were used.
    pub(crate) fn delete(&mut self, ids: &[KeyId]) -> Result<Vec<Key>> {
        let deleted = self.write(|write| {
            let delete = |id: &KeyId| {
                let (slot, key) = write.key(id)?;
                write
                    .conn
                    .execute("DELETE FROM keys WHERE id = ?1", [id.as_str()])?;
                write.log("delete", Some(id), json!({"name": key.name.as_str()}))?;
                Ok((slot, key))
            };
            ids.iter().map(delete).collect::<Result<Vec<_>>>()
        })?;
        if let Ok(usage) = UsageFile::open_writing(&self.path) {
            for (slot, _) in &deleted {
                // The slot is never given again: what stays behind is never read.
                let _ = usage.forget(*slot);
            }
        }
        Ok(deleted.into_iter().map(|(_, key)| key).collect())
    }

    fn change(
        &mut self,
        wanted: &KeyRef,
        action: &'static str,
        change: impl FnOnce(&Write<'_>, &Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        self.write(|write| write.change(wanted, action, |key| change(write, key)))
    }
}

impl Write<'_> {
    /// Changes one key: `change` says what it did, or that there was nothing to do.
    fn change(
        &self,
        wanted: &KeyRef,
        action: &'static str,
        change: impl FnOnce(&Key) -> Result<Option<Value>>,
    ) -> Result<Changed> {
        let (_, before) = find(&self.conn, &self.settings.prefix, wanted)?;
        if before.state == State::Pending {
            return Err(is_pending(&before));
        }
        let done = change(&before)?;
        let changed = done.is_some();
        if let Some(details) = done {
            self.log(action, Some(before.id()), details)?;
        }
        let (_, after) = self.key(before.id())?;
        Ok(Changed {
            before,
            after,
            changed,
        })
    }

    /// Sets one column of a key.
    fn set(&self, id: &KeyId, column: &'static str, value: &dyn ToSql) -> Result<()> {
        self.conn
            .prepare_cached(&format!("UPDATE keys SET {column} = ?2 WHERE id = ?1"))?
            .execute(params![id.as_str(), value])?;
        Ok(())
    }

    fn key(&self, id: &KeyId) -> Result<(i64, Key)> {
        self.one("k.id = ?1", id.as_str())?
            .ok_or_else(|| Error::new(Kind::KeyNotFound, format!("no key has the id {id}")))
    }

    fn insert_members(&self, id: &KeyId, group_ids: &[String]) -> Result<()> {
        let mut insert = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO key_groups VALUES (?1, ?2)")?;
        for group in group_ids {
            insert.execute([id.as_str(), group])?;
        }
        Ok(())
    }

    /// Refuses a name that a key has.
    fn check_name_is_free(&self, name: &KeyName) -> Result<()> {
        let Some((_, key)) = self.one("k.name = ?1", name.as_str())? else {
            return Ok(());
        };
        if key.state == State::Pending {
            return Err(is_pending(&key));
        }
        let fact = format!("there is a key named \"{}\" already", key.name);
        Err(Error::new(Kind::NameTaken, fact)
            .hint("names that differ only in case are the same; choose another"))
    }

    /// Refuses a name that is a key's id: KEY is never ambiguous.
    fn check_name_is_no_id(&self, name: &KeyName) -> Result<()> {
        let Some((_, key)) = self.one("k.id = ?1", name.as_str())? else {
            return Ok(());
        };
        let fact = format!("\"{name}\" is the id of the key \"{}\"", key.name);
        Err(Error::new(Kind::NameTaken, fact).hint("choose another name"))
    }

    fn one(&self, condition: &str, value: &str) -> Result<Option<(i64, Key)>> {
        super::keys::one(&self.conn, &self.settings.prefix, condition, &value)
    }
}

/// A `create` of that key is under way, or was killed.
fn is_pending(key: &Key) -> Error {
    let fact = format!(
        "the key \"{}\" is pending: its secret was never handed over",
        key.name
    );
    Error::new(Kind::Pending, fact).hint(format!(
        "unless a create is still under way, delete it with `apikey delete {}` and create it again",
        key.name
    ))
}
