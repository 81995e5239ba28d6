//! The filters of `list`, alone and combined.

use sqlite_only::sqlite_only;

use super::clock::{Clock, DAY, NOON};
use super::sandbox::{Sandbox, clock};

#[track_caller]
fn lists(sandbox: &Sandbox, args: &[&str], names: &[&str]) {
    assert_eq!(sandbox.names(args), names, "{args:?}");
}

/// Returns active and inactive keys that have expired, will expire, or never expire.
fn expiring() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.key("forever");
    for (name, expires) in [("soon", "5d"), ("later", "90d")] {
        sandbox.create(&[name, "-g", "readonly", "--expires", expires]);
    }
    for (name, ago) in [("ended", 3), ("ended-off", 40)] {
        sandbox.key(name);
        let at = clock() - ago * 86_400;
        sandbox.sql(&format!(
            "UPDATE keys SET expires_at = {at} WHERE name = '{name}'"
        ));
    }
    sandbox.run(&["deactivate", "ended-off"]).succeeds();
    sandbox
}

#[test]
fn expired_for_finds_keys_of_any_status() {
    let sandbox = expiring();
    lists(&sandbox, &["--expired-for", "0s"], &["ended", "ended-off"]);
    lists(&sandbox, &["--expired-for", "2d"], &["ended", "ended-off"]);
    lists(&sandbox, &["--expired-for", "30d"], &["ended-off"]);
    lists(&sandbox, &["--expired-for", "41d"], &[]);
    let inactive = ["--expired-for", "0s", "--status", "inactive"];
    lists(&sandbox, &inactive, &["ended-off"]);
    // The status alone misses the inactive key.
    lists(&sandbox, &["--status", "expired"], &["ended"]);
}

#[test]
fn expires_within_takes_a_duration_a_date_a_time_and_now() {
    let sandbox = expiring();
    let in_days = |days: i64| {
        let at = chrono::DateTime::from_timestamp(clock() + days * 86_400, 0);
        at.unwrap().format("%Y-%m-%d").to_string()
    };
    lists(&sandbox, &["--expires-within", "14d"], &["soon"]);
    lists(&sandbox, &["--expires-within", &in_days(14)], &["soon"]);
    let all = ["later", "soon"];
    lists(&sandbox, &["--expires-within", &in_days(100)], &all);
    let time = format!("{}T12:00:00+02:00", in_days(14));
    lists(&sandbox, &["--expires-within", &time], &["soon"]);
    for empty in ["now", "0s", "2020-01-01"] {
        lists(&sandbox, &["--expires-within", empty], &[]);
    }
    for bad in ["never", "1y", "2027-02-30", "soon"] {
        let ran = sandbox.run(&["list", "--expires-within", bad, "--json"]);
        assert_eq!(ran.exits(2).error_code(), "invalid-input", "{bad}");
    }
}

#[test]
fn log_since_takes_a_duration_a_date_a_time_and_now() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let entries = |since: &str| {
        let ran = sandbox.run(&["log", "--since", since, "--json"]).succeeds();
        ran.json().as_array().unwrap().len()
    };
    let tomorrow = chrono::DateTime::from_timestamp(clock() + 86_400, 0).unwrap();
    for (since, count) in [
        ("1d", 3),
        ("2026-01-01", 3),
        ("2026-01-01T00:00:00Z", 3),
        ("2999-01-01", 0),
        (&tomorrow.to_rfc3339(), 0),
    ] {
        assert_eq!(entries(since), count, "{since}");
    }
    assert!(entries("now") <= 3);
    for bad in ["never", "1y", "2026-13-01"] {
        let ran = sandbox.run(&["log", "--since", bad, "--json"]).exits(2);
        assert_eq!(ran.error_code(), "invalid-input", "{bad}");
    }
}

#[test]
fn an_expiry_may_be_set_to_now() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.run(&["set-expiry", "a", "now"]).succeeds();
    assert_eq!(
        sandbox.feed(&["verify"], secret).exits(1).stdout,
        "refused expired\n"
    );
    // A new key would be expired from the start.
    let create = ["create", "b", "-g", "readonly", "--expires", "now"];
    sandbox.run(&create).exits(2).says("is not in the future");
}

#[test]
fn keys_without_an_expiry_and_without_an_owner_are_found() {
    let sandbox = expiring();
    sandbox
        .run(&["user", "add", "alice", "-g", "readonly"])
        .succeeds();
    sandbox.run(&["set-owner", "forever", "alice"]).succeeds();
    sandbox.run(&["set-owner", "soon", "alice"]).succeeds();
    lists(&sandbox, &["--no-expiry"], &["forever"]);
    lists(&sandbox, &["--no-owner"], &["ended", "ended-off", "later"]);
    lists(&sandbox, &["--no-owner", "--no-expiry"], &[]);
    lists(&sandbox, &["--no-owner", "--owner", "alice"], &[]);
    lists(&sandbox, &["--owner", "alice", "--no-expiry"], &["forever"]);
}

#[test]
fn keys_are_found_by_the_operator_who_created_them() {
    let sandbox = Sandbox::staffed();
    for (user, key) in [("alice", "a"), ("bob", "b"), ("admin", "c")] {
        let args = ["create", key, "-g", "deploy", "-q"];
        let args = match user {
            "admin" => ["create", key, "-g", "readonly", "-q"],
            _ => args,
        };
        sandbox.as_user(user, &args).succeeds();
    }
    lists(&sandbox, &["--created-by", "alice"], &["a"]);
    let two = ["--created-by", "alice", "--created-by", "admin"];
    lists(&sandbox, &two, &["a", "c"]);
    // Login names are compared exactly.
    lists(&sandbox, &["--created-by", "Alice"], &[]);
    // An operator finds only their own keys.
    let args = ["list", "--created-by", "bob", "--json"];
    assert_eq!(sandbox.as_user("alice", &args).succeeds().stdout, "[]\n");
}

#[test]
fn a_pasted_id_prefix_and_id_or_short_form_finds_its_key() {
    let sandbox = Sandbox::new();
    sandbox.create(&["first", "-g", "readonly", "-d", "for the shop"]);
    sandbox.key("second");
    let key = sandbox.show("first");
    let (id, short) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    let dots = short.replace('…', "...");
    for text in [id, &id[1..7], &format!("apik_{id}"), short, &dots] {
        lists(&sandbox, &["--search", text], &["first"]);
    }
    let (head, last) = short.split_at(short.len() - 4);
    let other = if last == "0000" { "1111" } else { "0000" };
    for text in [&format!("acme_{id}"), &format!("{head}{other}"), "apik_"] {
        lists(&sandbox, &["--search", text], &[]);
    }
    lists(&sandbox, &["--search", "SHOP"], &["first"]);
    // Repeating it means OR.
    let two = ["--search", "shop", "--search", "SECOND"];
    lists(&sandbox, &two, &["first", "second"]);
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn older_than_counts_from_the_creation_or_the_rotation_of_the_current_secret() {
    let Some(clock) = Clock::new() else { return };
    let names = |now: i64, span: &str| {
        let args = ["list", "-q", "--format", "csv", "--older-than", span];
        let ran = clock.run(now, &args).succeeds();
        let names = ran.stdout.lines().skip(1);
        let names = names.map(|line| line.split(',').nth(1).unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    clock.key(NOON, "a", &[]);
    clock.key(NOON, "b", &[]);
    for (now, count) in [(DAY - 1, 0), (DAY, 2), (DAY + 1, 2)] {
        assert_eq!(names(NOON + now, "1d").len(), count, "{now}");
    }
    assert_eq!(names(NOON, "0s"), ["a", "b"]);
    let rotate = ["rotate", "b", "--overlap", "1h"];
    clock.run(NOON + DAY, &rotate).succeeds();
    assert_eq!(names(NOON + DAY, "1d"), ["a"]);
    assert_eq!(names(NOON + 2 * DAY - 1, "1d"), ["a"]);
    assert_eq!(names(NOON + 2 * DAY, "1d"), ["a", "b"]);
    // The secret that was replaced is current again, with its own age.
    let cancel = ["cancel-rotation", "b", "-y"];
    clock.run(NOON + DAY + 1, &cancel).succeeds();
    assert_eq!(names(NOON + DAY + 1, "1d"), ["a", "b"]);
    // A first secret is as old as its key, even if its delivery took a while.
    clock.key(NOON, "c", &[]);
    assert_eq!(names(NOON + DAY - 1, "1d"), [""; 0]);
    let begun = "UPDATE keys SET created_at = created_at - 60 WHERE name = 'c'";
    clock.sandbox.sql(begun);
    assert_eq!(names(NOON + DAY - 60, "1d"), ["c"]);
    clock.sandbox.sql("UPDATE secrets SET state = 'pending'");
    assert_eq!(names(NOON + DAY, "1d"), [""; 0]);
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn refused_within_finds_keys_whose_right_secret_was_refused() {
    let Some(clock) = Clock::new() else { return };
    let count = |now: i64, span: &str| {
        let args = ["list", "--refused-within", span, "--json"];
        let ran = clock.run(now, &args).succeeds();
        ran.json().as_array().unwrap().len()
    };
    let secret = clock.key(NOON, "a", &[]);
    clock.key(NOON, "b", &[]);
    clock.feed(NOON, &["verify"], &secret).succeeds();
    clock.feed(NOON, &["verify"], "nonsense").exits(1);
    assert_eq!(count(NOON, "1d"), 0);
    let missing = ["verify", "-g", "admin"];
    clock.feed(NOON + 1, &missing, &secret).exits(1);
    for (now, expected) in [(0, 1), (DAY - 1, 1), (DAY, 1), (DAY + 1, 0)] {
        assert_eq!(count(NOON + 1 + now, "1d"), expected, "{now}");
    }
    assert_eq!(count(NOON + 1, "0s"), 1);
    assert_eq!(count(NOON + 2, "0s"), 0);
    for bad in ["never", "1y", "now", ""] {
        for filter in ["--refused-within", "--older-than"] {
            let args = ["list", filter, bad, "--json"];
            let ran = clock.run(NOON, &args).exits(2);
            assert_eq!(ran.error_code(), "invalid-input", "{filter} {bad}");
        }
    }
}

#[test]
fn an_empty_value_is_refused_by_every_filter() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for command in ["list", "review"] {
        for filter in [
            "--status",
            "--group",
            "--owner",
            "--created-by",
            "--app",
            "--can",
            "--unused-for",
            "--expires-within",
            "--expired-for",
            "--older-than",
            "--refused-within",
            "--meta",
            "--search",
        ] {
            for text in ["", " ", "\t", "\u{a0}"] {
                for args in [
                    vec![filter.to_owned(), text.to_owned()],
                    vec![format!("{filter}={text}")],
                ] {
                    let args: Vec<&str> = args.iter().map(String::as_str).collect();
                    let args = [&[command, "--json"], &args[..]].concat();
                    let ran = sandbox.run(&args).exits(2);
                    assert_eq!(ran.stdout, "", "{args:?}");
                    ran.error_code();
                }
            }
        }
        let args = [command, "--can", "x", "--on", "", "--json"];
        sandbox.run(&args).exits(2);
    }
}

#[test]
fn wide_tables_have_permissions_and_every_column() {
    let sandbox = Sandbox::new();
    sandbox.create(&[
        "a",
        "-g",
        "readonly",
        "--allow",
        "order:read@eu-*",
        "--allow",
        "log:write",
    ]);
    sandbox.key("b");
    let narrow = sandbox.run(&["list"]).succeeds().stdout;
    assert!(!narrow.contains("PERMISSIONS"), "{narrow}");
    let wide = sandbox.run(&["list", "--wide"]).succeeds().stdout;
    let columns = [
        "NAME",
        "STATUS",
        "KEY",
        "GROUPS",
        "CREATED",
        "LAST USED",
        "CREATED BY",
        "EXPIRES",
        "OWNER",
        "APPLICATION",
        "PERMISSIONS",
        "DESCRIPTION",
    ];
    let heading = wide.lines().next().unwrap();
    let headings: Vec<&str> = heading
        .split("  ")
        .map(str::trim)
        .filter(|c| !c.is_empty())
        .collect();
    assert_eq!(headings, columns);
    // Cells are aligned below the heading, and an empty one is a dash.
    let at = heading.find("PERMISSIONS").unwrap();
    let cells: Vec<&str> = wide
        .lines()
        .map(|line| line[at..].split("  ").next().unwrap())
        .collect();
    // The short form's `…` has three bytes and one column.
    let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
    assert_eq!(cells[0], "PERMISSIONS");
    assert!(wide.contains("  log:write order:read@eu-*  -"), "{wide}");
}
