//! Values as PostgreSQL's binary protocol has them.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::db::{RowCell as Cell, Value};

/// A value for a placeholder.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) Value<'a>);

impl Bound<'_> {
    /// Returns the type of the value; unknown for a null, whose type the server infers.
    pub(super) fn own_type(&self) -> Type {
        match self.0 {
            Value::Null => Type::UNKNOWN,
            Value::Integer(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
            Value::Blob(_) => Type::BYTEA,
            Value::Integers(_) => Type::INT8_ARRAY,
            Value::Texts(_) => Type::TEXT_ARRAY,
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => number.to_sql(&Type::INT8, out),
            Value::Text(text) => text.to_sql(&Type::TEXT, out),
            Value::Blob(bytes) => bytes.to_sql(&Type::BYTEA, out),
            Value::Integers(numbers) => numbers.to_sql(&Type::INT8_ARRAY, out),
            Value::Texts(texts) => texts.to_sql(&Type::TEXT_ARRAY, out),
        }
    }

    /// The server was sent the types of [`own_type`](Self::own_type). A null has
    /// the type that the server inferred.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(of_type: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *of_type {
            Type::BOOL => Cell::Integer(bool::from_sql(of_type, raw)?.into()),
            Type::INT2 => Cell::Integer(i16::from_sql(of_type, raw)?.into()),
            Type::INT4 => Cell::Integer(i32::from_sql(of_type, raw)?.into()),
            Type::INT8 => Cell::Integer(i64::from_sql(of_type, raw)?),
            Type::BYTEA => Cell::Blob(raw),
            _ => Cell::Text(<&str>::from_sql(&Type::TEXT, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(of_type: &Type) -> bool {
        const TYPES: [Type; 9] = [
            Type::BOOL,
            Type::INT2,
            Type::INT4,
            Type::INT8,
            Type::BYTEA,
            Type::TEXT,
            Type::VARCHAR,
            Type::NAME,
            Type::UNKNOWN,
        ];
        TYPES.contains(of_type)
    }
}
