//! The filters of a listing that SQL decides alike in every engine.

use super::query::Query;
use crate::model::{AppName, Filter, GroupName, Operator, Timestamp, UserName};
use crate::store::keys::IS_PENDING;
use crate::store::{Store, View};

/// When the current secret of the key `k` replaced another one; null if it is the key's first.
pub(super) const ROTATED_AT: &str = "(SELECT v.created_at FROM secrets v
    WHERE v.key = k.number AND v.state = 'current'
      AND v.slot > (SELECT min(t.slot) FROM secrets t WHERE t.key = k.number))";

/// Adds the filters of `wanted` to `query`, and limits it to the keys that the operator may
/// see.
pub(super) fn add(view: View<'_>, wanted: &Filter, query: &mut Query) {
    let store = view.store;
    let now = store.now();
    if let Some(only) = view.rights.sees_only() {
        let name = query.bind(only.as_str());
        query.require(format!(
            "k.owner = (SELECT o.id FROM users o WHERE o.name = {name})"
        ));
    }
    if !wanted.statuses.is_empty() {
        let status = status_expression(query, now);
        let statuses = any_of(
            store,
            query,
            wanted.statuses.iter().map(|status| status.as_str()),
        );
        query.require(format!("{status} {statuses}"));
    }
    if !wanted.groups.is_empty() {
        let names = wanted.groups.iter().map(GroupName::as_str);
        let names = any_of(store, query, names.map(str::to_ascii_lowercase));
        query.require(format!(
            "EXISTS (SELECT 1 FROM key_groups m WHERE m.key = k.number
                AND m.group_id IN (SELECT g.id FROM groups g WHERE lower(g.name) {names}))"
        ));
    }
    if !wanted.applications.is_empty() {
        let names = wanted.applications.iter().map(AppName::as_str);
        let names = any_of(store, query, names.map(str::to_ascii_lowercase));
        query.require(format!("lower(k.application) {names}"));
    }
    if !wanted.owners.is_empty() {
        let names = any_of(store, query, wanted.owners.iter().map(UserName::as_str));
        query.require(format!(
            "k.owner IN (SELECT o.id FROM users o WHERE o.name {names})"
        ));
    }
    if wanted.no_owner {
        query.require("k.owner IS NULL");
    }
    if !wanted.creators.is_empty() {
        let names = any_of(store, query, wanted.creators.iter().map(Operator::as_str));
        query.require(format!("k.created_by {names}"));
    }
    if let Some(end) = wanted.expires_within {
        let (now, end) = (query.bind(now.unix()), query.bind(end.ahead(now).unix()));
        query.require(format!("k.expires_at > {now} AND k.expires_at <= {end}"));
    }
    if let Some(span) = wanted.expired_for {
        let end = query.bind(now.minus(span).unix());
        query.require(format!("k.expires_at <= {end}"));
    }
    if let Some(span) = wanted.older_than {
        let latest = query.bind(now.minus(span).unix());
        query.require(format!(
            "coalesce({ROTATED_AT}, k.created_at) <= {latest} AND NOT ({IS_PENDING})"
        ));
    }
    if !wanted.meta.is_empty() {
        let mut conditions = Vec::new();
        for entry in &wanted.meta {
            let name = query.bind(entry.name.as_str().to_ascii_lowercase().as_str());
            let value = match &entry.value {
                Some(value) => format!(" AND x.value = {}", query.bind(value.as_str())),
                None => String::new(),
            };
            conditions.push(format!("(lower(x.name) = {name}{value})"));
        }
        query.require(format!(
            "k.number IN (SELECT x.key FROM key_meta x WHERE {})",
            conditions.join(" OR ")
        ));
    }
    if wanted.rotating || wanted.drained {
        let now = query.bind(now.unix());
        query.require(format!(
            "k.number IN (SELECT v.key FROM secrets v
                WHERE v.state = 'previous' AND v.valid_until > {now})"
        ));
    }
    if wanted.no_expiry {
        query.require("k.expires_at IS NULL");
    }
}

/// Returns the SQL of a key's status at `now`; the rule is [`crate::model::Status::of`].
pub(super) fn status_expression(query: &mut Query, now: Timestamp) -> String {
    let now = query.bind(now.unix());
    format!(
        "CASE WHEN {IS_PENDING} THEN 'pending'
              WHEN k.active = 0 AND (k.reactivates_at IS NULL OR k.reactivates_at > {now})
                   THEN 'inactive'
              WHEN k.expires_at <= {now} THEN 'expired'
              WHEN k.owner IN (SELECT o.id FROM users o
                    WHERE o.active = 0 OR o.expires_at <= {now}) THEN 'blocked'
              ELSE 'active' END"
    )
}

/// Binds `texts`. Returns the SQL that, after an expression, compares it with all of them.
fn any_of<T: Into<String>>(
    store: &Store,
    query: &mut Query,
    texts: impl Iterator<Item = T>,
) -> String {
    let texts: Vec<String> = texts.map(Into::into).collect();
    store.db.any_of(&query.bind(texts))
}
