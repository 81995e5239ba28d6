//! Whether a secret may be used: the steps of a verdict, for one as for a batch.

use crate::error::{Error, Kind, Result};
use crate::model::{Cost, Key, Refusal, Requirements, Span, Timestamp, Verdict, decide};
use crate::secret::{Memory, Remembered, Secret, SecretHash, Tag};
use crate::store::{ForVerify, Store, Use, Used};

/// A secret, and the key that it names, if there is one. Whether it is that key's secret
/// is yet to be seen.
pub(super) struct Claim {
    secret: Secret,
    named: Option<ForVerify>,
    /// What an unknown id costs.
    cost: Cost,
}

/// What was decided.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// The time it was decided for.
    pub(super) at: Timestamp,
    /// The key, for whoever holds its secret.
    found: Option<ForVerify>,
}

impl Claim {
    /// Looks the key up; none where the secret is another database's.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn look_up(
        secret: Secret,
        asked: &Requirements,
        store: &Store,
    ) -> Result<Option<Self>> {
        let settings = store.settings();
        if secret.short_form().prefix != settings.prefix {
            return Ok(None);
        }
        Ok(Some(Self {
            named: store.for_verify(&secret.short_form().id, asked)?,
            cost: settings.cost,
            secret,
        }))
    }

    /// The same, with the key as it is by now.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn again(self, asked: &Requirements, store: &Store) -> Result<Option<Self>> {
        Self::look_up(self.secret, asked, store)
    }

    /// Whether there is a key with the secret's id.
    pub(super) fn names_a_key(&self) -> bool {
        self.named.is_some()
    }

    /// What stands for the secret and the key's hash among those that were right.
    pub(super) fn tag(&self, known: &Remembered) -> Option<Tag> {
        let named = self.named.as_ref()?;
        Some(known.tag(&self.secret, &named.hash))
    }

    /// Whether the secret is the key's: one hash, in `memory`. An unknown id costs one, too,
    /// so that time doesn't tell it from a wrong secret.
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

    /// Decides whether it may be used at `now` for what is `asked`.
    ///
    /// # Errors
    /// When the clock is surely wrong.
    pub(super) fn judge(
        self,
        is_right: bool,
        asked: &Requirements,
        now: Timestamp,
    ) -> Result<Judged> {
        let Self { secret, named, .. } = self;
        // Wiped as soon as it has served: to write may take long.
        drop(secret);
        let Some(found) = named.filter(|named| is_right && !named.held.key.is_pending()) else {
            return Ok(Judged::refused(Refusal::Unknown, now));
        };
        check_clock(&found.held.key, now)?;
        Ok(Judged {
            verdict: decide(&found.held, asked, now),
            at: now,
            found: Some(found),
        })
    }
}

impl Judged {
    /// Refuses whoever doesn't hold a right secret, and tells nothing of any key.
    pub(super) fn refused(reason: Refusal, now: Timestamp) -> Self {
        Self {
            verdict: Verdict::Refused(reason),
            at: now,
            found: None,
        }
    }

    /// The key, for whoever holds its secret.
    pub(super) fn key(&self) -> Option<&Key> {
        self.found.as_ref().map(|found| &found.held.key)
    }

    /// What is to be recorded of it.
    pub(super) fn used(&self) -> Option<Used> {
        let kind = match self.verdict {
            Verdict::Accepted => Use::Accepted,
            Verdict::Refused(_) => Use::Refused,
        };
        self.found.as_ref().map(|found| Used {
            slot: found.slot,
            kind,
            at: self.at,
        })
    }
}

/// Refuses to decide by a clock that is surely wrong.
fn check_clock(key: &Key, now: Timestamp) -> Result<()> {
    if now.plus(Span::CLOCK_TOLERANCE) >= key.created_at {
        return Ok(());
    }
    let fact = format!(
        "the clock says {now}, but the key was created at {}",
        key.created_at
    );
    Err(Error::new(Kind::Clock, fact).hint("set the clock right, then try again"))
}
