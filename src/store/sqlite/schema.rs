//! The versions of the schema, and how a database gets from one to the next.
//!
//! Numbered SQL files, applied in one transaction, append-only: a file that
//! was released is never edited; a change is a new file. `user_version` counts
//! those applied. A database with more of them than are known here was made by
//! a newer version, and is left alone.

mod parts;

use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use crate::error::{Error, Kind, Result};
use crate::process::BlockedSignals;
use crate::store::errors::damaged;
pub(in crate::store) use parts::difference;

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_initial.sql")),
    M::up(include_str!("migrations/0002_secrets.sql")),
];

/// `application_id` of our databases, "apik" in ASCII.
pub(in crate::store) const APPLICATION_ID: i64 = 0x6170_696b;

/// The version this program reads and writes.
pub(in crate::store) fn latest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings the database behind `conn` to the latest version.
///
/// # Errors
/// When a migration fails; then none was applied. [`Kind::DatabaseDamaged`] when a row would
/// be lost. A row that refers to a missing one is carried over, for `doctor` to name.
pub(in crate::store) fn migrate(conn: &mut Connection) -> Result<()> {
    migrate_to(MIGRATIONS.len(), conn)
}

fn migrate_to(wanted: usize, conn: &mut Connection) -> Result<()> {
    let _blocked_signals = (BlockedSignals::that_stop(), BlockedSignals::that_end());
    let enforced: bool = conn.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    // With foreign keys enforced, dropping an old table would delete the rows that refer to
    // it. Neither can be changed within a transaction.
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")?;
    conn.set_transaction_behavior(TransactionBehavior::Immediate);
    let migrated = Migrations::from_slice(MIGRATIONS).to_version(conn, wanted);
    conn.execute_batch("PRAGMA legacy_alter_table = OFF")?;
    conn.pragma_update(None, "foreign_keys", enforced)?;
    // The version is read before the transaction begins: another process may
    // have migrated in between, and then there is nothing left to do.
    match migrated {
        Err(error) if version(conn).ok() != Some(latest()) => Err(not_migrated(error)),
        _ => Ok(()),
    }
}

/// Returns why no migration was applied. A constraint fails only where the database holds
/// what its own version forbids.
fn not_migrated(error: rusqlite_migration::Error) -> Error {
    let cause = match error {
        rusqlite_migration::Error::RusqliteError { err, .. }
            if err.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
        {
            damaged("it holds groups or permissions of a key that doesn't exist")
        }
        rusqlite_migration::Error::RusqliteError { err, .. } => Error::from(err),
        other => damaged(other.to_string()),
    };
    if cause.kind() != Kind::DatabaseDamaged {
        return cause;
    }
    let fact = format!(
        "the database can't be brought to schema {}: {cause}",
        latest()
    );
    damaged(fact).hint(
        "nothing was changed; restore a backup, or delete with sqlite3 the rows of key_groups and \
         key_permissions whose key_id no key has",
    )
}

/// `user_version`, if the database is ours and not from a newer version.
///
/// # Errors
/// When it is somebody else's or newer.
fn check_version(conn: &Connection, path: &str) -> Result<i64> {
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

/// The version of the schema of the database behind `conn`, if that is ours, known, and
/// has exactly the tables, indexes and triggers of its version.
///
/// To be called before the first table is read: a view in a table's place may show
/// anything, and never end. SQLite parses every statement of a schema first, which
/// [`limit`] bounds.
///
/// # Errors
/// The errors of [`check_version`], and [`Kind::DatabaseDamaged`] with what differs.
pub(in crate::store) fn check(conn: &Connection, path: &str) -> Result<i64> {
    let version = check_version(conn, path)?;
    match difference(conn, version)? {
        None => Ok(version),
        Some(difference) => Err(damaged(format!(
            "{path} was changed by another program: {difference}"
        ))),
    }
}

/// The longest statement, and the most columns of a table, that SQLite parses. No statement
/// of ours, and no file of migrations, comes near.
const MAX_SQL_LENGTH: i32 = 16 << 10;
const MAX_COLUMNS: i32 = 100;

/// Bounds what a schema may cost before it is compared.
pub(in crate::store) fn limit(conn: &Connection) -> Result<()> {
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_LENGTH)?;
    conn.set_limit(Limit::SQLITE_LIMIT_COLUMN, MAX_COLUMNS)?;
    Ok(())
}

/// A file that is not a database of ours.
pub(in crate::store) fn foreign(path: &str, fact: &str) -> Error {
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
