//! The states of the secrets that a scan finds.

use std::collections::BTreeMap;

use super::Session;
use crate::commands::verify::check_clock;
use crate::error::{Error, Result};
use crate::model::{LONGEST_SHOWN, Leak, LeakState, Prefix, ShortForm, shortened};
use crate::secret::{Memory, Occurrence, Remembered, Secret, SecretHash, redact};
use crate::store::{Access, HashSlots, LeakedSecret, StoredSecret, Trace};

/// A place where a secret was found.
pub(super) struct Place {
    /// The path, as it is printed and logged.
    pub(super) path: String,
    pub(super) occurrence: Occurrence,
}

/// Finds out the states of secrets. Hashes each secret at most once, while it has no lock on the
/// database.
pub(super) struct Tracer<'a> {
    session: &'a Session,
    prefix: Prefix,
    slots: HashSlots,
    memory: Memory,
    right: Remembered,
    wrong: Remembered,
    /// The live secrets by short form, each with the first place.
    live: BTreeMap<String, LeakedSecret>,
    /// The first error that left the state of a secret unknown.
    undecided: Option<Error>,
}

/// The results of a search.
pub(super) struct Traced {
    /// The live secrets, each with the first place.
    pub(super) live: Vec<LeakedSecret>,
    /// The first error that left the state of a secret unknown.
    pub(super) undecided: Option<Error>,
}

/// A state, and the name of the key if it is known.
type Answer = (LeakState, Option<String>);

impl<'a> Tracer<'a> {
    /// Returns a tracer for a database with `prefix`.
    pub(super) fn new(prefix: Prefix, session: &'a Session) -> Result<Self> {
        Ok(Self {
            session,
            prefix,
            slots: HashSlots::new(session.location()?),
            memory: Memory::default(),
            right: Remembered::new()?,
            wrong: Remembered::new()?,
            live: BTreeMap::new(),
            undecided: None,
        })
    }

    /// Returns the results of all calls of [`Tracer::trace`].
    pub(super) fn into_traced(self) -> Traced {
        Traced {
            live: self.live.into_values().collect(),
            undecided: self.undecided,
        }
    }

    /// Returns the states of the secrets, in the same order. A secret whose key can't be decided on
    /// is left out, with a warning: the other ones must not depend on it.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn trace(&mut self, places: &[Place]) -> Result<Vec<Leak>> {
        let secrets = places.iter().map(|place| &place.occurrence.secret);
        let mut answers: BTreeMap<&str, Result<Answer>> = BTreeMap::new();
        let mut own = Vec::new();
        for secret in secrets {
            let other = Ok((LeakState::OtherDatabase, None));
            if answers.insert(secret.expose(), other).is_none()
                && secret.short_form().prefix == self.prefix
            {
                own.push(secret);
            }
        }
        for (secret, trace) in own.iter().zip(self.look_up(&own)?) {
            answers.insert(secret.expose(), self.answer(secret, trace));
        }
        let mut leaks = Vec::with_capacity(places.len());
        for place in places {
            let Place { path, occurrence } = place;
            let short = occurrence.secret.short_form();
            let answer = answers.get(occurrence.secret.expose()).cloned();
            let (state, name) = match answer.unwrap_or(Ok((LeakState::Unknown, None))) {
                Ok(answer) => answer,
                Err(error) => {
                    self.warn(place, &error);
                    self.undecided.get_or_insert(error);
                    continue;
                }
            };
            if state == LeakState::Live {
                let leaked = || LeakedSecret {
                    short: short.clone(),
                    path: path.clone(),
                    line: occurrence.line,
                };
                self.live.entry(short.to_string()).or_insert_with(leaked);
            }
            leaks.push(Leak {
                path: path.clone(),
                line: occurrence.line,
                column: occurrence.column,
                state,
                name,
                short: short.clone(),
            });
        }
        Ok(leaks)
    }

    /// Warns that the secret at `place` has no state.
    fn warn(&self, place: &Place, error: &Error) {
        let Occurrence {
            line,
            column,
            secret,
        } = &place.occurrence;
        let (path, short) = (shortened(&place.path, LONGEST_SHOWN), secret.short_form());
        let warning = format!("can't check {short} in {path}:{line}:{column}: {error}");
        self.session.output.warning(&warning);
    }

    /// Looks up the secrets, and closes the database.
    fn look_up(&self, secrets: &[&Secret]) -> Result<Vec<Trace>> {
        if secrets.is_empty() {
            return Ok(Vec::new());
        }
        let found: Vec<&ShortForm> = secrets.iter().map(|secret| secret.short_form()).collect();
        self.session.open(Access::Read)?.trace(&found)
    }

    /// Returns the state of a secret.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) for a damaged hash,
    /// [`Kind::OutOfMemory`](crate::error::Kind::OutOfMemory), and
    /// [`Kind::Clock`](crate::error::Kind::Clock) when the clock is certainly wrong.
    fn answer(&mut self, secret: &Secret, trace: Trace) -> Result<Answer> {
        Ok(match trace {
            Trace::Deleted(name) => {
                let name = name.map(|name| redact(&name).into_owned());
                (LeakState::Deleted, name)
            }
            Trace::Stored(stored) if self.is_right(secret, &stored.hash)? => {
                let StoredSecret { held, secret, .. } = *stored;
                let now = self.session.current_time();
                check_clock(&held.key, now)?;
                let state = LeakState::of(&held.key, &secret, now);
                (state, Some(held.key.name.as_str().to_owned()))
            }
            Trace::Stored(_) | Trace::Unknown => (LeakState::Unknown, None),
        })
    }

    /// Returns whether `hash` is the hash of `secret`. Waits for a hash slot, as `verify` does.
    fn is_right(&mut self, secret: &Secret, hash: &SecretHash) -> Result<bool> {
        let tag = self.right.tag(secret, hash);
        if self.right.holds(tag) {
            return Ok(true);
        }
        if self.wrong.holds(tag) {
            return Ok(false);
        }
        let slot = self.slots.wait();
        let is_right = hash.matches_in(secret, &mut self.memory)?;
        drop(slot);
        if is_right {
            self.right.add(tag);
        } else {
            self.wrong.add(tag);
        }
        Ok(is_right)
    }
}
