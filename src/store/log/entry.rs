//! An entry as its columns have it: its hash, and whether it can be one.

use sha2::{Digest, Sha256};

use crate::model::{KeyId, LogEntry, Timestamp};
use crate::store::db::Row;

/// The columns that [`Fields::of`] reads.
pub(super) const COLUMNS: &str = "seq, at, operator, action, key, details";

/// An entry as its columns have it.
pub(super) struct Fields<'a> {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) operator: &'a str,
    pub(super) action: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) details: &'a str,
}

impl<'a> Fields<'a> {
    /// Returns the fields in the [`COLUMNS`] of `row`, if each is of its type. A blob has
    /// the bytes of a text, and an empty key the bytes of no key: they would have the same hash.
    pub(super) fn of(row: &'a Row<'_>) -> Option<Self> {
        let text = |name| row.text(name).ok();
        Some(Self {
            seq: row.get("seq").ok()?,
            at: row.get("at").ok()?,
            operator: text("operator")??,
            action: text("action")??,
            key: text("key")?,
            details: text("details")??,
        })
    }

    /// The entry's hash, after an entry with the hash `previous`.
    pub(super) fn hash(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(previous);
        for field in [
            self.seq.to_string().as_str(),
            self.at.to_string().as_str(),
            self.operator,
            self.action,
            self.key.unwrap_or_default(),
            self.details,
        ] {
            hasher.update(field.len().to_string());
            hasher.update(":");
            hasher.update(field);
            hasher.update(",");
        }
        hasher.finalize().into()
    }

    /// The entry, if it is one that can have been written.
    pub(super) fn read(&self) -> Option<LogEntry> {
        let at = Timestamp::from_unix(self.at);
        let key: Option<Option<KeyId>> = match self.key {
            None => Some(None),
            Some(key) => key.parse().ok().map(Some),
        };
        Some(LogEntry {
            seq: self.seq,
            at: (at.unix() == self.at).then_some(at)?,
            operator: self.operator.to_owned(),
            action: self.action.to_owned(),
            key: key?,
            details: serde_json::from_str(self.details).ok()?,
        })
    }
}
