//! Tests of a database on a server that a file would answer otherwise.

use super::sandbox::Sandbox;
use super::server;

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
