//! A key shown in full, and keys about to be deleted.

use super::column::Column;
use super::facts::plain;
use super::json::to_json;
use super::objects::{LimitJson, ShownKeyJson};
use super::value::{KeyJson, cell, words};
use super::{Output, clean, shown};
use crate::error::Result;
use crate::model::{
    Effective, Entitlement, GroupName, Key, KeyField, Limited, Permission, Span, Timestamp,
};

/// A key used within this time may still be needed.
const RECENT: Span = Span::from_seconds(30 * 86_400);

/// What is shown of a key before it is deleted.
const DECIDED_ON: [KeyField; 6] = [
    KeyField::Name,
    KeyField::Status,
    KeyField::Key,
    KeyField::Owner,
    KeyField::Groups,
    KeyField::LastUsedAt,
];

impl Output {
    /// Prints a key in full, with what it may do and what limits it.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn show_key(&self, held: &Entitlement) -> Result<()> {
        let now = self.times.now();
        let effective = held.effective(now);
        if self.wants_json() {
            return shown(self.line(&to_json(&in_json(held, &effective, now))));
        }
        let mut facts = self.described(&held.key, KeyField::SHOW.map(KeyField::field));
        facts.extend([
            plain("effective groups", words(&effective.groups)),
            plain("effective permissions", words(&effective.permissions)),
        ]);
        let limits = effective.limits.iter().map(|limit| match &limit.item {
            Limited::Group(group) => format!("group {group}: {}", limit.reason),
            Limited::Permission(permission) => format!("{permission}: {}", limit.reason),
        });
        facts.extend(limits.map(|limit| plain("limited", limit)));
        self.facts(&facts)
    }

    /// Prints on stderr which keys are about to be deleted, with owner, groups and last use.
    /// With --quiet only before a question, as a part of it.
    pub(crate) fn describe_doomed(&self, keys: &[Key], is_asked: bool) {
        if self.quiet && !is_asked {
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
                "`apikey deactivate {names}` stops the same, and can be undone"
            )));
        }
    }

    /// Prints on stderr which keys are about to be active again, in the same way.
    pub(crate) fn describe_revived(&self, keys: &[Key], is_asked: bool) {
        if keys.is_empty() || self.quiet && !is_asked {
            return;
        }
        self.stderr("active as they were when the backup was made, whatever became of them since:");
        self.keys_on_stderr(keys);
    }

    /// Prints keys as an operator who decides on them needs to know them.
    fn keys_on_stderr(&self, keys: &[Key]) {
        let fields = DECIDED_ON.map(KeyField::field);
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
