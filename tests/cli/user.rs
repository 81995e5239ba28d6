//! Users: registered, shown, changed, listed, deleted.

use serde_json::json;
use sqlite_only::sqlite_only;

use super::sandbox::Sandbox;

#[test]
fn a_user_is_registered_shown_changed_and_deleted() {
    let sandbox = Sandbox::new();
    let added = sandbox
        .run(&[
            "user",
            "add",
            "CORP\\alice",
            "-g",
            "readonly",
            "-g",
            "admin",
            "-d",
            "of the shop",
            "--expires",
            "90d",
            "--json",
        ])
        .succeeds();
    let json = added.json();
    assert_eq!(json["name"], "CORP\\alice");
    assert_eq!(json["status"], "active");
    assert_eq!(json["groups"], json!(["admin", "readonly"]));
    assert_eq!(json["permissions"], json!(["*", "*:read", "apikey:manage"]));
    assert_eq!(json["keys"], 0);
    assert_eq!(json["description"], "of the shop");
    assert!(json["expires_at"].is_string() && json["created_at"].is_string());
    assert!(json["created_by"].is_string());
    added.clone().says(&format!(
        "; it expires at {}",
        json["expires_at"].as_str().unwrap()
    ));
    // The first user restricts all other operators.
    added.says("operators must be registered");
    let second = sandbox.run(&["user", "add", "bob"]).succeeds();
    assert!(!second.stderr.contains("operators must"), "{second:?}");
    assert_eq!(second.stdout, "");
    sandbox.create(&["k", "-g", "readonly", "--owner", "CORP\\alice"]);
    let renamed = sandbox
        .run(&["user", "rename", "CORP\\alice", "alice", "--json"])
        .succeeds()
        .json();
    assert_eq!(
        (&renamed["name"], &renamed["keys"]),
        (&json!("alice"), &json!(1))
    );
    assert_eq!(sandbox.show("k")["owner"], "alice");
    let set = sandbox
        .run(&["user", "set-expiry", "alice", "2020-01-01", "--json"])
        .succeeds()
        .json();
    assert_eq!(
        (&set["status"], &set["expires_at"]),
        (&json!("expired"), &json!("2020-01-01T00:00:00Z"))
    );
    let ran = sandbox
        .run(&["user", "deactivate", "alice", "bob", "alice", "--json"])
        .succeeds()
        .says("deactivated the user \"alice\", who owns 1 key");
    let both = ran.json();
    assert_eq!(both.as_array().unwrap().len(), 2);
    assert_eq!(both[0]["status"], "inactive");
    let text = sandbox.run(&["user", "show", "alice"]).succeeds().stdout;
    for fact in [
        "alice",
        "inactive",
        "of the shop",
        "admin readonly",
        "apikey:manage",
    ] {
        assert!(text.contains(fact), "{fact} is not in {text}");
    }
    sandbox
        .run(&["user", "delete", "alice", "-y"])
        .exits(3)
        .says("alice owns 1 key");
    sandbox.run(&["delete", "k", "-y"]).succeeds();
    sandbox
        .run(&["user", "delete", "alice", "-y"])
        .succeeds()
        .says("deleted the user");
    sandbox.run(&["user", "show", "alice"]).exits(3);
    assert_eq!(sandbox.count("user_groups"), 0);
}

#[test]
fn a_repeated_change_reports_already() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["user", "add", "a", "-g", "readonly"])
        .succeeds();
    for args in [
        &["activate", "a"][..],
        &["set-groups", "a", "readonly"],
        &["set-groups", "a", "--add", "readonly"],
        &["set-expiry", "a", "never"],
        &["rename", "a", "a"],
    ] {
        sandbox
            .run(&[&["user"], args].concat())
            .succeeds()
            .says("already");
    }
    assert_eq!(sandbox.count("log WHERE action LIKE 'user-%'"), 1);
}

#[test]
fn several_users_are_changed_all_or_none() {
    let sandbox = Sandbox::staffed();
    let ran = sandbox
        .run(&["user", "deactivate", "alice", "nosuch", "bob", "--json"])
        .exits(3);
    assert_eq!(ran.error_code(), "user-not-found");
    let users = sandbox.run(&["user", "list", "--json"]).succeeds().json();
    assert!(
        users
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["status"] == "active")
    );
}

#[test]
fn groups_of_a_user_are_replaced_added_and_removed() {
    let sandbox = Sandbox::staffed();
    let set = |args: &[&str]| {
        let args = [&["user", "set-groups", "alice", "--json"], args].concat();
        sandbox.run(&args).succeeds().json()["groups"].clone()
    };
    assert_eq!(set(&["readonly", "admin"]), json!(["admin", "readonly"]));
    assert_eq!(
        set(&["--add", "deploy", "--remove", "admin"]),
        json!(["deploy", "readonly"])
    );
    assert_eq!(
        set(&["--remove", "deploy", "--remove", "readonly"]),
        json!([])
    );
    assert_eq!(set(&["DEPLOY"]), json!(["deploy"]));
    assert_eq!(set(&["--none"]), json!([]));
    for (args, code, error) in [
        (&["nosuch"][..], 3, "group-not-found"),
        (&["--remove", "nosuch"], 3, "group-not-found"),
        (&["--add", "admin", "--remove", "Admin"], 2, "usage"),
        (&["admin", "--none"], 2, "usage"),
        (&["--add", "admin", "--none"], 2, "usage"),
        (&["admin", "--add", "deploy"], 2, "usage"),
        (&[], 2, "usage"),
    ] {
        let ran = sandbox
            .run(&[&["user", "set-groups", "alice", "--json"], args].concat())
            .exits(code);
        assert_eq!(ran.error_code(), error, "{args:?}");
    }
}

#[test]
fn users_are_listed_in_every_format() {
    let sandbox = Sandbox::staffed();
    sandbox.create(&["k", "-g", "deploy", "--owner", "alice"]);
    let print = |format: &str| {
        sandbox
            .run(&["user", "list", "--format", format])
            .succeeds()
            .stdout
    };
    let table = print("table");
    assert!(
        table.starts_with("NAME   STATUS  GROUPS      KEYS  EXPIRES  CREATED"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 5);
    assert!(
        table
            .lines()
            .nth(2)
            .unwrap()
            .starts_with("alice  active  deploy own  1     Never"),
        "{table}"
    );
    assert_eq!(print("jsonl").lines().count(), 4);
    let csv = print("csv");
    let header =
        "name,description,status,groups,permissions,keys,created_at,created_by,expires_at\n";
    assert!(
        csv.starts_with(&format!("{header}admin,,active,admin,* apikey:manage,0,")),
        "{csv}"
    );
    let json: serde_json::Value = serde_json::from_str(&print("json")).unwrap();
    let names: Vec<&str> = json[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut fields: Vec<&str> = header.trim_end().split(',').collect();
    fields.sort_unstable();
    assert_eq!(names, fields);
    let empty = Sandbox::new();
    assert_eq!(
        empty.run(&["user", "list", "--json"]).succeeds().stdout,
        "[]\n"
    );
    assert_eq!(empty.run(&["user", "list"]).succeeds().stdout, "");
}

#[test]
fn conflicts_and_invalid_input_are_reported() {
    let sandbox = Sandbox::staffed();
    for (args, code, error) in [
        (&["add", "alice"][..], 3, "name-taken"),
        (&["add", "x", "-g", "nosuch"], 3, "group-not-found"),
        (&["rename", "alice", "bob"], 3, "name-taken"),
        (&["rename", "nosuch", "x"], 3, "user-not-found"),
        (&["show", "nosuch"], 3, "user-not-found"),
        (&["show", "Alice"], 3, "user-not-found"),
        (&["activate", "nosuch"], 3, "user-not-found"),
        (&["set-expiry", "nosuch", "never"], 3, "user-not-found"),
        (&["delete", "nosuch", "-y"], 3, "user-not-found"),
        (&["delete", "alice"], 2, "usage"),
        (&["add", "_apt"], 2, "invalid-input"),
        (&["add", "a b"], 2, "invalid-input"),
        (&["add", "x", "--expires", "2020-01-01"], 2, "invalid-input"),
        (&["add", "x", "--expires", "1M"], 2, "invalid-input"),
        (&["add", "x", "-d", "a\u{202e}b"], 2, "invalid-input"),
        (&["activate"], 2, "usage"),
        (&["add"], 2, "usage"),
        (&[], 2, "usage"),
    ] {
        let ran = sandbox
            .run(&[&["user"], args, &["--json"]].concat())
            .exits(code);
        assert_eq!(ran.error_code(), error, "{args:?}");
    }
    sandbox
        .run(&["user", "show", "alcie"])
        .exits(3)
        .says("did you mean \"alice\"?");
    assert_eq!(sandbox.count("users"), 4);
    // Names of users are case-sensitive.
    sandbox.run(&["user", "add", "Alice"]).succeeds();
    let ran = sandbox.run(&["group", "delete", "deploy", "-y"]).exits(3);
    ran.says("used by 2 users").says("apikey user set-groups");
}

#[sqlite_only("creates the default file")]
#[test]
fn a_user_is_registered_in_a_new_database() {
    let sandbox = Sandbox::empty();
    sandbox
        .run(&["user", "add", "alice"])
        .succeeds()
        .says("created the database");
    assert_eq!(sandbox.count("users"), 1);
    sandbox
        .run(&["--db", "elsewhere.db", "user", "add", "alice"])
        .exits(5);
}

#[test]
fn removing_the_last_manager_prints_a_warning() {
    const NOTE: &str = "no active user has apikey:manage now";
    let sandbox = Sandbox::staffed();
    for (args, is_warned) in [
        (&["user", "deactivate", "alice"][..], false),
        (&["user", "deactivate", "admin"], true),
        // Carol was no manager.
        (&["user", "deactivate", "carol"], false),
        (&["user", "activate", "admin"], false),
        (&["user", "set-expiry", "admin", "2020-01-01"], true),
        (&["user", "set-expiry", "admin", "never"], false),
        (&["user", "set-groups", "admin", "--none"], true),
        (&["user", "set-groups", "admin", "admin"], false),
        (&["group", "set-permissions", "admin", "*"], true),
        (
            &["group", "set-permissions", "admin", "apikey:manage"],
            false,
        ),
        (&["user", "delete", "admin", "-y"], true),
    ] {
        let ran = sandbox.run(args).succeeds();
        assert_eq!(ran.stderr.contains(NOTE), is_warned, "{args:?}: {ran:?}");
    }
    // The hint for root is not to register itself.
    sandbox
        .as_user("root", &["user", "add", "x"])
        .exits(4)
        .says("doesn't come through sudo");
}
