//! Listings: a page of keys at a time, and no lock between pages.
//!
//! All keys by name: the next page begins after the last name, which the index finds.
//! In any other order that would be a sort of the whole table for every page, and of
//! some keys only it would be to ask of each whether it is wanted, where an index may
//! know which are. So their order is kept in a temporary table, which SQLite holds on
//! disk: memory doesn't grow with the number of keys either way.
//!
//! A page is as of one moment. It begins small, so that the first keys are shown at
//! once, and grows, so that what lies together in the file is read together. While the
//! keys of a large one are looked up the lock is let go again and again; when something
//! was written meanwhile, a small one is read in its place, without letting go. Only
//! which keys come next is read in one go, from an index or from the temporary table.

mod acts;
mod column;
mod condition;
mod longest;
mod moment;
mod order;
mod owners;
mod page;
mod seek;
mod sets;

use rusqlite::params;
use rusqlite::types::ValueRef;
use rusqlite::vtab::array::{self, Array};

use super::Store;
use crate::error::{Error, Kind, Result};
use crate::model::{Key, KeyField, KeyRow, Listing, Pass};
use crate::store::errors::damaged;
use crate::store::sqlite::usage::Window;

use moment::Moment;
use page::{Page, columns, measured_columns};
use seek::go_on;

/// Keys of a page that is read without letting go of the lock.
const FEW: usize = 500;

/// Keys of a page at most: what is known of so many takes 6 MiB. A million are read in
/// half the time that pages of 4,000 take.
const MOST: usize = 40_000;

/// Rows that are read one after the other, as they lie in the file, without letting go
/// of the lock: no longer than few keys, each sought.
const TOGETHER: usize = 4_000;

/// A listing.
pub(crate) struct Pages<'a> {
    store: &'a Store,
    /// All keys by name, by the index. Any others are in the temporary table.
    by_name: bool,
    reverse: bool,
    limit: u64,
    /// How many keys are left out because their last use isn't known.
    left_out: u64,
}

/// Where a page begins.
enum After {
    /// After that name; at the first or, reversed, the last without one.
    Name(Option<String>),
    /// After that place in the temporary table.
    Place(i64),
    /// After that slot.
    Slot(i64),
}

/// What ended the reading of a page early.
enum Stopped {
    /// What can't be read.
    Failed(Error),
    /// Something was written meanwhile.
    Changed,
    /// It holds more than there is room for.
    TooLong,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<rusqlite::Error> for Stopped {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Failed(fault.into())
    }
}

impl Store {
    /// Begins a listing.
    pub(crate) fn pages(&self, wanted: &Listing) -> Result<Pages<'_>> {
        // Rows are looked up some hundreds at a time: a statement for each takes longer.
        array::load_module(self.db.as_sqlite())?;
        self.prepare_acts(&wanted.acts)?;
        let mut filter = self.condition(wanted);
        let on_use = self.condition_on_use(wanted);
        let left_out = self.count_unknown(&filter, &on_use)?;
        filter.and_all(on_use);
        let by_name = wanted.sort == KeyField::Name && filter.is_empty();
        if !by_name {
            self.sort(wanted, &filter)?;
        }
        Ok(Pages {
            store: self,
            by_name,
            reverse: wanted.reverse,
            limit: wanted.limit.unwrap_or(u64::MAX),
            left_out,
        })
    }
}

impl Pages<'_> {
    /// Returns how many keys are left out because their last use isn't known, though all
    /// other filters match.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Returns those of the optional columns of a table for which a listed key has a value.
    pub(crate) fn columns_in_use(&self) -> Result<Vec<KeyField>> {
        let mut in_use = [
            (KeyField::ExpiresAt, false),
            (KeyField::Owner, false),
            (KeyField::Application, false),
            (KeyField::Description, false),
        ];
        self.pass(Pass::Measure, |key| -> Result<()> {
            let used = [
                key.expires_at.is_some(),
                key.owner.is_some(),
                key.application.is_some(),
                key.description.is_some(),
            ];
            for ((_, in_use), used) in in_use.iter_mut().zip(used) {
                *in_use |= used;
            }
            Ok(())
        })?;
        let in_use = in_use.into_iter().filter(|(_, in_use)| *in_use);
        Ok(in_use.map(|(field, _)| field).collect())
    }

    /// Goes through all keys in order, a page at a time: none is locked while `each`
    /// works on it.
    pub(crate) fn each<E: From<Error>>(
        &self,
        each: impl FnMut(KeyRow<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.pass(Pass::InOrder, each)
    }

    /// As [`each`](Self::each), in that order.
    pub(crate) fn pass<E: From<Error>>(
        &self,
        pass: Pass,
        mut each: impl FnMut(KeyRow<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut after = match pass {
            // Which the first few are, only their order tells.
            Pass::Measure if self.by_name && self.limit == u64::MAX => After::Slot(i64::MIN),
            _ if self.by_name => After::Name(None),
            _ => After::Place(0),
        };
        let mut read = 0;
        let mut listed = None;
        // What sorted them has taken memory, too.
        let limit = match after {
            After::Name(_) => MOST,
            After::Place(_) => MOST / 2,
            After::Slot(_) => TOGETHER,
        };
        let mut most = limit;
        let mut page = Page::of(pass);
        let mut left = self.limit;
        if let After::Slot(_) = after {
            page.show_for_all(self.longest_groups()?);
        }
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(usize::MAX);
            // As long as a page is a quarter of what was read before, it keeps nobody
            // waiting for long, nor takes much memory where there are few keys.
            let count = usize::max(read / 4, FEW).min(most).min(wanted);
            match self.read(&after, count, &mut page) {
                Ok(None) => break,
                Ok(Some(next)) => after = next,
                Err(Stopped::Failed(error))
                    if count <= FEW || error.kind() != Kind::DatabaseDamaged =>
                {
                    return Err(error.into());
                }
                // What is sound before the damage is not to be lost with it.
                Err(Stopped::Failed(_) | Stopped::Changed) => {
                    read = 0;
                    continue;
                }
                Err(Stopped::TooLong) => {
                    // Each attempt reads again what took the room.
                    most = (count / 4).max(1);
                    continue;
                }
            }
            read += count;
            if page.has_room_to_spare() {
                most = usize::min(most * 2, limit);
            }
            let keys = || page.keys(&self.store.settings.prefix);
            if matches!(after, After::Name(_)) {
                keys().try_for_each(|key| go_on(&mut listed, key.name, self.reverse))?;
            }
            for key in keys() {
                each(key)?;
                left -= 1;
            }
        }
        Ok(())
    }

    /// Reads up to `count` keys, whole, and lets go of the database; returns where the
    /// next page begins. None at the end.
    fn read(
        &self,
        after: &After,
        count: usize,
        page: &mut Page,
    ) -> std::result::Result<Option<After>, Stopped> {
        page.clear();
        page.reserve(count);
        let conn = self.store.db.as_sqlite();
        let mut moment = Moment::begin(conn)?;
        let next = match after {
            After::Name(last) => self.seek_names(last.as_deref(), count, page)?,
            After::Place(last) => self.seek_places(*last, count, page)?,
            After::Slot(last) => self.read_on(*last, count, page)?,
        };
        self.read_sought(&mut moment, page)?;
        if next.is_some() {
            let mut window = Window::new(self.store.usage.as_ref().as_ref(), self.store.actor.now);
            page.complete(conn, &mut moment, &mut window)?;
            page.settle(count);
        }
        Ok(next)
    }

    /// Reads the keys at the slots that are sought.
    fn read_sought(
        &self,
        moment: &mut Moment<'_>,
        page: &mut Page,
    ) -> std::result::Result<(), Stopped> {
        let mut slots = std::mem::take(&mut page.sought);
        slots.sort_unstable();
        let conn = self.store.db.as_sqlite();
        let mut select = conn.prepare_cached(&format!(
            "SELECT {} FROM rarray(?1) AS sought LEFT JOIN keys k ON k.number = sought.value",
            columns()
        ))?;
        for some in slots.chunks(FEW) {
            moment.goes_on(some.len())?;
            let sought = some.iter().map(|(slot, _)| slot.cast_signed().into());
            let mut rows = select.query([Array::new(sought.collect())])?;
            for (slot, place) in some {
                let row = rows.next()?;
                match row.filter(|row| row.get_ref(0) != Ok(ValueRef::Null)) {
                    Some(row) => page.take(conn, row, *place)?,
                    // Deleted since the order was settled.
                    None if !self.by_name => {}
                    None => {
                        let fact =
                            format!("an index of the database is damaged: slot {slot} is empty");
                        return Err(damaged(fact).into());
                    }
                }
            }
        }
        page.sought = slots;
        Ok(())
    }

    /// Reads the next `count` keys, as they lie in the file, to be measured.
    fn read_on(
        &self,
        last: i64,
        count: usize,
        page: &mut Page,
    ) -> std::result::Result<Option<After>, Stopped> {
        let mut select = self.store.db.as_sqlite().prepare_cached(&format!(
            "SELECT {} FROM keys k WHERE k.number > ?1 ORDER BY k.number LIMIT ?2",
            measured_columns()
        ))?;
        let mut rows = select.query(params![last, count])?;
        let mut before = last;
        for place in 0.. {
            let Some(row) = rows.next()? else {
                break;
            };
            let slot: i64 = row.get(0)?;
            if slot <= before {
                // A damaged table has led back, and would again and again.
                let fact = format!("the database is damaged: slot {slot} comes out of order");
                return Err(damaged(fact).into());
            }
            before = slot;
            page.take(self.store.db.as_sqlite(), row, place)?;
        }
        Ok((before > last).then_some(After::Slot(before)))
    }
}

/// A key that was read, to be kept.
pub(super) fn kept(key: KeyRow<'_>) -> Result<Key> {
    key.to_key()
        .map_err(|invalid| damaged(format!("a key can't be read: {invalid}")))
}
