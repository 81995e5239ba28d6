//! Which keys a listing asks for, as SQL.

use rusqlite::types::Value;

use super::acts::MAY_DO_ONE;
use crate::error::Result;
use crate::model::{AppName, GroupName, Listing, Operator, Pasted, Text, UserName};
use crate::process::Undivided;
use crate::store::Store;
use crate::store::keys::{LAST_FOUR, STATE};

/// When the key `k` was last used.
pub(super) const LAST_USED: &str =
    "(SELECT max(last_used(slot)) FROM secrets WHERE key = k.number)";

/// A piece of SQL and what its parameters stand for.
#[derive(Clone, Default)]
pub(super) struct Condition {
    sql: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Store {
    /// Returns the SQL of a key's status, as [`crate::model::Status::of`] decides it.
    pub(super) fn status_expression(&self) -> String {
        let now = self.actor.now.unix();
        format!(
            "CASE WHEN {STATE} <> 'active' THEN {STATE}
                  WHEN k.expires_at <= {now} THEN 'expired'
                  WHEN k.owner IN (SELECT id FROM users WHERE NOT active OR expires_at <= {now})
                  THEN 'blocked' ELSE 'active' END"
        )
    }

    /// What `wanted` asks of a key's last use, which is null of one whose use isn't known.
    pub(super) fn condition_on_use(&self, wanted: &Listing) -> Condition {
        let mut all = Condition::default();
        if let Some(span) = wanted.unused_for {
            all.and(
                format!("is_unused_for({LAST_USED}, k.created_at, ?, ?)"),
                [span.seconds().into(), self.actor.now.unix().into()],
            );
        }
        if wanted.never_used {
            all.and(format!("is_never_used({LAST_USED}, k.created_at)"), []);
        }
        all
    }

    /// Counts the keys that `filter` matches and of which it isn't known whether `on_use`
    /// does.
    pub(super) fn count_unknown(&self, filter: &Condition, on_use: &Condition) -> Result<u64> {
        if on_use.is_empty() {
            return Ok(0);
        }
        let _unstopped = Undivided::by_stops();
        let mut unknown = filter.clone();
        let is_unknown = format!("({}) IS NULL", on_use.sql.join(" AND "));
        unknown.and(is_unknown, on_use.values.iter().cloned());
        let count = format!("SELECT count(*) FROM keys k {}", unknown.as_where());
        let values = rusqlite::params_from_iter(&unknown.values);
        Ok(self
            .db
            .as_sqlite()
            .query_row(&count, values, |row| row.get(0))?)
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
                          WHERE m.key = k.number
                            AND lower(g.name) IN (SELECT lower(value) FROM json_each(?)))",
                [json_array(wanted.groups.iter().map(GroupName::as_str))],
            );
        }
        if !wanted.applications.is_empty() {
            all.and(
                "lower(k.application) IN (SELECT lower(value) FROM json_each(?))",
                [json_array(wanted.applications.iter().map(AppName::as_str))],
            );
        }
        if !wanted.owners.is_empty() {
            all.and(
                "k.owner IN (SELECT id FROM users WHERE name IN (SELECT value FROM json_each(?)))",
                [json_array(wanted.owners.iter().map(UserName::as_str))],
            );
        }
        if wanted.no_owner {
            all.and("k.owner IS NULL", []);
        }
        if !wanted.creators.is_empty() {
            all.and(
                "k.created_by IN (SELECT value FROM json_each(?))",
                [json_array(wanted.creators.iter().map(Operator::as_str))],
            );
        }
        if !wanted.acts.is_empty() {
            all.and(MAY_DO_ONE, []);
        }
        if let Some(instant) = wanted.expires_by {
            all.and(
                "k.expires_at > ? AND k.expires_at <= ?",
                [now.unix().into(), instant.unix().into()],
            );
        }
        if let Some(span) = wanted.expired_for {
            all.and("k.expires_at <= ?", [now.minus(span).unix().into()]);
        }
        if wanted.no_expiry {
            all.and("k.expires_at IS NULL", []);
        }
        if !wanted.texts.is_empty() {
            self.and_found(&wanted.texts, &mut all);
        }
        all
    }

    /// Adds that one of `texts` finds the key.
    fn and_found(&self, texts: &[Text], all: &mut Condition) {
        let lower = texts.iter().map(|text| text.as_str().to_lowercase());
        let lower: Vec<String> = lower.collect();
        let pasted = texts
            .iter()
            .filter_map(|text| Pasted::parse(text.as_str(), &self.settings.prefix));
        let (short, ids): (Vec<Pasted>, Vec<Pasted>) =
            pasted.partition(|pasted| pasted.last_four.is_some());
        let short = short.iter().map(|pasted| {
            let last_four = pasted.last_four.as_deref().unwrap_or_default();
            format!("{}{last_four}", pasted.id)
        });
        let short: Vec<String> = short.collect();
        all.and(
            format!(
                "EXISTS (SELECT 1 FROM json_each(?)
                      WHERE holds(k.name, value) OR holds(k.description, value))
             OR EXISTS (SELECT 1 FROM json_each(?) WHERE instr(k.id, value))
             OR k.id IN (SELECT value FROM json_each(?))
             OR k.id || {LAST_FOUR} IN (SELECT value FROM json_each(?))"
            ),
            [
                json_array(lower.iter().map(String::as_str)),
                json_array(texts.iter().map(Text::as_str)),
                json_array(ids.iter().map(|pasted| pasted.id.as_str())),
                json_array(short.iter().map(String::as_str)),
            ],
        );
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

    pub(super) fn as_where(&self) -> String {
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
