//! Leaked secrets: the keys that they name, and the end of what is still accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use serde_json::{Map, Value, json};

use super::keys::View;
use super::keys::lookup::StoredSecret;
use super::{Store, Write};
use crate::error::{Kind, Result};
use crate::model::{
    Change, Edit, Key, KeyId, KeyName, LogAction, RequiredRight, Requirements, Rights, SecretState,
    ShortForm,
};

/// The information in the database on a secret with a given short form.
pub(crate) enum Trace {
    /// A stored secret has the short form. Its hash decides whether it is the same secret.
    Stored(Box<StoredSecret>),
    /// No key has the id, but the log has it, with this name of the key.
    Deleted(Option<String>),
    /// The database has no such secret.
    Unknown,
}

/// A live secret, and a place where it was found.
pub(crate) struct LeakedSecret {
    /// The short form of the secret.
    pub(crate) short: ShortForm,
    /// The path, as the log is to name it.
    pub(crate) path: String,
    /// The number of the line.
    pub(crate) line: u64,
}

/// A change that ended the use of a leaked secret.
pub(crate) struct Ended {
    /// The name of the key.
    pub(crate) name: KeyName,
    /// Whether the key was deactivated; otherwise its previous secret was ended.
    pub(crate) is_deactivated: bool,
}

impl Store {
    /// Returns the information on each secret, also if the operator doesn't see its key: a holder
    /// of a secret may learn it, as with `verify`. Only an operator who may read the log learns of
    /// deleted keys.
    pub(crate) fn trace(&self, found: &[&ShortForm]) -> Result<Vec<Trace>> {
        let asked = Requirements::default();
        let wanted: Vec<ShortForm> = found.iter().map(|short| (*short).clone()).collect();
        let stored = self.find_secrets(&wanted, &asked)?;
        let missing = found.iter().zip(&stored);
        let missing = missing.filter(|(_, stored)| stored.is_none());
        let missing: BTreeSet<&str> = missing.map(|(short, _)| short.id.as_str()).collect();
        let mut deleted = self.deleted_keys(&missing)?;
        let traces = found
            .iter()
            .zip(stored)
            .map(|(short, stored)| match stored {
                Some(stored) => Trace::Stored(Box::new(stored)),
                None => match deleted.get_mut(short.id.as_str()) {
                    Some(name) => Trace::Deleted(name.clone()),
                    None => Trace::Unknown,
                },
            });
        Ok(traces.collect())
    }

    /// Returns the ids that only the log has, with the last name of each key. There are none for an
    /// operator who may not read the log.
    fn deleted_keys(&self, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, Option<String>>> {
        let mut found = BTreeMap::new();
        if ids.is_empty() || self.rights.check(RequiredRight::SeeAll).is_err() {
            return Ok(found);
        }
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let any = self.db.any_of("?1");
        let select = format!(
            "SELECT key, details FROM log
              WHERE key {any} AND key NOT IN (SELECT id FROM keys WHERE id {any}) ORDER BY seq"
        );
        let read = self.db.each(&select, &[ids[..].into()], &mut |row| {
            let details = row.text("details")?.unwrap_or_default();
            // Unreadable details count as empty; `log verify` reports them.
            let details: Map<String, Value> = serde_json::from_str(details).unwrap_or_default();
            let name = details.get("name").and_then(Value::as_str);
            found.insert(row.get("key")?, name.map(str::to_owned));
            Ok(ControlFlow::Continue(()))
        });
        match read {
            // A verifier's role on a server may not read the log.
            Err(error) if error.kind() == Kind::NotPermitted => Ok(BTreeMap::new()),
            read => read.map(|()| found),
        }
    }

    /// Deactivates the keys of leaked secrets for good, all or none. A previous secret only ends. A
    /// secret that is no longer live is left as it is.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`], and the errors of the database.
    pub(crate) fn end_leaked(&mut self, leaked: &[LeakedSecret]) -> Result<Vec<Ended>> {
        self.write(|write| {
            let mut ended = Vec::new();
            for secret in leaked {
                ended.extend(write.end_leaked(secret)?);
            }
            Ok(ended)
        })
    }
}

impl Write<'_> {
    fn end_leaked(&self, leaked: &LeakedSecret) -> Result<Option<Ended>> {
        let Some((number, key)) = self.key_of_any_owner(&leaked.short.id)? else {
            return Ok(None);
        };
        let secrets = self.view().secrets(number)?;
        let state = secrets.state_of(&leaked.short.last_four, self.now());
        let change = match state {
            Some(SecretState::Current) => Change::Deactivate,
            Some(SecretState::Previous) => Change::FinishRotation,
            _ => return Ok(None),
        };
        self.rights.check_change(&key, change)?;
        let is_deactivated = change == Change::Deactivate;
        if is_deactivated {
            if (Edit::Deactivate { time: None }).is_done(&key, self.now()) {
                return Ok(None);
            }
            self.deactivate(number, &key, None)?;
        } else {
            self.apply(&secrets.finish(self.now()))?;
        }
        let details = json!({
            "secret": leaked.short.to_string(),
            "path": leaked.path,
            "line": leaked.line,
        });
        self.log_key(LogAction::Key(change), &key, details)?;
        Ok(Some(Ended {
            name: key.name,
            is_deactivated,
        }))
    }

    /// Returns the key with this id, and its number, even if the operator doesn't see it.
    fn key_of_any_owner(&self, id: &KeyId) -> Result<Option<(i64, Key)>> {
        let all = View {
            rights: &Rights::Everything,
            ..self.view()
        };
        all.key_where(super::keys::BY_ID, id.as_str())
    }
}
