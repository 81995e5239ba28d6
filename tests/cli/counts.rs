//! The limits on groups, permissions and filters, which are checked before the database is
//! locked.

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, finish};

/// Returns `option` with each of `count` values.
fn repeated(option: &str, value: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{option}={value}{number}"))
        .collect()
}

fn with_options<'a>(args: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    let more = more.iter().map(String::as_str);
    args.iter().copied().chain(more).collect()
}

#[track_caller]
fn assert_refused(sandbox: &Sandbox, args: &[&str]) {
    let before = sandbox.content();
    let ran = sandbox.run(&[args, &["--json"]].concat()).exits(2);
    assert_eq!((&*ran.stdout, &*ran.error_code()), ("", "invalid-input"));
    sandbox.run(args).exits(2).says("hint: ");
    assert!(sandbox.content() == before);
}

#[test]
fn a_key_has_at_most_64_permissions_and_a_group_1000_of_200_characters() {
    let sandbox = Sandbox::new();
    let allow = |count| repeated("--allow", "x:", count);
    let bare = |count| -> Vec<String> { (0..count).map(|n| format!("y:{n}")).collect() };
    let create = ["create", "a", "-g", "readonly"];
    assert_refused(&sandbox, &with_options(&create, &allow(65)));
    sandbox.run(&with_options(&create, &allow(64))).succeeds();
    assert_refused(
        &sandbox,
        &with_options(&["set-permissions", "a"], &bare(65)),
    );
    let set = ["set-permissions", "a"];
    sandbox.run(&with_options(&set, &bare(64))).succeeds();
    let group = ["group", "create", "big"];
    assert_refused(&sandbox, &with_options(&group, &allow(1001)));
    sandbox.run(&with_options(&group, &allow(1000))).succeeds();
    let set = ["group", "set-permissions", "big"];
    assert_refused(&sandbox, &with_options(&set, &bare(1001)));
    sandbox.run(&with_options(&set, &bare(1000))).succeeds();

    let (fits, long) = ("x".repeat(200), "x".repeat(201));
    for command in [
        &["create", "b", "-g", "readonly", "--allow"][..],
        &["set-permissions", "a"],
        &["group", "create", "g", "--allow"],
        &["group", "set-permissions", "big"],
    ] {
        assert_refused(&sandbox, &[command, &[&long]].concat());
        sandbox.run(&[command, &[&fits]].concat()).succeeds();
    }
    // A longer permission from before the limit is still readable.
    sandbox.sql(&format!(
        "UPDATE group_permissions SET permission = '{long}' WHERE permission = '{fits}'"
    ));
    let shown = sandbox.run(&["group", "show", "g", "--json"]).succeeds();
    assert_eq!(shown.json()["permissions"][0], long);
}

#[test]
fn a_key_is_in_at_most_64_groups() {
    let sandbox = Sandbox::new();
    for number in 0..66 {
        sandbox.sql(&format!(
            "INSERT INTO groups VALUES ('{number:08}', 'g{number}', NULL, 0, '')"
        ));
    }
    let groups = |count| repeated("--group", "g", count);
    assert_refused(&sandbox, &with_options(&["create", "a"], &groups(65)));
    // `*` combines permissions, not groups.
    let refused = sandbox.run(&with_options(&["create", "a"], &groups(65)));
    assert!(!refused.stderr.contains('*'), "{refused:?}");
    sandbox
        .run(&with_options(&["create", "a"], &groups(64)))
        .succeeds();
    assert_refused(&sandbox, &["set-groups", "a", "--add", "g64"]);
    assert_refused(
        &sandbox,
        &[
            "set-groups",
            "a",
            "--add",
            "g64",
            "--add",
            "g65",
            "--remove",
            "g0",
        ],
    );
    let all: Vec<String> = (0..65).map(|number| format!("g{number}")).collect();
    assert_refused(&sandbox, &with_options(&["set-groups", "a"], &all));
    sandbox
        .run(&["set-groups", "a", "--add", "g64", "--remove", "G0"])
        .succeeds();
    assert_eq!(sandbox.show("a")["groups"].as_array().unwrap().len(), 64);
    // A key that was in more groups before the limit may leave groups.
    sandbox.sql(
        "INSERT INTO key_groups SELECT k.number, g.id FROM keys k, groups g WHERE g.name IN ('g0', 'g65')",
    );
    sandbox
        .run(&["set-groups", "a", "--remove", "g1"])
        .succeeds();
    assert_eq!(sandbox.show("a")["groups"].as_array().unwrap().len(), 65);
    // There is no such limit for users.
    sandbox
        .run(&with_options(&["user", "add", "u"], &groups(66)))
        .succeeds();
}

#[sqlite_only("a lock on the whole file")]
#[test]
fn limits_are_checked_before_the_wait_for_a_lock() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let lock = sandbox.sqlite();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (allow, groups) = (
        repeated("--allow", "x:", 30_000),
        repeated("--group", "g", 30_000),
    );
    let bare: Vec<String> = (0..30_000).map(|number| format!("y:{number}")).collect();
    for args in [
        with_options(&["create", "b", "-g", "readonly"], &allow),
        with_options(&["create", "b"], &groups),
        with_options(&["set-permissions", "a"], &bare),
        with_options(&["group", "create", "g"], &allow),
        with_options(&["group", "set-permissions", "readonly"], &bare),
    ] {
        let ran = finish(sandbox.apikey(&args).spawn().unwrap()).exits(2);
        assert!(ran.stderr.contains("at most"), "{ran:?}");
    }
}

#[test]
fn a_key_that_is_named_repeatedly_is_changed_once() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let many = vec!["a"; 20_000];
    let ran = sandbox
        .run(&[&["deactivate"], &many[..]].concat())
        .succeeds();
    assert_eq!(ran.stderr, "deactivated \"a\"\n");
    sandbox
        .run(&[&["delete", "-y"], &many[..]].concat())
        .succeeds();
    assert_eq!(sandbox.count("log WHERE action = 'delete'"), 1);
    sandbox.run(&["user", "add", "a"]).succeeds();
    sandbox
        .run(&[&["user", "deactivate"], &many[..]].concat())
        .succeeds();
    assert_eq!(sandbox.count("log WHERE action = 'user-deactivate'"), 1);
    let add = ["--add", "readonly"].repeat(10_000);
    sandbox
        .run(&[&["user", "set-groups", "a"], &add[..]].concat())
        .succeeds();
    assert_eq!(sandbox.count("user_groups"), 1);
}

#[test]
fn a_listing_has_at_most_64_filters_that_apply_to_each_key() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let can = |count| repeated("--can", "x:a", count);
    let on = |count| repeated("--on", "r", count);
    let search = |count| repeated("--search", "x", count);
    sandbox
        .run(&with_options(&["list"], &search(64)))
        .succeeds();
    assert_refused(&sandbox, &with_options(&["list"], &search(65)));
    let meta = |count| repeated("--meta", "k", count);
    sandbox.run(&with_options(&["list"], &meta(64))).succeeds();
    assert_refused(&sandbox, &with_options(&["list"], &meta(65)));
    sandbox.run(&with_options(&["list"], &can(64))).succeeds();
    assert_refused(&sandbox, &with_options(&["list"], &can(65)));
    let pairs = |count| [can(8), on(count)].concat();
    sandbox.run(&with_options(&["list"], &pairs(8))).succeeds();
    assert_refused(&sandbox, &with_options(&["list"], &pairs(9)));
}

#[test]
fn each_command_with_filters_has_the_same_limits() {
    let sandbox = Sandbox::new();
    let many = [
        repeated("--meta", "k", 65),
        repeated("--search", "x", 65),
        repeated("--can", "x:a", 65),
    ];
    let mut found = 0;
    for command in apikey::cli::command().get_subcommands() {
        let mut arguments = command.get_arguments();
        if !arguments.any(|arg| arg.get_long() == Some("refused-within")) {
            continue;
        }
        found += 1;
        let value: &[&str] = match command.get_name() {
            "set-expiry" => &["90d"],
            "set-meta" => &["a=b"],
            "set-owner" => &["--none"],
            "set-groups" => &["--add", "readonly"],
            _ => &[],
        };
        let command = [&[command.get_name()], value].concat();
        for filters in &many {
            assert_refused(&sandbox, &with_options(&command, filters));
        }
    }
    assert_eq!(found, 10);
}
