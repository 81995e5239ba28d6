//! Tests of a database on a server that a file would answer otherwise.

use super::sandbox::Sandbox;
use super::server;
use super::verify_batch::Coprocess;
use super::waiting::wait_for;

#[test]
fn the_shared_secret_is_refused() {
    let sandbox = Sandbox::new();
    let before = sandbox.content();
    for args in [
        &["create"][..],
        &["show"],
        &["rotate"],
        &["rotate", "--overlap", "1h"],
        &["sign"],
        &["check", "x"],
        &["delete", "-y"],
    ] {
        let ran = sandbox.run(&[&["shared-secret", "--json"], args].concat());
        assert_eq!(ran.exits(2).error_code(), "invalid-input", "{args:?}");
    }
    let ran = sandbox.run(&["shared-secret", "create"]).exits(2);
    assert_eq!(ran.stdout, "");
    ran.says("on a server").says("--db PATH");
    assert!(sandbox.content() == before);
    assert!(sandbox.files().is_empty());
}

#[test]
fn every_entry_of_the_log_names_the_role() {
    let sandbox = Sandbox::staffed();
    sandbox.key("a");
    sandbox
        .run(&["delete", "a", "-y", "--reason", "spring"])
        .succeeds();
    let entries = sandbox.run(&["log", "--json"]).succeeds().json();
    let entries = entries.as_array().unwrap();
    assert!(entries.len() > 9);
    for entry in entries {
        assert_eq!(entry["details"]["role"], server::OWNER, "{entry}");
    }
    sandbox.run(&["log", "verify"]).succeeds();
}

#[test]
fn a_batch_shows_a_use_long_after_it_has_opened_the_database() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut batch = Coprocess::start(&sandbox, &["--json", "--no-record"]);
    let last_use = |answer: String| -> serde_json::Value {
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["key"]["last_used_at"].clone()
    };
    assert!(last_use(batch.ask(&secret)).is_null());
    let now = "SELECT floor(extract(epoch FROM clock_timestamp()))";
    let opened = sandbox.number(now);
    wait_for("some seconds", || sandbox.number(now) > opened + 2);
    // As far in the future as a date may be, which was too far when the database was opened.
    sandbox.sql(
        "UPDATE usage SET accepted = floor(extract(epoch FROM clock_timestamp())) + 299
          WHERE slot > 0",
    );
    assert!(last_use(batch.ask(&secret)).is_string());
}
