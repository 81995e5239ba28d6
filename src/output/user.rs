//! Users: listed in four formats, and one shown whole.

use super::facts::plain;
use super::json::{UserJson, to_json};
use super::screen::Tone;
use super::short_list::{ShortList, untoned};
use super::table::{or_dash, words};
use super::{Output, shown};
use crate::error::Result;
use crate::model::UserSummary;

impl Output {
    /// Lists users.
    ///
    /// # Errors
    /// When stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_users(&self, users: &[UserSummary]) -> Result<()> {
        let now = self.times.now();
        let row = |one: &UserSummary| {
            let user = &one.user;
            let mut cells = untoned(vec![
                user.name.to_string(),
                user.status(now).to_string(),
                or_dash(Some(&words(&user.groups))),
                one.keys.to_string(),
                self.times.show(user.expires_at),
                self.times.show(Some(user.created_at)),
                user.created_by.clone(),
                or_dash(user.description.as_deref()),
            ]);
            cells[1].1 = Tone::of_user(user.status(now));
            cells[4].1 = Tone::of_expiry(user.expires_at, now);
            cells
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
                ("CREATED", Some(2)),
                ("CREATED BY", Some(1)),
                ("DESCRIPTION", Some(3)),
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
    pub(crate) fn show_user(&self, one: &UserSummary) -> Result<()> {
        let now = self.times.now();
        if self.wants_json() {
            return shown(self.line(&to_json(&UserJson::new(one, now))));
        }
        let user = &one.user;
        let expires = user.expires_at.map(|at| self.times.instant(at));
        let status = user.status(now);
        self.facts(&[
            plain("name", user.name.to_string()),
            ("status", status.to_string(), Tone::of_user(status)),
            plain("description", or_dash(user.description.as_deref())),
            plain("groups", words(&user.groups)),
            plain("permissions", words(&user.permissions)),
            plain("keys", one.keys.to_string()),
            plain("created", self.times.instant(user.created_at)),
            plain("created by", user.created_by.clone()),
            (
                "expires",
                expires.unwrap_or_else(|| "Never".to_owned()),
                Tone::of_expiry(user.expires_at, now),
            ),
        ])
    }
}
