//! The owners of the keys of a page. Each is looked up once.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::column::text;
use super::page::{OF_ITS_OWN, not_valid};
use crate::error::Result;
use crate::model::{Owner, Timestamp, UserName};

/// The owners.
#[derive(Default)]
pub(super) struct Owners {
    ids: BTreeMap<String, u32>,
    owners: Vec<Owner>,
    bytes: usize,
}

impl Owners {
    /// Forgets them: what is known of a user may change.
    pub(super) fn clear(&mut self) {
        self.ids.clear();
        self.owners.clear();
        self.bytes = 0;
    }

    /// Bytes they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the owner with that number.
    pub(super) fn get(&self, at: u32) -> Option<&Owner> {
        self.owners.get(at as usize)
    }

    /// Returns the number of the owner with that id. An owner that is gone is no
    /// valid one: a key that had one is never taken for one that has none.
    pub(super) fn find(&mut self, conn: &Connection, id: &str, slot: i64) -> Result<u32> {
        if let Some(known) = self.ids.get(id) {
            return Ok(*known);
        }
        let mut select =
            conn.prepare_cached("SELECT name, active, expires_at FROM users WHERE id = ?1")?;
        let mut rows = select.query([id])?;
        let wrong = || not_valid("owner", slot);
        let row = rows.next()?.ok_or_else(wrong)?;
        let name: UserName = text(row, 0)?.parse().map_err(|_| wrong())?;
        let expires_at: Option<i64> = row.get(2)?;
        let at = u32::try_from(self.owners.len()).unwrap_or(u32::MAX);
        self.bytes += 2 * OF_ITS_OWN + id.len() + name.as_str().len();
        self.owners.push(Owner {
            name,
            active: row.get(1)?,
            expires_at: expires_at.map(Timestamp::from_unix),
        });
        self.ids.insert(id.to_owned(), at);
        Ok(at)
    }
}
