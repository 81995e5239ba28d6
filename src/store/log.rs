//! The log: every change appends an entry, in its own transaction.
//!
//! An entry's hash is SHA-256 over the hash before it (32 zero bytes for the
//! first) and the entry's fields, each as a netstring, `LENGTH:BYTES,`: seq,
//! at, operator, action, key (empty where there is none) and details. Numbers
//! are in decimal. Whoever can write the file can write it all anew; what a
//! chain proves, it proves against a hash kept elsewhere.

mod chain;
mod entry;
mod listing;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::Store;
use crate::error::Result;
use crate::model::{KeyId, LogHead, Operator, Timestamp};
use crate::process::Undivided;
use crate::store::errors::damaged;

pub(super) use chain::first_wrong;

use entry::Fields;

/// What was done.
pub(super) struct Entry<'a> {
    /// The verb.
    pub(super) action: &'static str,
    /// The key it was done to.
    pub(super) key: Option<&'a KeyId>,
    /// What else there is to know: an object, never with a secret or a hash.
    pub(super) details: Value,
}

/// Whether the log holds that entry.
pub(super) fn holds(conn: &Connection, entry: LogHead) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM log WHERE seq = ?1 AND hash = ?2)";
    Ok(conn.query_row(select, params![entry.seq, entry.hash], |row| row.get(0))?)
}

/// The last entry; none only where the log was emptied.
pub(super) fn head(conn: &Connection) -> Result<Option<LogHead>> {
    let read = |row: &Row<'_>| {
        Ok(LogHead {
            seq: row.get(0)?,
            hash: row.get(1)?,
        })
    };
    Ok(conn
        .prepare_cached("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")?
        .query_row([], read)
        .optional()?)
}

impl Store {
    /// The last entry of the log.
    ///
    /// # Errors
    /// When the log was emptied: `init` appends an entry.
    pub(crate) fn log_head(&self) -> Result<LogHead> {
        let _unstopped = Undivided::by_stops();
        let head = head(self.db.as_sqlite())?
            .ok_or_else(|| damaged("the log was emptied: its entry of `init` is gone"))?;
        match head.seq {
            // They begin with 1.
            ..1 => Err(damaged(format!("the log ends with entry {}", head.seq))),
            _ => Ok(head),
        }
    }

    /// The first entry of the log that is wrong; see [`first_wrong`].
    pub(crate) fn first_wrong_entry(&self, expect: Option<&LogHead>) -> Result<Option<i64>> {
        first_wrong(self.db.as_sqlite(), expect)
    }
}

/// Appends `entry` and returns the head that it is now. To be called in the
/// transaction of the change itself.
pub(super) fn append(
    conn: &Connection,
    now: Timestamp,
    operator: &Operator,
    entry: &Entry<'_>,
) -> Result<LogHead> {
    let (last, previous) = head(conn)?.map_or((0, [0; 32]), |head| (head.seq, head.hash));
    let details = entry.details.to_string();
    let fields = Fields {
        // Beyond the last number there is none; the table refuses a second one.
        seq: last.saturating_add(1),
        at: now.unix(),
        operator: operator.as_str(),
        action: entry.action,
        key: entry.key.map(KeyId::as_str),
        details: &details,
    };
    let hash = fields.hash(&previous);
    conn.prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            fields.seq,
            fields.at,
            fields.operator,
            fields.action,
            fields.key,
            fields.details,
            hash
        ])?;
    Ok(LogHead {
        seq: fields.seq,
        hash,
    })
}
