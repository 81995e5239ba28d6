//! Changes of the keys that match filters, in place of named keys.

use serde_json::{Value, json};

use super::pty::{CTRL_C, ENTER, Terminal};
use super::sandbox::{Sandbox, finish};

/// Each command that takes filters, with its value.
const COMMANDS: [&[&str]; 8] = [
    &["activate"],
    &["deactivate"],
    &["delete", "--active"],
    &["finish-rotation"],
    &["set-expiry", "9d"],
    &["set-owner", "alice"],
    &["set-groups", "--add", "admin"],
    &["set-meta", "team=shop"],
];

/// Returns a database in which each command would change some keys: `off` and `old` are inactive,
/// `gone` has expired, `rotating` has an overlap.
fn populated() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "old", "off", "gone", "rotating"] {
        sandbox.key(name);
    }
    sandbox.run(&["deactivate", "off", "old"]).succeeds();
    sandbox.run(&["set-expiry", "gone", "now"]).succeeds();
    sandbox
        .run(&["rotate", "rotating", "--overlap", "1h"])
        .succeeds();
    let groups = ["-g", "readonly", "-g", "admin"];
    sandbox
        .run(&[&["user", "add", "alice"], &groups[..]].concat())
        .succeeds();
    sandbox
}

fn names(array: &Value) -> Vec<&str> {
    let keys = array.as_array().unwrap().iter();
    keys.map(|key| key["name"].as_str().unwrap()).collect()
}

#[test]
fn neither_keys_nor_filters_and_both_and_empty_values_are_refused() {
    let sandbox = populated();
    let before = sandbox.content();
    for command in COMMANDS {
        let with = |more: &[&str]| {
            let ran = sandbox
                .run(&[command, more, &["--yes", "--json"]].concat())
                .exits(2);
            assert_eq!(ran.stdout, "", "{command:?} {more:?}");
        };
        with(&[]);
        for option in [
            "--owner",
            "--status",
            "-g",
            "--search",
            "--meta",
            "--app",
            "--unused-for",
        ] {
            with(&[option, ""]);
        }
        with(&["--search", "  "]);
    }
    for both in [
        &["activate", "a"][..],
        &["deactivate", "a"],
        &["delete", "a"],
        &["finish-rotation", "a"],
        &["set-expiry", "a", "9d"],
        &["set-owner", "a", "alice"],
        &["set-owner", "a", "--none"],
        &["set-groups", "a", "--add", "admin"],
        &["set-groups", "readonly"],
        &["set-meta", "a", "x=y"],
    ] {
        let given = [both, &["--status", "active", "--yes"]].concat();
        sandbox.run(&given).exits(2);
    }
    // `readonly` was meant as a group.
    let given = ["set-groups", "readonly", "--status", "active", "--yes"];
    sandbox.run(&given).exits(2).says("need --add or --remove");
    for command in ["activate", "deactivate", "delete"] {
        let ran = sandbox.run(&[command, "-y"]).exits(2);
        ran.says("or select keys by a filter");
    }
    for (missing, says) in [
        (&["set-expiry"][..], "<WHEN> is missing"),
        (&["set-owner"], "<USER> is missing"),
        (&["set-groups"], "error: --add or --remove is missing"),
        (&["set-meta"], "<NAME=VALUE> is missing"),
    ] {
        let given = [missing, &["--status", "active", "--yes"]].concat();
        sandbox.run(&given).exits(2).says(says);
    }
    for option in ["--search", "--owner", "-g"] {
        sandbox.run(&["list", option, ""]).exits(2);
    }
    // An unknown group or user is probably mistyped.
    sandbox.run(&["deactivate", "-g", "radonly", "-y"]).exits(3);
    sandbox
        .run(&["deactivate", "--owner", "alcie", "-y"])
        .exits(3);
    assert!(sandbox.content() == before);
}

#[test]
fn a_filter_changes_only_the_keys_that_would_change_and_a_dry_run_none() {
    let all = ["--created-by", "root"];
    let expected: [&[&str]; 8] = [
        &["off", "old"],
        &["a", "b", "gone", "rotating"],
        &["a", "b", "gone", "off", "old", "rotating"],
        &["rotating"],
        &["a", "b", "gone", "off", "old", "rotating"],
        &["a", "b", "gone", "off", "old", "rotating"],
        &["a", "b", "gone", "off", "old", "rotating"],
        &["a", "b", "gone", "off", "old", "rotating"],
    ];
    for (command, expected) in COMMANDS.into_iter().zip(expected) {
        let sandbox = populated();
        let bytes = || sandbox.content();
        let args = [command, &all[..], &["--json"]].concat();
        let before = bytes();
        let dry = sandbox
            .run(&[&args[..], &["--dry-run"]].concat())
            .succeeds();
        assert!(bytes() == before, "{command:?}");
        dry.says(&format!("{} key", expected.len()));
        let tried = sandbox.run(&[&args[..], &["--dry-run"]].concat()).json();
        let changed = sandbox.run(&[&args[..], &["--yes"]].concat()).succeeds();
        let changed = changed.json();
        assert_eq!(names(&changed), expected, "{command:?}");
        let mut announced = changed.clone();
        for (tried, key) in tried
            .as_array()
            .unwrap()
            .iter()
            .zip(announced.as_array_mut().unwrap())
        {
            key["dry_run"] = json!(true);
            // The end of a duration may be a second later.
            key["expires_at"] = tried["expires_at"].clone();
            if !key["previous"].is_null() {
                key["previous"] = tried["previous"].clone();
            }
        }
        assert_eq!(tried, announced, "{command:?}");
        // Nothing is left to change.
        let log = sandbox.count("log");
        let repeated = sandbox
            .run(&[command, &all[..], &["--json", "--yes"]].concat())
            .succeeds();
        let is_relative = command[0] == "set-expiry";
        if !is_relative {
            assert_eq!(
                (repeated.json(), sandbox.count("log")),
                (json!([]), log),
                "{command:?}"
            );
            repeated.says("nothing to change");
        }
    }
}

#[test]
fn each_entry_of_the_log_has_the_selection() {
    let sandbox = populated();
    sandbox
        .run(&["set-description", "a", "it's old"])
        .succeeds();
    let args = [
        "deactivate",
        "--search",
        "it's",
        "--status=active",
        "-y",
        "--reason",
        "spring",
    ];
    sandbox.run(&args).succeeds().says("deactivated 1 key: a");
    let entry = sandbox.run(&["log", "--limit", "1", "--json"]).json();
    assert_eq!(entry[0]["action"], "deactivate");
    assert_eq!(entry[0]["reason"], "spring");
    let selection = r"--status active --search 'it'\''s'";
    assert_eq!(entry[0]["details"]["selection"], selection);
    sandbox.run(&["deactivate", "b"]).succeeds();
    assert_eq!(sandbox.logged().last().unwrap().1, json!({"name": "b"}));
    sandbox.run(&["log", "verify"]).succeeds();
}

#[test]
fn more_keys_than_at_most_change_nothing() {
    let sandbox = populated();
    let before = sandbox.content();
    for dry_run in [&[][..], &["--dry-run"]] {
        let args = [
            "deactivate",
            "--created-by",
            "root",
            "-y",
            "--at-most",
            "3",
            "--json",
        ];
        let ran = sandbox.run(&[&args[..], dry_run].concat()).exits(3);
        assert_eq!(ran.error_code(), "too-many");
    }
    let named = ["deactivate", "a", "b", "--at-most", "1"];
    let ran = sandbox.run(&named).exits(3);
    ran.says("2 keys would change, more than 1")
        .says("name fewer KEYs");
    assert!(sandbox.content() == before);
    let args = ["deactivate", "--created-by", "root", "-y", "--at-most", "4"];
    sandbox
        .run(&args)
        .succeeds()
        .says("deactivated 4 keys: a, b, gone, rotating");
    // Keys that already are as requested don't count.
    sandbox
        .run(&["deactivate", "--created-by", "root", "-y", "--at-most", "1"])
        .succeeds();
}

#[test]
fn a_filter_deletes_only_inactive_and_expired_keys_without_active() {
    let sandbox = populated();
    let delete = ["delete", "--created-by", "root", "-y"];
    let ran = sandbox.run(&[&delete[..], &["--json"]].concat()).succeeds();
    assert_eq!(names(&ran.json()), ["gone", "off", "old"]);
    ran.says(
        "3 keys that match are neither inactive nor expired, and are kept; --active deletes them",
    );
    sandbox
        .run(&["delete", "--search", "rotating", "-y"])
        .succeeds()
        .says(
            "1 key that matches is neither inactive nor expired, and is kept; --active deletes it",
        );
    let all = sandbox
        .run(&[&delete[..], &["--active"]].concat())
        .succeeds();
    all.says("deleted 3 keys: a, b, rotating");
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn a_confirmed_deletion_says_which_keys_were_kept() {
    let sandbox = populated();
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY delete --created-by root");
    terminal.at("Delete 3 keys? [y/N]", "y\r");
    terminal.sees("3 keys that match are neither inactive nor expired");
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.names(&[]), ["a", "b", "rotating"]);
}

#[test]
fn json_at_a_terminal_is_an_array_even_if_nothing_changes() {
    let sandbox = populated();
    let line = "$APIKEY deactivate --search nosuch --json > out";
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.exits(&sandbox, 0);
    let out = std::fs::read_to_string(sandbox.path("out")).unwrap();
    assert_eq!(out, "[]\n");
}

#[test]
fn pending_keys_are_selected_only_by_their_status() {
    let sandbox = populated();
    sandbox.sql("UPDATE secrets SET state = 'pending' WHERE key = (SELECT number FROM keys WHERE name = 'a')");
    let all = ["--created-by", "root", "-y"];
    for command in COMMANDS
        .into_iter()
        .filter(|command| command[0] != "delete")
    {
        let changed = sandbox.run(&[command, &all[..], &["--json", "--dry-run"]].concat());
        assert!(
            !names(&changed.succeeds().json()).contains(&"a"),
            "{command:?}"
        );
        let pending = ["--status", "pending", "-y", "--json"];
        let ran = sandbox.run(&[command, &pending].concat());
        if ran.code != 0 {
            assert_eq!(ran.exits(3).error_code(), "pending", "{command:?}");
        } else {
            assert_eq!(ran.json(), json!([]), "{command:?}");
        }
    }
    let all = [&["delete", "--active"][..], &all].concat();
    sandbox.run(&all).succeeds();
    assert_eq!(sandbox.names(&[]), ["a"]);
    sandbox
        .run(&["delete", "--status", "pending", "-y"])
        .succeeds();
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn rotations_are_finished_only_if_all_selected_ones_are_drained() {
    let sandbox = populated();
    let finish = ["finish-rotation", "--rotating", "-y"];
    let ran = sandbox
        .run(&[&finish[..], &["--if-drained", "--json"]].concat())
        .exits(1);
    assert_eq!(ran.stdout, "");
    ran.says("may still be in use: rotating");
    assert_eq!(sandbox.show("rotating")["previous"]["state"], "previous");
    // Not every name of many is printed. No random id contains `many`, practically.
    for number in 10..31 {
        let name = format!("many{number}");
        sandbox.key(&name);
        sandbox
            .run(&["rotate", &name, "--overlap", "1h"])
            .succeeds();
    }
    sandbox
        .run(&[&finish[..], &["--if-drained"]].concat())
        .exits(1)
        .says("may still be in use: many10, many11")
        .says("many29 and 2 more");
    sandbox.run(&["finish-rotation", "--search", "many", "-y"]);
    sandbox
        .run(&finish)
        .succeeds()
        .says("finished the rotation of 1 key: rotating");
    assert_eq!(sandbox.show("rotating")["previous"]["state"], "ended");
}

#[test]
fn the_count_and_twenty_names_are_confirmed_and_nothing_else_changes() {
    let sandbox = Sandbox::new();
    for number in 10..35 {
        sandbox.key(&format!("k{number}"));
    }
    let line = "$APIKEY deactivate --status active";
    let asks = "Deactivate 25 keys? [y/N]";
    // Without a terminal, the missing answer is an error.
    sandbox
        .run(&["deactivate", "--status", "active"])
        .exits(2)
        .says("--yes");
    for answer in [ENTER, "n\r", CTRL_C] {
        let mut terminal = Terminal::open(&sandbox, 100, line);
        terminal.sees("k10, k11");
        terminal.sees("k29 and 5 more");
        terminal.at(asks, answer);
        let code = if answer == CTRL_C { 130 } else { 1 };
        terminal.exits(&sandbox, code);
        assert_eq!(sandbox.names(&["--status", "active"]).len(), 25);
    }
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.sees(asks);
    // Meanwhile a key stops matching, and another begins to.
    sandbox.run(&["set-expiry", "k11", "now"]).succeeds();
    sandbox.key("later");
    terminal.press("y\r");
    terminal.sees("deactivated 24 keys");
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.names(&["--status", "active"]), ["later"]);
    assert_eq!(sandbox.names(&["--status", "expired"]), ["k11"]);
}

#[test]
fn limited_operators_change_only_their_own_keys_by_a_filter() {
    let sandbox = Sandbox::staffed();
    for owner in ["alice", "bob"] {
        for number in [1, 2] {
            let name = format!("{owner}-{number}");
            sandbox.create(&[&name, "-g", "deploy", "--owner", owner]);
        }
    }
    sandbox.key("free");
    let before = sandbox.count("log");
    let everything = sandbox.names(&[]);
    let run = |user: &str, args: &[&str]| sandbox.as_user(user, args);
    let all = ["--created-by", "root", "-y"];
    for user in ["carol", "outsider"] {
        run(user, &[&["deactivate"], &all[..]].concat()).exits(4);
    }
    // A change that `apikey:own` permits to no key is refused before anything is looked up.
    for args in [
        &["activate"][..],
        &["set-owner", "unknown-user"],
        &["set-meta", "a=b"],
        &["activate", "-g", "nosuch"],
        &["activate", "--owner", "nosuch"],
        &["set-groups", "--add", "nosuch"],
    ] {
        run("alice", &[args, &all].concat()).exits(4);
    }
    let remove = ["set-groups", "--remove", "nosuch"];
    run("alice", &[&remove[..], &all].concat()).exits(3);
    assert_eq!(sandbox.count("log"), before);
    let ran = run("alice", &[&["deactivate", "--json"], &all[..]].concat()).succeeds();
    let own = sandbox.names(&["--owner", "alice"]);
    assert!(own.len() < everything.len());
    assert_eq!(names(&ran.json()), own);
    assert_eq!(sandbox.names(&["--status", "inactive"]), own);
    // An operator who sees the keys of others must not change them by a filter that matches them.
    sandbox
        .run(&["user", "set-groups", "bob", "--add", "audit"])
        .succeeds();
    run("bob", &[&["deactivate"], &all[..]].concat()).exits(4);
    run("bob", &["deactivate", "--owner", "bob", "-y"])
        .succeeds()
        .says("bob-1, bob-2");
}

#[test]
fn no_change_is_of_more_than_a_hundred_thousand_keys() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 100_000);
    let all = ["deactivate", "--status", "active", "-y", "-q"];
    let ran = sandbox.run(&[&all[..], &["--json"]].concat()).exits(3);
    assert_eq!(ran.error_code(), "too-many");
    ran.says("100001 keys would change, more than 100000");
    assert_eq!(sandbox.count("keys WHERE active = 1"), 100_001);
    sandbox.run(&["deactivate", "a"]).succeeds();
    // An explicit limit doesn't raise it, and a hundred thousand are not too many.
    let more = [&all[..], &["--at-most", "200000"]].concat();
    sandbox.run(&more).succeeds();
    assert_eq!(sandbox.count("keys WHERE active = 1"), 0);
    assert_eq!(sandbox.count("log WHERE action = 'deactivate'"), 100_001);
}

#[test]
fn two_changes_of_many_keys_at_once_are_each_complete() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 400);
    let set = |entry| {
        let args = ["set-meta", "--status", "active", entry, "-y", "-q"];
        sandbox.apikey(&args).spawn().unwrap()
    };
    let running = ["team=one", "team=two", "team=three"].map(set);
    for child in running {
        finish(child).succeeds();
    }
    let teams = "(SELECT DISTINCT value FROM key_meta WHERE name = 'team') teams";
    assert_eq!(sandbox.count(teams), 1);
    assert_eq!(sandbox.count("key_meta"), sandbox.count("keys"));
    sandbox.run(&["log", "verify"]).succeeds();
}
