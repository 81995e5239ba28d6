//! A database that an older version left is opened, and nothing of it is lost.

use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::json;

use super::sandbox::{Sandbox, clock, finish, has, is_root};
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

/// The tables of the first schema that the second has otherwise, as the first had them.
const AS_BEFORE: [(&str, &str); 3] = [
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

/// Every row of every table, as the first schema had it.
fn rows(conn: &Connection) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        let select = format!("SELECT * FROM {table}");
        let changed = AS_BEFORE.iter().find(|(name, _)| *name == table);
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
fn a_database_from_before_users_opens_and_loses_nothing() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    assert_eq!(version(&sandbox.sqlite()), 1);
    let before = rows(&sandbox.sqlite());
    assert_eq!(before.len(), 30);

    let accepted = sandbox.feed(&["verify", "-g", "deploy", "--can", "x:read"], SECRET);
    assert_eq!(accepted.succeeds().stdout, "accepted deploy-bot\n");
    assert_eq!(sandbox.names(&[]), ["deploy-bot", "gone", "Older"]);
    // Reading has brought it to the version of today, and all is still there.
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
        assert!(after.contains(row), "{row} is lost");
    }
    let shown = sandbox.show("deploy-bot");
    assert_eq!(shown["description"], "deploys at night – 部署");
    assert_eq!(
        (&shown["owner"], &shown["permissions"]),
        (&json!(null), &json!([]))
    );
    assert_eq!(sandbox.show("older")["status"], "inactive");
    assert_eq!(sandbox.show("gone")["status"], "expired");

    // What is new works on what is old.
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
    // No slot is given twice, not even that of a key deleted before the dump.
    sandbox.key("next");
    let next = "SELECT number, slot FROM keys JOIN secrets ON key = number WHERE name = 'next'";
    let next: (i64, i64) = sandbox
        .sqlite()
        .query_row(next, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(next, (5, 5));
}

/// A database of the first schema, changed by `sql`.
fn first_schema(sql: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    sandbox.sql(sql);
    sandbox
}

/// Keys with groups and permissions, as the first schema had them.
const MANY: &str = "PRAGMA synchronous = OFF; BEGIN;
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
    let sandbox = first_schema(MANY);
    let before = rows(&sandbox.sqlite());
    assert!(before.len() > 270_000);
    sandbox.run(&["group", "list"]).succeeds();
    let conn = sandbox.sqlite();
    assert_eq!(version(&conn), 2);
    assert!(rows(&conn) == before, "a row is lost or another");
    for (pragma, says) in [("integrity_check", Some("ok")), ("foreign_key_check", None)] {
        let mut select = conn.prepare(&format!("PRAGMA {pragma}")).unwrap();
        let mut found = select.query([]).unwrap();
        let found: Option<String> = found.next().unwrap().map(|row| row.get(0).unwrap());
        assert_eq!(found.as_deref(), says, "{pragma}");
    }
}

#[test]
fn a_kill_in_the_middle_leaves_the_first_schema_or_the_second() {
    let sandbox = first_schema(MANY);
    let before = rows(&sandbox.sqlite());
    let journal = sandbox.db().with_extension("db-journal");
    for size in [1, 1 << 20, 8 << 20] {
        let mut child = sandbox.apikey(&["group", "list"]).spawn().unwrap();
        let is_written = || journal.metadata().is_ok_and(|found| found.len() >= size);
        // It may be too fast for that.
        wait_for("the journal is written", || {
            is_written() || child.try_wait().unwrap().is_some()
        });
        child.kill().unwrap();
        child.wait().unwrap();
        // Reading undoes what was cut off.
        assert!(rows(&sandbox.sqlite()) == before, "{size}");
    }
    sandbox.run(&["group", "list"]).succeeds();
    assert_eq!(version(&sandbox.sqlite()), 2);
    assert!(rows(&sandbox.sqlite()) == before);
}

#[test]
fn a_row_that_would_be_lost_keeps_the_database_as_it_is() {
    for sql in [
        "INSERT INTO key_groups SELECT 'noKeyHas', id FROM groups",
        "INSERT INTO key_permissions VALUES ('noKeyHas', '*')",
    ] {
        let sandbox = first_schema(&format!("PRAGMA foreign_keys = OFF; {sql}"));
        let before = std::fs::read(sandbox.db()).unwrap();
        for args in [&["list", "--json"][..], &["group", "create", "x", "--json"]] {
            let ran = sandbox.run(args).exits(5);
            assert_eq!(ran.error_code(), "database-damaged", "{sql}");
            ran.says("can't be migrated to schema 2")
                .says("groups or permissions of a key that doesn't exist");
        }
        assert_eq!(version(&sandbox.sqlite()), 1);
        assert!(std::fs::read(sandbox.db()).unwrap() == before, "{sql}");
    }
}

#[test]
fn a_reference_to_a_missing_row_is_left_for_doctor_to_name() {
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
fn a_migration_that_cannot_be_written_keeps_the_record_of_uses() {
    let sandbox = first_schema("");
    let usage = sandbox.db().with_extension("db.usage");
    std::fs::write(
        &usage,
        [&1_700_000_000_i64.to_le_bytes()[..], &[0; 8]].concat(),
    )
    .unwrap();
    let before = std::fs::read(&usage).unwrap();
    let reading = sandbox.sqlite();
    reading
        .execute_batch("BEGIN; SELECT count(*) FROM keys")
        .unwrap();
    sandbox.run(&["list"]).exits(75);
    assert_eq!(std::fs::read(&usage).unwrap(), before);
}

#[test]
fn no_number_and_no_slot_of_a_table_that_was_emptied_is_given_twice() {
    let sandbox = first_schema("PRAGMA foreign_keys = ON; DELETE FROM keys");
    sandbox.key("next");
    let next = "SELECT number || ' ' || slot FROM keys JOIN secrets ON key = number";
    let next: String = sandbox
        .sqlite()
        .query_row(next, [], |row| row.get(0))
        .unwrap();
    assert_eq!(next, "5 5");
}

#[test]
fn last_uses_keep_their_slots_and_the_record_begins_again() {
    let sandbox = first_schema("");
    let slot: u64 = sandbox
        .sqlite()
        .query_row("SELECT slot FROM keys WHERE name = 'Older'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let usage = std::fs::OpenOptions::new()
        .write(true)
        .open(sandbox.usage())
        .unwrap();
    // Kept since 2001, and used in 2026.
    usage
        .write_all_at(&1_000_000_000_i64.to_le_bytes(), 0)
        .unwrap();
    usage
        .write_all_at(&1_796_000_000_i64.to_le_bytes(), slot * 16)
        .unwrap();
    let begun = clock();
    let shown = sandbox.show("Older");
    let file = std::fs::read(sandbox.usage()).unwrap();
    let known_since = i64::from_le_bytes(file[..8].try_into().unwrap());
    assert!((begun..=clock()).contains(&known_since), "{known_since}");
    let used = i64::from_le_bytes(
        file[usize::try_from(slot).unwrap() * 16..][..8]
            .try_into()
            .unwrap(),
    );
    // By a clock that is before it, it is no date.
    assert_eq!(used, 1_796_000_000);
    assert_eq!(shown["last_used_at"].is_string(), begun + 300 >= used);
    // The first of a record that is kept since now is not known to be unused.
    assert_eq!(sandbox.names(&["--never-used"]), [""; 0]);
}

#[test]
fn a_reader_who_may_not_migrate_learns_who_does() {
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
fn a_dump_of_the_second_schema_opens_and_loses_nothing() {
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
