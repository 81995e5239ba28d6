//! Tests that each reason why a file can't be used has its own message and fix, which doctor
//! reports too.

use std::os::unix::process::CommandExt;

use super::sandbox::{Ran, Sandbox, has, is_root};
use super::waiting::is_installed;

/// An ordinary user.
const USER: u32 = 65534;

/// The database of an ordinary user, with a backup `copy` and a directory `out`.
struct Owned(Sandbox);

impl Owned {
    fn new() -> Option<Self> {
        has("root, to become an ordinary user", is_root()).then_some(())?;
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox.run(&["backup", "copy"]).succeeds();
        sandbox
            .shell(&format!("mkdir out; chmod 755 .; chown -R {USER} ."))
            .succeeds();
        Some(Self(sandbox))
    }

    /// Runs a command as the owner of the database.
    fn run(&self, line: &str) -> Ran {
        let mut command = self.0.apikey(&line.split(' ').collect::<Vec<_>>());
        command.uid(USER).gid(USER);
        super::sandbox::finish(command.spawn().unwrap())
    }

    /// Runs a line of sh as root, with `$D` for the database's directory.
    fn arrange(&self, line: &str) -> Ran {
        self.0
            .shell(&format!("D=$HOME/.local/share/apikey; {line}"))
    }

    fn directory(&self) -> String {
        let db = self.0.db();
        db.parent().unwrap().display().to_string()
    }
}

/// Commands that change the database.
const CHANGES: [&str; 4] = [
    "deactivate a",
    "create b -g readonly",
    "shared-secret create",
    "create a -g readonly --if-absent",
];

/// A command that keeps the owner from changing the database, its undoing, the fact and the fix.
/// DIR is the database's directory.
const CAUSES: [(&str, &str, &str, &str); 5] = [
    (
        "chmod 400 $D/keys.db",
        "chmod 600 $D/keys.db",
        "missing permission: the owner can't write DIR/keys.db (mode 0400)",
        "chmod u+w DIR/keys.db",
    ),
    (
        "chmod 500 $D",
        "chmod 700 $D",
        "missing permission: the owner can't write DIR (mode 0500)",
        "chmod u+w DIR",
    ),
    (
        "chattr +i $D/keys.db",
        "chattr -i $D/keys.db",
        "immutable file: DIR/keys.db can't be changed, not even by root",
        "chattr -i DIR/keys.db",
    ),
    (
        "chattr +i $D",
        "chattr -i $D",
        "immutable directory: DIR can't be changed, not even by root",
        "chattr -i DIR",
    ),
    (
        "chattr +a $D",
        "chattr -a $D",
        "append-only directory: DIR can't be changed, not even by root",
        "chattr -a DIR",
    ),
];

#[test]
fn each_reason_why_the_owner_can_not_write_has_its_message_and_fix() {
    let Some(owned) = Owned::new() else { return };
    let directory = owned.directory();
    for (arrange, undo, fact, fix) in CAUSES {
        if arrange.starts_with("chattr") && owned.arrange(arrange).code != 0 {
            has("a file system with attributes", false);
            continue;
        }
        owned.arrange(arrange).succeeds();
        let (fact, fix) = (
            fact.replace("DIR", &directory),
            fix.replace("DIR", &directory),
        );
        let ran: Vec<_> = CHANGES.iter().map(|line| owned.run(line)).collect();
        let listed = owned.run("list");
        let doctor = owned.run("doctor -q");
        owned.arrange(undo).succeeds();
        for (ran, line) in ran.into_iter().zip(CHANGES) {
            assert_eq!(ran.code, 4, "{arrange}: {line}: {ran:?}");
            let expected = format!("error: {fact}\nhint: {fix}\n");
            assert_eq!(ran.stderr, expected, "{arrange}: {line}");
        }
        // Commands that only read succeed.
        listed.succeeds();
        let doctor = doctor.exits(1).stdout;
        assert!(doctor.contains(&fact) && doctor.contains(&fix), "{doctor}");
        assert!(doctor.starts_with("FAIL  writable"), "{doctor}");
        let doctor = owned.run("doctor").succeeds().stdout;
        assert!(doctor.contains("writable"), "{doctor}");
    }
    owned.run("deactivate a").succeeds();
}

#[test]
fn root_finds_what_keeps_the_owner_from_writing() {
    let Some(owned) = Owned::new() else { return };
    owned.arrange("chmod 400 $D/keys.db").succeeds();
    let db = owned.0.db().display().to_string();
    let doctor = owned.0.run(&["--db", &db, "doctor"]).exits(1).stdout;
    assert!(doctor.contains("chmod u+w"), "{doctor}");
    owned.arrange("chmod 600 $D/keys.db; chmod 400 $D/keys.db.usage");
    let doctor = owned.0.run(&["--db", &db, "doctor"]).exits(1).stdout;
    assert!(
        doctor.contains("the owner can't write") && doctor.contains("keys.db.usage (mode 0400)"),
        "{doctor}"
    );
}

#[test]
fn each_reason_why_the_owner_can_not_read_has_its_message_and_fix() {
    let Some(owned) = Owned::new() else { return };
    let directory = owned.directory();
    for (arrange, undo, fact) in [
        (
            "chmod 200 $D/keys.db",
            "chmod 600 $D/keys.db",
            "read DIR/keys.db",
        ),
        ("chmod 600 $D", "chmod 700 $D", "enter DIR"),
        ("chmod 600 $D/..", "chmod 700 $D/..", "enter DIR/.."),
    ] {
        owned.arrange(arrange).succeeds();
        let ran: Vec<_> = ["list", "verify --key-file copy", "doctor", "deactivate a"]
            .map(|line| owned.run(line))
            .into();
        owned.arrange(undo).succeeds();
        let fact = fact.replace("DIR", &directory).replace("/apikey/..", "");
        let fact = format!("missing permission: the owner can't {fact} (mode ");
        for ran in ran.into_iter().filter(|ran| ran.code != 2) {
            let ran = ran.exits(4).says(&fact);
            assert!(ran.stderr.contains("hint: chmod u+"), "{arrange}: {ran:?}");
        }
    }
}

#[test]
fn a_file_of_another_user_names_its_owner() {
    let Some(owned) = Owned::new() else { return };
    owned
        .arrange("chmod 711 .local .local/share $D; chmod 644 $D/keys.db; chown 0 .")
        .succeeds();
    let db = owned.0.db().display().to_string();
    let mut command = owned.0.apikey(&["--db", &db, "deactivate", "a"]);
    command.uid(USER - 1).gid(USER - 1);
    let ran = super::sandbox::finish(command.spawn().unwrap()).exits(4);
    let ran = ran
        .says("permission denied: can't change ")
        .says("keys.db (mode 0644)");
    ran.says("it is owned by nobody; run as that user");
}

/// Commands that create a file below `out`, with the exit code of their failure.
const CREATIONS: [(&str, i32); 5] = [
    ("create b -g readonly --export out", 6),
    ("create b -g readonly --export out/b.APIKEY", 6),
    ("backup out/copy", 4),
    ("--db out/new.db init", 4),
    ("--db out/restored.db restore copy --yes", 4),
];

#[test]
fn a_file_that_can_not_be_created_names_the_reason_and_the_fix() {
    let Some(owned) = Owned::new() else { return };
    let out = owned.0.path("out").display().to_string();
    for (arrange, undo, fact, fix) in [
        (
            "chmod 500 out",
            "chmod 700 out",
            "missing permission: the owner can't write OUT (mode 0500)",
            "chmod u+w OUT",
        ),
        (
            "chattr +i out",
            "chattr -i out",
            "immutable directory: OUT can't be changed, not even by root",
            "chattr -i OUT",
        ),
    ] {
        if owned.arrange(arrange).code != 0 {
            has("a file system with attributes", false);
            continue;
        }
        let ran: Vec<_> = CREATIONS.iter().map(|(line, _)| owned.run(line)).collect();
        owned.arrange(undo).succeeds();
        for (ran, (line, code)) in ran.into_iter().zip(CREATIONS) {
            assert_eq!(ran.code, code, "{arrange}: {line}: {ran:?}");
            assert!(
                ran.stderr.contains(&fact.replace("OUT", &out)),
                "{line}: {ran:?}"
            );
            assert!(
                ran.stderr.contains(&fix.replace("OUT", &out)),
                "{line}: {ran:?}"
            );
        }
    }
}

#[test]
fn a_read_only_file_system_has_its_message_and_fix() {
    let Some(owned) = Owned::new() else { return };
    if !has("unshare", is_installed("unshare")) {
        return;
    }
    let mounted = |directory: &str, line: &str| {
        owned.0.shell(&format!(
            "exec unshare -m /bin/sh -c '
                mount --bind {directory} {directory}
                mount -o remount,ro,bind {directory}
                $APIKEY {line}'"
        ))
    };
    let fact = |directory: &str| {
        format!(
            "read-only file system: can't write to {}",
            owned.0.path(directory).display()
        )
    };
    let fix = "mount -o remount,rw ";
    // As root, which has every other permission.
    owned.arrange("chown -R 0 .").succeeds();
    let apikey = ".local/share/apikey";
    for line in CHANGES {
        mounted(apikey, line).exits(4).says(&fact(apikey)).says(fix);
    }
    for (line, code) in CREATIONS {
        mounted("out", line)
            .exits(code)
            .says(&fact("out"))
            .says(fix);
    }
    mounted(apikey, "list").succeeds();
    let doctor = mounted(apikey, "doctor -q").exits(1).stdout;
    assert!(doctor.starts_with("FAIL  writable"), "{doctor}");
    assert!(
        doctor.contains(&fact(apikey)) && doctor.contains(fix),
        "{doctor}"
    );
}
