//! The longest list of groups that a key is in, found in the order in which they lie in
//! the file: a table has to be as wide, and to ask for the groups of each key takes longer
//! than all else about its widths.

use std::collections::BTreeMap;

use rusqlite::params;

use super::column::text;
use super::sets::{GroupSets, read_name};
use super::{Pages, TOGETHER};
use crate::error::Result;
use crate::model::GroupName;
use crate::process::Undivided;
use crate::store::errors::damaged;

/// Of how many groups the length is remembered.
const KNOWN: usize = 10_000;

/// What is known of a key's groups.
#[derive(Default)]
struct Groups {
    key: i64,
    /// Bytes of their names and what stands between them.
    len: usize,
}

impl Pages<'_> {
    /// The groups of the key whose groups take the most room, as a list.
    pub(super) fn longest_groups(&self) -> Result<Vec<GroupName>> {
        let _unstopped = Undivided::by_stops();
        let conn = self.store.db.as_sqlite();
        let wrong = || damaged("a group's name is not a valid one");
        let mut longest = Groups::default();
        let mut groups = Groups::default();
        let mut lens: BTreeMap<String, usize> = BTreeMap::new();
        let mut last_id = String::new();
        loop {
            // A statement each, so that no lock is held for long.
            let mut select = conn.prepare_cached(
                "SELECT key, group_id FROM key_groups WHERE (key, group_id) > (?1, ?2)
                 ORDER BY key, group_id LIMIT ?3",
            )?;
            let mut rows = select.query(params![groups.key, last_id, TOGETHER])?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                count += 1;
                let (key, id): (i64, _) = (row.get(0)?, text(row, 1)?);
                if (key, id) <= (groups.key, last_id.as_str()) {
                    // It would again and again.
                    return Err(damaged("the groups of a key come out of order"));
                }
                if key != groups.key {
                    groups.key = key;
                    groups.len = 0;
                }
                id.clone_into(&mut last_id);
                groups.len += match lens.get(id) {
                    Some(known) => *known,
                    None => {
                        // Of a group that is gone, nothing.
                        let name = read_name(conn, id, wrong)?;
                        let len = name.map_or(0, |name| name.as_str().len() + 1);
                        if lens.len() == KNOWN {
                            lens.clear();
                        }
                        lens.insert(id.to_owned(), len);
                        len
                    }
                };
                if groups.len > longest.len {
                    longest.len = groups.len;
                    longest.key = groups.key;
                }
            }
            if count < TOGETHER {
                break;
            }
        }
        let mut sets = GroupSets::default();
        let mut select = conn.prepare_cached("SELECT group_id FROM key_groups WHERE key = ?1")?;
        let mut rows = select.query([longest.key])?;
        while let Some(row) = rows.next()? {
            sets.add(text(row, 0)?);
        }
        let set = sets.end(conn, wrong)?;
        Ok(sets.get(set).to_vec())
    }
}
