use serde_json::json;

use super::sandbox::Sandbox;

#[test]
fn groups_are_replaced_added_and_removed() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.run(&["group", "create", "deploy"]).succeeds();
    let groups = |args: &[&str]| {
        let args = [&["set-groups", "a", "--json"], args].concat();
        sandbox.run(&args).succeeds().json()["groups"].clone()
    };
    assert_eq!(
        groups(&["deploy", "admin", "Deploy"]),
        json!(["admin", "deploy"])
    );
    assert_eq!(
        groups(&["--add", "readonly", "--remove", "admin"]),
        json!(["deploy", "readonly"])
    );
    assert_eq!(
        groups(&["--remove", "admin"]),
        json!(["deploy", "readonly"])
    );
    assert_eq!(
        groups(&["--add", "admin", "--add", "deploy"]),
        json!(["admin", "deploy", "readonly"])
    );
    sandbox
        .feed(&["verify", "-g", "deploy", "-g", "admin"], &secret)
        .succeeds();
    assert_eq!(groups(&["readonly"]), json!(["readonly"]));
    sandbox.feed(&["verify", "-g", "deploy"], &secret).exits(1);
}

#[test]
fn the_last_group_can_not_be_removed() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox
        .run(&["set-groups", "a", "--remove", "readonly"])
        .exits(2)
        .says("\"a\" needs at least one group");
    sandbox
        .run(&["set-groups", "a", "--remove", "readonly", "--add", "admin"])
        .succeeds();
    for (args, code) in [
        (&["set-groups", "a"][..], 2),
        (&["set-groups", "a", "admin", "--add", "readonly"], 2),
        (
            &["set-groups", "a", "--add", "admin", "--remove", "ADMIN"],
            2,
        ),
        (&["set-groups", "a", "nosuch"], 3),
        (&["set-groups", "a", "--add", "nosuch"], 3),
        (&["set-groups", "a", "--remove", "nosuch"], 3),
        (&["set-groups", "nosuch", "admin"], 3),
    ] {
        sandbox.run(args).exits(code);
    }
    assert_eq!(sandbox.show("a")["groups"], json!(["admin"]));
}
