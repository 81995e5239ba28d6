//! Attacks of a verifier on the files of a shared database.

use super::machine::can_create_users;
use super::sharing::{Shared, has_python};

/// Attacks by a verifier without `apikey`; $D is the database, $F its directory.
const ATTACKS: &[&str] = &[
    "echo x > $D-journal",
    "echo x > $D-wal",
    "echo x > $D-shm",
    "ln -s /etc/passwd $D-journal",
    "ln secret $D-journal",
    "touch $F/.keys.db.x",
    "mkdir $F/x",
    "mv $D $F/x",
    "mv $D.usage $F/x",
    "mv $F moved",
    "rm -f $D",
    "rm -f $D.usage",
    "rm -rf $F",
    "ln -sf /dev/zero $D.usage",
    "mkfifo $D-journal",
    "cp secret own/x && mv own/x $D.usage",
    "chmod 660 $D",
    "chmod 666 $D.usage",
    "chmod 770 $F",
    "chown $(id -un) $D",
    "chgrp $(id -gn) $D.usage",
    "chgrp $(id -gn) $F",
    "truncate -s 0 $D",
    "echo x >> $D",
    ": > $D",
    "exec 3<> $D",
    "cat $D.shared-secret",
    "echo x > $D.shared-secret",
];

/// SQL that would change the database.
const SQL: &[&str] = &[
    "UPDATE keys SET active = 1",
    "DELETE FROM key_groups",
    "CREATE TABLE x (y)",
    "PRAGMA user_version = 99",
    "VACUUM",
];

#[test]
fn a_verifier_can_not_plant_replace_or_rename_files_or_change_modes() {
    if !can_create_users() || !has_python() {
        return;
    }
    let shared = Shared::new("w");
    shared.apikey("owner", "shared-secret create").succeeds();
    let verifier = shared.machine.name("verifier");
    shared
        .machine
        .root(&format!("install -d -o {verifier} -m 755 own"))
        .succeeds();
    let (before, layout) = (std::fs::read(&shared.db).unwrap(), shared.layout());
    let sql = SQL.iter().map(|sql| {
        format!(
            "python3 -c \"import sqlite3; \
             sqlite3.connect('$D', isolation_level=None, timeout=0).execute(\\\"{sql}\\\")\""
        )
    });
    let attacks: Vec<String> = ATTACKS.iter().map(|line| (*line).to_owned()).collect();
    for attack in attacks.into_iter().chain(sql) {
        let on = |directory: &str| {
            let directory = shared.machine.path(directory).display().to_string();
            format!("F={directory}; D=$F/keys.db; {attack}")
        };
        // Root can do it to a copy, so the attack works and only the layout prevents it.
        let copy = "rm -rf copy moved; cp -a lib copy";
        shared.machine.root(copy).succeeds();
        shared.machine.root(&on("copy")).succeeds();

        let ran = shared.machine.run_as("verifier", &on("lib"));
        assert_ne!(ran.code, 0, "{attack}");
        assert!(std::fs::read(&shared.db).unwrap() == before, "{attack}");
        assert_eq!(shared.layout(), layout, "{attack}");
    }
    shared.verifies();
}

#[test]
fn a_verifier_who_tampers_with_the_usage_file_changes_no_verdict_and_blocks_no_command() {
    if !can_create_users() || !has_python() {
        return;
    }
    let shared = Shared::new("u");
    let usage = format!("{}.usage", shared.db);
    for attack in [
        "head -c 8192 /dev/urandom > U",
        "printf '\\377\\377\\377\\377\\377\\377\\377\\177' > U",
        "truncate -s 1T U",
        "truncate -s 7 U",
        ": > U",
    ] {
        let line = attack.replace('U', &usage);
        shared.machine.run_as("verifier", &line).succeeds();
        shared.verifies();
        shared.apikey("owner", "list").succeeds();
        shared.apikey("owner", "create new -g readonly").succeeds();
        shared.apikey("owner", "delete new -y").succeeds();
    }
    // With every kind of lock on it, and the kind of lock on keys.db that SQLite ignores.
    let lock = format!(
        "exec python3 -c 'import fcntl, sys
f = open(\"{usage}\", \"r+b\")
fcntl.flock(f, fcntl.LOCK_EX)
fcntl.lockf(f, fcntl.LOCK_EX)
db = open(\"{}\", \"rb\")
fcntl.flock(db, fcntl.LOCK_EX)
print(\"ready\", flush=True)
sys.stdin.read()'",
        shared.db
    );
    let (_holder, ready) = shared.machine.hold_as("verifier", &lock);
    assert_eq!(ready, "ready");
    shared.verifies();
    shared.apikey("owner", "set-description off x").succeeds();
    let last_used = || {
        let shown = shared.apikey("owner", "show job --json").succeeds();
        shown.json()["last_used_at"].clone()
    };
    assert!(last_used().is_string());
    assert_eq!(shared.layout(), shared.expected_layout());
    shared.apikey("owner", "doctor").succeeds();

    // With a hard link, which every user who may write the file can create.
    let verifier = shared.machine.name("verifier");
    let install = format!("install -d -o {verifier} -m 755 own");
    shared.machine.root(&install).succeeds();
    let link = format!("ln {usage} own/link");
    shared.machine.run_as("verifier", &link).succeeds();
    let ran = shared.apikey("verifier", "verify --key-file secret");
    assert_eq!(ran.clone().succeeds().stdout, "accepted job\n");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    assert!(last_used().is_null());
    let found = shared.apikey("owner", "doctor").exits(1).stdout;
    let (_, fix) = found.split_once("fix it with: ").unwrap();
    let fix = fix.lines().next().unwrap();
    shared.machine.run_as("owner", fix).succeeds();
    shared.verifies();
    assert!(last_used().is_string());
}
