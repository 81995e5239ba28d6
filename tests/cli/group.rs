//! Groups: created, shown, changed, listed, deleted.

use serde_json::json;

use super::sandbox::Sandbox;

#[test]
fn a_group_is_created_shown_changed_and_deleted() {
    let sandbox = Sandbox::new();
    let created = sandbox
        .run(&["group", "create", "Deploy", "-d", "may deploy", "--json"])
        .succeeds()
        .json();
    assert_eq!(created["name"], "Deploy");
    assert_eq!(created["permissions"], json!([]));
    assert_eq!(
        (&created["keys"], &created["users"]),
        (&json!(0), &json!(0))
    );
    sandbox.create(&["a", "-g", "deploy"]);
    let shown = sandbox
        .run(&["group", "show", "DEPLOY", "--json"])
        .succeeds()
        .json();
    assert_eq!(shown["keys"], 1);
    assert_eq!(shown["description"], "may deploy");
    sandbox
        .run(&["group", "set-description", "deploy", "-"])
        .succeeds();
    let renamed = sandbox
        .run(&["group", "rename", "deploy", "release", "--json"])
        .succeeds()
        .json();
    assert_eq!(
        (&renamed["name"], &renamed["description"]),
        (&json!("release"), &json!("-"))
    );
    assert_eq!(sandbox.show("a")["groups"], json!(["release"]));
    let ran = sandbox.run(&["group", "delete", "release", "-y"]).exits(3);
    ran.says("used by 1 key");
    sandbox.run(&["set-groups", "a", "readonly"]).succeeds();
    sandbox
        .run(&["group", "delete", "Release", "--yes"])
        .succeeds()
        .says("deleted the group \"release\"");
    sandbox.run(&["group", "show", "release"]).exits(3);
}

#[test]
fn groups_are_listed_in_every_format() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let print = |format: &str| {
        sandbox
            .run(&["group", "list", "--format", format])
            .succeeds()
            .stdout
    };
    assert!(
        print("table").starts_with("NAME      KEYS  USERS  PERMISSIONS"),
        "{}",
        print("table")
    );
    assert_eq!(print("table").lines().count(), 3);
    assert_eq!(print("jsonl").lines().count(), 2);
    let csv = print("csv");
    assert!(
        csv.starts_with("name,description,permissions,keys,users,created_at,created_by\nadmin,"),
        "{csv}"
    );
    let shown = sandbox.run(&["group", "show", "admin"]).succeeds().stdout;
    assert!(shown.contains("* apikey:manage"), "{shown}");
}

#[test]
fn conflicts_and_invalid_input_are_reported() {
    let sandbox = Sandbox::new();
    for (args, code, error) in [
        (&["group", "create", "ADMIN"][..], 3, "name-taken"),
        (&["group", "rename", "admin", "ReadOnly"], 3, "name-taken"),
        (&["group", "rename", "nosuch", "x"], 3, "group-not-found"),
        (&["group", "show", "nosuch"], 3, "group-not-found"),
        (
            &["group", "set-description", "nosuch", "x"],
            3,
            "group-not-found",
        ),
        (&["group", "delete", "nosuch", "-y"], 3, "group-not-found"),
        (&["group", "create", "a b"], 2, "invalid-input"),
        (&["group", "create"], 2, "usage"),
        (&["group"], 2, "usage"),
    ] {
        let ran = sandbox.run(&[args, &["--json"]].concat()).exits(code);
        assert_eq!(ran.error_code(), error, "{args:?}");
    }
    sandbox
        .run(&["group", "rename", "admin", "Admin"])
        .succeeds();
    sandbox
        .run(&["group", "rename", "admin", "Admin"])
        .succeeds()
        .says("already");
    sandbox
        .run(&["group", "set-description", "admin", "x"])
        .succeeds();
    sandbox
        .run(&["group", "set-description", "admin", "x"])
        .succeeds()
        .says("already");
}

#[test]
fn an_unknown_right_is_warned_about() {
    let sandbox = Sandbox::new();
    let created = sandbox
        .run(&["group", "create", "g", "--allow", "apikey:admin"])
        .succeeds();
    created.says("apikey:admin has no effect");
    let set = sandbox
        .run(&["group", "set-permissions", "g", "apikey:own", "x"])
        .succeeds();
    assert!(!set.stderr.contains("operators nothing"), "{set:?}");
}
