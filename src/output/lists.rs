//! Lists of keys, groups, users and rules in four formats; a group or a user in full.

use super::json::to_json;
use super::listing::{ListingResult, Table, WriteItem};
use super::value::Object;
use super::{Output, ignore_closed_pipe};
use crate::error::Result;
use crate::model::{Described, Field, Key, KeyField, Shown};

impl Output {
    /// Prints the keys that `walk` visits. A table has the columns of the fields `in_use` in
    /// addition to those of every table; with --wide it has all columns.
    ///
    /// # Errors
    /// The errors of `walk`, and when stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_keys(
        &self,
        in_use: &[KeyField],
        walk: impl FnOnce(WriteItem<'_, Key>) -> ListingResult,
    ) -> Result<()> {
        let table = Table {
            empty_note: Some("no keys"),
            columns: key_columns(self.wide, in_use),
            has_heading: true,
            wraps: false,
        };
        self.list(&table, walk)
    }

    /// Prints groups, users or rules; a table has the columns in `columns`. Without items, prints
    /// `empty_note`.
    ///
    /// # Errors
    /// When stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_all<T: Described>(
        &self,
        items: &[T],
        columns: &'static [Field<T>],
        empty_note: &'static str,
    ) -> Result<()> {
        let table = Table {
            empty_note: Some(empty_note),
            columns: columns.iter().collect(),
            has_heading: true,
            wraps: false,
        };
        self.list(&table, |write| items.iter().try_for_each(write))
    }

    /// Prints a group or a user: the fields in `fields`, or all fields as json.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn show<T: Described>(&self, item: &T, fields: &'static [Field<T>]) -> Result<()> {
        if self.wants_json() {
            return ignore_closed_pipe(self.line(&to_json(&Object::new(item, self.times.now()))));
        }
        self.facts(&self.described(item, fields))
    }
}

/// Returns the columns of a table of keys: all if it is `wide`, otherwise those that every
/// table has and those in `in_use`.
fn key_columns(wide: bool, in_use: &[KeyField]) -> Vec<&'static Field<Key>> {
    let is_shown = |field: &KeyField| match field.field().shown {
        Shown::Always => true,
        Shown::IfUsed => wide || in_use.contains(field),
        Shown::Wide => wide,
    };
    let shown = KeyField::TABLE.into_iter().filter(is_shown);
    shown.map(KeyField::field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_columns_in_use_and_with_wide_every_column() {
        let headings = |wide, in_use: &[KeyField]| {
            let columns = key_columns(wide, in_use);
            columns
                .iter()
                .map(|field| field.heading)
                .collect::<Vec<_>>()
        };
        let always = [
            "NAME",
            "STATUS",
            "KEY",
            "GROUPS",
            "CREATED",
            "LAST USED",
            "CREATED BY",
        ];
        assert_eq!(headings(false, &[]), always);
        let used = [KeyField::Owner, KeyField::ExpiresAt, KeyField::Permissions];
        assert_eq!(headings(false, &used)[always.len()..], ["EXPIRES", "OWNER"]);
        assert_eq!(headings(true, &[]).len(), KeyField::TABLE.len());
    }
}
