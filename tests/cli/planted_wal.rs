//! Files that another user puts next to a database or a backup, which SQLite would read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rustix::fs::RenameFlags;

use super::complete::offered;
use super::directories::{OPENING, contents};
use super::machine::{Machine, can_create_users};
use super::sandbox::{Ran, Sandbox, finish};
use super::waiting::during;

/// Puts a write-ahead log next to `db` whose pages replace those of the database: as if
/// `sql` had been run.
pub fn plant_wal(sandbox: &Sandbox, db: &Path, sql: &str) {
    let copy = sandbox.path("forged");
    std::fs::copy(db, &copy).unwrap();
    let conn = Connection::open(&copy).unwrap();
    // Kept open: the last connection that closes would take the log away.
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

/// What an attacker would have a database hold.
pub const FORGERY: &str = "DELETE FROM user_groups; UPDATE keys SET name = 'forged'";

#[test]
fn a_wal_next_to_a_database_in_rollback_mode_is_read_by_no_command() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    plant_wal(&sandbox, &sandbox.db(), FORGERY);
    // SQLite reads it.
    let copy = sandbox.path("copy.db");
    std::fs::copy(sandbox.db(), &copy).unwrap();
    let wal = with_suffix(&sandbox.db(), "-wal");
    std::fs::copy(&wal, with_suffix(&copy, "-wal")).unwrap();
    let name = |conn: &Connection| -> String {
        conn.query_row("SELECT name FROM keys", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(name(&Connection::open(&copy).unwrap()), "forged");
    for left in ["copy.db", "copy.db-wal", "copy.db-shm"] {
        let _ = std::fs::remove_file(sandbox.path(left));
    }

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
    // The hint moves it away.
    let ran = sandbox.run(&["list"]).exits(5);
    let (_, command) = ran.stderr.split_once("move it away: ").unwrap();
    sandbox.shell(command).succeeds();
    assert_eq!(sandbox.names(&[]), ["a"]);
}

/// A database with the users admin and mallory, who has no right, and a backup of it, `copy`,
/// in the directory `open`, where all users may create files.
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

/// Asserts that what was restored, if anything, is what was backed up.
#[track_caller]
fn check_not_forged(sandbox: &Sandbox) {
    if sandbox.path("new/k.db").exists() {
        let listed = sandbox.run(&["--db", "new/k.db", "list", "--json"]);
        assert_eq!(listed.succeeds().json()[0]["name"], "a");
        std::fs::remove_dir_all(sandbox.path("new")).unwrap();
    }
}

/// Makes mallory the only administrator, and gives every key another name.
const COUP: &str = "DELETE FROM user_groups; UPDATE keys SET name = 'forged';
    INSERT INTO user_groups SELECT u.id, g.id FROM users u, groups g
     WHERE u.name = 'mallory' AND g.name = 'admin'";

#[test]
fn a_wal_next_to_a_backup_makes_nobody_an_administrator() {
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
fn a_wal_that_comes_and_goes_during_a_restore_changes_nothing() {
    let sandbox = backed_up();
    let copy = sandbox.path("open/copy");
    plant_wal(&sandbox, &copy, COUP);
    let wal = with_suffix(&copy, "-wal");
    let aside = sandbox.path("aside");
    std::fs::rename(&wal, &aside).unwrap();
    let mut restored = 0;
    let come_and_go = || {
        std::fs::rename(&aside, &wal).unwrap();
        std::thread::yield_now();
        std::fs::rename(&wal, &aside).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    };
    during(come_and_go, || {
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
fn nothing_is_left_next_to_a_backup_and_a_part_of_it_is_not_left_out() {
    let sandbox = backed_up();
    let copy = sandbox.path("open/copy");
    let names = || {
        let entries = std::fs::read_dir(sandbox.path("open")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    // Another program gave it a WAL, and has ended: the file is whole.
    let conn = Connection::open(&copy).unwrap();
    conn.execute_batch("PRAGMA journal_mode = WAL; UPDATE keys SET description = 'x'")
        .unwrap();
    let whole = names();
    assert_eq!(whole.len(), 4, "{whole:?}");
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
    // The journal of a change that gives the key its name back.
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
fn a_backup_that_is_being_written_is_waited_for_and_one_that_is_no_file_is_not() {
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
    // A writer that has not begun to write the file keeps no reader out.
    std::fs::remove_dir_all(sandbox.path("new")).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE; UPDATE keys SET name = 'forged'")
        .unwrap();
    restore(&sandbox, "").succeeds();
    check_not_forged(&sandbox);
    drop(conn);
    for make in ["mkfifo", "mkdir"] {
        let line = format!("rm -r open/copy; {make} open/copy");
        sandbox.shell(&line).succeeds();
        let ran = restore(&sandbox, "").exits(5);
        assert_eq!(ran.error_code(), "database-foreign", "{make}");
    }
}

#[test]
fn a_file_exchanged_for_the_backup_after_the_check_is_not_restored() {
    if !can_create_users() {
        return;
    }
    let mut machine = Machine::new("x");
    for who in ["owner", "mallory"] {
        machine.add_user(who);
    }
    let (owner, mallory) = (machine.name("owner"), machine.name("mallory"));
    let binary = machine.path("apikey").display().to_string();
    machine
        .root(&format!(
            "install -d -o {owner} lib; install -d -m 777 open"
        ))
        .succeeds();
    let lib = machine.path("lib").display().to_string();
    machine
        .run_as(
            "owner",
            &format!(
                "set -e; apikey='{binary} --db {lib}/k.db'; $apikey init --argon2 m=8,t=1,p=1
                 $apikey user add {mallory}; $apikey user add admin -g admin
                 $apikey create a -g readonly; $apikey backup {lib}/copy"
            ),
        )
        .succeeds();
    // One that the owner wrote, and one that makes mallory the administrator.
    machine
        .root("cp -p lib/copy open/copy; cp lib/copy open/forged; chmod 644 open/copy")
        .succeeds();
    let forged = Connection::open(machine.path("open/forged")).unwrap();
    forged
        .execute_batch(&COUP.replace("mallory", &mallory))
        .unwrap();
    drop(forged);
    machine
        .root(&format!(
            "chown {mallory} open/forged; chmod 644 open/forged"
        ))
        .succeeds();
    let (copy, other) = (machine.path("open/copy"), machine.path("open/forged"));
    let mut codes = std::collections::BTreeSet::new();
    let exchange = || {
        let here = rustix::fs::CWD;
        rustix::fs::renameat_with(here, &copy, here, &other, RenameFlags::EXCHANGE).unwrap();
    };
    during(exchange, || {
        for round in 0..200 {
            let ran = machine.run_as(
                "owner",
                &format!(
                    "SUDO_USER={mallory} SUDO_UID=1 {binary} --db {lib}/new.db \
                     restore {} --yes",
                    copy.display()
                ),
            );
            // It is mallory's file, or mallory has no right by the owner's.
            assert_eq!(ran.code, 4, "{round}: {ran:?}");
            assert!(!machine.path("lib/new.db").exists());
            codes.insert(ran.stderr.contains("operators may not restore this file"));
        }
    });
    assert_eq!(codes.len(), 2, "only one of the two files was met");
}
