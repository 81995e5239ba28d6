//! The forms of a KEY argument: name, id, `PREFIX_ID` and short form. No form is ambiguous.

use sqlite_only::sqlite_only;

use super::sandbox::Sandbox;

#[test]
fn a_key_is_found_by_name_id_prefix_and_id_or_short_form() {
    let sandbox = Sandbox::new();
    sandbox.key("demo");
    let key = sandbox.show("demo");
    let (id, short) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    let with_prefix = format!("apik_{id}");
    for form in [
        "demo",
        "DEMO",
        id,
        &with_prefix,
        short,
        &short.replace('…', "..."),
    ] {
        assert_eq!(sandbox.show(form)["id"], id, "{form}");
        for args in [
            &["deactivate"][..],
            &["activate"],
            &["set-expiry", "--", form, "90d"],
            &["log", "--key"],
        ] {
            let args = if args.contains(&form) {
                args.to_vec()
            } else {
                [args, &[form]].concat()
            };
            sandbox.run(&args).succeeds();
        }
    }
    // Forms with another database's prefix, and an unknown id.
    for form in [
        &format!("acme_{id}"),
        &format!("APIK_{id}"),
        &format!("apik_{id}x"),
        "apik_00000000",
    ] {
        let ran = sandbox.run(&["show", form, "--json"]).exits(3);
        assert_eq!(ran.error_code(), "key-not-found", "{form}");
    }
    sandbox.run(&["delete", &with_prefix, "-y"]).succeeds();
    // The log finds a deleted key by this form, too.
    let log = sandbox
        .run(&["log", "--key", &with_prefix, "--json"])
        .succeeds();
    let entries = log.json().as_array().unwrap().len();
    assert!(entries > 2, "{log:?}");
    // Several forms of a key count as one KEY.
    sandbox.key("other");
    let id = sandbox.show("other")["id"].as_str().unwrap().to_owned();
    let twice = ["deactivate", "other", &id, &format!("apik_{id}"), "--json"];
    let changed = sandbox.run(&twice).succeeds().json();
    assert_eq!(changed.as_array().unwrap().len(), 1);
}

#[sqlite_only("creates the default file")]
#[test]
fn a_name_of_the_form_prefix_and_id_creates_no_database() {
    let sandbox = Sandbox::empty();
    for name in ["apik_12345678", "APIK_12345678", "Apik_abcdEF12"] {
        let ran = sandbox
            .run(&["create", name, "-g", "readonly", "--json"])
            .exits(2);
        assert_eq!(ran.error_code(), "invalid-input", "{name}");
        assert!(sandbox.files().is_empty(), "{name}");
    }
}

#[test]
fn a_name_of_the_form_prefix_and_id_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.key("demo");
    for args in [
        &["create", "apik_12345678", "-g", "readonly"][..],
        &["create", "apik_12345678", "-g", "readonly", "--if-absent"],
        &["rename", "demo", "APIK_12345678"],
    ] {
        sandbox.run(args).exits(2).says("key's id");
    }
    // Similar names are allowed.
    for name in [
        "apik_1234567",
        "apik_123456789",
        "acme_12345678",
        "apik-12345678",
        "apik_1234_678",
    ] {
        sandbox.key(name);
        assert_eq!(sandbox.show(name)["name"], name);
    }
    // The rule is only for names of keys.
    sandbox
        .run(&["group", "create", "apik_12345678"])
        .succeeds();
    sandbox
        .run(&["set-app", "demo", "apik_12345678"])
        .succeeds();
    let acme = Sandbox::empty();
    acme.run(&["init", "--prefix", "acme"]).succeeds();
    acme.run(&["create", "acme_12345678", "-g", "readonly"])
        .exits(2);
    acme.key("apik_12345678");
}

#[test]
fn an_older_key_with_such_a_name_is_found_by_its_id() {
    let sandbox = Sandbox::new();
    sandbox.key("old");
    sandbox.key("other");
    let id = sandbox.show("old")["id"].as_str().unwrap().to_owned();
    let other = sandbox.show("other")["id"].as_str().unwrap().to_owned();
    // Earlier versions allowed a name that is another key's PREFIX_ID.
    sandbox.sql(&format!(
        "UPDATE keys SET name = 'apik_{other}' WHERE id = '{id}'"
    ));
    assert_eq!(sandbox.show(&format!("apik_{other}"))["name"], "other");
    assert_eq!(sandbox.show(&id)["name"], format!("apik_{other}"));
    sandbox.run(&["rename", &id, "new"]).succeeds();
    assert_eq!(sandbox.show("new")["id"], id);
}

#[test]
fn a_name_equal_to_a_keys_id_is_refused_and_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.key("demo");
    sandbox.key("other");
    let id = sandbox.show("demo")["id"].as_str().unwrap().to_owned();
    for args in [
        &["create", &id, "-g", "readonly", "--json"][..],
        &["rename", "other", &id, "--json"],
    ] {
        assert_eq!(sandbox.run(args).exits(3).error_code(), "name-taken");
    }
    assert_eq!(sandbox.names(&[]), ["demo", "other"]);
}
