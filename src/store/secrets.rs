//! A key's first moments: inserted as pending, then active or gone.

use rusqlite::params;
use serde_json::json;

use super::users::check_owner_is_in;
use super::{Store, check_is_ahead, too_many_groups, words};
use crate::error::{Error, Kind, Result};
use crate::model::{
    AppName, GroupName, Key, KeyId, KeyName, LogAction, MAX_GROUPS_OF_KEY, Permission, ShortForm,
    State, Text, Timestamp, UserName,
};
use crate::secret::SecretHash;
use crate::store::errors::damaged;

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
    /// What it may do beside what its groups allow.
    pub(crate) permissions: &'a [Permission],
    /// The user it is to belong to, where one is named.
    pub(crate) owner: Option<&'a UserName>,
    /// The application it is for.
    pub(crate) application: Option<&'a AppName>,
    /// From when on it is refused.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Store {
    /// Inserts a key whose secret is not handed over yet.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`], [`Kind::NameTaken`], [`Kind::Pending`],
    /// [`Kind::GroupNotFound`], [`Kind::UserNotFound`] or [`Kind::OwnerLacksGroup`].
    pub(crate) fn insert_pending(&mut self, new: &NewKey<'_>, hash: &SecretHash) -> Result<Key> {
        self.write(|write| {
            let owner = write.rights.owner_of_new(new.owner)?;
            write.rights.check_groups(new.groups)?;
            if new.groups.len() > MAX_GROUPS_OF_KEY {
                // Ticked: of those given as arguments no more are taken.
                return Err(too_many_groups(new.groups.len()));
            }
            write.rights.check_permissions(new.permissions)?;
            write.rights.check_application(new.application)?;
            // The lock may have been waited for.
            check_is_ahead(new.expires_at, write.now())?;
            write.view().check_name_is_free(new.name)?;
            let groups = write.group_ids(new.groups)?;
            let owner = owner.map(|name| write.user(&name)).transpose()?;
            if let Some((_, owner)) = &owner {
                check_owner_is_in(owner, new.groups)?;
            }
            let id = &new.short.id;
            write.db.as_sqlite().execute(
                "INSERT INTO keys (id, name, hash, last_four, state, description, owner,
                                   application, created_at, created_by, expires_at)
                 VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    id.as_str(),
                    new.name.as_str(),
                    hash.as_stored(),
                    new.short.last_four,
                    new.description.map(Text::as_str),
                    owner.as_ref().map(|(id, _)| id),
                    new.application.map(AppName::as_str),
                    write.now().unix(),
                    write.actor.operator.as_str(),
                    new.expires_at.map(Timestamp::unix)
                ],
            )?;
            write.insert_members(id, &groups)?;
            write.insert_permissions(id, new.permissions)?;
            let (_, key) = write.key(id)?;
            let details = json!({
                "description": key.description,
                "groups": words(&key.groups),
                "permissions": words(&key.permissions),
                "owner": key.owner_name().map(UserName::as_str),
                "application": key.application.as_ref().map(AppName::as_str),
                "expires_at": key.expires_at.map(|at| at.to_string()),
            });
            write.log_key(LogAction::Create, &key, details)?;
            Ok(key)
        })
    }

    /// Makes a pending key active: its secret was handed over, which `check` is asked
    /// at the last moment, no lock being waited for any more. Leave was given when it
    /// was inserted.
    pub(crate) fn finish_pending(
        &mut self,
        id: &KeyId,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        // Readers are kept out from the beginning: the commit waits for nobody.
        self.complete_alone(|write| {
            let done = write.db.as_sqlite().execute(
                "UPDATE keys SET state = 'active' WHERE id = ?1 AND state = 'pending'",
                [id.as_str()],
            )?;
            if done == 0 {
                let fact = "the key was deleted while its secret was handed over";
                return Err(Error::new(Kind::KeyNotFound, fact));
            }
            let (_, key) = write.key(id)?;
            write.log_key(LogAction::HandOver, &key, json!({}))?;
            check()
        })
    }

    /// Deletes a key whose secret could not be handed over. It need not be
    /// there: what is to be undone may never have been done.
    pub(crate) fn withdraw(&mut self, id: &KeyId) -> Result<()> {
        self.complete(|write| {
            // A row that can't be read is deleted all the same.
            let found = write.key(id).ok();
            let done = write.db.as_sqlite().execute(
                "DELETE FROM keys WHERE id = ?1 AND state = 'pending'",
                [id.as_str()],
            )?;
            let (action, details) = (LogAction::HandOverFailed, json!({"deleted": true}));
            match (done, found) {
                (0, _) => Ok(()),
                (_, Some((_, key))) => write.log_key(action, &key, details),
                (_, None) => write.append(action, Some(id), details),
            }
        })
    }

    /// Deletes all keys whose secrets were not handed over, of a copy in which nobody
    /// hands anything over.
    pub(super) fn withdraw_all_pending(&mut self) -> Result<()> {
        for id in self.ids_in(State::Pending)? {
            self.withdraw(&id)?;
        }
        Ok(())
    }

    /// The keys in that state, in the order in which they were made.
    pub(super) fn ids_in(&self, state: State) -> Result<Vec<KeyId>> {
        let wrong = |_| damaged("the id of a key is not a valid one");
        let mut select = self
            .db
            .as_sqlite()
            .prepare("SELECT id FROM keys WHERE state = ?1 ORDER BY slot")?;
        let rows = select.query_map([state.as_str()], |row| row.get::<_, String>(0))?;
        rows.map(|id| id?.parse().map_err(wrong)).collect()
    }
}
