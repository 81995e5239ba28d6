//! Users: listed in four formats, and one shown whole.

use std::io::{self, Write};

use super::json::{UserJson, to_json};
use super::short_list::ShortList;
use super::table::{or_dash, words, write_facts};
use super::{Output, shown};
use crate::error::Result;
use crate::model::Registered;

impl Output {
    /// Lists users.
    ///
    /// # Errors
    /// When stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_users(&self, users: &[Registered]) -> Result<()> {
        let now = self.times.now();
        let row = |one: &Registered| {
            let user = &one.user;
            vec![
                user.name.to_string(),
                user.status(now).to_string(),
                or_dash(Some(&words(&user.groups))),
                one.keys.to_string(),
                self.times.show(user.expires_at),
                self.times.show(Some(user.created_at)),
                user.created_by.clone(),
                or_dash(user.description.as_deref()),
            ]
        };
        let record = |one: &UserJson<'_>| {
            vec![
                one.name.to_owned(),
                one.description.unwrap_or_default().to_owned(),
                one.status.to_owned(),
                one.groups.join(" "),
                one.permissions.join(" "),
                one.keys.to_string(),
                one.created_at.clone(),
                one.created_by.to_owned(),
                one.expires_at.clone().unwrap_or_default(),
            ]
        };
        let objects: Vec<_> = users.iter().map(|user| UserJson::new(user, now)).collect();
        self.short_list(&ShortList {
            none: "no users",
            headings: &[
                ("NAME", None),
                ("STATUS", None),
                ("GROUPS", None),
                ("KEYS", None),
                ("EXPIRES", Some(4)),
                ("CREATED", Some(3)),
                ("CREATED BY", Some(2)),
                ("DESCRIPTION", Some(1)),
            ],
            rows: users.iter().map(row).collect(),
            fields: &[
                "name",
                "description",
                "status",
                "groups",
                "permissions",
                "keys",
                "created_at",
                "created_by",
                "expires_at",
            ],
            records: objects.iter().map(record).collect(),
            objects,
        })
    }

    /// Shows one user whole.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn show_user(&self, one: &Registered) -> Result<()> {
        let now = self.times.now();
        if self.wants_json() {
            return shown(self.line(&to_json(&UserJson::new(one, now))));
        }
        let user = &one.user;
        let expires = user.expires_at.map(|at| self.times.instant(at));
        let facts = [
            ("name", user.name.to_string()),
            ("status", user.status(now).to_string()),
            ("description", or_dash(user.description.as_deref())),
            ("groups", or_dash(Some(&words(&user.groups)))),
            ("permissions", or_dash(Some(&words(&user.permissions)))),
            ("keys", one.keys.to_string()),
            ("created", self.times.instant(user.created_at)),
            ("created by", user.created_by.clone()),
            ("expires", expires.unwrap_or_else(|| "Never".to_owned())),
        ];
        let mut out = io::stdout().lock();
        shown(write_facts(&mut out, &facts).and_then(|()| out.flush()))
    }
}
