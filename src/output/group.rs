//! Groups: listed in four formats, and one shown whole.

use super::facts::plain;
use super::json::{GroupJson, to_json};
use super::short_list::{ShortList, untoned};
use super::table::{or_dash, words};
use super::{Output, shown};
use crate::error::Result;
use crate::model::Group;

impl Output {
    /// Lists groups.
    ///
    /// # Errors
    /// When stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_groups(&self, groups: &[Group]) -> Result<()> {
        let row = |group: &Group| {
            vec![
                group.name.to_string(),
                group.keys.to_string(),
                group.users.to_string(),
                or_dash(Some(&words(&group.permissions))),
                self.times.show(Some(group.created_at)),
                group.created_by.clone(),
                or_dash(group.description.as_deref()),
            ]
        };
        let record = |group: &Group| {
            vec![
                group.name.to_string(),
                group.description.clone().unwrap_or_default(),
                words(&group.permissions),
                group.keys.to_string(),
                group.users.to_string(),
                group.created_at.to_string(),
                group.created_by.clone(),
            ]
        };
        self.short_list(&ShortList {
            none: "no groups",
            headings: &[
                ("NAME", None),
                ("KEYS", None),
                ("USERS", None),
                ("PERMISSIONS", None),
                ("CREATED", Some(2)),
                ("CREATED BY", Some(1)),
                ("DESCRIPTION", Some(3)),
            ],
            rows: groups.iter().map(row).map(untoned).collect(),
            fields: &[
                "name",
                "description",
                "permissions",
                "keys",
                "users",
                "created_at",
                "created_by",
            ],
            records: groups.iter().map(record).collect(),
            objects: groups.iter().map(GroupJson::new).collect(),
        })
    }

    /// Shows one group whole.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn show_group(&self, group: &Group) -> Result<()> {
        if self.wants_json() {
            return shown(self.line(&to_json(&GroupJson::new(group))));
        }
        self.facts(&[
            plain("name", group.name.to_string()),
            plain("description", or_dash(group.description.as_deref())),
            plain("permissions", words(&group.permissions)),
            plain("keys", group.keys.to_string()),
            plain("users", group.users.to_string()),
            plain("created", self.times.instant(group.created_at)),
            plain("created by", group.created_by.clone()),
        ])
    }
}
