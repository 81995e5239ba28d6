//! A secret between its issue and its activation.

use super::{Access, NewKey, Rotation, Store};
use crate::error::{Error, Kind, Result};
use crate::model::{Key, RequiredRight, ShortForm};
use crate::secret::SecretHash;

/// A secret that is stored and not usable, with the open database.
pub(crate) struct Pending {
    store: Store,
    key: Key,
    short: ShortForm,
    /// The rotation of the secret; none for the first secret of a new key.
    rotation: Option<Rotation>,
}

impl Store {
    /// Stores a new key with its secret, which is pending.
    ///
    /// # Errors
    /// The errors of [`insert_pending`](Self::insert_pending).
    pub(crate) fn issue(mut self, new: &NewKey<'_>, hash: &SecretHash) -> Result<Pending> {
        let key = self.insert_pending(new, hash)?;
        Ok(Pending {
            store: self,
            short: key.short.clone(),
            key,
            rotation: None,
        })
    }

    /// Stores `short`, a new secret of an existing key, as pending.
    ///
    /// # Errors
    /// The errors of [`insert_rotation`](Self::insert_rotation).
    pub(crate) fn issue_rotation(
        mut self,
        short: &ShortForm,
        rotation: Rotation,
        hash: &SecretHash,
    ) -> Result<Pending> {
        let key = self.insert_rotation(short, rotation, hash)?;
        Ok(Pending {
            store: self,
            key,
            short: short.clone(),
            rotation: Some(rotation),
        })
    }

    /// Returns the pending secret `short`, which a process had delivered before it was killed.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`]; [`Kind::Policy`]; [`Kind::Rotating`] when the rotation would replace
    /// a secret that has been used in the meantime; and the errors of the database.
    pub(crate) fn resume_rotation(
        mut self,
        short: &ShortForm,
        rotation: Rotation,
    ) -> Result<Pending> {
        let key = self.write(|write| {
            let (_, key) = write.key(&short.id)?;
            rotation.check_resumed(&key, write.now())?;
            write.enforce_rotation(&key, rotation).map(|()| key)
        })?;
        Ok(Pending {
            store: self,
            key,
            short: short.clone(),
            rotation: Some(rotation),
        })
    }

    /// Opens the database again without a required right: the change to be undone was begun
    /// with a right that may have been revoked since.
    fn reopen(self) -> Result<Self> {
        let Self {
            db,
            place,
            mut actor,
            ..
        } = self;
        // The connection may hold a lock.
        drop(db);
        actor.required = RequiredRight::Nothing;
        Self::open_at(&place, Access::Write, actor)
    }
}

impl Pending {
    /// Returns the key as it will be once the secret is usable.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Activates the secret. Returns its key. `check` runs immediately before the commit, which
    /// waits for no lock.
    ///
    /// # Errors
    /// The errors of `check` and of the database. After an error the caller must
    /// [`withdraw`](Self::withdraw) the secret.
    pub(crate) fn activate(&mut self, mut check: impl FnMut() -> Result<()>) -> Result<Key> {
        self.store
            .activate_pending(&self.short, self.rotation, &mut check)
    }

    /// Deletes the secret, and the key if it has no other secret. Opens the database again,
    /// since the connection on which the activation failed may be unusable.
    ///
    /// # Errors
    /// [`Kind::OutcomeUnknown`] when the secret became usable after all, and the errors of the
    /// database. In both cases the secret may still exist.
    pub(crate) fn withdraw(self) -> Result<()> {
        let Self { store, short, .. } = self;
        let mut store = store.reopen()?;
        store.withdraw(&short)?;
        // The COMMIT that returned an error may have succeeded. A secret that is no longer
        // pending never becomes pending again.
        if store.has_secret(&short)? {
            let fact = "the secret became usable, though activating it failed";
            return Err(Error::new(Kind::OutcomeUnknown, fact));
        }
        Ok(())
    }
}
