//! The owners of the keys of a page. Each name is looked up once.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::column::text;
use super::page::{OF_ITS_OWN, not_valid};
use crate::error::Result;
use crate::model::UserName;

/// The names of owners.
#[derive(Default)]
pub(super) struct Owners {
    ids: BTreeMap<String, u32>,
    names: Vec<UserName>,
    bytes: usize,
}

impl Owners {
    /// Forgets them: what a user is called may change.
    pub(super) fn clear(&mut self) {
        self.ids.clear();
        self.names.clear();
        self.bytes = 0;
    }

    /// Bytes they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The name with that number.
    pub(super) fn get(&self, at: u32) -> Option<&UserName> {
        self.names.get(at as usize)
    }

    /// Which of the names is that of the user with that id. An owner that is gone is no
    /// valid one: a key that had one is never taken for one that has none.
    pub(super) fn find(&mut self, conn: &Connection, id: &str, slot: i64) -> Result<u32> {
        if let Some(known) = self.ids.get(id) {
            return Ok(*known);
        }
        let mut select = conn.prepare_cached("SELECT name FROM users WHERE id = ?1")?;
        let mut rows = select.query([id])?;
        let wrong = || not_valid("owner", slot);
        let row = rows.next()?.ok_or_else(wrong)?;
        let name: UserName = text(row, 0)?.parse().map_err(|_| wrong())?;
        let at = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.bytes += 2 * OF_ITS_OWN + id.len() + name.as_str().len();
        self.names.push(name);
        self.ids.insert(id.to_owned(), at);
        Ok(at)
    }
}
