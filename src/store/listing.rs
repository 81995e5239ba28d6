//! Listings: a page of keys at a time, and no lock between pages.
//!
//! By name the next page begins after the last name, which the index finds. In
//! any other order that would be a sort of the whole table for every page, so
//! the order is kept in a temporary table, which SQLite holds on disk: memory
//! doesn't grow with the number of keys either way.

use rusqlite::types::Value;
use rusqlite::{Row, ToSql};

use super::Store;
use super::fault::damaged;
use super::keys::{COLUMNS, read_key};
use crate::error::{Error, Result};
use crate::model::{AppName, GroupName, Key, KeyField, Listing, Status, Text, UserName};

/// Keys of a page.
const PAGE: u64 = 500;

/// A listing under way.
pub(crate) struct Pages<'a> {
    store: &'a Store,
    order: Order,
    limit: u64,
    /// How many keys were read.
    read: u64,
}

enum Order {
    /// By name, from the last name read on.
    ByName {
        filter: Condition,
        reverse: bool,
        last: Option<String>,
    },
    /// By the temporary table, from the last place read on.
    ByPlace { last: i64 },
}

/// A piece of SQL and what its parameters stand for.
#[derive(Default)]
struct Condition {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Store {
    /// Begins a listing.
    pub(crate) fn pages(&self, wanted: &Listing) -> Result<Pages<'_>> {
        let filter = self.condition(wanted);
        let limit = wanted.limit.unwrap_or(u64::MAX);
        let order = if wanted.sort == KeyField::Name {
            Order::ByName {
                filter,
                reverse: wanted.reverse,
                last: None,
            }
        } else {
            self.sort(wanted, &filter)?;
            Order::ByPlace { last: 0 }
        };
        Ok(Pages {
            store: self,
            order,
            limit,
            read: 0,
        })
    }

    /// Writes the order of the keys into the temporary table.
    fn sort(&self, wanted: &Listing, filter: &Condition) -> Result<()> {
        self.conn.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS listing (place INTEGER PRIMARY KEY, slot INTEGER NOT NULL);
             DELETE FROM temp.listing;",
        )?;
        let direction = if wanted.reverse { "DESC" } else { "ASC" };
        let insert = format!(
            "INSERT INTO temp.listing (slot) SELECT slot FROM (
                 SELECT k.slot AS slot, {} AS field, k.name AS name FROM keys k {})
             ORDER BY field {direction} {}, name {direction} LIMIT {}",
            self.sort_expression(wanted.sort),
            filter.sql(),
            nulls(wanted.sort, wanted.reverse),
            i64::try_from(wanted.limit.unwrap_or(u64::MAX)).unwrap_or(-1),
        );
        self.conn
            .execute(&insert, rusqlite::params_from_iter(&filter.values))?;
        Ok(())
    }

    fn sort_expression(&self, field: KeyField) -> String {
        let now = self.actor.now.unix();
        match field {
            // The prefix is the same for all.
            KeyField::Id | KeyField::Key => "k.id".to_owned(),
            KeyField::Name => "k.name".to_owned(),
            KeyField::Description => "k.description COLLATE NOCASE".to_owned(),
            KeyField::Status => format!(
                "CASE WHEN k.state <> 'active' THEN k.state
                      WHEN k.expires_at <= {now} THEN 'expired' ELSE 'active' END"
            ),
            KeyField::Groups => "(SELECT group_concat(g.name, ' ' ORDER BY g.name)
                 FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key_id = k.id) COLLATE NOCASE"
                .to_owned(),
            KeyField::Permissions => "(SELECT group_concat(permission, ' ' ORDER BY permission)
                 FROM key_permissions WHERE key_id = k.id)"
                .to_owned(),
            KeyField::Owner => "(SELECT name FROM users WHERE id = k.owner)".to_owned(),
            KeyField::Application => "k.application".to_owned(),
            KeyField::CreatedAt => "k.created_at".to_owned(),
            KeyField::CreatedBy => "k.created_by".to_owned(),
            KeyField::LastUsedAt => "last_used(k.slot)".to_owned(),
            KeyField::LastRefusedAt => "last_refused(k.slot)".to_owned(),
            KeyField::ExpiresAt => "k.expires_at".to_owned(),
        }
    }

    /// What `wanted` asks of a key, as SQL with bound parameters.
    fn condition(&self, wanted: &Listing) -> Condition {
        let now = self.actor.now;
        let mut all = Condition::default();
        if let Some(only) = self.rights.sees_only() {
            all.and(
                "k.owner = (SELECT id FROM users WHERE name = ?)",
                [text(only.as_str())],
            );
        }
        let mut statuses = Condition::default();
        let named = |status: &&Status| wanted.statuses.contains(status);
        for status in Status::ALL.iter().filter(named) {
            let unix = now.unix();
            match status {
                Status::Pending => statuses.and("k.state = 'pending'", []),
                Status::Inactive => statuses.and("k.state = 'inactive'", []),
                Status::Expired => {
                    statuses.and("k.state = 'active' AND k.expires_at <= ?", [unix.into()]);
                }
                Status::Active => statuses.and(
                    "k.state = 'active' AND coalesce(k.expires_at > ?, TRUE)",
                    [unix.into()],
                ),
            }
        }
        if !statuses.sql.is_empty() {
            all.and(statuses.sql.join(" OR "), statuses.values);
        }
        if !wanted.groups.is_empty() {
            all.and(
                "EXISTS (SELECT 1 FROM key_groups m JOIN groups g ON g.id = m.group_id
                          WHERE m.key_id = k.id AND g.name IN (SELECT value FROM json_each(?)))",
                [json_array(wanted.groups.iter().map(GroupName::as_str))],
            );
        }
        if !wanted.applications.is_empty() {
            all.and(
                "k.application IN (SELECT value FROM json_each(?))",
                [json_array(wanted.applications.iter().map(AppName::as_str))],
            );
        }
        if !wanted.owners.is_empty() {
            all.and(
                "k.owner IN (SELECT id FROM users WHERE name IN (SELECT value FROM json_each(?)))",
                [json_array(wanted.owners.iter().map(UserName::as_str))],
            );
        }
        if let Some(span) = wanted.unused_for {
            let since = now.minus(span).unix();
            all.and(
                "coalesce(last_used(k.slot), k.created_at) <= ?",
                [since.into()],
            );
        }
        if wanted.never_used {
            all.and("last_used(k.slot) IS NULL", []);
        }
        if let Some(span) = wanted.expires_within {
            let until = now.plus(span).unix();
            all.and(
                "k.expires_at > ? AND k.expires_at <= ?",
                [now.unix().into(), until.into()],
            );
        }
        if let Some(search) = &wanted.search {
            let lower = text(&Text::as_str(search).to_lowercase());
            all.and(
                "holds(k.name, ?) OR holds(k.description, ?)",
                [lower.clone(), lower],
            );
        }
        all
    }
}

impl Condition {
    fn and(&mut self, sql: impl std::fmt::Display, values: impl IntoIterator<Item = Value>) {
        self.sql.push(format!("({sql})"));
        self.values.extend(values);
    }

    fn sql(&self) -> String {
        match self.sql.join(" AND ") {
            none if none.is_empty() => none,
            some => format!("WHERE {some}"),
        }
    }
}

impl Pages<'_> {
    /// Reads the next page into `page`, whole, and lets go of the database. An
    /// empty page is the end.
    fn read(&mut self, page: &mut Vec<Key>) -> Result<()> {
        page.clear();
        let count = PAGE.min(self.limit - self.read);
        match &mut self.order {
            Order::ByName {
                filter,
                reverse,
                last,
            } => {
                let mut condition = Condition {
                    sql: filter.sql.clone(),
                    values: filter.values.clone(),
                };
                let (after, direction) = if *reverse {
                    ("k.name < ?", "DESC")
                } else {
                    ("k.name > ?", "ASC")
                };
                if let Some(last) = last {
                    condition.and(after, [text(last)]);
                }
                let select = format!(
                    "SELECT {COLUMNS} FROM keys k {} ORDER BY k.name {direction} LIMIT {count}",
                    condition.sql()
                );
                let values: Vec<&dyn ToSql> =
                    condition.values.iter().map(|value| value as _).collect();
                fill(self.store, &select, &values, page, |_| Ok(()))?;
                for key in page.iter() {
                    go_on(last, key.name.as_str(), *reverse)?;
                }
            }
            Order::ByPlace { last } => {
                let select = format!(
                    "SELECT {COLUMNS}, l.place FROM temp.listing l CROSS JOIN keys k ON k.slot = l.slot
                     WHERE l.place > ?1 ORDER BY l.place LIMIT {count}"
                );
                let after = *last;
                fill(self.store, &select, &[&after], page, |row| {
                    *last = row.get("place")?;
                    Ok(())
                })?;
            }
        }
        self.read += page.len() as u64;
        Ok(())
    }

    /// Goes through all keys from the beginning, a page at a time: none is locked
    /// while `each` works on it.
    pub(crate) fn each<E: From<Error>>(
        &mut self,
        mut each: impl FnMut(&Key) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.rewind();
        let mut page = Vec::new();
        loop {
            self.read(&mut page)?;
            if page.is_empty() {
                return Ok(());
            }
            page.iter().try_for_each(&mut each)?;
        }
    }

    fn rewind(&mut self) {
        self.read = 0;
        match &mut self.order {
            Order::ByName { last, .. } => *last = None,
            Order::ByPlace { last } => *last = 0,
        }
    }
}

/// Takes `name` for the last one read.
///
/// # Errors
/// When it is not beyond the one before: a damaged index has led back, and would
/// again and again.
fn go_on(last: &mut Option<String>, name: &str, reverse: bool) -> Result<()> {
    // As NOCASE compares.
    let lower = name.to_ascii_lowercase();
    let before = last.as_deref().map(str::to_ascii_lowercase);
    let is_beyond = |before: String| (lower > before) != reverse && lower != before;
    if before.is_none_or(is_beyond) {
        *last = Some(name.to_owned());
        return Ok(());
    }
    Err(damaged(format!(
        "an index of the database is damaged: \"{name}\" comes out of order"
    )))
}

fn fill(
    store: &Store,
    select: &str,
    values: &[&dyn ToSql],
    page: &mut Vec<Key>,
    mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<()> {
    let mut select = store.conn.prepare_cached(select)?;
    let mut rows = select.query(values)?;
    while let Some(row) = rows.next()? {
        page.push(read_key(row, &store.settings.prefix)?.1);
        each(row)?;
    }
    Ok(())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// One parameter for however many names: SQLite has a limit on parameters.
fn json_array<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    Value::Text(serde_json::Value::from_iter(names).to_string())
}

/// Where keys without the field go: a key never used is the longest unused, one
/// that never expires the last to expire, one without a text comes after all.
fn nulls(field: KeyField, reverse: bool) -> &'static str {
    let first = matches!(field, KeyField::LastUsedAt | KeyField::LastRefusedAt);
    let is_text = matches!(
        field,
        KeyField::Description | KeyField::Owner | KeyField::Application | KeyField::Permissions
    );
    match (first, is_text, reverse) {
        (_, true, _) | (false, _, false) | (true, _, true) => "NULLS LAST",
        (true, _, false) | (false, _, true) => "NULLS FIRST",
    }
}
