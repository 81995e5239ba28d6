//! The status `blocked`, which a key has while its owner is inactive or expired.

use sqlite_only::sqlite_only;

use super::sandbox::Sandbox;

/// Returns keys of alice, who is inactive, of bob, who has expired, of carol, and without owner.
fn sample_sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for user in ["alice", "bob", "carol"] {
        sandbox
            .run(&["user", "add", user, "-g", "readonly"])
            .succeeds();
    }
    for (key, owner) in [("a", "alice"), ("b", "bob"), ("c", "carol"), ("off", "bob")] {
        sandbox.create(&[key, "-g", "readonly", "--owner", owner]);
    }
    sandbox.create(&["old", "-g", "readonly", "--owner", "alice"]);
    sandbox.key("free");
    sandbox.run(&["deactivate", "off"]).succeeds();
    sandbox.run(&["set-expiry", "old", "2020-01-01"]).succeeds();
    sandbox.run(&["user", "deactivate", "alice"]).succeeds();
    sandbox
        .run(&["user", "set-expiry", "bob", "2020-01-01"])
        .succeeds();
    sandbox
}

#[test]
fn a_key_whose_owner_is_inactive_or_expired_is_blocked() {
    let sandbox = sample_sandbox();
    for (key, status) in [
        ("a", "blocked"),
        ("b", "blocked"),
        ("c", "active"),
        ("free", "active"),
        ("off", "inactive"),
        ("old", "expired"),
    ] {
        assert_eq!(sandbox.show(key)["status"], status, "{key}");
    }
    let listed = sandbox.run(&["list", "--json"]).succeeds().json();
    for key in listed.as_array().unwrap() {
        let name = key["name"].as_str().unwrap();
        assert_eq!(key["status"], sandbox.show(name)["status"], "{name}");
    }
    let table = sandbox.run(&["list"]).succeeds().stdout;
    let row = table.lines().find(|line| line.starts_with("a ")).unwrap();
    assert_eq!(row.split_whitespace().nth(1), Some("blocked"), "{table}");
    let csv = sandbox.run(&["list", "--format", "csv"]).succeeds().stdout;
    assert!(csv.contains(",blocked,"), "{csv}");
    let facts = sandbox.run(&["show", "a"]).succeeds().stdout;
    assert!(facts.contains("alice is inactive"), "{facts}");
}

#[test]
fn keys_can_be_filtered_and_sorted_by_the_status_blocked() {
    let sandbox = sample_sandbox();
    assert_eq!(sandbox.names(&["--status", "blocked"]), ["a", "b"]);
    assert_eq!(sandbox.names(&["--status", "active"]), ["c", "free"]);
    let both = ["--status", "blocked", "--status", "inactive"];
    assert_eq!(sandbox.names(&both), ["a", "b", "off"]);
    assert_eq!(
        sandbox.names(&["--sort", "status"]),
        ["c", "free", "a", "b", "old", "off"]
    );
}

#[test]
fn a_blocked_key_is_active_again_when_its_owner_is() {
    let sandbox = sample_sandbox();
    sandbox.run(&["user", "activate", "alice"]).succeeds();
    sandbox
        .run(&["user", "set-expiry", "bob", "never"])
        .succeeds();
    assert_eq!(sandbox.names(&["--status", "blocked"]), [""; 0]);
    let all = ["a", "b", "c", "free"];
    assert_eq!(sandbox.names(&["--status", "active"]), all);
}

#[test]
fn every_command_shows_that_a_key_is_blocked() {
    let sandbox = sample_sandbox();
    let secret = sandbox.create(&["new", "-g", "readonly", "--owner", "carol"]);
    sandbox.run(&["user", "deactivate", "carol"]).succeeds();
    let changed = sandbox.run(&["set-description", "new", "x", "--json"]);
    assert_eq!(changed.succeeds().json()["status"], "blocked");
    let refused = sandbox.feed(&["verify", "--json"], secret).exits(1).json();
    assert_eq!(refused["reason"], "owner-inactive");
    assert_eq!(refused["key"]["status"], "blocked");
    let deleted = sandbox.run(&["delete", "new", "--yes"]).succeeds();
    deleted.says("new   blocked");
}

#[sqlite_only("restores a file")]
#[test]
fn restore_lists_blocked_keys_and_does_not_count_them_as_active() {
    let sandbox = sample_sandbox();
    sandbox.run(&["backup", "copy"]).succeeds();
    let args = ["--db", "new/keys.db", "restore", "copy", "--yes"];
    let ran = sandbox.run(&args).succeeds();
    let listed = |name: &str| {
        let row = ran.stderr.lines().find(|line| line.starts_with(name));
        row.and_then(|row| row.split_whitespace().nth(1))
    };
    assert_eq!(listed("a "), Some("blocked"), "{ran:?}");
    assert_eq!(listed("b "), Some("blocked"));
    assert_eq!(listed("c "), Some("active"));
    assert_eq!((listed("old "), listed("off ")), (None, None));
    ran.clone().says("2 of them active");
}

#[test]
fn a_shell_completes_the_status_blocked() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.apikey(&["--", "apikey", "list", "--status", "b"]);
    command.env("_APIKEY_COMPLETE", "bash");
    let offered = super::sandbox::finish(command.spawn().unwrap()).succeeds();
    assert_eq!(offered.stdout, "blocked\n");
}
