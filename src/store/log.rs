//! The log: every change appends an entry, in its own transaction.
//!
//! An entry's hash is SHA-256 over the hash before it (32 zero bytes for the
//! first) and the entry's fields, each as a netstring, `LENGTH:BYTES,`: seq,
//! at, operator, action, key (empty where there is none) and details. Numbers
//! are in decimal. Whoever can write the file can write it all anew; what a
//! chain proves, it proves against a hash kept elsewhere.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::model::{KeyId, Operator, Timestamp};

/// What was done.
pub(super) struct Entry<'a> {
    /// The verb.
    pub(super) action: &'static str,
    /// The key it was done to.
    pub(super) key: Option<&'a KeyId>,
    /// What else there is to know: an object, never with a secret or a hash.
    pub(super) details: Value,
}

/// An entry's number and its hash, which together are no other entry's.
pub(super) type EntryId = (i64, [u8; 32]);

/// Whether the log holds that entry.
pub(super) fn holds(conn: &Connection, (seq, hash): EntryId) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM log WHERE seq = ?1 AND hash = ?2)";
    Ok(conn.query_row(select, params![seq, hash], |row| row.get(0))?)
}

/// Appends `entry` and returns its id. To be called in the transaction of the change itself.
pub(super) fn append(
    conn: &Connection,
    now: Timestamp,
    operator: &Operator,
    entry: &Entry<'_>,
) -> Result<EntryId> {
    let last: Option<EntryId> = conn
        .prepare_cached("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (last_seq, previous) = last.unwrap_or((0, [0; 32]));
    let seq = last_seq + 1;
    let key = entry.key.map(KeyId::as_str);
    let details = entry.details.to_string();

    let mut hasher = Sha256::new();
    hasher.update(previous);
    for field in [
        seq.to_string().as_str(),
        now.unix().to_string().as_str(),
        operator.as_str(),
        entry.action,
        key.unwrap_or_default(),
        details.as_str(),
    ] {
        hasher.update(format!("{}:{field},", field.len()));
    }
    let hash: [u8; 32] = hasher.finalize().into();

    conn.prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            seq,
            now.unix(),
            operator.as_str(),
            entry.action,
            key,
            details,
            hash
        ])?;
    Ok((seq, hash))
}
