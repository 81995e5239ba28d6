//! A name that is mistyped: the one that may be meant is named, where the
//! operator may see it.

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
