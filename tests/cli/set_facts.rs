//! rename, set-description, set-app, set-expiry: each changes one fact.

use serde_json::{Value, json};

use super::sandbox::Sandbox;

/// Runs `args` and asserts that only `field` of the key has changed, and that a second run
/// changes nothing.
#[track_caller]
fn assert_changes(sandbox: &Sandbox, args: &[&str], field: &str, to: &Value) {
    let id = "SELECT id FROM keys";
    let id = sandbox.value(id);
    let mut before = sandbox.show(&id);
    let reported = sandbox.run(&[args, &["--json"]].concat()).succeeds().json();
    let after = sandbox.show(&id);
    assert_eq!(&after[field], to, "{args:?}");
    assert_eq!(reported[field], after[field]);
    before[field] = after[field].clone();
    assert_eq!(before, after, "{args:?}");
    let log = sandbox.count("log");
    sandbox.run(&[args, &[]].concat());
    assert_eq!(sandbox.count("log"), log, "{args:?} twice");
}

#[test]
fn each_command_changes_one_fact() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    assert_changes(
        &sandbox,
        &["set-description", "a", "-d --json"],
        "description",
        &json!("-d --json"),
    );
    assert_changes(
        &sandbox,
        &["set-description", "a", ""],
        "description",
        &Value::Null,
    );
    assert_changes(
        &sandbox,
        &["set-app", "a", "shop"],
        "application",
        &json!("shop"),
    );
    assert_changes(
        &sandbox,
        &["set-app", "a", "Shop"],
        "application",
        &json!("Shop"),
    );
    assert_changes(
        &sandbox,
        &["set-app", "a", "--none"],
        "application",
        &Value::Null,
    );
    assert_changes(
        &sandbox,
        &["set-expiry", "a", "2037-01-31"],
        "expires_at",
        &json!("2037-01-31T00:00:00Z"),
    );
    assert_changes(
        &sandbox,
        &["set-expiry", "a", "never"],
        "expires_at",
        &Value::Null,
    );
    assert_changes(&sandbox, &["rename", "a", "b"], "name", &json!("b"));
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn the_new_expiry_is_printed_and_may_be_in_the_past() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox
        .run(&["set-expiry", "a", "2037-01-31"])
        .succeeds()
        .says("2037-01-31T00:00:00Z");
    let past = "2020-02-29T12:00:00+02:00";
    sandbox
        .run(&["set-expiry", "a", past])
        .succeeds()
        .says("2020-02-29T10:00:00Z");
    assert_eq!(sandbox.show("a")["status"], "expired");
}

#[test]
fn invalid_values_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let long = "x".repeat(1001);
    for args in [
        &["set-description", "a", &long][..],
        &["set-description", "a", "x\u{202e}y"],
        &["set-description", "a", "x\ny"],
        &["set-description", "a"],
        &["set-app", "a"],
        &["set-app", "a", "b c"],
        &["set-app", "a", "shop", "--none"],
        &["set-expiry", "a", "tomorrow"],
        &["set-expiry", "a"],
        &["rename", "a", "b c"],
        &["rename", "a", ""],
        &["rename", "a"],
    ] {
        sandbox.run(args).exits(2);
    }
    assert_eq!(sandbox.count("log"), 3);
}
