//! Secrets: inserted as pending, then activated after delivery, or withdrawn.

use serde_json::json;

use super::keys::meta::logged;
use super::rotation::Rotation;
use super::users::check_owner_is_in;
use super::{Store, Write, check_in_future, strings, too_many_groups};
use crate::error::{Kind, Result};
use crate::model::{
    AppName, Facts, GroupName, Key, KeyName, LogAction, MAX_GROUPS_OF_KEY, Meta, Permission,
    RequiredRight, ShortForm, Text, Timestamp, UserName,
};
use crate::secret::SecretHash;
use crate::store::errors::damaged;

/// A key to be created.
#[derive(Debug)]
pub(crate) struct NewKey<'a> {
    /// Its short form, with its id.
    pub(crate) short: ShortForm,
    /// Its name.
    pub(crate) name: &'a KeyName,
    /// Its purpose.
    pub(crate) description: Option<&'a Text>,
    /// Its groups.
    pub(crate) groups: &'a [GroupName],
    /// Its own permissions, in addition to its groups'.
    pub(crate) permissions: &'a [Permission],
    /// The requested owner.
    pub(crate) owner: Option<&'a UserName>,
    /// Its application.
    pub(crate) application: Option<&'a AppName>,
    /// The time from which it is refused; the inner none is never. Without one the policy's
    /// `default-lifetime` counts.
    pub(crate) expires_at: Option<Option<Timestamp>>,
    /// Its metadata.
    pub(crate) meta: Meta,
}

impl Store {
    /// Inserts a key with its secret, which is pending until it is delivered. Returns the key as
    /// it will be after the delivery.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`]; [`Kind::InvalidInput`] for too many groups, an expiry that has
    /// passed, or a name that no key may have; [`Kind::NameTaken`], [`Kind::Pending`],
    /// [`Kind::Policy`], [`Kind::GroupNotFound`], [`Kind::UserNotFound`] or
    /// [`Kind::OwnerLacksGroup`]; and the errors of the database.
    pub(super) fn insert_pending(&mut self, new: &NewKey<'_>, hash: &SecretHash) -> Result<Key> {
        self.write(|write| {
            let owner = write.rights.owner_of_new(new.owner)?;
            write.rights.check_groups(new.groups)?;
            if new.groups.len() > MAX_GROUPS_OF_KEY {
                // A menu accepts more groups than the command line does.
                return Err(too_many_groups(new.groups.len()));
            }
            write.rights.check_permissions(new.permissions)?;
            write.rights.check_application(new.application)?;
            write.rights.check_meta(&new.meta)?;
            // The expiry may have passed during the wait for the lock.
            check_in_future(new.expires_at.flatten(), write.now())?;
            write.view().check_name_is_free(new.name)?;
            let groups = write.group_ids(new.groups)?;
            let owner = owner.map(|name| write.user(&name)).transpose()?;
            if let Some((_, owner)) = &owner {
                check_owner_is_in(owner, new.groups)?;
            }
            let expires_at = match new.expires_at {
                Some(given) => given,
                None => write.default_expiry()?,
            };
            let owner_name = owner.as_ref().map(|(_, owner)| &owner.name);
            let facts = Facts {
                name: Some(new.name),
                owner: Some(owner_name),
                expires_at: Some(expires_at),
                ..Facts::default()
            };
            write.enforce(new.name, &facts, owner_name.map(|owner| (owner, 1)))?;
            write.enforce_groups(new.name, new.groups)?;
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
                    write.operator().into(),
                    expires_at.map(Timestamp::unix).into(),
                ],
                |row| row.get("number"),
            )?;
            let number = number.ok_or_else(|| damaged("a new key has no number"))?;
            write.insert_secret(number, &new.short, hash)?;
            write.insert_members(number, &groups)?;
            write.insert_permissions(number, new.permissions)?;
            write.insert_meta(number, &new.meta)?;
            let (_, key) = write.key(id)?;
            let mut details = json!({
                "description": key.description,
                "groups": strings(&key.groups),
                "permissions": strings(&key.permissions),
                "owner": key.owner_name().map(UserName::as_str),
                "application": key.application.as_ref().map(AppName::as_str),
                "expires_at": key.expires_at.map(|at| at.to_string()),
            });
            if !key.meta.entries().is_empty() {
                details["meta"] = logged(&key.meta);
            }
            write.log_key(LogAction::Create, &key, details)?;
            write.once_active(key, number, None)
        })
    }

    /// Makes the pending secret `short` the key's current secret, by the `rotation` that was begun,
    /// if any. Returns the key. `check`, which confirms the delivery, runs immediately before the
    /// commit, which waits for no lock.
    ///
    /// The right to create a key was checked when the key was inserted, and is not checked again.
    /// The right to rotate a key is: during the delivery, which can take any time, the key may have
    /// been given to another user.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`] when the secret was deleted; [`Kind::NotPermitted`] when the operator
    /// may no longer rotate the key; the errors of `check`; and the errors of the database.
    pub(super) fn activate_pending(
        &mut self,
        short: &ShortForm,
        rotation: Option<Rotation>,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Key> {
        if rotation.is_none() {
            self.actor.required = RequiredRight::Nothing;
        }
        self.write_alone(|write| {
            let key = write.activate(short, rotation)?;
            write.log_key(LogAction::HandOver, &key, json!({}))?;
            check()?;
            Ok(key)
        })
    }

    /// Deletes the pending secret `short`, whose delivery failed, and its key if the key has no
    /// other secret. Does nothing if no such secret is pending.
    pub(super) fn withdraw(&mut self, short: &ShortForm) -> Result<()> {
        self.complete(|write| {
            let id = &short.id;
            // A key that can't be read is deleted, too.
            let found = match write.key(id) {
                Ok(found) => Some(found),
                Err(error) if matches!(error.kind(), Kind::DatabaseDamaged | Kind::KeyNotFound) => {
                    None
                }
                Err(error) => return Err(error),
            };
            let withdrawn = write.delete_pending(short)?;
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
                None => write.append(action, Some(id), &details),
            }
        })
    }

    /// Returns whether there is a secret `short`, in any state.
    pub(crate) fn has_secret(&self, short: &ShortForm) -> Result<bool> {
        self.db.is_true(
            "SELECT EXISTS (SELECT 1 FROM secrets
                WHERE key = (SELECT number FROM keys WHERE id = ?1) AND last_four = ?2)
                AS answer",
            &[short.id.as_str().into(), (&short.last_four).into()],
        )
    }

    /// Deletes every pending secret of a copy, and its key if the key has no other secret. No
    /// process is delivering a secret of a copy.
    pub(super) fn withdraw_all_pending(&mut self) -> Result<()> {
        let select = "SELECT k.id, s.last_four FROM secrets s JOIN keys k ON k.number = s.key
              WHERE s.state = 'pending' ORDER BY s.slot";
        let pending = self.db.rows(select, &[], |row| {
            let invalid = |_| damaged("the id of a key is invalid");
            Ok(ShortForm {
                prefix: self.settings.prefix.clone(),
                id: row.get::<String>("id")?.parse().map_err(invalid)?,
                last_four: row.get("last_four")?,
            })
        })?;
        pending.iter().try_for_each(|short| self.withdraw(short))
    }
}

impl Write<'_> {
    /// Deletes the pending secret `short`. Returns the number of deleted secrets.
    pub(super) fn delete_pending(&self, short: &ShortForm) -> Result<usize> {
        self.db.execute(
            "DELETE FROM secrets WHERE key = (SELECT number FROM keys WHERE id = ?1)
                AND last_four = ?2 AND state = 'pending'",
            &[short.id.as_str().into(), (&short.last_four).into()],
        )
    }

    /// Inserts a secret of the key with that number, as pending.
    pub(super) fn insert_secret(
        &self,
        number: i64,
        short: &ShortForm,
        hash: &SecretHash,
    ) -> Result<()> {
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
