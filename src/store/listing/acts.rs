//! The filter `--can`: `verify`'s rule on permissions, for many keys at once.
//!
//! A user's permissions are those of its groups. So the groups that allow an act decide for
//! keys and owners alike, and are looked up once; only a key's own permissions are matched for
//! each key.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::query::Query;
use crate::error::{Error, Result};
use crate::model::{Act, Permission};
use crate::store::db::{Db, Row};
use crate::store::errors::damaged;

/// Acts, and the groups that allow them.
pub(super) struct Acts<'a> {
    acts: &'a [Act],
    /// Maps the id of a group to the indexes of the acts that it allows.
    by_group: BTreeMap<String, Vec<usize>>,
}

impl<'a> Acts<'a> {
    /// Finds the groups that allow one of `acts`. Returns none if there are no acts.
    ///
    /// # Errors
    /// The errors of reading the database.
    pub(super) fn find(db: &Db, acts: &'a [Act]) -> Result<Option<Self>> {
        if acts.is_empty() {
            return Ok(None);
        }
        let mut by_group: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let select = "SELECT group_id, permission FROM group_permissions";
        db.each(select, &[], &mut |row| {
            let permission = row.text("permission")?.unwrap_or_default();
            let permission: Permission = permission.parse().map_err(|_| invalid())?;
            let allowed = acts.iter().enumerate();
            for (index, _) in allowed.filter(|(_, act)| permission.allows(act)) {
                by_group
                    .entry(row.get("group_id")?)
                    .or_default()
                    .push(index);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Some(Self { acts, by_group }))
    }

    /// Returns the columns that [`allow`](Self::allow) reads, each after a comma.
    pub(super) fn columns(&self, db: &Db, query: &mut Query) -> String {
        let groups: Vec<String> = self.by_group.keys().cloned().collect();
        let any_of = db.any_of(&query.bind(groups));
        format!(
            ", k.owner, (SELECT string_agg(m.group_id, ' ') FROM key_groups m
                          WHERE m.key = k.number AND m.group_id {any_of}) AS groups,
             (SELECT string_agg(m.group_id, ' ') FROM user_groups m
               WHERE m.user_id = k.owner AND m.group_id {any_of}) AS owner_groups,
             (SELECT string_agg(p.permission, ' ') FROM key_permissions p
               WHERE p.key = k.number) AS permissions"
        )
    }

    /// Returns whether the key of `row`, and its owner if it has one, may do one of the acts.
    ///
    /// # Errors
    /// When a permission is invalid.
    pub(super) fn allow(&self, row: &Row<'_>) -> Result<bool> {
        let groups = row.text("groups")?.unwrap_or_default();
        let owner_groups = row.text("owner_groups")?.unwrap_or_default();
        let has_owner = row.text("owner")?.is_some();
        let permissions: Vec<Permission> = row.list("permissions")?.ok_or_else(invalid)?;
        Ok(self.acts.iter().enumerate().any(|(index, act)| {
            let is_allowed_by = |groups: &str| {
                let mut groups = groups.split_ascii_whitespace();
                groups.any(|group| {
                    let allowed = self.by_group.get(group);
                    allowed.is_some_and(|allowed| allowed.contains(&index))
                })
            };
            (!has_owner || is_allowed_by(owner_groups))
                && (is_allowed_by(groups)
                    || permissions.iter().any(|permission| permission.allows(act)))
        }))
    }
}

fn invalid() -> Error {
    damaged("a permission is invalid")
}
