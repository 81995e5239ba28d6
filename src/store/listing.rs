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
use crate::model::{Key, KeyField, Listing};
use crate::store::errors::damaged;

use order::Order;
use page::Page;

/// Keys of the first page, and of a page that is read again after an error.
const SMALL: usize = 500;

/// Keys of a page at most.
const LARGE: usize = 20_000;

/// Columns of a table that are left out where no key has a value for them, as the
/// database names them.
const OPTIONAL: [(KeyField, &str); 4] = [
    (KeyField::ExpiresAt, "expires_at"),
    (KeyField::Owner, "owner"),
    (KeyField::Application, "application"),
    (KeyField::Description, "description"),
];

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

    /// Returns those of the optional columns of a table for which a listed key has a value.
    ///
    /// # Errors
    /// Those of reading the database.
    pub(crate) fn columns_in_use(&self) -> Result<Vec<KeyField>> {
        let numbers = &self.order.numbers;
        let mut in_use = [false; OPTIONAL.len()];
        // What no key has need not be looked for page by page.
        let (all, anywhere) = self.count_columns("", &[])?;
        let chunks = if all == numbers.len() as u64 {
            in_use = anywhere;
            [].chunks(LARGE)
        } else {
            numbers.chunks(LARGE)
        };
        let any_of = self.store.db.any_of("?1");
        for chunk in chunks {
            if in_use == anywhere {
                break;
            }
            let condition = format!("WHERE number {any_of}");
            let (_, found) = self.count_columns(&condition, &[chunk.into()])?;
            for (in_use, found) in in_use.iter_mut().zip(found) {
                *in_use |= found;
            }
        }
        let columns = OPTIONAL.iter().zip(in_use);
        Ok(columns
            .filter_map(|((field, _), in_use)| in_use.then_some(*field))
            .collect())
    }

    /// Counts the keys for which `condition` holds. Returns, too, for which of the optional
    /// columns one of them has a value.
    fn count_columns(
        &self,
        condition: &str,
        values: &[Value<'_>],
    ) -> Result<(u64, [bool; OPTIONAL.len()])> {
        let counts = OPTIONAL.map(|(_, column)| format!(", count({column}) AS {column}"));
        let select = format!(
            "SELECT count(*) AS keys{} FROM keys {condition}",
            counts.concat()
        );
        let counted = self.store.db.row(&select, values, |row| {
            let mut in_use = [false; OPTIONAL.len()];
            for (in_use, (_, column)) in in_use.iter_mut().zip(OPTIONAL) {
                *in_use = row.get::<i64>(column)? > 0;
            }
            Ok((row.get("keys")?, in_use))
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
