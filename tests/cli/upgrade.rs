//! A database of an older version is migrated without loss.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::json;

use super::sandbox::{Sandbox, finish, has, is_root};
use super::waiting::wait_for;

/// The secret of the key deploy-bot in the dump.
const SECRET: &str = "apik_dQ65Tqbm_herevgzo5Lj51WdCdNet3ISazBCq5qOSNbqmpM9EFIf1OPQBH";

const TABLES: [&str; 9] = [
    "settings",
    "users",
    "groups",
    "keys",
    "key_groups",
    "user_groups",
    "key_permissions",
    "group_permissions",
    "log",
];

/// The tables that later schemas changed, read in the form of the first.
const CHANGED_TABLES: [(&str, &str); 4] = [
    ("settings", "SELECT only_row, prefix, argon2 FROM settings"),
    (
        "keys",
        "SELECT s.slot, k.id, k.name, s.hash, s.last_four,
                CASE WHEN s.state = 'pending' THEN s.state
                     WHEN k.active THEN 'active' ELSE 'inactive' END AS state,
                k.description, k.owner, k.application, k.created_at, k.created_by, k.expires_at
           FROM keys k JOIN secrets s ON s.key = k.number AND s.created_at = k.created_at",
    ),
    (
        "key_groups",
        "SELECT k.id, m.group_id FROM key_groups m JOIN keys k ON k.number = m.key",
    ),
    (
        "key_permissions",
        "SELECT k.id, p.permission FROM key_permissions p JOIN keys k ON k.number = p.key",
    ),
];

/// Returns every row of every table, in the form of the first schema.
fn rows(conn: &Connection) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        let select = format!("SELECT * FROM {table}");
        let changed = CHANGED_TABLES.iter().find(|(name, _)| *name == table);
        let select = match (version(conn), changed) {
            (2.., Some((_, select))) => select,
            _ => select.as_str(),
        };
        let mut select = conn.prepare(select).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cell = |at| format!("{:?}", row.get_ref(at).unwrap());
            let cells: Vec<String> = (0..columns).map(cell).collect();
            all.push(format!("{table}: {}", cells.join(" ")));
        }
    }
    all.sort();
    all
}

fn version(conn: &Connection) -> i64 {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_database_of_the_first_schema_is_migrated_without_loss() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    assert_eq!(version(&sandbox.sqlite()), 1);
    let before = rows(&sandbox.sqlite());
    assert_eq!(before.len(), 30);

    let accepted = sandbox.feed(&["verify", "-g", "deploy", "--can", "x:read"], SECRET);
    assert_eq!(accepted.succeeds().stdout, "accepted deploy-bot\n");
    assert_eq!(sandbox.names(&[]), ["deploy-bot", "gone", "Older"]);
    // Reading has migrated it to the latest version, and every row is still there.
    assert_eq!(
        version(&sandbox.sqlite()),
        version(&Sandbox::new().sqlite())
    );
    assert_eq!(rows(&sandbox.sqlite()), before);

    sandbox
        .run(&["user", "add", "alice", "-g", "deploy", "-g", "readonly"])
        .succeeds();
    let after = rows(&sandbox.sqlite());
    for row in &before {
        assert!(after.contains(row), "{row} is missing");
    }
    let shown = sandbox.show("deploy-bot");
    assert_eq!(shown["description"], "deploys at night – 部署");
    assert_eq!(
        (&shown["owner"], &shown["permissions"]),
        (&json!(null), &json!([]))
    );
    assert_eq!(sandbox.show("older")["status"], "inactive");
    assert_eq!(sandbox.show("gone")["status"], "expired");

    // New commands work on old keys.
    sandbox
        .run(&["set-owner", "deploy-bot", "alice"])
        .succeeds();
    sandbox
        .run(&["set-permissions", "deploy-bot", "x:write"])
        .succeeds();
    sandbox
        .feed(&["verify", "--can", "x:read"], SECRET)
        .succeeds();
    sandbox.run(&["user", "deactivate", "alice"]).succeeds();
    let refused = sandbox.feed(&["verify"], SECRET).exits(1);
    assert_eq!(refused.stdout, "refused owner-inactive\n");
    // No slot is assigned twice, not even that of a key deleted before the dump.
    sandbox.key("next");
    let next = "SELECT number, slot FROM keys JOIN secrets ON key = number WHERE name = 'next'";
    let next: (i64, i64) = sandbox
        .sqlite()
        .query_row(next, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(next, (5, 5));
}

/// Returns a database of the first schema, changed by `sql`.
pub fn first_schema(sql: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    sandbox.sql(sql);
    sandbox
}

/// Adds keys with groups and permissions to a database of the first schema.
const HUNDRED_THOUSAND_KEYS: &str = "PRAGMA synchronous = OFF; BEGIN;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO keys (id, name, hash, last_four, state, created_at, created_by)
    SELECT printf('%08d', i), 'copy-' || i, 'hash of ' || i, printf('%04d', i % 10000),
           CASE i % 3 WHEN 0 THEN 'inactive' WHEN 1 THEN 'pending' ELSE 'active' END, i, 'root'
      FROM n;
    INSERT INTO key_groups SELECT k.id, g.id FROM keys k, groups g
     WHERE k.name LIKE 'copy-%' AND (g.name = 'readonly' OR g.name = 'admin' AND k.slot % 2);
    INSERT INTO key_permissions SELECT id, 'job:run@' || id FROM keys WHERE slot % 5 = 0; COMMIT;";

#[test]
fn a_hundred_thousand_keys_keep_their_groups_and_permissions() {
    let sandbox = first_schema(HUNDRED_THOUSAND_KEYS);
    let before = rows(&sandbox.sqlite());
    assert!(before.len() > 270_000);
    sandbox.run(&["group", "list"]).succeeds();
    let conn = sandbox.sqlite();
    assert_eq!(version(&conn), version(&Sandbox::new().sqlite()));
    assert!(rows(&conn) == before, "a row is missing or differs");
    for (pragma, expected) in [("integrity_check", Some("ok")), ("foreign_key_check", None)] {
        let mut select = conn.prepare(&format!("PRAGMA {pragma}")).unwrap();
        let mut found = select.query([]).unwrap();
        let found: Option<String> = found.next().unwrap().map(|row| row.get(0).unwrap());
        assert_eq!(found.as_deref(), expected, "{pragma}");
    }
}

#[test]
fn a_killed_migration_leaves_the_first_schema_or_the_latest() {
    let sandbox = first_schema(HUNDRED_THOUSAND_KEYS);
    let before = rows(&sandbox.sqlite());
    let journal = sandbox.db().with_extension("db-journal");
    for size in [1, 1 << 20, 8 << 20] {
        let mut child = sandbox.apikey(&["group", "list"]).spawn().unwrap();
        let is_written = || journal.metadata().is_ok_and(|found| found.len() >= size);
        // The migration may end before the journal has this size.
        wait_for("the journal is written", || {
            is_written() || child.try_wait().unwrap().is_some()
        });
        child.kill().unwrap();
        child.wait().unwrap();
        // Reading undoes the interrupted change.
        assert!(rows(&sandbox.sqlite()) == before, "{size}");
    }
    sandbox.run(&["group", "list"]).succeeds();
    assert_eq!(
        version(&sandbox.sqlite()),
        version(&Sandbox::new().sqlite())
    );
    assert!(rows(&sandbox.sqlite()) == before);
}

#[test]
fn a_database_that_would_lose_a_row_is_not_migrated() {
    for sql in [
        "INSERT INTO key_groups SELECT 'noKeyHas', id FROM groups",
        "INSERT INTO key_permissions VALUES ('noKeyHas', '*')",
    ] {
        let sandbox = first_schema(&format!("PRAGMA foreign_keys = OFF; {sql}"));
        let before = std::fs::read(sandbox.db()).unwrap();
        for args in [&["list", "--json"][..], &["group", "create", "x", "--json"]] {
            let ran = sandbox.run(args).exits(5);
            assert_eq!(ran.error_code(), "database-damaged", "{sql}");
            ran.says("can't be migrated to schema 5")
                .says("groups or permissions of a key that doesn't exist");
        }
        assert_eq!(version(&sandbox.sqlite()), 1);
        assert!(std::fs::read(sandbox.db()).unwrap() == before, "{sql}");
    }
}

#[test]
fn doctor_names_a_dangling_reference_after_the_migration() {
    for sql in [
        "UPDATE keys SET owner = 'nobody' WHERE name = 'gone'",
        "INSERT INTO user_groups VALUES ('nobody', 'nowhere')",
    ] {
        let sandbox = first_schema(&format!("PRAGMA foreign_keys = OFF; {sql}"));
        let verified = sandbox.feed(&["verify"], SECRET).succeeds();
        assert_eq!(verified.stdout, "accepted deploy-bot\n", "{sql}");
        let doctor = sandbox.run(&["doctor"]).exits(1);
        assert!(doctor.stdout.contains("FAIL  foreign-keys"), "{doctor:?}");
    }
}

#[test]
fn a_reader_who_may_not_migrate_learns_who_can() {
    if !has("root, to become an ordinary user", is_root()) {
        return;
    }
    let sandbox = first_schema("");
    sandbox
        .shell(
            "chmod 755 . .local .local/share .local/share/apikey; chmod 644 .local/share/apikey/*",
        )
        .succeeds();
    let before = std::fs::read(sandbox.db()).unwrap();
    let as_other = || {
        let mut command = sandbox.apikey(&["verify", "--json"]);
        command.uid(65534).gid(65534).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(SECRET.as_bytes()).unwrap();
        drop(input);
        finish(child)
    };
    let ran = as_other().exits(4);
    assert_eq!(ran.error_code(), "not-permitted");
    ran.says("an older version created the database")
        .says("its owner's next apikey command migrates it");
    assert!(std::fs::read(sandbox.db()).unwrap() == before);
    sandbox.run(&["list"]).succeeds();
    as_other().succeeds();
}

#[test]
fn a_database_of_the_second_schema_opens_without_loss() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-2.sql"));
    assert_eq!(version(&sandbox.sqlite()), 2);
    let accepted = sandbox.feed(&["verify", "-g", "deploy", "--can", "x:read"], SECRET);
    assert_eq!(accepted.succeeds().stdout, "accepted deploy-bot\n");
    assert_eq!(sandbox.names(&[]), ["deploy-bot", "gone", "half", "Older"]);
    assert_eq!(sandbox.names(&["--status", "pending"]), ["half"]);
    let shown = sandbox.show("deploy-bot");
    assert_eq!(shown["owner"], "alice");
    assert_eq!(shown["permissions"], json!(["x:write"]));
    assert_eq!(sandbox.show("older")["status"], "inactive");
    sandbox.run(&["log", "verify"]).succeeds();
}

#[test]
fn a_dump_of_the_fourth_schema_opens_and_loses_nothing() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-4.sql"));
    assert_eq!(version(&sandbox.sqlite()), 4);
    let accepted = sandbox.feed(&["verify", "-g", "deploy", "--can", "x:read"], SECRET);
    assert_eq!(accepted.succeeds().stdout, "accepted deploy-bot\n");
    let policy = sandbox.run(&["policy", "--format", "csv"]).succeeds();
    assert!(
        policy.stdout.contains("drain-after,2d"),
        "{}",
        policy.stdout
    );
    let older = sandbox.show("older");
    assert_eq!(older["status"], "inactive");
    assert_eq!(older["reactivates_at"], "2037-11-11T07:56:48Z");
    assert_eq!(sandbox.count("secrets"), 6);
    sandbox.run(&["log", "verify"]).succeeds();
    // The sandbox decides on the usage file and the modes of the files.
    let doctor = sandbox.run(&["doctor"]);
    assert!(doctor.stdout.contains("schema 5"), "{}", doctor.stdout);
}

#[test]
fn a_dump_of_the_third_schema_opens_and_loses_nothing() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-3.sql"));
    assert_eq!(version(&sandbox.sqlite()), 3);
    let accepted = sandbox.feed(&["verify", "-g", "deploy", "--can", "x:read"], SECRET);
    assert_eq!(accepted.succeeds().stdout, "accepted deploy-bot\n");
    let shown = sandbox.show("deploy-bot");
    assert_eq!(shown["meta"], json!({"team": "shop", "ticket": "OPS-7"}));
    assert_eq!(sandbox.show("older")["previous"]["state"], "ended");
    assert_eq!(sandbox.count("secrets"), 6);
    let log = sandbox
        .run(&["log", "--key", "older", "--json"])
        .succeeds()
        .json();
    let reasons: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["reason"])
        .collect();
    assert!(reasons.contains(&&json!("leaked")), "{reasons:?}");
    sandbox.run(&["log", "verify"]).succeeds();
}
