//! Keys: looked up and read.

pub(super) mod edit;
pub(super) mod names;

use std::collections::HashSet;

use rusqlite::{OptionalExtension, Row};

use super::db::{Db, Lock};
use super::users::find_user;
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Change, Entitlement, Key, KeyId, KeyRef, Owner, Prefix, Requirements, Rights, ShortForm,
    Timestamp, UserName, nearest,
};
use crate::secret::SecretHash;
use crate::store::errors::{damaged, led_astray};

/// The characters that the short form of the key `k` ends with: its current secret's, or
/// where it has none its pending secret's.
pub(super) const LAST_FOUR: &str = "(SELECT last_four FROM secrets
    WHERE key = k.number AND state IN ('current', 'pending') ORDER BY state, slot DESC LIMIT 1)";

/// The state of the key `k`: without a current secret it is pending.
pub(super) const STATE: &str = "CASE WHEN NOT EXISTS (
        SELECT 1 FROM secrets WHERE key = k.number AND state = 'current') THEN 'pending'
    WHEN k.active = 1 THEN 'active' WHEN k.active = 0 THEN 'inactive' END";

/// Returns what [`read_key`] reads. An owner that is missing is an empty name: a key that
/// had one is never taken for one that has none.
fn columns() -> String {
    format!(
        "k.number, k.id, {LAST_FOUR} AS last_four, k.name, k.description, {STATE} AS state,
    (SELECT string_agg(g.name, ' ' ORDER BY lower(g.name))
       FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key = k.number) AS groups,
    (SELECT string_agg(permission, ' ' ORDER BY permission)
       FROM key_permissions WHERE key = k.number) AS permissions,
    coalesce(u.name, CASE WHEN k.owner IS NOT NULL THEN '' END) AS owner,
    k.application, k.created_at, k.created_by,
    (SELECT max(last_used(slot)) FROM secrets WHERE key = k.number) AS last_used_at,
    (SELECT max(last_refused(slot)) FROM secrets WHERE key = k.number) AS last_refused_at,
    k.expires_at, u.active AS owner_active, u.expires_at AS owner_expires_at,
    known_since() AS last_use_known_since"
    )
}

/// The condition for a key by its name.
pub(super) const BY_NAME: &str = "lower(k.name) = lower(?1)";

/// What [`columns`] are read from.
const KEYS: &str = "keys k LEFT JOIN users u ON u.id = k.owner";

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

/// The keys as an operator may see them, through one connection.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) db: &'a Db,
    pub(super) prefix: &'a Prefix,
    pub(super) rights: &'a Rights,
}

impl Write<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View {
            db: &self.db,
            prefix: &self.settings.prefix,
            rights: &self.rights,
        }
    }
}

impl Store {
    pub(super) fn view(&self) -> View<'_> {
        View {
            db: &self.db,
            prefix: &self.settings.prefix,
            rights: &self.rights,
        }
    }

    /// How many keys there are.
    pub(super) fn count_keys(&self) -> Result<u64> {
        let count = "SELECT count(*) FROM keys";
        Ok(self.db.as_sqlite().query_row(count, [], |row| row.get(0))?)
    }

    /// The key that `wanted` names, with everything that decides what it may do.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], with the name that may be meant.
    pub(crate) fn entitlement(&self, wanted: &KeyRef) -> Result<Entitlement> {
        let snapshot = self.db.begin(Lock::Read)?;
        let found = self.view().find(wanted)?;
        entitlement(&snapshot, found, true)
    }

    /// Returns the secret of the key with the id and the last four characters of `short`,
    /// and what decides whether the key may do what is `asked`: all as of one moment.
    pub(crate) fn for_verify(
        &self,
        short: &ShortForm,
        asked: &Requirements,
    ) -> Result<Option<ForVerify>> {
        let snapshot = self.db.begin(Lock::Read)?;
        let read = |row: &Row<'_>| -> rusqlite::Result<_> {
            let key = read_key(row, &self.settings.prefix);
            let secret: (String, String) = (row.get("secret_last_four")?, row.get("hash")?);
            let is_current = row.get::<_, String>("secret_state")? == "current";
            Ok((key, secret, is_current, row.get("slot")?))
        };
        let found = snapshot
            .as_sqlite()
            .prepare_cached(&format!(
                "SELECT {}, v.slot, v.hash, v.last_four AS secret_last_four,
                        v.state AS secret_state
                   FROM {KEYS} JOIN secrets v ON v.key = k.number
                  WHERE k.id = ?1 AND v.last_four = ?2",
                columns()
            ))?
            .query_row([short.id.as_str(), &short.last_four], read)
            .optional()?;
        let Some((key, (last_four, hash), is_current, slot)) = found else {
            return Ok(None);
        };
        let (number, key) = key?;
        if *key.id() != short.id || last_four != short.last_four {
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
    let mut permissions = Vec::new();
    if with_permissions {
        let mut select = db.as_sqlite().prepare_cached(ALLOWED)?;
        let mut rows = select.query([number])?;
        while let Some(row) = rows.next()? {
            let word: String = row.get(0)?;
            let wrong = |_| damaged("a permission is not a valid one");
            permissions.push(word.parse().map_err(wrong)?);
        }
    }
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
            KeyRef::Word(word) => match KeyId::after(self.prefix, word.as_str()) {
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
        let mut seen = HashSet::new();
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
        let found = self
            .db
            .as_sqlite()
            .prepare_cached(&format!(
                "SELECT {} FROM {KEYS} WHERE {condition}",
                columns()
            ))?
            .query_row([value], |row| Ok(read_key(row, self.prefix)))
            .optional()?
            .transpose()?;
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
            (KeyRef::Word(_), Ok(Some(near))) => error.hint(format!("did you mean \"{near}\"?")),
            _ => error.hint("list the keys with `apikey list`"),
        }
    }

    fn nearest_name(&self, wanted: &str) -> rusqlite::Result<Option<String>> {
        let mut select = self.db.as_sqlite().prepare(
            "SELECT k.name FROM keys k
              WHERE ?1 IS NULL OR k.owner = (SELECT id FROM users WHERE name = ?1)",
        )?;
        let only = self.rights.sees_only().map(UserName::as_str);
        let names = select.query_map([only], |row| row.get(0))?;
        Ok(nearest(wanted, names.map_while(rusqlite::Result::ok)))
    }
}

/// A row of [`columns`], with the key's number.
fn read_key(row: &Row<'_>, prefix: &Prefix) -> Result<(i64, Key)> {
    let number: i64 = row.get(0)?;
    let wrong = |what: &str| {
        damaged(format!(
            "the {what} of key number {number} is not a valid one"
        ))
    };
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let instant = |index: usize| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_unix))
    };
    let read_owner = |name: String| -> Result<Owner> {
        Ok(Owner {
            name: name.parse().map_err(|_| wrong("owner"))?,
            active: row.get(15)?,
            expires_at: instant(16)?,
        })
    };
    let key = Key {
        short: ShortForm {
            prefix: prefix.clone(),
            id: row.get::<_, String>(1)?.parse().map_err(|_| wrong("id"))?,
            last_four: text(2)?
                .filter(|text| ShortForm::is_last_four(text))
                .ok_or_else(|| wrong("short form"))?,
        },
        name: row
            .get::<_, String>(3)?
            .parse()
            .map_err(|_| wrong("name"))?,
        description: text(4)?,
        state: text(5)?
            .and_then(|state| state.parse().ok())
            .ok_or_else(|| wrong("state"))?,
        groups: parse_words(text(6)?).ok_or_else(|| wrong("groups"))?,
        permissions: parse_words(text(7)?).ok_or_else(|| wrong("permissions"))?,
        owner: text(8)?.map(read_owner).transpose()?,
        application: text(9)?
            .map(|name| name.parse().map_err(|_| wrong("application")))
            .transpose()?,
        created_at: Timestamp::from_unix(row.get(10)?),
        created_by: row.get(11)?,
        last_used_at: instant(12)?,
        last_use_known_since: instant(17)?,
        last_refused_at: instant(13)?,
        expires_at: instant(14)?,
    };
    Ok((number, key))
}

/// The words of a list joined by spaces, which none of them can hold.
pub(super) fn parse_words<T: std::str::FromStr>(joined: Option<String>) -> Option<Vec<T>> {
    let joined = joined.unwrap_or_default();
    joined
        .split_ascii_whitespace()
        .map(|word| word.parse().ok())
        .collect()
}
