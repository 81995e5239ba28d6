//! `apikey policy`: its listing, its changes, and rules that can't be judged.

use serde_json::{Value, json};
use sqlite_only::sqlite_only;

use super::complete::offered;
use super::sandbox::Sandbox;

const RULES: [&str; 12] = [
    "max-lifetime",
    "default-lifetime",
    "owner-required",
    "name-pattern",
    "max-keys-per-owner",
    "max-overlap",
    "default-overlap",
    "self-service-groups",
    "max-age",
    "unused-after",
    "warn-before",
    "drain-after",
];

/// Returns the rule as `policy --json` lists it.
#[track_caller]
fn rule(sandbox: &Sandbox, name: &str) -> Value {
    let rules = sandbox.run(&["policy", "--json"]).succeeds().json();
    let mut rules = rules.as_array().unwrap().clone().into_iter();
    rules.find(|rule| rule["rule"] == name).unwrap()
}

/// Returns the details of the entries of the log with that action.
fn logged(sandbox: &Sandbox, action: &str) -> Vec<Value> {
    let entries = sandbox.logged().into_iter();
    let entries = entries.filter(|(of, _)| of == action);
    entries.map(|(_, details)| details).collect()
}

#[test]
fn every_rule_is_listed_with_its_value_or_its_default() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["policy", "set", "warn-before", "2w"])
        .succeeds();
    let rules = sandbox.run(&["policy", "--json"]).succeeds().json();
    let rules = rules.as_array().unwrap();
    let names: Vec<&str> = rules
        .iter()
        .map(|rule| rule["rule"].as_str().unwrap())
        .collect();
    assert_eq!(names, RULES);
    for (name, value, default) in [
        ("max-lifetime", Value::Null, false),
        ("max-age", Value::Null, false),
        ("unused-after", "90d".into(), true),
        // The value equals the default, but it was set.
        ("warn-before", "14d".into(), false),
        ("drain-after", "1d".into(), true),
    ] {
        let rule = rule(&sandbox, name);
        assert_eq!(
            (&rule["value"], &rule["default"]),
            (&value, &default.into())
        );
    }
    let lines = sandbox.run(&["policy", "--format", "jsonl"]).succeeds();
    assert_eq!(lines.stdout.lines().count(), RULES.len());
    let csv = sandbox
        .run(&["policy", "--format", "csv"])
        .succeeds()
        .stdout;
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("rule,value,default,meaning"));
    assert!(lines.next().unwrap().starts_with("max-lifetime,,false,"));
    let table = sandbox.run(&["policy"]).succeeds();
    assert_eq!(table.stderr, "");
    let mut lines = table.stdout.lines();
    let heading: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(heading, ["RULE", "VALUE", "MEANING"]);
    let first: Vec<&str> = lines.next().unwrap().split_whitespace().take(2).collect();
    assert_eq!(first, ["max-lifetime", "-"]);
}

#[test]
fn a_change_is_in_the_log_and_a_repetition_is_not() {
    let sandbox = Sandbox::new();
    let set = |value: &str| sandbox.run(&["policy", "set", "max-lifetime", value, "--json"]);
    let ran = set("2w").succeeds().says("max-lifetime is now 14d");
    assert_eq!(ran.json()["value"], "14d");
    assert_eq!(ran.json()["default"], false);
    set("14d").succeeds().says("max-lifetime is already 14d");
    let reason = ["policy", "set", "max-lifetime", "30d", "--reason", "audit"];
    sandbox.run(&reason).succeeds();
    let unset = ["policy", "unset", "max-lifetime", "--json"];
    let ran = sandbox.run(&unset).succeeds();
    let ran = ran.says("max-lifetime is now not set");
    assert_eq!(ran.json()["value"], Value::Null);
    let repeated = sandbox.run(&unset).succeeds();
    repeated.says("max-lifetime is already not set");
    sandbox
        .run(&["policy", "unset", "drain-after"])
        .succeeds()
        .says("drain-after is already 1d, the built-in default");
    assert_eq!(
        logged(&sandbox, "policy-set"),
        [
            json!({"rule": "max-lifetime", "from": null, "to": "14d"}),
            json!({"rule": "max-lifetime", "from": "14d", "to": "30d", "reason": "audit"}),
        ]
    );
    assert_eq!(
        logged(&sandbox, "policy-unset"),
        [json!({"rule": "max-lifetime", "from": "30d", "to": null})]
    );
    sandbox.run(&["log", "verify"]).succeeds();
}

#[test]
fn an_invalid_value_changes_nothing() {
    let sandbox = Sandbox::new();
    let before = sandbox.content();
    for (rule, value) in [
        ("max-lifetime", "0s"),
        ("max-lifetime", "1y"),
        ("max-lifetime", ""),
        ("unused-after", "0d"),
        ("owner-required", "yes"),
        ("max-keys-per-owner", "0"),
        ("max-keys-per-owner", "-1"),
        ("name-pattern", "("),
        ("name-pattern", "a)|(b"),
        ("name-pattern", ""),
        ("self-service-groups", ""),
        ("self-service-groups", "a b"),
    ] {
        let ran = sandbox.run(&["policy", "set", rule, value, "--json"]);
        assert_eq!(ran.exits(2).error_code(), "invalid-input", "{rule} {value}");
    }
    for args in [
        &["policy", "set", "max-lifetme", "1d"][..],
        &["policy", "unset", "max-lifetme"],
    ] {
        sandbox.run(args).exits(2).says("max-lifetime");
    }
    for args in [
        &["policy", "set"][..],
        &["policy", "set", "max-age"],
        &["policy", "unset"],
        &["policy", "set", "max-age", "1d", "--format", "csv"],
    ] {
        sandbox.run(args).exits(2);
    }
    assert!(sandbox.content() == before);
}

#[test]
fn rules_that_contradict_each_other_are_refused_in_either_order() {
    for (smaller, larger) in [
        ("default-lifetime", "max-lifetime"),
        ("default-overlap", "max-overlap"),
    ] {
        for (first, second) in [(smaller, larger), (larger, smaller)] {
            let sandbox = Sandbox::new();
            let value = |rule: &str| if rule == smaller { "31d" } else { "30d" };
            let set =
                |rule: &str, value: &str| sandbox.run(&["policy", "set", rule, value, "--json"]);
            set(first, value(first)).succeeds();
            let ran = set(second, value(second)).exits(3);
            assert_eq!(ran.error_code(), "policy");
            let ran = ran.says(smaller).says(larger);
            assert_eq!(rule(&sandbox, second)["value"], Value::Null, "{ran:?}");
            assert_eq!(logged(&sandbox, "policy-set").len(), 1);
            // The same length as the other rule's is permitted.
            set(second, value(first)).succeeds();
        }
    }
}

#[test]
fn the_groups_of_a_rule_exist_and_keep_their_names() {
    let sandbox = Sandbox::staffed();
    let set =
        |groups: &str| sandbox.run(&["policy", "set", "self-service-groups", groups, "--json"]);
    assert_eq!(
        set("deploy,nosuch").exits(3).error_code(),
        "group-not-found"
    );
    let ran = set("DEPLOY,readonly,deploy").succeeds();
    assert_eq!(ran.json()["value"], "deploy,readonly");
    set("readonly,deploy").succeeds();
    sandbox
        .run(&["group", "rename", "deploy", "release"])
        .succeeds();
    let value = |sandbox: &Sandbox| rule(sandbox, "self-service-groups")["value"].clone();
    assert_eq!(value(&sandbox), "readonly,release");
    let last = logged(&sandbox, "policy-set").pop().unwrap();
    assert_eq!(last["to"], "readonly,release");
    // No key or user is in the group, but the policy names it.
    let delete = ["group", "delete", "readonly", "-y", "--json"];
    let ran = sandbox.run(&delete).exits(3);
    assert_eq!(ran.error_code(), "in-use");
    ran.says("self-service-groups");
    set("release").succeeds();
    sandbox.run(&delete).succeeds();
    // Renaming another group changes no rule.
    let changes = logged(&sandbox, "policy-set").len();
    sandbox.run(&["group", "rename", "audit", "x"]).succeeds();
    assert_eq!(logged(&sandbox, "policy-set").len(), changes);
}

#[test]
fn rules_are_completed() {
    let sandbox = Sandbox::new();
    assert_eq!(offered(&sandbox, "policy "), ["set", "unset"]);
    assert_eq!(offered(&sandbox, "policy set "), RULES);
    let expected = [
        "max-lifetime",
        "max-keys-per-owner",
        "max-overlap",
        "max-age",
    ];
    assert_eq!(offered(&sandbox, "policy unset max-"), expected);
}

#[sqlite_only("copies a file")]
#[test]
fn a_rule_of_a_newer_version_stops_only_what_it_could_forbid() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.key("b");
    sandbox.key("off");
    sandbox.run(&["deactivate", "off"]).succeeds();
    sandbox.sql("INSERT INTO policy VALUES ('max-secrets', '3')");
    for args in [
        &["create", "c", "-g", "readonly"][..],
        &["rename", "a", "c"],
        &["activate", "off"],
        &["set-owner", "a", "--none"],
        &["set-expiry", "a", "90d"],
        &["rotate", "a", "--overlap", "1h"],
    ] {
        let ran = sandbox.run(&[args, &["--json"]].concat());
        // An owner that is the same already is not judged.
        if args[0] == "set-owner" {
            ran.succeeds();
            continue;
        }
        assert_eq!(ran.exits(5).error_code(), "database-newer", "{args:?}");
    }
    for args in [
        &["list", "--json"][..],
        &["show", "a"],
        &["deactivate", "b"],
        &["delete", "b", "-y"],
        &["set-description", "a", "x"],
        &["set-expiry", "a", "now"],
        &["backup", "copy"],
    ] {
        sandbox.run(args).succeeds();
    }
    sandbox.run(&["policy"]).succeeds().says("max-secrets");
    // Even cron learns that this review can't judge every rule.
    for only in [&[][..], &["--only", "policy"]] {
        let ran = sandbox.run(&[&["review", "-q", "--except", "expired"], only].concat());
        ran.succeeds().says("max-secrets");
    }
    let ran = sandbox.run(&["review", "-q", "--only", "pending"]);
    assert_eq!(ran.succeeds().stderr, "");
    sandbox.feed(&["verify"], &secret).exits(1);
    let ran = sandbox.run(&["doctor", "-q"]).exits(1);
    assert!(ran.stdout.contains("max-secrets"), "{ran:?}");
}

#[test]
fn doctor_names_an_invalid_value_and_the_command_that_removes_it() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    sandbox.sql("INSERT INTO policy VALUES ('name-pattern', '('), ('drain-after', 'soon')");
    let ran = sandbox.run(&["create", "b", "-g", "readonly", "--json"]);
    assert_eq!(ran.exits(5).error_code(), "database-damaged");
    // No verdict depends on the policy.
    let ran = sandbox.feed(&["verify", "--json"], &secret).succeeds();
    assert_eq!(ran.json()["key"]["previous"]["state"], "previous");
    sandbox.run(&["deactivate", "a"]).succeeds();
    for rule in ["drain-after", "name-pattern"] {
        let ran = sandbox.run(&["doctor", "--json", "-q"]).exits(1).json();
        let finding = &ran[0];
        assert_eq!(finding["check"], "policy");
        assert!(finding["message"].as_str().unwrap().contains(rule));
        let fix = finding["mend"].as_str().unwrap().to_owned();
        let fix = fix.replacen("apikey", "$APIKEY", 1);
        sandbox.shell(&fix).succeeds();
    }
    sandbox.run(&["doctor"]).succeeds();
    sandbox.key("b");
}
