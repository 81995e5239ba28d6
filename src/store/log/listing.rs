//! Lists the log a page at a time, without a lock between pages.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde_json::Map;

use super::entry::{COLUMNS, Fields};
use crate::error::{Error, Kind, Result};
use crate::model::{KeyId, KeyRef, LogAction, LogEntry, LogFilter, Timestamp};
use crate::store::Store;
use crate::store::db::{Row, Value, break_if};
use crate::store::errors::damaged;

/// The maximum number of entries of a page.
const PAGE: i64 = 500;

/// A page ends early once its details have more than this many bytes: the entry of a key may list
/// many long permissions.
const MAX_PAGE_SIZE: usize = 1 << 20;

/// A listing of the entries that existed when it began.
pub(crate) struct LogPages<'a> {
    store: &'a Store,
    first: i64,
    last: i64,
    filter: Filter,
}

/// The values of the filters, as SQL takes them.
struct Filter {
    keys: Option<Vec<String>>,
    operator: Option<String>,
    since: Option<i64>,
}

impl Filter {
    fn new(wanted: &LogFilter) -> Self {
        let ids = |keys: &Vec<KeyId>| keys.iter().map(ToString::to_string).collect();
        Self {
            keys: wanted.keys.as_ref().map(ids),
            operator: wanted.operator.as_ref().map(ToString::to_string),
            since: wanted.since.map(Timestamp::unix),
        }
    }

    /// Returns the condition in SQL, with the placeholders `?1` to `?4`.
    fn condition(store: &Store) -> String {
        format!(
            "(?1 = 0 OR key {}) AND (CAST(?3 AS text) IS NULL OR operator = ?3)
             AND (CAST(?4 AS bigint) IS NULL OR at >= ?4)",
            store.db.any_of("?2")
        )
    }

    /// Returns the values of the placeholders in the condition, followed by `others`.
    fn values<'v, const N: usize>(&'v self, others: [i64; N]) -> Vec<Value<'v>> {
        let mut values: Vec<Value<'v>> = vec![
            self.keys.is_some().into(),
            self.keys.as_deref().unwrap_or_default().into(),
            self.operator.as_deref().into(),
            self.since.into(),
        ];
        values.extend(others.map(Value::from));
        values
    }
}

/// The keys in the log that a reference names.
#[derive(Debug)]
pub(crate) struct KeysOfLog {
    /// The key that exists, if there is one.
    pub(crate) present: Option<KeyId>,
    /// Other keys that have that id, or had that name at some time, in the order of the last log
    /// entry of each that has the id or the name.
    pub(crate) former: Vec<KeyId>,
}

impl Store {
    /// Begins a listing of the log.
    pub(crate) fn log_pages(&self, wanted: &LogFilter) -> Result<LogPages<'_>> {
        let filter = Filter::new(wanted);
        let last = super::head(&self.db)?.map_or(0, |head| head.seq);
        let first = match wanted.limit {
            None => None,
            Some(limit) => self.nth_last(&filter, last, limit)?,
        };
        Ok(LogPages {
            store: self,
            first: first.unwrap_or(i64::MIN),
            last,
            filter,
        })
    }

    /// Returns the number of the first of the last `count` entries that the filter selects, or
    /// none if there are fewer.
    fn nth_last(&self, filter: &Filter, last: i64, count: u64) -> Result<Option<i64>> {
        let condition = Filter::condition(self);
        let select = format!(
            "SELECT seq FROM log WHERE {condition} AND seq <= ?5
              ORDER BY seq DESC LIMIT 1 OFFSET ?6"
        );
        let before = i64::try_from(count.saturating_sub(1)).unwrap_or(i64::MAX);
        let values = filter.values([last, before]);
        self.db.row(&select, &values, |row| row.get("seq"))
    }

    /// Returns the keys that `wanted` names in the log: the existing key, and the keys that
    /// have had the id or the name at some time.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`] if there is no such key, and the errors of the database.
    pub(crate) fn keys_of_log(&self, wanted: &KeyRef) -> Result<KeysOfLog> {
        let (present, not_found) = match self.view().find(wanted) {
            Ok((_, key)) => (Some(key.id().clone()), None),
            Err(error) if error.kind() == Kind::KeyNotFound => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let former = match wanted {
            KeyRef::NameOrId(text) => {
                match KeyId::parse_prefixed(&self.settings.prefix, text.as_str()) {
                    Some(id) => self.formerly_named(id.as_str())?,
                    None => self.formerly_named(text.as_str())?,
                }
            }
            // The log has no short forms. If a key with this id exists, `find` has compared its
            // short form. A deleted key may have had this one.
            KeyRef::Short(short)
                if short.prefix == self.settings.prefix && !self.has_key(&short.id)? =>
            {
                self.formerly_named(short.id.as_str())?
            }
            KeyRef::Imported(id) if !self.has_key(id)? => self.formerly_named(id.as_str())?,
            KeyRef::Short(_) | KeyRef::Imported(_) => Vec::new(),
        };
        let is_other = |id: &KeyId| present.as_ref() != Some(id);
        let former: Vec<KeyId> = former.into_iter().filter(is_other).collect();
        match not_found {
            Some(error) if former.is_empty() => Err(error),
            _ => Ok(KeysOfLog { present, former }),
        }
    }

    fn has_key(&self, id: &KeyId) -> Result<bool> {
        let select = "SELECT EXISTS (SELECT 1 FROM keys WHERE id = ?1) AS answer";
        self.db.is_true(select, &[id.as_str().into()])
    }

    /// Returns the ids of the keys in the log whose id is `name`, or that were created with that
    /// name or renamed to it, in the order of the last entry of each that matches.
    fn formerly_named(&self, name: &str) -> Result<Vec<KeyId>> {
        let namings = LogAction::ALL.into_iter();
        let namings = namings.filter(|action| action.new_name_detail().is_some());
        let namings: Vec<String> = namings.map(|action| action.as_str().to_owned()).collect();
        let select = format!(
            "SELECT key, action, details FROM log
              WHERE key IS NOT NULL AND (key = ?1 OR action {})
              ORDER BY seq DESC",
            self.db.any_of("?2")
        );
        let mut seen = BTreeSet::new();
        let mut ids = Vec::new();
        self.db
            .each(&select, &[name.into(), namings[..].into()], &mut |row| {
                let id: String = row.get("key")?;
                if (id == name || is_named(row, name)?) && !seen.contains(&id) {
                    let invalid = |_| damaged("a key id in the log is invalid");
                    ids.push(id.parse().map_err(invalid)?);
                    seen.insert(id);
                }
                Ok(ControlFlow::Continue(()))
            })?;
        ids.reverse();
        Ok(ids)
    }
}

/// Returns whether the entry gives its key that name, ignoring case.
fn is_named(row: &Row<'_>, name: &str) -> Result<bool> {
    let action: String = row.get("action")?;
    let Some(detail) = LogAction::from_name(&action).and_then(LogAction::new_name_detail) else {
        return Ok(false);
    };
    let details = row.text("details")?.unwrap_or_default();
    // Unreadable details count as empty; `log verify` reports them.
    let details: Map<_, _> = serde_json::from_str(details).unwrap_or_default();
    let found = details.get(detail).and_then(serde_json::Value::as_str);
    Ok(found.is_some_and(|found| found.eq_ignore_ascii_case(name)))
}

impl LogPages<'_> {
    /// Calls `visit` with every entry of the listing, until `visit` fails. No lock is held
    /// meanwhile.
    pub(crate) fn each<E: From<Error>>(
        &mut self,
        mut visit: impl FnMut(&LogEntry) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut from = self.first;
        loop {
            let page = self.read_page(from)?;
            page.iter().try_for_each(&mut visit)?;
            match page.last().and_then(|last| last.seq.checked_add(1)) {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
    }

    /// Reads the page that begins at number `from`. The page after the last is empty.
    fn read_page(&self, from: i64) -> Result<Vec<LogEntry>> {
        let mut page = Vec::new();
        let condition = Filter::condition(self.store);
        let select = format!(
            "SELECT {COLUMNS} FROM log
              WHERE {condition} AND seq BETWEEN ?5 AND ?6 ORDER BY seq LIMIT ?7"
        );
        let values = self.filter.values([from, self.last, PAGE]);
        let mut size = 0;
        let mut next = from;
        self.store.db.each(&select, &values, &mut |row| {
            let seq: i64 = row.get("seq")?;
            if seq < next {
                // A damaged table could lead back to earlier entries, and reading would never end.
                return Err(unreadable(seq));
            }
            next = seq.saturating_add(1);
            let fields = Fields::from_row(row).ok_or_else(|| unreadable(seq))?;
            size += fields.details.len();
            page.push(fields.read().ok_or_else(|| unreadable(seq))?);
            Ok(break_if(size > MAX_PAGE_SIZE))
        })?;
        Ok(page)
    }
}

fn unreadable(seq: i64) -> Error {
    damaged(format!("entry {seq} of the log is invalid"))
        .hint("run `apikey log verify`, and inspect the table log with sqlite3")
}
