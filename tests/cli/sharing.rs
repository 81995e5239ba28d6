//! A shared database with real users: verifiers can only verify, and other users can do nothing.

use std::path::Path;

use super::machine::{Machine, can_create_users};
use super::rights::CASES;
use super::sandbox::{Ran, has};

/// A database of the user owner, shared with the group verify. Its members are owner and
/// verifier, but not outsider. It is not the owner's primary group.
pub struct Shared {
    pub machine: Machine,
    pub db: String,
}

impl Shared {
    pub fn new(tag: &str) -> Self {
        let mut machine = Machine::new(tag);
        let group = machine.name("verify");
        machine
            .root(&format!("groupadd --system {group}"))
            .succeeds();
        machine.groups.push(group.clone());
        for user in ["owner", "verifier", "outsider"] {
            machine.add_user(user);
        }
        for user in ["owner", "verifier"] {
            let user = machine.name(user);
            machine
                .root(&format!("usermod --append --groups {group} {user}"))
                .succeeds();
        }
        let db = machine.path("lib/keys.db").display().to_string();
        let owner = machine.name("owner");
        let install = format!("install -d -o {owner} -g {group} -m 2750 lib");
        machine.root(&install).succeeds();
        let shared = Self { machine, db };
        let init = format!("init --argon2 m=8,t=1,p=1 --shared {group}");
        shared.apikey("owner", &init).succeeds();
        for (name, file) in [("job", "secret"), ("off", "secret-off")] {
            let created = shared.apikey("owner", &format!("create {name} -g readonly"));
            std::fs::write(shared.machine.path(file), created.succeeds().stdout).unwrap();
        }
        shared.apikey("owner", "deactivate off").succeeds();
        shared
    }

    /// Runs `apikey` as `user`.
    pub fn apikey(&self, user: &str, args: &str) -> Ran {
        self.machine.run_as(user, &self.line(args))
    }

    pub fn line(&self, args: &str) -> String {
        let binary = self.machine.path("apikey");
        format!("{} --db {} {args}", binary.display(), self.db)
    }

    /// Returns the modes, owners and groups of the directory and its files.
    pub fn layout(&self) -> String {
        let stat = "cd lib && stat -c '%a %U:%G %n' . $(ls -A)";
        let found = self.machine.root(stat).succeeds().stdout;
        found.replace(&self.machine.name(""), "")
    }

    /// Returns the expected layout.
    pub fn expected_layout(&self) -> &'static str {
        "2750 owner:verify .\n640 owner:verify keys.db\n660 owner:verify keys.db.usage\n"
    }

    /// Asserts that the verifier can verify, without a message on stderr.
    #[track_caller]
    pub fn verifies(&self) {
        for (file, code, verdict) in [
            ("secret", 0, "accepted job\n"),
            ("secret-off", 1, "refused inactive\n"),
        ] {
            // Fails if it hangs.
            let line = self.line(&format!("verify --key-file {file}"));
            let ran = self
                .machine
                .run_as("verifier", &format!("timeout 60 {line}"))
                .exits(code);
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (verdict, ""));
        }
    }
}

/// Commands that only read: a user who may read the file could use sqlite3 as well.
const READING: &[&[&str]] = &[
    &["list"],
    &["show"],
    &["group", "list"],
    &["group", "show"],
    &["user", "list"],
    &["user", "show"],
    &["log"],
    &["doctor"],
];

pub fn has_python() -> bool {
    has("python3", Path::new("/usr/bin/python3").exists())
}

/// Returns the arguments of every case except those that name another database, and the same as
/// a line.
fn cases() -> impl Iterator<Item = (&'static [&'static str], String)> {
    let cases = CASES.iter().filter(|(args, _)| !args.contains(&"--db"));
    cases.map(|(args, _)| (*args, args.join(" ")))
}

#[test]
fn a_verifier_verifies_and_changes_nothing_even_if_it_is_an_administrator() {
    if !can_create_users() {
        return;
    }
    let shared = Shared::new("v");
    shared.verifies();
    for (key, kind) in [("job", "last_used_at"), ("off", "last_refused_at")] {
        let shown = shared.apikey("owner", &format!("show {key} --json"));
        assert!(shown.succeeds().json()[kind].is_string(), "{key}");
    }
    // As with sg, or Group= in a unit of systemd: the user is no member, but the process has the
    // group.
    let in_group = format!(
        "runuser -u {} -g {} -- {}",
        shared.machine.name("outsider"),
        shared.machine.name("verify"),
        shared.line("verify --key-file secret")
    );
    shared.machine.root(&in_group).succeeds();

    let verifier = shared.machine.name("verifier");
    for args in [
        "group create deploy",
        "group create own --allow apikey:own",
        "user add alice",
        "user add bob",
        &format!("user add {verifier} -g admin"),
        "create hers -g deploy",
        "shared-secret create",
    ] {
        shared.apikey("owner", args).succeeds();
    }
    let (before, layout) = (std::fs::read(&shared.db).unwrap(), shared.layout());
    assert!(
        layout
            .ends_with("600 owner:verify keys.db.shared-secret\n660 owner:verify keys.db.usage\n")
    );
    for (args, line) in cases() {
        let ran = shared.apikey("verifier", &format!("{line} --json"));
        if READING.iter().any(|reading| args.starts_with(reading)) {
            assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        } else {
            assert_eq!(ran.code, 4, "{args:?}: {ran:?}");
            assert_eq!(ran.error_code(), "not-permitted", "{args:?}");
            assert_eq!(ran.stdout, "", "{args:?}");
        }
        assert!(std::fs::read(&shared.db).unwrap() == before, "{args:?}");
        assert_eq!(shared.layout(), layout, "{args:?}");
    }
    shared.apikey("verifier", "init").exits(3);
    shared.verifies();
}

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
    let (_, mend) = found.split_once("fix it with: ").unwrap();
    let mend = mend.lines().next().unwrap();
    shared.machine.run_as("owner", mend).succeeds();
    shared.verifies();
    assert!(last_used().is_string());
}

#[test]
fn a_user_outside_the_group_can_read_nothing() {
    if !can_create_users() {
        return;
    }
    let shared = Shared::new("o");
    let machine = &shared.machine;
    let outsider = machine.name("outsider");
    machine
        .root(&format!(
            "install -d -o {outsider} -m 755 own; ln -s {} own/link.db; ln -s {} own/lib",
            shared.db,
            machine.path("lib").display()
        ))
        .succeeds();
    // Administrators of the database are subject to the file's mode, too.
    let added = format!("user add {outsider} -g admin");
    shared.apikey("owner", &added).succeeds();
    let layout = shared.layout();
    let binary = machine.path("apikey").display().to_string();
    for db in [&shared.db, "own/link.db", "own/lib/keys.db"] {
        let lines = cases().map(|(_, line)| line);
        let more = ["verify --key-file secret", "init"].map(str::to_owned);
        for args in lines.chain(more) {
            let ran = machine.run_as("outsider", &format!("{binary} --db {db} {args} --json"));
            assert_eq!(ran.code, 4, "--db {db} {args}: {ran:?}");
            assert_eq!(ran.error_code(), "not-permitted", "--db {db} {args}");
            assert_eq!(ran.stdout, "", "--db {db} {args}");
        }
    }
    for read in [
        "cat $F/keys.db",
        "cat $F/keys.db.usage",
        "stat $F/keys.db",
        "ls $F",
    ] {
        let line = format!("F={}; {read}", machine.path("lib").display());
        machine.root(&line).succeeds();
        assert_ne!(machine.run_as("outsider", &line).code, 0, "{read}");
    }
    // Shape and checksum are checked without a database.
    let malformed = format!("echo apik_x | {}", shared.line("verify"));
    let ran = machine.run_as("outsider", &malformed).exits(1);
    assert_eq!(ran.stdout, "refused malformed\n");
    assert_eq!(shared.layout(), layout);
}
