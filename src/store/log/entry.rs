//! The columns of a log entry, its hash, and the check of its values.

use sha2::{Digest, Sha256};

use crate::model::{KeyId, LogEntry, Timestamp};
use crate::store::db::Row;

/// The columns that [`Fields::from_row`] reads.
pub(super) const COLUMNS: &str = "seq, at, operator, action, key, details";

/// The values of an entry as stored, without its hash.
pub(super) struct Fields<'a> {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) operator: &'a str,
    pub(super) action: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) details: &'a str,
}

impl<'a> Fields<'a> {
    /// Returns the fields in the [`COLUMNS`] of `row`, if each has the type of its column. The hash
    /// doesn't show the type: a blob with the bytes of a text would have the same hash.
    pub(super) fn from_row(row: &'a Row<'_>) -> Option<Self> {
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

    /// Returns the hash of this entry, whose predecessor has the hash `previous`.
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

    /// Returns the entry, if its values are valid. An empty key is invalid: the entry would have
    /// the same hash without a key.
    pub(super) fn read(&self) -> Option<LogEntry> {
        let at = Timestamp::from_unix(self.at);
        Some(LogEntry {
            seq: self.seq,
            at: (at.unix() == self.at).then_some(at)?,
            operator: self.operator.to_owned(),
            action: self.action.to_owned(),
            key: self.key.map(str::parse::<KeyId>).transpose().ok()?,
            details: serde_json::from_str(self.details).ok()?,
        })
    }
}
