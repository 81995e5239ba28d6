//! The log listed: a page of entries at a time, and no lock between pages.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params, params_from_iter};

use super::entry::{COLUMNS, Fields};
use crate::error::{Error, Kind, Result};
use crate::model::{KeyId, KeyRef, LogEntry, LogFilter, Operator, Timestamp};
use crate::process::Undivided;
use crate::store::Store;
use crate::store::errors::damaged;

/// Entries of a page.
const PAGE: usize = 500;

/// The bytes of details that end a page early: a permission may be of any length.
const ROOM: usize = 1 << 20;

/// A listing of the log under way: of the entries that were there when it began.
pub(crate) struct LogPages<'a> {
    store: &'a Store,
    first: i64,
    last: i64,
    values: [Value; 3],
}

/// What a listing asks of an entry, by the three values of [`LogPages`].
const WANTED: &str = "(?1 IS NULL OR key IN (SELECT value FROM json_each(?1)))
    AND (?2 IS NULL OR operator = ?2) AND (?3 IS NULL OR at >= ?3)";

/// Keys that a reference means: the one that is there, and those that are not, or
/// not by that name any more.
#[derive(Debug)]
pub(crate) struct KeysOfLog {
    /// The one that is there.
    pub(crate) present: Option<KeyId>,
    /// Those that had that name, or the id, in the order of their last entries.
    pub(crate) former: Vec<KeyId>,
}

impl Store {
    /// Begins a listing of the log.
    pub(crate) fn log_pages(&self, wanted: &LogFilter) -> Result<LogPages<'_>> {
        let _unstopped = Undivided::by_stops();
        let ids = wanted.keys.as_ref().map(|keys| {
            let ids = keys.iter().map(KeyId::as_str);
            serde_json::Value::from_iter(ids).to_string()
        });
        let operator = wanted.operator.as_ref().map(Operator::as_str);
        let values = [
            Value::from(ids),
            Value::from(operator.map(str::to_owned)),
            Value::from(wanted.since.map(Timestamp::unix)),
        ];
        let last = super::head(self.db.as_sqlite())?.map_or(0, |head| head.seq);
        let first = match wanted.limit {
            None => None,
            Some(limit) => self.nth_last(&values, last, limit)?,
        };
        Ok(LogPages {
            store: self,
            first: first.unwrap_or(i64::MIN),
            last,
            values,
        })
    }

    /// The number of the entry that is the first of the last `count`; none where there
    /// are fewer.
    fn nth_last(&self, values: &[Value; 3], last: i64, count: u64) -> Result<Option<i64>> {
        let _unstopped = Undivided::by_stops();
        let select = format!(
            "SELECT seq FROM log WHERE {WANTED} AND seq <= ?4 ORDER BY seq DESC LIMIT 1 OFFSET ?5"
        );
        let before = i64::try_from(count.saturating_sub(1)).unwrap_or(i64::MAX);
        let values = values.iter().cloned();
        let values = values.chain([last.into(), before.into()]);
        let first = self
            .db
            .as_sqlite()
            .query_row(&select, params_from_iter(values), |row| row.get(0));
        Ok(first.optional()?)
    }

    /// The keys that `wanted` means in the log: as everywhere the one that is there; and
    /// those that the log knows by that id, or once by that name.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], with the name that may be meant, where there is none.
    pub(crate) fn keys_of_log(&self, wanted: &KeyRef) -> Result<KeysOfLog> {
        let _unstopped = Undivided::by_stops();
        let (present, not_found) = match self.view().find(wanted) {
            Ok((_, key)) => (Some(key.id().clone()), None),
            Err(error) if error.kind() == Kind::KeyNotFound => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let former = match wanted {
            KeyRef::Word(word) => match KeyId::after(&self.settings.prefix, word.as_str()) {
                Some(id) => self.once_called(id.as_str())?,
                None => self.once_called(word.as_str())?,
            },
            // Of a key that is there, it is another's short form.
            KeyRef::Short(short) if self.has_key(&short.id)? => Vec::new(),
            KeyRef::Short(short) if short.prefix == self.settings.prefix => {
                self.once_called(short.id.as_str())?
            }
            KeyRef::Short(_) => Vec::new(),
        };
        let is_other = |id: &KeyId| present.as_ref() != Some(id);
        let former: Vec<KeyId> = former.into_iter().filter(is_other).collect();
        match not_found {
            Some(error) if former.is_empty() => Err(error),
            _ => Ok(KeysOfLog { present, former }),
        }
    }

    fn has_key(&self, id: &KeyId) -> Result<bool> {
        let select = "SELECT EXISTS (SELECT 1 FROM keys WHERE id = ?1)";
        Ok(self
            .db
            .as_sqlite()
            .query_row(select, [id.as_str()], |row| row.get(0))?)
    }

    /// The ids of keys that have the id `word`, or were made with that name or given it.
    fn once_called(&self, word: &str) -> Result<Vec<KeyId>> {
        let mut select = self.db.as_sqlite().prepare(
            "SELECT key FROM log WHERE key IS NOT NULL AND (key = ?1 OR ?1 = CASE
                    WHEN NOT json_valid(details) THEN NULL
                    WHEN action = 'create' THEN details ->> '$.name'
                    WHEN action = 'rename' THEN details ->> '$.to' END COLLATE NOCASE)
              GROUP BY key ORDER BY max(seq)",
        )?;
        let mut rows = select.query(params![word])?;
        let mut ids = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            ids.push(
                id.parse()
                    .map_err(|_| damaged("the log names no key by its id"))?,
            );
        }
        Ok(ids)
    }
}

impl LogPages<'_> {
    /// Goes through all entries from the first on, a page at a time: nothing is locked
    /// while `each` works on one.
    pub(crate) fn each<E: From<Error>>(
        &mut self,
        mut each: impl FnMut(&LogEntry) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut page = Vec::new();
        let mut from = self.first;
        loop {
            self.read(from, &mut page)?;
            page.iter().try_for_each(&mut each)?;
            match page.last().map(|last| last.seq.checked_add(1)) {
                Some(Some(next)) => from = next,
                _ => return Ok(()),
            }
        }
    }

    /// Reads the entries of a page, whole, and lets go of the database. An empty page
    /// is the end.
    fn read(&self, from: i64, page: &mut Vec<LogEntry>) -> Result<()> {
        page.clear();
        let _unstopped = Undivided::by_stops();
        let mut select = self.store.db.as_sqlite().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM log
              WHERE {WANTED} AND seq BETWEEN ?4 AND ?5 ORDER BY seq LIMIT {PAGE}"
        ))?;
        let values = self.values.iter().cloned();
        let values = values.chain([from.into(), self.last.into()]);
        let mut rows = select.query(params_from_iter(values))?;
        let mut size = 0;
        let mut next = from;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            if seq < next {
                // A damaged table has led back, and would again and again.
                return Err(unreadable(seq));
            }
            next = seq.saturating_add(1);
            let fields = Fields::of(row)?;
            size += fields.as_ref().map_or(0, |fields| fields.details.len());
            let entry = fields.and_then(|fields| fields.read());
            page.push(entry.ok_or_else(|| unreadable(seq))?);
            if size > ROOM {
                break;
            }
        }
        Ok(())
    }
}

fn unreadable(seq: i64) -> Error {
    damaged(format!("entry {seq} of the log is none that was written"))
        .hint("see `apikey log verify`, and look at the table log with sqlite3")
}
