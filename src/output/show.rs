//! A key in full, and the keys that a confirmation is about.

use super::column::Column;
use super::facts::plain;
use super::json::to_json;
use super::objects::{LimitJson, ShownKeyJson};
use super::value::{KeyJson, cell, joined};
use super::{Output, clean, ignore_closed_pipe};
use crate::error::Result;
use crate::model::{
    Effective, Entitlement, GroupName, Key, KeyField, Limited, Permission, Span, Timestamp,
};

/// A key that was used within this time may still be needed.
const RECENT: Span = Span::from_seconds(30 * 86_400);

/// The columns of the keys that a confirmation is about.
const TO_CONFIRM: [KeyField; 6] = [
    KeyField::Name,
    KeyField::Status,
    KeyField::Key,
    KeyField::Owner,
    KeyField::Groups,
    KeyField::LastUsedAt,
];

impl Output {
    /// Prints a key in full, with its effective rights and their limits.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn show_key(&self, held: &Entitlement) -> Result<()> {
        let now = self.times.now();
        let effective = held.effective(now);
        if self.wants_json() {
            return ignore_closed_pipe(self.line(&to_json(&in_json(held, &effective, now))));
        }
        let key = &held.key;
        let is_shown = |field: &KeyField| match field {
            KeyField::ReactivatesAt => key.reactivation(now).is_some(),
            KeyField::RotatedAt => key.rotated_at.is_some(),
            KeyField::Previous => key.previous.is_some(),
            KeyField::Meta => !key.meta.entries().is_empty(),
            _ => true,
        };
        let fields = KeyField::SHOW.into_iter().filter(is_shown);
        let mut facts = self.described(key, fields.map(KeyField::field));
        facts.extend([
            plain("effective groups", joined(&effective.groups)),
            plain("effective permissions", joined(&effective.permissions)),
        ]);
        let limits = effective.limits.iter().map(|limit| match &limit.item {
            Limited::Group(group) => format!("group {group}: {}", limit.reason),
            Limited::Permission(permission) => format!("{permission}: {}", limit.reason),
        });
        facts.extend(limits.map(|limit| plain("limited", limit)));
        self.facts(&facts)
    }

    /// Prints on stderr the keys that would be deleted, with owner, groups and last use. With
    /// --quiet they are printed only before a prompt.
    pub(crate) fn keys_to_delete(&self, keys: &[Key], is_prompted: bool) {
        if self.quiet && !is_prompted {
            return;
        }
        self.keys_on_stderr(keys);
        let since = self.times.now().minus(RECENT);
        let is_recent = |key: &&Key| key.last_used_at.is_some_and(|at| at > since);
        let recent: Vec<&str> = keys
            .iter()
            .filter(is_recent)
            .map(|key| key.name.as_str())
            .collect();
        if !recent.is_empty() {
            let names = recent.join(" ");
            self.stderr(&clean::line(&format!("used in the last 30 days: {names}")));
            self.stderr(&clean::line(&format!(
                "a reversible alternative: `apikey deactivate {names}`"
            )));
        }
    }

    /// Prints on stderr the keys that a restored backup would make active, now or later. With
    /// --quiet they are printed only before a prompt.
    pub(crate) fn keys_to_restore(&self, keys: &[Key], is_prompted: bool) {
        if keys.is_empty() || self.quiet && !is_prompted {
            return;
        }
        self.stderr(
            "these keys would be active, or become so, as when the backup was created, even if revoked since:",
        );
        self.keys_on_stderr(keys);
        for key in keys {
            let end = key.overlap_end(self.times.now());
            if let (Some(end), Some(previous)) = (end, &key.previous) {
                let until = self.times.with_distance(Some(end));
                self.stderr(&clean::line(&format!(
                    "\"{}\" also has a previous secret, {}, accepted until {until}",
                    key.name, previous.short
                )));
            }
        }
    }

    /// Prints keys with the columns that a confirmation needs.
    fn keys_on_stderr(&self, keys: &[Key]) {
        let fields = TO_CONFIRM.map(KeyField::field);
        let columns = fields.map(|field| Column {
            drops: None,
            ..Column::from(field)
        });
        let row = |key: &Key| fields.map(|field| cell(field, key, &self.times)).to_vec();
        let rows: Vec<_> = keys.iter().map(row).collect();
        self.table_on_stderr(&columns, &rows);
    }
}

fn in_json<'a>(
    held: &'a Entitlement,
    effective: &'a Effective,
    now: Timestamp,
) -> ShownKeyJson<'a> {
    let limits = effective.limits.iter().map(|limit| match &limit.item {
        Limited::Group(group) => LimitJson {
            group: Some(group.as_str()),
            permission: None,
            reason: &limit.reason,
        },
        Limited::Permission(permission) => LimitJson {
            group: None,
            permission: Some(permission.as_str()),
            reason: &limit.reason,
        },
    });
    ShownKeyJson {
        key: KeyJson::new(&held.key, now),
        effective_groups: effective.groups.iter().map(GroupName::as_str).collect(),
        effective_permissions: effective
            .permissions
            .iter()
            .map(Permission::as_str)
            .collect(),
        limits: limits.collect(),
    }
}
