//! Operators of a database on a server who come through sudo.

use super::sandbox::{Ran, Sandbox, finish};

/// The variables of libpq, each with a value that would lead elsewhere, or make another user read a
/// file.
const VARIABLES: [(&str, &str); 17] = [
    ("PGHOST", "/nowhere"),
    ("PGHOSTADDR", "127.0.0.1"),
    ("PGPORT", "1"),
    ("PGUSER", "test"),
    ("PGDATABASE", "postgres"),
    ("PGPASSWORD", "x"),
    ("PGPASSFILE", "/etc/shadow"),
    ("PGSERVICE", "x"),
    ("PGSERVICEFILE", "/etc/shadow"),
    ("PGSYSCONFDIR", "/nowhere"),
    ("PGAPPNAME", "x"),
    ("PGCONNECT_TIMEOUT", "1"),
    ("PGSSLMODE", "disable"),
    ("PGSSLROOTCERT", "/etc/shadow"),
    ("PGSSLCERT", "/etc/shadow"),
    ("PGSSLKEY", "/etc/shadow"),
    ("PGTARGETSESSIONATTRS", "any"),
];

fn run(sandbox: &Sandbox, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = sandbox.apikey(args);
    finish(command.envs(variables.iter().copied()).spawn().unwrap())
}

#[test]
fn the_operator_is_the_user_of_sudo_if_it_became_another_user() {
    let sandbox = Sandbox::new();
    let own = rustix::process::getuid().as_raw().to_string();
    let mut operators = Vec::new();
    for uid in ["4711", &own, ""] {
        let group = format!("g{uid}");
        let variables = [("SUDO_USER", "alice"), ("SUDO_UID", uid)];
        run(&sandbox, &["group", "create", &group], &variables).succeeds();
        operators.push(sandbox.value(&format!(
            "SELECT created_by FROM groups WHERE name = '{group}'"
        )));
    }
    assert_eq!(operators[0], "alice");
    assert!(
        operators[1..].iter().all(|operator| operator != "alice"),
        "{operators:?}"
    );
}

#[test]
fn no_variable_of_libpq_decides_how_another_user_connects() {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.key("job");
    std::fs::write(sandbox.path("secret"), &secret).unwrap();
    let before = sandbox.content();
    for variable in VARIABLES {
        let name = variable.0;
        for args in [&["list"][..], &["verify"], &["create", "x", "-g", "deploy"]] {
            let ran = run(&sandbox, args, &[("SUDO_USER", "admin"), variable]).exits(2);
            assert_eq!(ran.stdout, "", "{name} {args:?}");
            let ran = ran.says(&format!("through sudo, {name} would decide how"));
            ran.says(&format!("hint: unset {name}"));
        }
    }
    assert_eq!(sandbox.content(), before);
    let json = [("SUDO_USER", "admin"), ("PGUSER", "test")];
    let error = run(&sandbox, &["list", "--json"], &json).exits(2);
    assert_eq!(error.error_code(), "usage");
    // An empty variable is unset.
    let empty = [("SUDO_USER", "admin"), ("PGUSER", "")];
    run(&sandbox, &["list"], &empty).succeeds();
    // Commands that need no database.
    let variable = [("SUDO_USER", "admin"), ("PGUSER", "test")];
    run(&sandbox, &["help", "json"], &variable).succeeds();
    run(&sandbox, &["completions", "bash"], &variable).succeeds();
}

#[test]
fn a_variable_of_libpq_cannot_name_a_server_without_users() {
    let staffed = Sandbox::staffed();
    let without_users = Sandbox::new();
    // The URI names no database, so the variable would.
    let uri = |sandbox: &Sandbox| -> (String, String) {
        let environment = sandbox.environment();
        let (_, uri) = environment
            .iter()
            .find(|(name, _)| *name == "APIKEY_DB")
            .unwrap();
        let (start, host) = uri.split_once('?').unwrap();
        let (start, database) = start.rsplit_once('/').unwrap();
        (format!("{start}?{host}"), database.to_owned())
    };
    for (sandbox, database) in [
        (&staffed, uri(&without_users).1),
        (&without_users, "nosuch".to_owned()),
    ] {
        let (without_name, _) = uri(sandbox);
        let variables = [
            ("SUDO_USER", "mallory"),
            ("APIKEY_DB", &*without_name),
            ("PGDATABASE", &database),
        ];
        let ran = run(
            sandbox,
            &["user", "add", "mallory", "-g", "admin"],
            &variables,
        );
        ran.exits(2).says("through sudo, PGDATABASE");
    }
    assert_eq!(without_users.count("users"), 0);
}

#[test]
fn without_sudo_or_without_users_the_variables_of_libpq_count() {
    let staffed = Sandbox::staffed();
    let without_users = Sandbox::new();
    let own = rustix::process::getuid().as_raw().to_string();
    for (sandbox, user, uid) in [
        (&staffed, "", "4711"),
        (&staffed, "mallory", &*own),
        (&without_users, "mallory", "4711"),
    ] {
        let sudo = [("SUDO_USER", user), ("SUDO_UID", uid)];
        let timeout = ("PGCONNECT_TIMEOUT", "x");
        let invalid = run(sandbox, &["list"], &[sudo[0], sudo[1], timeout]).exits(2);
        invalid.says("PGCONNECT_TIMEOUT");
        let name = ("PGAPPNAME", "x");
        run(sandbox, &["list"], &[sudo[0], sudo[1], name]).succeeds();
    }
}

#[test]
fn only_a_manager_shares_or_upgrades_a_database_through_sudo() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["user", "deactivate", "bob"]).succeeds();
    let before = sandbox.content();
    for args in [&["init", "--shared", "nowhere"][..], &["init", "--upgrade"]] {
        for user in ["unregistered", "alice", "bob", "carol"] {
            let ran = run(&sandbox, args, &[("SUDO_USER", user)]).exits(4);
            assert_eq!(ran.stdout, "", "{user} {args:?}");
        }
    }
    run(
        &sandbox,
        &["init", "--shared", "nowhere"],
        &[("SUDO_USER", "admin")],
    )
    .exits(3)
    .says("no role \"nowhere\"");
    run(&sandbox, &["init", "--upgrade"], &[("SUDO_USER", "admin")]).succeeds();
    assert_eq!(sandbox.content(), before);
}
