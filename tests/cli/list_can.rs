//! `list --can`: the keys for which verify would accept an act.

use super::process_memory::LIMIT;
use super::sandbox::Sandbox;

#[track_caller]
fn lists(sandbox: &Sandbox, args: &[&str], names: &[&str]) {
    assert_eq!(sandbox.names(args), names, "{args:?}");
}

/// Returns keys with permissions of their groups, with their own, and with an owner who has
/// fewer.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::new();
    for args in [
        &["group", "create", "orders", "--allow", "order:*@eu-*"][..],
        &[
            "group", "create", "deploy", "--allow", "deploy:*", "--allow", "log:read",
        ],
        &["user", "add", "alice", "-g", "deploy", "-g", "readonly"],
        &["user", "add", "bob", "-g", "admin", "-g", "orders"],
    ] {
        sandbox.run(args).succeeds();
    }
    for args in [
        &["root", "-g", "admin"][..],
        &["reader", "-g", "readonly"],
        &["order", "-g", "orders"],
        &[
            "alices",
            "-g",
            "deploy",
            "--owner",
            "alice",
            "--allow",
            "order:create",
        ],
        &[
            "bobs",
            "-g",
            "orders",
            "--owner",
            "bob",
            "--allow",
            "apikey:manage",
        ],
        &["own", "-g", "readonly", "--allow", "order:create@eu-7"],
    ] {
        sandbox.create(args);
    }
    sandbox
}

#[test]
fn the_keys_of_administrators_are_found() {
    let sandbox = furnished();
    lists(&sandbox, &["--can", "apikey:manage"], &["bobs", "root"]);
    lists(&sandbox, &["--can", "anything:at-all"], &["root"]);
}

#[test]
fn a_key_is_found_by_permissions_that_its_owner_has_too() {
    let sandbox = furnished();
    let all = ["alices", "reader", "root", "own"];
    let mut sorted = all;
    sorted.sort_unstable();
    lists(&sandbox, &["--can", "log:read"], &sorted);
    // alice may not create orders, so her key may not either.
    lists(&sandbox, &["--can", "order:create"], &["root"]);
    let on = ["--can", "order:create", "--on", "eu-7"];
    lists(&sandbox, &on, &["bobs", "order", "own", "root"]);
    let on = ["--can", "order:create", "--on", "us-7"];
    lists(&sandbox, &on, &["root"]);
    lists(&sandbox, &["--can", "deploy:run"], &["alices", "root"]);
    // A key loses the permissions that its owner loses.
    sandbox
        .run(&["user", "set-groups", "alice", "readonly"])
        .succeeds();
    lists(&sandbox, &["--can", "deploy:run"], &["root"]);
}

#[test]
fn a_repeated_can_combines_with_or_and_with_other_filters_with_and() {
    let sandbox = furnished();
    let two = ["--can", "deploy:run", "--can", "apikey:manage"];
    lists(&sandbox, &two, &["alices", "bobs", "root"]);
    lists(
        &sandbox,
        &[&two[..], &["--owner", "alice"]].concat(),
        &["alices"],
    );
    // Key and owner must allow the same act: alice's key allows only the first, and alice only
    // the second.
    let two = ["--can", "order:create", "--can", "metric:read"];
    lists(&sandbox, &two, &["own", "reader", "root"]);
    let resources = ["--can", "order:create", "--on", "us-1", "--on", "eu-7"];
    lists(&sandbox, &resources, &["bobs", "order", "own", "root"]);
    let ran = sandbox.run(&["list", "--on", "eu-7", "--json"]).exits(2);
    assert_eq!(ran.error_code(), "usage");
    // Many are accepted, too.
    let many = ["--can", "apikey:manage"].repeat(64);
    lists(&sandbox, &many, &["bobs", "root"]);
}

#[test]
fn keys_of_any_status_are_found() {
    let sandbox = furnished();
    sandbox.run(&["deactivate", "root"]).succeeds();
    sandbox.run(&["user", "deactivate", "bob"]).succeeds();
    lists(&sandbox, &["--can", "apikey:manage"], &["bobs", "root"]);
    let now = ["--can", "apikey:manage", "--status", "active"];
    lists(&sandbox, &now, &[]);
}

#[test]
fn list_by_permission_agrees_with_verify() {
    let sandbox = furnished();
    let mut secrets = Vec::new();
    let permissions = ["*", "a:*", "a:b", "a:b@x*", "*@*z", "apikey:own", "c@y"];
    for (index, permission) in permissions.iter().enumerate() {
        let (group, user) = (format!("g{index}"), format!("u{index}"));
        let new_group = ["group", "create", &group, "--allow", permission];
        sandbox.run(&new_group).succeeds();
        sandbox
            .run(&["user", "add", &user, "-g", &group, "-g", "readonly"])
            .succeeds();
        for (name, rest) in [
            (format!("in-{index}"), vec!["-g", &group]),
            (
                format!("self-{index}"),
                vec!["-g", "readonly", "--allow", permission],
            ),
            (
                format!("owned-{index}"),
                vec![
                    "-g", "readonly", "--owner", &user, "--allow", "a:b", "--allow", "c",
                ],
            ),
        ] {
            let secret = sandbox.create(&[&[name.as_str()], &rest[..]].concat());
            secrets.push((name, secret));
        }
    }
    for act in [
        &["a:b"][..],
        &["a:b", "xyz"],
        &["a:c"],
        &["c"],
        &["c", "y"],
        &["apikey:own"],
        &["log:read"],
    ] {
        let mut filter = vec!["--can", act[0]];
        filter.extend(act.get(1).map(|on| ["--on", on]).into_iter().flatten());
        let listed = sandbox.names(&filter);
        let input: String = secrets
            .iter()
            .map(|(_, secret)| format!("{secret}\n"))
            .collect();
        let batch = [&["verify", "--batch", "--no-record"], &filter[..]].concat();
        let ran = sandbox.feed(&batch, input);
        for ((name, _), verdict) in secrets.iter().zip(ran.stdout.lines()) {
            let is_accepted = verdict.starts_with("accepted");
            assert_eq!(
                listed.contains(name),
                is_accepted,
                "{filter:?} {name} {verdict}"
            );
        }
        assert_eq!(ran.stdout.lines().count(), secrets.len());
    }
}

#[test]
fn an_invalid_permission_is_damage() {
    let sandbox = furnished();
    sandbox.sql("UPDATE group_permissions SET permission = 'A b' WHERE permission = 'log:read'");
    let ran = sandbox
        .run(&["list", "--can", "log:read", "--json"])
        .exits(5);
    assert_eq!(ran.error_code(), "database-damaged");
}

#[test]
fn many_keys_are_searched_by_permission_in_32_mib() {
    let sandbox = furnished();
    sandbox.multiply("reader", 60_000);
    sandbox.sql("INSERT INTO key_permissions SELECT number, 'job:run@' || id FROM keys");
    for args in [&["--can", "log:read"][..], &["--can", "job:run", "--wide"]] {
        let args = [&["list", "-q", "--format", "table"], args].concat();
        let peak = sandbox.peak(&args);
        assert!(peak <= LIMIT, "{args:?}: {peak} KiB");
    }
}
