//! An entry as its columns have it: its hash, and whether it can be one.

use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};
use sha2::{Digest, Sha256};

use crate::model::{KeyId, LogEntry, Timestamp};

/// The columns that [`Fields::of`] reads, in their order.
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
    /// The first six columns of `row`, if each is of its type. A blob has the bytes of
    /// a text, and an empty key those of none: they would have the same hash.
    pub(super) fn of(row: &'a Row<'_>) -> rusqlite::Result<Option<Self>> {
        let text = |column| row.get_ref(column).map(|value| value.as_str().ok());
        let (ValueRef::Integer(seq), ValueRef::Integer(at)) = (row.get_ref(0)?, row.get_ref(1)?)
        else {
            return Ok(None);
        };
        let has_key = row.get_ref(4)?.data_type() != Type::Null;
        let (Some(operator), Some(action), key, Some(details)) =
            (text(2)?, text(3)?, text(4)?, text(5)?)
        else {
            return Ok(None);
        };
        Ok((has_key == key.is_some()).then_some(Self {
            seq,
            at,
            operator,
            action,
            key,
            details,
        }))
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
