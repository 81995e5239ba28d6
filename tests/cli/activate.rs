use super::sandbox::Sandbox;

#[test]
fn a_deactivated_key_is_refused_until_it_is_activated() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox
        .run(&["deactivate", "a"])
        .succeeds()
        .says("deactivated \"a\"");
    sandbox.feed(&["verify"], &secret).exits(1);
    sandbox.run(&["deactivate", "a"]).succeeds().says("already");
    sandbox
        .run(&["activate", "a"])
        .succeeds()
        .says("activated \"a\"");
    sandbox.feed(&["verify"], &secret).succeeds();
    sandbox.run(&["activate", "a"]).succeeds().says("already");
    // Five entries: init, create, its delivery and two changes. No change, no entry.
    assert_eq!(sandbox.count("log"), 5);
}

#[test]
fn several_keys_are_changed_all_or_none() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c"] {
        sandbox.key(name);
    }
    let ran = sandbox
        .run(&["deactivate", "a", "nosuch", "b", "--json"])
        .exits(3);
    assert_eq!(ran.error_code(), "key-not-found");
    assert_eq!(sandbox.names(&["--status", "inactive"]), [""; 0]);
    let id = sandbox.show("b")["id"].as_str().unwrap().to_owned();
    let short = sandbox.show("c")["key"].as_str().unwrap().to_owned();
    let changed = sandbox
        .run(&["deactivate", "A", &id, &short, "a", "--json"])
        .succeeds()
        .json();
    let state = |at: usize| (changed[at]["name"].clone(), changed[at]["status"].clone());
    assert_eq!(state(0), ("a".into(), "inactive".into()));
    assert_eq!(state(1), ("b".into(), "inactive".into()));
    assert_eq!(state(2), ("c".into(), "inactive".into()));
    assert_eq!(changed.as_array().unwrap().len(), 3);
    let json = sandbox.run(&["activate", "a", "--json"]).succeeds().json();
    assert_eq!(json.as_array().unwrap().len(), 1);
}

#[test]
fn a_name_and_an_id_that_differ_only_in_case_are_two_keys() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.sql("UPDATE keys SET id = 'kjCafa4w'");
    sandbox.key("kjcafa4w");
    let changed = sandbox
        .run(&["deactivate", "kjCafa4w", "kjcafa4w", "a", "--json"])
        .succeeds()
        .json();
    assert_eq!(changed.as_array().unwrap().len(), 2);
    assert_eq!(sandbox.names(&["--status", "inactive"]), ["a", "kjcafa4w"]);
    // A key can't take another key's id as its name.
    let ran = sandbox
        .run(&["rename", "kjcafa4w", "kjCafa4w", "--json"])
        .exits(3);
    assert_eq!(ran.error_code(), "name-taken");
}
