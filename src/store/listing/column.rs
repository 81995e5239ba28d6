//! Texts of a row, borrowed from SQLite.

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error as Sql, Row};

/// The text in a column.
///
/// # Errors
/// When it holds none, or one that is not UTF-8.
pub(super) fn text<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<&'r str> {
    let value = row.get_ref(at)?;
    value.as_str().map_err(|fault| of_column(row, at, fault))
}

/// As [`text`], where there may be none.
pub(super) fn text_or_none<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<Option<&'r str>> {
    let value = row.get_ref(at)?;
    value
        .as_str_or_null()
        .map_err(|fault| of_column(row, at, fault))
}

/// The fault as [`Row::get`] tells it.
fn of_column(row: &Row<'_>, at: usize, fault: FromSqlError) -> Sql {
    let found = row
        .get_ref(at)
        .map_or(Type::Null, |value| value.data_type());
    match fault {
        FromSqlError::InvalidType => {
            let name = row.as_ref().column_name(at).unwrap_or_default();
            Sql::InvalidColumnType(at, name.to_owned(), found)
        }
        fault => Sql::FromSqlConversionFailure(at, found, Box::new(fault)),
    }
}
