//! The order in which a listing has the keys.

use super::condition::{Condition, LAST_USED};
use crate::error::Result;
use crate::model::{KeyField, Listing};
use crate::process::Undivided;
use crate::store::Store;

impl Store {
    /// Writes the order of the keys into the temporary table.
    pub(super) fn sort(&self, wanted: &Listing, filter: &Condition) -> Result<()> {
        let _unstopped = Undivided::by_stops();
        self.db.as_sqlite().execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS listing (place INTEGER PRIMARY KEY, slot INTEGER NOT NULL);
             DELETE FROM temp.listing;",
        )?;
        let direction = if wanted.reverse { "DESC" } else { "ASC" };
        let insert = format!(
            "INSERT INTO temp.listing (slot) SELECT slot FROM (
                 SELECT k.number AS slot, {} AS field, lower(k.name) AS name FROM keys k {})
             ORDER BY field {direction} {}, name {direction} LIMIT {}",
            self.sort_expression(wanted.sort),
            filter.as_where(),
            nulls(wanted.sort, wanted.reverse),
            i64::try_from(wanted.limit.unwrap_or(u64::MAX)).unwrap_or(-1),
        );
        self.db
            .as_sqlite()
            .execute(&insert, rusqlite::params_from_iter(&filter.values))?;
        Ok(())
    }

    fn sort_expression(&self, field: KeyField) -> String {
        match field {
            // The prefix is the same for all.
            KeyField::Id | KeyField::Key => "k.id".to_owned(),
            // Not by the index of names: each key would be on another page of the file.
            KeyField::Name => "+lower(k.name)".to_owned(),
            KeyField::Description => "k.description COLLATE NOCASE".to_owned(),
            KeyField::Status => self.status_expression(),
            KeyField::Groups => "(SELECT group_concat(g.name, ' ' ORDER BY lower(g.name))
                 FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key = k.number) COLLATE NOCASE"
                .to_owned(),
            KeyField::Permissions => "(SELECT group_concat(permission, ' ' ORDER BY permission)
                 FROM key_permissions WHERE key = k.number)"
                .to_owned(),
            KeyField::Owner => "(SELECT name FROM users WHERE id = k.owner)".to_owned(),
            KeyField::Application => "lower(k.application)".to_owned(),
            KeyField::CreatedAt => "k.created_at".to_owned(),
            KeyField::CreatedBy => "k.created_by".to_owned(),
            KeyField::LastUsedAt => LAST_USED.to_owned(),
            // The same for all.
            KeyField::LastUseKnownSince => "NULL".to_owned(),
            KeyField::LastRefusedAt => "(SELECT max(last_refused(slot)) FROM secrets WHERE key = k.number)".to_owned(),
            KeyField::ExpiresAt => "k.expires_at".to_owned(),
        }
    }
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
