//! What a shell may complete: names and words that begin as was typed, as far
//! as the operator sees them.
//!
//! Of many only [`MOST`] are told: the first ones and the very last. What these
//! have in common at their beginning is then what all have, and no shell types
//! ahead what isn't so.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::{Row, params};

use super::Store;
use super::keys::{BY_NAME, parse_words};
use super::users::find_user;
use crate::error::Result;
use crate::model::{Key, Permission, State, User, UserName};

/// How many are told at most.
const MOST: usize = 100;

/// How many rows are looked at by name, one by one, for those that are wanted.
/// Where they are rarer, reading the table in its own order costs less: a row is
/// seven times as fast, measured with 100,000 keys.
const WALK: usize = 2000;

/// What begins with `?1`. No name and no permission holds a character beyond
/// `~`. Not LIKE, nor GLOB: what was typed may hold their wildcards.
fn begins(column: &str) -> String {
    match column.contains("lower(") {
        true => format!("{column} >= lower(?1) AND {column} < lower(?1) || char(127)"),
        false => format!("{column} >= ?1 AND {column} < ?1 || char(127)"),
    }
}

/// As [`begins`], where every row is read: then comparing each with nothing
/// would be a third of the time.
fn begins_as(typed: &str, column: &str) -> String {
    match typed {
        "" => format!("{column} IS NOT NULL AND ?1 = ''"),
        _ => begins(column),
    }
}

impl Store {
    /// The keys whose names begin as was `typed`, of that state if one is named,
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
        for name in self.names("keys", &wanted, only, typed)? {
            if let Some((_, key)) = self.view().one(BY_NAME, &name)? {
                keys.push((name, key));
            }
        }
        Ok(keys)
    }

    /// The groups whose names begin as was `typed`, each with what it allows.
    pub(crate) fn offered_groups(&self, typed: &str) -> Result<Vec<(String, Vec<Permission>)>> {
        let mut allowed = self.db.as_sqlite().prepare(
            "SELECT group_concat(p.permission, ' ' ORDER BY p.permission)
               FROM groups g JOIN group_permissions p ON p.group_id = g.id WHERE lower(g.name) = lower(?1)",
        )?;
        let names = self.names("groups", "?2 IS NULL", None, typed)?;
        names
            .into_iter()
            .map(|name| {
                let allowed = allowed.query_row([&name], |row| row.get(0))?;
                Ok((name, parse_words(allowed).unwrap_or_default()))
            })
            .collect()
    }

    /// The users whose names begin as was `typed`: only those who are active, or
    /// who aren't, where that is asked.
    pub(crate) fn offered_users(&self, typed: &str, active: Option<bool>) -> Result<Vec<User>> {
        let wanted = match active {
            Some(true) => "active AND ?2 IS NULL",
            Some(false) => "NOT active AND ?2 IS NULL",
            None => "?2 IS NULL",
        };
        let mut users = Vec::new();
        for name in self.names("users", wanted, None, typed)? {
            let name = name.parse().ok();
            let found = name.map(|name| find_user(&self.db, &name)).transpose()?;
            users.extend(found.flatten().map(|(_, user)| user));
        }
        Ok(users)
    }

    /// The permissions that begin as was `typed`: of groups, and of the keys that
    /// the operator sees.
    pub(crate) fn offered_permissions(&self, typed: &str) -> Result<Vec<String>> {
        self.permissions(typed, whole)
    }

    /// The actions in those permissions that are one action and not many.
    pub(crate) fn offered_actions(&self, typed: &str) -> Result<Vec<String>> {
        self.permissions(typed, action)
    }

    fn permissions(&self, typed: &str, part: fn(&str) -> Option<&str>) -> Result<Vec<String>> {
        let only = self.only();
        let of_keys = match only {
            Some(_) => {
                "users u JOIN keys k ON k.owner = u.id JOIN key_permissions p ON p.key = k.number
                 WHERE u.name = ?2"
            }
            None => "key_permissions p WHERE ?2 IS NULL",
        };
        let begins = begins_as(typed, "permission");
        let select = format!(
            "SELECT permission FROM group_permissions WHERE {begins}
             UNION ALL SELECT permission FROM {of_keys} AND {begins}"
        );
        let few = self.few(&select, only, typed, part)?;
        Ok(few.into_words())
    }

    /// The applications whose names begin as was `typed`, of the keys that the
    /// operator sees.
    pub(crate) fn offered_applications(&self, typed: &str) -> Result<Vec<String>> {
        let only = self.only();
        let select = format!(
            "SELECT application FROM keys WHERE {} AND {}",
            begins_as(typed, "lower(application)"),
            owned(only)
        );
        Ok(self.few(&select, only, typed, whole)?.into_words())
    }

    /// The user whose keys are all that the operator sees.
    fn only(&self) -> Option<&str> {
        self.rights.sees_only().map(UserName::as_str)
    }

    /// The names in `table` that begin as was `typed`, of the rows that are
    /// `wanted`: by the index on names, and where too few are wanted for that, by
    /// reading the table once.
    fn names(
        &self,
        table: &str,
        wanted: &str,
        only: Option<&str>,
        typed: &str,
    ) -> Result<Vec<String>> {
        let column = match table {
            "users" => "name",
            _ => "lower(name)",
        };
        let walk = |direction: &str, most: usize| -> Result<Option<Vec<String>>> {
            let mut select = self.db.as_sqlite().prepare(&format!(
                "SELECT name, {wanted} FROM {table} WHERE {} ORDER BY {column} {direction}",
                begins(column)
            ))?;
            let mut rows = select.query(params![typed, only])?;
            let mut found = Vec::new();
            for _ in 0..WALK {
                let Some(row) = rows.next()? else {
                    return Ok(Some(found));
                };
                if row.get::<_, Option<bool>>(1)? == Some(true) {
                    found.push(retyped(typed, word(row)?).into_owned());
                }
                if found.len() == most {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        };
        if let Some(mut found) = walk("ASC", MOST + 1)? {
            if found.len() <= MOST {
                return Ok(found);
            }
            if let Some(last) = walk("DESC", 1)? {
                found.truncate(MOST - 1);
                found.extend(last);
                return Ok(found);
            }
        }
        // With a + the index on names is left alone.
        let select = format!(
            "SELECT name FROM {table} WHERE {} AND {wanted}",
            begins(&format!("+{column}"))
        );
        Ok(self.few(&select, only, typed, whole)?.into_words())
    }

    /// A few of the words that `select` finds, or of the `part` of each that counts.
    fn few(
        &self,
        select: &str,
        only: Option<&str>,
        typed: &str,
        part: fn(&str) -> Option<&str>,
    ) -> Result<Few> {
        let mut select = self.db.as_sqlite().prepare(select)?;
        let mut rows = select.query(params![typed, only])?;
        let mut few = Few::default();
        while let Some(row) = rows.next()? {
            let part = part(word(row)?);
            if let Some(word) = part.filter(|part| part.len() >= typed.len()) {
                few.add(&retyped(typed, word));
            }
        }
        Ok(few)
    }
}

/// The first column of `row`.
fn word<'a>(row: &'a Row<'_>) -> rusqlite::Result<&'a str> {
    Ok(row.get_ref(0)?.as_str()?)
}

/// All of `word` counts.
fn whole(word: &str) -> Option<&str> {
    Some(word)
}

/// The action that `permission` allows, if it is one.
fn action(permission: &str) -> Option<&str> {
    let action = permission.split('@').next()?;
    (!action.contains('*')).then_some(action)
}

/// Which keys are in that state.
fn in_state(state: State) -> &'static str {
    match state {
        State::Pending => {
            "NOT EXISTS (SELECT 1 FROM secrets WHERE key = number AND state = 'current')"
        }
        State::Active => {
            "active = 1 AND EXISTS (SELECT 1 FROM secrets WHERE key = number AND state = 'current')"
        }
        State::Inactive => {
            "active = 0 AND EXISTS (SELECT 1 FROM secrets WHERE key = number AND state = 'current')"
        }
    }
}

/// Which keys the operator sees, `?2` being the only user whose, or null.
fn owned(only: Option<&str>) -> &'static str {
    match only {
        Some(_) => "owner = (SELECT id FROM users WHERE name = ?2)",
        None => "?2 IS NULL",
    }
}

/// `name` as whoever began it so would end it. Case aside it is the same, and a
/// shell that heeds case takes it for what was begun.
fn retyped<'a>(typed: &str, name: &'a str) -> Cow<'a, str> {
    match name.starts_with(typed) {
        true => name.into(),
        false => format!("{typed}{}", name.get(typed.len()..).unwrap_or_default()).into(),
    }
}

/// The first words in order, and the last.
#[derive(Default)]
struct Few {
    /// At most [`MOST`].
    first: BTreeSet<String>,
    /// Where there are more.
    last: Option<String>,
}

impl Few {
    fn add(&mut self, word: &str) {
        let is_full = self.first.len() == MOST;
        let greatest = self.first.last().filter(|_| is_full);
        if greatest.is_some_and(|greatest| word > greatest.as_str()) {
            // Kept, so that not every word that is later needs memory of its own.
            let last = self.last.get_or_insert_default();
            if word > last.as_str() {
                last.clear();
                last.push_str(word);
            }
        } else if !self.first.contains(word) {
            self.first.insert(word.to_owned());
            if is_full {
                // What leaves the first ones is before every other that isn't one.
                let out = self.first.pop_last();
                self.last = self.last.take().or(out);
            }
        }
    }

    fn into_words(mut self) -> Vec<String> {
        if self.last.is_some() {
            self.first.pop_last();
        }
        self.first.into_iter().chain(self.last).collect()
    }
}
