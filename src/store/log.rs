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

use serde_json::Value;

use super::Store;
use super::db::Db;
use crate::error::Result;
use crate::model::{KeyId, LogAction, LogHead, Operator, Timestamp};
use crate::store::errors::damaged;

pub(super) use chain::first_wrong;

use entry::Fields;

/// A change as the log is to have it.
pub(super) struct Entry<'a> {
    /// What the change did.
    pub(super) action: LogAction,
    /// The key that it concerns.
    pub(super) key: Option<&'a KeyId>,
    /// What else there is to know: an object, never with a secret or a hash.
    pub(super) details: Value,
}

/// Returns whether the log holds that entry.
pub(super) fn holds(db: &Db, entry: LogHead) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM log WHERE seq = ?1 AND hash = ?2) AS answer";
    db.is_true(select, &[entry.seq.into(), entry.hash[..].into()])
}

/// Returns the last entry; none only where the log was emptied.
pub(super) fn head(db: &Db) -> Result<Option<LogHead>> {
    let select = "SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1";
    db.row(select, &[], |row| {
        Ok(LogHead {
            seq: row.get("seq")?,
            hash: row.get("hash")?,
        })
    })
}

impl Store {
    /// Returns the last entry of the log.
    ///
    /// # Errors
    /// When the log was emptied: `init` appends an entry.
    pub(crate) fn log_head(&self) -> Result<LogHead> {
        let head = head(&self.db)?
            .ok_or_else(|| damaged("the log was emptied: its entry of `init` is gone"))?;
        match head.seq {
            // They begin with 1.
            ..1 => Err(damaged(format!("the log ends with entry {}", head.seq))),
            _ => Ok(head),
        }
    }

    /// Returns the first entry of the log that is wrong; see [`first_wrong`].
    pub(crate) fn first_wrong_entry(&self, expect: Option<&LogHead>) -> Result<Option<i64>> {
        first_wrong(&self.db, expect)
    }
}

/// Appends `entry`, as the last statement of the change's own transaction, and returns the
/// head that it is from then on.
pub(super) fn append(
    db: &Db,
    now: Timestamp,
    operator: &Operator,
    entry: &Entry<'_>,
) -> Result<LogHead> {
    debug_assert_eq!(entry.key.is_some(), entry.action.concerns_key());
    let (last, previous) = head(db)?.map_or((0, [0; 32]), |head| (head.seq, head.hash));
    let details = entry.details.to_string();
    let fields = Fields {
        // Beyond the last number there is none; the table refuses a second one.
        seq: last.saturating_add(1),
        at: now.unix(),
        operator: operator.as_str(),
        action: entry.action.as_str(),
        key: entry.key.map(KeyId::as_str),
        details: &details,
    };
    let hash = fields.hash(&previous);
    db.execute(
        "INSERT INTO log (seq, at, operator, action, key, details, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            fields.seq.into(),
            fields.at.into(),
            fields.operator.into(),
            fields.action.into(),
            fields.key.into(),
            fields.details.into(),
            hash[..].into(),
        ],
    )?;
    Ok(LogHead {
        seq: fields.seq,
        hash,
    })
}
