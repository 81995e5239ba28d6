//! Each check of `review` after the commands that lead to it, at its threshold, one second
//! before and one second after.

use super::clock::{Clock, DAY, NOON};
use super::sandbox::Ran;

/// Runs `review` at `now`, and returns its rows as `NAME CHECK`.
pub fn reviewed(clock: &Clock, now: i64, args: &[&str]) -> Vec<String> {
    let ran = clock.run(now, &[&["review", "-q", "--format", "csv"], args].concat());
    let rows = ran.stdout.lines();
    let rows: Vec<String> = rows
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {}", cells[0], cells[2])
        })
        .collect();
    assert_eq!(ran.code, i32::from(!rows.is_empty()), "{ran:?}");
    rows
}

/// Checks that `check` finds the key "a" from `begin` on, and not one second before.
#[track_caller]
fn begins(clock: &Clock, check: &str, begin: i64, args: &[&str]) {
    let found = |now| reviewed(clock, now, &[&["--only", check], args].concat());
    let expected = [format!("a {check}")];
    assert_eq!(found(begin - 1), [""; 0], "before");
    assert_eq!(found(begin), expected, "at");
    assert_eq!(found(begin + 1), expected, "after");
}

pub fn verify(clock: &Clock, now: i64, secret: &str) -> Ran {
    clock.feed(now, &["verify"], secret)
}

#[test]
fn a_key_is_unused_90_days_after_its_creation_or_last_use() {
    let Some(clock) = Clock::new() else { return };
    let secret = clock.key(NOON, "a", &[]);
    begins(&clock, "unused", NOON + 90 * DAY, &[]);
    begins(&clock, "unused", NOON + 7 * DAY, &["--unused-after", "1w"]);
    verify(&clock, NOON + 5 * DAY, &secret).succeeds();
    begins(&clock, "unused", NOON + 95 * DAY, &[]);
    // A review and the filter of `list` agree.
    for now in [NOON + 95 * DAY - 1, NOON + 95 * DAY] {
        let listed = clock.run(now, &["list", "--unused-for", "90d", "--json"]);
        let is_listed = listed.stdout != "[]\n";
        assert_eq!(is_listed, !reviewed(&clock, now, &[]).is_empty(), "{now}");
    }
    clock.run(NOON + 5 * DAY, &["deactivate", "a"]).succeeds();
    assert_eq!(reviewed(&clock, NOON + 96 * DAY, &[]), [""; 0]);
}

#[test]
fn a_key_is_expiring_for_14_days_and_then_expired() {
    let Some(clock) = Clock::new() else { return };
    clock.key(NOON, "a", &["--expires", "40d"]);
    let end = NOON + 40 * DAY;
    begins(&clock, "expiring", end - 14 * DAY, &[]);
    begins(&clock, "expiring", end - DAY, &["--warn-before", "1d"]);
    begins(&clock, "expired", end, &[]);
    assert_eq!(reviewed(&clock, end - 1, &[]), ["a expiring"]);
    assert_eq!(reviewed(&clock, end, &[]), ["a expired"]);
    // A key of 13 days is near its end from the beginning.
    clock.key(NOON, "brief", &["--expires", "13d"]);
    assert_eq!(reviewed(&clock, NOON + 12 * DAY, &[]), [""; 0]);
    clock.run(NOON, &["deactivate", "a"]).succeeds();
    let inactive = ["--status", "inactive"];
    assert_eq!(reviewed(&clock, end - 1, &inactive), [""; 0]);
    assert_eq!(reviewed(&clock, end, &inactive), ["a expired"]);
}

#[test]
fn an_owner_that_leaves_is_found_on_each_key() {
    let Some(clock) = Clock::new() else { return };
    let run = |args: &[&str]| clock.run(NOON, args).succeeds();
    run(&["group", "create", "deploy"]);
    let until = ["--expires", "40d"];
    run(&[
        &["user", "add", "alice", "-g", "readonly", "-g", "deploy"],
        &until[..],
    ]
    .concat());
    clock.key(NOON, "a", &["-g", "deploy", "--owner", "alice"]);
    begins(&clock, "owner-inactive", NOON + 40 * DAY, &[]);
    assert_eq!(reviewed(&clock, NOON, &[]), [""; 0]);
    run(&["user", "set-groups", "alice", "--remove", "deploy"]);
    assert_eq!(reviewed(&clock, NOON, &[]), ["a owner-missing-group"]);
    run(&["user", "deactivate", "alice"]);
    let both = ["a owner-inactive", "a owner-missing-group"];
    assert_eq!(reviewed(&clock, NOON, &[]), both);
}

#[test]
fn an_overlap_is_found_when_it_is_drained_and_when_it_ends_in_use() {
    let Some(clock) = Clock::new() else { return };
    let old = clock.key(NOON, "a", &[]);
    let rotated = clock
        .run(NOON, &["rotate", "a", "--overlap", "30d"])
        .succeeds();
    let new = rotated.stdout.trim_end();
    let end = NOON + 30 * DAY;
    assert_eq!(reviewed(&clock, end - DAY, &[]), [""; 0]);
    verify(&clock, NOON + DAY, &old).succeeds();
    begins(&clock, "overlap-ending-in-use", end - 14 * DAY, &[]);
    assert_eq!(reviewed(&clock, end - 1, &[]), ["a overlap-ending-in-use"]);
    assert_eq!(reviewed(&clock, end, &[]), [""; 0]);
    verify(&clock, NOON + DAY, new).succeeds();
    begins(&clock, "drained", NOON + 2 * DAY, &[]);
    assert_eq!(reviewed(&clock, end, &["--only", "drained"]), [""; 0]);
}

#[test]
fn the_checks_that_are_named_find_what_a_plain_review_leaves_out() {
    let Some(clock) = Clock::new() else { return };
    let secret = clock.key(NOON, "a", &["--allow", "order:*"]);
    assert_eq!(reviewed(&clock, NOON, &[]), [""; 0]);
    begins(&clock, "old", NOON + 365 * DAY, &["--max-age", "365d"]);
    // The filter and the check agree.
    for (now, expected) in [(NOON + DAY - 1, 0), (NOON + DAY, 1)] {
        let found = reviewed(&clock, now, &["--only", "no-owner", "--older-than", "1d"]);
        assert_eq!(found.len(), expected, "{now}");
        let args = ["--only", "old", "--max-age", "1d"];
        assert_eq!(reviewed(&clock, now, &args).len(), expected, "{now}");
    }
    for check in ["never-used", "no-expiry", "no-owner", "privileged"] {
        let found = reviewed(&clock, NOON, &["--only", check]);
        assert_eq!(found, [format!("a {check}")]);
    }
    verify(&clock, NOON + 1, &secret).succeeds();
    assert_eq!(
        reviewed(&clock, NOON + 1, &["--only", "never-used"]),
        [""; 0]
    );
    clock
        .run(NOON, &["set-permissions", "a", "*:read"])
        .succeeds();
    assert_eq!(reviewed(&clock, NOON, &["--only", "privileged"]), [""; 0]);
}

#[test]
fn a_key_whose_create_was_killed_is_pending() {
    let Some(clock) = Clock::new() else { return };
    clock.key(NOON, "a", &[]);
    clock.sandbox.sql("UPDATE secrets SET state = 'pending'");
    let found = reviewed(&clock, NOON + 400 * DAY, &[]);
    assert_eq!(found, ["a pending"]);
}

#[test]
fn the_policy_sets_thresholds_and_an_option_replaces_them() {
    let Some(clock) = Clock::new() else { return };
    for (rule, value) in [
        ("unused-after", "7d"),
        ("warn-before", "2d"),
        ("max-age", "5d"),
        ("drain-after", "1h"),
    ] {
        clock.run(NOON, &["policy", "set", rule, value]).succeeds();
    }
    let old = clock.key(NOON, "a", &["--expires", "60d"]);
    let end = NOON + 60 * DAY;
    begins(&clock, "unused", NOON + 7 * DAY, &[]);
    begins(&clock, "unused", NOON + 8 * DAY, &["--unused-after", "8d"]);
    begins(&clock, "expiring", end - 2 * DAY, &[]);
    begins(&clock, "expiring", end - 3 * DAY, &["--warn-before", "3d"]);
    begins(&clock, "old", NOON + 5 * DAY, &[]);
    begins(&clock, "old", NOON + 6 * DAY, &["--max-age", "6d"]);
    let rotated = clock.run(NOON, &["rotate", "a", "--overlap", "30d"]);
    verify(&clock, NOON + 60, rotated.succeeds().stdout.trim_end()).succeeds();
    begins(&clock, "drained", NOON + 3600, &[]);
    verify(&clock, NOON + 60, &old).succeeds();
    begins(&clock, "overlap-ending-in-use", NOON + 28 * DAY, &[]);
    begins(&clock, "drained", NOON + 60 + 3600, &[]);
}

#[test]
fn each_rule_that_a_key_breaks_is_a_row() {
    let Some(clock) = Clock::new() else { return };
    let run = |args: &[&str]| clock.run(NOON, args).succeeds();
    run(&["user", "add", "alice", "-g", "readonly"]);
    clock.key(NOON, "a", &[]);
    clock.key(NOON, "Old_Name", &["--expires", "40d", "--owner", "alice"]);
    clock.key(NOON, "second", &["--expires", "31d", "--owner", "alice"]);
    for (rule, value) in [
        ("max-lifetime", "30d"),
        ("owner-required", "true"),
        ("name-pattern", "[a-z]+"),
        ("max-keys-per-owner", "1"),
    ] {
        run(&["policy", "set", rule, value]);
    }
    let rows = |now: i64| {
        let args = ["review", "--only", "policy", "--format", "csv", "-q"];
        let ran = clock.run(now, &args);
        let rows = ran.stdout.lines().map(|line| {
            let rule = line.split("; ").last().unwrap().split(" is ").next();
            format!("{} {}", line.split(',').next().unwrap(), rule.unwrap())
        });
        rows.collect::<Vec<_>>()
    };
    let second = ["second max-lifetime", "second max-keys-per-owner"];
    let expected = [
        "Old_Name max-lifetime",
        "Old_Name name-pattern",
        "Old_Name max-keys-per-owner",
        second[0],
        second[1],
        "a max-lifetime",
        "a owner-required",
    ];
    assert_eq!(rows(NOON), expected);
    // The lifetime counts from now, and an expired key isn't counted.
    assert_eq!(rows(NOON + DAY)[3..4], second[1..]);
    let after = [
        "Old_Name name-pattern",
        "a max-lifetime",
        "a owner-required",
    ];
    assert_eq!(rows(NOON + 31 * DAY), after);
    run(&["deactivate", "a"]);
    assert_eq!(rows(NOON + 31 * DAY), after);
    // A plain review includes the check.
    let plain = clock.run(NOON + 31 * DAY, &["review", "--format", "csv", "-q"]);
    assert!(
        plain.stdout.contains("Old_Name,alice,policy,,"),
        "{plain:?}"
    );
}
