//! Journals and WALs that an attacker puts next to a database or a backup.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::complete::offered;
use super::directories::{OPENING, contents};
use super::sandbox::{Ran, Sandbox, finish};
use super::waiting::during;

/// Puts a write-ahead log next to `db` that makes SQLite read the database as if `sql` had been
/// run.
pub fn plant_wal(sandbox: &Sandbox, db: &Path, sql: &str) {
    let copy = sandbox.path("forged");
    std::fs::copy(db, &copy).unwrap();
    let conn = Connection::open(&copy).unwrap();
    // Kept open: closing the last connection removes the log.
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

/// The change that the attacker forges.
pub const FORGERY: &str = "DELETE FROM user_groups; UPDATE keys SET name = 'forged'";

#[test]
fn no_command_reads_a_wal_next_to_a_database_in_rollback_mode() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    plant_wal(&sandbox, &sandbox.db(), FORGERY);
    // SQLite itself reads the WAL.
    let copy = sandbox.path("copy.db");
    std::fs::copy(sandbox.db(), &copy).unwrap();
    let wal = with_suffix(&sandbox.db(), "-wal");
    std::fs::copy(&wal, with_suffix(&copy, "-wal")).unwrap();
    let name = |conn: &Connection| -> String {
        conn.query_row("SELECT name FROM keys", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(name(&Connection::open(&copy).unwrap()), "forged");
    for file in ["copy.db", "copy.db-wal", "copy.db-shm"] {
        let _ = std::fs::remove_file(sandbox.path(file));
    }

    std::fs::write(sandbox.path("s"), &secret).unwrap();
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
    // The command in the hint moves it away.
    let ran = sandbox.run(&["list"]).exits(5);
    let (_, command) = ran.stderr.split_once("move it away: ").unwrap();
    sandbox.shell(command).succeeds();
    assert_eq!(sandbox.names(&[]), ["a"]);
}

/// Returns a database with the users admin and mallory, who has no rights, and a backup of it,
/// `copy`, in the directory `open`, where all users may create files.
fn backed_up() -> Sandbox {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["user", "add", "mallory"]).succeeds();
    sandbox.key("a");
    sandbox.shell("mkdir -m 1777 open").succeeds();
    sandbox.run(&["backup", "open/copy"]).succeeds();
    sandbox
}

fn restore(sandbox: &Sandbox, operator: &str) -> Ran {
    let args = [
        "--db",
        "new/k.db",
        "restore",
        "open/copy",
        "--yes",
        "--json",
    ];
    sandbox.as_user(operator, &args)
}

/// Asserts that a restored database, if there is one, has the content of the backup.
#[track_caller]
fn check_not_forged(sandbox: &Sandbox) {
    if sandbox.path("new/k.db").exists() {
        let listed = sandbox.run(&["--db", "new/k.db", "list", "--json"]);
        assert_eq!(listed.succeeds().json()[0]["name"], "a");
        std::fs::remove_dir_all(sandbox.path("new")).unwrap();
    }
}

/// Makes mallory the only administrator, and gives every key another name.
pub const COUP: &str = "DELETE FROM user_groups; UPDATE keys SET name = 'forged';
    INSERT INTO user_groups SELECT u.id, g.id FROM users u, groups g
     WHERE u.name = 'mallory' AND g.name = 'admin'";

#[test]
fn a_wal_next_to_a_backup_makes_no_user_an_administrator() {
    let sandbox = backed_up();
    let copy = sandbox.path("open/copy");
    plant_wal(&sandbox, &copy, COUP);
    let before = contents(&sandbox);
    for operator in ["", "admin", "mallory"] {
        let ran = restore(&sandbox, operator).exits(5);
        assert_eq!(ran.error_code(), "database-damaged", "{operator}");
        ran.says("copy-wal was created by another program");
        assert!(contents(&sandbox) == before, "{operator}");
    }
    std::fs::remove_file(with_suffix(&copy, "-wal")).unwrap();
    restore(&sandbox, "mallory").exits(4);
    assert!(!sandbox.path("new").exists());
    restore(&sandbox, "admin").succeeds();
    check_not_forged(&sandbox);
}

#[test]
fn a_wal_that_appears_and_disappears_during_a_restore_has_no_effect() {
    let sandbox = backed_up();
    let copy = sandbox.path("open/copy");
    plant_wal(&sandbox, &copy, COUP);
    let wal = with_suffix(&copy, "-wal");
    let aside = sandbox.path("aside");
    std::fs::rename(&wal, &aside).unwrap();
    let mut restored = 0;
    let plant_and_remove = || {
        std::fs::rename(&aside, &wal).unwrap();
        std::thread::yield_now();
        std::fs::rename(&wal, &aside).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    };
    during(plant_and_remove, || {
        for _ in 0..40 {
            for operator in ["admin", "mallory"] {
                let ran = restore(&sandbox, operator);
                let codes: &[i32] = if operator == "admin" {
                    &[0, 5]
                } else {
                    &[4, 5]
                };
                assert!(codes.contains(&ran.code), "{operator}: {ran:?}");
                restored += usize::from(ran.code == 0);
                check_not_forged(&sandbox);
            }
        }
    });
    assert!(restored > 0);
    assert!(!with_suffix(&copy, "-shm").exists());
}

#[test]
fn restore_refuses_a_backup_with_a_wal_and_creates_no_file_next_to_it() {
    let sandbox = backed_up();
    let copy = sandbox.path("open/copy");
    let names = || {
        let entries = std::fs::read_dir(sandbox.path("open")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    // Another program switches the backup to a WAL, and later ends: the file is complete.
    let conn = Connection::open(&copy).unwrap();
    conn.execute_batch("PRAGMA journal_mode = WAL; UPDATE keys SET description = 'x'")
        .unwrap();
    let with_wal = names();
    assert_eq!(with_wal.len(), 4, "{with_wal:?}");
    let before = contents(&sandbox);
    let ran = restore(&sandbox, "").exits(5);
    assert_eq!(ran.error_code(), "database-damaged");
    ran.says("in WAL mode: a part of it is in ");
    assert!(contents(&sandbox) == before);
    drop(conn);
    assert_eq!(names(), ["copy", "copy.usage"]);
    restore(&sandbox, "").succeeds();
    assert_eq!(names(), ["copy", "copy.usage"]);
    check_not_forged(&sandbox);
}

#[test]
fn a_journal_next_to_a_backup_is_neither_played_back_nor_ignored() {
    let sandbox = backed_up();
    let copy = sandbox.path("open/copy");
    // The journal of a change that renames the key.
    let conn = Connection::open(&copy).unwrap();
    conn.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE keys SET name = 'forged';
        CREATE TABLE x AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        SELECT hex(randomblob(50)) FROM n").unwrap();
    let journal = std::fs::read(with_suffix(&copy, "-journal")).unwrap();
    conn.execute_batch("ROLLBACK").unwrap();
    drop(conn);
    std::fs::write(with_suffix(&copy, "-journal"), journal).unwrap();
    let before = contents(&sandbox);
    let ran = restore(&sandbox, "").exits(75);
    assert_eq!(ran.error_code(), "locked");
    ran.says("copy-journal is not its journal");
    assert!(contents(&sandbox) == before);
    for planted in [
        "mkfifo open/copy-journal",
        "ln -s /etc/passwd open/copy-journal",
    ] {
        std::fs::remove_file(with_suffix(&copy, "-journal")).unwrap();
        sandbox.shell(planted).succeeds();
        restore(&sandbox, "").exits(5).says("is not a regular file");
    }
}

#[test]
fn restore_waits_for_a_writer_of_the_backup_but_not_for_a_pipe() {
    let sandbox = backed_up();
    let conn = Connection::open(sandbox.path("open/copy")).unwrap();
    conn.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let ran = restore(&sandbox, "").exits(75);
    assert_eq!(ran.error_code(), "locked");
    let args = ["--db", "new/k.db", "restore", "open/copy", "--inactive"];
    let child = sandbox.apikey(&args).spawn().unwrap();
    conn.execute_batch("UPDATE keys SET description = 'written'; COMMIT")
        .unwrap();
    finish(child).succeeds();
    let shown = sandbox.run(&["--db", "new/k.db", "show", "a", "--json"]);
    assert_eq!(shown.json()["description"], "written");
    // A writer that has not written to the file yet blocks no reader.
    std::fs::remove_dir_all(sandbox.path("new")).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE; UPDATE keys SET name = 'forged'")
        .unwrap();
    restore(&sandbox, "").succeeds();
    check_not_forged(&sandbox);
    drop(conn);
    for create in ["mkfifo", "mkdir"] {
        let line = format!("rm -r open/copy; {create} open/copy");
        sandbox.shell(&line).succeeds();
        let ran = restore(&sandbox, "").exits(5);
        assert_eq!(ran.error_code(), "database-foreign", "{create}");
    }
}
