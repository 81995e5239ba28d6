//! The schema of a database on a server: its text, and its version, which is in the settings.
//!
//! Only `init --upgrade` migrates. A verifier also reads a schema one version older, so that the
//! hosts need not be updated at once.

use crate::error::{Error, Kind, Result};
use crate::store::Access;
pub(in crate::store) use crate::store::sqlite::schema::latest;

/// The schema of the latest version.
pub(in crate::store) const CREATE: &str = include_str!("schema.sql");

/// The migrations since the first version that was on a server: the version that each leads to, and
/// its SQL. Append-only.
pub(in crate::store) const MIGRATIONS: [(i64, &str); 0] = [];

/// Checks whether this program can use the schema `version` for `access`.
///
/// # Errors
/// [`Kind::DatabaseOlder`] and [`Kind::DatabaseNewer`].
pub(in crate::store) fn check(version: i64, access: Access) -> Result<()> {
    let latest = latest();
    let oldest = if access == Access::Verify {
        latest - 1
    } else {
        latest
    };
    check_newer(version)?;
    if version < oldest {
        let fact = format!("the database has schema {version}, and this apikey needs {latest}");
        return Err(Error::new(Kind::DatabaseOlder, fact)
            .hint("upgrade it with `apikey init --upgrade` as the owner of the database"));
    }
    Ok(())
}

/// Refuses a schema that a newer version of this program created.
///
/// # Errors
/// [`Kind::DatabaseNewer`].
pub(in crate::store) fn check_newer(version: i64) -> Result<()> {
    if version <= latest() {
        return Ok(());
    }
    let fact = "the database was upgraded by a newer version of apikey";
    Err(Error::new(Kind::DatabaseNewer, fact).hint(format!(
        "install that version; this one supports schema {}, the database has {version}",
        latest()
    )))
}
