//! The content of log entries.

use serde_json::{Value, json};

use super::sandbox::{Sandbox, finish, full_pipe, wait_until_blocked};

#[test]
fn an_entry_has_its_operator_action_key_and_details() {
    let sandbox = Sandbox::new();
    sandbox
        .as_user(
            "operator",
            &["create", "a", "-g", "readonly", "--expires", "2030-01-01"],
        )
        .succeeds();
    let entries = sandbox.run(&["log", "--json"]).succeeds().json();
    let created = &entries[1];
    let fields: Vec<&String> = created.as_object().unwrap().keys().collect();
    // serde_json sorts the fields.
    assert_eq!(
        fields,
        [
            "action", "at", "details", "key", "name", "operator", "reason", "seq"
        ]
    );
    let key = sandbox.show("a");
    assert_eq!(created["seq"], 2);
    assert_eq!(created["at"], key["created_at"]);
    assert_eq!(created["operator"], "operator");
    assert_eq!(created["action"], "create");
    assert_eq!(created["key"], key["id"]);
    assert_eq!(created["details"]["name"], "a");
    assert_eq!(created["details"]["expires_at"], "2030-01-01T00:00:00Z");
    assert_eq!(entries[0]["key"], Value::Null);
    let text = sandbox.run(&["log", "--json"]).succeeds().stdout;
    assert!(text.starts_with(r#"[{"seq":1,"at":"2"#), "{text}");
}

#[test]
fn every_entry_on_a_key_has_the_name_at_that_time() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["user", "add", "alice", "-g", "readonly"])
        .succeeds();
    sandbox.key("a");
    let id = sandbox.show("a")["id"].clone();
    for args in [
        &["set-app", "a", "billing"][..],
        &["set-owner", "a", "alice"],
        &["set-description", "a", "x"],
        &["set-expiry", "a", "2030-01-01"],
        &["set-permissions", "a", "x"],
        &["set-groups", "a", "admin", "--yes"],
        &["deactivate", "a"],
        &["rename", "a", "b"],
        &["activate", "b"],
        &["set-app", "b", "--none"],
        &["delete", "b", "-y"],
    ] {
        let ran = sandbox.run(args);
        // Alice is not in admin.
        assert_eq!(ran.code == 0, !args.contains(&"admin"), "{ran:?}");
    }
    // The reader of the secret closes the pipe early.
    let (reader, writer) = full_pipe();
    let mut create = sandbox.apikey(&["create", "undelivered", "-g", "readonly"]);
    let child = create.stdout(writer).spawn().unwrap();
    wait_until_blocked(&child);
    drop((create, reader));
    finish(child).exits(6);
    let entries = sandbox.run(&["log", "--json"]).succeeds().json();
    let entries: Vec<&Value> = entries.as_array().unwrap().iter().collect();
    let named: Vec<(&str, &str)> = entries
        .iter()
        .filter(|entry| !entry["key"].is_null())
        .map(|entry| {
            (
                entry["action"].as_str().unwrap(),
                entry["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("create", "a"),
            ("hand-over", "a"),
            ("set-app", "a"),
            ("set-owner", "a"),
            ("set-description", "a"),
            ("set-expiry", "a"),
            ("set-permissions", "a"),
            ("deactivate", "a"),
            ("rename", "a"),
            ("activate", "b"),
            ("set-app", "b"),
            ("delete", "b"),
            ("create", "undelivered"),
            ("hand-over-failed", "undelivered"),
        ]
    );
    for entry in entries {
        assert!(entry["reason"].is_null(), "{entry}");
        let has_name = !entry["key"].is_null();
        assert_eq!(entry["name"].is_string(), has_name, "{entry}");
        // The name is part of the details, which the hash covers.
        assert!(
            !has_name || entry["details"]["name"] == entry["name"],
            "{entry}"
        );
    }
    sandbox.run(&["log", "verify"]).succeeds();
    let table = sandbox.log(&[]);
    let line = table
        .lines()
        .find(|line| line.contains("deactivate"))
        .unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert!(cells.ends_with(&[id.as_str().unwrap(), "a", "-"]), "{line}");
    let csv = sandbox.log(&["--format", "csv"]);
    let line = csv
        .lines()
        .find(|line| line.contains("deactivate"))
        .unwrap();
    assert!(line.ends_with(r#",a,,"{""name"":""a""}""#), "{line}");
}

#[test]
fn a_creation_is_logged_with_all_its_values() {
    let sandbox = Sandbox::new();
    for args in [
        &["group", "create", "g", "-d", "of g", "--allow", "x"][..],
        &["group", "set-description", "g", "new"],
        &[
            "user",
            "add",
            "alice",
            "-g",
            "g",
            "-d",
            "of alice",
            "--expires",
            "2031-01-01",
        ],
        &[
            "create",
            "a",
            "-g",
            "g",
            "-d",
            "of a",
            "--app",
            "billing",
            "--owner",
            "alice",
            "--allow",
            "x",
            "--expires",
            "2030-01-01",
            "-q",
        ],
        &["create", "b", "-g", "g"],
    ] {
        sandbox.run(args).succeeds();
    }
    let entries = sandbox.logged();
    let details = |seq: usize| entries[seq - 1].1.clone();
    assert_eq!(
        details(2),
        json!({"group": "g", "description": "of g", "permissions": ["x"]})
    );
    assert_eq!(
        details(3),
        json!({"group": "g", "from": "of g", "to": "new"})
    );
    assert_eq!(
        details(4),
        json!({
            "user": "alice", "description": "of alice", "groups": ["g"],
            "expires_at": "2031-01-01T00:00:00Z",
        })
    );
    assert_eq!(
        details(5),
        json!({
            "name": "a", "description": "of a", "application": "billing", "owner": "alice",
            "groups": ["g"], "permissions": ["x"], "expires_at": "2030-01-01T00:00:00Z",
        })
    );
    assert_eq!(
        details(7),
        json!({
            "name": "b", "description": null, "application": null, "owner": null,
            "groups": ["g"], "permissions": [], "expires_at": null,
        })
    );
}
