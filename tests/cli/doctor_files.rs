//! `doctor` on the files of the database: their permissions, the usage file and other sidecars.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::doctor::{complaint, examine, failing, run_fix, used};
use super::sandbox::{Sandbox, finish, mode};

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
    for part in [
        "(0660)",
        "can't record uses",
        "don't get the database's group",
    ] {
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
        "keys.db-shm was created by another program",
        "has another hard link",
        "could replace files in",
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
