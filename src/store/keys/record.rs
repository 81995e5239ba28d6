//! Reads the row of a key.

use std::str::FromStr;

use crate::error::{Error, Result};
use crate::model::{Key, Meta, Owner, Prefix, ShortForm, State, Timestamp};
use crate::store::db::Row;
use crate::store::errors::damaged;

/// The columns that [`read_record`] reads.
pub(in crate::store) const RECORD: &str = "k.number, k.id, k.name, k.description, k.owner,
    k.application, k.active, k.created_at, k.created_by, k.expires_at, k.deactivated_at,
    k.reactivates_at, u.name AS owner_name, u.active AS owner_active, u.expires_at AS owner_expires_at";

/// The tables of [`RECORD`].
pub(in crate::store) const KEYS: &str = "keys k LEFT JOIN users u ON u.id = k.owner";

/// Reads a row of [`RECORD`]. Returns the key's number and the key. Its state is active or
/// inactive, never pending. Its short form lacks the last four characters; its groups, permissions,
/// metadata, rotation and uses are empty.
///
/// # Errors
/// When a value is invalid.
pub(in crate::store) fn read_record(row: &Row<'_>, prefix: &Prefix) -> Result<(i64, Key)> {
    let number = row.get("number")?;
    let key = Key {
        short: ShortForm {
            prefix: prefix.clone(),
            id: parsed(row, "id", number)?,
            last_four: String::new(),
        },
        name: parsed(row, "name", number)?,
        description: row.get("description")?,
        state: match row.get::<i64>("active")? {
            1 => State::Active,
            0 => State::Inactive,
            _ => return Err(invalid("state", number)),
        },
        groups: Vec::new(),
        permissions: Vec::new(),
        owner: match row.text("owner")? {
            Some(_) => Some(Owner {
                // A key whose owner is missing never counts as a key without an owner.
                name: parsed(row, "owner_name", number)?,
                active: row.get("owner_active")?,
                expires_at: timestamp(row, "owner_expires_at")?,
            }),
            None => None,
        },
        application: (row.text("application")?)
            .map(|_| parsed(row, "application", number))
            .transpose()?,
        created_at: Timestamp::from_unix(row.get("created_at")?),
        created_by: row.get("created_by")?,
        last_used_at: None,
        last_use_known_since: None,
        last_refused_at: None,
        expires_at: timestamp(row, "expires_at")?,
        deactivated_at: timestamp(row, "deactivated_at")?,
        reactivates_at: timestamp(row, "reactivates_at")?,
        meta: Meta::default(),
        rotated_at: None,
        previous: None,
        ended_refused_at: None,
    };
    Ok((number, key))
}

/// Returns the error of an invalid field of a key.
pub(in crate::store) fn invalid(field: &str, number: i64) -> Error {
    damaged(format!("invalid {field} of key number {number}"))
}

fn parsed<T: FromStr>(row: &Row<'_>, column: &str, number: i64) -> Result<T> {
    let text = row.text(column)?.unwrap_or_default();
    text.parse().map_err(|_| invalid(column, number))
}

fn timestamp(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>> {
    Ok(row.get::<Option<i64>>(column)?.map(Timestamp::from_unix))
}
