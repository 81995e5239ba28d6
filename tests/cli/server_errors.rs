//! Errors that only a database on a server has, with their exit codes, in text and in json.

use super::sandbox::{Ran, Sandbox, finish};

/// Runs apikey with `--db`.
fn at(sandbox: &Sandbox, db: &str, args: &[&str]) -> Ran {
    let mut command = sandbox.apikey(&[&["--db", db][..], args].concat());
    finish(command.env_remove("APIKEY_DB").spawn().unwrap())
}

#[test]
fn an_older_schema_is_exit_5_until_it_is_upgraded_and_verify_works_with_the_version_before() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let latest = sandbox.number("SELECT schema_version FROM settings");
    let set = |version| sandbox.sql(&format!("UPDATE settings SET schema_version = {version}"));
    let refused: [&[&str]; 3] = [&["list"], &["create", "b", "-g", "readonly"], &["doctor"]];
    set(latest - 1);
    for args in refused {
        let ran = sandbox.run(&[args, &["--json"]].concat()).exits(5);
        assert_eq!(ran.error_code(), "database-older", "{args:?}");
        sandbox.run(args).exits(5).says("init --upgrade");
    }
    sandbox.feed(&["verify"], &secret).succeeds();
    set(latest - 2);
    let ran = sandbox.feed(&["verify", "--json"], &secret).exits(5);
    assert_eq!(ran.error_code(), "database-older");
    set(latest + 1);
    for args in [&["list", "--json"][..], &["init", "--upgrade", "--json"]] {
        assert_eq!(
            sandbox.run(args).exits(5).error_code(),
            "database-newer",
            "{args:?}"
        );
    }
    let ran = sandbox.feed(&["verify", "--json"], &secret).exits(5);
    assert_eq!(ran.error_code(), "database-newer");
}

#[test]
fn a_current_schema_is_already_upgraded() {
    let sandbox = Sandbox::new();
    let before = sandbox.content();
    let ran = sandbox.run(&["init", "--upgrade", "--json"]).succeeds();
    assert_eq!(ran.json()["prefix"], "apik");
    sandbox
        .run(&["init", "--upgrade"])
        .succeeds()
        .says("already current");
    assert_eq!(sandbox.content(), before);
    sandbox
        .run(&["init", "--upgrade", "--prefix", "x1"])
        .exits(2);
}

#[test]
fn no_schema_and_the_tables_of_another_program_are_exit_5() {
    let sandbox = Sandbox::empty();
    let missing = sandbox.run(&["list", "--json"]).exits(5);
    assert_eq!(missing.error_code(), "database-missing");
    let missing = sandbox.run(&["init", "--upgrade", "--json"]).exits(5);
    assert_eq!(missing.error_code(), "database-missing");
    sandbox.sql("CREATE TABLE t (x integer)");
    for args in [&["list", "--json"][..], &["init", "--json"]] {
        let foreign = sandbox.run(args).exits(5);
        assert_eq!(foreign.error_code(), "database-foreign", "{args:?}");
    }
}

#[test]
fn no_server_is_exit_75_and_a_password_in_a_uri_exit_2_which_is_not_repeated() {
    let sandbox = Sandbox::empty();
    let nowhere = "postgres://localhost:1/keys";
    let ran = at(&sandbox, nowhere, &["list", "--json"]).exits(75);
    assert_eq!(ran.error_code(), "unavailable");
    let ran = at(&sandbox, "postgres://a:hunter2@localhost:1/keys", &["list"]).exits(2);
    assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    let ran = at(&sandbox, "service=nosuch", &["list", "--json"]).exits(2);
    assert_eq!(ran.error_code(), "invalid-input");
    let ran = at(&sandbox, "postgres:///keys?nosuch=1", &["list", "--json"]).exits(2);
    assert_eq!(ran.error_code(), "invalid-input");
}

#[test]
fn a_server_has_no_role_that_is_missing() {
    let sandbox = Sandbox::new();
    let ran = sandbox
        .run(&["init", "--shared", "nosuch", "--json"])
        .exits(3);
    assert_eq!(ran.error_code(), "group-not-found");
    let existing = sandbox.run(&["init", "--json"]).exits(3);
    assert_eq!(existing.error_code(), "exists");
}
