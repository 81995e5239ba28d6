//! Keys: looked up and read.

use rusqlite::{Connection, OptionalExtension, Row, ToSql};

use super::fault::damaged;
use super::usage::{UsageFile, Use};
use super::{Store, nearest};
use crate::error::{Error, Kind, Result};
use crate::model::{Key, KeyId, KeyRef, Permission, Prefix, ShortForm, Timestamp};
use crate::secret::SecretHash;

/// What [`read_key`] reads.
pub(super) const COLUMNS: &str = "k.slot, k.id, k.last_four, k.name, k.description, k.state,
    (SELECT group_concat(g.name, ' ' ORDER BY g.name)
       FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key_id = k.id) AS groups,
    (SELECT group_concat(permission, ' ' ORDER BY permission)
       FROM key_permissions WHERE key_id = k.id) AS permissions,
    (SELECT name FROM users WHERE id = k.owner) AS owner,
    k.application, k.created_at, k.created_by, last_used(k.slot) AS last_used_at,
    last_refused(k.slot) AS last_refused_at, k.expires_at";

/// What `verify` needs of a key: the only look-up that returns a hash.
pub(crate) struct ForVerify {
    /// The key.
    pub(crate) key: Key,
    /// The hash of its secret.
    pub(crate) hash: SecretHash,
    /// Its place in the usage file.
    pub(crate) slot: i64,
}

impl Store {
    /// The key that `wanted` names.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], with the name that may be meant.
    pub(crate) fn find(&self, wanted: &KeyRef) -> Result<Key> {
        find(&self.conn, &self.settings.prefix, wanted).map(|(_, key)| key)
    }

    /// What the groups of `key` and its own permissions allow, sorted.
    pub(crate) fn effective_permissions(&self, key: &Key) -> Result<Vec<Permission>> {
        let mut select = self.conn.prepare(
            "SELECT p.permission FROM key_groups m JOIN group_permissions p USING (group_id)
              WHERE m.key_id = ?1
             UNION SELECT permission FROM key_permissions WHERE key_id = ?1
             ORDER BY 1",
        )?;
        let rows = select.query_map([key.id().as_str()], |row| row.get::<_, String>(0))?;
        rows.map(|row| {
            let wrong = |_| damaged("a permission is not a valid one");
            row?.parse().map_err(wrong)
        })
        .collect()
    }

    /// The key with that id, and the hash of its secret.
    pub(crate) fn find_for_verify(&self, id: &KeyId) -> Result<Option<ForVerify>> {
        let read = |row: &Row<'_>| -> rusqlite::Result<_> {
            Ok((read_key(row, &self.settings.prefix), row.get(15)?))
        };
        let found = self
            .conn
            .query_row(
                &format!("SELECT {COLUMNS}, k.hash FROM keys k WHERE k.id = ?1"),
                [id.as_str()],
                read,
            )
            .optional()?;
        let Some((key, hash)) = found else {
            return Ok(None);
        };
        let (slot, key) = key?;
        Ok(Some(ForVerify {
            key,
            hash: SecretHash::from_stored(hash),
            slot,
        }))
    }

    /// Writes that the key at `slot` of the database at `db` was used so. Needs
    /// no open database.
    ///
    /// # Errors
    /// When the usage file can't be written.
    pub(crate) fn record_use(
        db: &std::path::Path,
        slot: i64,
        kind: Use,
        now: Timestamp,
    ) -> std::io::Result<()> {
        UsageFile::open_writing(db)?.record(slot, kind, now)
    }
}

/// The key that `wanted` names, with its slot.
pub(super) fn find(conn: &Connection, prefix: &Prefix, wanted: &KeyRef) -> Result<(i64, Key)> {
    let get = |condition: &str, value: &str| one(conn, prefix, condition, &value);
    let found = match wanted {
        // An id is matched to the letter and a name regardless of case, so a
        // name that is like an id but for case gives way to it.
        KeyRef::Word(word) => match get("k.id = ?1", word.as_str())? {
            None => get("k.name = ?1", word.as_str())?,
            found => found,
        },
        KeyRef::Short(short) => {
            get("k.id = ?1", short.id.as_str())?.filter(|(_, key)| key.short == *short)
        }
    };
    found.ok_or_else(|| not_found(conn, wanted))
}

/// The key for which `condition` holds, if there is one.
pub(super) fn one(
    conn: &Connection,
    prefix: &Prefix,
    condition: &str,
    value: &dyn ToSql,
) -> Result<Option<(i64, Key)>> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM keys k WHERE {condition}"))?
        .query_row([value], |row| Ok(read_key(row, prefix)))
        .optional()?
        .transpose()
}

fn not_found(conn: &Connection, wanted: &KeyRef) -> Error {
    let error = Error::new(Kind::KeyNotFound, format!("no key named \"{wanted}\""));
    let near = || -> rusqlite::Result<Option<String>> {
        let mut select = conn.prepare("SELECT name FROM keys")?;
        let names = select.query_map([], |row| row.get(0))?;
        Ok(nearest(
            &wanted.to_string(),
            names.map_while(rusqlite::Result::ok),
        ))
    };
    match (wanted, near()) {
        (KeyRef::Word(_), Ok(Some(near))) => error.hint(format!("did you mean \"{near}\"?")),
        _ => error.hint("list the keys with `apikey list`"),
    }
}

/// A row of [`COLUMNS`], with its slot.
pub(super) fn read_key(row: &Row<'_>, prefix: &Prefix) -> Result<(i64, Key)> {
    let slot: i64 = row.get(0)?;
    let wrong = |what: &str| {
        damaged(format!(
            "the {what} of the key at slot {slot} is not a valid one"
        ))
    };
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let instant = |index: usize| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_unix))
    };
    let key = Key {
        short: ShortForm {
            prefix: prefix.clone(),
            id: row.get::<_, String>(1)?.parse().map_err(|_| wrong("id"))?,
            last_four: row.get(2)?,
        },
        name: row
            .get::<_, String>(3)?
            .parse()
            .map_err(|_| wrong("name"))?,
        description: text(4)?,
        state: row
            .get::<_, String>(5)?
            .parse()
            .map_err(|_| wrong("state"))?,
        groups: parse_words(text(6)?).ok_or_else(|| wrong("groups"))?,
        permissions: parse_words(text(7)?).ok_or_else(|| wrong("permissions"))?,
        owner: text(8)?,
        application: text(9)?
            .map(|name| name.parse().map_err(|_| wrong("application")))
            .transpose()?,
        created_at: Timestamp::from_unix(row.get(10)?),
        created_by: row.get(11)?,
        last_used_at: instant(12)?,
        last_refused_at: instant(13)?,
        expires_at: instant(14)?,
    };
    Ok((slot, key))
}

/// The words of a list joined by spaces, which none of them can hold.
pub(super) fn parse_words<T: std::str::FromStr>(joined: Option<String>) -> Option<Vec<T>> {
    let joined = joined.unwrap_or_default();
    joined
        .split_ascii_whitespace()
        .map(|word| word.parse().ok())
        .collect()
}
