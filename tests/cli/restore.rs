//! `restore`: turns a backup into a database, after checks and a confirmation.

use std::path::Path;

use super::pty::{ENTER, Terminal};
use super::sandbox::{Ran, Sandbox, mode};

/// Returns a sandbox with a backup, `copy`, of a database with an active, an inactive and an
/// expired key, and the secret of the active key, which was deleted after the backup.
pub fn backed_up() -> (Sandbox, String) {
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

pub fn restore(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.run(&[&["--db", "new/keys.db", "restore", "copy"], args].concat())
}

#[test]
fn restore_first_lists_the_keys_that_become_active() {
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
    for (file, expected) in [
        ("new", 0o700),
        ("new/keys.db", 0o600),
        ("new/keys.db.usage", 0o600),
    ] {
        assert_eq!(mode(&sandbox.path(file)), expected, "{file}");
    }
    let shown = sandbox.run(&["--db", "new/keys.db", "show", "active", "--json"]);
    assert!(shown.json()["last_used_at"].is_string());
}

#[test]
fn with_inactive_there_is_no_prompt_and_no_active_key() {
    let (sandbox, secret) = backed_up();
    let restored = restore(&sandbox, &["--inactive", "--json"]).succeeds();
    assert_eq!(restored.json()["keys"], 3);
    assert_eq!(restored.json()["active"], 0);
    let database = restored.json()["database"].as_str().unwrap().to_owned();
    assert!(Path::new(&database).is_absolute());
    let ran = sandbox
        .feed(&["--db", &database, "verify"], &secret)
        .exits(1);
    assert_eq!(ran.stdout, "refused inactive\n");
    // An expired key is deactivated, too: its expiry could be changed.
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
fn without_a_terminal_restore_requires_an_option() {
    let (sandbox, _) = backed_up();
    let ran = restore(&sandbox, &["--json"]).exits(2);
    assert_eq!(ran.error_code(), "usage");
    ran.says("--inactive").says("--yes");
    assert!(!sandbox.path("new").exists());
}

#[test]
fn no_leaves_no_file_behind_and_yes_restores() {
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
fn restore_never_replaces_a_database() {
    let (sandbox, _) = backed_up();
    let before = std::fs::read(sandbox.db()).unwrap();
    for args in [&["--yes"][..], &["--inactive"]] {
        let ran = sandbox.run(&[&["restore", "copy", "--json"], args].concat());
        assert_eq!(ran.exits(3).error_code(), "exists");
    }
    assert_eq!(std::fs::read(sandbox.db()).unwrap(), before);
    // SQLite would play a leftover journal back into the new database.
    std::fs::write(sandbox.path("left-journal"), "x").unwrap();
    sandbox
        .run(&["--db", "left", "restore", "copy", "--yes"])
        .exits(3)
        .says("left-journal");
    assert!(!sandbox.path("left").exists());
}

#[test]
fn restore_names_the_users_who_become_active() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["user", "deactivate", "bob"]).succeeds();
    sandbox.run(&["backup", "copy"]).succeeds();
    restore(&sandbox, &["--inactive"])
        .succeeds()
        .says("users who would be active: admin, alice, carol");
}

#[test]
fn restore_warns_that_last_uses_are_missing() {
    let (sandbox, _) = backed_up();
    std::fs::remove_file(sandbox.path("copy.usage")).unwrap();
    restore(&sandbox, &["--inactive", "-q"])
        .succeeds()
        .says("warning: the last-use dates are not restored");
}

#[test]
fn the_required_right_comes_before_an_existing_database() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["backup", "copy"]).succeeds();
    for user in ["alice", "mallory"] {
        let ran = sandbox.as_user(user, &["restore", "copy", "-y", "--json"]);
        assert_eq!(ran.exits(4).error_code(), "not-permitted", "{user}");
    }
    let ran = sandbox.as_user("admin", &["restore", "copy", "-y", "--json"]);
    assert_eq!(ran.exits(3).error_code(), "exists");
}

#[test]
fn restore_only_reads_the_backup() {
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
fn only_users_who_may_manage_the_backup_restore_it() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["backup", "copy"]).succeeds();
    for user in ["alice", "carol", "mallory"] {
        let ran = sandbox.as_user(user, &["--db", "x/k", "restore", "copy", "-y", "--json"]);
        assert_eq!(ran.exits(4).error_code(), "not-permitted", "{user}");
        assert!(!sandbox.path("x").exists(), "{user}");
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
fn a_restored_database_ignores_a_leftover_usage_file() {
    let (sandbox, _) = backed_up();
    std::fs::create_dir(sandbox.path("new")).unwrap();
    std::fs::write(sandbox.path("new/keys.db.usage"), [1_u8; 64]).unwrap();
    restore(&sandbox, &["--inactive"]).succeeds();
    let shown = sandbox.run(&["--db", "new/keys.db", "show", "expired", "--json"]);
    assert!(shown.json()["last_used_at"].is_null(), "{shown:?}");
}
