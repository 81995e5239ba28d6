//! The versions of the schema, and how a database gets from one to the next.
//!
//! Numbered SQL files, applied in one transaction, append-only: a file that
//! was released is never edited; a change is a new file. `user_version` counts
//! those applied. A database with more of them than are known here was made by
//! a newer version, and is left alone.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::fault::damaged;
use crate::error::{Error, Kind, Result};
use crate::process::Undivided;

const MIGRATIONS: &[M<'static>] = &[M::up(include_str!("migrations/0001_initial.sql"))];

/// `application_id` of our databases, "apik" in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x6170_696b;

/// The version this program reads and writes.
pub(super) fn latest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings the database behind `conn` to the latest version.
///
/// # Errors
/// When a migration fails; then none was applied.
pub(super) fn migrate(conn: &mut Connection) -> Result<()> {
    let _undivided = (Undivided::by_stops(), Undivided::by_ends());
    conn.set_transaction_behavior(TransactionBehavior::Immediate);
    let migrated = Migrations::from_slice(MIGRATIONS).to_latest(conn);
    // The version is read before the transaction begins: another process may
    // have migrated in between, and then there is nothing left to do.
    match migrated {
        Err(fault) if version(conn).ok() != Some(latest()) => Err(match fault {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => damaged(format!("the database can't be migrated: {other}")),
        }),
        _ => Ok(()),
    }
}

/// `user_version`, if the database is ours and not from a newer version.
///
/// # Errors
/// When it is somebody else's or newer.
pub(super) fn check_version(conn: &Connection, path: &str) -> Result<i64> {
    let application: i64 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = version(conn)?;
    if application != APPLICATION_ID || version < 1 {
        return Err(foreign(path, "is a database of another program"));
    }
    if version > latest() {
        let message = format!("{path} was made by a newer version of apikey");
        return Err(Error::new(Kind::DatabaseNewer, message).hint(format!(
            "install that version; this one knows schemas up to {}, the database has {version}",
            latest()
        )));
    }
    Ok(version)
}

/// The first table, index, view or trigger of the database behind `conn` that is not as
/// the latest version makes it; or that is missing, or shouldn't be there.
///
/// # Errors
/// When it can't be told.
pub(super) fn difference(conn: &Connection) -> Result<Option<String>> {
    let mut made = Connection::open_in_memory()?;
    migrate(&mut made)?;
    let (found, wanted) = (parts(conn)?, parts(&made)?);
    let differs = found.symmetric_difference(&wanted).next();
    Ok(differs.map(|(_, name, _)| name.clone()))
}

/// What a schema consists of: type, name and SQL of each part. The tables that ANALYZE
/// makes are no part of it; whatever else has such a name is.
fn parts(conn: &Connection) -> Result<BTreeSet<(String, String, Option<String>)>> {
    let select = "SELECT type, name, sql FROM sqlite_schema
         WHERE NOT (type = 'table' AND name GLOB 'sqlite_stat[1-4]')";
    let mut select = conn.prepare(select)?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A file that is not a database of ours.
pub(super) fn foreign(path: &str, fact: &str) -> Error {
    Error::new(Kind::DatabaseForeign, format!("{path} {fact}"))
        .hint("name an apikey database with --db PATH, or make one with apikey --db PATH init")
}

fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid() {
        Migrations::from_slice(MIGRATIONS).validate().unwrap();
    }
}
