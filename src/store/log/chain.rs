//! Checks the chain of hashes, to find an entry that was altered, added, removed or moved.

use std::ops::ControlFlow;

use super::entry::{COLUMNS, Fields};
use crate::error::Result;
use crate::model::LogHead;
use crate::store::Store;
use crate::store::db::{Db, Row};

/// The number of entries read at a time. No lock is held between two pages, so that a long
/// log keeps no writer waiting; entries appended meanwhile are checked, too.
const PAGE: i64 = 1000;

impl Store {
    /// Returns the first `seq` that is invalid: an entry that was altered, added or removed.
    /// Returns none if the chain is valid and, if given, `expect` is one of its entries.
    ///
    /// If an attacker rewrote the chain from some entry on, with valid hashes, only `expect` shows
    /// the change. Returns the number of `expect` in that case, or the number of the first missing
    /// entry if the chain ends before `expect`.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn first_invalid_entry(&self, expect: Option<&LogHead>) -> Result<Option<i64>> {
        let mut chain = Chain {
            expect,
            last: 0,
            hash: [0; 32],
        };
        loop {
            match chain.read_page(&self.db)? {
                Page::Invalid(seq) => return Ok(Some(seq)),
                Page::Valid(0) => break,
                Page::Valid(_) => {}
            }
        }
        let was_truncated = expect.is_some_and(|expect| expect.seq > chain.last);
        // Each page is found by a search of the table's tree. In a tree that an attacker built,
        // the search can skip a misplaced entry. An empty log is invalid, too, since `init`
        // appends an entry.
        let is_miscounted = || {
            self.db.is_true(
                "SELECT (SELECT count(*) FROM log) IS DISTINCT FROM (SELECT max(seq) FROM log)
                     AS answer",
                &[],
            )
        };
        Ok((was_truncated || is_miscounted()?).then_some(chain.last + 1))
    }
}

/// The part of a chain that was found valid.
struct Chain<'a> {
    expect: Option<&'a LogHead>,
    last: i64,
    hash: [u8; 32],
}

/// The result of checking a page.
enum Page {
    /// The first invalid entry.
    Invalid(i64),
    /// The number of entries, all valid.
    Valid(usize),
}

impl Chain<'_> {
    fn read_page(&mut self, db: &Db) -> Result<Page> {
        // The first page begins at the first row, even if its number is below 1.
        let from = if self.last == 0 {
            i64::MIN
        } else {
            self.last + 1
        };
        let select =
            format!("SELECT {COLUMNS}, hash FROM log WHERE seq >= ?1 ORDER BY seq LIMIT ?2");
        let mut page = Page::Valid(0);
        let mut count = 0;
        db.each(&select, &[from.into(), PAGE.into()], &mut |row| {
            let next = self.last + 1;
            let seq: i64 = row.get("seq")?;
            // With another number, an entry is missing or out of order.
            if seq != next || !self.accept(row) {
                page = Page::Invalid(seq.min(next));
                return Ok(ControlFlow::Break(()));
            }
            count += 1;
            page = Page::Valid(count);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(page)
    }

    /// Takes the row as the next entry of the chain. Returns whether the entry is valid: its values
    /// are valid, its hash is right, and if it has the expected number, it has the expected hash.
    fn accept(&mut self, row: &Row<'_>) -> bool {
        let Some(fields) = Fields::from_row(row) else {
            return false;
        };
        let hash = fields.hash(&self.hash);
        let is_expected = |expect: &&LogHead| expect.seq != fields.seq || expect.hash == hash;
        let is_valid = row.get("hash").ok() == Some(hash)
            && self.expect.as_ref().is_none_or(is_expected)
            && fields.read().is_some();
        self.last = fields.seq;
        self.hash = hash;
        is_valid
    }
}
