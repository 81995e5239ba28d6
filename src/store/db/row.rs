//! A row of a result.

use std::cell::Cell;
use std::str::FromStr;

use rusqlite::types::FromSql;

use crate::error::Result;

/// A row of a result, read by the names of its columns.
pub(in crate::store) struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    names: &'r [String],
    /// The column after the last one that was read: most columns are read in their order.
    next: Cell<usize>,
}

/// A type that the value of a column is read as, such as `i64`, `u64`, `bool`, `String`, `Vec<u8>`,
/// `[u8; N]`, or an `Option` of one of these.
pub(in crate::store) trait Column: FromSql {}

impl<T: FromSql> Column for T {}

impl<'r> Row<'r> {
    /// Wraps a row of SQLite, whose columns have the names in `names`.
    pub(super) fn sqlite(row: &'r rusqlite::Row<'r>, names: &'r [String]) -> Self {
        let next = Cell::new(0);
        Self { row, names, next }
    }
}

impl Row<'_> {
    /// Returns the value in the column `name`.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when the column is missing
    /// or its value has another type.
    pub(in crate::store) fn get<T: Column>(&self, name: &str) -> Result<T> {
        Ok(self.row.get(self.column(name)?)?)
    }

    /// Returns the values in the column `name`, which are joined by spaces, or none if one of
    /// them is invalid. A null has no values.
    ///
    /// # Errors
    /// When the column is missing, or holds another type or text that is not UTF-8.
    pub(in crate::store) fn list<T: FromStr>(&self, name: &str) -> Result<Option<Vec<T>>> {
        let joined = self.text(name)?.unwrap_or_default();
        let values = joined.split_ascii_whitespace();
        Ok(values.map(|value| value.parse().ok()).collect())
    }

    /// Returns the text in the column `name`, if it is not null, without copying it.
    ///
    /// # Errors
    /// When the column is missing, or holds another type or text that is not UTF-8.
    pub(in crate::store) fn text(&self, name: &str) -> Result<Option<&str>> {
        let value = self.row.get_ref(self.column(name)?)?;
        let invalid = |error| {
            rusqlite::Error::FromSqlConversionFailure(0, value.data_type(), Box::new(error))
        };
        Ok(value.as_str_or_null().map_err(invalid)?)
    }

    /// Returns the number of the column `name`. The lookup of rusqlite would compare all names in
    /// every row.
    fn column(&self, name: &str) -> Result<usize> {
        let next = self.next.get();
        let is_wanted = |column: &String| column == name;
        let found = if self.names.get(next).is_some_and(is_wanted) {
            Some(next)
        } else {
            self.names.iter().position(is_wanted)
        };
        let column = found.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?;
        self.next.set(column + 1);
        Ok(column)
    }
}
