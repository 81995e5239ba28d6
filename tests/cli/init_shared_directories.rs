//! The directories in which `init --shared` creates a database, and those that it refuses.

use std::path::Path;

use super::machine::{Machine, can_create_users};
use super::sandbox::has;

/// Groups and modes of an existing directory in which a shared database is refused.
const REFUSED: &[(&str, &str)] = &[
    ("owner", "700"),
    ("owner", "755"),
    ("owner", "2755"),
    ("verify", "750"),
    ("verify", "2740"),
    ("verify", "2770"),
    ("verify", "3770"),
    ("verify", "2752"),
];

/// Groups and modes of a directory below which a shared database is refused, and the error.
const REFUSED_BELOW: &[(&str, &str, &str)] = &[
    ("owner", "777", "could replace files in /d "),
    ("verify", "770", "could replace files in /d "),
    ("verify", "777", "could replace files in /d "),
];

/// Groups and modes of a directory below which a database is shared, with a warning: members
/// can't enter it.
const CLOSED: &[(&str, &str)] = &[("owner", "700"), ("owner", "750"), ("verify", "705")];

/// Groups and modes of a directory in or below which a database is shared.
const ACCEPTED: &[(&str, &str, &str)] = &[
    ("verify", "2750", "d/k.db"),
    ("verify", "2755", "d/k.db"),
    ("verify", "2710", "d/k.db"),
    ("owner", "711", "d/e/k.db"),
    ("owner", "1777", "d/e/k.db"),
    // Members of the owner's private group are trusted.
    ("owner", "775", "d/e/k.db"),
    ("verify", "710", "d/e/k.db"),
];

/// Returns a user `owner` in the group verify, a user `other` outside it, and a directory of
/// each.
fn with_users(tag: &str) -> Machine {
    let mut machine = Machine::new(tag);
    let group = machine.name("verify");
    machine
        .root(&format!("groupadd --system {group}"))
        .succeeds();
    machine.groups.push(group.clone());
    for user in ["owner", "other"] {
        machine.add_user(user);
        let install = format!("install -d -o {} -m 755 {user}", machine.name(user));
        machine.root(&install).succeeds();
    }
    let joins = format!(
        "usermod --append --groups {group} {}",
        machine.name("owner")
    );
    machine.root(&joins).succeeds();
    machine
}

impl Machine {
    fn init(&self, directory: &str, db: &str) -> String {
        let binary = self.path("apikey").display().to_string();
        let db = self.path(directory).join(db).display().to_string();
        format!("{binary} --db {db} init --shared {}", self.name("verify"))
    }

    /// Returns everything in `directory`, with modes, owners and groups.
    fn tree(&self, directory: &str) -> String {
        let find = format!("find {directory} -printf '%m %u:%g %p\\n' | sort -k3");
        let found = self.root(&find).succeeds().stdout;
        found.replace(&self.name(""), "")
    }
}

#[test]
fn a_directory_where_members_could_do_more_is_refused_with_the_command_that_fixes_it() {
    if !can_create_users() {
        return;
    }
    let machine = with_users("f");
    let fresh = |group: &str, mode: &str| {
        machine
            .root("chmod -R 700 owner/* || true; rm -rf owner/*")
            .succeeds();
        let install = format!("install -d -g {} -m {mode} owner/d", machine.name(group));
        machine.run_as("owner", &install).succeeds();
    };
    let check_refused = |db: &str, fact: &str| {
        let before = machine.tree("owner");
        let ran = machine.run_as("owner", &format!("{} --json", machine.init("owner", db)));
        assert_eq!(ran.exits(4).error_code(), "not-permitted", "{fact}");
        let ran = machine.run_as("owner", &machine.init("owner", db));
        let base = machine.path("owner").display().to_string();
        let message = ran.stderr.replace(&base, "").replace(&machine.name(""), "");
        assert!(message.contains(fact), "{fact}: {message}");
        assert_eq!(machine.tree("owner"), before, "{fact}");
        // The command in the hint fixes everything.
        let (_, hint) = ran.stderr.split_once("hint: ").unwrap();
        machine.run_as("owner", hint).succeeds();
        machine
            .run_as("owner", &machine.init("owner", db))
            .succeeds();
    };
    for (group, mode) in REFUSED {
        fresh(group, mode);
        let fact = format!("the group \"verify\" and mode 2750; it has \"{group}\" and {mode}");
        check_refused("d/k.db", &fact);
    }
    for (group, mode, fact) in REFUSED_BELOW {
        fresh(group, mode);
        check_refused("d/e/k.db", fact);
    }
    // The error names all problems.
    fresh("owner", "777");
    let below = "install -d -m 700 owner/d/e";
    machine.run_as("owner", below).succeeds();
    check_refused(
        "d/e/k.db",
        "could replace files in /d (0777); the directory /d/e must have",
    );

    for (group, mode, db) in ACCEPTED {
        fresh(group, mode);
        let before = machine.tree("owner");
        machine
            .run_as("owner", &machine.init("owner", db))
            .succeeds();
        let tree = machine.tree("owner");
        assert!(tree.starts_with(&before), "{group} {mode}: {tree}");
        for file in ["\n640 owner:verify ", "\n660 owner:verify "] {
            assert!(tree.contains(file), "{group} {mode}: {tree}");
        }
    }
}

#[test]
fn a_database_that_members_can_not_reach_is_created_with_a_warning() {
    if !can_create_users() {
        return;
    }
    let machine = with_users("w");
    for (group, mode) in CLOSED {
        machine
            .root("chmod -R 700 owner/* || true; rm -rf owner/*")
            .succeeds();
        let install = format!("install -d -g {} -m {mode} owner/d", machine.name(group));
        machine.run_as("owner", &install).succeeds();
        // Members can't enter two of the directories.
        machine.run_as("owner", "chmod 700 owner").succeeds();
        let ran = machine
            .run_as(
                "owner",
                &format!("{} -q", machine.init("owner", "d/e/k.db")),
            )
            .succeeds();
        let warning = ran.stderr.replace(&machine.name(""), "");
        assert!(
            warning.starts_with("warning: members of the group \"verify\" can't enter "),
            "{warning}"
        );
        let (_, fix) = ran.stderr.split_once("until you run: ").unwrap();
        let fix = format!("umask 077; {fix}");
        machine.run_as("owner", &fix).succeeds();
        machine
            .root(&format!(
                "usermod --append --groups {} {}",
                machine.name("verify"),
                machine.name("other")
            ))
            .succeeds();
        let db = machine.path("owner/d/e/k.db").display().to_string();
        machine.run_as("other", &format!("cat {db}")).succeeds();
    }
}

#[test]
fn a_user_outside_the_group_creates_no_file() {
    if !can_create_users() {
        return;
    }
    let machine = with_users("m");
    let before = machine.tree("other");
    for db in ["new/k.db", "new/deep/k.db"] {
        let init = machine.init("other", db);
        let ran = machine.run_as("other", &format!("{init} --json")).exits(4);
        assert_eq!(ran.error_code(), "not-permitted");
        ran.says(&format!(
            "usermod --append --groups {} {}, then log in again",
            machine.name("verify"),
            machine.name("other")
        ));
        assert_eq!(machine.tree("other"), before);
    }
    // The owner of a directory with the right group needs not be a member.
    let (group, owner) = (machine.name("verify"), machine.name("other"));
    machine
        .root(&format!(
            "install -d -o {owner} -g {group} -m 2750 other/lib"
        ))
        .succeeds();
    machine
        .run_as("other", &machine.init("other", "lib/k.db"))
        .succeeds();
    let tree = machine.tree("other/lib");
    let expected = "2750 other:verify other/lib
640 other:verify other/lib/k.db
660 other:verify other/lib/k.db.usage
";
    assert_eq!(tree, expected);
    // Root creates no database in another user's directory: that user could not use it.
    let before = machine.tree("other/lib");
    let init = machine.init("other", "lib/other.db");
    let ran = machine.root(&init).exits(4);
    ran.says(&format!("hint: sudo -u {owner} apikey --db "));
    machine
        .run_as("owner", &machine.init("", "other.db"))
        .exits(4)
        .says("belongs to root\nhint: choose a directory of your own");
    assert_eq!(machine.tree("other/lib"), before);
    // The owner of a directory above it could replace root's.
    machine
        .root(&machine.init("owner", "roots/k.db"))
        .exits(4)
        .says("who could replace files in it");
    assert!(!machine.path("owner/roots").exists());
    machine.root(&machine.init("", "roots/k.db")).succeeds();
    let tree = machine.tree("roots");
    assert_eq!(tree.matches(" root:verify ").count(), 3, "{tree}");
}

#[test]
fn a_killed_init_leaves_no_file_that_other_groups_can_access() {
    let strace = Path::new("/usr/bin/strace").exists();
    if !can_create_users() || !has("strace", strace) {
        return;
    }
    let machine = with_users("i");
    let init = machine.init("owner", "new/deep/k.db");
    let mut killed = 0;
    // strace counts the calls of each name separately.
    for call in [
        "mkdir", "chmod", "fchmod", "chown", "fchown", "rename", "link", "unlink",
    ] {
        let call = format!("/^l?{call}(at)?2?$");
        for nth in 1.. {
            machine.root("rm -rf owner/new").succeeds();
            let ran = machine.root(&format!(
                "umask 000; strace -f -qq -o /dev/null -u {} -e trace='{call}' \
                 -e inject='{call}':signal=KILL:when={nth} {init}",
                machine.name("owner"),
            ));
            for line in machine.tree("owner").lines().skip(1) {
                let (mode, rest) = line.split_once(' ').unwrap();
                let others = if rest.starts_with("owner:verify ") {
                    0o007
                } else {
                    0o077
                };
                let mode = u32::from_str_radix(mode, 8).unwrap();
                assert_eq!(mode & others, 0, "killed at {call} {nth}: {line}");
            }
            if ran.code == 0 {
                break;
            }
            ran.exits(137);
            killed += 1;
        }
    }
    assert!(killed >= 10, "{killed}");
}
