//! A row of a result.

use std::cell::Cell;
use std::str::FromStr;

#[cfg(feature = "postgres")]
use super::RowCell;
#[cfg(feature = "postgres")]
use super::Value;
use super::column::Column;
use crate::error::Result;

/// A row of a result, read by the names of its columns.
pub(in crate::store) struct Row<'r> {
    engine: Engine<'r>,
    names: &'r [String],
    /// The column after the last one that was read: most columns are read in their order.
    next: Cell<usize>,
}

/// A row of one of the engines.
enum Engine<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    #[cfg(feature = "postgres")]
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    /// Wraps a row of SQLite, whose columns have the names in `names`.
    pub(super) fn sqlite(row: &'r rusqlite::Row<'r>, names: &'r [String]) -> Self {
        Self::new(Engine::Sqlite(row), names)
    }

    /// Wraps a row of PostgreSQL, whose columns have those `names`.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn postgres(row: &'r tokio_postgres::Row, names: &'r [String]) -> Self {
        Self::new(Engine::Postgres(row), names)
    }

    fn new(engine: Engine<'r>, names: &'r [String]) -> Self {
        let next = Cell::new(0);
        Self {
            engine,
            names,
            next,
        }
    }
}

impl Row<'_> {
    /// Returns the value in the column `name`.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when the column is missing
    /// or its value has another type.
    pub(in crate::store) fn get<T: Column>(&self, name: &str) -> Result<T> {
        let column = self.column(name)?;
        match self.engine {
            Engine::Sqlite(row) => match T::column_result(row.get_ref(column)?) {
                Ok(value) => Ok(value),
                // Says which column it is.
                Err(_) => Ok(row.get(column)?),
            },
            #[cfg(feature = "postgres")]
            Engine::Postgres(row) => {
                let cell = row.try_get(column)?;
                T::from_cell(cell).ok_or_else(|| super::invalid_column(name))
            }
        }
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
        let column = self.column(name)?;
        match self.engine {
            Engine::Sqlite(row) => {
                let value = row.get_ref(column)?;
                let invalid = |error| {
                    rusqlite::Error::FromSqlConversionFailure(0, value.data_type(), Box::new(error))
                };
                Ok(value.as_str_or_null().map_err(invalid)?)
            }
            #[cfg(feature = "postgres")]
            Engine::Postgres(row) => match row.try_get(column)? {
                RowCell::Null => Ok(None),
                RowCell::Text(text) => Ok(Some(text)),
                RowCell::Integer(_) | RowCell::Blob(_) => Err(super::invalid_column(name)),
            },
        }
    }

    /// Returns the value of any type in the column `name`, without copying it.
    ///
    /// # Errors
    /// When the column is missing, or holds a number that is no integer or text that is not UTF-8.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn value(&self, name: &str) -> Result<Value<'_>> {
        use rusqlite::types::ValueRef;
        let column = self.column(name)?;
        let invalid = || super::invalid_column(name);
        Ok(match self.engine {
            Engine::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Real(_) => return Err(invalid()),
                ValueRef::Text(text) => {
                    Value::Text(std::str::from_utf8(text).map_err(|_| invalid())?)
                }
                ValueRef::Blob(bytes) => Value::Blob(bytes),
            },
            Engine::Postgres(row) => match row.try_get(column)? {
                RowCell::Null => Value::Null,
                RowCell::Integer(number) => Value::Integer(number),
                RowCell::Text(text) => Value::Text(text),
                RowCell::Blob(bytes) => Value::Blob(bytes),
            },
        })
    }

    /// Returns the number of the column `name`. The lookup of rusqlite would compare all names in
    /// every row.
    #[inline]
    fn column(&self, name: &str) -> Result<usize> {
        let next = self.next.get();
        let column = match self.names.get(next) {
            Some(column) if column == name => next,
            _ => self.position(name)?,
        };
        self.next.set(column + 1);
        Ok(column)
    }

    #[inline(never)]
    fn position(&self, name: &str) -> Result<usize> {
        let found = self.names.iter().position(|column| column == name);
        Ok(found.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?)
    }
}
