//! The longest list of groups that a key is in, found in the order in which they lie in
//! the file: a table has to be as wide, and to ask for the groups of each key takes longer
//! than all else about its widths.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::column::text;
use super::{MOST, Pages};
use crate::error::Result;
use crate::model::GroupName;
use crate::store::fault::damaged;

/// What is known of a key's groups while they are read.
#[derive(Default)]
struct Groups {
    key: String,
    ids: Vec<String>,
    /// Bytes of their names and what stands between them.
    len: usize,
}

impl Pages<'_> {
    /// The groups of the key whose groups take the most room, as a list.
    pub(super) fn longest_groups(&self) -> Result<Vec<GroupName>> {
        let mut longest = Groups::default();
        let mut groups = Groups::default();
        let mut lens: HashMap<String, Option<usize>> = HashMap::new();
        let mut last_id = String::new();
        loop {
            // A statement each, so that no lock is held for long.
            let mut select = self.store.conn.prepare_cached(
                "SELECT key_id, group_id FROM key_groups WHERE (key_id, group_id) > (?1, ?2)
                 ORDER BY key_id, group_id LIMIT ?3",
            )?;
            let mut rows = select.query(params![groups.key, last_id, MOST])?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                count += 1;
                let (key, id) = (text(row, 0)?, text(row, 1)?);
                if (key, id) <= (groups.key.as_str(), last_id.as_str()) {
                    // It would again and again.
                    return Err(damaged("the groups of a key come out of order"));
                }
                if key != groups.key {
                    key.clone_into(&mut groups.key);
                    groups.ids.clear();
                    groups.len = 0;
                }
                id.clone_into(&mut last_id);
                let len = match lens.get(id) {
                    Some(known) => *known,
                    None => {
                        let name = self.group_name(id)?;
                        let len = name.map(|name| name.as_str().len());
                        lens.insert(id.to_owned(), len);
                        len
                    }
                };
                if let Some(len) = len {
                    groups.len += len + 1;
                    groups.ids.push(id.to_owned());
                }
                if groups.len > longest.len {
                    longest.ids.clone_from(&groups.ids);
                    longest.len = groups.len;
                }
            }
            if count < MOST {
                break;
            }
        }
        let names = longest.ids.iter().map(|id| self.group_name(id));
        names.filter_map(Result::transpose).collect()
    }

    /// The name of the group with that id, if there is one.
    fn group_name(&self, id: &str) -> Result<Option<GroupName>> {
        let mut select = self
            .store
            .conn
            .prepare_cached("SELECT name FROM groups WHERE id = ?1")?;
        let found: Option<String> = select.query_row([id], |row| row.get(0)).optional()?;
        let wrong = |_| damaged("a group's name is not a valid one");
        found.map(|name| name.parse().map_err(wrong)).transpose()
    }
}
