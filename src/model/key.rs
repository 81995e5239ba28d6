//! A key: the record. It never holds the secret, nor its hash.

mod field;

pub use field::KeyField;

use super::{
    AppName, GroupName, KeyId, KeyName, LastUse, Meta, OverlapUses, Owner, Permission,
    PreviousSecret, SecretState, ShortForm, State, Status, Timestamp, UseRecord, UserName,
};

/// A key.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its short form, which includes its id.
    pub short: ShortForm,
    /// Its name.
    pub name: KeyName,
    /// Its description.
    pub description: Option<String>,
    /// Its state in the database.
    pub state: State,
    /// Its groups, sorted.
    pub groups: Vec<GroupName>,
    /// Its own permissions, in addition to those of its groups; sorted.
    pub permissions: Vec<Permission>,
    /// The user it belongs to.
    pub owner: Option<Owner>,
    /// The application it is for.
    pub application: Option<AppName>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The operator who created it.
    pub created_by: String,
    /// When `verify` last accepted it.
    pub last_used_at: Option<Timestamp>,
    /// Since when uses have been recorded; `None` if unknown.
    pub last_use_known_since: Option<Timestamp>,
    /// When `verify` last refused it in spite of the right secret.
    pub last_refused_at: Option<Timestamp>,
    /// When it expires: from then on `verify` refuses it.
    pub expires_at: Option<Timestamp>,
    /// When it was last deactivated, even if it is active again.
    pub deactivated_at: Option<Timestamp>,
    /// When its deactivation ends by itself; none if it doesn't.
    pub reactivates_at: Option<Timestamp>,
    /// Its metadata.
    pub meta: Meta,
    /// When its current secret replaced another one.
    pub rotated_at: Option<Timestamp>,
    /// The secret before the current one, or a cancelled one.
    pub previous: Option<PreviousSecret>,
    /// When `verify` last refused one of its secrets that had ended.
    pub ended_refused_at: Option<Timestamp>,
}

impl Key {
    /// Returns the key's id.
    pub fn id(&self) -> &KeyId {
        &self.short.id
    }

    /// Returns whether the key is pending: its `create` is still running or was killed.
    pub fn is_pending(&self) -> bool {
        self.state == State::Pending
    }

    /// Returns the key's state at `now`: a deactivation may have ended by itself.
    pub fn state_at(&self, now: Timestamp) -> State {
        match (self.state, self.reactivates_at) {
            (State::Inactive, Some(end)) if end <= now => State::Active,
            (state, _) => state,
        }
    }

    /// Returns when the key becomes active again by itself, if it is inactive at `now`.
    pub fn reactivation(&self, now: Timestamp) -> Option<Timestamp> {
        self.reactivates_at
            .filter(|_| self.state_at(now) == State::Inactive)
    }

    /// Returns whether the key has expired. A key that expires at `now` has.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= now)
    }

    /// Returns the key's status at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(
            self.state_at(now),
            self.expires_at,
            self.owner.as_ref(),
            now,
        )
    }

    /// Returns when the key was last used.
    pub fn last_use(&self) -> LastUse {
        self.use_record().last_use()
    }

    /// Returns when the key was last refused.
    pub fn last_refusal(&self) -> LastUse {
        let record = UseRecord {
            last: self.last_refused_at,
            ..self.use_record()
        };
        record.last_use()
    }

    /// Returns what the usage file has on the use of the key.
    pub fn use_record(&self) -> UseRecord {
        UseRecord {
            last: self.last_used_at,
            known_since: self.last_use_known_since,
            created_at: self.created_at,
        }
    }

    /// Returns the end of the overlap, if one is under way at `now`.
    pub fn overlap_end(&self, now: Timestamp) -> Option<Timestamp> {
        let previous = &self.previous.as_ref()?.secret;
        previous
            .valid_until
            .filter(|_| previous.state_at(now) == SecretState::Previous)
    }

    /// Returns whether its previous secret is no longer used; none where that can't be known,
    /// and without an overlap.
    pub fn is_drained(&self, now: Timestamp) -> Option<bool> {
        self.previous.as_ref()?.is_drained(now)
    }

    /// Returns whether its current secret was surely not used since it replaced the previous one.
    pub fn is_unused_since_rotation(&self) -> bool {
        let uses = self.previous.as_ref().and_then(|previous| previous.uses);
        uses.is_some_and(OverlapUses::is_current_unused)
    }

    /// Returns the name of the key's owner.
    pub fn owner_name(&self) -> Option<&UserName> {
        self.owner.as_ref().map(|owner| &owner.name)
    }
}

#[cfg(test)]
pub(super) mod tests;
