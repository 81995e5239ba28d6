//! Who may do what: every command, asked for leave in one place.

use super::sandbox::{Sandbox, commands, finish, wait_until_it_waits};

/// A command, who may do it of admin (`apikey:manage`), alice (`apikey:own`) and
/// carol (`apikey:read`), on a key of alice's.
pub type Case = (&'static [&'static str], &'static [&'static str]);

const ALL: &[&str] = &["admin", "alice", "carol"];
const OWN: &[&str] = &["admin", "alice"];
const READ: &[&str] = &["admin", "carol"];
const MANAGE: &[&str] = &["admin"];

/// Every command but those in [`ASK_NOTHING`].
pub const CASES: &[Case] = &[
    (&["create", "new", "-g", "deploy"], OWN),
    (&["list"], ALL),
    (&["show", "hers"], ALL),
    (&["deactivate", "hers"], OWN),
    (&["activate", "hers"], MANAGE),
    (&["rename", "hers", "renamed"], OWN),
    (&["set-groups", "hers", "deploy", "own"], OWN),
    (&["set-permissions", "hers", "deploy:run"], OWN),
    (&["set-description", "hers", "x"], OWN),
    (&["set-owner", "hers", "bob"], MANAGE),
    (&["set-app", "hers", "shop"], MANAGE),
    (&["set-expiry", "hers", "90d"], OWN),
    (&["delete", "hers", "-y"], OWN),
    (&["group", "list"], ALL),
    (&["group", "show", "deploy"], ALL),
    (&["group", "create", "g"], MANAGE),
    (&["group", "set-permissions", "deploy", "x"], MANAGE),
    (&["group", "set-description", "deploy", "x"], MANAGE),
    (&["group", "rename", "deploy", "release"], MANAGE),
    (&["group", "delete", "readonly", "-y"], MANAGE),
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
    (&["shared-secret", "show"], MANAGE),
    (&["shared-secret", "rotate"], MANAGE),
    (&["shared-secret", "sign"], MANAGE),
    (&["shared-secret", "check", "x"], MANAGE),
    (&["shared-secret", "delete", "-y"], MANAGE),
    (&["shared-secret", "create"], MANAGE),
    (&["doctor"], READ),
    (&["backup", "copy"], MANAGE),
    (&["restore", "backup", "-y", "--db", "x/keys.db"], MANAGE),
];

/// Commands that ask for no right but to read the file, or touch no database.
const ASK_NOTHING: &[&[&str]] = &[&["verify"], &["init"], &["completions"], &["help"]];

fn furnished() -> (Sandbox, String) {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.create(&["hers", "-g", "deploy", "--owner", "alice"]);
    sandbox.run(&["shared-secret", "create"]).succeeds();
    sandbox.run(&["backup", "backup"]).succeeds();
    (sandbox, secret)
}

/// All that is stored, as a dump.
fn stored(sandbox: &Sandbox) -> Vec<u8> {
    let mut all = std::fs::read(sandbox.db()).unwrap();
    let shared = sandbox.path(".local/share/apikey/keys.db.shared-secret");
    all.extend(std::fs::read(shared).unwrap_or_default());
    all
}

#[test]
fn every_command_is_for_whom_the_contract_says() {
    for (args, allowed) in CASES {
        let (sandbox, _) = furnished();
        if args.starts_with(&["shared-secret", "create"]) {
            sandbox.run(&["shared-secret", "delete", "-y"]).succeeds();
        }
        let before = stored(&sandbox);
        for operator in ["carol", "alice", "admin"]
            .iter()
            .filter(|who| !allowed.contains(who))
        {
            let ran = sandbox
                .as_user(operator, &[*args, &["--json"]].concat())
                .exits(4);
            assert_eq!(ran.error_code(), "not-permitted", "{operator} {args:?}");
            assert_eq!(ran.stdout, "", "{operator} {args:?}");
        }
        assert!(stored(&sandbox) == before, "{args:?} changed something");
        for operator in *allowed {
            let (sandbox, _) = furnished();
            if args.starts_with(&["shared-secret", "create"]) {
                sandbox.run(&["shared-secret", "delete", "-y"]).succeeds();
            }
            let ran = sandbox.as_user(operator, args);
            let no = i32::from(args.starts_with(&["shared-secret", "check"]));
            assert_eq!(ran.code, no, "{operator} {args:?}: {ran:?}");
        }
    }
}

#[test]
fn who_is_not_registered_active_and_in_a_right_group_has_no_leave() {
    let (sandbox, secret) = furnished();
    for args in [
        &["user", "add", "off", "-g", "admin"][..],
        &["user", "deactivate", "off"],
        &["user", "add", "gone", "-g", "admin"],
        &["user", "set-expiry", "gone", "2020-01-01"],
        &["user", "add", "nothing", "-g", "deploy"],
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
    let before = stored(&sandbox);
    for operator in [
        "mallory", "off", "gone", "nothing", "narrow", "Admin", "ADMIN",
    ] {
        for (args, _) in CASES {
            let ran = sandbox
                .as_user(operator, &[*args, &["--json"]].concat())
                .exits(4);
            assert_eq!(ran.error_code(), "not-permitted", "{operator} {args:?}");
        }
        let mut verify = sandbox.program("/bin/sh");
        verify.args(["-c", "printf %s \"$KEY\" | $APIKEY verify"]);
        verify.env("SUDO_USER", operator).env("KEY", &secret);
        verify.env("APIKEY", super::sandbox::APIKEY);
        finish(verify.spawn().unwrap()).succeeds();
    }
    assert!(stored(&sandbox) == before);
}

#[test]
fn the_list_of_commands_above_is_whole() {
    let asked = CASES
        .iter()
        .map(|(args, _)| *args)
        .chain(ASK_NOTHING.iter().copied());
    let asked: Vec<&[&str]> = asked.collect();
    for path in commands() {
        let named = |args: &&&[&str]| path.iter().zip(args.iter()).all(|(word, arg)| word == arg);
        assert!(
            asked.iter().any(|args| named(&args)),
            "who may {path:?} is not said above"
        );
    }
}

#[test]
fn without_a_user_whoever_may_write_the_file_may_do_everything() {
    let sandbox = Sandbox::new();
    sandbox
        .as_user("anybody", &["create", "a", "-g", "readonly"])
        .succeeds();
    assert_eq!(sandbox.show("a")["created_by"], "anybody");
    sandbox
        .as_user("anybody", &["user", "add", "first"])
        .succeeds();
    sandbox
        .as_user("anybody", &["list"])
        .exits(4)
        .says("anybody is not a registered user");
    sandbox
        .as_user("first", &["list"])
        .exits(4)
        .says("apikey:manage");
    let last = sandbox.run(&["user", "delete", "first", "-y"]).succeeds();
    last.says("whoever may write the file may do everything");
    sandbox.as_user("anybody", &["list"]).succeeds();
}

#[test]
fn rights_are_asked_before_what_conflicts() {
    let (sandbox, _) = furnished();
    for args in [
        &["group", "show", "nosuch"][..],
        &["group", "delete", "nosuch", "-y"],
        &["user", "show", "nosuch"],
        &["show", "nosuch"],
        &["create", "hers", "-g", "nosuch"],
    ] {
        sandbox.as_user("mallory", args).exits(4);
    }
    // Who sees all keys is told of one that is not there by whether it may change any.
    sandbox
        .as_user("carol", &["rename", "nosuch", "x"])
        .exits(4);
    sandbox.as_user("carol", &["show", "nosuch"]).exits(3);
    // Of several, what it may not comes first, in whatever order they are named.
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
        .as_user("admin", &["rename", "nosuch", "x"])
        .exits(3);
}

#[test]
fn what_is_made_through_sudo_is_not_exported_as_another_user() {
    let (sandbox, _) = furnished();
    let args = ["create", "x", "-g", "deploy", "--export", "."];
    let owner = sandbox.shell("id -un").succeeds().stdout.trim().to_owned();
    for operator in ["admin", "alice"] {
        let ran = sandbox.as_user(operator, &args).exits(2);
        ran.says(&format!(
            "umask 077; sudo -u {owner} apikey create … > FILE"
        ));
    }
    sandbox.as_user("carol", &args).exits(4);
    assert!(!sandbox.path("x.APIKEY").exists());
    assert_eq!(sandbox.names(&[]), ["hers"]);
    // Root or the owner themselves may, and so may anybody where no user is registered.
    sandbox.run(&args).succeeds();
    Sandbox::new()
        .as_user("admin", &["create", "x", "-g", "readonly", "--export", "."])
        .succeeds();
}

#[test]
fn a_rule_of_sudo_can_fix_the_database() {
    let sandbox = Sandbox::new();
    let db = sandbox.db().display().to_string();
    let with = |args: &[&str]| sandbox.run(&[&["--db", &db], args].concat());
    with(&["list"]).succeeds();
    with(&["list", "--db", &db]).succeeds();
    for args in [
        &["--db", "other.db", "list"][..],
        &["list", "--db", "other.db"],
        &["list", "--db=other.db"],
        &["--db=", "list"],
        &["create", "a", "-g", "readonly", "--db", "other.db"],
        &["--db=other.db", "init"],
        // A `--` that is the value of an option ends no options.
        &["list", "--search", "--", "--db", "other.db"],
        &["list", "--search", "--", "--db=other.db", "--search", "x"],
        &[
            "create", "a", "-g", "readonly", "-d", "--", "--db", "other.db",
        ],
        &["group", "create", "a", "-d", "--", "--db", "other.db"],
        &["user", "add", "a", "-d", "--", "--db", "other.db"],
        &["list", "--search=--", "--db", "other.db"],
        &["list", "--", "--db", "other.db"],
        &["list", "--db"],
    ] {
        let ran = with(args).exits(2);
        assert!(
            ran.stderr.contains("--db is given twice"),
            "{args:?}: {ran:?}"
        );
    }
    assert!(!sandbox.path("other.db").exists());
    // sudo joins arguments by spaces: it can't tell such a path from the fixed one
    // with more arguments.
    for path in [
        format!("{db} /../other.db"),
        format!("{db}\t"),
        "a b.db".to_owned(),
    ] {
        let ran = sandbox
            .as_user("alice", &["--db", &path, "init", "--json"])
            .exits(2);
        assert_eq!(ran.error_code(), "invalid-input");
    }
    sandbox.run(&["--db", "a b.db", "init"]).succeeds();
    // What is named so but is no option is none.
    with(&["create", "a", "-g", "readonly", "-d", "--db-is-fine"]).succeeds();
    let mut command = sandbox.apikey(&["--db", &db, "list"]);
    finish(command.env("APIKEY_DB", "other.db").spawn().unwrap()).succeeds();
}

#[test]
fn what_would_mend_it_is_a_command_that_works() {
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

#[test]
fn who_leaves_nobody_to_manage_is_told() {
    const NOTE: &str = "no active user may manage the database";
    let sandbox = Sandbox::staffed();
    for (args, told) in [
        (&["user", "deactivate", "alice"][..], false),
        (&["user", "deactivate", "admin"], true),
        // There was none before.
        (&["user", "deactivate", "carol"], false),
        (&["user", "activate", "admin"], false),
        (&["user", "set-expiry", "admin", "2020-01-01"], true),
        (&["user", "set-expiry", "admin", "never"], false),
        (&["user", "set-groups", "admin", "--none"], true),
        (&["user", "set-groups", "admin", "admin"], false),
        (&["group", "set-permissions", "admin", "*"], true),
        (
            &["group", "set-permissions", "admin", "apikey:manage"],
            false,
        ),
        (&["user", "delete", "admin", "-y"], true),
    ] {
        let ran = sandbox.run(args).succeeds();
        assert_eq!(ran.stderr.contains(NOTE), told, "{args:?}: {ran:?}");
    }
    // Root is told how, not by what it is refused for.
    sandbox
        .as_user("root", &["user", "add", "x"])
        .exits(4)
        .says("doesn't come through sudo");
}

#[test]
fn what_only_looks_like_a_right_is_said_to_be_none() {
    let sandbox = Sandbox::new();
    let made = sandbox
        .run(&["group", "create", "g", "--allow", "apikey:admin"])
        .succeeds();
    made.says("apikey:admin lets no operator do anything");
    let set = sandbox
        .run(&["group", "set-permissions", "g", "apikey:own", "x"])
        .succeeds();
    assert!(!set.stderr.contains("no operator"), "{set:?}");
}

#[test]
fn through_sudo_no_file_is_read_as_another_user() {
    let (sandbox, secret) = furnished();
    std::fs::write(sandbox.path("secret"), &secret).unwrap();
    let args = ["verify", "--key-file", "secret"];
    for operator in ["mallory", "alice", "admin"] {
        sandbox
            .as_user(operator, &args)
            .exits(2)
            .says("verify < FILE");
        sandbox
            .as_user(operator, &["verify", "--key-file", "nosuch"])
            .exits(2)
            .says("verify < FILE");
    }
    sandbox.run(&args).succeeds();
}

#[test]
fn a_right_that_ends_while_a_question_waits_is_gone() {
    let (sandbox, _) = furnished();
    sandbox.run(&["group", "create", "idle"]).succeeds();
    sandbox.run(&["shared-secret", "rotate"]).succeeds();
    let mut child = sandbox
        .apikey(&["shared-secret", "sign"])
        .env("SUDO_USER", "admin")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    wait_until_it_waits(&child);
    sandbox.run(&["user", "deactivate", "admin"]).succeeds();
    drop(stdin);
    let ran = finish(child).exits(4);
    assert_eq!(ran.stdout, "");
}
