//! Keys: looked up and read.

pub(super) mod edit;
pub(super) mod lookup;
pub(super) mod meta;
pub(super) mod names;
pub(super) mod record;
pub(super) mod uses;

use std::collections::BTreeSet;
use std::iter;
use std::ops::ControlFlow;

use self::meta::{META, read_meta};
use self::record::{KEYS, RECORD, invalid, read_record};
use self::uses::{SECRET, read_secret, set_secrets};
use super::db::Row;
use super::uses::Slots;
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{Change, Key, KeyId, KeyRef, Meta, Policy, Rights, Secrets, UserName, nearest};
use crate::store::errors::wrong_row;

/// The last four characters in the short form of the key `k`: those of its current secret,
/// else of its pending secret, else of its latest.
pub(super) const LAST_FOUR: &str = "(SELECT last_four FROM secrets WHERE key = k.number
    ORDER BY CASE state WHEN 'current' THEN 0 WHEN 'pending' THEN 1 ELSE 2 END, slot DESC LIMIT 1)";

/// The condition that the key `k` is pending: it has no current secret.
pub(super) const IS_PENDING: &str =
    "NOT EXISTS (SELECT 1 FROM secrets WHERE key = k.number AND state = 'current')";

/// The columns that [`View::read_key`] reads in addition to [`RECORD`] and [`META`].
const DETAILS: &str = "(SELECT string_agg(g.name, ' ' ORDER BY lower(g.name))
       FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key = k.number) AS group_names,
    (SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
       FROM key_permissions p WHERE p.key = k.number) AS permissions";

/// The condition for a key by its id.
pub(super) const BY_ID: &str = "k.id = ?1";

/// The condition for a key by its name.
pub(super) const BY_NAME: &str = "lower(k.name) = lower(?1)";

/// The keys that an operator may see, with the dates of their last uses.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) store: &'a Store,
    pub(super) rights: &'a Rights,
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

    /// Returns a key whose values a new key is to get. For an operator with limited rights it has
    /// no owner, no application and no metadata, since they may not give these to a new key.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], and the errors of the database.
    pub(crate) fn template(&self, wanted: &KeyRef) -> Result<Key> {
        let (_, mut key) = self.view().find(wanted)?;
        if matches!(self.rights, Rights::Limited { .. }) {
            key.owner = None;
            key.application = None;
            key.meta = Meta::default();
        }
        Ok(key)
    }
}

impl View<'_> {
    /// Returns the key that `wanted` names, and its number.
    pub(super) fn find(&self, wanted: &KeyRef) -> Result<(i64, Key)> {
        let found = match wanted {
            KeyRef::NameOrId(text) => {
                match KeyId::parse_prefixed(&self.store.settings.prefix, text.as_str()) {
                    // Never looked up as a name: a key of an older version whose name has this
                    // form can only be found by its id.
                    Some(id) => self.key_where(BY_ID, id.as_str())?,
                    // A name may differ from another key's id only in case. Names ignore case, ids
                    // don't, so the id is tried first.
                    None => match self.key_where(BY_ID, text.as_str())? {
                        None => self.key_where(BY_NAME, text.as_str())?,
                        found => found,
                    },
                }
            }
            KeyRef::Short(short) => self
                .key_where(BY_ID, short.id.as_str())?
                .filter(|(_, key)| key.short == *short),
            KeyRef::Imported(id) => self
                .key_where(BY_ID, id.as_str())?
                .filter(|(_, key)| key.short.is_imported()),
        };
        found.ok_or_else(|| self.not_found(wanted))
    }

    /// Returns the keys that `wanted` names, each once, with their numbers, if the operator may
    /// make that change to them. Rights come first: a denied change is reported before a missing
    /// key.
    pub(super) fn find_all(&self, wanted: &[KeyRef], change: Change) -> Result<Vec<(i64, Key)>> {
        let mut keys = Vec::new();
        let mut seen = BTreeSet::new();
        let mut missing = None;
        for wanted in wanted {
            match self.find(wanted) {
                Ok((number, key)) => {
                    self.rights.check_change(&key, change)?;
                    if seen.insert(number) {
                        keys.push((number, key));
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

    /// Returns the key with this id, and its number.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], and the errors of the database.
    pub(super) fn by_id(&self, id: &KeyId) -> Result<(i64, Key)> {
        let found = self.key_where(BY_ID, id.as_str())?;
        found.ok_or_else(|| Error::new(Kind::KeyNotFound, format!("no key has the id {id}")))
    }

    /// Returns the key with `value` as its name or id, as `condition` says, if the operator
    /// sees it.
    pub(super) fn key_where(&self, condition: &str, value: &str) -> Result<Option<(i64, Key)>> {
        let select = format!(
            "SELECT {RECORD}, {DETAILS}, {META}, {SECRET}
               FROM {KEYS} LEFT JOIN secrets v ON v.key = k.number WHERE {condition}"
        );
        let mut found: Option<(i64, Key)> = None;
        let mut secrets = Vec::new();
        self.store.db.each(&select, &[value.into()], &mut |row| {
            let number = row.get("number")?;
            match &found {
                Some((other, _)) if *other != number => return Err(wrong_row(value)),
                Some(_) => {}
                None => found = Some(self.read_key(row)?),
            }
            if row.get::<Option<i64>>("slot")?.is_some() {
                secrets.push(read_secret(row, number)?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some((_, key)) = &mut found {
            self.set_secrets(key, &Secrets::new(secrets))?;
        }
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

    /// Returns the secrets of the key with that number.
    pub(super) fn secrets(&self, number: i64) -> Result<Secrets> {
        let select = format!("SELECT {SECRET} FROM secrets v WHERE v.key = ?1");
        let read = |row: &Row<'_>| read_secret(row, number);
        let secrets = self.store.db.rows(&select, &[number.into()], read)?;
        Ok(Secrets::new(secrets))
    }

    /// Completes `key` by its `secrets`.
    pub(super) fn set_secrets(&self, key: &mut Key, secrets: &Secrets) -> Result<()> {
        // Only an overlap under way depends on the policy.
        let drain_after = match secrets.overlap(self.store.now()) {
            Some(_) => self.store.drain_after()?,
            None => Policy::default().drain_after(),
        };
        let slots: Vec<i64> = secrets.slots().collect();
        let dates = self.store.dates(Slots::Of(&slots))?;
        set_secrets(key, secrets, drain_after, |slot, kind| {
            dates.last(slot, kind)
        })
    }

    /// Reads a row of [`RECORD`], [`DETAILS`] and [`META`]. Returns the key's number, and
    /// the key. [`View::set_secrets`] adds what comes from its secrets.
    fn read_key(&self, row: &Row<'_>) -> Result<(i64, Key)> {
        let (number, mut key) = read_record(row, &self.store.settings.prefix)?;
        let invalid = |field: &str| invalid(field, number);
        key.groups = row.list("group_names")?.ok_or_else(|| invalid("groups"))?;
        let permissions = row.list("permissions")?;
        key.permissions = permissions.ok_or_else(|| invalid("permissions"))?;
        key.meta = read_meta(row)?;
        key.last_use_known_since = self.store.known_since();
        Ok((number, key))
    }
}
