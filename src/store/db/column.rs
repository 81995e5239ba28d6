//! The types of values in columns.

use rusqlite::types::FromSql;

#[cfg(feature = "postgres")]
use super::RowCell;

/// A type that the value of a column is read as: `i64`, `u64`, `u32`, `bool`, `String`, `Vec<u8>`,
/// `[u8; N]`, or an `Option` of one of these.
pub(in crate::store) trait Column: FromSql {
    /// Reads a value of PostgreSQL; none if it has another type.
    #[cfg(feature = "postgres")]
    fn from_cell(cell: RowCell<'_>) -> Option<Self>;
}

/// Implements [`Column`] for a type by a pattern of the cell and the value.
macro_rules! column {
    ($type:ty, $pattern:pat => $value:expr $(, $n:ident)?) => {
        impl $(<const $n: usize>)? Column for $type {
            #[cfg(feature = "postgres")]
            fn from_cell(cell: RowCell<'_>) -> Option<Self> {
                match cell {
                    $pattern => $value,
                    _ => None,
                }
            }
        }
    };
}

column!(i64, RowCell::Integer(number) => Some(number));
column!(u32, RowCell::Integer(number) => u32::try_from(number).ok());
column!(u64, RowCell::Integer(number) => u64::try_from(number).ok());
column!(bool, RowCell::Integer(number @ (0 | 1)) => Some(number == 1));
column!(String, RowCell::Text(text) => Some(text.to_owned()));
column!(Vec<u8>, RowCell::Blob(bytes) => Some(bytes.to_owned()));
column!([u8; N], RowCell::Blob(bytes) => bytes.try_into().ok(), N);

impl<T: Column> Column for Option<T> {
    #[cfg(feature = "postgres")]
    fn from_cell(cell: RowCell<'_>) -> Option<Self> {
        match cell {
            RowCell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}
