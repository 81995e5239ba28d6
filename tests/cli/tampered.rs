//! Text of a tampered database: it reaches no terminal, no spreadsheet and no shell but as
//! text. And a time zone that is none.

use super::complete::ask;
use super::sandbox::{Sandbox, finish};

/// As SQL has it: what clears a screen, in two ways, turns text around, and hides.
const HOSTILE: &str = "'=x' || char(27) || '[2J' || char(155) || '2J' || char(8238) || char(8203) \
                       || char(127) || char(10) || 'y'";

/// Characters that change how text is shown.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n') || "\u{202e}\u{200b}".contains(c)
}

/// A database with such text wherever a text of no special form can stand.
fn tampered() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "-d", "x"]);
    // A key that isn't read whole is shown nowhere but in listings.
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
        let wanted = match column {
            "application" => "name = 'b'",
            _ => "true",
        };
        sandbox.sql(&format!(
            "UPDATE {table} SET {column} = {HOSTILE} WHERE {wanted}"
        ));
    }
    sandbox
}

#[test]
fn text_of_a_tampered_database_steers_no_terminal_in_any_format() {
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
            // An escape says the same, so json is read as it was stored.
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
fn no_word_of_another_form_than_its_kind_is_offered_to_a_shell() {
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
        for word in [
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
            let word = word.replace('\'', "''");
            sandbox.sql(&format!(
                "PRAGMA ignore_check_constraints = ON;
                 UPDATE {table} SET {column} = '{word}' WHERE {column} = (SELECT min({column}) FROM {table})"
            ));
            for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
                let words: Vec<&str> = line.split(' ').collect();
                let ran = ask(&sandbox, shell, &words, &[]).succeeds();
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
fn a_time_zone_that_is_a_device_a_fifo_or_elsewhere_is_utc() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.shell("mkfifo fifo").succeeds();
    let fifo = sandbox.path("fifo").display().to_string();
    let instants = |zone: &str| {
        let line = format!("ulimit -v 1000000; exec {} show a", super::sandbox::APIKEY);
        let mut command = sandbox.program("/bin/sh");
        command.args(["-c", &line]).env("TZ", zone);
        let ran = finish(command.spawn().unwrap()).succeeds();
        let created = ran.stdout.lines().find(|line| line.starts_with("created "));
        created.unwrap().to_owned()
    };
    let utc = instants("UTC");
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
        assert_eq!(instants(zone), utc, "{zone}");
    }
    assert!(instants("CET-5").ends_with("+05:00"));
}
