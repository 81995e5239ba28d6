//! Where the keys of a page are: their slots, in the order in which they are listed.

use std::cmp::Ordering;

use rusqlite::{Row, params};

use super::column::text;
use super::page::Page;
use super::{After, Pages};
use crate::error::Result;
use crate::store::errors::damaged;

impl Pages<'_> {
    /// Seeks the slots of the next `count` names.
    pub(super) fn seek_names(
        &self,
        last: Option<&str>,
        count: usize,
        page: &mut Page,
    ) -> Result<Option<After>> {
        let (after, direction) = match (last, self.reverse) {
            (None, false) => ("TRUE", "ASC"),
            (None, true) => ("TRUE", "DESC"),
            (Some(_), false) => ("lower(name) > lower(?2)", "ASC"),
            (Some(_), true) => ("lower(name) < lower(?2)", "DESC"),
        };
        let select = format!(
            "SELECT number, lower(name) FROM keys WHERE {after} ORDER BY lower(name) {direction} LIMIT ?1"
        );
        let mut select = self.store.db.as_sqlite().prepare_cached(&select)?;
        select.raw_bind_parameter(1, count)?;
        if let Some(last) = last {
            select.raw_bind_parameter(2, last)?;
        }
        let mut rows = select.raw_query();
        let mut last = last.map(str::to_owned);
        let mut places = 0;
        while let Some(row) = rows.next()? {
            go_on(&mut last, text(row, 1)?, self.reverse)?;
            page.sought.push((slot(row, 0)?, places));
            places += 1;
        }
        let any = !page.sought.is_empty();
        Ok(any.then_some(After::Name(last)))
    }

    /// Seeks the slots in the next `count` places.
    pub(super) fn seek_places(
        &self,
        last: i64,
        count: usize,
        page: &mut Page,
    ) -> Result<Option<After>> {
        let mut select = self.store.db.as_sqlite().prepare_cached(
            "SELECT place, slot FROM temp.listing WHERE place > ?1 ORDER BY place LIMIT ?2",
        )?;
        let mut rows = select.query(params![last, count])?;
        let mut next = None;
        let mut places = 0;
        while let Some(row) = rows.next()? {
            next = Some(After::Place(row.get(0)?));
            page.sought.push((slot(row, 1)?, places));
            places += 1;
        }
        Ok(next)
    }
}

/// Takes `name` for the last one read.
///
/// # Errors
/// When it is not beyond the one before: a damaged index has led back, and would
/// again and again.
pub(super) fn go_on(last: &mut Option<String>, name: &str, reverse: bool) -> Result<()> {
    let Some(before) = last else {
        *last = Some(name.to_owned());
        return Ok(());
    };
    let beyond = if reverse {
        Ordering::Less
    } else {
        Ordering::Greater
    };
    if as_nocase(name).cmp(as_nocase(before)) != beyond {
        return Err(damaged(format!(
            "an index of the database is damaged: \"{name}\" comes out of order"
        )));
    }
    before.clear();
    before.push_str(name);
    Ok(())
}

/// The slot in a column, as a number to sort by.
fn slot(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(at)?.cast_unsigned())
}

/// The bytes of a name as NOCASE compares them.
fn as_nocase(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|c| c.to_ascii_lowercase())
}
