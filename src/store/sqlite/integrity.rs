//! Questions about the database file that only SQLite can answer.

use crate::error::Result;
use crate::process::BlockedSignals;
use crate::store::db::Db;
use crate::store::sqlite::schema;

/// Returns SQLite's complaints about the file, at most a hundred.
///
/// # Errors
/// When the file can't be read.
pub(in crate::store) fn complaints(db: &Db) -> Result<Vec<String>> {
    let pragma = "PRAGMA integrity_check(100)";
    let lines: Vec<String> = db.rows(pragma, &[], |row| row.get("integrity_check"))?;
    Ok(match lines.as_slice() {
        [ok] if ok == "ok" => Vec::new(),
        [] => vec!["SQLite reported nothing".to_owned()],
        _ => lines,
    })
}

/// Returns the table of each row that has a dangling reference.
///
/// # Errors
/// When the file can't be read.
pub(in crate::store) fn tables_with_dangling_references(db: &Db) -> Result<Vec<String>> {
    db.rows("PRAGMA foreign_key_check", &[], |row| row.get("table"))
}

/// Returns the last slot that was assigned to a secret, even if the secret was deleted; 0 if no
/// slot was assigned yet.
///
/// # Errors
/// When the file can't be read.
pub(in crate::store) fn last_slot(db: &Db) -> Result<i64> {
    last_number(db, "secrets", "slot")
}

/// Returns the last number that was assigned in `column` to a row of `table`, as [`last_slot`]
/// does.
///
/// # Errors
/// When the file can't be read.
pub(in crate::store) fn last_number(db: &Db, table: &str, column: &str) -> Result<i64> {
    let select = format!(
        "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0),
                    coalesce((SELECT max({column}) FROM {table}), 0)) AS number"
    );
    let last = db.row(&select, &[table.into()], |row| row.get("number"))?;
    Ok(last.unwrap_or_default())
}

/// Returns the first difference between the schema of the database and the schema of this
/// program, as the end of a sentence; none if there is no difference.
///
/// # Errors
/// When the schema can't be read.
pub(in crate::store) fn schema_difference(db: &Db) -> Result<Option<String>> {
    // A stopped process would keep the lock that reading takes.
    let _blocked_stops = BlockedSignals::that_stop();
    schema::difference(db.as_sqlite()?, schema::latest())
}
