//! Secrets: inserted as pending, then made current once they are delivered, or withdrawn.

use serde_json::json;

use super::users::check_owner_is_in;
use super::{Store, Write, check_is_ahead, too_many_groups, words};
use crate::error::{Error, Kind, Result};
use crate::model::{
    AppName, GroupName, Key, KeyName, LogAction, MAX_GROUPS_OF_KEY, Permission, ShortForm, Text,
    Timestamp, UserName,
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
    /// Its own permissions, in addition to its groups'.
    pub(crate) permissions: &'a [Permission],
    /// The user it is to belong to, where one is named.
    pub(crate) owner: Option<&'a UserName>,
    /// The application it is for.
    pub(crate) application: Option<&'a AppName>,
    /// From when on it is refused.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Store {
    /// Inserts a key with its secret, which is pending until it is delivered.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`], [`Kind::NameTaken`], [`Kind::Pending`],
    /// [`Kind::GroupNotFound`], [`Kind::UserNotFound`] or [`Kind::OwnerLacksGroup`].
    pub(super) fn insert_pending(&mut self, new: &NewKey<'_>, hash: &SecretHash) -> Result<Key> {
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
            let number: Option<i64> = write.db.row(
                "INSERT INTO keys (id, name, description, owner, application, created_at,
                                   created_by, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING number",
                &[
                    id.as_str().into(),
                    new.name.as_str().into(),
                    new.description.map(Text::as_str).into(),
                    owner.as_ref().map(|(id, _)| id).into(),
                    new.application.map(AppName::as_str).into(),
                    write.now().unix().into(),
                    write.actor.operator.as_str().into(),
                    new.expires_at.map(Timestamp::unix).into(),
                ],
                |row| row.get("number"),
            )?;
            let number = number.ok_or_else(|| damaged("a new key has no number"))?;
            write.insert_secret(number, &new.short, hash)?;
            write.insert_members(number, &groups)?;
            write.insert_permissions(number, new.permissions)?;
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

    /// Makes the pending secret `short` the key's current one: it was delivered, which
    /// `check` confirms at the last moment, when no lock is waited for any more. The
    /// operator's right was checked when the secret was inserted.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`] when the secret is no longer there; and the errors of `check`.
    pub(super) fn finish_pending(
        &mut self,
        short: &ShortForm,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        // Readers are kept out from the beginning: the commit waits for no reader.
        self.complete_alone(|write| {
            let activated = write.db.execute(
                "UPDATE secrets SET state = 'current'
                  WHERE key = (SELECT number FROM keys WHERE id = ?1)
                    AND last_four = ?2 AND state = 'pending'",
                &[short.id.as_str().into(), (&short.last_four).into()],
            )?;
            if activated == 0 {
                let fact = "the key was deleted while its secret was handed over";
                return Err(Error::new(Kind::KeyNotFound, fact));
            }
            let (_, key) = write.key(&short.id)?;
            write.log_key(LogAction::HandOver, &key, json!({}))?;
            check()
        })
    }

    /// Deletes the pending secret `short`, which could not be delivered, and its key if that
    /// has no other. The secret need not be there: its insertion may have failed.
    pub(super) fn withdraw(&mut self, short: &ShortForm) -> Result<()> {
        self.complete(|write| {
            let id = &short.id;
            // A row that can't be read is deleted all the same.
            let found = write.key(id).ok();
            let withdrawn = write.db.execute(
                "DELETE FROM secrets WHERE key = (SELECT number FROM keys WHERE id = ?1)
                    AND last_four = ?2 AND state = 'pending'",
                &[id.as_str().into(), (&short.last_four).into()],
            )?;
            if withdrawn == 0 {
                return Ok(());
            }
            let deleted = write.db.execute(
                "DELETE FROM keys WHERE id = ?1
                    AND NOT EXISTS (SELECT 1 FROM secrets WHERE key = keys.number)",
                &[id.as_str().into()],
            )?;
            let (action, details) = (LogAction::HandOverFailed, json!({"deleted": deleted > 0}));
            match found {
                Some((_, key)) => write.log_key(action, &key, details),
                None => write.append(action, Some(id), details),
            }
        })
    }

    /// Returns whether there is a secret `short`, in any state.
    pub(super) fn has_secret(&self, short: &ShortForm) -> Result<bool> {
        self.db.is_true(
            "SELECT EXISTS (SELECT 1 FROM secrets
                WHERE key = (SELECT number FROM keys WHERE id = ?1) AND last_four = ?2)
                AS answer",
            &[short.id.as_str().into(), (&short.last_four).into()],
        )
    }

    /// Deletes every pending secret of a copy, in which none is being delivered.
    pub(super) fn withdraw_all_pending(&mut self) -> Result<()> {
        for short in self.pending_secrets()? {
            self.withdraw(&short)?;
        }
        Ok(())
    }

    fn pending_secrets(&self) -> Result<Vec<ShortForm>> {
        let select = "SELECT k.id, s.last_four FROM secrets s JOIN keys k ON k.number = s.key
              WHERE s.state = 'pending' ORDER BY s.slot";
        self.db.rows(select, &[], |row| {
            let id: String = row.get("id")?;
            Ok(ShortForm {
                prefix: self.settings.prefix.clone(),
                id: id
                    .parse()
                    .map_err(|_| damaged("the id of a key is not a valid one"))?,
                last_four: row.get("last_four")?,
            })
        })
    }
}

impl Write<'_> {
    /// Inserts a secret of the key with that number, as pending.
    fn insert_secret(&self, number: i64, short: &ShortForm, hash: &SecretHash) -> Result<()> {
        self.db.execute(
            "INSERT INTO secrets (key, hash, last_four, state, created_at)
             VALUES (?1, ?2, ?3, 'pending', ?4)",
            &[
                number.into(),
                hash.as_stored().into(),
                (&short.last_four).into(),
                self.now().unix().into(),
            ],
        )?;
        Ok(())
    }
}
