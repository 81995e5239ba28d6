//! A page of keys, read by number: the rows, then their groups, then their permissions.

use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::str::FromStr;

use crate::error::Result;
use crate::model::{GroupName, Key, Prefix, ShortForm, State, Timestamp};
use crate::store::Store;
use crate::store::db::{Db, Row, Value};
use crate::store::errors::damaged;
use crate::store::keys::record::{KEYS, RECORD, invalid, read_record};
use crate::store::sqlite::usage::{Use, Window};

/// Bytes of a page, about, that later pages are to have.
const GOAL: usize = 5 << 20;

/// Bytes of a page of more than one key at most, about.
const ROOM: usize = 2 * GOAL;

/// Bytes that a text takes besides its characters, about.
const TEXT: usize = 16;

/// A page in the making.
pub(super) struct Page<'a> {
    prefix: &'a Prefix,
    window: Window<'a>,
    known_since: Option<Timestamp>,
    /// The number of each key and its place on the page, sorted by number.
    places: Vec<(i64, usize)>,
    /// The keys, in the order of `places`. None where there is no such key.
    keys: Vec<Option<Key>>,
    /// The secret that each key's short form is of, so far: its rank and slot.
    shown: Vec<Option<(u8, Reverse<i64>)>>,
    /// Where in `places` the last row's key is.
    at: usize,
    /// Bytes that the keys take, about.
    bytes: usize,
}

impl<'a> Page<'a> {
    /// Begins a page of the keys with those numbers, in that order.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when a number comes
    /// twice.
    pub(super) fn new(store: &'a Store, numbers: &[i64]) -> Result<Self> {
        let mut places: Vec<(i64, usize)> = numbers.iter().copied().zip(0..).collect();
        places.sort_unstable();
        if let Some(pair) = places.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let number = pair[0].0;
            let fact = format!("an index of the database is damaged: key {number} comes twice");
            return Err(damaged(fact));
        }
        let window = Window::new(store.usage.as_ref(), store.actor.now);
        Ok(Self {
            prefix: &store.settings.prefix,
            known_since: window.known_since(),
            window,
            keys: std::iter::repeat_with(|| None).take(places.len()).collect(),
            shown: vec![None; places.len()],
            places,
            at: 0,
            bytes: 0,
        })
    }

    /// Reads the keys. Returns whether there was room for them.
    ///
    /// # Errors
    /// The errors of reading the database, and where it holds what it can't hold.
    pub(super) fn read(&mut self, db: &Db) -> Result<bool> {
        let numbers: Vec<i64> = self.places.iter().map(|(number, _)| *number).collect();
        let numbers = [Value::Integers(&numbers)];
        let any_of = db.any_of("?1");
        let select = format!(
            "SELECT {RECORD}, k.active, s.slot, s.last_four, s.state
               FROM {KEYS} LEFT JOIN secrets s ON s.key = k.number
              WHERE k.number {any_of}"
        );
        db.each(&select, &numbers, &mut |row| {
            self.add_row(row)?;
            Ok(self.go_on())
        })?;
        let select = format!(
            "SELECT m.key, g.name FROM key_groups m JOIN groups g ON g.id = m.group_id
              WHERE m.key {any_of}"
        );
        db.each(&select, &numbers, &mut |row| {
            self.add_member(row, "groups", "name", |key| &mut key.groups)
        })?;
        let select =
            format!("SELECT p.key, p.permission FROM key_permissions p WHERE p.key {any_of}");
        db.each(&select, &numbers, &mut |row| {
            self.add_member(row, "permissions", "permission", |key| &mut key.permissions)
        })?;
        for ((number, _), key) in self.places.iter().zip(&mut self.keys) {
            if let Some(key) = key {
                if key.short.last_four.is_empty() {
                    return Err(invalid("short form", *number));
                }
                key.permissions.sort_unstable();
                key.groups
                    .sort_by_cached_key(|group: &GroupName| group.as_str().to_ascii_lowercase());
            }
        }
        Ok(self.has_room())
    }

    /// Returns how many keys as large as these a page is to have.
    pub(super) fn most(&self) -> usize {
        (GOAL / (self.bytes / self.keys.len().max(1)).max(1)).max(1)
    }

    /// Returns the keys that are there, in their order.
    pub(super) fn into_keys(self) -> Vec<Key> {
        let mut keys = self.keys;
        let mut places = self.places.iter().map(|(_, place)| *place);
        // Each key is asked for its place once, in their order.
        keys.sort_by_cached_key(|_| places.next());
        keys.into_iter().flatten().collect()
    }

    fn has_room(&self) -> bool {
        self.bytes <= ROOM || self.keys.len() == 1
    }

    fn go_on(&self) -> ControlFlow<()> {
        if self.has_room() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// Finds the key of a row among those that are looked up. Rows come by number, as far as
    /// the engine likes.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when the key was not
    /// looked up.
    fn find(&mut self, number: i64) -> Result<()> {
        let is_at = |at: usize| {
            self.places
                .get(at)
                .is_some_and(|(other, _)| *other == number)
        };
        self.at = if is_at(self.at) {
            self.at
        } else if is_at(self.at + 1) {
            self.at + 1
        } else {
            let found = self
                .places
                .binary_search_by_key(&number, |(number, _)| *number);
            found.map_err(|_| {
                damaged(format!(
                    "the database is damaged: key {number} was not looked up"
                ))
            })?
        };
        Ok(())
    }

    /// Adds a secret, and its key with the first one.
    fn add_row(&mut self, row: &Row<'_>) -> Result<()> {
        let number = row.get("number")?;
        self.find(number)?;
        let mut key = match self.keys[self.at].take() {
            Some(key) => key,
            None => self.key(row)?,
        };
        if let Some(slot) = row.get("slot")? {
            let last = self.window.last(slot, Use::Accepted);
            key.last_used_at = key.last_used_at.max(last);
            let last = self.window.last(slot, Use::Refused);
            key.last_refused_at = key.last_refused_at.max(last);
            let rank = rank(row.text("state")?);
            if rank == 0 {
                key.state = match row.get::<i64>("active")? {
                    1 => State::Active,
                    0 => State::Inactive,
                    _ => return Err(invalid("state", number)),
                };
            }
            let place = Some((rank, Reverse(slot)));
            if self.shown[self.at].is_none_or(|shown| place < Some(shown)) {
                self.shown[self.at] = place;
                let text = row.text("last_four")?.unwrap_or_default();
                if !ShortForm::is_last_four(text) {
                    return Err(invalid("short form", number));
                }
                text.clone_into(&mut key.short.last_four);
            }
        }
        self.keys[self.at] = Some(key);
        Ok(())
    }

    /// Reads a key, pending until a current secret of it is read.
    fn key(&mut self, row: &Row<'_>) -> Result<Key> {
        let (_, mut key) = read_record(row, self.prefix)?;
        key.last_use_known_since = self.known_since;
        let texts = [key.description.as_deref(), Some(&key.created_by)];
        let bytes: usize = texts.into_iter().flatten().map(str::len).sum();
        // Its names, id and short form besides.
        self.bytes += size_of::<Key>() + bytes + 8 * TEXT;
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
        if let Some(key) = &mut self.keys[self.at] {
            let text = row.text(column)?.unwrap_or_default();
            list(key).push(text.parse().map_err(|_| invalid(what, number))?);
            self.bytes += size_of::<T>() + TEXT + text.len();
        }
        Ok(self.go_on())
    }
}

/// Returns the rank of a secret in that state: the short form of a key is of the secret with
/// the lowest, of these the one with the highest slot. See
/// [`LAST_FOUR`](crate::store::keys::LAST_FOUR).
fn rank(state: Option<&str>) -> u8 {
    match state {
        Some("current") => 0,
        Some("pending") => 1,
        _ => 2,
    }
}
