//! The shared secret, in `keys.db.shared-secret` next to the database. It is in no table and
//! in no backup, and accessible only to the owner.
//!
//! The first line is the current secret. After a rotation with an overlap, the second line is the
//! previous secret, a space, and until when it is valid (RFC 3339). The file is replaced while
//! the database is locked exclusively: concurrent commands take effect one after the other, and
//! once the file is replaced, no reader's lock can block the commit of the log entry.

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
use file::{encoded, read, replace};

impl Store {
    /// Returns the path of the shared secret's file.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] when the database is on a server.
    pub(crate) fn shared_secret_path(&self) -> Result<PathBuf> {
        let no_file = |_| {
            let fact = "a shared secret can't be kept with a database on a server";
            Error::new(Kind::InvalidInput, fact)
                .hint("it is in a file next to a database in a file: name one with --db PATH")
        };
        Ok(sidecar::path(
            self.file().map_err(no_file)?,
            ".shared-secret",
        ))
    }

    /// Returns the shared secret and the previous one, if there is one.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no shared secret, and the errors of reading its file.
    pub(crate) fn shared_secret(&self) -> Result<SharedSecrets> {
        read(&self.shared_secret_path()?)?.ok_or_else(no_shared_secret)
    }

    /// Stores the first shared secret.
    ///
    /// # Errors
    /// [`Kind::Exists`] when there is a shared secret already, and the errors of replacing it.
    pub(crate) fn create_shared_secret(&mut self, new: &SharedSecret) -> Result<()> {
        self.replace_shared_secret(LogAction::SharedSecretCreate, &json!({}), |old| match old {
            Some(_) => Err(Error::new(Kind::Exists, "there is a shared secret already").hint(
                "print it with `apikey shared-secret show`, or replace it with `apikey shared-secret rotate`",
            )),
            None => Ok(Some(SharedSecrets {
                current: new.clone(),
                previous: None,
            })),
        })
        .map(drop)
    }

    /// Replaces the shared secret. The old one stays valid until `until`, if given; otherwise it is
    /// removed. Returns the old content of the file.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no shared secret, and the errors of replacing it.
    pub(crate) fn rotate_shared_secret(
        &mut self,
        new: &SharedSecret,
        until: Option<Timestamp>,
    ) -> Result<Option<SharedSecrets>> {
        let details = json!({"previous_until": until.map(|until| until.to_string())});
        self.replace_shared_secret(LogAction::SharedSecretRotate, &details, |old| {
            let old = old.ok_or_else(no_shared_secret)?;
            Ok(Some(SharedSecrets {
                current: new.clone(),
                previous: until.map(|until| (old.current, until)),
            }))
        })
    }

    /// Deletes the shared secret.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no shared secret, and the errors of replacing it.
    pub(crate) fn delete_shared_secret(&mut self) -> Result<()> {
        self.replace_shared_secret(LogAction::SharedSecretDelete, &json!({}), |old| {
            old.map(|_| None).ok_or_else(no_shared_secret)
        })
        .map(drop)
    }

    /// Restores `old`, the content of the file before `new`, whose delivery failed.
    ///
    /// # Errors
    /// [`Kind::OutcomeUnknown`] when another command has replaced `new` and may have delivered its
    /// own secret, which stays; and the errors of replacing the shared secret.
    pub(crate) fn withdraw_shared_secret(
        &mut self,
        new: &SharedSecret,
        old: Option<&SharedSecrets>,
    ) -> Result<()> {
        // The right was checked when the secret was stored.
        self.actor.required = RequiredRight::Nothing;
        self.replace_shared_secret(LogAction::SharedSecretWithdraw, &json!({}), |now| {
            let is_new = |now: &SharedSecrets| now.current.equals(new);
            if now.as_ref().is_some_and(is_new) {
                Ok(old.cloned())
            } else {
                Err(Error::new(
                    Kind::OutcomeUnknown,
                    "another command has replaced the shared secret since",
                ))
            }
        })
        .map(drop)
    }

    /// Replaces the content of the file by the result of `change`. Returns the old content.
    ///
    /// # Errors
    /// The errors of `change`, of the database and of the file, after which nothing is changed; and
    /// [`Kind::OutcomeUnknown`] if it is unknown what the file contains or whether the log has the
    /// entry.
    fn replace_shared_secret(
        &mut self,
        action: LogAction,
        details: &Value,
        mut change: impl FnMut(Option<SharedSecrets>) -> Result<Option<SharedSecrets>>,
    ) -> Result<Option<SharedSecrets>> {
        let path = self.shared_secret_path()?;
        let db = self.file()?.to_owned();
        let mut replaced = None;
        let done = self.write_alone(|write| {
            let old = read(&path)?;
            let new = change(old.clone())?;
            write.log(action, details)?;
            if let Err(error) = replace(&db, &path, new.as_ref()) {
                restore(&db, &path, old.as_ref())?;
                return Err(cannot_write(&path, error));
            }
            replaced = Some((new, old.clone()));
            Ok(old)
        });
        match (done, replaced) {
            // The change is not in the log, so it must not have an effect.
            (Err(error), Some((new, old))) if error.kind() != Kind::OutcomeUnknown => {
                self.actor.required = RequiredRight::Nothing;
                self.write_alone(|_| {
                    if encoded(read(&path)?.as_ref()) == encoded(new.as_ref()) {
                        restore(&db, &path, old.as_ref())
                    } else {
                        // Another command has replaced the file in between, and its content
                        // stays.
                        Ok(())
                    }
                })
                .map_err(|_| outcome_unknown(&path))?;
                Err(error)
            }
            (done, _) => done,
        }
    }
}

/// Restores the content `old`, unless the file still has it.
fn restore(db: &Path, path: &Path, old: Option<&SharedSecrets>) -> Result<()> {
    let has_old = read(path).is_ok_and(|now| encoded(now.as_ref()) == encoded(old));
    if has_old || replace(db, path, old).is_ok() {
        return Ok(());
    }
    Err(outcome_unknown(path))
}

fn no_shared_secret() -> Error {
    Error::new(Kind::NotFound, "there is no shared secret yet")
        .hint("create one with `apikey shared-secret create`")
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    let fact = format!("can't write {}: {error}", path.display());
    let cannot = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            denied::creating(path).map_or_else(|| not_permitted(fact), Error::from)
        }
        _ => Error::new(Kind::Io, fact).hint("nothing was changed"),
    };
    cannot.caused_by(error)
}

fn outcome_unknown(path: &Path) -> Error {
    let fact = "it is unknown which shared secret is valid: the change failed halfway";
    Error::new(Kind::OutcomeUnknown, fact).hint(format!(
        "check with `apikey shared-secret show`, which prints the content of {}",
        path.display()
    ))
}
