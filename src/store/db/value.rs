//! The values for a statement's placeholders.

use rusqlite::Statement;
use rusqlite::types::Value as Owned;
use rusqlite::vtab::array::Array;

/// A value for a placeholder of a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) enum Value<'a> {
    Null,
    /// A number, a Unix time in seconds, or a bool as 0 or 1.
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
    /// Numbers, for [`Db::any_of`](super::Db::any_of).
    Integers(&'a [i64]),
    /// Texts, for [`Db::any_of`](super::Db::any_of).
    Texts(&'a [String]),
}

/// A value of a row, as PostgreSQL sends it.
#[cfg(feature = "postgres")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) enum RowCell<'a> {
    Null,
    /// A number, or a bool as 0 or 1.
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl Value<'_> {
    /// Binds the value to placeholder `number` of a statement of SQLite.
    ///
    /// # Errors
    /// When the statement has no such placeholder, or the value is too large for SQLite.
    pub(super) fn bind(
        &self,
        statement: &mut Statement<'_>,
        number: usize,
    ) -> rusqlite::Result<()> {
        match *self {
            Value::Null => statement.raw_bind_parameter(number, Owned::Null),
            Value::Integer(value) => statement.raw_bind_parameter(number, value),
            Value::Text(text) => statement.raw_bind_parameter(number, text),
            Value::Blob(bytes) => statement.raw_bind_parameter(number, bytes),
            Value::Integers(values) => {
                let values = values.iter().map(|&value| Owned::Integer(value));
                statement.raw_bind_parameter(number, Array::new(values.collect()))
            }
            Value::Texts(texts) => {
                let values = texts.iter().map(|text| Owned::Text(text.clone()));
                statement.raw_bind_parameter(number, Array::new(values.collect()))
            }
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(is_true: bool) -> Self {
        Self::Integer(is_true.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a> From<&'a [i64]> for Value<'a> {
    fn from(all: &'a [i64]) -> Self {
        Self::Integers(all)
    }
}

impl<'a> From<&'a [String]> for Value<'a> {
    fn from(all: &'a [String]) -> Self {
        Self::Texts(all)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
