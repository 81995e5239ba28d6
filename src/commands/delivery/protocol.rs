//! The steps from a pending secret to a usable secret.

use zeroize::Zeroizing;

use super::interruption::Interruption;
use crate::error::Result;
use crate::handover::{Issued, Target};
use crate::model::Key;
use crate::store::Pending;

/// Delivers `shown`, which holds the pending secret, to `target` and makes the secret usable.
/// Returns its key.
///
/// # Errors
/// [`NotHandedOver`](crate::error::Kind::NotHandedOver) and
/// [`Interrupted`](crate::error::Kind::Interrupted) when nothing was issued;
/// [`OutcomeUnknown`](crate::error::Kind::OutcomeUnknown) when that is uncertain.
pub(in crate::commands) fn deliver(
    issued: Issued,
    mut pending: Pending,
    mut target: Target,
    shown: Zeroizing<Vec<u8>>,
    interruption: &Interruption,
) -> Result<Key> {
    let delivered = target.deliver(&shown, interruption.signals());
    // Wiped before the next step, which may wait for a lock.
    drop(shown);
    if let Err(error) = delivered {
        let left = target.take_back(issued);
        return Err(match pending.withdraw() {
            Ok(()) => {
                issued.not_delivered(error, left.unwrap_or_else(|| target.failure_hint(issued)))
            }
            Err(withdrawal) => issued.not_withdrawn(&error, withdrawal),
        });
    }
    let activated = pending.activate(|| {
        interruption.check()?;
        target.check_still_there()
    });
    let error = match activated {
        Ok(key) => {
            target.keep();
            return Ok(key);
        }
        Err(error) => error,
    };
    Err(match pending.withdraw() {
        Ok(()) => issued.not_activated(error, target.take_back(issued)),
        Err(_) => {
            // The secret may be usable, so the recipient keeps it.
            target.keep();
            issued.unknown(error)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::clock::now;
    use crate::config::{self, Location};
    use crate::error::{Error, Kind};
    use crate::model::{Edit, RequiredRight, Selection, Status};
    use crate::prompt::Prompt;
    use crate::secret::{Secret, SecretHash};
    use crate::store::{Access, EditRequest, NewKey, Settings, Store};

    /// A pending key, and a file that is prepared for its secret.
    struct Prepared {
        directory: tempfile::TempDir,
        pending: Pending,
        target: Target,
        secret: Secret,
    }

    fn location(db: &Path) -> Location {
        config::database(Some(db)).unwrap()
    }

    impl Prepared {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().canonicalize().unwrap().join("keys.db");
            let store = Store::create(
                &location(&path),
                Settings::default(),
                None,
                RequiredRight::Manage,
            );
            let store = store.unwrap();
            let id = store.generate_id().unwrap();
            let secret = Secret::generate(&store.settings().prefix, &id).unwrap();
            let file = directory.path().join("file");
            let target = Target::file(&file, "unused", &secret).unwrap();
            let (name, group) = ("a".parse().unwrap(), "readonly".parse().unwrap());
            let new = NewKey {
                short: secret.short_form().clone(),
                name: &name,
                description: None,
                groups: &[group],
                permissions: &[],
                owner: None,
                application: None,
                expires_at: None,
                meta: crate::model::Meta::default(),
            };
            let hash = SecretHash::from_stored("none".to_owned());
            let pending = store.issue(&new, &hash).unwrap();
            Self {
                directory,
                pending,
                target,
                secret,
            }
        }

        fn db(&self) -> PathBuf {
            self.directory
                .path()
                .canonicalize()
                .unwrap()
                .join("keys.db")
        }

        /// Delivers the secret. Returns the outcome, the content of the file and the status of
        /// the key.
        fn deliver(self) -> (Result<Key>, Option<String>, Option<Option<Status>>) {
            let (db, file) = (self.db(), self.directory.path().join("file"));
            let prompt = Prompt {
                no_input: true,
                yes: false,
            };
            let interruption = Interruption::hold(None, prompt);
            let shown = self.secret.line();
            let outcome = deliver(Issued::Key, self.pending, self.target, shown, &interruption);
            (outcome, std::fs::read_to_string(file).ok(), status(&db))
        }
    }

    /// Returns the status of the key, if there is one; returns none without a database.
    fn status(db: &Path) -> Option<Option<Status>> {
        let store = Store::open(&location(db), Access::Read, RequiredRight::Manage).ok()?;
        let found = store.entitlement(&"a".parse().unwrap());
        Some(found.ok().map(|found| found.key.status(now())))
    }

    fn kind<T>(outcome: Result<T>) -> Kind {
        outcome.map_err(|error: Error| error.kind()).err().unwrap()
    }

    #[test]
    fn a_key_is_active_after_its_secret_is_in_the_file() {
        let prepared = Prepared::new();
        assert_eq!(status(&prepared.db()), Some(Some(Status::Pending)));
        let line = format!("{}\n", prepared.secret.expose());
        let (outcome, file, status) = prepared.deliver();
        assert!(outcome.is_ok());
        assert_eq!(file, Some(line));
        assert_eq!(status, Some(Some(Status::Active)));
    }

    #[test]
    fn a_key_is_withdrawn_if_its_file_exists_by_then() {
        let prepared = Prepared::new();
        std::fs::write(prepared.directory.path().join("file"), "first").unwrap();
        let (outcome, file, status) = prepared.deliver();
        assert_eq!(kind(outcome), Kind::NotHandedOver);
        assert_eq!(file.unwrap(), "first");
        assert_eq!(status, Some(None));
    }

    #[test]
    fn the_outcome_is_unknown_if_a_pending_key_can_not_be_withdrawn() {
        let prepared = Prepared::new();
        std::fs::write(prepared.directory.path().join("file"), "first").unwrap();
        std::fs::remove_file(prepared.db()).unwrap();
        let (outcome, file, _) = prepared.deliver();
        assert_eq!(kind(outcome), Kind::OutcomeUnknown);
        assert_eq!(file.unwrap(), "first");
    }

    #[test]
    fn the_file_is_removed_once_it_is_certain_that_no_key_is_active() {
        let prepared = Prepared::new();
        let mut other = Store::open(
            &location(&prepared.db()),
            Access::Write,
            RequiredRight::Manage,
        )
        .unwrap();
        let request = EditRequest {
            selection: &Selection::Keys(vec![prepared.pending.key().id().into()]),
            edit: &Edit::Delete { active: true },
            at_most: None,
            dry_run: false,
            confirmed: None,
        };
        other.edit(&request, None).unwrap();
        let (outcome, file, status) = prepared.deliver();
        assert_eq!(kind(outcome), Kind::NotHandedOver);
        assert_eq!(file, None);
        assert_eq!(status, Some(None));
    }

    #[test]
    fn the_file_stays_while_the_key_may_be_active() {
        let prepared = Prepared::new();
        std::fs::remove_file(prepared.db()).unwrap();
        let line = format!("{}\n", prepared.secret.expose());
        let (outcome, file, _) = prepared.deliver();
        assert_eq!(kind(outcome), Kind::OutcomeUnknown);
        assert_eq!(file, Some(line));
    }
}
