//! Candidates for shell completion: the names and permissions that begin with the typed text
//! and that the operator sees.
//!
//! At most [`MAX`] are returned: the first ones and the very last. The common beginning of
//! these is the common beginning of all, so a shell inserts no more than that.

mod candidates;
mod typed;

use std::ops::ControlFlow;

use super::Store;
use super::db::{Row, break_if};
use super::keys::{BY_NAME, IS_PENDING};
use super::users::find_user;
use crate::error::Result;
use crate::model::{Key, Permission, State, User, UserName};
use crate::store::errors::damaged;

use candidates::{Candidates, MAX};
use typed::{Typed, begins, begins_in_scan, owned};

/// The maximum number of rows read by the index on names. If wanted rows are rarer, a scan of
/// the table is cheaper: it reads a row seven times as fast, measured with 100,000 keys.
const MAX_WALK: usize = 2000;

/// Names that can be completed, and how they are stored.
struct Names {
    table: &'static str,
    /// The indexed expression.
    indexed: &'static str,
    ignores_case: bool,
}

const KEYS: Names = Names {
    table: "keys k",
    indexed: "lower(name)",
    ignores_case: true,
};

const GROUPS: Names = Names {
    table: "groups",
    indexed: "lower(name)",
    ignores_case: true,
};

const USERS: Names = Names {
    table: "users",
    indexed: "name",
    ignores_case: false,
};

impl Store {
    /// Returns the keys whose names begin with `typed`, each with its name as it would have to be
    /// typed. With a state, returns only keys in that state; those that are inactive for a limited
    /// time count as active, too.
    pub(crate) fn matching_keys(
        &self,
        typed: &str,
        state: Option<State>,
    ) -> Result<Vec<(String, Key)>> {
        let only = self.only();
        let state = match state {
            None => "1 = 1".to_owned(),
            Some(State::Pending) => IS_PENDING.to_owned(),
            // The column `active` alone rules most rows out, without a lookup of the secret. A
            // temporarily inactive key can be activated, and can be deactivated for good.
            Some(State::Active) => {
                format!("(active = 1 OR reactivates_at IS NOT NULL) AND NOT ({IS_PENDING})")
            }
            Some(State::Inactive) => format!("active = 0 AND NOT ({IS_PENDING})"),
        };
        let wanted = format!("{state} AND {}", owned(only));
        let mut keys = Vec::new();
        for name in self.names(&KEYS, &wanted, only, typed)? {
            if let Some((_, key)) = self.view().key_where(BY_NAME, &name)? {
                keys.push((name, key));
            }
        }
        Ok(keys)
    }

    /// Returns the groups whose names begin with `typed`, each with its permissions.
    pub(crate) fn matching_groups(&self, typed: &str) -> Result<Vec<(String, Vec<Permission>)>> {
        let select = "SELECT string_agg(p.permission, ' ' ORDER BY p.permission) AS permissions
               FROM groups g JOIN group_permissions p ON p.group_id = g.id
              WHERE lower(g.name) = lower(?1)";
        let mut groups = Vec::new();
        for name in self.names(&GROUPS, "1 = 1", None, typed)? {
            let read = |row: &Row<'_>| row.list("permissions");
            let permissions = self.db.row(select, &[(&name).into()], read)?;
            groups.push((name, permissions.flatten().unwrap_or_default()));
        }
        Ok(groups)
    }

    /// Returns the users whose names begin with `typed`; with `active`, only the active or only
    /// the inactive ones.
    pub(crate) fn matching_users(&self, typed: &str, active: Option<bool>) -> Result<Vec<User>> {
        let wanted = match active {
            Some(true) => "active = 1",
            Some(false) => "active = 0",
            None => "1 = 1",
        };
        let mut users = Vec::new();
        for name in self.names(&USERS, wanted, None, typed)? {
            let name = name.parse().ok();
            let found = name.map(|name| find_user(&self.db, &name)).transpose()?;
            users.extend(found.flatten().map(|(_, user)| user));
        }
        Ok(users)
    }

    /// Returns the permissions that begin with `typed`, of groups and of the keys that the
    /// operator sees.
    pub(crate) fn matching_permissions(&self, typed: &str) -> Result<Vec<String>> {
        self.permissions(typed, |permission| Some(permission))
    }

    /// Returns the actions that begin with `typed`, except those with a wildcard, in permissions of
    /// groups and of the keys that the operator sees.
    pub(crate) fn matching_actions(&self, typed: &str) -> Result<Vec<String>> {
        self.permissions(typed, action)
    }

    fn permissions(&self, typed: &str, part: fn(&str) -> Option<&str>) -> Result<Vec<String>> {
        let typed = Typed::new(typed, false, self.only());
        let begins = begins_in_scan("p.permission");
        let of_keys = match typed.only {
            Some(_) => {
                "users u JOIN keys k ON k.owner = u.id JOIN key_permissions p ON p.key = k.number
                 WHERE u.name = ?3 AND"
            }
            None => "key_permissions p WHERE",
        };
        let select = format!(
            "SELECT p.permission AS text FROM group_permissions p WHERE {begins}
             UNION ALL SELECT p.permission AS text FROM {of_keys} {begins}"
        );
        self.candidates(&select, &typed, part)
    }

    /// Returns the applications whose names begin with `typed`, of the keys that the operator
    /// sees.
    pub(crate) fn matching_applications(&self, typed: &str) -> Result<Vec<String>> {
        let typed = Typed::new(typed, true, self.only());
        let select = format!(
            "SELECT application AS text FROM keys
              WHERE application IS NOT NULL AND {} AND {}",
            begins_in_scan("lower(application)"),
            owned(typed.only)
        );
        self.candidates(&select, &typed, |name| Some(name))
    }

    /// Returns the only owner whose keys the operator sees, if the view is limited to one.
    fn only(&self) -> Option<&str> {
        self.rights.sees_only().map(UserName::as_str)
    }

    /// Returns the names that begin with `typed`, of the rows for which the SQL condition
    /// `wanted` holds. Reads the index on names, or the whole table if wanted rows are rare.
    fn names(
        &self,
        names: &Names,
        wanted: &str,
        only: Option<&str>,
        typed: &str,
    ) -> Result<Vec<String>> {
        let typed = Typed::new(typed, names.ignores_case, only);
        if let Some(mut found) = self.walk(names, wanted, "ASC", &typed, MAX + 1)? {
            if found.len() <= MAX {
                return Ok(found);
            }
            if let Some(last) = self.walk(names, wanted, "DESC", &typed, 1)? {
                found.truncate(MAX - 1);
                found.extend(last);
                return Ok(found);
            }
        }
        // The concatenation keeps SQLite from using the index.
        let select = format!(
            "SELECT name AS text FROM {} WHERE {} AND {wanted}",
            names.table,
            begins(&format!("({} || '')", names.indexed))
        );
        self.candidates(&select, &typed, |name| Some(name))
    }

    /// Returns the first `max` names by the index, or none if that takes more than
    /// [`MAX_WALK`] rows.
    fn walk(
        &self,
        names: &Names,
        wanted: &str,
        direction: &str,
        typed: &Typed<'_>,
        max: usize,
    ) -> Result<Option<Vec<String>>> {
        let Names { table, indexed, .. } = names;
        let select = format!(
            "SELECT name AS text, {wanted} AS is_wanted FROM {table}
              WHERE {} ORDER BY {indexed} {direction}",
            begins(indexed)
        );
        let mut found = Vec::new();
        let mut left = MAX_WALK;
        self.db.each(&select, &typed.values(), &mut |row| {
            if row.get::<Option<bool>>("is_wanted")? == Some(true) {
                found.push(typed.retyped(text(row)?).into_owned());
            }
            left -= 1;
            Ok(break_if(left == 0 || found.len() == max))
        })?;
        Ok((left > 0 || found.len() == max).then_some(found))
    }

    /// Returns the first and the last of the texts that `select` finds, each reduced to its
    /// `part`.
    fn candidates(
        &self,
        select: &str,
        typed: &Typed<'_>,
        part: fn(&str) -> Option<&str>,
    ) -> Result<Vec<String>> {
        let mut candidates = Candidates::default();
        self.db.each(select, &typed.values(), &mut |row| {
            let part = part(text(row)?);
            if let Some(part) = part.filter(|part| part.len() >= typed.typed.len()) {
                candidates.add(&typed.retyped(part));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(candidates.into_vec())
    }
}

/// Returns the column `text`.
fn text<'r>(row: &'r Row<'_>) -> Result<&'r str> {
    row.text("text")?
        .ok_or_else(|| damaged("a name is missing"))
}

/// Returns the action of `permission`, unless it has a wildcard.
fn action(permission: &str) -> Option<&str> {
    let action = permission.split('@').next()?;
    (!action.contains('*')).then_some(action)
}
