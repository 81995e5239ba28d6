//! Rotations: a new secret for a key, and the end of the overlap.

mod activation;

use serde_json::{Value, json};

use super::keys::names::check_delivered;
use super::{Changed, Store, Write, check_in_future};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Change, Facts, Key, KeyRef, LogAction, RotationConflict, SecretState, Secrets, ShortForm, Span,
    Timestamp,
};
use crate::secret::SecretHash;

/// The options of a rotation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotation {
    /// How long the current secret is still accepted.
    pub(crate) overlap: Span,
    /// The new expiry of the key, if the rotation changes it; the inner none is never.
    pub(crate) expires_at: Option<Option<Timestamp>>,
    /// Whether a current secret that was never used is replaced during an overlap, because its
    /// file was lost. The previous secret then stays.
    pub(crate) replaces_unused: bool,
}

impl Rotation {
    /// Returns the key's expiry after the rotation.
    fn expiry(self, key: &Key) -> Option<Timestamp> {
        self.expires_at.unwrap_or(key.expires_at)
    }

    /// Returns the end of the overlap that begins at `now`: never beyond the key's expiry.
    pub(crate) fn end(self, key: &Key, now: Timestamp) -> Timestamp {
        let end = now.plus(self.overlap);
        self.expiry(key).map_or(end, |expiry| expiry.min(end))
    }

    /// Checks that the rotation can begin at `now`. Returns the pending secret that it replaces.
    ///
    /// # Errors
    /// [`Kind::Pending`], [`Kind::Rotating`]; [`Kind::NotRotating`] when the key has expired and
    /// gets no new expiry.
    fn check(self, key: &Key, secrets: &Secrets, now: Timestamp) -> Result<Option<ShortForm>> {
        check_delivered(key)?;
        let has_expired = self.expiry(key).is_some_and(|expiry| expiry <= now);
        if has_expired {
            let fact = format!(
                "the key \"{}\" has expired, so its new secret would be refused",
                key.name
            );
            return Err(Error::new(Kind::NotRotating, fact)
                .hint("give it a new expiry with --expires WHEN"));
        }
        let pending = secrets
            .check_rotation(
                self.overlap,
                self.replaces_unused && key.is_unused_since_rotation(),
                now,
            )
            .map_err(|conflict| rotation_conflict(key, conflict))?;
        Ok(pending.map(|pending| ShortForm {
            last_four: pending.last_four.clone(),
            ..key.short.clone()
        }))
    }

    /// Returns the facts that the rotation sets.
    fn facts(self) -> Facts<'static> {
        Facts {
            expires_at: self.expires_at,
            overlap: (self.overlap.seconds() > 0).then_some(self.overlap),
            ..Facts::default()
        }
    }

    /// Refuses to resume at `now` a rotation that would end a secret in use.
    ///
    /// # Errors
    /// [`Kind::Rotating`] when the current secret of an overlap is to be replaced, and has been
    /// used.
    pub(super) fn check_resumed(self, key: &Key, now: Timestamp) -> Result<()> {
        match key.overlap_end(now) {
            Some(end) if self.replaces_unused && !key.is_unused_since_rotation() => {
                Err(rotation_conflict(key, RotationConflict::Overlap(end)))
            }
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Returns the key that the user wants to rotate, if it can be rotated now.
    ///
    /// # Errors
    /// The errors of [`insert_rotation`](Self::insert_rotation).
    pub(crate) fn find_to_rotate(&self, wanted: &KeyRef, rotation: Rotation) -> Result<Key> {
        let (number, key) = self.view().find(wanted)?;
        self.rights.check_rotation(&key, rotation.expires_at)?;
        rotation.check(&key, &self.view().secrets(number)?, self.now())?;
        // Judged before the prompts and before a file is prepared, and again with the change.
        self.judge(&rotation.facts())?;
        Ok(key)
    }

    /// Refuses an operator who may not rotate the key with the id of `short`.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], [`Kind::NotPermitted`], and the errors of the database.
    pub(crate) fn check_may_rotate(&self, short: &ShortForm) -> Result<()> {
        let (_, key) = self.view().by_id(&short.id)?;
        Ok(self.rights.check_rotation(&key, None)?)
    }

    /// Inserts a new secret of a key, which is pending until it is delivered. It replaces a pending
    /// secret that was left over.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], [`Kind::NotPermitted`], [`Kind::InvalidInput`] for an expiry in the
    /// past; the errors of [`Rotation::check`], when the rotation can't begin, and of
    /// [`Write::enforce`]; and the errors of the database.
    pub(super) fn insert_rotation(
        &mut self,
        short: &ShortForm,
        rotation: Rotation,
        hash: &SecretHash,
    ) -> Result<Key> {
        self.write(|write| {
            let (number, key) = write.key(&short.id)?;
            write.rights.check_rotation(&key, rotation.expires_at)?;
            // The expiry is checked again: it may have passed during the wait for the lock.
            check_in_future(rotation.expires_at.flatten(), write.now())?;
            let secrets = write.view().secrets(number)?;
            if let Some(replaced) = rotation.check(&key, &secrets, write.now())? {
                write.delete_pending(&replaced)?;
                write.log_key(LogAction::HandOverFailed, &key, json!({"deleted": false}))?;
            }
            write.enforce_rotation(&key, rotation)?;
            write.insert_secret(number, short, hash)?;
            let mut details = json!({"overlap": rotation.overlap.seconds()});
            if let Some(expires_at) = rotation.expires_at {
                details["expires_at"] = json!(expires_at.map(|at| at.to_string()));
            }
            write.log_key(LogAction::Key(Change::Rotate), &key, details)?;
            write.once_active(key, number, Some(rotation))
        })
    }

    /// Cancels the rotation that made the secret `short` current, because the secret could not be
    /// kept where it was delivered.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`]; [`Kind::NotRotating`] when the secret is no longer current, or the
    /// overlap is over; and the errors of the database.
    pub(crate) fn undo_rotation(&mut self, short: &ShortForm) -> Result<()> {
        self.complete(|write| {
            let (number, key) = write.key(&short.id)?;
            if key.short != *short {
                return Err(rotation_conflict(&key, RotationConflict::NotRotating));
            }
            let details = write.cancel(number, &key)?;
            write.log_key(LogAction::Key(Change::CancelRotation), &key, details)
        })
    }

    /// Returns the key whose rotation is to be cancelled, if one is under way.
    ///
    /// # Errors
    /// The errors of [`cancel_rotation`](Self::cancel_rotation).
    pub(crate) fn find_to_cancel(&self, wanted: &KeyRef) -> Result<Key> {
        let (number, key) = self.view().find(wanted)?;
        self.rights.check_change(&key, Change::CancelRotation)?;
        check_delivered(&key)?;
        let cancelled = self.view().secrets(number)?.cancel(self.now());
        cancelled.map_err(|conflict| rotation_conflict(&key, conflict))?;
        Ok(key)
    }

    /// Makes the previous secret of a key current again, and ends the current one.
    ///
    /// # Errors
    /// [`Kind::NotRotating`] when no overlap is under way; [`Kind::KeyNotFound`],
    /// [`Kind::NotPermitted`], [`Kind::Pending`], and the errors of the database.
    pub(crate) fn cancel_rotation(&mut self, wanted: &KeyRef) -> Result<Changed> {
        self.change(wanted, Change::CancelRotation, |write, key| {
            check_delivered(key)?;
            let (number, _) = write.key(key.id())?;
            write.cancel(number, key).map(Some)
        })
    }
}

impl Write<'_> {
    /// Judges the facts that a rotation sets. A rotation without an overlap, which a leaked secret
    /// needs, is never refused unless it sets an expiry.
    pub(super) fn enforce_rotation(&self, key: &Key, rotation: Rotation) -> Result<()> {
        if let Some(at) = rotation.expires_at {
            self.enforce_expiry(key, at)?;
        }
        match rotation.facts().overlap {
            Some(_) => self.enforce(&key.name, &rotation.facts(), None),
            None => Ok(()),
        }
    }

    /// Makes the previous secret of the key with this number current again, and ends the current
    /// one. Returns the details for the log.
    fn cancel(&self, number: i64, key: &Key) -> Result<Value> {
        let cancelled = self.view().secrets(number)?.cancel(self.now());
        self.apply(&cancelled.map_err(|conflict| rotation_conflict(key, conflict))?)?;
        Ok(json!({"ended": key.short.to_string(), "current": previous(key)}))
    }
}

/// Returns the short form of the secret whose state in the database is previous.
pub(super) fn previous(key: &Key) -> Option<String> {
    let previous = key.previous.as_ref();
    let is_previous = |state| state == SecretState::Previous;
    let previous = previous.filter(|previous| is_previous(previous.secret.state));
    previous.map(|previous| previous.short.to_string())
}

/// Returns the error for a conflict with the rotation of `key`.
fn rotation_conflict(key: &Key, conflict: RotationConflict) -> Error {
    let name = &key.name;
    match conflict {
        RotationConflict::Overlap(end) => Error::new(
            Kind::Rotating,
            format!(
                "the key \"{name}\" is being rotated: its previous secret is accepted until {end}"
            ),
        )
        .hint(format!(
            "end the overlap with `apikey finish-rotation {name}`; a leaked secret is replaced at \
             once with `apikey rotate {name} --overlap 0s`"
        )),
        RotationConflict::Delivery(since) => Error::new(
            Kind::Rotating,
            format!("a new secret of the key \"{name}\" has been under delivery since {since}"),
        )
        .hint("wait until it is delivered; one that was left over is replaced after 15 minutes"),
        RotationConflict::NotRotating => Error::new(
            Kind::NotRotating,
            format!("the key \"{name}\" has no rotation under way"),
        )
        .hint(format!(
            "see `apikey show {name}`; an overlap that has ended can't be cancelled"
        )),
    }
}
