//! Suggestions for an unknown command, option, value or name: the probable one, if the operator
//! may see it, and nothing else.

use super::sandbox::Sandbox;

/// Every command that takes the name of a key, as `KEY`.
const KEYS: &[&str] = &[
    "show KEY",
    "activate KEY",
    "deactivate KEY",
    "rename KEY new",
    "set-groups KEY deploy",
    "set-description KEY text",
    "set-owner KEY alice",
    "set-app KEY shop",
    "set-expiry KEY never",
    "set-permissions KEY deploy:start",
    "delete KEY -y",
];

/// Every command that takes the name of a group, as `GROUP`.
const GROUPS: &[&str] = &[
    "create new -g GROUP",
    "list -g GROUP",
    "set-groups nightly GROUP",
    "set-groups nightly --add GROUP",
    "set-groups nightly --remove GROUP",
    "group show GROUP",
    "group set-permissions GROUP --none",
    "group set-description GROUP text",
    "group rename GROUP new",
    "group delete GROUP -y",
    "user add new -g GROUP",
    "user set-groups alice GROUP",
    "user set-groups alice --add GROUP",
    "user set-groups alice --remove GROUP",
];

/// Every command that takes the name of a user, as `USER`.
const USERS: &[&str] = &[
    "create new -g deploy --owner USER",
    "list --owner USER",
    "set-owner nightly USER",
    "user show USER",
    "user activate USER",
    "user deactivate USER",
    "user set-groups USER deploy",
    "user set-expiry USER never",
    "user rename USER new",
    "user delete USER -y",
];

fn populated() -> Sandbox {
    let sandbox = Sandbox::staffed();
    sandbox.create(&["nightly", "-g", "deploy", "--owner", "alice"]);
    sandbox
}

/// Returns the arguments of `line` with a mistyped name.
fn mistyped(line: &str) -> Vec<&str> {
    let argument = |argument| match argument {
        "KEY" => "nihgtly",
        "GROUP" => "deplyo",
        "USER" => "alcie",
        other => other,
    };
    line.split(' ').map(argument).collect()
}

#[test]
fn every_command_suggests_the_similar_name() {
    let sandbox = populated();
    for (lines, similar) in [(KEYS, "nightly"), (GROUPS, "deploy"), (USERS, "alice")] {
        for line in lines {
            let ran = sandbox.run(&mistyped(line)).exits(3);
            let hint = format!("did you mean \"{similar}\"?");
            assert!(ran.stderr.contains(&hint), "{line}: {ran:?}");
        }
    }
}

#[test]
fn a_name_that_the_operator_may_not_see_is_not_suggested() {
    let sandbox = populated();
    for line in [KEYS, USERS].concat() {
        let ran = sandbox.as_user("bob", &mistyped(line));
        assert!(matches!(ran.code, 2..=4), "{line}: {ran:?}");
        assert!(!ran.stderr.contains("did you mean"), "{line}: {ran:?}");
    }
    for line in [KEYS, GROUPS, USERS].concat() {
        let ran = sandbox.as_user("outsider", &mistyped(line)).exits(4);
        assert!(!ran.stderr.contains("did you mean"), "{line}: {ran:?}");
    }
}

#[test]
fn the_correct_spelling_or_a_synonym_is_suggested() {
    let sandbox = Sandbox::new();
    for (line, hint) in [
        ("delet a", "did you mean 'delete'?"),
        ("remove a", "did you mean 'delete'?"),
        ("ls", "did you mean 'list'?"),
        ("reactivate a", "did you mean 'activate'?"),
        ("inactivate a", "did you mean 'deactivate'?"),
        ("user rm a", "did you mean 'delete'?"),
        ("group add a", "did you mean 'create'?"),
        ("help crate", "did you mean 'create'?"),
        (
            "revoke a",
            "use `apikey deactivate`, or `apikey delete`, which can't be undone",
        ),
        (
            "user revoke a",
            "use `apikey user deactivate`, or `apikey user delete`, which can't be undone",
        ),
        ("help revoke", "use `apikey deactivate`, or `apikey delete`"),
        ("create a --output f", "did you mean '--export'?"),
        ("create a -o f", "did you mean '--export'?"),
        ("create a --discription x", "did you mean '--description'?"),
        ("list --status disabled", "did you mean 'inactive'?"),
        ("list --sort created", "did you mean 'created_at'?"),
        ("completions pwsh", "did you mean 'powershell'?"),
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let ran = sandbox.run(&args).exits(2);
        assert!(ran.stderr.contains(hint), "{line}: {ran:?}");
    }
}

#[test]
fn nothing_is_suggested_for_an_argument_that_is_only_similar() {
    let sandbox = Sandbox::new();
    for line in [
        "restart a",
        "revert a",
        "resume a",
        "replace a",
        "set a",
        "block a",
        "unblock a",
        "hold-clipboards",
        "list --force",
        "list --output f",
        "delete a --force",
        "restore b --overwrite",
        "list --status removed",
        "completions sh",
        "help set",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let ran = sandbox.run(&args).exits(2);
        assert!(!ran.stderr.contains("did you mean"), "{line}: {ran:?}");
        assert!(ran.stderr.contains("--help`"), "{line}: {ran:?}");
    }
}

#[test]
fn an_option_after_two_dashes_is_not_suggested_as_its_own_spelling() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["show", "--", "a", "--json"]).exits(2);
    let ran = ran.says("put '--json' before `--`, which ends the options");
    assert!(!ran.stderr.contains("did you mean"), "{ran:?}");
}

#[test]
fn a_name_with_another_number_or_letter_at_its_end_is_not_suggested() {
    let sandbox = Sandbox::new();
    for name in ["prod-1", "web-a", "web-b"] {
        sandbox.key(name);
    }
    for name in ["prod-2", "web-c"] {
        let ran = sandbox.run(&["delete", name, "--yes"]).exits(3);
        assert!(!ran.stderr.contains("did you mean"), "{ran:?}");
    }
}

#[test]
fn every_alias_runs_its_command() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["disable", "a"]).succeeds();
    assert_eq!(sandbox.show("a")["status"], "inactive");
    sandbox.run(&["enable", "a"]).succeeds();
    assert_eq!(sandbox.show("a")["status"], "active");
    sandbox.run(&["rm", "a", "--yes"]).succeeds();
    assert_eq!(sandbox.names(&[]), [""; 0]);
    sandbox.run(&["user", "create", "alice"]).succeeds();
    sandbox.run(&["user", "show", "alice"]).succeeds();
}
