//! The versions of the schema, and the migrations between them.
//!
//! A migration is a numbered SQL file; all missing migrations are applied in one transaction. A
//! released file is never edited: each change is a new file. `user_version` counts the
//! migrations that were applied. A database with more migrations than this program has comes from
//! a newer version and is refused.

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
    M::up(include_str!("migrations/0003_meta.sql")),
    M::up(include_str!("migrations/0004_review.sql")),
    M::up(include_str!("migrations/0005_import.sql")),
];

/// The `application_id` of our databases, "apik" in ASCII.
pub(in crate::store) const APPLICATION_ID: i64 = 0x6170_696b;

/// Returns the version that this program reads and writes.
pub(in crate::store) fn latest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Migrates the database behind `conn` to the latest version.
///
/// # Errors
/// The errors of a migration, after which none is applied. [`Kind::DatabaseDamaged`] when a
/// row would be lost: a group or permission of a key that doesn't exist. A row with any other
/// dangling reference is kept, and `doctor` reports it.
pub(in crate::store) fn migrate(conn: &mut Connection) -> Result<()> {
    migrate_to(MIGRATIONS.len(), conn)
}

fn migrate_to(wanted: usize, conn: &mut Connection) -> Result<()> {
    let _blocked_signals = (BlockedSignals::that_stop(), BlockedSignals::that_end());
    let enforced: bool = conn.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    // With foreign keys enforced, dropping an old table would delete the rows that refer to
    // it. With the old form of ALTER TABLE, a rename leaves the references of other tables alone.
    // The first pragma has no effect within a transaction.
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")?;
    conn.set_transaction_behavior(TransactionBehavior::Immediate);
    let migrated = Migrations::from_slice(MIGRATIONS).to_version(conn, wanted);
    conn.execute_batch("PRAGMA legacy_alter_table = OFF")?;
    conn.pragma_update(None, "foreign_keys", enforced)?;
    // rusqlite_migration reads the version before it begins the transaction. If another process
    // migrates the database in between, the migration here fails, which doesn't matter.
    match migrated {
        Err(error) if version(conn).ok() != Some(latest()) => Err(not_migrated(error)),
        _ => Ok(()),
    }
}

/// Returns the error for a failed migration. A constraint fails only if the database violates
/// the rules of its own version.
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
        "the database can't be migrated to schema {}: {cause}",
        latest()
    );
    damaged(fact).hint(
        "nothing was changed; restore a backup, or delete with sqlite3 the rows of key_groups and \
         key_permissions whose key_id no key has",
    )
}

/// Returns `user_version`, if the database is ours and not from a newer version.
///
/// # Errors
/// [`Kind::DatabaseForeign`] and [`Kind::DatabaseNewer`].
fn check_version(conn: &Connection, path: &str) -> Result<i64> {
    let application: i64 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = version(conn)?;
    if application != APPLICATION_ID || version < 1 {
        return Err(foreign(path, "is a database of another program"));
    }
    if version > latest() {
        let message = format!("{path} was created by a newer version of apikey");
        return Err(Error::new(Kind::DatabaseNewer, message).hint(format!(
            "install that version; this one supports schemas up to {}, the database has {version}",
            latest()
        )));
    }
    Ok(version)
}

/// Returns the version of the schema of the database behind `conn`, if the database is ours
/// and has exactly the tables, indexes, triggers and views of its version. The tables of ANALYZE
/// are allowed, too.
///
/// Must be called before a table is read: a view in place of a table may return anything, and
/// may never end. SQLite parses the whole schema first; [`set_limits`] bounds the cost of that.
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

/// The maximum length of SQL that SQLite parses, in bytes. Our longest migration has about 7,000.
const MAX_SQL_LENGTH: i32 = 16 << 10;

/// The maximum number of columns of a table or of a result.
const MAX_COLUMNS: i32 = 100;

/// Bounds the cost of parsing a schema: SQLite parses it before [`check`] can compare it.
pub(in crate::store) fn set_limits(conn: &Connection) -> Result<()> {
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_LENGTH)?;
    conn.set_limit(Limit::SQLITE_LIMIT_COLUMN, MAX_COLUMNS)?;
    Ok(())
}

/// Returns the error for a file that is not a database of ours.
pub(in crate::store) fn foreign(path: &str, fact: &str) -> Error {
    Error::new(Kind::DatabaseForeign, format!("{path} {fact}"))
        .hint("name an apikey database with --db PATH, or create one with apikey --db PATH init")
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
