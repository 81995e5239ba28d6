//! Listings: the order first, then pages of keys, and no lock between pages.
//!
//! The order is read once: the number of each key that is listed, eight bytes each. A page
//! is read by number, as of one moment: its rows, then their groups and permissions by a
//! statement each. The first page is small, so that the first keys are printed at once;
//! later ones grow. A key that is deleted meanwhile is skipped.

mod acts;
mod filter;
mod order;
mod page;
mod query;
mod rules;

use super::Store;
use super::db::{Lock, Value};
use crate::error::{Kind, Result};
use crate::model::{Key, KeyField, Listing, Shown};
use crate::store::errors::damaged;

use order::Order;
use page::Page;

/// Keys of the first page, and of a page that is read again after an error.
const SMALL: usize = 500;

/// Keys of a page at most.
const LARGE: usize = 20_000;

/// A listing: an iterator over pages of keys.
pub(crate) struct Pages<'a> {
    store: &'a Store,
    order: Order,
    /// How many keys of the order were read.
    next: usize,
    /// Keys read since the beginning, or since the last error.
    read: usize,
    /// Keys of a page at most, as large as the keys are.
    most: usize,
}

impl Store {
    /// Begins a listing: reads which keys are listed, and in what order.
    pub(crate) fn pages(&self, wanted: &Listing) -> Result<Pages<'_>> {
        Ok(Pages {
            store: self,
            order: self.order(wanted)?,
            next: 0,
            read: 0,
            most: LARGE,
        })
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Vec<Key>>;

    /// Reads the next page; after an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        let page = self.next_page().transpose()?;
        if page.is_err() {
            self.next = self.order.numbers.len();
        }
        Some(page)
    }
}

impl Pages<'_> {
    /// Returns how many keys are left out because their last use isn't known, though all
    /// other filters match.
    pub(crate) fn left_out(&self) -> u64 {
        self.order.left_out
    }

    /// Returns the optional columns of a table for which a listed key has a value.
    ///
    /// # Errors
    /// The errors of reading the database.
    pub(crate) fn columns_in_use(&self) -> Result<Vec<KeyField>> {
        let numbers = &self.order.numbers;
        let (all, anywhere) = self.used_columns("", &[])?;
        if all == numbers.len() as u64 {
            return Ok(anywhere);
        }
        let mut in_use = Vec::new();
        let any_of = self.store.db.any_of("?1");
        for chunk in numbers.chunks(LARGE) {
            // A column that no key has a value for need not be looked for page by page.
            if in_use.len() == anywhere.len() {
                break;
            }
            let condition = format!("WHERE number {any_of}");
            let (_, mut used) = self.used_columns(&condition, &[chunk.into()])?;
            used.retain(|field| !in_use.contains(field));
            in_use.extend(used);
        }
        Ok(in_use)
    }

    /// Counts the keys for which `condition` holds. Returns the count, and for which of the
    /// optional columns one of them has a value. Those have the names of their fields.
    fn used_columns(&self, condition: &str, values: &[Value<'_>]) -> Result<(u64, Vec<KeyField>)> {
        let mut fields = KeyField::TABLE.to_vec();
        fields.retain(|field| field.field().shown == Shown::IfUsed);
        let counts = fields.iter().map(|field| {
            let column = field.as_str();
            format!(", count({column}) AS {column}")
        });
        let counts: String = counts.collect();
        let select = format!("SELECT count(*) AS keys{counts} FROM keys {condition}");
        let counted = self.store.db.row(&select, values, |row| {
            let mut used = Vec::new();
            for field in fields {
                if row.get::<i64>(field.as_str())? > 0 {
                    used.push(field);
                }
            }
            Ok((row.get("keys")?, used))
        })?;
        Ok(counted.unwrap_or_default())
    }

    fn next_page(&mut self) -> Result<Option<Vec<Key>>> {
        loop {
            let rest = self.order.numbers.len() - self.next;
            if rest == 0 {
                return Ok(None);
            }
            // As long as a page is a quarter of what was read before, it keeps no reader
            // waiting for long, nor takes much memory where there are few keys.
            let count = (self.read / 4).max(SMALL).min(self.most).min(rest);
            match self.read(count) {
                Ok(Some(keys)) if keys.is_empty() => {}
                Ok(Some(keys)) => return Ok(Some(keys)),
                Ok(None) => self.most = (count / 4).max(1),
                // What is sound before the damage is listed, too.
                Err(error) if count > SMALL && error.kind() == Kind::DatabaseDamaged => {
                    self.read = 0;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the next `count` keys. Returns none where they take too much memory.
    fn read(&mut self, count: usize) -> Result<Option<Vec<Key>>> {
        let numbers = &self.order.numbers[self.next..self.next + count];
        let db = self.store.db.begin(Lock::Read)?;
        let mut page = Page::new(self.store, numbers)?;
        if !page.read(&db)? {
            return Ok(None);
        }
        let is_unchanged = db.version()? == self.order.version;
        drop(db);
        self.most = page.most().min(LARGE);
        let keys = page.into_keys();
        if is_unchanged {
            self.check(&keys, count)?;
        }
        self.next += count;
        self.read += count;
        Ok(Some(keys))
    }

    /// Refuses what an index led to that is not as the index said, where nothing was written
    /// since the order was read.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`].
    fn check(&mut self, keys: &[Key], count: usize) -> Result<()> {
        if keys.len() < count {
            return Err(damaged(
                "an index of the database is damaged: it leads to a key that isn't there",
            ));
        }
        if let Some(names) = &mut self.order.names {
            for key in keys {
                names.check(&key.name.as_str().to_ascii_lowercase())?;
            }
        }
        Ok(())
    }
}
