//! Files that another user puts next to a database or a backup, which SQLite would read.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::complete::offered;
use super::directories::{OPENING, contents};
use super::sandbox::Sandbox;

/// Puts a write-ahead log next to `db` whose pages replace those of the database: as if
/// `sql` had been run.
pub fn plant_wal(sandbox: &Sandbox, db: &Path, sql: &str) {
    let copy = sandbox.path("forged");
    std::fs::copy(db, &copy).unwrap();
    let conn = Connection::open(&copy).unwrap();
    // Kept open: the last connection that closes would take the log away.
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
        .unwrap();
    conn.execute_batch(sql).unwrap();
    let (wal, planted) = (sandbox.path("forged-wal"), with_suffix(db, "-wal"));
    std::fs::copy(&wal, planted).unwrap();
    drop(conn);
    std::fs::remove_file(copy).unwrap();
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What an attacker would have a database hold.
pub const FORGERY: &str = "DELETE FROM user_groups; UPDATE keys SET name = 'forged'";

#[test]
fn a_wal_next_to_a_database_in_rollback_mode_is_read_by_no_command() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    plant_wal(&sandbox, &sandbox.db(), FORGERY);
    // SQLite reads it.
    let copy = sandbox.path("copy.db");
    std::fs::copy(sandbox.db(), &copy).unwrap();
    let wal = with_suffix(&sandbox.db(), "-wal");
    std::fs::copy(&wal, with_suffix(&copy, "-wal")).unwrap();
    let name = |conn: &Connection| -> String {
        conn.query_row("SELECT name FROM keys", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(name(&Connection::open(&copy).unwrap()), "forged");
    for left in ["copy.db", "copy.db-wal", "copy.db-shm"] {
        let _ = std::fs::remove_file(sandbox.path(left));
    }

    let before = contents(&sandbox);
    for args in OPENING {
        let ran = sandbox.feed(&[args, &["--json"][..]].concat(), &secret);
        assert_eq!(ran.code, 5, "{args:?}: {ran:?}");
        assert_eq!(ran.error_code(), "database-damaged", "{args:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(contents(&sandbox) == before, "{args:?}");
    }
    assert_eq!(offered(&sandbox, "show "), [""; 0]);
    assert!(contents(&sandbox) == before);
    // The hint moves it away.
    let ran = sandbox.run(&["list"]).exits(5);
    let (_, command) = ran.stderr.split_once("move it away: ").unwrap();
    sandbox.shell(command).succeeds();
    assert_eq!(sandbox.names(&[]), ["a"]);
}
