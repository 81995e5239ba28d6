//! A secret between its issue and its activation.

use super::{Access, NewKey, Store};
use crate::error::{Error, Kind, Result};
use crate::model::{Key, RequiredRight};
use crate::secret::SecretHash;

/// A secret that is stored and not usable, with the open database.
pub(crate) struct Pending {
    store: Store,
    key: Key,
}

impl Store {
    /// Stores a new key with its secret, which is pending.
    ///
    /// # Errors
    /// The errors of [`insert_pending`](Self::insert_pending).
    pub(crate) fn issue(mut self, new: &NewKey<'_>, hash: &SecretHash) -> Result<Pending> {
        let key = self.insert_pending(new, hash)?;
        Ok(Pending { store: self, key })
    }

    /// Opens the database again without a required right: the change to be undone was begun
    /// with the right, which may have been revoked since.
    fn reopen(self) -> Result<Self> {
        let Self {
            db,
            path,
            mut actor,
            ..
        } = self;
        // The connection may hold a lock.
        drop(db);
        actor.required = RequiredRight::Nothing;
        Self::open_as(&path, Access::Write, actor)
    }
}

impl Pending {
    /// Returns the key as it is while the secret is pending.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Activates the secret. `check` runs last, right before the commit, which waits for no
    /// lock.
    ///
    /// # Errors
    /// The errors of `check` and of the database; then the caller must
    /// [`withdraw`](Self::withdraw) the secret.
    pub(crate) fn activate(&mut self, mut check: impl FnMut() -> Result<()>) -> Result<()> {
        self.store.activate_pending(&self.key.short, &mut check)
    }

    /// Deletes the secret, and the key if it has no other secret. Opens the database again,
    /// since the connection on which the activation failed may be unusable.
    ///
    /// # Errors
    /// [`Kind::OutcomeUnknown`] when the secret became usable after all, and the errors of the
    /// database. In both cases the secret may still exist.
    pub(crate) fn withdraw(self) -> Result<()> {
        let Self { store, key } = self;
        let mut store = store.reopen()?;
        store.withdraw(&key.short)?;
        // The COMMIT that returned an error may have succeeded. A secret that is no longer
        // pending never becomes pending again.
        if store.has_secret(&key.short)? {
            let fact = "the secret became usable, though activating it failed";
            return Err(Error::new(Kind::OutcomeUnknown, fact));
        }
        Ok(())
    }
}
