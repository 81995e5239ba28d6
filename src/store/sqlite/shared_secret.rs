//! The shared secret: `keys.db.shared-secret` next to the database, in no table
//! and in no backup, open to the owner alone.
//!
//! Its first line is the secret. After a rotation with an overlap, its second is
//! the previous one, a space, and the instant (RFC 3339) until which it counts.
//! It is replaced whole while the database is locked, for readers too: of two
//! commands at once one comes after the other, and no reader's lock can refuse
//! the log entry of what is done already.

mod file;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::model::{LogAction, RequiredRight, Timestamp};
use crate::secret::SharedSecret;
use crate::store::Store;
use crate::store::errors::not_permitted;
use crate::store::sqlite::sidecar;
pub(crate) use file::SharedSecrets;
use file::{encoded, put, read};

impl Store {
    /// Where the shared secret is kept.
    pub(crate) fn shared_secret_path(&self) -> PathBuf {
        sidecar::path(&self.path, ".shared-secret")
    }

    /// The shared secret.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub(crate) fn shared_secret(&self) -> Result<SharedSecrets> {
        read(&self.shared_secret_path())?.ok_or_else(none_yet)
    }

    /// Stores the first shared secret.
    ///
    /// # Errors
    /// [`Kind::Exists`] when there is one.
    pub(crate) fn create_shared_secret(&mut self, new: &SharedSecret) -> Result<()> {
        self.replace_shared_secret(LogAction::SharedSecretCreate, &json!({}), |old| match old {
            Some(_) => Err(Error::new(Kind::Exists, "there is a shared secret already").hint(
                "print it with `apikey shared-secret show`, or make a new one with `apikey shared-secret rotate`",
            )),
            None => Ok(Some(SharedSecrets {
                current: new.clone(),
                previous: None,
            })),
        })
        .map(drop)
    }

    /// Stores a new shared secret in the place of the one there is, which counts
    /// until `until`; returns what there was.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub(crate) fn rotate_shared_secret(
        &mut self,
        new: &SharedSecret,
        until: Option<Timestamp>,
    ) -> Result<Option<SharedSecrets>> {
        let details = json!({"previous_until": until.map(|until| until.to_string())});
        self.replace_shared_secret(LogAction::SharedSecretRotate, &details, |old| {
            let old = old.ok_or_else(none_yet)?;
            Ok(Some(SharedSecrets {
                current: new.clone(),
                previous: until.map(|until| (old.current, until)),
            }))
        })
    }

    /// Deletes the shared secret.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub(crate) fn delete_shared_secret(&mut self) -> Result<()> {
        self.replace_shared_secret(LogAction::SharedSecretDelete, &json!({}), |old| {
            old.map(|_| None).ok_or_else(none_yet)
        })
        .map(drop)
    }

    /// Puts back what there was before `new`, which could not be handed over.
    ///
    /// # Errors
    /// [`Kind::OutcomeUnknown`] when another came in the place of `new` since: its
    /// own was handed over, and stays.
    pub(crate) fn withdraw_shared_secret(
        &mut self,
        new: &SharedSecret,
        old: Option<SharedSecrets>,
    ) -> Result<()> {
        // Leave was given when it was stored.
        self.actor.required = RequiredRight::Nothing;
        self.replace_shared_secret(LogAction::SharedSecretWithdraw, &json!({}), |now| {
            let is_new = |now: &SharedSecrets| now.current.equals(new);
            if now.as_ref().is_some_and(is_new) {
                Ok(old)
            } else {
                Err(Error::new(
                    Kind::OutcomeUnknown,
                    "another shared secret came in its place since",
                ))
            }
        })
        .map(drop)
    }

    /// Replaces the file by what `change` makes of its content, and returns that
    /// content as it was before.
    fn replace_shared_secret(
        &mut self,
        action: LogAction,
        details: &Value,
        change: impl FnOnce(Option<SharedSecrets>) -> Result<Option<SharedSecrets>>,
    ) -> Result<Option<SharedSecrets>> {
        let path = self.shared_secret_path();
        let db = self.path.clone();
        let mut put_there = None;
        let done = self.write_alone(|write| {
            let old = read(&path)?;
            let new = change(old.clone())?;
            write.log(action, details)?;
            if let Err(fault) = put(&db, &path, new.as_ref()) {
                put_back(&db, &path, old.as_ref())?;
                return Err(cannot_write(&path, fault));
            }
            put_there = Some((new, old.clone()));
            Ok(old)
        });
        match (done, put_there) {
            // Nothing is logged, so nothing is to have happened.
            (Err(error), Some((new, old))) if error.kind() != Kind::OutcomeUnknown => {
                self.actor.required = RequiredRight::Nothing;
                self.write_alone(|_| {
                    if encoded(read(&path)?.as_ref()) == encoded(new.as_ref()) {
                        put_back(&db, &path, old.as_ref())
                    } else {
                        // Another command came in between, and its own stays.
                        Ok(())
                    }
                })
                .map_err(|_| unknown(&path))?;
                Err(error)
            }
            (done, _) => done,
        }
    }
}

/// Makes the file hold `old` again, where it doesn't yet.
fn put_back(db: &Path, path: &Path, old: Option<&SharedSecrets>) -> Result<()> {
    let holds_old = read(path).is_ok_and(|now| encoded(now.as_ref()) == encoded(old));
    if holds_old || put(db, path, old).is_ok() {
        return Ok(());
    }
    Err(unknown(path))
}

fn none_yet() -> Error {
    Error::new(Kind::NotFound, "there is no shared secret yet")
        .hint("make one with `apikey shared-secret create`")
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    let fact = format!("{} can't be written: {error}", path.display());
    let cannot = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            denied::creating(path).map_or_else(|| not_permitted(fact), Error::from)
        }
        _ => Error::new(Kind::Io, fact).hint("nothing was changed"),
    };
    cannot.caused_by(error)
}

fn unknown(path: &Path) -> Error {
    let fact = "it is unknown which shared secret counts: the change failed halfway";
    Error::new(Kind::OutcomeUnknown, fact).hint(format!(
        "see what `apikey shared-secret show` prints; it is what is in {}",
        path.display()
    ))
}
