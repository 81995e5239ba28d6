//! The modes, owners and groups of a shared database after commands of root and the owner.

use super::machine::{block_after, can_create_users};
use super::sharing::Shared;
use super::sharing_interrupted::can_inject;

/// Every kind of command, as root may run it on the owner's database.
const BY_ROOT: &[&str] = &[
    "list",
    "verify --key-file secret",
    "create new -g readonly",
    "set-groups new admin",
    "set-description new x",
    "deactivate new",
    "delete new -y",
    "group create g",
    "group delete g -y",
    "user add other",
    "user delete other -y",
    "shared-secret create",
    "shared-secret rotate --overlap 1h",
    "shared-secret sign",
    "shared-secret delete -y",
];

/// The commands among them that only read.
const READING: &[&str] = &["list", "verify --key-file secret", "shared-secret sign"];

#[test]
fn a_command_run_by_root_keeps_modes_and_owners() {
    if !can_create_users() {
        return;
    }
    let shared = Shared::new("r");
    let usage = "660 owner:verify keys.db.usage\n";
    let secret = format!("600 owner:verify keys.db.shared-secret\n{usage}");
    for (umask, without_usage) in [("000", false), ("777", false), ("000", true), ("777", true)] {
        for args in BY_ROOT {
            if without_usage {
                shared.machine.root("rm -f lib/keys.db.usage").succeeds();
            }
            let line = format!("umask {umask}; {}", shared.line(args));
            shared.machine.root(&line).succeeds();
            let has_secret = args.starts_with("shared-secret") && !args.contains("delete");
            let mut expected = if has_secret {
                shared.expected_layout().replace(usage, &secret)
            } else {
                shared.expected_layout().to_owned()
            };
            if without_usage && READING.contains(args) {
                expected = expected.replace(usage, "");
            }
            assert_eq!(shared.layout(), expected, "umask {umask}, {args}");
        }
        shared.verifies();
        shared.apikey("owner", "doctor").succeeds();
    }
}

#[test]
fn a_new_usage_file_is_private_until_the_owner_shares_the_database() {
    if !can_create_users() {
        return;
    }
    let mut shared = Shared::new("q");
    let owner = shared.machine.name("owner");
    shared
        .machine
        .root(&format!("install -d -o {owner} -g {owner} -m 700 one"))
        .succeeds();
    shared.db = shared.machine.path("one/keys.db").display().to_string();
    shared
        .apikey("owner", "init --argon2 m=8,t=1,p=1")
        .succeeds();
    let stat = "cd one && stat -c '%a %U:%G %n' keys.db*";
    let layout = shared.machine.root(stat).succeeds().stdout;
    assert_eq!(
        layout.replace(&shared.machine.name(""), ""),
        "600 owner:owner keys.db\n600 owner:owner keys.db.usage\n"
    );
    for by_root in [false, true] {
        for umask in ["000", "777"] {
            let line = format!("umask {umask}; {}", shared.line("group create g"));
            shared.machine.root("rm one/keys.db.usage").succeeds();
            if by_root {
                shared.machine.root(&line)
            } else {
                shared.machine.run_as("owner", &line)
            }
            .succeeds();
            assert_eq!(shared.machine.root(stat).stdout, layout);
            shared.apikey("owner", "group delete g -y").succeeds();
        }
    }
    // A database that all users may read is a mistake, and doesn't count as shared.
    shared
        .machine
        .root("chmod 644 one/keys.db; rm one/keys.db.usage")
        .succeeds();
    shared.apikey("owner", "group create g").succeeds();
    shared.machine.root("chmod 600 one/keys.db").succeeds();
    assert_eq!(shared.machine.root(stat).stdout, layout);

    // The owner shares it.
    shared
        .apikey("owner", "create job -g readonly > one/secret")
        .succeeds();
    shared
        .machine
        .root("cp one/secret secret; rm one/secret")
        .succeeds();
    let verify = |file: &str| {
        let line = format!("verify --key-file {file}");
        shared.apikey("verifier", &line)
    };
    verify("secret").exits(4);
    let block = block_after("shared-machine.md", "These commands convert");
    let share = format!("set -e; cd one; {}", shared.machine.translated(&block));
    shared.machine.run_as("owner", &share).succeeds();
    let ran = verify("secret").succeeds();
    assert_eq!(ran.stderr, "");
    shared.apikey("owner", "doctor").succeeds();
    shared.machine.root("rm -rf lib; mv one lib").succeeds();
    assert_eq!(shared.layout(), shared.expected_layout());
}

#[test]
fn a_new_usage_file_has_the_databases_group_in_any_directory() {
    if !can_create_users() {
        return;
    }
    let shared = Shared::new("g");
    // The directory has the owner's primary group, and no set-group-ID bit.
    let owner = shared.machine.name("owner");
    for by_root in [false, true] {
        shared
            .machine
            .root(&format!(
                "rm -f lib/keys.db.usage; chmod 751 lib; chgrp {owner} lib; chmod g-s lib"
            ))
            .succeeds();
        if can_inject() {
            // The temporary file isn't accessible to another group either.
            let kill = shared.injected(by_root, "/^fchown(at)?$:signal=KILL:when=1");
            let line = format!("umask 000; {kill} {}", shared.line("set-description job x"));
            shared.machine.root(&line).exits(137);
            let left = shared.layout();
            let temporary = left
                .lines()
                .find(|line| line.contains(" .keys.db."))
                .unwrap();
            assert!(temporary.starts_with("600 "), "{left}");
            shared.machine.root("rm lib/.keys.db.*").succeeds();
        }
        if by_root {
            shared.machine.root(&shared.line("set-description job x"))
        } else {
            shared.apikey("owner", "set-description job x")
        }
        .succeeds();
        let expected = shared
            .expected_layout()
            .replace("2750 owner:verify", "751 owner:owner");
        assert_eq!(shared.layout(), expected, "by root: {by_root}");
        shared.verifies();
    }
}
