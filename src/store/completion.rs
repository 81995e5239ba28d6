//! What a shell may complete: names and words that begin as was typed, as far as the
//! operator sees them.
//!
//! At most [`MOST`] of them are returned: the first ones and the very last. What these have
//! in common at their beginning is then what all have in common, and no shell types ahead
//! what isn't so.

mod first_words;

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::Store;
use super::db::{Row, Value};
use super::keys::BY_NAME;
use super::users::find_user;
use crate::error::Result;
use crate::model::{Key, Permission, State, User, UserName};
use crate::store::errors::damaged;

use first_words::{FirstWords, MOST};

/// How many rows are looked at by name, one after the other, for those that are wanted.
/// Where they are rarer, reading the table in its own order costs less: a row is seven
/// times as fast, measured with 100,000 keys.
const WALK: usize = 2000;

/// Names that can be completed, and how they are stored.
struct Names {
    table: &'static str,
    /// The name as its index has it.
    indexed: &'static str,
    ignores_case: bool,
}

const KEYS: Names = Names {
    table: "keys",
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

/// What was typed, and whose keys count: the values of the statements here.
struct Typed<'a> {
    typed: &'a str,
    /// The first text that begins so.
    from: String,
    /// A text after all those: no name and no permission holds a character beyond `~`.
    /// LIKE and GLOB don't serve, since what was typed may hold their wildcards.
    to: String,
    /// The user whose keys are all that the operator sees.
    only: Option<&'a str>,
}

impl<'a> Typed<'a> {
    fn new(typed: &'a str, ignores_case: bool, only: Option<&'a str>) -> Self {
        let from = if ignores_case {
            typed.to_ascii_lowercase()
        } else {
            typed.to_owned()
        };
        Self {
            typed,
            to: format!("{from}\u{7f}"),
            from,
            only,
        }
    }

    /// Returns the values of [`begins`], and of [`owned`] where that has a placeholder.
    fn values(&self) -> Vec<Value<'_>> {
        let range = [Value::from(&self.from), Value::from(&self.to)];
        range
            .into_iter()
            .chain(self.only.map(Value::from))
            .collect()
    }

    /// Returns `name` as the user who began to type it would end it. It differs at most in
    /// case, and a shell that heeds case takes it for what was begun.
    fn retyped<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if name.starts_with(self.typed) {
            return name.into();
        }
        let rest = name.get(self.typed.len()..).unwrap_or_default();
        format!("{}{rest}", self.typed).into()
    }
}

/// Returns the SQL of a text that begins as was typed.
fn begins(column: &str) -> String {
    format!("{column} >= ?1 AND {column} < ?2")
}

/// Returns the SQL of a text that begins as was typed, where every row is read: there,
/// comparing each row with nothing would be a third of the time.
fn begins_in_scan(column: &str) -> String {
    format!("(?1 = '' OR {})", begins(column))
}

/// Returns the SQL of a key that the operator sees.
fn owned(only: Option<&str>) -> &'static str {
    match only {
        Some(_) => "owner = (SELECT id FROM users u WHERE u.name = ?3)",
        None => "1 = 1",
    }
}

/// Returns the SQL of a key in that state.
fn in_state(state: State) -> &'static str {
    match state {
        State::Pending => {
            "NOT EXISTS (SELECT 1 FROM secrets s WHERE s.key = number AND s.state = 'current')"
        }
        State::Active => {
            "active = 1
             AND EXISTS (SELECT 1 FROM secrets s WHERE s.key = number AND s.state = 'current')"
        }
        State::Inactive => {
            "active = 0
             AND EXISTS (SELECT 1 FROM secrets s WHERE s.key = number AND s.state = 'current')"
        }
    }
}

impl Store {
    /// Returns the keys whose names begin as was `typed`, of that state if one is given,
    /// each with its name as it would have to be typed.
    pub(crate) fn offered_keys(
        &self,
        typed: &str,
        state: Option<State>,
    ) -> Result<Vec<(String, Key)>> {
        let only = self.only();
        let wanted = match state {
            Some(state) => format!("{} AND {}", in_state(state), owned(only)),
            None => owned(only).to_owned(),
        };
        let mut keys = Vec::new();
        for name in self.names(&KEYS, &wanted, only, typed)? {
            if let Some((_, key)) = self.view().one(BY_NAME, &name)? {
                keys.push((name, key));
            }
        }
        Ok(keys)
    }

    /// Returns the groups whose names begin as was `typed`, each with what it allows.
    pub(crate) fn offered_groups(&self, typed: &str) -> Result<Vec<(String, Vec<Permission>)>> {
        let select = "SELECT string_agg(p.permission, ' ' ORDER BY p.permission) AS permissions
               FROM groups g JOIN group_permissions p ON p.group_id = g.id
              WHERE lower(g.name) = lower(?1)";
        let mut groups = Vec::new();
        for name in self.names(&GROUPS, "1 = 1", None, typed)? {
            let read = |row: &Row<'_>| row.words("permissions");
            let allowed = self.db.row(select, &[(&name).into()], read)?;
            groups.push((name, allowed.flatten().unwrap_or_default()));
        }
        Ok(groups)
    }

    /// Returns the users whose names begin as was `typed`: only those who are active, or
    /// who aren't, where that is given.
    pub(crate) fn offered_users(&self, typed: &str, active: Option<bool>) -> Result<Vec<User>> {
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

    /// Returns the permissions that begin as was `typed`: of groups, and of the keys that
    /// the operator sees.
    pub(crate) fn offered_permissions(&self, typed: &str) -> Result<Vec<String>> {
        self.permissions(typed, |permission| Some(permission))
    }

    /// Returns the actions in those permissions that are one action and not many.
    pub(crate) fn offered_actions(&self, typed: &str) -> Result<Vec<String>> {
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
        self.first_words(&select, &typed, part)
    }

    /// Returns the applications whose names begin as was `typed`, of the keys that the
    /// operator sees.
    pub(crate) fn offered_applications(&self, typed: &str) -> Result<Vec<String>> {
        let typed = Typed::new(typed, true, self.only());
        let select = format!(
            "SELECT application AS text FROM keys
              WHERE application IS NOT NULL AND {} AND {}",
            begins_in_scan("lower(application)"),
            owned(typed.only)
        );
        self.first_words(&select, &typed, |name| Some(name))
    }

    /// Returns the user whose keys are all that the operator sees.
    fn only(&self) -> Option<&str> {
        self.rights.sees_only().map(UserName::as_str)
    }

    /// Returns the names that begin as was `typed`, of the rows that are `wanted`: by the
    /// index on names, and where too few are wanted for that, by reading the table once.
    fn names(
        &self,
        names: &Names,
        wanted: &str,
        only: Option<&str>,
        typed: &str,
    ) -> Result<Vec<String>> {
        let typed = Typed::new(typed, names.ignores_case, only);
        if let Some(mut found) = self.walk(names, wanted, "ASC", &typed, MOST + 1)? {
            if found.len() <= MOST {
                return Ok(found);
            }
            if let Some(last) = self.walk(names, wanted, "DESC", &typed, 1)? {
                found.truncate(MOST - 1);
                found.extend(last);
                return Ok(found);
            }
        }
        // Of an expression of its own there is no index: the table is read in its order.
        let select = format!(
            "SELECT name AS text FROM {} WHERE {} AND {wanted}",
            names.table,
            begins(&format!("({} || '')", names.indexed))
        );
        self.first_words(&select, &typed, |name| Some(name))
    }

    /// Returns the first `most` names by the index; none where more than [`WALK`] rows would
    /// have to be looked at.
    fn walk(
        &self,
        names: &Names,
        wanted: &str,
        direction: &str,
        typed: &Typed<'_>,
        most: usize,
    ) -> Result<Option<Vec<String>>> {
        let Names { table, indexed, .. } = names;
        let select = format!(
            "SELECT name AS text, {wanted} AS is_wanted FROM {table}
              WHERE {} ORDER BY {indexed} {direction}",
            begins(indexed)
        );
        let mut found = Vec::new();
        let mut left = WALK;
        self.db.each(&select, &typed.values(), &mut |row| {
            if row.get::<Option<bool>>("is_wanted")? == Some(true) {
                found.push(typed.retyped(text(row)?).into_owned());
            }
            left -= 1;
            Ok(if left == 0 || found.len() == most {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok((left > 0 || found.len() == most).then_some(found))
    }

    /// Returns the first and the last of the texts that `select` finds, or of the `part` of
    /// each that counts.
    fn first_words(
        &self,
        select: &str,
        typed: &Typed<'_>,
        part: fn(&str) -> Option<&str>,
    ) -> Result<Vec<String>> {
        let mut words = FirstWords::default();
        self.db.each(select, &typed.values(), &mut |row| {
            let part = part(text(row)?);
            if let Some(part) = part.filter(|part| part.len() >= typed.typed.len()) {
                words.add(&typed.retyped(part));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(words.into_vec())
    }
}

/// Returns the column `text`.
fn text<'r>(row: &'r Row<'_>) -> Result<&'r str> {
    row.text("text")?
        .ok_or_else(|| damaged("a name is missing"))
}

/// Returns the action that `permission` allows, if it is one action.
fn action(permission: &str) -> Option<&str> {
    let action = permission.split('@').next()?;
    (!action.contains('*')).then_some(action)
}
