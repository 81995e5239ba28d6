//! A clock that is behind the log: no stored time is computed from it.

use super::clock::{Clock, NOON, rfc3339};
use super::pty::{CTRL_C, ENTER, Terminal};
use super::sandbox::Sandbox;

/// Every command that stores a time, with an argument that counts from the clock.
const RELATIVE: [&[&str]; 6] = [
    &["create", "b", "-g", "readonly", "--expires", "90d"],
    &[
        "create",
        "b",
        "-g",
        "readonly",
        "--expires",
        "90d",
        "--if-absent",
    ],
    &["set-expiry", "a", "90d"],
    &["user", "add", "v", "--expires", "2w"],
    &["user", "set-expiry", "u", "2w"],
    &["shared-secret", "rotate", "--overlap", "1h"],
];

fn prepared() -> Option<Clock> {
    let clock = Clock::new()?;
    clock.key(NOON, "a", &[]);
    clock.run(NOON, &["user", "add", "u"]).succeeds();
    clock.run(NOON, &["shared-secret", "create"]).succeeds();
    Some(clock)
}

#[test]
fn a_relative_time_is_not_stored_by_a_clock_behind_the_log() {
    let Some(clock) = prepared() else { return };
    let files = clock.sandbox.files();
    let before: Vec<_> = files.iter().map(std::fs::read).collect();
    for now in [0, NOON - 90 * 86_400, NOON - 301] {
        for args in RELATIVE {
            let ran = clock.run(now, &[args, &["--json"]].concat()).exits(75);
            assert_eq!(ran.stdout, "", "{args:?}");
            assert_eq!(ran.error_code(), "clock", "{args:?}");
            for time in [rfc3339(now), rfc3339(NOON)] {
                assert!(ran.stderr.contains(&time), "{args:?}: {ran:?}");
            }
        }
    }
    assert_eq!(clock.sandbox.files(), files);
    for (file, before) in files.iter().zip(before) {
        assert_eq!(std::fs::read(file).unwrap(), before.unwrap(), "{file:?}");
    }
    // The clocks of machines that share a database may differ by that much.
    for args in RELATIVE {
        clock.run(NOON - 300, args).succeeds();
    }
}

#[test]
fn an_import_stores_no_relative_time_of_a_clock_behind_the_log() {
    let Some(clock) = prepared() else { return };
    let key = super::import::key(1);
    let import = |now, column, cell: &str| {
        let lines = format!("name,key,{column}\nold,{key},{cell}\n");
        let args = ["import", "-", "--scheme", "plain", "--json"];
        let shape = ["--shape", super::import::SHAPE, "-g", "readonly"];
        clock.feed(now, &[&args[..], &shape].concat(), &lines)
    };
    for (column, cell) in [
        ("created", "90d"),
        ("created", "now"),
        ("created", "0s"),
        ("expires", "90d"),
        ("expires", "now"),
    ] {
        let ran = import(NOON - 3 * 3600, column, cell).exits(75);
        assert_eq!(ran.error_code(), "clock", "{column} {cell}");
        assert_eq!(clock.sandbox.count("keys"), 1);
    }
    for (column, cell) in [("created", "2026-01-31"), ("expires", "never")] {
        import(NOON - 3 * 3600, column, cell).succeeds();
        clock.run(NOON, &["delete", "old", "-y"]).succeeds();
    }
    import(NOON - 300, "created", "90d").succeeds();
}

#[test]
fn a_leaked_secret_is_replaced_whatever_the_clock_says() {
    let Some(clock) = prepared() else { return };
    let behind = NOON - 86_400;
    clock
        .run(behind, &["rotate", "a", "--overlap", "1h"])
        .exits(75);
    clock
        .run(
            behind,
            &["rotate", "a", "--overlap", "0s", "--expires", "9d"],
        )
        .exits(75);
    clock
        .run(behind, &["rotate", "a", "--overlap", "0s"])
        .succeeds();
    let previous = &clock.sandbox.show("a")["previous"];
    assert_eq!(previous["state"], "ended");
}

#[test]
fn a_clock_behind_the_log_stores_dates_and_never() {
    let Some(clock) = prepared() else { return };
    for args in [
        &["create", "b", "-g", "readonly", "--expires", "2028-01-31"][..],
        &["create", "c", "-g", "readonly"],
        &["create", "d", "-g", "readonly", "--expires", "never"],
        &[
            "create",
            "a",
            "-g",
            "readonly",
            "--expires",
            "90d",
            "--if-absent",
        ],
        &["set-expiry", "a", "2028-01-31T12:00:00Z"],
        &["set-expiry", "a", "never"],
        &["user", "add", "v", "--expires", "2028-01-31"],
        &["user", "set-expiry", "u", "2028-01-31"],
        &["shared-secret", "rotate"],
        &["deactivate", "a"],
    ] {
        clock.run(NOON - 90 * 86_400, args).succeeds();
    }
}

#[test]
fn no_clock_is_behind_the_log_of_a_new_database() {
    let Some(clock) = Clock::new() else { return };
    std::fs::remove_dir_all(clock.sandbox.path(".local")).unwrap();
    clock.key(0, "a", &["--expires", "90d"]);
    assert_eq!(clock.field(0, "a", "expires_at"), "1970-04-01T00:00:00Z");
}

#[test]
fn a_duration_typed_at_a_prompt_does_not_count_from_a_clock_behind_the_log() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.sql("UPDATE keys SET created_at = 4102444800");
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create b");
    terminal.at("Description:", ENTER);
    terminal.at("readonly", "readonly \r");
    terminal.at("Expires", ENTER);
    terminal.at("but the last change was at 2100-01-01T00:00:00Z", CTRL_C);
    terminal.exits(&sandbox, 130);
    assert_eq!(sandbox.count("keys"), 1);
}

#[test]
fn a_verifier_whose_clock_is_behind_the_log_does_not_begin_a_usage_file() {
    let Some(clock) = Clock::new() else { return };
    let secret = clock.key(NOON, "a", &[]);
    let later = NOON + 90 * 86_400;
    clock.run(later, &["rename", "a", "b"]).succeeds();
    let usage = clock.sandbox.usage();
    let mut record = std::fs::read(&usage).unwrap();
    record[..8].fill(0);
    std::fs::write(&usage, record).unwrap();
    let beginning = || std::fs::read(&usage).unwrap()[..8].to_owned();
    for args in [&["verify"][..], &["verify", "--batch"]] {
        clock.feed(later - 301, args, &secret).succeeds();
        assert_eq!(beginning(), [0; 8], "{args:?}");
    }
    clock.feed(later - 300, &["verify"], &secret).succeeds();
    assert_eq!(beginning(), (later - 300).to_le_bytes());
}
