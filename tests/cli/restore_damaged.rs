//! Backups that `restore` refuses, or restores without some keys.

use super::restore::{backed_up, restore};

#[test]
fn a_damaged_foreign_or_newer_backup_is_not_restored() {
    let (sandbox, _) = backed_up();
    let intact = std::fs::read(sandbox.path("copy")).unwrap();
    let damage = |sql: &str| {
        std::fs::write(sandbox.path("copy"), &intact).unwrap();
        let conn = rusqlite::Connection::open(sandbox.path("copy")).unwrap();
        conn.execute_batch(sql).unwrap();
    };
    for (sql, code, expected) in [
        (
            "UPDATE secrets SET hash = 'x'",
            "database-damaged",
            "hashes",
        ),
        (
            "DROP TRIGGER log_is_not_changed; UPDATE log SET operator = 'me' WHERE seq = 2;
             CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
BEGIN SELECT raise(ABORT, 'the log is never changed'); END;",
            "database-damaged",
            "entry 2",
        ),
        (
            "CREATE TRIGGER planted AFTER DELETE ON keys BEGIN SELECT 1; END",
            "database-damaged",
            "planted",
        ),
        (
            "PRAGMA foreign_keys = OFF; DELETE FROM groups WHERE name = 'readonly'",
            "database-damaged",
            "foreign-keys",
        ),
        ("PRAGMA user_version = 99", "database-newer", "newer"),
        ("PRAGMA application_id = 5", "database-foreign", "another"),
    ] {
        damage(sql);
        let ran = restore(&sandbox, &["--inactive", "--json"]).exits(5);
        assert_eq!(ran.error_code(), code, "{sql}: {ran:?}");
        assert!(ran.stderr.contains(expected), "{sql}: {ran:?}");
        assert!(!sandbox.path("new").exists(), "{sql}");
    }
    let truncated = &intact[..intact.len() / 2];
    for (content, code) in [
        (truncated, "database-damaged"),
        (b"text", "database-foreign"),
        (b"", "database-foreign"),
    ] {
        std::fs::write(sandbox.path("copy"), content).unwrap();
        let ran = restore(&sandbox, &["--yes", "--json"]).exits(5);
        assert_eq!(ran.error_code(), code, "{ran:?}");
        assert_eq!(std::fs::read(sandbox.path("copy")).unwrap(), content);
        assert!(!sandbox.path("new").exists());
    }
    std::fs::remove_file(sandbox.path("copy")).unwrap();
    let ran = restore(&sandbox, &["--yes", "--json"]).exits(5);
    assert_eq!(ran.error_code(), "database-missing");
    ran.says("apikey backup");
}

#[test]
fn a_pending_key_is_not_restored() {
    let (sandbox, _) = backed_up();
    let backup = rusqlite::Connection::open(sandbox.path("copy")).unwrap();
    backup
        .execute_batch("UPDATE secrets SET state = 'pending' WHERE key = (SELECT number FROM keys WHERE name = 'inactive')")
        .unwrap();
    drop(backup);
    restore(&sandbox, &["--yes"]).succeeds();
    sandbox
        .run(&["--db", "new/keys.db", "show", "inactive"])
        .exits(3);
    sandbox.run(&["--db", "new/keys.db", "doctor"]).succeeds();
}

#[test]
fn a_backup_with_a_trigger_disguised_as_statistics_is_refused() {
    let (sandbox, _) = backed_up();
    let backup = rusqlite::Connection::open(sandbox.path("copy")).unwrap();
    backup
        .execute_batch(
            "PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_stat_x', 'keys', 0,
               'CREATE TRIGGER sqlite_stat_x AFTER UPDATE OF active ON keys BEGIN
                  UPDATE keys SET active = 1 WHERE id = NEW.id; END')",
        )
        .unwrap();
    drop(backup);
    let ran = restore(&sandbox, &["--inactive", "--json"]).exits(5);
    assert_eq!(ran.error_code(), "database-damaged");
}
