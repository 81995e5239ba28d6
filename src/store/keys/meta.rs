//! The metadata of a key.

use serde_json::{Map, Value, json};

use crate::error::{Error, Kind, Result};
use crate::model::{Invalid, Meta, MetaEntry};
use crate::store::Write;
use crate::store::db::Row;
use crate::store::errors::damaged;

/// The column that [`read_meta`] reads: the metadata of the key `k`, one entry per line. No value
/// has a line break.
pub(in crate::store) const META: &str = "(SELECT string_agg(x.name || '=' || x.value, '
' ORDER BY lower(x.name)) FROM key_meta x WHERE x.key = k.number) AS meta";

/// Reads [`META`].
///
/// # Errors
/// When an entry is not valid.
pub(in crate::store) fn read_meta(row: &Row<'_>) -> Result<Meta> {
    let lines = row.text("meta")?.unwrap_or_default().lines();
    let entries = lines.map(read_entry).collect::<Result<_>>()?;
    Ok(Meta::new(entries))
}

/// Reads an entry.
///
/// # Errors
/// When it is not valid.
pub(in crate::store) fn read_entry(text: &str) -> Result<MetaEntry> {
    text.parse()
        .map_err(|_| damaged("the metadata of a key are not valid"))
}

/// Returns metadata in the form of the log.
pub(in crate::store) fn logged(meta: &Meta) -> Value {
    let pair = |entry: &MetaEntry| (entry.name.to_string(), json!(entry.value.as_str()));
    Value::Object(meta.entries().iter().map(pair).collect::<Map<_, _>>())
}

impl Write<'_> {
    /// Inserts the metadata of the key with this number.
    pub(in crate::store) fn insert_meta(&self, number: i64, meta: &Meta) -> Result<()> {
        let insert = "INSERT INTO key_meta (key, name, value) VALUES (?1, ?2, ?3)";
        for entry in meta.entries() {
            let values = [
                number.into(),
                entry.name.as_str().into(),
                entry.value.as_str().into(),
            ];
            self.db.execute(insert, &values)?;
        }
        Ok(())
    }
}

/// Returns the error for more entries than a key may have.
pub(in crate::store) fn too_many_entries(invalid: &Invalid) -> Error {
    Error::new(Kind::InvalidInput, invalid.to_string()).hint("remove some with --remove NAME")
}
