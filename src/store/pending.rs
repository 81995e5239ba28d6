//! A secret between its issue and its activation.

use super::actor::Actor;
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

    /// Opens the database again to undo what was begun with the right to it, which may have been
    /// taken away since.
    fn reopen(self) -> Result<Self> {
        let path = self.path.clone();
        let actor = Actor {
            need: RequiredRight::Nothing,
            ..self.actor.clone()
        };
        // It may hold a lock.
        drop(self);
        Self::open_as(&path, Access::Write, actor)
    }
}

impl Pending {
    /// Returns the key, as it is while the secret is pending.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Makes the secret usable. `check` is called at the last moment, when no lock is waited
    /// for any more.
    ///
    /// # Errors
    /// The errors of `check` and of the database; [`withdraw`](Self::withdraw) is due then.
    pub(crate) fn activate(&mut self, mut check: impl FnMut() -> Result<()>) -> Result<()> {
        self.store.finish_pending(&self.key.short, &mut check)
    }

    /// Deletes the secret, and the key if it has no other. The database is opened again: the
    /// connection on which activating the secret failed may be unusable.
    ///
    /// # Errors
    /// [`Kind::OutcomeUnknown`] when the secret became usable after all, and the errors of the
    /// database. The secret may be left then.
    pub(crate) fn withdraw(self) -> Result<()> {
        let Self { store, key } = self;
        let mut store = store.reopen()?;
        store.withdraw(&key.short)?;
        // A COMMIT that returned an error may have succeeded. A secret that is no longer
        // pending never becomes so again.
        if store.has_secret(&key.short)? {
            let fact = "the secret became usable, though activating it failed";
            return Err(Error::new(Kind::OutcomeUnknown, fact));
        }
        Ok(())
    }
}
