//! `set-meta`, `create --meta`, `create --like`, `list --meta` and `--reason`.

use serde_json::json;

use super::sandbox::Sandbox;

#[test]
fn facts_are_set_replaced_whatever_their_case_and_removed() {
    let sandbox = Sandbox::new();
    let secret = sandbox.create(&[
        "a",
        "-g",
        "readonly",
        "--meta",
        "ticket=OPS-7",
        "--meta",
        "x=a=b",
    ]);
    assert_eq!(
        sandbox.show("a")["meta"],
        json!({"ticket": "OPS-7", "x": "a=b"})
    );
    let args = &[
        "set-meta",
        "a",
        "Ticket=OPS 8",
        "team=shop",
        "--remove",
        "X",
        "--json",
    ];
    let key = sandbox.run(args).succeeds().json();
    assert_eq!(key["meta"], json!({"team": "shop", "Ticket": "OPS 8"}));
    let entries = sandbox.count("log");
    sandbox
        .run(&["set-meta", "a", "--remove", "none"])
        .succeeds()
        .says("already");
    assert_eq!(sandbox.count("log"), entries);
    let verdict = sandbox
        .feed(&["verify", "--json"], &secret)
        .succeeds()
        .json();
    assert_eq!(verdict["key"]["meta"], key["meta"]);
    let csv = sandbox.run(&["list", "--format", "csv"]).succeeds().stdout;
    assert!(
        csv.contains(r#""{""team"":""shop"",""Ticket"":""OPS 8""}""#),
        "{csv}"
    );
    assert!(
        sandbox
            .run(&["show", "a"])
            .succeeds()
            .stdout
            .contains("team=shop Ticket=OPS 8")
    );
}

#[test]
fn what_is_no_fact_is_refused() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    for bad in ["ticket", "=x", "ticket=", "-x=y", "a=\u{202e}x"] {
        sandbox.run(&["set-meta", "a", "--", bad]).exits(2);
    }
    sandbox.run(&["set-meta", "a"]).exits(2);
    let hidden = sandbox
        .run(&["set-meta", "a", &format!("note={secret}")])
        .exits(2);
    assert!(!hidden.stderr.contains(&secret));
    sandbox
        .run(&["deactivate", "a", "--reason", &secret])
        .exits(2);
    for number in 0..32 {
        sandbox
            .run(&["set-meta", "a", &format!("k{number}=v")])
            .succeeds();
    }
    sandbox.run(&["set-meta", "a", "one-more=v"]).exits(2);
    sandbox
        .run(&["set-meta", "a", "one-more=v", "--remove", "k0"])
        .succeeds();
}

#[test]
fn keys_are_found_by_their_facts() {
    let sandbox = Sandbox::new();
    for (name, fact) in [("a", "team=shop"), ("b", "Team=web"), ("c", "ticket=7")] {
        sandbox.create(&[name, "-g", "readonly", "--meta", fact]);
    }
    assert_eq!(sandbox.names(&["--meta", "team"]), ["a", "b"]);
    assert_eq!(sandbox.names(&["--meta", "TEAM=shop"]), ["a"]);
    assert_eq!(sandbox.names(&["--meta", "team=Shop"]), [] as [&str; 0]);
    assert_eq!(
        sandbox.names(&["--meta", "team=web", "--meta", "ticket"]),
        ["b", "c"]
    );
    sandbox.run(&["list", "--meta", "team="]).exits(2);
    sandbox.run(&["rotate", "b", "--overlap", "1h"]).succeeds();
    assert_eq!(sandbox.names(&["--rotating"]), ["b"]);
    assert_eq!(sandbox.names(&["--drained"]), [] as [&str; 0]);
    assert_eq!(
        sandbox.names(&["--rotating", "--meta", "ticket"]),
        [] as [&str; 0]
    );
}

#[test]
fn drained_keys_are_listed_as_json_says() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.key("b");
    let new = sandbox
        .run(&["rotate", "a", "--overlap", "7d"])
        .succeeds()
        .stdout;
    sandbox.run(&["rotate", "b", "--overlap", "7d"]).succeeds();
    sandbox.age(86_400);
    sandbox.sql("UPDATE secrets SET created_at = created_at - 86400");
    sandbox.feed(&["verify"], new).succeeds();
    assert_eq!(sandbox.show("a")["previous"]["drained"], true);
    assert_eq!(sandbox.names(&["--drained"]), ["a"]);
    assert_eq!(sandbox.names(&["--rotating"]), ["a", "b"]);
}

#[test]
fn a_key_like_another_has_what_is_not_given() {
    let sandbox = Sandbox::staffed();
    sandbox.create(&[
        "model",
        "-g",
        "deploy",
        "--allow",
        "x:read",
        "--owner",
        "alice",
        "--app",
        "shop",
        "--meta",
        "team=shop",
        "--meta",
        "ticket=1",
    ]);
    sandbox.create(&["same", "--like", "model", "--meta", "Ticket=2"]);
    let (model, same) = (sandbox.show("model"), sandbox.show("same"));
    for field in ["groups", "permissions", "owner", "application"] {
        assert_eq!(same[field], model[field], "{field}");
    }
    assert_eq!(same["meta"], json!({"team": "shop", "Ticket": "2"}));
    sandbox.create(&[
        "other", "--like", "model", "-g", "admin", "--owner", "admin", "--app", "x",
    ]);
    let other = sandbox.show("other");
    assert_eq!(
        (&other["groups"], &other["owner"]),
        (&json!(["admin"]), &json!("admin"))
    );
    assert_eq!(
        sandbox
            .run(&["create", "no", "--like", "none", "--json"])
            .exits(3)
            .error_code(),
        "key-not-found"
    );
    // With apikey:own only groups and permissions are copied.
    sandbox
        .as_user("alice", &["create", "hers", "--like", "model"])
        .exits(4);
    sandbox
        .run(&["set-permissions", "model", "--none"])
        .succeeds();
    sandbox
        .as_user("alice", &["create", "hers", "--like", "model"])
        .succeeds();
    let hers = sandbox.show("hers");
    assert_eq!(
        (&hers["application"], &hers["meta"]),
        (&json!(null), &json!({}))
    );
    sandbox
        .as_user("alice", &["create", "x", "-g", "deploy", "--meta", "a=b"])
        .exits(4);
    sandbox
        .as_user("alice", &["set-meta", "hers", "a=b"])
        .exits(4);
}

#[test]
fn an_existing_key_takes_nothing_from_another() {
    let sandbox = Sandbox::new();
    sandbox.key("model");
    sandbox.key("a");
    let before = sandbox.show("a");
    for like in ["model", "none"] {
        let args = ["create", "a", "--like", like, "--if-absent", "--json"];
        let json = sandbox.run(&args).succeeds().json();
        assert_eq!(json["created"], false, "{like}");
    }
    assert_eq!(sandbox.show("a"), before);
    sandbox
        .run(&["create", "b", "--like", "none", "--if-absent"])
        .exits(3);
    let args = ["create", "b", "--like", "model", "--if-absent", "--json"];
    assert_eq!(sandbox.run(&args).succeeds().json()["created"], true);
}

#[test]
fn a_reason_goes_into_the_log_of_every_change_and_of_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "--reason", "new service"]);
    let first = sandbox.run(&["log", "--json", "--limit", "9"]).succeeds();
    assert!(
        first.stdout.contains("\"reason\":\"new service\""),
        "{first:?}"
    );
    for args in [
        &["deactivate", "a"][..],
        &["set-meta", "a", "x=y"],
        &["rotate", "a", "--overlap", "1h"],
        &["finish-rotation", "a"],
        &["rotate", "a", "--overlap", "1h"],
        &["cancel-rotation", "a", "-y"],
        &["activate", "a"],
        &["set-description", "a", "x"],
        &["set-app", "a", "x"],
        &["set-expiry", "a", "9d"],
        &["set-permissions", "a", "x:y"],
        &["set-groups", "a", "admin"],
        &["set-groups", "a", "readonly"],
        &["group", "create", "g"],
        &["group", "set-permissions", "g", "x:y"],
        &["user", "add", "u", "-g", "readonly"],
        &["set-owner", "a", "u"],
        &["set-owner", "a", "--none"],
        &["user", "set-groups", "u", "g"],
        &["rename", "a", "b"],
        &["rename", "b", "a"],
        &["delete", "a", "-y"],
    ] {
        sandbox
            .run(&[args, &["--reason", "why not"]].concat())
            .succeeds();
        let log = sandbox
            .run(&["log", "--json", "--limit", "1"])
            .succeeds()
            .json();
        assert_eq!(log[0]["reason"], "why not", "{args:?}");
        assert_eq!(log[0]["details"]["reason"], "why not", "{args:?}");
    }
    for args in [
        &["list"][..],
        &["log"],
        &["doctor"],
        &["verify"],
        &["group", "list"],
    ] {
        sandbox
            .run(&[args, &["--reason", "x"]].concat())
            .exits(2)
            .says("--reason");
    }
    sandbox
        .run(&["group", "create", "h", "--reason", ""])
        .exits(2);
    sandbox.run(&["log", "verify"]).succeeds();
}
