//! The log: every change appends an entry, in the transaction of the change.
//!
//! An entry's hash is SHA-256 over the previous hash (32 zero bytes for the first entry) and
//! the entry's fields, each as a netstring, `LENGTH:BYTES,`: seq, at, operator, action, key
//! (empty if there is none) and details. Numbers are in decimal. An attacker who can write the
//! file can rewrite the whole chain, so the chain proves something only against a head kept
//! elsewhere.

mod chain;
mod entry;
mod listing;

use serde_json::Value;

use super::db::Db;
use super::{Store, Write};
use crate::error::Result;
use crate::model::{Key, KeyId, LogAction, LogHead};
use crate::store::errors::damaged;

use entry::Fields;

/// Returns whether the log contains that entry.
pub(super) fn holds(db: &Db, entry: LogHead) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM log WHERE seq = ?1 AND hash = ?2) AS answer";
    db.is_true(select, &[entry.seq.into(), entry.hash[..].into()])
}

/// Returns the last entry, or none if the log was emptied.
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
    /// When the log was emptied (even a new database has the entry of `init`), when the number of
    /// its last entry is below 1, and when it can't be read.
    pub(crate) fn log_head(&self) -> Result<LogHead> {
        let head = head(&self.db)?
            .ok_or_else(|| damaged("the log is empty: its first entry, of `init`, is missing"))?;
        match head.seq {
            // The first entry is number 1.
            ..1 => Err(damaged(format!("the log ends with entry {}", head.seq))),
            _ => Ok(head),
        }
    }
}

impl Write<'_> {
    /// Appends an entry that concerns no key. The `details` of an entry never contain a secret or
    /// a hash.
    pub(super) fn log(&self, action: LogAction, details: &Value) -> Result<()> {
        self.append(action, None, details)
    }

    /// Appends an entry on `key`, and adds the key's name to `details`.
    pub(super) fn log_key(&self, action: LogAction, key: &Key, mut details: Value) -> Result<()> {
        if let Some(details) = details.as_object_mut() {
            details.insert("name".to_owned(), key.name.as_str().into());
        }
        self.append(action, Some(key.id()), &details)
    }

    pub(super) fn append(
        &self,
        action: LogAction,
        key: Option<&KeyId>,
        details: &Value,
    ) -> Result<()> {
        debug_assert_eq!(key.is_some(), action.concerns_key());
        let last = match self.last_entry.get() {
            Some(head) => Some(head),
            None => head(&self.db)?,
        };
        let (last, previous) = last.map_or((0, [0; 32]), |head| (head.seq, head.hash));
        let mut details = details.clone();
        if let Some(reason) = &self.store.actor.reason {
            details["reason"] = reason.as_str().into();
        }
        let restored_by = || self.store.actor.role.clone();
        if let Some(role) = self.db.role().or_else(restored_by) {
            details["role"] = role.into();
        }
        let details = details.to_string();
        let fields = Fields {
            // If `last` is the largest number, this is the same number, which the table refuses.
            seq: last.saturating_add(1),
            at: self.now().unix(),
            operator: self.operator(),
            action: action.as_str(),
            key: key.map(KeyId::as_str),
            details: &details,
        };
        let hash = fields.hash(&previous);
        self.db.execute(
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
        let seq = fields.seq;
        self.last_entry.set(Some(LogHead { seq, hash }));
        Ok(())
    }
}
