//! What a listing asks of a key, as far as both engines decide it alike.

use super::query::Query;
use crate::model::{Listing, Timestamp};
use crate::store::Store;
use crate::store::keys::STATE;

/// Adds the filters of `wanted` to `query`, and that the operator may see the key.
pub(super) fn add(store: &Store, wanted: &Listing, query: &mut Query) {
    let now = store.actor.now;
    if let Some(only) = store.rights.sees_only() {
        let name = query.bind(only.as_str());
        query.require(format!(
            "k.owner = (SELECT o.id FROM users o WHERE o.name = {name})"
        ));
    }
    if !wanted.statuses.is_empty() {
        let status = status_expression(query, now);
        let statuses = any_of(store, query, &wanted.statuses, |status| {
            status.as_str().to_owned()
        });
        query.require(format!("{status} {statuses}"));
    }
    if !wanted.groups.is_empty() {
        let names = any_of(store, query, &wanted.groups, |name| lower(name.as_str()));
        query.require(format!(
            "EXISTS (SELECT 1 FROM key_groups m WHERE m.key = k.number
                AND m.group_id IN (SELECT g.id FROM groups g WHERE lower(g.name) {names}))"
        ));
    }
    if !wanted.applications.is_empty() {
        let names = any_of(store, query, &wanted.applications, |name| {
            lower(name.as_str())
        });
        query.require(format!("lower(k.application) {names}"));
    }
    if !wanted.owners.is_empty() {
        let names = any_of(store, query, &wanted.owners, |name| {
            name.as_str().to_owned()
        });
        query.require(format!(
            "k.owner IN (SELECT o.id FROM users o WHERE o.name {names})"
        ));
    }
    if wanted.no_owner {
        query.require("k.owner IS NULL");
    }
    if !wanted.creators.is_empty() {
        let names = any_of(store, query, &wanted.creators, |name| {
            name.as_str().to_owned()
        });
        query.require(format!("k.created_by {names}"));
    }
    if let Some(instant) = wanted.expires_by {
        let (now, instant) = (query.bind(now.unix()), query.bind(instant.unix()));
        query.require(format!(
            "k.expires_at > {now} AND k.expires_at <= {instant}"
        ));
    }
    if let Some(span) = wanted.expired_for {
        let instant = query.bind(now.minus(span).unix());
        query.require(format!("k.expires_at <= {instant}"));
    }
    if wanted.no_expiry {
        query.require("k.expires_at IS NULL");
    }
}

/// Returns the SQL of a key's status at `now`, as [`crate::model::Status::of`] decides it.
pub(super) fn status_expression(query: &mut Query, now: Timestamp) -> String {
    let now = query.bind(now.unix());
    format!(
        "CASE {STATE} WHEN 'pending' THEN 'pending' WHEN 'inactive' THEN 'inactive'
              ELSE CASE WHEN k.expires_at <= {now} THEN 'expired'
                        WHEN k.owner IN (SELECT o.id FROM users o
                              WHERE o.active = 0 OR o.expires_at <= {now}) THEN 'blocked'
                        ELSE 'active' END END"
    )
}

/// Binds the texts of `all`. Returns the SQL after an expression that equals one of them.
fn any_of<T>(store: &Store, query: &mut Query, all: &[T], text: impl Fn(&T) -> String) -> String {
    let texts: Vec<String> = all.iter().map(text).collect();
    store.db.any_of(&query.bind(texts))
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}
