//! A sudo rule that fixes the database, and files that are refused through it.

use super::rights::populated_with_files;
use super::sandbox::{Sandbox, finish};

#[test]
fn through_sudo_no_secret_is_exported_as_another_user() {
    let (sandbox, _) = populated_with_files();
    let args = ["create", "x", "-g", "deploy", "--export", "."];
    let owner = sandbox.shell("id -un").succeeds().stdout.trim().to_owned();
    for operator in ["admin", "alice"] {
        let ran = sandbox.as_user(operator, &args).exits(2);
        ran.says(&format!(
            "umask 077; sudo -u {owner} apikey create … > FILE"
        ));
    }
    sandbox.as_user("carol", &args).exits(4);
    assert!(!sandbox.path("x.APIKEY").exists());
    assert_eq!(sandbox.names(&[]), ["hers", "rotated"]);
    // Root and the owner may, and so may every user while none is registered.
    sandbox.run(&args).succeeds();
    Sandbox::new()
        .as_user("admin", &["create", "x", "-g", "readonly", "--export", "."])
        .succeeds();
}

#[test]
fn a_sudo_rule_can_fix_the_database() {
    let sandbox = Sandbox::new();
    let db = sandbox.db().display().to_string();
    let with = |args: &[&str]| sandbox.run(&[&["--db", &db], args].concat());
    with(&["list"]).succeeds();
    with(&["list", "--db", &db]).succeeds();
    for args in [
        &["--db", "other.db", "list"][..],
        &["list", "--db", "other.db"],
        &["list", "--db=other.db"],
        &["--db=", "list"],
        &["create", "a", "-g", "readonly", "--db", "other.db"],
        &["--db=other.db", "init"],
        // A `--` that is the value of an option ends no options.
        &["list", "--search", "--", "--db", "other.db"],
        &["list", "--search", "--", "--db=other.db", "--search", "x"],
        &[
            "create", "a", "-g", "readonly", "-d", "--", "--db", "other.db",
        ],
        &["group", "create", "a", "-d", "--", "--db", "other.db"],
        &["user", "add", "a", "-d", "--", "--db", "other.db"],
        &["list", "--search=--", "--db", "other.db"],
        &["list", "--", "--db", "other.db"],
        &["list", "--db"],
    ] {
        let ran = with(args).exits(2);
        assert!(
            ran.stderr.contains("--db is given twice"),
            "{args:?}: {ran:?}"
        );
    }
    assert!(!sandbox.path("other.db").exists());
    // sudo joins arguments with spaces: it can't distinguish such a path from the fixed path
    // followed by more arguments.
    for path in [
        format!("{db} /../other.db"),
        format!("{db}\t"),
        "a b.db".to_owned(),
    ] {
        let ran = sandbox
            .as_user("alice", &["--db", &path, "init", "--json"])
            .exits(2);
        assert_eq!(ran.error_code(), "invalid-input");
    }
    sandbox.run(&["--db", "a b.db", "init"]).succeeds();
    // A value that looks like the option is no option.
    with(&["create", "a", "-g", "readonly", "-d", "--db-is-fine"]).succeeds();
    let mut command = sandbox.apikey(&["--db", &db, "list"]);
    finish(command.env("APIKEY_DB", "other.db").spawn().unwrap()).succeeds();
}

#[test]
fn through_sudo_no_file_is_read_as_another_user() {
    let (sandbox, secret) = populated_with_files();
    std::fs::write(sandbox.path("secret"), &secret).unwrap();
    let args = ["verify", "--key-file", "secret"];
    for operator in ["mallory", "alice", "admin"] {
        sandbox
            .as_user(operator, &args)
            .exits(2)
            .says("verify < FILE");
        sandbox
            .as_user(operator, &["verify", "--key-file", "nosuch"])
            .exits(2)
            .says("verify < FILE");
    }
    sandbox.run(&args).succeeds();
}
