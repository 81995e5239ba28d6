//! Whether the chain holds: each entry the one that was written, at its place.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::entry::{COLUMNS, Fields};
use crate::error::Result;
use crate::model::LogHead;
use crate::process::Undivided;

/// Entries of a page. Between two the database is let go, so that a long log
/// keeps no writer waiting; what is appended meanwhile is looked at, too.
const PAGE: usize = 1000;

/// The first `seq` that is wrong: an entry that is not what was written, one too
/// many, or the first of those that are missing. None where the whole chain
/// holds, and `expect` is an entry of it, if given.
///
/// Whoever wrote a chain anew from some entry on gave all of them hashes that
/// hold; then `expect` is the first that is seen to be wrong.
///
/// # Errors
/// When the log can't be read at all.
pub(in crate::store) fn first_wrong(
    conn: &Connection,
    expect: Option<&LogHead>,
) -> Result<Option<i64>> {
    let mut chain = Chain {
        expect,
        last: 0,
        hash: [0; 32],
    };
    loop {
        match chain.read_page(conn)? {
            Page::Wrong(seq) => return Ok(Some(seq)),
            Page::Whole(0) => break,
            Page::Whole(_) => {}
        }
    }
    let was_cut = expect.is_some_and(|expect| expect.seq > chain.last);
    let is_miscounted = || -> Result<bool> {
        let _unstopped = Undivided::by_stops();
        // A page begins behind the last one by a search of the table's tree. In one
        // put together by hand that passes over an entry at the wrong place. Of no
        // entries none is the last: `init` appends one, so that they were removed.
        let select = "SELECT (SELECT count(*) FROM log) IS NOT (SELECT max(seq) FROM log)";
        Ok(conn.query_row(select, [], |row| row.get(0))?)
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
    /// The first that is wrong.
    Wrong(i64),
    /// So many entries, which hold.
    Whole(usize),
}

impl Chain<'_> {
    fn read_page(&mut self, conn: &Connection) -> Result<Page> {
        let _unstopped = Undivided::by_stops();
        // The first page begins at the first row, whatever its number.
        let from = if self.last == 0 {
            i64::MIN
        } else {
            self.last + 1
        };
        let mut select = conn.prepare_cached(&format!(
            "SELECT {COLUMNS}, hash FROM log WHERE seq >= ?1 ORDER BY seq LIMIT {PAGE}"
        ))?;
        let mut rows = select.query([from])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let next = self.last + 1;
            let seq: i64 = row.get(0)?;
            if seq != next {
                // A gap, or one that comes too early.
                return Ok(Page::Wrong(seq.min(next)));
            }
            if !self.goes_on_with(row)? {
                return Ok(Page::Wrong(seq));
            }
            count += 1;
        }
        Ok(Page::Whole(count))
    }

    /// Whether the row is an entry, with the hash of one that comes next, and the
    /// expected one where it has its number.
    fn goes_on_with(&mut self, row: &Row<'_>) -> Result<bool> {
        let Some(fields) = Fields::of(row)? else {
            return Ok(false);
        };
        let hash = fields.hash(&self.hash);
        let is_expected = |expect: &&LogHead| expect.seq != fields.seq || expect.hash == hash;
        let holds = row.get_ref(6)? == ValueRef::Blob(&hash)
            && self.expect.as_ref().is_none_or(is_expected)
            && fields.read().is_some();
        self.last = fields.seq;
        self.hash = hash;
        Ok(holds)
    }
}
