//! Writes rows into the schema of a fuzzed keys.db, as another program could, and checks that
//! apikey opens no database with parts that are not its own.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};

/// Separates a database from the rows for its schema.
const ROWS: &[u8] = b"\nSCHEMA\n";

/// Splits the bytes into a database and rows for its schema, if there are any.
pub(super) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.windows(ROWS.len()).position(|found| found == ROWS);
    at.map_or((bytes, &[]), |at| (&bytes[..at], &bytes[at + ROWS.len()..]))
}

/// Writes rows into the schema, as another program could. Each line is a row: its type, name,
/// table, page and SQL, separated by tabs. A line with a name alone deletes the row of that name.
pub(super) fn plant(path: &Path, rows: &[u8]) {
    let Ok(rows) = str::from_utf8(rows) else {
        return;
    };
    let Ok(conn) = Connection::open(path) else {
        return;
    };
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)
        .unwrap();
    for row in rows.lines() {
        let columns: Vec<&str> = row.split('\t').collect();
        // A row that SQLite refuses is left out.
        let _ = match columns[..] {
            [name] => conn.execute("DELETE FROM sqlite_schema WHERE name = ?1", [name]),
            [kind, name, table, page, sql] => conn.execute(
                "INSERT INTO sqlite_schema VALUES (?1, ?2, ?3, ?4, ?5)",
                params![kind, name, table, page.parse::<i64>().unwrap_or(0), sql],
            ),
            _ => Ok(0),
        };
    }
}

/// The tables of apikey's schema.
const TABLES: [&str; 15] = [
    "settings",
    "users",
    "groups",
    "keys",
    "secrets",
    "key_meta",
    "policy",
    "import_shapes",
    "weak_secrets",
    "key_groups",
    "user_groups",
    "key_permissions",
    "group_permissions",
    "log",
    "sqlite_sequence",
];
const INDEXES: [&str; 9] = [
    "keys_by_name",
    "keys_by_owner",
    "key_meta_by_name",
    "secrets_by_key",
    "one_current_secret",
    "imported_secrets",
    "groups_by_name",
    "key_groups_by_group",
    "user_groups_by_group",
];
const TRIGGERS: [&str; 3] = ["log_in_sequence", "log_is_not_changed", "log_is_not_cut"];

/// Checks that the database at `path`, which apikey opened, has only apikey's parts: no other view
/// is read in place of a table, and no other trigger runs during a change.
pub(super) fn check_schema(path: &Path) {
    let conn = Connection::open(path).unwrap();
    let mut select = conn
        .prepare("SELECT type, name, sql FROM sqlite_schema")
        .unwrap();
    let mut rows = select.query([]).unwrap();
    let (mut tables, mut triggers) = (0, 0);
    while let Some(row) = rows.next().unwrap() {
        let (kind, name): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
        let sql = row.get::<_, Option<String>>(2).unwrap().unwrap_or_default();
        match kind.as_str() {
            "table" if name.starts_with("sqlite_stat") => {}
            "table" => {
                assert!(TABLES.contains(&name.as_str()), "{name}");
                assert!(sql.starts_with("CREATE TABLE "), "{name}: {sql}");
                tables += 1;
            }
            "view" => assert_eq!(name, "usable_secrets"),
            "trigger" => {
                assert!(TRIGGERS.contains(&name.as_str()), "{name}");
                triggers += 1;
            }
            "index" => assert!(
                INDEXES.contains(&name.as_str()) || name.starts_with("sqlite_autoindex_"),
                "{name}"
            ),
            other => panic!("{other} {name}"),
        }
    }
    // A database whose rows can't be migrated keeps its older schema, which lacks the tables of
    // later versions.
    let version: i64 = conn
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    let later = match version {
        1 => 5,
        2 => 4,
        3 => 3,
        4 => 2,
        _ => 0,
    };
    assert_eq!((tables + later, triggers), (TABLES.len(), TRIGGERS.len()));
}
