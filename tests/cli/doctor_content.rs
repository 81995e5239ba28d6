//! `doctor` on the content of the database.

use super::doctor::{complaint, examine, run_fix, used};
use super::sandbox::Sandbox;

#[test]
fn invalid_content_is_detected() {
    for (check, says, sql) in [
        (
            "foreign-keys",
            "a row of key_groups refers to a missing row",
            "PRAGMA foreign_keys = OFF; DELETE FROM keys WHERE name = 'b'",
        ),
        (
            "integrity",
            "state",
            "PRAGMA ignore_check_constraints = ON; UPDATE keys SET active = 2 WHERE name = 'b'",
        ),
        (
            "integrity",
            "permission",
            "INSERT INTO key_permissions SELECT number, '@' FROM keys WHERE name = 'a'",
        ),
        (
            "integrity",
            "permission",
            "INSERT INTO key_permissions SELECT number, 'a b' FROM keys WHERE name = 'a'",
        ),
        (
            "integrity",
            "description",
            "UPDATE keys SET description = 'x' || char(27) || '[2J' WHERE name = 'a'",
        ),
        (
            "integrity",
            "is the id of another key",
            "UPDATE keys SET name = (SELECT id FROM keys WHERE name = 'a') WHERE name = 'b'",
        ),
        (
            "integrity",
            "no key can be created",
            "UPDATE sqlite_sequence SET seq = 9223372036854775807",
        ),
        (
            "hashes",
            "\"b\"",
            "UPDATE secrets SET hash = replace(hash, 'm=8,', 'm=4000000,') WHERE key = (SELECT number FROM keys WHERE name = 'b')",
        ),
        (
            "hashes",
            "\"a\" is damaged or out of bounds, so its secret is never accepted (and 1 more)",
            "UPDATE secrets SET hash = ''",
        ),
    ] {
        let sandbox = used();
        sandbox.sql(sql);
        let (message, fix) = complaint(&sandbox, check);
        assert!(message.contains(says), "{sql}: {message}");
        assert!(!fix.is_empty());
    }
}

#[test]
fn an_index_that_lacks_an_entry_is_detected() {
    let sandbox = used();
    sandbox.run(&["user", "add", "alice"]).succeeds();
    // The index leaves the schema while a key gets an owner, and returns unchanged.
    let schema = "PRAGMA writable_schema = ON;";
    let row: (i64, String) = sandbox
        .sqlite()
        .query_row(
            "SELECT rootpage, sql FROM sqlite_schema WHERE name = 'keys_by_owner'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    sandbox.sql(&format!(
        "{schema} DELETE FROM sqlite_schema WHERE name = 'keys_by_owner';"
    ));
    sandbox.sql("UPDATE keys SET owner = (SELECT id FROM users) WHERE name = 'a'");
    sandbox.sql(&format!(
        "{schema} INSERT INTO sqlite_schema VALUES ('index', 'keys_by_owner', 'keys', {}, '{}');",
        row.0, row.1
    ));
    let (message, _) = complaint(&sandbox, "integrity");
    assert!(message.contains("keys_by_owner"), "{message}");
}

#[test]
fn the_fix_of_an_invalid_hash_deletes_the_key() {
    let sandbox = used();
    sandbox.sql(
        "UPDATE secrets SET hash = 'x' WHERE key = (SELECT number FROM keys WHERE name = 'b')",
    );
    let (_, fix) = complaint(&sandbox, "hashes");
    assert!(
        fix.contains(sandbox.show("b")["id"].as_str().unwrap()),
        "{fix}"
    );
    run_fix(&sandbox, &fix);
    assert_eq!(sandbox.names(&[]), ["a"]);
}

#[test]
fn the_fix_of_an_invalid_hash_in_a_rotation_keeps_the_key_and_its_other_secret() {
    for (damaged, kept, state) in [
        ("current", "first", "cancel-rotation"),
        ("previous", "second", "finish-rotation"),
    ] {
        let sandbox = Sandbox::new();
        let first = sandbox.key("a");
        let second = sandbox
            .run(&["rotate", "a", "--overlap", "1h"])
            .succeeds()
            .stdout;
        sandbox.sql(&format!(
            "UPDATE secrets SET hash = 'x' WHERE state = '{damaged}'"
        ));
        let (_, fix) = complaint(&sandbox, "hashes");
        assert!(fix.contains(state), "{fix}");
        run_fix(&sandbox, &fix);
        let accepted = if kept == "first" { &first } else { &second };
        sandbox.feed(&["verify"], accepted).succeeds();
    }
    // A secret whose overlap has passed is never accepted anyway.
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    sandbox.sql("UPDATE secrets SET hash = 'x', valid_until = 1 WHERE state = 'previous'");
    sandbox.run(&["doctor"]).succeeds();
}

#[test]
fn a_changed_log_is_detected() {
    let sandbox = used();
    let trigger: String = sandbox
        .sqlite()
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE name = 'log_is_not_changed'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    sandbox.sql(&format!(
        "DROP TRIGGER log_is_not_changed; UPDATE log SET operator = 'me' WHERE seq = 3; {trigger}"
    ));
    let (message, _) = complaint(&sandbox, "log");
    assert!(message.contains("entry 3"), "{message}");
}

#[test]
fn damage_is_fixed_by_restoring_a_backup() {
    let sandbox = used();
    let secret = sandbox.key("c");
    sandbox.run(&["backup", "BACKUP"]).succeeds();
    // A page in the middle, which opening the database does not read.
    let mut bytes = std::fs::read(sandbox.db()).unwrap();
    let page: i64 = sandbox
        .sqlite()
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'key_groups_by_group'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let at = (usize::try_from(page).unwrap() - 1) * 4096;
    for byte in &mut bytes[at..at + 4096] {
        *byte = !*byte;
    }
    std::fs::write(sandbox.db(), bytes).unwrap();
    let findings = examine(&sandbox);
    let integrity = findings
        .iter()
        .find(|finding| finding["check"] == "integrity");
    let fix = integrity.unwrap()["mend"].as_str().unwrap();
    run_fix(&sandbox, &format!("{fix} --yes"));
    sandbox.feed(&["verify"], secret).succeeds();
}
