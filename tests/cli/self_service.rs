//! Operators with `apikey:own`, who see and change only their own keys.

use serde_json::json;

use super::sandbox::{Ran, Sandbox, finish, full_pipe};
use super::waiting::wait_for;

pub fn with_other_keys() -> Sandbox {
    let sandbox = Sandbox::staffed();
    sandbox.create(&["his", "-g", "deploy", "--owner", "bob", "-d", "bob's own"]);
    sandbox.create(&["noowner", "-g", "readonly"]);
    sandbox
}

pub fn alice(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.as_user("alice", args)
}

#[test]
fn a_user_with_own_creates_changes_and_deletes_its_keys() {
    let sandbox = with_other_keys();
    let run = |args: &[&str]| alice(&sandbox, args).succeeds();
    let created = run(&[
        "create",
        "mine",
        "-g",
        "deploy",
        "--allow",
        "deploy:run@x",
        "--expires",
        "90d",
        "--json",
    ])
    .json();
    assert_eq!(
        (&created["key"]["owner"], &created["key"]["created_by"]),
        (&json!("alice"), &json!("alice"))
    );
    let secret = created["secret"].as_str().unwrap().to_owned();
    run(&["create", "named", "-g", "own", "--owner", "alice"]);
    let list = || run(&["list", "--json"]).json();
    let names = |list: &serde_json::Value| -> Vec<String> {
        let keys = list.as_array().unwrap().iter();
        keys.map(|key| key["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&list()), ["mine", "named"]);
    assert_eq!(
        names(&run(&["list", "--json", "--sort", "created_at"]).json()),
        ["mine", "named"]
    );
    assert_eq!(
        names(&run(&["list", "--json", "--owner", "alice"]).json()),
        ["mine", "named"]
    );
    assert_eq!(
        run(&["show", "mine", "--json"]).json()["effective_groups"],
        json!(["deploy"])
    );
    run(&["rename", "mine", "my-own"]);
    run(&["set-description", "my-own", "for the shop"]);
    run(&["set-groups", "my-own", "deploy", "own"]);
    run(&["set-groups", "my-own", "--remove", "own"]);
    run(&["set-permissions", "my-own", "deploy:*"]);
    run(&["set-permissions", "my-own", "--none"]);
    run(&["set-expiry", "my-own", "30d"]);
    let verify = |args: &[&str]| sandbox.feed(&[&["verify"], args].concat(), &secret).stdout;
    assert_eq!(
        verify(&["-g", "deploy", "--can", "deploy:run"]),
        "accepted my-own\n"
    );
    run(&["deactivate", "my-own"]);
    assert_eq!(verify(&[]), "refused inactive\n");
    run(&["delete", "my-own", "named", "-y"]);
    assert_eq!(names(&list()), [""; 0]);
    assert_eq!(sandbox.names(&[]), ["his", "noowner"]);
}

#[test]
fn a_user_with_own_gains_no_rights() {
    let sandbox = with_other_keys();
    sandbox.create(&[
        "mine",
        "-g",
        "deploy",
        "--owner",
        "alice",
        "--expires",
        "2030-01-01",
    ]);
    sandbox.create(&["off", "-g", "deploy", "--owner", "alice"]);
    sandbox.run(&["deactivate", "off"]).succeeds();
    let before = (
        sandbox.show("mine"),
        sandbox.show("off"),
        sandbox.count("log"),
    );
    for args in [
        // A group that alice is not in.
        &["create", "x", "-g", "admin"][..],
        &["create", "x", "-g", "deploy", "-g", "readonly"],
        &["set-groups", "mine", "admin"],
        &["set-groups", "mine", "--add", "readonly"],
        // A permission that alice lacks.
        &["create", "x", "-g", "deploy", "--allow", "*"],
        &["create", "x", "-g", "deploy", "--allow", "apikey:manage"],
        &[
            "create",
            "x",
            "-g",
            "deploy",
            "--allow",
            "deploy:run",
            "--allow",
            "d*",
        ],
        &["set-permissions", "mine", "deploy:run", "x"],
        &["set-permissions", "mine", "deploy*"],
        &["set-permissions", "mine", "apikey:*"],
        // A later expiry.
        &["set-expiry", "mine", "2030-01-02"],
        &["set-expiry", "mine", "never"],
        &["activate", "off"],
        &["activate", "mine"],
        // A key of another owner.
        &["create", "x", "-g", "deploy", "--owner", "bob"],
        // An application or an owner, which only a manager may set.
        &["create", "x", "-g", "deploy", "--app", "billing"],
        &["set-app", "mine", "--none"],
        &["set-owner", "mine", "bob"],
        &["set-owner", "mine", "--none"],
        &["set-app", "mine", "shop"],
        // Her own rights.
        &["user", "set-groups", "alice", "admin"],
        &["user", "add", "eve", "-g", "admin"],
        &["group", "set-permissions", "own", "apikey:manage"],
        &["group", "rename", "own", "x"],
    ] {
        let ran = alice(&sandbox, &[args, &["--json"]].concat()).exits(4);
        assert_eq!(ran.error_code(), "not-permitted", "{args:?}");
    }
    // Rights are checked before the key is refused as pending.
    sandbox.sql("UPDATE secrets SET state = 'pending' WHERE key = (SELECT number FROM keys WHERE name = 'mine')");
    alice(&sandbox, &["set-groups", "mine", "admin"]).exits(4);
    alice(&sandbox, &["set-permissions", "mine", "*"]).exits(4);
    alice(&sandbox, &["set-permissions", "mine", "deploy:*"]).exits(3);
    alice(&sandbox, &["rename", "mine", "mine2"]).exits(3);
    sandbox.sql("UPDATE secrets SET state = 'current'");
    let after = (
        sandbox.show("mine"),
        sandbox.show("off"),
        sandbox.count("log"),
    );
    assert_eq!(before, after);
    assert_eq!(sandbox.names(&[]), ["his", "mine", "noowner", "off"]);
}

#[test]
fn a_self_service_key_has_no_application() {
    let sandbox = with_other_keys();
    let args = ["create", "x", "-g", "deploy", "--app", "billing"];
    let ran = alice(&sandbox, &args).exits(4);
    ran.says("alice may not create keys for an application, such as billing");
    sandbox
        .run(&["user", "set-groups", "alice", "--add", "audit"])
        .succeeds();
    alice(&sandbox, &args).exits(4);
    sandbox.as_user("admin", &args).succeeds();
    assert_eq!(sandbox.show("x")["application"], "billing");
}

#[test]
fn each_registered_user_may_show_itself() {
    let sandbox = with_other_keys();
    sandbox
        .run(&["user", "add", "dave", "-g", "deploy"])
        .succeeds();
    for user in ["alice", "carol", "dave"] {
        let args = ["user", "show", user, "--json"];
        let shown = sandbox.as_user(user, &args).succeeds().json();
        assert_eq!(shown["name"], user);
    }
    for user in ["alice", "dave"] {
        for other in ["bob", "nosuch"] {
            let args = ["user", "show", other, "--json"];
            let ran = sandbox.as_user(user, &args).exits(4);
            assert!(!ran.stderr.contains(other), "{ran:?}");
        }
    }
    sandbox.as_user("dave", &["list"]).exits(4);
    sandbox.as_user("zed", &["user", "show", "zed"]).exits(4);
    sandbox.run(&["user", "deactivate", "dave"]).succeeds();
    let ran = sandbox.as_user("dave", &["user", "show", "dave"]).exits(4);
    ran.says("dave was deactivated");
}

#[test]
fn a_user_who_may_read_everything_changes_only_its_own_keys() {
    let sandbox = with_other_keys();
    sandbox
        .run(&["user", "set-groups", "alice", "--add", "audit"])
        .succeeds();
    let shown = alice(&sandbox, &["show", "his", "--json"])
        .succeeds()
        .json();
    assert_eq!(shown["owner"], "bob");
    alice(&sandbox, &["list", "--owner", "bob"]).succeeds();
    for args in [
        &["deactivate", "his"][..],
        &["delete", "his", "-y"],
        &["rename", "noowner", "x"],
    ] {
        let ran = alice(&sandbox, &[args, &["--json"]].concat()).exits(4);
        assert_eq!(ran.error_code(), "not-permitted");
    }
    alice(&sandbox, &["create", "mine", "-g", "deploy"]).succeeds();
    assert_eq!(sandbox.show("mine")["owner"], "alice");
}

#[test]
fn a_revoked_right_ends_at_once() {
    let sandbox = with_other_keys();
    alice(&sandbox, &["create", "mine", "-g", "deploy"]).succeeds();
    sandbox
        .run(&["user", "set-groups", "alice", "--remove", "own"])
        .succeeds();
    alice(&sandbox, &["list"]).exits(4);
    sandbox
        .run(&["user", "set-groups", "alice", "own"])
        .succeeds();
    alice(&sandbox, &["create", "more", "-g", "deploy"]).exits(4);
    // Her key stays in the group that she left, without effect, and can be taken out of it.
    alice(&sandbox, &["set-groups", "mine", "--add", "own"]).succeeds();
    alice(&sandbox, &["set-groups", "mine", "own"]).succeeds();
    alice(&sandbox, &["set-groups", "mine", "--add", "deploy"]).exits(4);
}

#[test]
fn a_right_revoked_during_creation_leaves_no_pending_key() {
    let sandbox = with_other_keys();
    let (reader, writer) = full_pipe();
    let child = sandbox
        .apikey(&["create", "mine", "-g", "deploy"])
        .env("SUDO_USER", "alice")
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_for("the key is pending", || {
        sandbox.count("secrets WHERE state = 'pending'") > 0
    });
    sandbox.run(&["user", "deactivate", "alice"]).succeeds();
    drop(reader);
    finish(child).exits(6);
    assert_eq!(sandbox.count("keys WHERE name = 'mine'"), 0);
}
