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
    Change, Entitlement, Key, KeyId, KeyRef, Prefix, Requirements, Rights, ShortForm, Timestamp,
    UserName, nearest,
};
use crate::secret::SecretHash;
use crate::store::errors::{damaged, led_astray};
use crate::store::sqlite::usage::{UsageFile, Use};

/// The characters that the short form of the key `k` ends with: its current secret's, or its
/// pending secret's, or where it has neither its latest secret's.
pub(super) const LAST_FOUR: &str = "(SELECT last_four FROM secrets WHERE key = k.number
    ORDER BY CASE state WHEN 'current' THEN 0 WHEN 'pending' THEN 1 ELSE 2 END, slot DESC LIMIT 1)";

/// The state of the key `k`: without a current secret it is pending.
pub(super) const STATE: &str = "CASE WHEN NOT EXISTS (
        SELECT 1 FROM secrets WHERE key = k.number AND state = 'current') THEN 'pending'
    WHEN k.active = 1 THEN 'active' WHEN k.active = 0 THEN 'inactive' END";

/// The rest of the columns that [`View::read_key`] reads.
const DETAILS: &str = "(SELECT string_agg(g.name, ' ' ORDER BY lower(g.name))
       FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key = k.number) AS group_names,
    (SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
       FROM key_permissions p WHERE p.key = k.number) AS permissions,
    (SELECT string_agg(CAST(t.slot AS text), ' ')
       FROM secrets t WHERE t.key = k.number) AS slots";

/// Stands for [`DETAILS`] where no answer depends on them: preparing a statement with them takes
/// 0.2 million instructions (callgrind), a tenth of what `verify` adds to a hash.
const NO_DETAILS: &str = "NULL AS group_names, NULL AS permissions, NULL AS slots";

/// As [`STATE`], for the key of the current secret `v`; that of no other secret matters.
const STATE_OF_CURRENT: &str = "CASE WHEN v.state <> 'current' THEN 'pending'
    WHEN k.active = 1 THEN 'active' WHEN k.active = 0 THEN 'inactive' END";

/// The condition for a key by its name.
pub(super) const BY_NAME: &str = "lower(k.name) = lower(?1)";

/// What the groups of a key and its own permissions allow.
const ALLOWED: &str = "SELECT p.permission FROM key_groups m
       JOIN group_permissions p ON p.group_id = m.group_id WHERE m.key = ?1
    UNION SELECT permission FROM key_permissions WHERE key = ?1 ORDER BY 1";

/// What `verify` needs of a secret and its key: the only look-up that returns a hash.
pub(crate) struct ForVerify {
    /// The key, and what decides what it may do.
    pub(crate) held: Entitlement,
    /// The hash of the secret.
    pub(crate) hash: SecretHash,
    /// Whether the secret is the key's current one. No other is ever accepted.
    pub(crate) is_current: bool,
    /// The secret's place in the usage file.
    pub(crate) slot: i64,
}

/// The keys as an operator may see them, with the dates of the usage file.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) db: &'a Db,
    pub(super) prefix: &'a Prefix,
    pub(super) rights: &'a Rights,
    pub(super) usage: Option<&'a UsageFile>,
    pub(super) now: Timestamp,
}

impl Write<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View {
            db: &self.db,
            prefix: &self.settings.prefix,
            rights: &self.rights,
            usage: self.usage,
            now: self.actor.now,
        }
    }
}

impl Store {
    pub(super) fn view(&self) -> View<'_> {
        View {
            db: &self.db,
            prefix: &self.settings.prefix,
            rights: &self.rights,
            usage: self.usage.as_ref(),
            now: self.actor.now,
        }
    }

    /// Returns how many keys there are.
    pub(super) fn count_keys(&self) -> Result<u64> {
        let select = "SELECT count(*) AS key_count FROM keys";
        let count = self.db.row(select, &[], |row| row.get("key_count"))?;
        Ok(count.unwrap_or_default())
    }

    /// Returns the key that `wanted` names, with everything that decides what it may do.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], with the name that may be meant.
    pub(crate) fn entitlement(&self, wanted: &KeyRef) -> Result<Entitlement> {
        let snapshot = self.db.begin(Lock::Read)?;
        let found = self.view().find(wanted)?;
        entitlement(&snapshot, found, true)
    }

    /// Returns the secret of the key with the id and the last four characters of `short`,
    /// and what decides whether the key may do what is `asked`: all as of one moment. The
    /// groups, permissions and last uses of the key are only read where `asked` depends on
    /// them.
    pub(crate) fn for_verify(
        &self,
        short: &ShortForm,
        asked: &Requirements,
    ) -> Result<Option<ForVerify>> {
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
            return Err(led_astray(short.id.as_str()));
        }
        Ok(Some(ForVerify {
            held: entitlement(&snapshot, (number, key), asked.act.is_some())?,
            hash: SecretHash::from_stored(hash),
            is_current,
            slot,
        }))
    }
}

/// The key of that number with its owner, and what it may do where that is asked.
fn entitlement(db: &Db, (number, key): (i64, Key), with_permissions: bool) -> Result<Entitlement> {
    let owner = match key.owner_name() {
        Some(name) => Some(find_user(db, name)?.ok_or_else(|| damaged("a key's owner is gone"))?),
        None => None,
    };
    let permissions = if with_permissions {
        db.rows(ALLOWED, &[number.into()], |row| {
            let wrong = |_| damaged("a permission is not a valid one");
            row.get::<String>("permission")?.parse().map_err(wrong)
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
    /// The key that `wanted` names, with its number.
    pub(super) fn find(&self, wanted: &KeyRef) -> Result<(i64, Key)> {
        let found = match wanted {
            KeyRef::NameOrId(word) => match KeyId::parse_prefixed(self.prefix, word.as_str()) {
                // No name: a key of an older version with such a name goes by its id.
                Some(id) => self.one("k.id = ?1", id.as_str())?,
                // An id is matched to the letter and a name regardless of case, so a
                // name that is like an id but for case gives way to it.
                None => match self.one("k.id = ?1", word.as_str())? {
                    None => self.one(BY_NAME, word.as_str())?,
                    found => found,
                },
            },
            KeyRef::Short(short) => self
                .one("k.id = ?1", short.id.as_str())?
                .filter(|(_, key)| key.short == *short),
        };
        found.ok_or_else(|| self.not_found(wanted))
    }

    /// The keys that are `wanted`, each once, if the operator may change that about
    /// them. Rights come first: what it may not is told before what isn't there.
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

    /// The key for which `condition` holds, if there is one to be seen.
    pub(super) fn one(&self, condition: &str, value: &str) -> Result<Option<(i64, Key)>> {
        let select = format!(
            "SELECT {RECORD}, {LAST_FOUR} AS last_four, {STATE} AS state, {DETAILS}
               FROM {KEYS} WHERE {condition}"
        );
        let found = self
            .db
            .row(&select, &[value.into()], |row| self.read_key(row))?;
        let is_wanted =
            |key: &Key| key.id().as_str() == value || key.name.as_str().eq_ignore_ascii_case(value);
        match found {
            Some((_, key)) if !is_wanted(&key) => Err(led_astray(value)),
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
        // Only the names that are near are kept: there may be very many.
        let mut near = Vec::new();
        self.db.each(select, &[only.into()], &mut |row| {
            near.extend(nearest(wanted, iter::once(row.get("name")?)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(nearest(wanted, near.into_iter()))
    }

    /// Reads a row of [`RECORD`], `last_four`, `state` and [`DETAILS`]. Returns the key's number, and the key.
    fn read_key(&self, row: &Row<'_>) -> Result<(i64, Key)> {
        let (number, mut key) = read_record(row, self.prefix)?;
        let wrong = |what: &str| invalid(what, number);
        let text = |name: &str| row.get::<Option<String>>(name);
        let slots: Vec<i64> = row.words("slots")?.ok_or_else(|| wrong("slots"))?;
        let last = |kind| {
            let slots = slots.iter();
            slots
                .filter_map(|slot| self.usage?.last(*slot, kind, self.now))
                .max()
        };
        key.short.last_four = text("last_four")?
            .filter(|text| ShortForm::is_last_four(text))
            .ok_or_else(|| wrong("short form"))?;
        key.state = text("state")?
            .and_then(|state| state.parse().ok())
            .ok_or_else(|| wrong("state"))?;
        key.groups = row.words("group_names")?.ok_or_else(|| wrong("groups"))?;
        let permissions = row.words("permissions")?;
        key.permissions = permissions.ok_or_else(|| wrong("permissions"))?;
        key.last_used_at = last(Use::Accepted);
        key.last_refused_at = last(Use::Refused);
        key.last_use_known_since = self.usage.and_then(|usage| usage.known_since(self.now));
        Ok((number, key))
    }
}
