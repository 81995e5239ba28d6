//! `init --shared`: what it makes, what it refuses, and that it leaves nothing half
//! made or open to the wrong people.

use std::path::Path;

use super::machine::{Machine, can_create_users};
use super::sandbox::{Sandbox, finish, has, is_root, mode};

/// A HOME that others can enter, and the name of a group of whoever runs the tests.
fn open_home() -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    let group = sandbox.shell("chmod 755 . && id -gn").succeeds().stdout;
    (sandbox, group.trim().to_owned())
}

#[test]
fn folders_and_files_are_made_for_the_group_whatever_the_umask() {
    for umask in ["000", "022", "077", "777"] {
        let (sandbox, group) = open_home();
        let init = format!("umask {umask}; $APIKEY --db a/b/k.db init --json --shared {group}");
        let made = sandbox.shell(&init).succeeds();
        made.clone()
            .says(&format!("members of \"{group}\" may verify"));
        assert_eq!(made.json()["shared"], group);
        for (name, expected) in [
            ("a", 0o710),
            ("a/b", 0o2750),
            ("a/b/k.db", 0o640),
            ("a/b/k.db.usage", 0o660),
        ] {
            assert_eq!(mode(&sandbox.path(name)), expected, "{name}, umask {umask}");
        }
        assert_eq!(sandbox.files().len(), 2, "umask {umask}");
        let details: String = rusqlite::Connection::open(sandbox.path("a/b/k.db"))
            .unwrap()
            .query_row("SELECT details FROM log", [], |row| row.get(0))
            .unwrap();
        assert!(details.contains(&format!("\"shared\":\"{group}\"")));

        // What went missing is made anew just so.
        let change = "rm a/b/k.db.usage; $APIKEY --db a/b/k.db group create g";
        sandbox
            .shell(&format!("umask {umask}; {change}"))
            .succeeds();
        assert_eq!(
            mode(&sandbox.path("a/b/k.db.usage")),
            0o660,
            "umask {umask}"
        );
        assert_eq!(sandbox.files().len(), 2, "umask {umask}");
    }
    let sandbox = Sandbox::empty();
    let made = sandbox.run(&["init", "--json"]).succeeds().json();
    assert!(made["shared"].is_null(), "{made}");
}

#[test]
fn a_group_goes_by_its_number_too_and_one_that_is_not_there_is_told() {
    let (sandbox, group) = open_home();
    let number = sandbox.shell("id -g").succeeds().stdout;
    let by_number = [
        "--db",
        "a/k.db",
        "init",
        "--json",
        "--shared",
        number.trim(),
    ];
    let made = sandbox.run(&by_number).succeeds().json();
    assert_eq!(made["shared"], group);
    for (group, hint) in [
        ("no-such-group", "groupadd --system no-such-group"),
        ("no such", "groupadd --system 'no such'"),
        // To chown(2) it would mean to change nothing.
        ("4294967295", "give the number of a group"),
    ] {
        let init = ["--db", "b/c/k.db", "init", "--shared", group];
        let ran = sandbox.run(&[&init[..], &["--json"]].concat()).exits(3);
        assert_eq!(ran.error_code(), "group-not-found", "{group}");
        sandbox.run(&init).exits(3).says(hint);
        assert!(!sandbox.path("b").exists(), "{group}");
    }
    let empty = ["--db", "b/k.db", "init", "--shared", ""];
    sandbox.run(&empty).exits(2);
    let in_a_file = ["--db", "a/k.db/x/k.db", "init", "--shared", &group];
    sandbox.run(&in_a_file).exits(5).says("can't create ");
    let again = ["--db", "a/k.db", "init", "--shared", &group, "--json"];
    assert_eq!(sandbox.run(&again).exits(3).error_code(), "exists");
    assert_eq!(sandbox.files().len(), 2);
}

#[test]
fn no_group_of_apikeys_own_is_offered_for_it() {
    let sandbox = Sandbox::new();
    let mut asked = sandbox.apikey(&["--", "apikey", "init", "--shared", ""]);
    let offered = finish(asked.env("_APIKEY_COMPLETE", "bash").spawn().unwrap());
    assert_eq!(offered.stdout, "");
}

#[test]
fn a_group_without_a_name_is_shared_with_by_its_number() {
    if !has("root, to give files to any group", is_root()) {
        return;
    }
    let sandbox = Sandbox::empty();
    // As containers and machines without the directory service have it.
    let init = [
        "--db",
        "s/k.db",
        "init",
        "--shared",
        "54397",
        "--argon2",
        "m=8,t=1,p=1",
    ];
    let made = sandbox.run(&[&init[..], &["--json"]].concat()).succeeds();
    assert_eq!(made.json()["shared"], "54397");
    for (file, mode) in [("s", 0o2750), ("s/k.db", 0o640), ("s/k.db.usage", 0o660)] {
        use std::os::unix::fs::MetadataExt;
        let found = sandbox.path(file).metadata().unwrap();
        assert_eq!(
            (found.gid(), found.mode() & 0o7777),
            (54397, mode),
            "{file}"
        );
    }
    let create = ["--db", "s/k.db", "create", "a", "-g", "readonly"];
    let secret = sandbox.run(&create).succeeds().stdout;
    std::fs::write(sandbox.path("secret"), secret).unwrap();
    sandbox.run(&["--db", "s/k.db", "doctor"]).succeeds();
    // A member verifies, and its use is recorded.
    let member = "chmod 755 . && exec setpriv --clear-groups --reuid 54398 --regid 54397 \
                  $APIKEY --db s/k.db verify < secret";
    let ran = sandbox.shell(member).succeeds();
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("accepted a\n", "")
    );
}

/// Groups and modes of a folder that is there already, in which no database is shared.
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

/// And below which none is, and why.
const REFUSED_BELOW: &[(&str, &str, &str)] = &[
    ("owner", "777", "could replace files in /d "),
    ("verify", "770", "could replace files in /d "),
    ("verify", "777", "could replace files in /d "),
];

/// And below which one is, though members can't get there yet.
const OUT_OF_REACH: &[(&str, &str)] = &[("owner", "700"), ("owner", "750"), ("verify", "705")];

/// Those that are as they should be for a database there.
const TAKEN: &[(&str, &str, &str)] = &[
    ("verify", "2750", "d/k.db"),
    ("verify", "2755", "d/k.db"),
    ("verify", "2710", "d/k.db"),
    ("owner", "711", "d/e/k.db"),
    ("owner", "1777", "d/e/k.db"),
    // Whoever else is in a group of the owner's is the owner's to trust.
    ("owner", "775", "d/e/k.db"),
    ("verify", "710", "d/e/k.db"),
];

/// A user owner in the group verify, a user stranger who isn't, and a folder of each's.
fn with_users(tag: &str) -> Machine {
    let mut machine = Machine::new(tag);
    let group = machine.name("verify");
    machine
        .root(&format!("groupadd --system {group}"))
        .succeeds();
    machine.groups.push(group.clone());
    for who in ["owner", "stranger"] {
        machine.add_user(who);
        let made = format!("install -d -o {} -m 755 {who}", machine.name(who));
        machine.root(&made).succeeds();
    }
    let joins = format!(
        "usermod --append --groups {group} {}",
        machine.name("owner")
    );
    machine.root(&joins).succeeds();
    machine
}

impl Machine {
    fn init(&self, who: &str, db: &str) -> String {
        let binary = self.path("apikey").display().to_string();
        let db = self.path(who).join(db).display().to_string();
        format!("{binary} --db {db} init --shared {}", self.name("verify"))
    }

    /// Everything in `folder`, with modes, owners and groups.
    fn tree(&self, folder: &str) -> String {
        let find = format!("find {folder} -printf '%m %u:%g %p\\n' | sort -k3");
        let found = self.root(&find).succeeds().stdout;
        found.replace(&self.name(""), "")
    }
}

#[test]
fn a_folder_that_does_not_keep_members_to_verifying_is_refused_with_what_mends_it() {
    if !can_create_users() {
        return;
    }
    let machine = with_users("f");
    let fresh = |group: &str, mode: &str| {
        machine
            .root("chmod -R 700 owner/* || true; rm -rf owner/*")
            .succeeds();
        let made = format!("install -d -g {} -m {mode} owner/d", machine.name(group));
        machine.run_as("owner", &made).succeeds();
    };
    let is_refused = |db: &str, told: &str| {
        let before = machine.tree("owner");
        let ran = machine.run_as("owner", &format!("{} --json", machine.init("owner", db)));
        assert_eq!(ran.exits(4).error_code(), "not-permitted", "{told}");
        let ran = machine.run_as("owner", &machine.init("owner", db));
        let base = machine.path("owner").display().to_string();
        let said = ran.stderr.replace(&base, "").replace(&machine.name(""), "");
        assert!(said.contains(told), "{told}: {said}");
        assert_eq!(machine.tree("owner"), before, "{told}");
        // The hint is a command: it mends it, and no more is to be mended.
        let (_, hint) = ran.stderr.split_once("hint: ").unwrap();
        machine.run_as("owner", hint).succeeds();
        machine
            .run_as("owner", &machine.init("owner", db))
            .succeeds();
    };
    for (group, mode) in REFUSED {
        fresh(group, mode);
        let told = format!("the group \"verify\" and mode 2750; it has \"{group}\" and {mode}");
        is_refused("d/k.db", &told);
    }
    for (group, mode, told) in REFUSED_BELOW {
        fresh(group, mode);
        is_refused("d/e/k.db", told);
    }
    // Of several, all are told.
    fresh("owner", "777");
    let below = "install -d -m 700 owner/d/e";
    machine.run_as("owner", below).succeeds();
    is_refused(
        "d/e/k.db",
        "could replace files in /d (0777); the directory /d/e must have",
    );

    for (group, mode, db) in TAKEN {
        fresh(group, mode);
        let before = machine.tree("owner");
        machine
            .run_as("owner", &machine.init("owner", db))
            .succeeds();
        let made = machine.tree("owner");
        assert!(made.starts_with(&before), "{group} {mode}: {made}");
        for file in ["\n640 owner:verify ", "\n660 owner:verify "] {
            assert!(made.contains(file), "{group} {mode}: {made}");
        }
    }
}

#[test]
fn a_database_that_members_can_not_get_to_is_made_with_a_warning() {
    if !can_create_users() {
        return;
    }
    let machine = with_users("w");
    for (group, mode) in OUT_OF_REACH {
        machine
            .root("chmod -R 700 owner/* || true; rm -rf owner/*")
            .succeeds();
        let made = format!("install -d -g {} -m {mode} owner/d", machine.name(group));
        machine.run_as("owner", &made).succeeds();
        // Two folders on the way are closed to them.
        machine.run_as("owner", "chmod 700 owner").succeeds();
        let ran = machine
            .run_as(
                "owner",
                &format!("{} -q", machine.init("owner", "d/e/k.db")),
            )
            .succeeds();
        let told = ran.stderr.replace(&machine.name(""), "");
        assert!(
            told.starts_with("warning: members of \"verify\" can't enter "),
            "{told}"
        );
        let (_, mend) = ran.stderr.split_once("yet: ").unwrap();
        let mend = format!("umask 077; {mend}");
        machine.run_as("owner", &mend).succeeds();
        machine
            .root(&format!(
                "usermod --append --groups {} {}",
                machine.name("verify"),
                machine.name("stranger")
            ))
            .succeeds();
        let db = machine.path("owner/d/e/k.db").display().to_string();
        machine.run_as("stranger", &format!("cat {db}")).succeeds();
    }
}

#[test]
fn whoever_is_not_in_the_group_makes_nothing_and_leaves_nothing() {
    if !can_create_users() {
        return;
    }
    let machine = with_users("m");
    let before = machine.tree("stranger");
    for db in ["new/k.db", "new/deep/k.db"] {
        let init = machine.init("stranger", db);
        let ran = machine
            .run_as("stranger", &format!("{init} --json"))
            .exits(4);
        assert_eq!(ran.error_code(), "not-permitted");
        ran.says(&format!(
            "usermod --append --groups {} {}, then log in again",
            machine.name("verify"),
            machine.name("stranger")
        ));
        assert_eq!(machine.tree("stranger"), before);
    }
    // A folder of the group's that root made serves whoever owns it, member or not.
    let (group, owner) = (machine.name("verify"), machine.name("stranger"));
    machine
        .root(&format!(
            "install -d -o {owner} -g {group} -m 2750 stranger/lib"
        ))
        .succeeds();
    machine
        .run_as("stranger", &machine.init("stranger", "lib/k.db"))
        .succeeds();
    let made = machine.tree("stranger/lib");
    let expected = "2750 stranger:verify stranger/lib
640 stranger:verify stranger/lib/k.db
660 stranger:verify stranger/lib/k.db.usage
";
    assert_eq!(made, expected);
    // Root's own is root's; in a folder of somebody else's, who could not use it, it
    // would be a slip.
    let before = machine.tree("stranger/lib");
    let init = machine.init("stranger", "lib/other.db");
    let ran = machine.root(&init).exits(4);
    ran.says(&format!("hint: sudo -u {owner} apikey --db "));
    machine
        .run_as("owner", &machine.init("", "other.db"))
        .exits(4)
        .says("belongs to root\nhint: choose a directory of your own");
    assert_eq!(machine.tree("stranger/lib"), before);
    // The owner of a directory above it could replace root's.
    machine
        .root(&machine.init("owner", "roots/k.db"))
        .exits(4)
        .says("who could replace files in it");
    assert!(!machine.path("owner/roots").exists());
    machine.root(&machine.init("", "roots/k.db")).succeeds();
    let made = machine.tree("roots");
    assert_eq!(made.matches(" root:verify ").count(), 3, "{made}");
}

#[test]
fn killed_at_any_moment_it_has_opened_nothing_to_anybody_but_the_group() {
    let strace = Path::new("/usr/bin/strace").exists();
    if !can_create_users() || !has("strace", strace) {
        return;
    }
    let machine = with_users("i");
    let init = machine.init("owner", "new/deep/k.db");
    let mut killed = 0;
    // strace counts the calls of each name by themselves.
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
