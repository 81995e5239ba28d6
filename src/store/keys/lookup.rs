//! Looks up secrets and their keys for `verify`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::meta::META;
use super::record::{KEYS, RECORD};
use super::uses::{SECRET, read_secret};
use super::{DETAILS, View};
use crate::error::Result;
use crate::model::{Entitlement, Key, KeyRef, Requirements, SecretRecord, ShortForm, User};
use crate::secret::SecretHash;
use crate::store::Store;
use crate::store::db::{Db, Lock, Row, Value};
use crate::store::errors::{damaged, wrong_row};
use crate::store::users::find_user;

/// Replaces [`DETAILS`] and [`META`] where the answer doesn't depend on them: preparing a statement
/// with them takes 0.2 million instructions (callgrind), a tenth of what `verify` costs without the
/// hash.
const NO_DETAILS: &str = "NULL AS group_names, NULL AS permissions, NULL AS meta";

/// The permissions of the key numbered `?1`: its own and its groups'.
const ALLOWED: &str = "SELECT p.permission FROM key_groups m
       JOIN group_permissions p ON p.group_id = m.group_id WHERE m.key = ?1
    UNION SELECT permission FROM key_permissions WHERE key = ?1 ORDER BY 1";

/// A secret with its hash and its key, for `verify`. Only the lookup for `verify` returns a hash.
#[derive(Clone)]
pub(crate) struct StoredSecret {
    /// The key and its entitlement.
    pub(crate) held: Entitlement,
    /// The hash of the secret.
    pub(crate) hash: SecretHash,
    /// The secret.
    pub(crate) secret: SecretRecord,
}

impl StoredSecret {
    /// Returns whether the secret is an imported one.
    pub(crate) fn is_imported(&self) -> bool {
        self.secret.last_four.is_empty()
    }
}

impl Store {
    /// Returns the entitlement of the key that `wanted` names.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], with a similar name as a hint, if there is one; and the errors of the
    /// database.
    pub(crate) fn entitlement(&self, wanted: &KeyRef) -> Result<Entitlement> {
        let snapshot = self.db.begin(Lock::Read)?;
        let found = self.view().find(wanted)?;
        entitlement(&snapshot, found, true, &mut Owners::new())
    }

    /// Returns the secret with the id and the last four characters of `short`, and its key, in
    /// one snapshot. Reads the key's groups, permissions and last uses only if `asked` depends
    /// on them.
    pub(crate) fn find_secret(
        &self,
        short: &ShortForm,
        asked: &Requirements,
    ) -> Result<Option<StoredSecret>> {
        let values = [short.id.as_str().into(), (&short.last_four).into()];
        let found = self.find_stored("k.id = ?1 AND v.last_four = ?2", &values, asked)?;
        let is_other = |found: &StoredSecret| {
            *found.held.key.id() != short.id || found.secret.last_four != short.last_four
        };
        match found {
            Some(found) if is_other(&found) => Err(wrong_row(short.id.as_str())),
            found => Ok(found),
        }
    }

    /// Returns the secret `v` that meets `condition`, and its key `k`, in one snapshot.
    ///
    /// # Errors
    /// The errors of the database.
    pub(in crate::store) fn find_stored(
        &self,
        condition: &str,
        values: &[Value<'_>],
        asked: &Requirements,
    ) -> Result<Option<StoredSecret>> {
        let snapshot = self.db.begin(Lock::Read)?;
        let select = secrets_where(condition, asked);
        let Some(mut found) = snapshot.row(&select, values, |row| read_found(self.view(), row))?
        else {
            return Ok(None);
        };
        if asked.shows_key {
            let secrets = self.view().secrets(found.number)?;
            self.view().set_secrets(&mut found.key, &secrets)?;
        } else {
            found
                .key
                .short
                .last_four
                .clone_from(&found.secret.last_four);
        }
        let stored = found.with_owner(&snapshot, asked, &mut Owners::new())?;
        Ok(Some(stored))
    }

    /// Returns the secrets of `wanted`, in its order, as [`find_secret`](Self::find_secret) does,
    /// but all in one snapshot and with few statements. Doesn't read what only a report of the key
    /// shows.
    ///
    /// # Errors
    /// The errors of the database.
    pub(crate) fn find_secrets(
        &self,
        wanted: &[ShortForm],
        asked: &Requirements,
    ) -> Result<Vec<Option<StoredSecret>>> {
        let snapshot = self.db.begin(Lock::Read)?;
        let select = secrets_where(&format!("k.id {}", snapshot.any_of("?1")), asked);
        let ids: Vec<String> = wanted.iter().map(|short| short.id.to_string()).collect();
        let is_wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let mut read = Vec::new();
        snapshot.each(&select, &[ids[..].into()], &mut |row| {
            read.push(read_found(self.view(), row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        let mut owners = BTreeMap::new();
        let mut found = BTreeMap::new();
        for mut row in read {
            if !is_wanted.contains(row.key.id().as_str()) {
                return Err(wrong_row(row.key.id().as_str()));
            }
            let named = (row.key.id().to_string(), row.secret.last_four.clone());
            row.key.short.last_four.clone_from(&named.1);
            found.insert(named, row.with_owner(&snapshot, asked, &mut owners)?);
        }
        let of = |short: &ShortForm| (short.id.to_string(), short.last_four.clone());
        Ok(wanted
            .iter()
            .map(|short| found.get(&of(short)).cloned())
            .collect())
    }
}

/// A row of [`secrets_where`].
struct Found {
    number: i64,
    key: Key,
    hash: String,
    secret: SecretRecord,
}

fn read_found(view: View<'_>, row: &Row<'_>) -> Result<Found> {
    let (number, key) = view.read_key(row)?;
    Ok(Found {
        number,
        key,
        hash: row.get("hash")?,
        secret: read_secret(row, number)?,
    })
}

/// The owners of keys that were read, by their names.
type Owners = BTreeMap<String, User>;

impl Found {
    /// Reads the owner, unless it is among `owners`, and the permissions if `asked` depends on
    /// them.
    fn with_owner(
        self,
        db: &Db,
        asked: &Requirements,
        owners: &mut Owners,
    ) -> Result<StoredSecret> {
        Ok(StoredSecret {
            held: entitlement(db, (self.number, self.key), asked.act.is_some(), owners)?,
            hash: SecretHash::from_stored(self.hash),
            secret: self.secret,
        })
    }
}

/// Selects the secrets `v` of keys `k` that fulfil `condition`, with the keys as `asked` needs
/// them.
fn secrets_where(condition: &str, asked: &Requirements) -> String {
    let details = if asked.shows_key || !asked.groups.is_empty() {
        &format!("{DETAILS}, {META}")
    } else {
        NO_DETAILS
    };
    format!(
        "SELECT {RECORD}, {details}, v.hash, {SECRET}
           FROM {KEYS} JOIN secrets v ON v.key = k.number WHERE {condition}"
    )
}

/// Returns the key with its owner, and with its permissions if they are wanted.
fn entitlement(
    db: &Db,
    (number, key): (i64, Key),
    with_permissions: bool,
    owners: &mut Owners,
) -> Result<Entitlement> {
    let owner = match key.owner_name() {
        Some(name) => Some(match owners.get(name.as_str()) {
            Some(known) => known.clone(),
            None => {
                let found = find_user(db, name)?;
                let (_, user) = found.ok_or_else(|| damaged("a key's owner is missing"))?;
                owners.insert(name.to_string(), user.clone());
                user
            }
        }),
        None => None,
    };
    let permissions = if with_permissions {
        db.rows(ALLOWED, &[number.into()], |row| {
            let invalid = |_| damaged("a permission is invalid");
            row.get::<String>("permission")?.parse().map_err(invalid)
        })?
    } else {
        Vec::new()
    };
    Ok(Entitlement {
        key,
        permissions,
        owner,
    })
}
