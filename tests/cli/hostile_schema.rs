//! A database with a foreign schema is refused before any of its tables is read.

use super::complete::offered;
use super::directories::{OPENING, contents};
use super::sandbox::Sandbox;

/// Changes of the schema by another program or an attacker, and the part that the error names.
const SCHEMAS: &[(&str, &str)] = &[
    // A view that never ends.
    (
        "ALTER TABLE settings RENAME TO s0;
         CREATE VIEW settings AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i FROM r)
           SELECT 'apik' AS prefix, 'm=8,t=1,p=1' AS argon2 FROM r WHERE i = 2",
        "\"s0\"",
    ),
    (
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET type = 'view', rootpage = 0, sql =
           'CREATE VIEW users AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i FROM r)
            SELECT i AS id, i AS name, 1 AS active, 1 AS description, 1 AS created_at,
              1 AS created_by, 1 AS expires_at FROM r WHERE i = 2'
         WHERE name = 'users'",
        "\"users\"",
    ),
    // A view in place of the log.
    (
        "PRAGMA writable_schema = ON;
         DELETE FROM sqlite_schema WHERE tbl_name = 'log' AND type = 'trigger';
         UPDATE sqlite_schema SET name = 'real', tbl_name = 'real',
           sql = replace(sql, 'TABLE log', 'TABLE real') WHERE name = 'log';
         INSERT INTO sqlite_schema VALUES ('view', 'log', 'log', 0,
           'CREATE VIEW log AS SELECT seq, at, ''root'' AS operator, action, key, details, hash
            FROM real')",
        "\"real\"",
    ),
    (
        "CREATE TRIGGER planted AFTER UPDATE OF active ON keys
         BEGIN UPDATE keys SET active = 1; END",
        "\"planted\"",
    ),
    (
        "CREATE TRIGGER planted AFTER INSERT ON log
         BEGIN INSERT INTO key_permissions SELECT number, '*' FROM keys; END",
        "\"planted\"",
    ),
    ("CREATE TABLE other (x)", "\"other\""),
    ("CREATE VIEW other AS SELECT 1", "\"other\""),
    ("CREATE INDEX other ON keys (active)", "\"other\""),
    ("DROP TRIGGER log_is_not_cut", "\"log_is_not_cut\""),
    (
        "ALTER TABLE secrets RENAME COLUMN hash TO old",
        "\"secrets\"",
    ),
    (
        "PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema VALUES ('table', 'other', 'other', 0,
           'CREATE VIRTUAL TABLE other USING fts5(x)')",
        "other",
    ),
    (
        "PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_stat_x', 'keys', 0,
           'CREATE TRIGGER sqlite_stat_x AFTER UPDATE ON keys BEGIN SELECT 1; END')",
        "\"sqlite_stat_x\"",
    ),
];

/// Schemas beyond the limits on parsing, which apply before the comparison.
const OVER_LIMIT: &[&str] = &[
    "PRAGMA writable_schema = ON;
     INSERT INTO sqlite_schema VALUES ('view', 'other', 'other', 0,
       'CREATE VIEW other AS SELECT ' || printf('%.*c', 20000, '1'))",
    "PRAGMA writable_schema = ON;
     INSERT INTO sqlite_schema SELECT 'table', 'other', 'other', 2,
       'CREATE TABLE other (c' || group_concat(value, ',c') || ')'
       FROM (WITH RECURSIVE r(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM r LIMIT 200)
             SELECT value FROM r)",
];

/// Asserts that every command refuses the database with exit 5 and leaves it unchanged.
#[track_caller]
fn check_refused(sandbox: &Sandbox, secret: &str, part: &str) {
    std::fs::write(sandbox.path("s"), secret).unwrap();
    let before = contents(sandbox);
    for args in OPENING {
        let ran = sandbox.feed(&[args, &["--json"][..]].concat(), secret);
        assert_eq!(ran.code, 5, "{part} {args:?}: {ran:?}");
        assert_eq!(ran.error_code(), "database-damaged", "{args:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(
            ran.stderr.contains(part.trim_matches('"')),
            "{args:?}: {ran:?}"
        );
        assert!(contents(sandbox) == before, "{part} {args:?}");
    }
    let batch = sandbox.feed(&["verify", "--batch"], format!("{secret}\n"));
    assert_eq!(batch.exits(5).stdout, "error database-damaged\n");
    assert_eq!(offered(sandbox, "show "), [""; 0], "{part}");
    assert!(contents(sandbox) == before, "{part}");
}

#[test]
fn no_command_reads_a_table_of_a_foreign_schema() {
    for (sql, part) in SCHEMAS {
        let sandbox = Sandbox::new();
        let secret = sandbox.key("a");
        sandbox.sql(sql);
        check_refused(&sandbox, &secret, part);
    }
}

#[test]
fn a_schema_that_would_take_long_to_parse_is_refused() {
    for sql in OVER_LIMIT {
        let sandbox = Sandbox::new();
        let secret = sandbox.key("a");
        sandbox.sql(sql);
        check_refused(&sandbox, &secret, "other");
    }
}

#[test]
fn a_backup_of_a_foreign_schema_is_not_restored() {
    let all = SCHEMAS.iter().copied();
    for (sql, part) in all.chain(OVER_LIMIT.iter().map(|sql| (*sql, "other"))) {
        let sandbox = Sandbox::staffed();
        sandbox.key("a");
        std::fs::rename(sandbox.db(), sandbox.path("copy")).unwrap();
        let backup = rusqlite::Connection::open(sandbox.path("copy")).unwrap();
        backup.execute_batch(sql).unwrap();
        drop(backup);
        std::fs::remove_file(sandbox.usage()).unwrap();
        let before = contents(&sandbox);
        for operator in ["", "admin", "mallory"] {
            let ran = sandbox.as_user(operator, &["restore", "copy", "--inactive", "--json"]);
            assert_eq!(ran.code, 5, "{sql}: {ran:?}");
            assert_eq!(ran.error_code(), "database-damaged");
            ran.says(part.trim_matches('"'));
            assert!(contents(&sandbox) == before, "{sql}");
        }
    }
}

#[test]
fn a_view_in_place_of_the_log_is_refused_even_with_the_right_head() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let head = sandbox.run(&["log", "head"]).succeeds().stdout;
    let expected = ["log", "verify", "--expect", head.trim()];
    sandbox.run(&expected).succeeds();
    sandbox.sql(SCHEMAS[2].0);
    sandbox.run(&expected).exits(5);
    sandbox.run(&["log"]).exits(5);
}

#[test]
fn the_statistics_of_analyze_are_accepted() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.sql("ANALYZE");
    sandbox.feed(&["verify"], &secret).succeeds();
    sandbox.run(&["deactivate", "a"]).succeeds();
    sandbox.run(&["doctor"]).succeeds();
    assert_eq!(offered(&sandbox, "show "), ["a"]);
    sandbox.run(&["backup", "copy"]).succeeds();
    sandbox
        .run(&["--db", "new/k.db", "restore", "copy", "--inactive"])
        .succeeds();
}
