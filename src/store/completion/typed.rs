//! The typed text in SQL conditions.

use std::borrow::Cow;

use crate::store::db::Value;

/// The typed text and the visible owner, from which the values of the conditions here come.
pub(super) struct Typed<'a> {
    pub(super) typed: &'a str,
    /// The first text that begins with the typed text.
    from: String,
    /// A text after all texts that begin with the typed text: no name or permission has a character
    /// beyond `~`. LIKE and GLOB are of no use, since the typed text may contain their wildcards.
    to: String,
    /// The only owner whose keys the operator sees, if the view is limited to one.
    pub(super) only: Option<&'a str>,
}

impl<'a> Typed<'a> {
    pub(super) fn new(typed: &'a str, ignores_case: bool, only: Option<&'a str>) -> Self {
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

    /// Returns the values for the placeholders of [`begins`] and [`owned`].
    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let range = [Value::from(&self.from), Value::from(&self.to)];
        range
            .into_iter()
            .chain(self.only.map(Value::from))
            .collect()
    }

    /// Returns `name`, whose beginning may differ in case, with the typed text as its beginning:
    /// a shell that compares case would discard it otherwise.
    pub(super) fn retyped<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if name.starts_with(self.typed) {
            return name.into();
        }
        let rest = name.get(self.typed.len()..).unwrap_or_default();
        format!("{}{rest}", self.typed).into()
    }
}

/// Returns the SQL condition that `column` begins with the typed text.
pub(super) fn begins(column: &str) -> String {
    format!("{column} >= ?1 AND {column} < ?2")
}

/// As [`begins`], for a scan of the table. If nothing was typed, this condition compares no text,
/// which saves a third of the time.
pub(super) fn begins_in_scan(column: &str) -> String {
    format!("(?1 = '' OR {})", begins(column))
}

/// Returns the SQL condition that the operator sees a key.
pub(super) fn owned(only: Option<&str>) -> &'static str {
    match only {
        Some(_) => "owner = (SELECT id FROM users u WHERE u.name = ?3)",
        None => "1 = 1",
    }
}
