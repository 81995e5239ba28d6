//! What there is to know of a page's keys beside their rows: groups, permissions, and when
//! they were used.

use rusqlite::vtab::array::Array;
use rusqlite::{CachedStatement, Connection};

use super::super::column::{text, text_or_none};
use super::super::moment::Moment;
use super::super::{FEW, Stopped};
use super::{OF_ITS_OWN, Page, not_valid};
use crate::store::sqlite::usage::{Use, Window};

impl Page {
    /// Reads what else there is to know of the keys: their groups, their permissions
    /// and when they were used.
    pub(in super::super) fn complete(
        &mut self,
        conn: &Connection,
        moment: &mut Moment<'_>,
        window: &mut Window<'_>,
    ) -> std::result::Result<(), Stopped> {
        self.known_since = window.known_since();
        for row in &mut self.rows {
            row.last_used_at = window.last(row.slot, Use::Accepted).into();
            row.last_refused_at = window.last(row.slot, Use::Refused).into();
        }
        if self.for_all.is_some() {
            // To be measured.
            return Ok(());
        }
        // As numbers, the first byte the most significant, ids are in the order of texts.
        let mut ids = std::mem::take(&mut self.sought);
        ids.clear();
        for (row, at) in self.rows.iter().zip(0..) {
            let id = self.texts.as_bytes().get(row.texts as usize..);
            let id = id.and_then(|rest| rest.first_chunk());
            let id = id.ok_or_else(|| not_valid("id", row.slot))?;
            ids.push((u64::from_be_bytes(*id), at));
        }
        ids.sort_unstable();
        for some in ids.chunks(FEW) {
            moment.goes_on(some.len())?;
            self.read_groups(conn, some)?;
        }
        if self.with_permissions {
            self.read_permissions(conn, moment, &ids)?;
        }
        self.sought = ids;
        Ok(())
    }

    /// Reads the groups of the keys with those ids.
    fn read_groups(
        &mut self,
        conn: &Connection,
        ids: &[(u64, u32)],
    ) -> std::result::Result<(), Stopped> {
        let mut select = conn.prepare_cached(
            "SELECT sought.rowid, m.group_id FROM rarray(?1) AS sought
             LEFT JOIN key_groups m ON m.key_id = sought.value",
        )?;
        let sought = |(id, _): &(u64, u32)| as_text(&id.to_be_bytes()).to_owned().into();
        let mut rows = select.query([Array::new(ids.iter().map(sought).collect())])?;
        let mut row = rows.next()?;
        for ((_, at), number) in ids.iter().zip(1_i64..) {
            while let Some(found) = row.filter(|row| row.get(0) == Ok(number)) {
                if let Some(group) = text_or_none(found, 1)? {
                    self.sets.add(group);
                }
                row = rows.next()?;
            }
            if let Some(key) = self.rows.get_mut(*at as usize) {
                let wrong = || not_valid("groups", key.slot);
                key.groups = self.sets.end(conn, wrong)?;
            }
            self.check_room()?;
        }
        Ok(())
    }

    /// Reads the permissions of the keys with those ids, which are in order. Most keys
    /// have none: those up to the next that has some are passed over.
    fn read_permissions(
        &mut self,
        conn: &Connection,
        moment: &mut Moment<'_>,
        ids: &[(u64, u32)],
    ) -> std::result::Result<(), Stopped> {
        let mut select: CachedStatement<'_> = conn.prepare_cached(
            "SELECT key_id, permission FROM key_permissions WHERE key_id >= ?1
             ORDER BY key_id, permission",
        )?;
        let mut next = Some(String::new());
        for (id, at) in ids {
            let id = id.to_be_bytes();
            let id = as_text(&id);
            match &next {
                None => break,
                Some(next) if next.as_str() > id => continue,
                Some(_) => moment.goes_on(1)?,
            }
            let start = self.permissions.len();
            let Some(key) = self.rows.get_mut(*at as usize) else {
                continue;
            };
            let mut rows = select.query([id])?;
            next = loop {
                let Some(row) = rows.next()? else {
                    break None;
                };
                let of = text(row, 0)?;
                if of != id {
                    break Some(of.to_owned());
                }
                let permission = text(row, 1)?;
                self.permission_bytes += OF_ITS_OWN + permission.len();
                let permission = permission.parse();
                let wrong = |_| not_valid("permissions", key.slot);
                self.permissions.push(permission.map_err(wrong)?);
            };
            let end = self.permissions.len();
            let number = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
            key.permissions = (number(start), number(end));
            drop(rows);
            self.check_room()?;
        }
        Ok(())
    }
}

/// An id, which is letters and digits.
fn as_text(id: &[u8]) -> &str {
    std::str::from_utf8(id).unwrap_or_default()
}
