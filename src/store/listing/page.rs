//! A page of keys, read by number: the rows with their secrets, then groups, permissions and
//! metadata.

use std::ops::ControlFlow;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::model::{
    GroupName, Key, Meta, MetaEntry, Prefix, SecretRecord, Secrets, Span, Timestamp,
};
use crate::store::db::{Db, Row, Value};
use crate::store::errors::damaged;
use crate::store::keys::meta::read_entry;
use crate::store::keys::record::{KEYS, RECORD, invalid, read_record};
use crate::store::keys::uses::{SECRET, read_secret, set_secrets};
use crate::store::uses::Slots;
use crate::store::{Store, View};

/// The approximate size of a page in bytes.
const TARGET_BYTES: usize = 5 << 20;

/// The approximate maximum size in bytes of a page with more than one key.
const MAX_BYTES: usize = 2 * TARGET_BYTES;

/// The approximate overhead of a text in bytes.
const TEXT_OVERHEAD: usize = 16;

/// A page that is being read.
pub(super) struct Page<'a> {
    store: &'a Store,
    prefix: &'a Prefix,
    known_since: Option<Timestamp>,
    drain_after: Span,
    /// The number of each key and its position on the page, sorted by number.
    positions: Vec<(i64, usize)>,
    /// The keys, in the order of `positions`. None for a key that doesn't exist.
    keys: Vec<Option<Key>>,
    /// The secrets, each with the index of its key in `positions`.
    secrets: Vec<(usize, SecretRecord)>,
    /// The index in `positions` of the last row's key.
    current: usize,
    /// The approximate size of the keys in bytes.
    bytes: usize,
}

impl View<'_> {
    /// Reads keys by number, within a transaction of `db`. Returns each with its number.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when a key doesn't exist, and
    /// the other errors of the database.
    pub(in crate::store) fn numbered(&self, db: &Db, numbers: &[i64]) -> Result<Vec<(i64, Key)>> {
        let mut page = Page::new(self.store, numbers)?;
        if !page.read(db, true)? {
            let (first, rest) = numbers.split_at(numbers.len() / 2);
            let mut keys = self.numbered(db, first)?;
            keys.extend(self.numbered(db, rest)?);
            return Ok(keys);
        }
        let keys = page.into_keys();
        if keys.len() < numbers.len() {
            return Err(missing_key());
        }
        Ok(numbers.iter().copied().zip(keys).collect())
    }
}

/// Returns the error for a number without a key.
pub(super) fn missing_key() -> Error {
    damaged("an index of the database is damaged: it refers to a key that doesn't exist")
}

impl<'a> Page<'a> {
    /// Starts a page of the keys with the given numbers, in that order.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when a number occurs twice,
    /// and the errors of reading the policy.
    pub(super) fn new(store: &'a Store, numbers: &[i64]) -> Result<Self> {
        let mut positions: Vec<(i64, usize)> = numbers.iter().copied().zip(0..).collect();
        positions.sort_unstable();
        if let Some(pair) = positions.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let number = pair[0].0;
            let fact = format!("an index of the database is damaged: it lists key {number} twice");
            return Err(damaged(fact));
        }
        Ok(Self {
            store,
            prefix: &store.settings.prefix,
            known_since: store.known_since(),
            drain_after: store.drain_after()?,
            keys: std::iter::repeat_with(|| None)
                .take(positions.len())
                .collect(),
            secrets: Vec::with_capacity(positions.len()),
            positions,
            current: 0,
            bytes: 0,
        })
    }

    /// Reads the keys, with their permissions and metadata if `has_details`. Returns whether they
    /// fit on the page.
    ///
    /// # Errors
    /// The errors of reading the database, and of invalid values in it.
    pub(super) fn read(&mut self, db: &Db, has_details: bool) -> Result<bool> {
        let numbers: Vec<i64> = self.positions.iter().map(|(number, _)| *number).collect();
        let numbers = [Value::Integers(&numbers)];
        let any_of = db.any_of("?1");
        let select = format!(
            "SELECT {RECORD}, {SECRET}
               FROM {KEYS} LEFT JOIN secrets v ON v.key = k.number
              WHERE k.number {any_of}"
        );
        db.each(&select, &numbers, &mut |row| {
            self.add_row(row)?;
            Ok(self.unless_full())
        })?;
        let select = format!(
            "SELECT m.key, g.name FROM key_groups m JOIN groups g ON g.id = m.group_id
              WHERE m.key {any_of}"
        );
        db.each(&select, &numbers, &mut |row| {
            self.add_member(row, "groups", "name", |key| &mut key.groups)
        })?;
        if has_details {
            self.read_permissions(db, &numbers)?;
            self.read_meta(db, &numbers)?;
        }
        self.add_secrets()?;
        for key in self.keys.iter_mut().flatten() {
            key.permissions.sort_unstable();
            key.groups
                .sort_by_cached_key(|group: &GroupName| group.as_str().to_ascii_lowercase());
        }
        Ok(self.fits())
    }

    /// Returns the number of keys for the next page, according to the size of the keys in this one.
    pub(super) fn next_count(&self) -> usize {
        (TARGET_BYTES / (self.bytes / self.keys.len().max(1)).max(1)).max(1)
    }

    /// Returns the keys that exist, in their order.
    pub(super) fn into_keys(self) -> Vec<Key> {
        let mut keys = self.keys;
        let mut positions = self.positions.iter().map(|(_, position)| *position);
        // sort_by_cached_key asks for the position of each key once, in order.
        keys.sort_by_cached_key(|_| positions.next());
        keys.into_iter().flatten().collect()
    }

    fn fits(&self) -> bool {
        self.bytes <= MAX_BYTES || self.keys.len() == 1
    }

    fn unless_full(&self) -> ControlFlow<()> {
        if self.fits() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// Finds the key of a row. Rows usually come in the order of their numbers.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when the key was not
    /// requested.
    fn find(&mut self, number: i64) -> Result<()> {
        let positions = &self.positions;
        let near = [self.current, self.current + 1].into_iter();
        let found = near
            .filter(|&index| index < positions.len())
            .find(|&index| positions[index].0 == number);
        let search = || positions.binary_search_by_key(&number, |(number, _)| *number);
        self.current = found.map_or_else(search, Ok).map_err(|_| {
            damaged(format!(
                "the database is damaged: it returned key {number}, which was not requested"
            ))
        })?;
        Ok(())
    }

    /// Adds a secret. The first secret of a key adds the key.
    fn add_row(&mut self, row: &Row<'_>) -> Result<()> {
        let number = row.get("number")?;
        self.find(number)?;
        let key = match self.keys[self.current].take() {
            Some(key) => key,
            None => self.key(row)?,
        };
        if row.get::<Option<i64>>("slot")?.is_some() {
            let secret = read_secret(row, number)?;
            self.bytes += size_of::<(usize, SecretRecord)>() + TEXT_OVERHEAD;
            self.secrets.push((self.current, secret));
        }
        self.keys[self.current] = Some(key);
        Ok(())
    }

    /// Completes the keys by their secrets.
    ///
    /// # Errors
    /// When a key has no secret.
    fn add_secrets(&mut self) -> Result<()> {
        let mut secrets = std::mem::take(&mut self.secrets);
        let mut has_secret = vec![false; self.keys.len()];
        for (index, _) in &secrets {
            has_secret[*index] = true;
        }
        let keys = self.keys.iter().zip(has_secret);
        let without = keys
            .zip(&self.positions)
            .find(|((key, has), _)| key.is_some() && !has);
        if let Some((_, (number, _))) = without {
            return Err(invalid("short form", *number));
        }
        secrets.sort_by_key(|(index, _)| *index);
        let slots: Vec<i64> = secrets.iter().map(|(_, secret)| secret.slot).collect();
        let dates = self.store.dates(Slots::Of(&slots))?;
        let mut secrets = secrets.into_iter().peekable();
        while let Some((index, first)) = secrets.next() {
            let mut all = vec![first];
            while let Some((_, other)) = secrets.next_if(|(other, _)| *other == index) {
                all.push(other);
            }
            if let Some(key) = &mut self.keys[index] {
                let last = |slot, kind| dates.last(slot, kind);
                set_secrets(key, &Secrets::new(all), self.drain_after, last)?;
            }
        }
        Ok(())
    }

    /// Reads the permissions of the keys.
    fn read_permissions(&mut self, db: &Db, numbers: &[Value<'_>]) -> Result<()> {
        let any_of = db.any_of("?1");
        let select =
            format!("SELECT p.key, p.permission FROM key_permissions p WHERE p.key {any_of}");
        db.each(&select, numbers, &mut |row| {
            self.add_member(row, "permissions", "permission", |key| &mut key.permissions)
        })
    }

    /// Reads the metadata of the keys.
    fn read_meta(&mut self, db: &Db, numbers: &[Value<'_>]) -> Result<()> {
        let any_of = db.any_of("?1");
        let select = format!(
            "SELECT x.key, x.name || '=' || x.value AS entry FROM key_meta x WHERE x.key {any_of}"
        );
        let mut entries: Vec<(usize, MetaEntry)> = Vec::new();
        db.each(&select, numbers, &mut |row| {
            self.find(row.get("key")?)?;
            let text = row.text("entry")?.unwrap_or_default();
            entries.push((self.current, read_entry(text)?));
            self.bytes += size_of::<(usize, MetaEntry)>() + 2 * TEXT_OVERHEAD + text.len();
            Ok(self.unless_full())
        })?;
        entries.sort_by_key(|(index, _)| *index);
        for of_key in entries.chunk_by(|(index, _), (other, _)| index == other) {
            if let Some(key) = &mut self.keys[of_key[0].0] {
                let entries = of_key.iter().map(|(_, entry)| entry.clone());
                key.meta = Meta::new(entries.collect());
            }
        }
        Ok(())
    }

    /// Reads a key without its secrets.
    fn key(&mut self, row: &Row<'_>) -> Result<Key> {
        let (_, mut key) = read_record(row, self.prefix)?;
        key.last_use_known_since = self.known_since;
        let texts = [key.description.as_deref(), Some(&key.created_by)];
        let bytes: usize = texts.into_iter().flatten().map(str::len).sum();
        // Plus its names, id and short form.
        self.bytes += size_of::<Key>() + bytes + 8 * TEXT_OVERHEAD;
        Ok(key)
    }

    /// Adds a group or a permission to its key.
    fn add_member<T: FromStr>(
        &mut self,
        row: &Row<'_>,
        what: &str,
        column: &str,
        list: impl FnOnce(&mut Key) -> &mut Vec<T>,
    ) -> Result<ControlFlow<()>> {
        let number = row.get("key")?;
        self.find(number)?;
        if let Some(key) = &mut self.keys[self.current] {
            let text = row.text(column)?.unwrap_or_default();
            list(key).push(text.parse().map_err(|_| invalid(what, number))?);
            self.bytes += size_of::<T>() + TEXT_OVERHEAD + text.len();
        }
        Ok(self.unless_full())
    }
}
