//! What there is to know of a page's keys beside their rows: groups, permissions, and when
//! they were used.

use rusqlite::types::Value;
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
        // Numbers begin with 1.
        let mut ids = std::mem::take(&mut self.sought);
        ids.clear();
        for (row, at) in self.rows.iter().zip(0..) {
            ids.push((row.slot.cast_unsigned(), at));
        }
        ids.sort_unstable();
        for some in ids.chunks(FEW) {
            moment.goes_on(some.len())?;
            self.read_uses(conn, some, window)?;
        }
        if self.for_all.is_some() {
            // To be measured.
            self.sought = ids;
            return Ok(());
        }
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

    /// Reads when the keys with those numbers were used: the latest use of all their secrets.
    fn read_uses(
        &mut self,
        conn: &Connection,
        ids: &[(u64, u32)],
        window: &mut Window<'_>,
    ) -> std::result::Result<(), Stopped> {
        let mut select = conn.prepare_cached(
            "SELECT sought.rowid, s.slot FROM rarray(?1) AS sought
             CROSS JOIN secrets s ON s.key = sought.value",
        )?;
        let mut rows = select.query([Array::new(ids.iter().map(as_value).collect())])?;
        while let Some(row) = rows.next()? {
            let (number, slot): (usize, i64) = (row.get(0)?, row.get(1)?);
            let at = number.checked_sub(1).and_then(|at| ids.get(at));
            if let Some(key) = at.and_then(|(_, at)| self.rows.get_mut(*at as usize)) {
                let used = window.last(slot, Use::Accepted);
                let refused = window.last(slot, Use::Refused);
                key.last_used_at = key.last_used_at.get().max(used).into();
                key.last_refused_at = key.last_refused_at.get().max(refused).into();
            }
        }
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
             LEFT JOIN key_groups m ON m.key = sought.value",
        )?;
        let mut rows = select.query([Array::new(ids.iter().map(as_value).collect())])?;
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
            "SELECT key, permission FROM key_permissions WHERE key >= ?1
             ORDER BY key, permission",
        )?;
        let mut next = Some(i64::MIN);
        for (id, at) in ids {
            let id = id.cast_signed();
            match next {
                None => break,
                Some(next) if next > id => continue,
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
                let of: i64 = row.get(0)?;
                if of != id {
                    break Some(of);
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

fn as_value((number, _): &(u64, u32)) -> Value {
    number.cast_signed().into()
}
