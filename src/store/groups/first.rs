//! The groups of a new database.

use crate::error::{Error, Kind, Result};
use crate::model::GroupName;
use crate::store::Write;

/// Their names, descriptions and permissions.
pub(in crate::store) const FIRST_GROUPS: [(&str, &str, &[&str]); 2] = [
    ("admin", "may do everything", &["*", "apikey:manage"]),
    ("readonly", "may read everything", &["*:read"]),
];

/// Inserts the groups of a new database.
///
/// # Errors
/// The errors of the database.
pub(in crate::store) fn insert_first_groups(write: &Write<'_>) -> Result<()> {
    for (name, description, permissions) in FIRST_GROUPS {
        let invalid = |_| Error::new(Kind::Io, name);
        let name: GroupName = name.parse().map_err(invalid)?;
        let id = write.insert_group(&name, Some(description))?;
        let permissions = permissions.iter().map(|text| text.parse().map_err(invalid));
        write.insert_group_permissions(&id, &permissions.collect::<Result<Vec<_>>>()?)?;
    }
    Ok(())
}
