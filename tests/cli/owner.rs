//! A key never has more rights than its owner has at that time.

use serde_json::json;

use super::sandbox::Sandbox;

fn reason(sandbox: &Sandbox, secret: &str, args: &[&str]) -> String {
    let ran = sandbox.feed(&[&["verify", "--json"], args].concat(), secret);
    let json = ran.json();
    assert_eq!(ran.code, i32::from(json["accepted"] == false));
    json["reason"].as_str().unwrap_or("accepted").to_owned()
}

/// Returns the stored fields of all keys, which a change of their owner must not touch.
fn rows(sandbox: &Sandbox) -> Vec<String> {
    sandbox.rows(
        "SELECT id || name || hash || state || active || owner || coalesce(expires_at, 0)
             || (SELECT string_agg(group_id, ' ') FROM key_groups m WHERE m.key = number)
           FROM keys JOIN secrets s ON s.key = number",
    )
}

#[test]
fn a_blocked_owner_blocks_its_keys_until_the_change_is_reversed() {
    let sandbox = Sandbox::staffed();
    let first = sandbox.create(&["first", "-g", "deploy", "--owner", "alice"]);
    let second = sandbox.create(&["second", "-g", "deploy", "--owner", "alice"]);
    let of_bob = sandbox.create(&["his", "-g", "deploy", "--owner", "bob"]);
    let before = rows(&sandbox);
    let asked = &["-g", "deploy", "--can", "deploy:run"];
    for (stop, reverse, expected) in [
        (
            &["deactivate", "alice"][..],
            &["activate", "alice"][..],
            "owner-inactive",
        ),
        (
            &["set-expiry", "alice", "2020-01-01"],
            &["set-expiry", "alice", "never"],
            "owner-expired",
        ),
        (
            &["set-groups", "alice", "own"],
            &["set-groups", "alice", "--add", "deploy"],
            "owner-missing-group",
        ),
        (
            &["set-groups", "alice", "--remove", "deploy"],
            &["set-groups", "alice", "own", "deploy"],
            "owner-missing-group",
        ),
        (
            &["set-groups", "alice", "--none"],
            &["set-groups", "alice", "own", "deploy"],
            "owner-missing-group",
        ),
    ] {
        sandbox.run(&[&["user"], stop].concat()).succeeds();
        for secret in [&first, &second] {
            assert_eq!(reason(&sandbox, secret, asked), expected, "{stop:?}");
        }
        assert_eq!(reason(&sandbox, &of_bob, asked), "accepted");
        sandbox.run(&[&["user"], reverse].concat()).succeeds();
        assert_eq!(reason(&sandbox, &first, asked), "accepted", "{reverse:?}");
    }
    assert_eq!(rows(&sandbox), before, "a key was changed");
    // A permission of the owner counts, whichever group it comes from.
    sandbox
        .run(&["user", "set-groups", "alice", "--none"])
        .succeeds();
    let can = &["--can", "deploy:run"];
    assert_eq!(reason(&sandbox, &first, can), "owner-missing-permission");
    sandbox
        .run(&[
            "group",
            "set-permissions",
            "audit",
            "apikey:read",
            "deploy:run",
        ])
        .succeeds();
    sandbox
        .run(&["user", "set-groups", "alice", "audit"])
        .succeeds();
    assert_eq!(reason(&sandbox, &first, can), "accepted");
    assert_eq!(
        reason(&sandbox, &first, &["--can", "deploy:stop"]),
        "owner-missing-permission"
    );
    assert_eq!(
        reason(&sandbox, &first, &["--can", "x"]),
        "missing-permission"
    );
}

#[test]
fn a_key_is_valid_no_longer_than_its_owner() {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.create(&["a", "-g", "deploy", "--owner", "alice", "--expires", "30d"]);
    assert_eq!(
        reason(&sandbox, &secret, &["--min-remaining", "7d"]),
        "accepted"
    );
    sandbox
        .run(&["user", "set-expiry", "alice", "3d"])
        .succeeds();
    assert_eq!(
        reason(&sandbox, &secret, &["--min-remaining", "7d"]),
        "expires-soon"
    );
    assert_eq!(reason(&sandbox, &secret, &[]), "accepted");
}

#[test]
fn show_lists_the_limits_of_a_key() {
    let sandbox = Sandbox::staffed();
    let args = [
        "a",
        "-g",
        "deploy",
        "-g",
        "own",
        "--owner",
        "alice",
        "--allow",
        "order:create",
        "--allow",
        "deploy:run@x",
    ];
    sandbox.create(&args);
    let limits = |key: &str| sandbox.show(key)["limits"].clone();
    assert_eq!(
        limits("a"),
        json!([{"permission": "order:create", "reason": "alice may not"}])
    );
    sandbox
        .run(&["user", "set-groups", "alice", "own"])
        .succeeds();
    let key = sandbox.show("a");
    assert_eq!(key["groups"], json!(["deploy", "own"]));
    assert_eq!(key["effective_groups"], json!(["own"]));
    assert_eq!(key["effective_permissions"], json!(["apikey:own"]));
    assert_eq!(
        key["limits"][0],
        json!({"group": "deploy", "reason": "alice is not in deploy"})
    );
    let text = sandbox.run(&["show", "a"]).succeeds().stdout;
    for line in [
        "effective groups       own\n",
        "limited                group deploy: alice is not in deploy\n",
        "limited                deploy:*: alice may not\n",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    sandbox.run(&["user", "deactivate", "alice"]).succeeds();
    let key = sandbox.show("a");
    assert_eq!(
        (&key["effective_groups"], &key["effective_permissions"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(key["limits"][1]["reason"], "alice is inactive");
    assert_eq!(key["status"], "blocked");
}

#[test]
fn an_owner_is_set_changed_and_removed() {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.create(&["a", "-g", "deploy"]);
    assert_eq!(sandbox.show("a")["owner"], json!(null));
    let set = |args: &[&str]| sandbox.run(&[&["set-owner", "a"], args].concat());
    assert_eq!(
        set(&["alice", "--json"]).succeeds().json()["owner"],
        "alice"
    );
    set(&["alice"]).succeeds().says("already");
    set(&["bob"]).succeeds().says("now belongs to bob");
    sandbox.run(&["user", "deactivate", "bob"]).succeeds();
    assert_eq!(reason(&sandbox, &secret, &[]), "owner-inactive");
    set(&["--none"]).succeeds().says("now has no owner");
    assert_eq!(reason(&sandbox, &secret, &[]), "accepted");
    for (args, code, error) in [
        (&["carol"][..], 3, "owner-lacks-group"),
        (&["nosuch"], 3, "user-not-found"),
        (&["Alice"], 3, "user-not-found"),
        (&[], 2, "usage"),
        (&["alice", "--none"], 2, "usage"),
        (&["a b"], 2, "invalid-input"),
    ] {
        let ran = set(&[args, &["--json"]].concat()).exits(code);
        assert_eq!(ran.error_code(), error, "{args:?}");
    }
    set(&["alcie"]).exits(3).says("did you mean \"alice\"?");
}

#[test]
fn a_key_cannot_be_in_a_group_that_its_owner_is_not_in() {
    let sandbox = Sandbox::staffed();
    for args in [
        &["create", "b", "-g", "readonly", "--owner", "alice"][..],
        &[
            "create", "b", "-g", "deploy", "-g", "readonly", "--owner", "alice",
        ],
    ] {
        let ran = sandbox.run(&[args, &["--json"]].concat()).exits(3);
        assert_eq!(ran.error_code(), "owner-lacks-group");
        assert!(ran.stderr.contains("alice is not in readonly"), "{ran:?}");
    }
    assert_eq!(sandbox.names(&[]), [""; 0]);
    sandbox.create(&["a", "-g", "deploy", "--owner", "alice"]);
    for args in [
        &["readonly"][..],
        &["--add", "readonly"],
        &["deploy", "readonly"],
    ] {
        let ran = sandbox
            .run(&[&["set-groups", "a", "--json"], args].concat())
            .exits(3);
        assert_eq!(ran.error_code(), "owner-lacks-group", "{args:?}");
    }
    assert_eq!(sandbox.show("a")["groups"], json!(["deploy"]));
    // The key stays in a group that its owner has left.
    sandbox
        .run(&["user", "set-groups", "alice", "own"])
        .succeeds();
    sandbox.run(&["set-groups", "a", "--add", "own"]).succeeds();
    assert_eq!(sandbox.show("a")["groups"], json!(["deploy", "own"]));
    let ran = sandbox
        .run(&["create", "c", "-g", "deploy", "--owner", "nosuch", "--json"])
        .exits(3);
    assert_eq!(ran.error_code(), "user-not-found");
}

#[test]
fn keys_are_listed_by_owner() {
    let sandbox = Sandbox::staffed();
    // A search matches ids, too, which have no hyphen.
    for (name, owner) in [("a-1", "alice"), ("a-2", "alice"), ("b-1", "bob")] {
        sandbox.create(&[name, "-g", "deploy", "--owner", owner]);
    }
    sandbox.create(&["n", "-g", "deploy"]);
    assert_eq!(sandbox.names(&["--owner", "alice"]), ["a-1", "a-2"]);
    assert_eq!(
        sandbox.names(&["--owner", "alice", "--owner", "bob"]),
        ["a-1", "a-2", "b-1"]
    );
    assert_eq!(
        sandbox.names(&["--owner", "alice", "--search", "-2"]),
        ["a-2"]
    );
    assert_eq!(sandbox.names(&["--owner", "carol"]), [""; 0]);
    assert_eq!(
        sandbox.names(&["--sort", "owner"]),
        ["a-1", "a-2", "b-1", "n"]
    );
    let ran = sandbox.run(&["list", "--owner", "alic", "--json"]).exits(3);
    assert_eq!(ran.error_code(), "user-not-found");
    let table = sandbox.run(&["list"]).succeeds().stdout;
    assert!(table.lines().next().unwrap().contains("OWNER"), "{table}");
    let csv = sandbox
        .run(&["list", "--format", "csv", "--owner", "bob"])
        .succeeds()
        .stdout;
    assert!(csv.lines().nth(1).unwrap().contains(",bob,"), "{csv}");
}

#[test]
fn verify_reports_the_owner() {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.create(&["a", "-g", "deploy", "--owner", "alice"]);
    let json = sandbox
        .feed(&["verify", "--json"], &secret)
        .succeeds()
        .json();
    assert_eq!(json["key"]["owner"], "alice");
    sandbox
        .run(&["user", "rename", "alice", "alice@corp"])
        .succeeds();
    let json = sandbox
        .feed(&["verify", "--json"], &secret)
        .succeeds()
        .json();
    assert_eq!(json["key"]["owner"], "alice@corp");
}

#[test]
fn a_key_with_a_missing_owner_is_not_a_key_without_an_owner() {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.create(&["a", "-g", "deploy", "--owner", "alice"]);
    sandbox.tamper("DELETE FROM users WHERE name = 'alice'");
    let ran = sandbox.feed(&["verify", "--json"], &secret).exits(5);
    assert_eq!(ran.error_code(), "database-damaged");
    sandbox.run(&["show", "a"]).exits(5);
}
