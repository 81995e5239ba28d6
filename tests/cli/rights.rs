//! The right that each command requires.

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, commands, finish, wait_until_blocked};

/// A command, and the users who may run it: of admin (`apikey:manage`), alice (`apikey:own`) and
/// carol (`apikey:read`). If the command is for a key, alice owns that key.
pub type Case = (&'static [&'static str], &'static [&'static str]);

const ALL: &[&str] = &["admin", "alice", "carol"];
const OWN: &[&str] = &["admin", "alice"];
const READ: &[&str] = &["admin", "carol"];
const MANAGE: &[&str] = &["admin"];

/// Every command except those in [`OF_FILES`] and in [`UNRESTRICTED`].
const CASES: &[Case] = &[
    (&["create", "new", "-g", "deploy"], OWN),
    (&["list"], ALL),
    (&["show", "hers"], ALL),
    (&["review"], ALL),
    (&["scan"], ALL),
    (&["scan", "--deactivate"], OWN),
    (&["deactivate", "hers"], OWN),
    (&["activate", "hers"], MANAGE),
    (&["rename", "hers", "renamed"], OWN),
    (&["set-groups", "hers", "deploy", "own"], OWN),
    (&["set-permissions", "hers", "deploy:run"], OWN),
    (&["set-description", "hers", "x"], OWN),
    (&["set-owner", "hers", "bob"], MANAGE),
    (&["set-app", "hers", "shop"], MANAGE),
    (&["set-expiry", "hers", "90d"], OWN),
    (&["set-meta", "hers", "a=b"], MANAGE),
    (&["rotate", "hers", "--overlap", "1h"], OWN),
    (&["finish-rotation", "rotated"], OWN),
    (&["cancel-rotation", "rotated", "-y"], MANAGE),
    (&["delete", "hers", "-y"], OWN),
    (&["group", "list"], ALL),
    (&["group", "show", "deploy"], ALL),
    (&["group", "create", "g"], MANAGE),
    (&["group", "set-permissions", "deploy", "x"], MANAGE),
    (&["group", "set-description", "deploy", "x"], MANAGE),
    (&["group", "rename", "deploy", "release"], MANAGE),
    (&["group", "delete", "readonly", "-y"], MANAGE),
    (&["policy"], ALL),
    (&["policy", "set", "max-age", "90d"], MANAGE),
    (&["policy", "unset", "max-age"], MANAGE),
    (&["user", "list"], READ),
    (&["user", "show", "alice"], ALL),
    (&["user", "show", "bob"], READ),
    (&["user", "add", "dave"], MANAGE),
    (&["user", "activate", "alice"], MANAGE),
    (&["user", "deactivate", "bob"], MANAGE),
    (&["user", "set-groups", "bob", "own"], MANAGE),
    (&["user", "set-expiry", "bob", "90d"], MANAGE),
    (&["user", "rename", "bob", "rob"], MANAGE),
    (&["user", "delete", "bob", "-y"], MANAGE),
    (&["log"], READ),
    (&["log", "head"], READ),
    (&["log", "verify"], READ),
    (&["doctor"], READ),
];

/// The commands whose tests need the files of a database.
const OF_FILES: &[Case] = &[
    (&["shared-secret", "show"], MANAGE),
    (&["shared-secret", "rotate"], MANAGE),
    (&["shared-secret", "sign"], MANAGE),
    (&["shared-secret", "check", "x"], MANAGE),
    (&["shared-secret", "delete", "-y"], MANAGE),
    (&["shared-secret", "create"], MANAGE),
    (&["backup", "copy"], MANAGE),
    (&["restore", "backup", "-y", "--db", "x/keys.db"], MANAGE),
];

/// Commands that require no right, except to read the file, that use no database, or that are
/// refused through sudo (`renew` and `import`, whose tests are in `renew.rs` and `import.rs`).
const UNRESTRICTED: &[&[&str]] = &[
    &["verify"],
    &["init"],
    &["completions"],
    &["help"],
    &["renew"],
    &["import"],
];

/// Returns every command except those in [`UNRESTRICTED`].
pub fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain(OF_FILES)
}

fn populated() -> (Sandbox, String) {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.create(&["hers", "-g", "deploy", "--owner", "alice"]);
    sandbox.create(&["rotated", "-g", "deploy", "--owner", "alice"]);
    let rotate = ["rotate", "rotated", "--overlap", "1h"];
    sandbox.run(&rotate).succeeds();
    (sandbox, secret)
}

/// Adds a shared secret and a backup.
pub fn populated_with_files() -> (Sandbox, String) {
    let (sandbox, secret) = populated();
    sandbox.run(&["shared-secret", "create"]).succeeds();
    sandbox.run(&["backup", "backup"]).succeeds();
    (sandbox, secret)
}

/// Returns the content of the database, and the shared secret, if there is one.
fn stored(sandbox: &Sandbox) -> Vec<u8> {
    let mut all = sandbox.content();
    let shared = sandbox.path(".local/share/apikey/keys.db.shared-secret");
    all.extend(std::fs::read(shared).unwrap_or_default());
    all
}

/// Checks that a case is permitted to the users that it names, and to no other user.
fn check_case(&(args, allowed): &Case, populated: impl Fn() -> (Sandbox, String)) {
    let (sandbox, _) = populated();
    let before = stored(&sandbox);
    for operator in ["carol", "alice", "admin"]
        .iter()
        .filter(|user| !allowed.contains(user))
    {
        let ran = sandbox
            .as_user(operator, &[args, &["--json"]].concat())
            .exits(4);
        assert_eq!(ran.error_code(), "not-permitted", "{operator} {args:?}");
        assert_eq!(ran.stdout, "", "{operator} {args:?}");
    }
    assert!(stored(&sandbox) == before, "{args:?} changed something");
    let mut unchanged = Some(sandbox);
    for operator in allowed {
        let sandbox = unchanged.take().unwrap_or_else(|| populated().0);
        let ran = sandbox.as_user(operator, args);
        let code = i32::from(args.starts_with(&["shared-secret", "check"]));
        assert_eq!(ran.code, code, "{operator} {args:?}: {ran:?}");
    }
}

#[test]
fn every_command_requires_the_right_that_the_contract_names() {
    for case in CASES {
        check_case(case, populated);
    }
}

#[sqlite_only("its commands use files")]
#[test]
fn commands_on_files_require_the_right_that_the_contract_names() {
    for case in OF_FILES {
        check_case(case, || {
            let (sandbox, secret) = populated_with_files();
            if case.0.starts_with(&["shared-secret", "create"]) {
                sandbox.run(&["shared-secret", "delete", "-y"]).succeeds();
            }
            (sandbox, secret)
        });
    }
}

/// Operators who may do nothing.
const UNPERMITTED: [&str; 7] = [
    "mallory",
    "off",
    "expired",
    "rightless",
    "narrow",
    "Admin",
    "ADMIN",
];

/// Registers the users of [`UNPERMITTED`].
fn add_unpermitted(sandbox: &Sandbox) {
    for args in [
        &["user", "add", "off", "-g", "admin"][..],
        &["user", "deactivate", "off"],
        &["user", "add", "expired", "-g", "admin"],
        &["user", "set-expiry", "expired", "2020-01-01"],
        &["user", "add", "rightless", "-g", "deploy"],
        &[
            "group",
            "create",
            "narrow",
            "--allow",
            "apikey:manage@x",
            "--allow",
            "*",
            "--allow",
            "apikey:*",
        ],
        &["user", "add", "narrow", "-g", "narrow"],
    ] {
        sandbox.run(args).succeeds();
    }
}

/// Checks that the unpermitted can run none of `cases`, which change nothing.
fn check_unpermitted(sandbox: &Sandbox, cases: &[Case]) {
    add_unpermitted(sandbox);
    let before = stored(sandbox);
    for operator in UNPERMITTED {
        for (args, _) in cases {
            let ran = sandbox
                .as_user(operator, &[*args, &["--json"]].concat())
                .exits(4);
            assert_eq!(ran.error_code(), "not-permitted", "{operator} {args:?}");
        }
    }
    assert!(stored(sandbox) == before);
}

#[test]
fn only_registered_active_users_with_a_right_are_permitted() {
    let (sandbox, _) = populated();
    check_unpermitted(&sandbox, CASES);
}

#[sqlite_only("its commands use files")]
#[test]
fn only_registered_active_users_with_a_right_may_use_files() {
    let (sandbox, _) = populated_with_files();
    check_unpermitted(&sandbox, OF_FILES);
}

#[test]
fn every_user_may_verify() {
    let (sandbox, secret) = populated();
    add_unpermitted(&sandbox);
    for operator in UNPERMITTED {
        let mut verify = sandbox.program("/bin/sh");
        verify.args(["-c", "printf %s \"$KEY\" | $APIKEY verify --no-record"]);
        verify.env("SUDO_USER", operator).env("KEY", &secret);
        verify.env("APIKEY", super::sandbox::APIKEY);
        finish(verify.spawn().unwrap()).succeeds();
    }
}

#[test]
fn the_list_of_commands_is_complete() {
    let listed = cases()
        .map(|(args, _)| *args)
        .chain(UNRESTRICTED.iter().copied());
    let listed: Vec<&[&str]> = listed.collect();
    for path in commands() {
        let named = |args: &&&[&str]| path.iter().zip(args.iter()).all(|(name, arg)| name == arg);
        assert!(
            listed.iter().any(|args| named(&args)),
            "{path:?} is not in the lists above"
        );
    }
}

#[test]
fn without_registered_users_anyone_who_can_write_the_file_may_do_everything() {
    let sandbox = Sandbox::new();
    sandbox
        .as_user("operator", &["create", "a", "-g", "readonly"])
        .succeeds();
    assert_eq!(sandbox.show("a")["created_by"], "operator");
    sandbox
        .as_user("operator", &["user", "add", "first"])
        .succeeds();
    sandbox
        .as_user("operator", &["list"])
        .exits(4)
        .says("operator is not a registered user");
    sandbox
        .as_user("first", &["list"])
        .exits(4)
        .says("apikey:manage");
    let last = sandbox.run(&["user", "delete", "first", "-y"]).succeeds();
    last.says("every account that can write the file can do everything");
    sandbox.as_user("operator", &["list"]).succeeds();
}

#[test]
fn rights_are_checked_before_conflicts() {
    let (sandbox, _) = populated();
    for args in [
        &["group", "show", "nosuch"][..],
        &["group", "delete", "nosuch", "-y"],
        &["user", "show", "nosuch"],
        &["show", "nosuch"],
        &["create", "hers", "-g", "nosuch"],
    ] {
        sandbox.as_user("mallory", args).exits(4);
    }
    // Carol may change no key, so a change of a missing key is denied.
    sandbox
        .as_user("carol", &["rename", "nosuch", "x"])
        .exits(4);
    sandbox.as_user("carol", &["show", "nosuch"]).exits(3);
    // Among several keys a denial comes first, in any order.
    sandbox
        .run(&["user", "set-groups", "carol", "--add", "own"])
        .succeeds();
    for args in [
        &["deactivate", "nosuch", "hers"][..],
        &["deactivate", "hers", "nosuch"],
        &["activate", "nosuch", "hers"],
        &["delete", "nosuch", "hers", "-y"],
    ] {
        sandbox.as_user("carol", args).exits(4);
    }
    sandbox
        .as_user("alice", &["activate", "nosuch", "hers"])
        .exits(4);
    sandbox
        .as_user("alice", &["deactivate", "hers", "nosuch"])
        .exits(3);
    sandbox
        .as_user("alice", &["set-groups", "hers", "--add", "nosuch"])
        .exits(4);
    sandbox
        .as_user("admin", &["rename", "nosuch", "x"])
        .exits(3);
}

#[test]
fn the_hint_of_a_denial_names_the_command_that_permits_it() {
    let sandbox = Sandbox::staffed();
    for (operator, hint) in [
        ("mallory", "`apikey user add mallory --group GROUP`"),
        ("CORP\\bob", "`apikey user add 'CORP\\bob' --group GROUP`"),
        ("_apt", "can't be registered"),
    ] {
        sandbox.as_user(operator, &["list"]).exits(4).says(hint);
    }
    sandbox.run(&["user", "deactivate", "alice"]).succeeds();
    sandbox
        .as_user("alice", &["list"])
        .exits(4)
        .says("`apikey user activate alice`");
    sandbox
        .run(&["user", "set-expiry", "bob", "2020-01-01"])
        .succeeds();
    sandbox
        .as_user("bob", &["list"])
        .exits(4)
        .says("`apikey user set-expiry bob WHEN`");
}

#[sqlite_only("its commands use files")]
#[test]
fn a_right_revoked_while_a_command_waits_for_input_no_longer_counts() {
    let (sandbox, _) = populated_with_files();
    sandbox.run(&["group", "create", "idle"]).succeeds();
    sandbox.run(&["shared-secret", "rotate"]).succeeds();
    let mut child = sandbox
        .apikey(&["shared-secret", "sign"])
        .env("SUDO_USER", "admin")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    wait_until_blocked(&child);
    sandbox.run(&["user", "deactivate", "admin"]).succeeds();
    drop(stdin);
    let ran = finish(child).exits(4);
    assert_eq!(ran.stdout, "");
}
