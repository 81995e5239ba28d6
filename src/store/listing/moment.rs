//! A moment at which a page is read, longer than a lock may be held.

use rusqlite::{Connection, Transaction};

use super::{FEW, Stopped};
use crate::error::Result;
use crate::process::Undivided;

/// What is read before the lock is let go: a page of few keys, each with its row, its
/// groups and its permissions.
const READS: usize = 3 * FEW;

/// Reading as of one moment. A lock stops a writer's commit, so it is let go now and
/// then; when something was written meanwhile, the moment is over.
pub(super) struct Moment<'a> {
    conn: &'a Connection,
    /// Reading locks the database until it is dropped.
    held: Option<(Transaction<'a>, Undivided)>,
    version: i64,
    /// How much was read since the lock was taken.
    read: usize,
}

impl<'a> Moment<'a> {
    pub(super) fn begin(conn: &'a Connection) -> Result<Self> {
        let held = Some(hold(conn)?);
        Ok(Self {
            conn,
            held,
            version: version(conn)?,
            read: 0,
        })
    }

    /// To be called before so many more things are read, while no statement is under way.
    ///
    /// # Errors
    /// [`Stopped::Changed`] when what was read is not as it was any more. Never while a
    /// page of few keys is read.
    pub(super) fn goes_on(&mut self, count: usize) -> std::result::Result<(), Stopped> {
        if self.read + count > READS {
            self.read = 0;
            self.held = None;
            self.held = Some(hold(self.conn)?);
            if version(self.conn)? != self.version {
                return Err(Stopped::Changed);
            }
        }
        self.read += count;
        Ok(())
    }
}

/// Begins to read: the process is not stopped while that locks the database.
fn hold(conn: &Connection) -> Result<(Transaction<'_>, Undivided)> {
    let unstopped = Undivided::by_stops();
    Ok((conn.unchecked_transaction()?, unstopped))
}

/// A number that is another one after each change that another connection made.
fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}
