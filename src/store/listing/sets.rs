//! The groups of keys. Few sets of groups are those of many keys, so each set is
//! looked up and kept once a page.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::page::OF_ITS_OWN;
use crate::error::{Error, Result};
use crate::model::GroupName;

/// The sets of groups that the keys of a page are in.
#[derive(Default)]
pub(super) struct GroupSets {
    /// By the ids of the groups, each after its length.
    known: BTreeMap<Vec<u8>, u32>,
    sets: Vec<Vec<GroupName>>,
    /// By id; none where there is no such group.
    names: BTreeMap<String, Option<GroupName>>,
    /// The set that is read.
    ids: Vec<u8>,
    /// What all but that one take, about.
    bytes: usize,
}

impl GroupSets {
    /// Forgets them: what a group is called may change.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.sets.clear();
        self.names.clear();
        self.ids.clear();
        self.bytes = 0;
    }

    /// Bytes they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The set with that number, sorted by name.
    pub(super) fn get(&self, set: u32) -> &[GroupName] {
        self.sets.get(set as usize).map_or(&[], Vec::as_slice)
    }

    /// Adds a group, by its id, to the set that is read.
    pub(super) fn add(&mut self, id: &str) {
        self.ids.extend_from_slice(&id.len().to_le_bytes());
        self.ids.extend_from_slice(id.as_bytes());
    }

    /// Ends the set that is read; returns its number. A name that is not a valid one is
    /// `wrong`.
    pub(super) fn end(&mut self, conn: &Connection, wrong: impl Fn() -> Error) -> Result<u32> {
        let ended = self.number(conn, wrong);
        self.ids.clear();
        ended
    }

    fn number(&mut self, conn: &Connection, wrong: impl Fn() -> Error) -> Result<u32> {
        if let Some(known) = self.known.get(&self.ids) {
            return Ok(*known);
        }
        let mut groups = Vec::new();
        let mut rest = self.ids.as_slice();
        while let Some((len, after)) = rest.split_first_chunk() {
            let (id, after) = after
                .split_at_checked(usize::from_le_bytes(*len))
                .unwrap_or_default();
            rest = after;
            let id = std::str::from_utf8(id).map_err(|_| wrong())?;
            let name = match self.names.get(id) {
                Some(known) => known.clone(),
                None => {
                    let name = read_name(conn, id, &wrong)?;
                    self.bytes += 3 * OF_ITS_OWN + id.len() + name.as_ref().map_or(0, of_its_own);
                    self.names.insert(id.to_owned(), name.clone());
                    name
                }
            };
            groups.extend(name);
        }
        groups.sort_by_cached_key(|group: &GroupName| group.as_str().to_ascii_lowercase());
        let set = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.bytes += 3 * OF_ITS_OWN + self.ids.len();
        self.bytes += groups.iter().map(of_its_own).sum::<usize>();
        self.sets.push(groups);
        self.known.insert(self.ids.clone(), set);
        Ok(set)
    }
}

/// Bytes that a name takes, about.
fn of_its_own(name: &GroupName) -> usize {
    OF_ITS_OWN + name.as_str().len()
}

/// The name of the group with that id, if there is one.
pub(super) fn read_name(
    conn: &Connection,
    id: &str,
    wrong: impl Fn() -> Error,
) -> Result<Option<GroupName>> {
    let mut select = conn.prepare_cached("SELECT name FROM groups WHERE id = ?1")?;
    let found: Option<String> = select.query_row([id], |row| row.get(0)).optional()?;
    found
        .map(|name| name.parse().map_err(|_| wrong()))
        .transpose()
}
