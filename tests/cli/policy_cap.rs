//! `set-expiry --cap`: lives that are longer than `max-lifetime` become that long.

use super::sandbox::{Sandbox, clock};

/// Returns a database with keys that expire in 30 and 400 days, never, and in the past.
fn populated() -> Sandbox {
    let sandbox = Sandbox::staffed();
    for (name, expiry) in [
        ("soon", "30d"),
        ("late", "400d"),
        ("forever", "never"),
        ("expired", "30d"),
    ] {
        let create = ["create", name, "-g", "deploy", "--owner", "alice"];
        sandbox.run(&create).succeeds();
        sandbox.run(&["set-expiry", name, expiry]).succeeds();
    }
    sandbox
        .run(&["set-expiry", "expired", "2020-01-01"])
        .succeeds();
    sandbox
}

/// Returns in how many days the key expires, rounded; none if it never does.
fn days(sandbox: &Sandbox, name: &str) -> Option<i64> {
    let select = format!(
        "SELECT (expires_at - {} + 43200) / 86400 FROM keys WHERE name = '{name}'",
        clock()
    );
    sandbox.value(&select).parse().ok()
}

#[test]
fn a_cap_shortens_the_lives_that_are_too_long_and_no_other() {
    let sandbox = populated();
    sandbox
        .run(&["policy", "set", "max-lifetime", "90d"])
        .succeeds();
    let expired = days(&sandbox, "expired");
    let cap = |name: &str| sandbox.run(&["set-expiry", name, "--cap"]).succeeds();
    cap("forever").says("\"forever\" now expires at");
    assert_eq!(days(&sandbox, "forever"), Some(90));
    cap("soon").says("\"soon\" already expires at");
    assert_eq!(days(&sandbox, "soon"), Some(30));
    let entries = sandbox.count("log");
    cap("expired").says("already expired");
    assert_eq!(days(&sandbox, "expired"), expired);
    assert_eq!(sandbox.count("log"), entries);
    // The owner may shorten lives, too.
    sandbox
        .as_user("alice", &["set-expiry", "late", "--cap"])
        .succeeds();
    assert_eq!(days(&sandbox, "late"), Some(90));
}

#[test]
fn a_cap_of_a_selection_changes_only_the_lives_that_are_too_long() {
    let sandbox = populated();
    sandbox
        .run(&["policy", "set", "max-lifetime", "90d"])
        .succeeds();
    let args = ["set-expiry", "--owner", "alice", "--cap", "--json"];
    let ran = sandbox.run(&[&args[..], &["--dry-run"]].concat());
    assert_eq!(ran.succeeds().json().as_array().unwrap().len(), 2);
    assert_eq!(days(&sandbox, "late"), Some(400));
    let ran = sandbox.run(&[&args[..], &["--yes"]].concat()).succeeds();
    let keys = ran.json();
    let mut names: Vec<&str> = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["forever", "late"]);
    assert_eq!(days(&sandbox, "late"), Some(90));
    assert_eq!(days(&sandbox, "forever"), Some(90));
    assert_eq!(days(&sandbox, "soon"), Some(30));
}

#[test]
fn a_cap_needs_the_rule_and_no_when() {
    let sandbox = populated();
    for args in [
        &["set-expiry", "forever", "--cap"][..],
        &["set-expiry", "--no-expiry", "--cap", "--yes"],
        &["set-expiry", "--cap"],
    ] {
        let ran = sandbox.run(&[args, &["--json"]].concat()).exits(2);
        assert_eq!(ran.error_code(), "usage", "{args:?}");
    }
    sandbox
        .run(&["policy", "set", "max-lifetime", "90d"])
        .succeeds();
    for args in [
        &["set-expiry", "forever", "90d", "--cap"][..],
        &["set-expiry", "--no-expiry", "90d", "--cap", "--yes"],
    ] {
        sandbox.run(args).exits(2);
    }
    assert_eq!(days(&sandbox, "forever"), None);
}
