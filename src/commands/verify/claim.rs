//! The steps from a secret to a decision, with or without --batch.

use crate::error::{Error, Kind, Result};
use crate::model::{
    Cost, Key, Refusal, Requirements, SecretState, Span, Timestamp, Verdict, decide,
};
use crate::secret::{Memory, Remembered, Secret, SecretHash, Tag};
use crate::store::{Clock, NewUse, Store, StoredSecret, Use};

/// A secret and the key that it names, if there is one. The claim that the secret is that key's
/// is not yet proven.
pub(super) struct Claim {
    secret: Secret,
    named: Option<StoredSecret>,
    /// The cost of the hash for an unknown id.
    cost: Cost,
    /// The clock of the database.
    clock: Clock,
    may_begin_uses: bool,
}

/// A decision on a secret.
pub(super) struct Decision {
    pub(super) verdict: Verdict,
    /// The time of the decision.
    pub(super) at: Timestamp,
    /// The key, if the secret is right.
    found: Option<StoredSecret>,
    may_begin_uses: bool,
}

impl Claim {
    /// Looks up the key. Returns none if the secret belongs to another database.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn look_up(
        secret: Secret,
        required: &Requirements,
        store: &Store,
    ) -> Result<Option<Self>> {
        if secret.short_form().prefix != store.settings().prefix {
            return Ok(None);
        }
        let named = store.find_secret(secret.short_form(), required)?;
        Self::of_found(secret, named, store).map(Some)
    }

    /// Returns the claim of a secret that was already looked up.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn of_found(
        secret: Secret,
        named: Option<StoredSecret>,
        store: &Store,
    ) -> Result<Self> {
        Ok(Self {
            named,
            cost: store.settings().cost,
            clock: store.clock(),
            may_begin_uses: store.may_begin_uses()?,
            secret,
        })
    }

    /// Looks up the key again.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn refresh(self, required: &Requirements, store: &Store) -> Result<Option<Self>> {
        Self::look_up(self.secret, required, store)
    }

    /// Returns whether there is a secret with this id and these last four characters.
    pub(super) fn names_a_key(&self) -> bool {
        self.named.is_some()
    }

    /// Returns the tag by which `remembered` knows the secret and the key's hash.
    pub(super) fn tag(&self, remembered: &Remembered) -> Option<Tag> {
        let named = self.named.as_ref()?;
        Some(remembered.tag(&self.secret, &named.hash))
    }

    /// Computes one hash in `memory`, and returns whether the secret is the key's. An unknown id
    /// costs a hash, too, so that it takes as long as a wrong secret.
    ///
    /// # Errors
    /// When the hash can't be computed.
    pub(super) fn is_right(&self, memory: &mut Memory) -> Result<bool> {
        Ok(match &self.named {
            Some(named) => named.hash.matches_in(&self.secret, memory)?,
            None => {
                SecretHash::spend(&self.secret, self.cost)?;
                false
            }
        })
    }

    /// Decides now whether the secret is accepted for what is `required`.
    ///
    /// # Errors
    /// [`Kind::Clock`] when the clock is certainly wrong.
    pub(super) fn decide(self, is_right: bool, required: &Requirements) -> Result<Decision> {
        // The time is read after every wait: the key may have expired.
        let now = self.clock.now();
        let Self { secret, named, .. } = self;
        // Wiped early, since writing the verdict may take long.
        drop(secret);
        let found = named.filter(|_| is_right);
        Decision::on(found, self.may_begin_uses, required, now)
    }
}

impl Decision {
    /// Decides at `now` whether the secret that was found, and is right, is accepted for what is
    /// `required`. A pending secret counts as not found.
    ///
    /// # Errors
    /// [`Kind::Clock`] when the clock is certainly wrong.
    pub(super) fn on(
        found: Option<StoredSecret>,
        may_begin_uses: bool,
        required: &Requirements,
        now: Timestamp,
    ) -> Result<Self> {
        let is_pending = |found: &StoredSecret| found.secret.state == SecretState::Pending;
        let Some(found) = found.filter(|found| !is_pending(found)) else {
            return Ok(Self::refused(Refusal::Unknown, now));
        };
        check_clock(&found.held.key, now)?;
        Ok(Self {
            verdict: decide(&found.held, &found.secret, required, now),
            at: now,
            found: Some(found),
            may_begin_uses,
        })
    }

    /// Returns the refusal of a caller without a right secret. It reveals nothing about a key.
    pub(super) fn refused(reason: Refusal, now: Timestamp) -> Self {
        Self {
            verdict: Verdict::Refused(reason),
            at: now,
            found: None,
            may_begin_uses: false,
        }
    }

    /// Returns the key with the state of the secret, if the secret is right.
    pub(super) fn found(&self) -> Option<(&Key, SecretState)> {
        let found = self.found.as_ref()?;
        Some((&found.held.key, found.secret.state_at(self.at)))
    }

    /// Returns the time from which the key is refused for the reason of the verdict, if it has
    /// such a time.
    fn refused_since(&self, found: &StoredSecret) -> Option<Timestamp> {
        let key = &found.held.key;
        match self.verdict {
            Verdict::Refused(Refusal::Inactive) => key.deactivated_at,
            Verdict::Refused(Refusal::Expired) => key.expires_at,
            Verdict::Refused(Refusal::Rotated) => found.secret.valid_until,
            _ => None,
        }
    }

    /// Returns the use to record, if the secret is right.
    pub(super) fn used(&self) -> Option<NewUse> {
        let kind = match self.verdict {
            Verdict::Accepted => Use::Accepted,
            Verdict::Refused(_) => Use::Refused,
        };
        self.found.as_ref().map(|found| NewUse {
            since: self.refused_since(found),
            may_begin: self.may_begin_uses,
            ..NewUse::new(found.secret.slot, kind, self.at)
        })
    }
}

/// Refuses to decide when the clock is certainly wrong.
///
/// # Errors
/// [`Kind::Clock`] when the key was created in the future by more than the tolerance.
pub(in crate::commands) fn check_clock(key: &Key, now: Timestamp) -> Result<()> {
    if now.plus(Span::CLOCK_TOLERANCE) >= key.created_at {
        return Ok(());
    }
    let fact = format!(
        "the clock says {now}, but the key was created at {}",
        key.created_at
    );
    Err(Error::new(Kind::Clock, fact).hint("set the clock, then try again"))
}
