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
    // What changed nothing is no entry: init, create, hand-over, two changes.
    assert_eq!(sandbox.count("log"), 5);
}

#[test]
fn several_keys_are_all_or_none() {
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
    let of = |at: usize| (changed[at]["name"].clone(), changed[at]["status"].clone());
    assert_eq!(of(0), ("a".into(), "inactive".into()));
    assert_eq!(of(1), ("b".into(), "inactive".into()));
    assert_eq!(of(2), ("c".into(), "inactive".into()));
    assert_eq!(changed.as_array().unwrap().len(), 3);
    let one = sandbox.run(&["activate", "a", "--json"]).succeeds().json();
    assert_eq!(one.as_array().unwrap().len(), 1);
}

#[test]
fn a_name_and_an_id_that_differ_in_case_alone_are_two_keys() {
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
    // Nor can the one take the other's id for its name.
    let ran = sandbox
        .run(&["rename", "kjcafa4w", "kjCafa4w", "--json"])
        .exits(3);
    assert_eq!(ran.error_code(), "name-taken");
}
