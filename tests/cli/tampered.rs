//! Text of a tampered database has no effect in terminals, spreadsheets and shells. Nor has a
//! forged time zone.

use super::complete::ask;
use super::sandbox::{Sandbox, finish};

/// SQL for a text that clears a screen in two ways, reverses text, and hides characters.
const HOSTILE: &str = "'=x' || char(27) || '[2J' || char(155) || '2J' || char(8238) || char(8203) \
                       || char(127) || char(10) || 'y'";

/// Returns whether the character changes how text is shown.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n') || "\u{202e}\u{200b}".contains(c)
}

/// Returns a database with that text in every column for free text.
fn tampered() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "-d", "x"]);
    // A key with an invalid application is shown only in listings.
    sandbox.create(&["b", "-g", "readonly", "--app", "shop"]);
    for args in [
        &["group", "create", "g", "-d", "x"][..],
        &["user", "add", "root", "-g", "admin", "-d", "x"],
    ] {
        sandbox.run(args).succeeds();
    }
    for (table, column) in [
        ("keys", "description"),
        ("keys", "created_by"),
        ("keys", "application"),
        ("groups", "description"),
        ("groups", "created_by"),
        ("users", "description"),
        ("users", "created_by"),
    ] {
        let condition = match column {
            "application" => "name = 'b'",
            _ => "true",
        };
        sandbox.sql(&format!(
            "UPDATE {table} SET {column} = {HOSTILE} WHERE {condition}"
        ));
    }
    sandbox
}

#[test]
fn no_format_prints_control_characters_of_a_tampered_database() {
    let sandbox = tampered();
    let mut seen = 0;
    for command in [
        &["list", "--wide"][..],
        &["show", "a"],
        &["group", "list"],
        &["group", "show", "g"],
        &["user", "list"],
        &["user", "show", "root"],
        &["log"],
        &["doctor"],
    ] {
        for format in ["table", "json", "jsonl", "csv"] {
            let is_listing = command.contains(&"list") || command == ["log"];
            if ["jsonl", "csv"].contains(&format) && !is_listing {
                continue;
            }
            let ran = sandbox.run(&[command, &["--format", format]].concat());
            let bad: Vec<char> = ran.stdout.chars().filter(|&c| is_hostile(c)).collect();
            assert!(bad.is_empty(), "{command:?} {format}: {bad:?}");
            seen += ran.stdout.matches("2J").count();
            // json escapes the characters, so it has the stored text.
            if format == "json" && command == ["show", "a"] {
                let stored = ran.json()["description"].as_str().unwrap().to_owned();
                assert_eq!(stored, "=x\u{1b}[2J\u{9b}2J\u{202e}\u{200b}\u{7f}\ny");
                assert!(ran.stdout.contains("\\u009b2J\\u202e\\u200b\\u007f"));
            }
            if format == "csv" {
                assert!(!ran.stdout.contains(",=x"), "{}", ran.stdout);
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn completion_offers_no_malformed_values_of_a_tampered_database() {
    for (table, column, line) in [
        ("keys", "application", "set-app a "),
        ("keys", "application", "list --app "),
        ("keys", "name", "show "),
        ("groups", "name", "create x -g "),
        ("users", "name", "user show "),
        ("users", "name", "log --operator "),
        ("group_permissions", "permission", "create x --allow "),
        ("group_permissions", "permission", "verify --can "),
    ] {
        for value in [
            "x';touch${IFS}ran;'",
            "x\"; id",
            "x$(id)",
            "x`id`",
            "x y",
            "$HOME",
        ] {
            let sandbox = Sandbox::new();
            sandbox.create(&["a", "-g", "readonly", "--app", "shop"]);
            sandbox
                .run(&["user", "add", "root", "-g", "admin"])
                .succeeds();
            let value = value.replace('\'', "''");
            sandbox.sql(&format!(
                "PRAGMA ignore_check_constraints = ON;
                 UPDATE {table} SET {column} = '{value}' WHERE {column} = (SELECT min({column}) FROM {table})"
            ));
            for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
                let args: Vec<&str> = line.split(' ').collect();
                let ran = ask(&sandbox, shell, &args, &[]).succeeds();
                let bad = |c: char| "'\"$`; ".contains(c);
                let offered = ran.stdout.lines().map(|line| match shell {
                    "zsh" => line
                        .replace("\\:", "-")
                        .split(':')
                        .next()
                        .unwrap()
                        .to_owned(),
                    _ => line.split('\t').next().unwrap().to_owned(),
                });
                for offered in offered {
                    assert!(!offered.contains(bad), "{line}{offered} in {shell}");
                }
            }
        }
    }
}

#[test]
fn a_tampered_application_completed_inside_quotes_runs_nothing() {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "--app", "shop"]);
    sandbox.create(&["b", "-g", "readonly", "--app", "shop2"]);
    sandbox.sql("UPDATE keys SET application = 'x'';touch ran;#' WHERE name = 'a'");
    for typed in ["'", "\"", "'x", "x"] {
        for shell in ["bash", "zsh", "fish"] {
            let ran = ask(&sandbox, shell, &["list", "--app", typed], &[]).succeeds();
            assert!(!ran.stdout.contains("touch"), "{shell} {typed}: {ran:?}");
        }
    }
}

#[test]
fn a_time_zone_that_is_a_device_a_pipe_or_elsewhere_is_utc() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.shell("mkfifo fifo").succeeds();
    let fifo = sandbox.path("fifo").display().to_string();
    let created_in = |zone: &str| {
        let line = format!("ulimit -v 1000000; exec {} show a", super::sandbox::APIKEY);
        let mut command = sandbox.program("/bin/sh");
        command.args(["-c", &line]).env("TZ", zone);
        let ran = finish(command.spawn().unwrap()).succeeds();
        let created = ran.stdout.lines().find(|line| line.starts_with("created "));
        created.unwrap().to_owned()
    };
    let utc = created_in("UTC");
    assert!(utc.ends_with('Z'), "{utc}");
    for zone in [
        ":/dev/zero",
        "/dev/zero",
        "../../../dev/zero",
        ":Europe/../../../../dev/zero",
        "/proc/self/mem",
        &fifo,
        &format!(":{fifo}"),
        "no/such/zone",
    ] {
        assert_eq!(created_in(zone), utc, "{zone}");
    }
    assert!(created_in("CET-5").ends_with("+05:00"));
}
