//! One key shown whole, and keys about to be deleted.

use std::io::{self, Write};

use super::json::{KeyJson, LimitJson, ShownKeyJson, to_json};
use super::table::{or_dash, words, write_facts};
use super::{Output, clean, shown};
use crate::error::Result;
use crate::model::{
    AppName, Effective, Entitlement, GroupName, Key, Limited, Permission, Span, Timestamp, UserName,
};

/// A key used within this time may still be needed.
const RECENT: Span = Span::from_seconds(30 * 86_400);

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
        let mut facts = vec![
            ("name", key.name.to_string()),
            ("id", key.id().to_string()),
            ("key", key.short.to_string()),
            ("status", key.status(now).to_string()),
            ("description", or_dash(key.description.as_deref())),
            ("owner", or_dash(key.owner.as_ref().map(UserName::as_str))),
            (
                "application",
                or_dash(key.application.as_ref().map(AppName::as_str)),
            ),
            ("created", when(Some(key.created_at))),
            ("created by", key.created_by.clone()),
            ("last used", when(key.last_used_at)),
            ("last refused", when(key.last_refused_at)),
            ("expires", when(key.expires_at)),
            ("groups", or_dash(Some(&words(&key.groups)))),
            ("permissions", or_dash(Some(&words(&key.permissions)))),
            ("effective groups", or_dash(Some(&words(&effective.groups)))),
            (
                "effective permissions",
                or_dash(Some(&words(&effective.permissions))),
            ),
        ];
        let limits = effective.limits.iter().map(|limit| match &limit.of {
            Limited::Group(group) => format!("group {group}: {}", limit.reason),
            Limited::Permission(permission) => format!("{permission}: {}", limit.reason),
        });
        facts.extend(limits.map(|limit| ("limited", limit)));
        let mut out = io::stdout().lock();
        shown(write_facts(&mut out, &facts).and_then(|()| out.flush()))
    }

    /// Says on stderr which keys are about to be deleted: whose, in which groups,
    /// last used when. With --quiet only before a question, which it belongs to.
    pub(crate) fn describe_doomed(&self, keys: &[Key], is_asked: bool) {
        if self.quiet && !is_asked {
            return;
        }
        let since = self.times.now().minus(RECENT);
        for key in keys {
            let owner = match &key.owner {
                Some(owner) => format!("{owner}'s"),
                None => "no owner".to_owned(),
            };
            let last_used = match key.last_used_at {
                Some(_) => format!("last used {}", self.times.show(key.last_used_at)),
                None => "never used".to_owned(),
            };
            let groups = words(&key.groups);
            let line = format!(
                "{}  {}  {owner}  {groups}  {last_used}",
                key.name, key.short
            );
            self.stderr(&clean::line(&line));
        }
        let is_recent = |key: &&Key| key.last_used_at.is_some_and(|at| at > since);
        let recent: Vec<&str> = keys
            .iter()
            .filter(is_recent)
            .map(|key| key.name.as_str())
            .collect();
        if !recent.is_empty() {
            self.stderr(&clean::line(&format!(
                "used in the last 30 days: {names}; `apikey deactivate {names}` stops the same and can be undone",
                names = recent.join(" ")
            )));
        }
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
