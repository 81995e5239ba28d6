//! One key shown whole, and keys about to be deleted.

use super::facts::plain;
use super::json::{LimitJson, ShownKeyJson, to_json};
use super::key_json::KeyJson;
use super::screen::{Column, Tone};
use super::table::{or_dash, words};
use super::{Output, clean, shown};
use crate::error::Result;
use crate::model::{
    AppName, Effective, Entitlement, GroupName, Key, Limited, Permission, Span, Timestamp, UserName,
};

/// A key used within this time may still be needed.
const RECENT: Span = Span::from_seconds(30 * 86_400);

/// What is shown of a key before it is deleted.
const DECIDED_ON: [Column; 6] = [
    Column::whole("NAME"),
    Column::whole("STATUS"),
    Column::unbroken("KEY"),
    Column::whole("OWNER"),
    Column::whole("GROUPS"),
    Column::whole("LAST USED"),
];

impl Output {
    /// Shows one key whole, with what it may do and what limits it.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn show_key(&self, held: &Entitlement) -> Result<()> {
        let now = self.times.now();
        let effective = held.effective(now);
        if self.wants_json() {
            return shown(self.line(&to_json(&in_json(held, &effective, now))));
        }
        let key = &held.key;
        let when = |at: Option<_>| at.map_or("Never".to_owned(), |at| self.times.instant(at));
        let status = key.status(now);
        let mut facts = vec![
            plain("name", key.name.to_string()),
            plain("id", key.id().to_string()),
            plain("key", key.short.to_string()),
            ("status", status.to_string(), Tone::of_status(status)),
            plain("description", or_dash(key.description.as_deref())),
            plain("owner", or_dash(key.owner_name().map(UserName::as_str))),
            plain(
                "application",
                or_dash(key.application.as_ref().map(AppName::as_str)),
            ),
            plain("created", when(Some(key.created_at))),
            plain("created by", key.created_by.clone()),
            plain("last used", self.times.instant_of_use(key.last_use())),
            plain(
                "last refused",
                self.times.instant_of_use(key.last_refusal()),
            ),
            self.expiry(key),
            plain("groups", words(&key.groups)),
            plain("permissions", words(&key.permissions)),
            plain("effective groups", words(&effective.groups)),
            plain("effective permissions", words(&effective.permissions)),
        ];
        let limits = effective.limits.iter().map(|limit| match &limit.of {
            Limited::Group(group) => format!("group {group}: {}", limit.reason),
            Limited::Permission(permission) => format!("{permission}: {}", limit.reason),
        });
        facts.extend(limits.map(|limit| plain("limited", limit)));
        self.facts(&facts)
    }

    /// Says on stderr which keys are about to be deleted: whose, in which groups,
    /// last used when. With --quiet only before a question, which it belongs to.
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

    /// Says on stderr which keys are about to be active again, in the same way.
    pub(crate) fn describe_revived(&self, keys: &[Key], is_asked: bool) {
        if keys.is_empty() || self.quiet && !is_asked {
            return;
        }
        self.stderr("active as they were when the backup was made, whatever became of them since:");
        self.keys_on_stderr(keys);
    }

    /// Keys as whoever decides on them needs to know them.
    fn keys_on_stderr(&self, keys: &[Key]) {
        let now = self.times.now();
        let row = |key: &Key| {
            let status = key.status(now);
            vec![
                (key.name.to_string(), Tone::Plain),
                (status.to_string(), Tone::of_status(status)),
                (key.short.to_string(), Tone::Plain),
                (or_dash(key.owner_name().map(UserName::as_str)), Tone::Plain),
                (words(&key.groups), Tone::Plain),
                (self.times.show_use(key.last_use()), Tone::Plain),
            ]
        };
        let rows: Vec<_> = keys.iter().map(row).collect();
        self.table_on_stderr(&DECIDED_ON, &rows);
    }
}

fn in_json<'a>(
    held: &'a Entitlement,
    effective: &'a Effective,
    now: Timestamp,
) -> ShownKeyJson<'a> {
    let limits = effective.limits.iter().map(|limit| match &limit.of {
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
