//! `doctor` detects each problem, and the commands that it prints fix them.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use serde_json::Value;

use super::sandbox::{APIKEY, Sandbox, finish, full_pipe, mode, wait_until_blocked};

const CHECKS: [&str; 11] = [
    "file-modes",
    "writable",
    "integrity",
    "foreign-keys",
    "version",
    "hashes",
    "log",
    "clock",
    "pending",
    "leftovers",
    "usage",
];

/// Returns a database with two keys, one of them used, and a shared secret.
fn used() -> Sandbox {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.key("b");
    sandbox.feed(&["verify"], secret).succeeds();
    sandbox.run(&["shared-secret", "create"]).succeeds();
    sandbox
}

fn examine(sandbox: &Sandbox) -> Vec<Value> {
    let ran = sandbox.run(&["doctor", "--json"]);
    assert!(matches!(ran.code, 0 | 1), "{ran:?}");
    let findings = ran.json().as_array().unwrap().clone();
    let is_ok = findings.iter().all(|finding| finding["ok"] == true);
    assert_eq!(ran.code == 0, is_ok, "{ran:?}");
    for finding in &findings {
        assert_eq!(
            finding["ok"] == true,
            finding["mend"].is_null(),
            "{finding}"
        );
    }
    findings
}

/// Returns the names of the failed checks.
fn failing(sandbox: &Sandbox) -> Vec<String> {
    let name = |finding: &Value| finding["check"].as_str().unwrap().to_owned();
    let is_failed = |finding: &&Value| finding["ok"] == false;
    let findings = examine(sandbox);
    findings.iter().filter(is_failed).map(name).collect()
}

/// Returns the message and the fix of the only failed check.
#[track_caller]
fn complaint(sandbox: &Sandbox, check: &str) -> (String, String) {
    assert_eq!(failing(sandbox), [check]);
    let findings = examine(sandbox);
    let found = findings
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap();
    let text = |field: &str| found[field].as_str().unwrap().to_owned();
    (text("message"), text("mend"))
}

/// Runs `fix`, after which no check fails.
#[track_caller]
fn run_fix(sandbox: &Sandbox, fix: &str) {
    let mut shell = Command::new("/bin/sh");
    let bin = std::path::Path::new(APIKEY).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    shell
        .args(["-ec", fix])
        .env("PATH", path)
        .env("HOME", sandbox.home())
        .current_dir(sandbox.home());
    let output = super::waiting::run(&mut shell);
    assert!(output.status.success(), "{fix}: {output:?}");
    assert_eq!(failing(sandbox), [""; 0], "after {fix}");
}

#[test]
fn a_used_database_passes_every_check() {
    let sandbox = used();
    let checks: Vec<Value> = examine(&sandbox)
        .iter()
        .map(|finding| finding["check"].clone())
        .collect();
    assert_eq!(checks, CHECKS);
    let ran = sandbox.run(&["doctor"]).succeeds();
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout.lines().count(), CHECKS.len());
    for (line, check) in ran.stdout.lines().zip(CHECKS) {
        assert!(line.starts_with(&format!("ok    {check} ")), "{line}");
    }
}

#[test]
fn a_failed_check_is_one_line_with_its_fix() {
    let sandbox = used();
    std::fs::set_permissions(sandbox.db(), Permissions::from_mode(0o644)).unwrap();
    let before = std::fs::read(sandbox.db()).unwrap();
    let ran = sandbox.run(&["doctor"]).exits(1);
    assert_eq!(ran.stdout.lines().count(), CHECKS.len(), "{ran:?}");
    let line = ran.stdout.lines().next().unwrap();
    assert!(line.starts_with("FAIL  file-modes "), "{line}");
    assert!(line.contains("; fix it with: chmod 600 "), "{line}");
    // Doctor runs no fix itself.
    assert_eq!(mode(&sandbox.db()), 0o644);
    assert_eq!(std::fs::read(sandbox.db()).unwrap(), before);
    sandbox.run(&["doctor", "--format", "csv"]).exits(2);
}

#[test]
fn files_that_others_may_use_are_detected_and_fixed() {
    let directory = ".local/share/apikey";
    for (file, found, fixed) in [
        ("/keys.db", 0o644, 0o600),
        ("/keys.db", 0o640, 0o600),
        ("/keys.db", 0o602, 0o600),
        ("/keys.db.usage", 0o660, 0o600),
        ("/keys.db.usage", 0o604, 0o600),
        ("/keys.db.shared-secret", 0o640, 0o600),
    ] {
        let sandbox = used();
        let path = sandbox.path(&format!("{directory}{file}"));
        std::fs::set_permissions(&path, Permissions::from_mode(found)).unwrap();
        let (message, fix) = complaint(&sandbox, "file-modes");
        assert!(message.contains(&format!("({found:04o})")), "{message}");
        run_fix(&sandbox, &fix);
        assert_eq!(mode(&path), fixed, "{file} {found:o}");
    }
}

#[test]
fn an_incompletely_shared_database_is_fixed() {
    let sandbox = used();
    std::fs::set_permissions(sandbox.db(), Permissions::from_mode(0o660)).unwrap();
    std::fs::set_permissions(sandbox.usage(), Permissions::from_mode(0o620)).unwrap();
    let (message, fix) = complaint(&sandbox, "file-modes");
    for part in ["(0660)", "can't record it", "hand the database's group on"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    run_fix(&sandbox, &fix);
    for (file, wanted) in [
        (".local/share/apikey", 0o2700),
        (".local/share/apikey/keys.db", 0o640),
        (".local/share/apikey/keys.db.usage", 0o660),
    ] {
        assert_eq!(mode(&sandbox.path(file)), wanted, "{file}");
    }
}

#[test]
fn a_missing_or_foreign_usage_file_is_detected_and_fixed() {
    type Arrange = fn(&Sandbox);
    let remove = |sandbox: &Sandbox| std::fs::remove_file(sandbox.usage()).unwrap();
    let cases: [(&str, Arrange); 4] = [
        ("missing", |_| {}),
        ("a directory", |sandbox| {
            std::fs::create_dir(sandbox.usage()).unwrap();
        }),
        ("a link", |sandbox| {
            symlink("/etc/passwd", sandbox.usage()).unwrap();
        }),
        ("a pipe", |sandbox| {
            let mut make = sandbox.program("mkfifo");
            finish(make.arg(sandbox.usage()).spawn().unwrap()).succeeds();
        }),
    ];
    for (name, arrange) in cases {
        let sandbox = used();
        remove(&sandbox);
        arrange(&sandbox);
        assert_eq!(failing(&sandbox), ["usage"], "{name}");
        let findings = examine(&sandbox);
        let fix = findings.last().unwrap()["mend"]
            .as_str()
            .unwrap()
            .to_owned();
        run_fix(&sandbox, &fix);
        assert_eq!(mode(&sandbox.usage()), 0o600, "{name}");
        let secret = sandbox.key("c");
        sandbox.feed(&["verify"], secret).succeeds();
        assert!(sandbox.show("c")["last_used_at"].is_string(), "{name}");
    }
}

#[test]
fn foreign_sidecars_links_and_open_parent_directories_are_detected_and_fixed() {
    let sandbox = used();
    std::fs::write(sandbox.path(".local/share/apikey/keys.db-shm"), "junk").unwrap();
    std::fs::hard_link(sandbox.db(), sandbox.path("other")).unwrap();
    let above = sandbox.path(".local/share");
    std::fs::set_permissions(&above, Permissions::from_mode(0o777)).unwrap();
    let (message, _) = complaint(&sandbox, "file-modes");
    for part in [
        "keys.db-shm is another",
        "has another name",
        "could replace what is in",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    std::fs::remove_file(sandbox.path("other")).unwrap();
    let (_, fix) = complaint(&sandbox, "file-modes");
    run_fix(&sandbox, &fix);
}

#[test]
fn doctor_replaces_a_wal_by_a_rollback_journal() {
    let sandbox = used();
    sandbox.sql("PRAGMA journal_mode = WAL");
    sandbox.run(&["doctor"]).succeeds();
    assert_eq!(std::fs::read(sandbox.db()).unwrap()[18..20], [1, 1]);
    assert!(!sandbox.path(".local/share/apikey/keys.db-shm").exists());
    // While another process reads, the WAL stays, and locks no process out.
    sandbox.sql("PRAGMA journal_mode = WAL");
    let reader = sandbox.sqlite();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM keys")
        .unwrap();
    sandbox.run(&["list"]).succeeds();
    drop(reader);
}

#[test]
fn with_a_clock_that_is_behind_no_last_use_is_reported() {
    let sandbox = used();
    let used = std::fs::read(sandbox.usage()).unwrap();
    let ahead = i64::from_le_bytes(used[16..24].try_into().unwrap()) + 1000;
    let mut usage = used.clone();
    usage[16..24].copy_from_slice(&ahead.to_le_bytes());
    std::fs::write(sandbox.usage(), &usage).unwrap();
    assert_eq!(failing(&sandbox), ["usage"]);
    // Now the clock seems to be behind, and not the date ahead.
    sandbox.sql("UPDATE keys SET created_at = created_at + 1000 WHERE name = 'b'");
    assert_eq!(failing(&sandbox), ["clock"]);
    sandbox.sql("UPDATE keys SET created_at = created_at - 1000 WHERE name = 'b'");
    std::fs::write(sandbox.usage(), &used).unwrap();
    sandbox.sql("UPDATE sqlite_sequence SET seq = 0");
    assert_eq!(failing(&sandbox), [""; 0]);
}

#[test]
fn invalid_last_use_dates_are_detected_and_fixed() {
    for (name, bytes) in [
        ("the far future", i64::MAX.to_le_bytes()),
        ("before 1970", (-1_i64).to_le_bytes()),
    ] {
        let sandbox = used();
        let mut usage = std::fs::read(sandbox.usage()).unwrap();
        usage.resize(48, 0);
        usage[40..48].copy_from_slice(&bytes);
        std::fs::write(sandbox.usage(), usage).unwrap();
        let (message, fix) = complaint(&sandbox, "usage");
        assert!(message.contains("\"b\""), "{name}: {message}");
        run_fix(&sandbox, &fix);
    }
    let sandbox = used();
    let last = sandbox.show("a")["last_used_at"].clone();
    let usage = std::fs::OpenOptions::new()
        .write(true)
        .open(sandbox.usage());
    usage.unwrap().set_len(1 << 40).unwrap();
    let (message, fix) = complaint(&sandbox, "usage");
    assert!(message.contains("longer"), "{message}");
    run_fix(&sandbox, &fix);
    assert_eq!(sandbox.show("a")["last_used_at"], last);
}

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
            "\"a\" is damaged or out of bounds, so the key is never accepted (and 1 more)",
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

#[test]
fn a_key_that_was_never_delivered_is_detected_and_fixed() {
    let sandbox = used();
    let (reader, writer) = full_pipe();
    let mut child = sandbox
        .apikey(&["create", "half", "-g", "readonly"])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_until_blocked(&child);
    child.kill().unwrap();
    finish(child);
    drop(reader);
    let (message, fix) = complaint(&sandbox, "pending");
    assert!(message.contains("\"half\""), "{message}");
    run_fix(&sandbox, &fix);
    assert_eq!(sandbox.names(&[]), ["a", "b"]);
}

#[test]
fn a_clock_that_is_behind_the_log_is_detected() {
    let sandbox = used();
    // The last entry is later than the clock.
    for (ahead, is_behind) in [(299, false), (600, true)] {
        let trigger = "SELECT sql FROM sqlite_schema WHERE name = 'log_is_not_changed'";
        let trigger: String = sandbox
            .sqlite()
            .query_row(trigger, [], |row| row.get(0))
            .unwrap();
        sandbox.sql(&format!(
            "DROP TRIGGER log_is_not_changed;
             UPDATE log SET at = unixepoch() + {ahead} WHERE seq = (SELECT max(seq) FROM log);
             {trigger}"
        ));
        let findings = examine(&sandbox);
        let clock = findings
            .iter()
            .find(|finding| finding["check"] == "clock")
            .unwrap();
        assert_eq!(clock["ok"], !is_behind, "{clock}");
    }
}

#[test]
fn a_missing_or_foreign_file_is_the_usual_error() {
    let sandbox = Sandbox::empty();
    let code = |name: &str| {
        let ran = sandbox.run(&["--db", name, "doctor", "--json"]).exits(5);
        ran.error_code()
    };
    std::fs::write(sandbox.path("text"), "text").unwrap();
    assert_eq!(code("missing"), "database-missing");
    assert_eq!(code("text"), "database-foreign");
}

#[test]
fn doctor_changes_nothing() {
    let sandbox = used();
    let all = || -> Vec<_> {
        let read = |path: std::path::PathBuf| (std::fs::read(&path).unwrap(), path);
        sandbox.files().into_iter().map(read).collect()
    };
    let before = all();
    sandbox.run(&["doctor"]).succeeds();
    assert_eq!(all(), before);
}
