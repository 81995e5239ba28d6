//! A word or a name that is wrong: the one that is meant is suggested, where the
//! operator may see it, and nothing else.

use super::sandbox::Sandbox;

/// Every command that takes the name of a key, where `KEY` stands for it.
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

/// The same for groups.
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

/// The same for users.
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

fn furnished() -> Sandbox {
    let sandbox = Sandbox::staffed();
    sandbox.create(&["nightly", "-g", "deploy", "--owner", "alice"]);
    sandbox
}

/// `line` with a mistyped name in it.
fn mistyped(line: &str) -> Vec<&str> {
    let word = |word| match word {
        "KEY" => "nihgtly",
        "GROUP" => "deplyo",
        "USER" => "alcie",
        word => word,
    };
    line.split(' ').map(word).collect()
}

#[test]
fn every_command_names_the_one_that_may_be_meant() {
    let sandbox = furnished();
    for (lines, meant) in [(KEYS, "nightly"), (GROUPS, "deploy"), (USERS, "alice")] {
        for line in lines {
            let ran = sandbox.run(&mistyped(line)).exits(3);
            let hint = format!("did you mean \"{meant}\"?");
            assert!(ran.stderr.contains(&hint), "{line}: {ran:?}");
        }
    }
}

#[test]
fn none_is_named_that_the_operator_may_not_see() {
    let sandbox = furnished();
    for line in [KEYS, USERS].concat() {
        let ran = sandbox.as_user("bob", &mistyped(line));
        assert!(matches!(ran.code, 2..=4), "{line}: {ran:?}");
        assert!(!ran.stderr.contains("did you mean"), "{line}: {ran:?}");
    }
    for line in [KEYS, GROUPS, USERS].concat() {
        let ran = sandbox.as_user("stranger", &mistyped(line)).exits(4);
        assert!(!ran.stderr.contains("did you mean"), "{line}: {ran:?}");
    }
}

#[test]
fn a_wrong_command_suggests_a_plain_misspelling_or_what_means_the_same() {
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
            "`apikey deactivate` can be undone, `apikey delete` is for good",
        ),
        (
            "user revoke a",
            "`apikey user deactivate` can be undone, `apikey user delete` is for good",
        ),
        ("help revoke", "`apikey deactivate` can be undone"),
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
fn nothing_is_suggested_for_a_word_that_is_only_alike() {
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
        "list --status gone",
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
fn an_option_after_two_dashes_is_no_misspelling_of_itself() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["show", "--", "a", "--json"]).exits(2);
    let ran = ran.says("`--` ends the options");
    assert!(!ran.stderr.contains("did you mean"), "{ran:?}");
}

#[test]
fn another_number_is_another_key_and_not_suggested() {
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
fn the_aliases_of_the_contract_do_what_they_stand_for() {
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
