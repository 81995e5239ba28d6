//! Listings: first the order, then pages of keys, without a lock between pages.
//!
//! The order is read once: the numbers of the listed keys, eight bytes each. A page is read by
//! number, in one transaction: its rows with their secrets, then their groups, their permissions
//! and their metadata by a statement each.
//! The first page is small, so that the first keys are printed immediately; later pages grow. A
//! key that is deleted in between is skipped.

mod acts;
mod filter;
mod order;
mod page;
mod query;
mod rules;

use super::Store;
use super::db::{Lock, Value};
use crate::error::{Kind, Result};
use crate::model::{Filter, Key, KeyField, Listing, Shown};

use order::Order;
use page::{Page, missing_key};

/// The number of keys of the first page, and of a page that is read again after an error.
const SMALL: usize = 500;

/// The most keys of a page.
const LARGE: usize = 20_000;

/// A listing: an iterator over pages of keys.
pub(crate) struct Pages<'a> {
    store: &'a Store,
    order: Order,
    /// The number of keys of the order that were read.
    next: usize,
    /// The number of keys read since the beginning, or since the last error.
    read: usize,
    /// The most keys of a page, given the size of the keys.
    max_count: usize,
    /// Whether permissions and metadata are read.
    has_details: bool,
}

impl Store {
    /// Refuses a filter by a group or an owner that doesn't exist: it is probably mistyped.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`], [`Kind::UserNotFound`], and the errors of the database.
    pub(super) fn check_filter(&self, filter: &Filter) -> Result<()> {
        for group in &filter.groups {
            self.group(group)?;
        }
        let mut owners = filter.owners.iter();
        owners.try_for_each(|owner| self.check_owner(owner))
    }

    /// Starts a listing: reads the order of its keys.
    ///
    /// # Errors
    /// The errors of [`check_filter`](Self::check_filter), and the errors of the database.
    pub(crate) fn pages(&self, wanted: &Listing) -> Result<Pages<'_>> {
        self.check_filter(&wanted.filter)?;
        Ok(Pages {
            store: self,
            order: self.view().order(&*self.db.begin(Lock::Read)?, wanted)?,
            next: 0,
            read: 0,
            max_count: LARGE,
            has_details: true,
        })
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Vec<Key>>;

    /// Reads the next page. After an error there is no next page.
    fn next(&mut self) -> Option<Self::Item> {
        let page = self.next_page().transpose()?;
        if page.is_err() {
            self.next = self.order.numbers.len();
        }
        Some(page)
    }
}

impl Pages<'_> {
    /// Leaves out the permissions and metadata of the keys. Reading them takes two statements a
    /// page, and a fourteenth of the time of a table, which doesn't show them.
    pub(crate) fn without_details(self) -> Self {
        Self {
            has_details: false,
            ..self
        }
    }

    /// Returns the number of keys for which all other filters match, but whose last use is
    /// unknown.
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
            // No other column has a value anywhere.
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

    /// Counts the keys that `condition` selects, a WHERE clause or empty. Returns the count, and
    /// the optional columns in which one of these keys has a value. In the database, these columns
    /// have the names of their fields.
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
            // A quarter of the keys read before: the pauses stay short, and a short listing
            // takes little memory.
            let count = (self.read / 4).max(SMALL).min(self.max_count).min(rest);
            match self.read(count) {
                Ok(Some(keys)) if keys.is_empty() => {}
                Ok(Some(keys)) => return Ok(Some(keys)),
                Ok(None) => self.max_count = (count / 4).max(1),
                // Small pages list the intact keys before the damage, too.
                Err(error) if count > SMALL && error.kind() == Kind::DatabaseDamaged => {
                    self.read = 0;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the next `count` keys. Returns none if they take too much memory.
    fn read(&mut self, count: usize) -> Result<Option<Vec<Key>>> {
        let numbers = &self.order.numbers[self.next..self.next + count];
        let db = self.store.db.begin(Lock::Read)?;
        let mut page = Page::new(self.store, numbers)?;
        if !page.read(&db, self.has_details)? {
            return Ok(None);
        }
        let is_unchanged = db.version()? == self.order.version;
        drop(db);
        self.max_count = page.next_count().min(LARGE);
        let keys = page.into_keys();
        if is_unchanged {
            self.check(&keys, count)?;
        }
        self.next += count;
        self.read += count;
        Ok(Some(keys))
    }

    /// Checks the keys that a damaged index could have led to. Only valid if nothing was written
    /// since the order was read.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`].
    fn check(&mut self, keys: &[Key], count: usize) -> Result<()> {
        if keys.len() < count {
            return Err(missing_key());
        }
        if let Some(names) = &mut self.order.names {
            for key in keys {
                names.check(&key.name.as_str().to_ascii_lowercase())?;
            }
        }
        Ok(())
    }
}
