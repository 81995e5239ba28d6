//! The permissions of a key: those of its groups and its own.

use serde_json::json;

use super::sandbox::Sandbox;

fn verdict(sandbox: &Sandbox, secret: &str, args: &[&str]) -> String {
    let ran = sandbox.feed(&[&["verify"], args].concat(), secret);
    assert_eq!(ran.code, i32::from(!ran.stdout.starts_with("accepted")));
    ran.stdout.trim_end().to_owned()
}

#[test]
fn a_key_has_the_permissions_of_its_groups_and_its_own() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&[
            "group",
            "create",
            "deploy",
            "--allow",
            "deploy:*",
            "--allow",
            "log:read@prod-*",
        ])
        .succeeds();
    let secret = sandbox.create(&[
        "a",
        "-g",
        "deploy",
        "--allow",
        "order:create@eu-*",
        "--allow",
        "x",
    ]);
    for (args, accepted) in [
        (&["--can", "deploy:start"][..], true),
        (&["--can", "deploy:start", "--on", "anything"], true),
        (&["--can", "log:read", "--on", "prod-1"], true),
        (&["--can", "log:read", "--on", "test-1"], false),
        (&["--can", "log:read"], false),
        (&["--can", "order:create", "--on", "eu-7"], true),
        (&["--can", "order:create", "--on", "us-7"], false),
        (&["--can", "x"], true),
        (&["--can", "y"], false),
        (&["--can", "x", "-g", "deploy"], true),
    ] {
        let expected = if accepted {
            "accepted a"
        } else {
            "refused missing-permission"
        };
        assert_eq!(verdict(&sandbox, &secret, args), expected, "{args:?}");
    }
    let key = sandbox.show("a");
    assert_eq!(key["permissions"], json!(["order:create@eu-*", "x"]));
    let effective = ["deploy:*", "log:read@prod-*", "order:create@eu-*", "x"];
    assert_eq!(key["effective_permissions"], json!(effective));
    assert_eq!(key["effective_groups"], json!(["deploy"]));
    assert_eq!(key["limits"], json!([]));
    let listed = sandbox.run(&["list", "--json"]).succeeds().json();
    assert_eq!(listed[0]["permissions"], key["permissions"]);
}

#[test]
fn permissions_are_replaced_and_removed() {
    let sandbox = Sandbox::new();
    let secret = sandbox.create(&["a", "-g", "readonly", "--allow", "x"]);
    let set = |args: &[&str]| {
        sandbox
            .run(&[&["set-permissions", "a"], args].concat())
            .succeeds()
    };
    let json = set(&["y@1", "z", "--json"]).json();
    assert_eq!(json["permissions"], json!(["y@1", "z"]));
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "x"]),
        "refused missing-permission"
    );
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "y", "--on", "1"]),
        "accepted a"
    );
    set(&["z", "y@1", "z"]).says("already");
    set(&["--none"]).says("now: none");
    set(&["--none"]).says("already");
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "z"]),
        "refused missing-permission"
    );
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "z:read"]),
        "accepted a"
    );
    assert_eq!(sandbox.show("a")["permissions"], json!([]));
}

#[test]
fn a_change_of_a_groups_permissions_applies_to_its_keys_at_once() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "p:read"]),
        "accepted a"
    );
    let set = |args: &[&str]| {
        sandbox
            .run(&[&["group", "set-permissions", "readonly"], args].concat())
            .succeeds()
    };
    let json = set(&["p:write", "p:list", "--json"]).json();
    assert_eq!(json["permissions"], json!(["p:list", "p:write"]));
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "p:read"]),
        "refused missing-permission"
    );
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "p:write"]),
        "accepted a"
    );
    set(&["p:list", "p:write"]).says("already");
    set(&["--none"]).says("now allows nothing");
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "p:write"]),
        "refused missing-permission"
    );
    assert_eq!(
        verdict(&sandbox, &secret, &["-g", "readonly"]),
        "accepted a"
    );
}

#[test]
fn a_star_never_reaches_apikeys_own_actions() {
    let sandbox = Sandbox::new();
    let admin = sandbox.create(&["a", "-g", "admin"]);
    sandbox
        .run(&[
            "group", "create", "stars", "--allow", "*", "--allow", "apikey:*",
        ])
        .succeeds();
    let stars = sandbox.create(&["b", "-g", "stars"]);
    let manage = &["--can", "apikey:manage"];
    assert_eq!(verdict(&sandbox, &admin, manage), "accepted a");
    assert_eq!(
        verdict(&sandbox, &stars, manage),
        "refused missing-permission"
    );
    assert_eq!(
        verdict(&sandbox, &stars, &["--can", "anything:else"]),
        "accepted b"
    );
}

#[test]
fn an_invalid_permission_is_refused_and_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for args in [
        &["create", "b", "-g", "readonly", "--allow", "A@"][..],
        &["create", "b", "-g", "readonly", "--allow", "@R"],
        &["set-permissions", "a", "a@"],
        &["set-permissions", "a", "x", "@r"],
        &["set-permissions", "a", ""],
        &["set-permissions", "a", "a b"],
        &["set-permissions", "a", "a@b c"],
        &["set-permissions", "a", "Read"],
        &["group", "create", "g", "--allow", "a::b"],
        &["group", "set-permissions", "readonly", "a@\u{fc}"],
        &["verify", "--can", "*"],
        &["verify", "--can", "a@b"],
        &["verify", "--can", "a", "--on", ""],
        &["verify", "--can", "a", "--on", "b c"],
    ] {
        let ran = sandbox.run(&[args, &["--json"]].concat()).exits(2);
        assert_eq!(ran.error_code(), "invalid-input", "{args:?}");
    }
    for args in [
        &["verify", "--on", "x"][..],
        &["set-permissions", "a"],
        &["set-permissions", "a", "x", "--none"],
        &["group", "set-permissions", "readonly"],
    ] {
        let ran = sandbox.run(&[args, &["--json"]].concat()).exits(2);
        assert_eq!(ran.error_code(), "usage", "{args:?}");
    }
    assert_eq!(sandbox.names(&[]), ["a"]);
    assert_eq!(sandbox.show("a")["permissions"], json!([]));
    assert_eq!(
        sandbox.show("a")["effective_permissions"],
        json!(["*:read"])
    );
}

#[test]
fn a_pathological_pattern_is_matched_quickly() {
    let sandbox = Sandbox::new();
    let pattern = "*a*a*a*a*b";
    let secret = sandbox.create(&[
        "a",
        "-g",
        "readonly",
        "--allow",
        pattern,
        "--allow",
        &format!("x@{pattern}"),
    ]);
    let long = "a".repeat(10_000);
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", &long]),
        "refused missing-permission"
    );
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", &format!("{long}b")]),
        "accepted a"
    );
    assert_eq!(
        verdict(&sandbox, &secret, &["--can", "x", "--on", &long]),
        "refused missing-permission"
    );
}

#[test]
fn an_operators_right_on_a_key_has_no_effect_and_prints_a_warning() {
    const WARNING: &str = "has no effect on a key";
    let sandbox = Sandbox::new();
    let create = [
        "create",
        "a",
        "-g",
        "readonly",
        "--allow",
        "apikey:manage",
        "-q",
    ];
    let ran = sandbox.run(&create).succeeds();
    assert!(
        ran.stderr.contains(WARNING) && ran.stderr.contains("apikey:manage"),
        "{ran:?}"
    );
    let set = ["set-permissions", "a", "apikey:own", "deploy:*", "-q"];
    let ran = sandbox.run(&set).succeeds();
    assert_eq!(ran.stderr.matches(WARNING).count(), 1, "{ran:?}");
    // A `*` includes no operator's right, and on a group such a right has an effect.
    for args in [
        &["set-permissions", "a", "*", "*:own"][..],
        &["group", "create", "staff", "--allow", "apikey:own"],
        &["create", "b", "-g", "staff"],
    ] {
        let ran = sandbox.run(args).succeeds();
        assert!(!ran.stderr.contains(WARNING), "{ran:?}");
    }
}
