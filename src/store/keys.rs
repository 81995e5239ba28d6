//! Keys: looked up and read.

pub(super) mod edit;
pub(super) mod names;
pub(super) mod record;

use std::collections::BTreeSet;
use std::iter;
use std::ops::ControlFlow;

use self::record::{KEYS, RECORD, invalid, read_record};
use super::db::{Db, Lock, Row};
use super::users::find_user;
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Change, Entitlement, Key, KeyId, KeyRef, Requirements, Rights, ShortForm, UserName, nearest,
};
use crate::secret::SecretHash;
use crate::store::errors::{damaged, wrong_row};
use crate::store::sqlite::usage::Use;

/// The last four characters in the short form of the key `k`: those of its current secret,
/// else of its pending secret, else of its latest.
pub(super) const LAST_FOUR: &str = "(SELECT last_four FROM secrets WHERE key = k.number
    ORDER BY CASE state WHEN 'current' THEN 0 WHEN 'pending' THEN 1 ELSE 2 END, slot DESC LIMIT 1)";

/// The state of the key `k`, which is pending without a current secret.
pub(super) const STATE: &str = "CASE WHEN NOT EXISTS (
        SELECT 1 FROM secrets WHERE key = k.number AND state = 'current') THEN 'pending'
    WHEN k.active = 1 THEN 'active' WHEN k.active = 0 THEN 'inactive' END";

/// The other columns that [`View::read_key`] reads.
const DETAILS: &str = "(SELECT string_agg(g.name, ' ' ORDER BY lower(g.name))
       FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key = k.number) AS group_names,
    (SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
       FROM key_permissions p WHERE p.key = k.number) AS permissions,
    (SELECT string_agg(CAST(t.slot AS text), ' ')
       FROM secrets t WHERE t.key = k.number) AS slots";

/// Replaces [`DETAILS`] where the answer doesn't depend on them: preparing a statement with
/// them takes 0.2 million instructions (callgrind), a tenth of what `verify` adds to a hash.
const NO_DETAILS: &str = "NULL AS group_names, NULL AS permissions, NULL AS slots";

/// As [`STATE`], for the key of the secret `v`: only with its current secret is a key accepted.
const STATE_OF_CURRENT: &str = "CASE WHEN v.state <> 'current' THEN 'pending'
    WHEN k.active = 1 THEN 'active' WHEN k.active = 0 THEN 'inactive' END";

/// The condition for a key by its id.
pub(super) const BY_ID: &str = "k.id = ?1";

/// The condition for a key by its name.
pub(super) const BY_NAME: &str = "lower(k.name) = lower(?1)";

/// The permissions of the key numbered `?1`: its own and its groups'.
const ALLOWED: &str = "SELECT p.permission FROM key_groups m
       JOIN group_permissions p ON p.group_id = m.group_id WHERE m.key = ?1
    UNION SELECT permission FROM key_permissions WHERE key = ?1 ORDER BY 1";

/// A secret and its key, for `verify`: the only lookup that returns a hash.
pub(crate) struct StoredSecret {
    /// The key and its entitlement.
    pub(crate) held: Entitlement,
    /// The hash of the secret.
    pub(crate) hash: SecretHash,
    /// Whether the secret is the key's current one. No other is ever accepted.
    pub(crate) is_current: bool,
    /// The secret's slot in the usage file.
    pub(crate) slot: i64,
}

/// The keys that an operator may see, with the dates of the usage file.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    store: &'a Store,
    rights: &'a Rights,
}

impl Write<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View {
            store: self.store,
            rights: &self.rights,
        }
    }
}

impl Store {
    pub(super) fn view(&self) -> View<'_> {
        View {
            store: self,
            rights: &self.rights,
        }
    }

    /// Returns the number of keys.
    pub(super) fn count_keys(&self) -> Result<u64> {
        let select = "SELECT count(*) AS key_count FROM keys";
        let count = self.db.row(select, &[], |row| row.get("key_count"))?;
        Ok(count.unwrap_or_default())
    }

    /// Returns the entitlement of the key that `wanted` names.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], with the nearest name as a hint.
    pub(crate) fn entitlement(&self, wanted: &KeyRef) -> Result<Entitlement> {
        let snapshot = self.db.begin(Lock::Read)?;
        let found = self.view().find(wanted)?;
        entitlement(&snapshot, found, true)
    }

    /// Returns the secret with the id and the last four characters of `short`, and its key, in
    /// one snapshot. Reads the key's groups, permissions and last uses only if `asked` depends
    /// on them.
    pub(crate) fn find_secret(
        &self,
        short: &ShortForm,
        asked: &Requirements,
    ) -> Result<Option<StoredSecret>> {
        let snapshot = self.db.begin(Lock::Read)?;
        let details = if asked.shows_key || !asked.groups.is_empty() {
            DETAILS
        } else {
            NO_DETAILS
        };
        let select = format!(
            "SELECT {RECORD}, v.last_four, {STATE_OF_CURRENT} AS state, {details},
                    v.slot, v.hash, v.state = 'current' AS is_current
               FROM {KEYS} JOIN secrets v ON v.key = k.number
              WHERE k.id = ?1 AND v.last_four = ?2"
        );
        let values = [short.id.as_str().into(), (&short.last_four).into()];
        let found = snapshot.row(&select, &values, |row| {
            Ok((
                self.view().read_key(row)?,
                row.get("hash")?,
                row.get("is_current")?,
                row.get("slot")?,
            ))
        });
        let Some(((number, key), hash, is_current, slot)) = found? else {
            return Ok(None);
        };
        if *key.id() != short.id || key.short.last_four != short.last_four {
            return Err(wrong_row(short.id.as_str()));
        }
        Ok(Some(StoredSecret {
            held: entitlement(&snapshot, (number, key), asked.act.is_some())?,
            hash: SecretHash::from_stored(hash),
            is_current,
            slot,
        }))
    }
}

/// Returns the key with its owner, and with its permissions if they are wanted.
fn entitlement(db: &Db, (number, key): (i64, Key), with_permissions: bool) -> Result<Entitlement> {
    let owner = match key.owner_name() {
        Some(name) => {
            Some(find_user(db, name)?.ok_or_else(|| damaged("a key's owner is missing"))?)
        }
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
        owner: owner.map(|(_, user)| user),
    })
}

impl View<'_> {
    /// Returns the key that `wanted` names, and its number.
    pub(super) fn find(&self, wanted: &KeyRef) -> Result<(i64, Key)> {
        let found = match wanted {
            KeyRef::NameOrId(text) => {
                match KeyId::parse_prefixed(&self.store.settings.prefix, text.as_str()) {
                    // Never a name: an older version's key with a name of this form goes by its id.
                    Some(id) => self.key_where(BY_ID, id.as_str())?,
                    // An id is compared exactly and a name without case, so the id comes first.
                    None => match self.key_where(BY_ID, text.as_str())? {
                        None => self.key_where(BY_NAME, text.as_str())?,
                        found => found,
                    },
                }
            }
            KeyRef::Short(short) => self
                .key_where(BY_ID, short.id.as_str())?
                .filter(|(_, key)| key.short == *short),
        };
        found.ok_or_else(|| self.not_found(wanted))
    }

    /// Returns the keys that `wanted` names, each once, if the operator may make that change
    /// to them. Rights come first: a denied change is reported before a missing key.
    pub(super) fn find_all(&self, wanted: &[KeyRef], change: Change) -> Result<Vec<Key>> {
        let mut keys: Vec<Key> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut missing = None;
        for wanted in wanted {
            match self.find(wanted) {
                Ok((_, key)) => {
                    self.rights.check_change(&key, change)?;
                    if seen.insert(key.id().as_str().to_owned()) {
                        keys.push(key);
                    }
                }
                Err(error) if error.kind() == Kind::KeyNotFound => {
                    missing = missing.or(Some(error));
                }
                Err(error) => return Err(error),
            }
        }
        missing.map_or(Ok(keys), Err)
    }

    /// Returns the key with `value` as its name or id, as `condition` says, if the operator
    /// sees it.
    pub(super) fn key_where(&self, condition: &str, value: &str) -> Result<Option<(i64, Key)>> {
        let select = format!(
            "SELECT {RECORD}, {LAST_FOUR} AS last_four, {STATE} AS state, {DETAILS}
               FROM {KEYS} WHERE {condition}"
        );
        let found = self
            .store
            .db
            .row(&select, &[value.into()], |row| self.read_key(row))?;
        let is_wanted =
            |key: &Key| key.id().as_str() == value || key.name.as_str().eq_ignore_ascii_case(value);
        match found {
            Some((_, key)) if !is_wanted(&key) => Err(wrong_row(value)),
            found => Ok(found.filter(|(_, key)| self.rights.sees(key))),
        }
    }

    fn not_found(&self, wanted: &KeyRef) -> Error {
        let error = Error::new(Kind::KeyNotFound, format!("no key named \"{wanted}\""));
        match (wanted, self.nearest_name(&wanted.to_string())) {
            (KeyRef::NameOrId(_), Ok(Some(near))) => {
                error.hint(format!("did you mean \"{near}\"?"))
            }
            _ => error.hint("list the keys with `apikey list`"),
        }
    }

    fn nearest_name(&self, wanted: &str) -> Result<Option<String>> {
        let only = self.rights.sees_only().map(UserName::as_str);
        let select = "SELECT k.name FROM keys k
              WHERE CAST(?1 AS text) IS NULL OR k.owner = (SELECT u.id FROM users u WHERE u.name = ?1)";
        // There may be very many names, so only the near ones are kept.
        let mut near = Vec::new();
        self.store.db.each(select, &[only.into()], &mut |row| {
            near.extend(nearest(wanted, iter::once(row.get("name")?)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(nearest(wanted, near.into_iter()))
    }

    /// Reads a row of [`RECORD`], `last_four`, `state` and [`DETAILS`]. Returns the key and
    /// its number.
    fn read_key(&self, row: &Row<'_>) -> Result<(i64, Key)> {
        let (number, mut key) = read_record(row, &self.store.settings.prefix)?;
        let invalid = |field: &str| invalid(field, number);
        let (usage, now) = (self.store.usage.as_ref(), self.store.now());
        let slots: Vec<i64> = row.list("slots")?.ok_or_else(|| invalid("slots"))?;
        let last = |kind| {
            let slots = slots.iter();
            slots.filter_map(|slot| usage?.last(*slot, kind, now)).max()
        };
        key.short.last_four = row
            .get::<Option<String>>("last_four")?
            .filter(|text| ShortForm::is_last_four(text))
            .ok_or_else(|| invalid("short form"))?;
        let state = row.text("state")?.and_then(|state| state.parse().ok());
        key.state = state.ok_or_else(|| invalid("state"))?;
        key.groups = row.list("group_names")?.ok_or_else(|| invalid("groups"))?;
        let permissions = row.list("permissions")?;
        key.permissions = permissions.ok_or_else(|| invalid("permissions"))?;
        key.last_used_at = last(Use::Accepted);
        key.last_refused_at = last(Use::Refused);
        key.last_use_known_since = usage.and_then(|usage| usage.known_since(now));
        Ok((number, key))
    }
}
