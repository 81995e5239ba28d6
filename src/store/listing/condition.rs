//! What a listing asks for, as SQL: which keys, and in what order.

use rusqlite::types::Value;

use crate::error::Result;
use crate::model::{AppName, GroupName, KeyField, Listing, Text, UserName};
use crate::store::Store;

/// A piece of SQL and what its parameters stand for.
#[derive(Clone, Default)]
pub(super) struct Condition {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Store {
    /// Writes the order of the keys into the temporary table.
    pub(super) fn sort(&self, wanted: &Listing, filter: &Condition) -> Result<()> {
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
            filter.as_where(),
            nulls(wanted.sort, wanted.reverse),
            i64::try_from(wanted.limit.unwrap_or(u64::MAX)).unwrap_or(-1),
        );
        self.conn
            .execute(&insert, rusqlite::params_from_iter(&filter.values))?;
        Ok(())
    }

    /// Returns the SQL of a key's status, as [`crate::model::Status::of`] decides it.
    fn status_expression(&self) -> String {
        let now = self.actor.now.unix();
        format!(
            "CASE WHEN k.state <> 'active' THEN k.state
                  WHEN k.expires_at <= {now} THEN 'expired'
                  WHEN k.owner IN (SELECT id FROM users WHERE NOT active OR expires_at <= {now})
                  THEN 'blocked' ELSE 'active' END"
        )
    }

    fn sort_expression(&self, field: KeyField) -> String {
        match field {
            // The prefix is the same for all.
            KeyField::Id | KeyField::Key => "k.id".to_owned(),
            // Not by the index of names: each key would be on another page of the file.
            KeyField::Name => "+k.name".to_owned(),
            KeyField::Description => "k.description COLLATE NOCASE".to_owned(),
            KeyField::Status => self.status_expression(),
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
            // The same for all.
            KeyField::LastUseKnownSince => "NULL".to_owned(),
            KeyField::LastRefusedAt => "last_refused(k.slot)".to_owned(),
            KeyField::ExpiresAt => "k.expires_at".to_owned(),
        }
    }

    /// What `wanted` asks of a key's last use, which is null of one whose use isn't known.
    pub(super) fn condition_on_use(&self, wanted: &Listing) -> Condition {
        let mut all = Condition::default();
        if let Some(span) = wanted.unused_for {
            all.and(
                "is_unused_for(last_used(k.slot), k.created_at, ?, ?)",
                [span.seconds().into(), self.actor.now.unix().into()],
            );
        }
        if wanted.never_used {
            all.and("is_never_used(last_used(k.slot), k.created_at)", []);
        }
        all
    }

    /// Counts the keys that `filter` matches and of which it isn't known whether `on_use`
    /// does.
    pub(super) fn count_unknown(&self, filter: &Condition, on_use: &Condition) -> Result<u64> {
        if on_use.is_empty() {
            return Ok(0);
        }
        let mut unknown = filter.clone();
        let is_unknown = format!("({}) IS NULL", on_use.sql.join(" AND "));
        unknown.and(is_unknown, on_use.values.iter().cloned());
        let count = format!("SELECT count(*) FROM keys k {}", unknown.as_where());
        let values = rusqlite::params_from_iter(&unknown.values);
        Ok(self.conn.query_row(&count, values, |row| row.get(0))?)
    }

    /// What `wanted` asks of a key but for its last use, as SQL with bound parameters.
    pub(super) fn condition(&self, wanted: &Listing) -> Condition {
        let now = self.actor.now;
        let mut all = Condition::default();
        if let Some(only) = self.rights.sees_only() {
            all.and(
                "k.owner = (SELECT id FROM users WHERE name = ?)",
                [text(only.as_str())],
            );
        }
        if !wanted.statuses.is_empty() {
            let statuses = wanted.statuses.iter().map(|status| status.as_str());
            all.and(
                format!(
                    "({}) IN (SELECT value FROM json_each(?))",
                    self.status_expression()
                ),
                [json_array(statuses)],
            );
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

    /// Adds what `other` asks.
    pub(super) fn and_all(&mut self, other: Self) {
        self.sql.extend(other.sql);
        self.values.extend(other.values);
    }

    /// Whether it holds of every key.
    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    fn as_where(&self) -> String {
        match self.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", self.sql.join(" AND ")),
        }
    }
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
