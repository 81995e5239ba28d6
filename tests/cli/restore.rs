//! A backup made a database again, after a look at it and a question.

use std::path::Path;

use super::pty::{ENTER, Terminal};
use super::sandbox::{Ran, Sandbox, mode};

/// A sandbox with a backup, `copy`, of a database with an active key, an inactive and
/// an expired one; and the active key's secret. The active one is deleted since.
fn backed_up() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("active");
    sandbox.key("inactive");
    sandbox.key("expired");
    sandbox.run(&["deactivate", "inactive"]).succeeds();
    sandbox
        .run(&["set-expiry", "expired", "2020-01-01"])
        .succeeds();
    sandbox.feed(&["verify"], &secret).succeeds();
    sandbox.run(&["backup", "copy"]).succeeds();
    sandbox.run(&["delete", "active", "-y"]).succeeds();
    (sandbox, secret)
}

fn restore(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.run(&[&["--db", "new/keys.db", "restore", "copy"], args].concat())
}

#[test]
fn what_would_be_active_again_is_said_first() {
    let (sandbox, secret) = backed_up();
    let ran = restore(&sandbox, &["--yes"]).succeeds();
    assert_eq!(ran.stdout, "");
    assert!(!ran.stderr.contains("expired"), "{ran:?}");
    assert!(!ran.stderr.contains("inactive"), "{ran:?}");
    let row = ran.stderr.lines().find(|line| line.contains(" apik_"));
    let last_use = row.unwrap().split_once(" readonly  ").unwrap().1.trim();
    assert!(last_use == "now" || last_use.ends_with(" ago"), "{ran:?}");
    ran.says("restored 3 keys to ").says("1 of them active");
    sandbox
        .feed(&["--db", "new/keys.db", "verify"], &secret)
        .succeeds();
    sandbox.run(&["--db", "new/keys.db", "doctor"]).succeeds();
    for (file, wanted) in [
        ("new", 0o700),
        ("new/keys.db", 0o600),
        ("new/keys.db.usage", 0o600),
    ] {
        assert_eq!(mode(&sandbox.path(file)), wanted, "{file}");
    }
    let shown = sandbox.run(&["--db", "new/keys.db", "show", "active", "--json"]);
    assert!(shown.json()["last_used_at"].is_string());
}

#[test]
fn inactive_asks_nothing_and_brings_nothing_back() {
    let (sandbox, secret) = backed_up();
    let made = restore(&sandbox, &["--inactive", "--json"]).succeeds();
    assert_eq!(made.json()["keys"], 3);
    assert_eq!(made.json()["active"], 0);
    let database = made.json()["database"].as_str().unwrap().to_owned();
    assert!(Path::new(&database).is_absolute());
    let ran = sandbox
        .feed(&["--db", &database, "verify"], &secret)
        .exits(1);
    assert_eq!(ran.stdout, "refused inactive\n");
    // One that had expired is no exception: its expiry could be set anew.
    let listed = sandbox.run(&["--db", &database, "list", "--json"]).json();
    for key in listed.as_array().unwrap() {
        assert_eq!(key["status"], "inactive", "{key}");
    }
    let log = sandbox.run(&["--db", &database, "log", "--json"]).json();
    let actions: Vec<&str> = log
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .take(3)
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["deactivate", "deactivate", "restore"]);
    sandbox
        .run(&["--db", &database, "log", "verify"])
        .succeeds();
}

#[test]
fn without_an_answer_nothing_is_restored() {
    let (sandbox, _) = backed_up();
    let ran = restore(&sandbox, &["--json"]).exits(2);
    assert_eq!(ran.error_code(), "usage");
    ran.says("--inactive").says("--yes");
    assert!(!sandbox.path("new").exists());
}

#[test]
fn a_no_leaves_nothing_and_a_yes_restores() {
    let (sandbox, _) = backed_up();
    let line = "\"$APIKEY\" --db new/sub/keys.db restore copy";
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.sees("Restore the backup (active keys: 1, blocked: 0)? [y/N]");
    terminal.press(&format!("n{ENTER}"));
    terminal.exits(&sandbox, 1);
    assert!(!sandbox.path("new").exists());
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.sees("Restore the backup (active keys: 1, blocked: 0)? [y/N]");
    terminal.press(super::pty::CTRL_C);
    terminal.exits(&sandbox, 130);
    assert!(!sandbox.path("new").exists());
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.sees("Restore the backup (active keys: 1, blocked: 0)? [y/N]");
    terminal.press(&format!("y{ENTER}"));
    terminal.exits(&sandbox, 0);
    assert!(sandbox.path("new/sub/keys.db").exists());
}

#[test]
fn a_database_that_is_there_stays_as_it_is() {
    let (sandbox, _) = backed_up();
    let before = std::fs::read(sandbox.db()).unwrap();
    for args in [&["--yes"][..], &["--inactive"]] {
        let ran = sandbox.run(&[&["restore", "copy", "--json"], args].concat());
        assert_eq!(ran.exits(3).error_code(), "exists");
    }
    assert_eq!(std::fs::read(sandbox.db()).unwrap(), before);
    // Nor is it made where a journal of another would be played back into it.
    std::fs::write(sandbox.path("left-journal"), "x").unwrap();
    sandbox
        .run(&["--db", "left", "restore", "copy", "--yes"])
        .exits(3)
        .says("left-journal");
    assert!(!sandbox.path("left").exists());
}

#[test]
fn a_backup_that_is_no_good_is_not_restored() {
    let (sandbox, _) = backed_up();
    let whole = std::fs::read(sandbox.path("copy")).unwrap();
    let damage = |sql: &str| {
        std::fs::write(sandbox.path("copy"), &whole).unwrap();
        let conn = rusqlite::Connection::open(sandbox.path("copy")).unwrap();
        conn.execute_batch(sql).unwrap();
    };
    for (sql, code, says) in [
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
        assert!(ran.stderr.contains(says), "{sql}: {ran:?}");
        assert!(!sandbox.path("new").exists(), "{sql}");
    }
    let cut = &whole[..whole.len() / 2];
    for (content, code) in [
        (cut, "database-damaged"),
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
fn a_key_that_was_never_handed_over_is_not_restored() {
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
fn a_trigger_by_another_name_brings_nothing_back() {
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

#[test]
fn users_who_would_be_active_again_are_named() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["user", "deactivate", "bob"]).succeeds();
    sandbox.run(&["backup", "copy"]).succeeds();
    restore(&sandbox, &["--inactive"])
        .succeeds()
        .says("users who would be active: admin, alice, carol");
}

#[test]
fn last_uses_that_are_gone_are_told() {
    let (sandbox, _) = backed_up();
    std::fs::remove_file(sandbox.path("copy.usage")).unwrap();
    restore(&sandbox, &["--inactive", "-q"])
        .succeeds()
        .says("warning: the last-use dates are not restored");
}

#[test]
fn leave_comes_before_a_database_that_is_there() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["backup", "copy"]).succeeds();
    for who in ["alice", "mallory"] {
        let ran = sandbox.as_user(who, &["restore", "copy", "-y", "--json"]);
        assert_eq!(ran.exits(4).error_code(), "not-permitted", "{who}");
    }
    let ran = sandbox.as_user("admin", &["restore", "copy", "-y", "--json"]);
    assert_eq!(ran.exits(3).error_code(), "exists");
}

#[test]
fn the_backup_itself_is_only_read() {
    let (sandbox, _) = backed_up();
    let read = |name: &str| std::fs::read(sandbox.path(name)).unwrap();
    let before = (read("copy"), read("copy.usage"));
    restore(&sandbox, &["--inactive"]).succeeds();
    assert_eq!((read("copy"), read("copy.usage")), before);
}

#[test]
fn a_database_of_the_first_version_is_restored() {
    let sandbox = Sandbox::empty();
    let conn = rusqlite::Connection::open(sandbox.path("old")).unwrap();
    conn.execute_batch(include_str!("../fixtures/schema-1.sql"))
        .unwrap();
    drop(conn);
    sandbox.run(&["restore", "old", "--inactive"]).succeeds();
    sandbox.run(&["doctor"]).succeeds();
}

#[test]
fn who_may_not_manage_the_backup_restores_none() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["backup", "copy"]).succeeds();
    for who in ["alice", "carol", "mallory"] {
        let ran = sandbox.as_user(who, &["--db", "x/k", "restore", "copy", "-y", "--json"]);
        assert_eq!(ran.exits(4).error_code(), "not-permitted", "{who}");
        assert!(!sandbox.path("x").exists(), "{who}");
    }
    sandbox
        .as_user("admin", &["--db", "x/k", "restore", "copy", "-y"])
        .succeeds();
    let log = sandbox.run(&["--db", "x/k", "log", "--json"]).json();
    let last = log.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["action"], &last["operator"]),
        (&"restore".into(), &"admin".into())
    );
}

#[test]
fn dates_left_behind_are_not_those_of_a_restored_database() {
    let (sandbox, _) = backed_up();
    std::fs::create_dir(sandbox.path("new")).unwrap();
    std::fs::write(sandbox.path("new/keys.db.usage"), [1_u8; 64]).unwrap();
    restore(&sandbox, &["--inactive"]).succeeds();
    let shown = sandbox.run(&["--db", "new/keys.db", "show", "expired", "--json"]);
    assert!(shown.json()["last_used_at"].is_null(), "{shown:?}");
}
