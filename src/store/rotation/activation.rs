//! The change of a key's secrets when a new one becomes current.

use super::Rotation;
use crate::error::{Error, Kind, Result};
use crate::model::{Key, Secrets, ShortForm, Timestamp, Transition};
use crate::store::Write;

impl Write<'_> {
    /// Makes the pending secret `short` the key's current one. Returns the key. With a `rotation`,
    /// the secret that was current stays accepted during the overlap (the previous one instead, if
    /// the rotation replaces an unused secret), and the key gets the new expiry, if there is one.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`] when the secret is no longer there; [`Kind::NotPermitted`] when the
    /// operator may not do the rotation; and the errors of the database.
    pub(in crate::store) fn activate(
        &self,
        short: &ShortForm,
        rotation: Option<Rotation>,
    ) -> Result<Key> {
        let withdrawn = || {
            let fact = match rotation {
                None => "the key was deleted while its secret was delivered",
                Some(_) => "the secret was replaced, or its key deleted, while it was delivered",
            };
            Error::new(Kind::KeyNotFound, fact)
        };
        let (number, key) = self.key(&short.id).map_err(|error| match error.kind() {
            Kind::KeyNotFound => withdrawn(),
            _ => error,
        })?;
        let secrets = self.view().secrets(number)?;
        let pending = secrets
            .pending()
            .filter(|it| it.last_four == short.last_four);
        let pending = pending.ok_or_else(withdrawn)?;
        if let Some(rotation) = rotation {
            self.rights.check_rotation(&key, rotation.expires_at)?;
        }
        let now = self.now();
        self.apply(&transitions(&key, &secrets, pending.slot, rotation, now))?;
        if let Some(expires_at) = rotation.and_then(|rotation| rotation.expires_at) {
            self.set_column(
                &short.id,
                "expires_at",
                expires_at.map(Timestamp::unix).into(),
            )?;
        }
        let (_, key) = self.key(&short.id)?;
        Ok(key)
    }

    /// Returns the `key` with this number as it will be if its pending secret becomes current now,
    /// by the `rotation`, if any.
    pub(in crate::store) fn once_active(
        &self,
        mut key: Key,
        number: i64,
        rotation: Option<Rotation>,
    ) -> Result<Key> {
        let mut secrets = self.view().secrets(number)?;
        if let Some(pending) = secrets.pending() {
            let now = self.now();
            let transitions = transitions(&key, &secrets, pending.slot, rotation, now);
            secrets.apply(&transitions, now);
        }
        key.expires_at = rotation.map_or(key.expires_at, |rotation| rotation.expiry(&key));
        self.view().set_secrets(&mut key, &secrets)?;
        Ok(key)
    }

    /// Applies the `transitions` in order.
    pub(in crate::store) fn apply(&self, transitions: &[Transition]) -> Result<()> {
        for change in transitions {
            self.db.execute(
                "UPDATE secrets SET state = ?2, valid_until = ?3,
                        created_at = CASE state WHEN 'pending' THEN ?4 ELSE created_at END
                  WHERE slot = ?1",
                &[
                    change.slot.into(),
                    change.state.as_str().into(),
                    change.valid_until.map(Timestamp::unix).into(),
                    self.now().unix().into(),
                ],
            )?;
        }
        Ok(())
    }
}

/// Returns the transitions, in order, that make the pending secret in `slot` current at `now`.
fn transitions(
    key: &Key,
    secrets: &Secrets,
    slot: i64,
    rotation: Option<Rotation>,
    now: Timestamp,
) -> Vec<Transition> {
    let end = rotation.map_or(now, |rotation| rotation.end(key, now));
    match rotation {
        Some(Rotation {
            replaces_unused: true,
            ..
        }) => secrets.replace_current(slot, end, now),
        _ => secrets.activate(slot, end, now),
    }
}
