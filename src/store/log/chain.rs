//! Whether the chain holds: each entry the one that was written, at its place.

use std::ops::ControlFlow;

use super::entry::{COLUMNS, Fields};
use crate::error::Result;
use crate::model::LogHead;
use crate::store::db::{Db, Row};

/// Entries of a page. Between two the database is let go, so that a long log
/// keeps no writer waiting; what is appended meanwhile is looked at, too.
const PAGE: i64 = 1000;

/// The first `seq` that is wrong: an entry that is not what was written, one too
/// many, or the first of those that are missing. None where the whole chain
/// holds, and `expect` is an entry of it, if given.
///
/// Whoever wrote a chain anew from some entry on gave all of them hashes that
/// hold; then `expect` is the first that is seen to be wrong.
///
/// # Errors
/// When the log can't be read at all.
pub(in crate::store) fn first_wrong(db: &Db, expect: Option<&LogHead>) -> Result<Option<i64>> {
    let mut chain = Chain {
        expect,
        last: 0,
        hash: [0; 32],
    };
    loop {
        match chain.read_page(db)? {
            Page::Wrong(seq) => return Ok(Some(seq)),
            Page::Whole(0) => break,
            Page::Whole(_) => {}
        }
    }
    let was_cut = expect.is_some_and(|expect| expect.seq > chain.last);
    // A page begins behind the last one by a search of the table's tree. In one put
    // together by hand that passes over an entry at the wrong place. Of no entries none is
    // the last: `init` appends one, so that they were removed.
    let is_miscounted = || {
        db.is_true(
            "SELECT (SELECT count(*) FROM log) IS DISTINCT FROM (SELECT max(seq) FROM log)
                 AS answer",
            &[],
        )
    };
    Ok((was_cut || is_miscounted()?).then_some(chain.last + 1))
}

/// A chain, as far as it was found to hold.
struct Chain<'a> {
    expect: Option<&'a LogHead>,
    last: i64,
    hash: [u8; 32],
}

/// What a page showed.
enum Page {
    /// The first entry that is wrong.
    Wrong(i64),
    /// The number of entries, which all hold.
    Whole(usize),
}

impl Chain<'_> {
    fn read_page(&mut self, db: &Db) -> Result<Page> {
        // The first page begins at the first row, whatever its number.
        let from = if self.last == 0 {
            i64::MIN
        } else {
            self.last + 1
        };
        let select =
            format!("SELECT {COLUMNS}, hash FROM log WHERE seq >= ?1 ORDER BY seq LIMIT ?2");
        let mut page = Page::Whole(0);
        let mut count = 0;
        db.each(&select, &[from.into(), PAGE.into()], &mut |row| {
            let next = self.last + 1;
            let seq: i64 = row.get("seq")?;
            // A gap, or an entry that comes too early.
            if seq != next {
                page = Page::Wrong(seq.min(next));
                return Ok(ControlFlow::Break(()));
            }
            if !self.accept(row) {
                page = Page::Wrong(seq);
                return Ok(ControlFlow::Break(()));
            }
            count += 1;
            page = Page::Whole(count);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(page)
    }

    /// Takes the row as the next entry of the chain. Returns whether it is one: an entry
    /// with the hash that follows, and the expected one where it has its number.
    fn accept(&mut self, row: &Row<'_>) -> bool {
        let Some(fields) = Fields::of(row) else {
            return false;
        };
        let hash = fields.hash(&self.hash);
        let is_expected = |expect: &&LogHead| expect.seq != fields.seq || expect.hash == hash;
        let holds = row.get("hash").ok() == Some(hash)
            && self.expect.as_ref().is_none_or(is_expected)
            && fields.read().is_some();
        self.last = fields.seq;
        self.hash = hash;
        holds
    }
}
