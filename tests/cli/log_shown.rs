//! The formats of `log`, on a screen and in a pipe, with any number and length of entries.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::Value;
use sqlite_only::sqlite_only;

use super::log::{listed, populated};
use super::log_verify::lengthen;
use super::pty::Terminal;
use super::sandbox::{Sandbox, finish};
use super::waiting::in_time;

#[sqlite_only("lengthens the log through a connection of SQLite")]
#[test]
fn every_format_lists_every_entry_past_a_page() {
    let sandbox = Sandbox::new();
    lengthen(&sandbox, 1300);
    let print = |format: &str| sandbox.run(&["log", "--format", format]).succeeds().stdout;
    let json: Value = serde_json::from_str(&print("json")).unwrap();
    let seqs: Vec<i64> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=1300).collect::<Vec<_>>());
    let last: Value = serde_json::from_str(print("jsonl").lines().last().unwrap()).unwrap();
    assert_eq!(last["seq"], 1300);
    assert_eq!(print("table").lines().count(), 1301);
    let csv = print("csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let headings: Vec<_> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        headings,
        [
            "seq", "at", "operator", "action", "key", "name", "reason", "details"
        ]
    );
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1300);
    assert_eq!((&rows[0][3], &rows[0][4]), ("init", ""));
    let details: Value = serde_json::from_str(&rows[0][7]).unwrap();
    assert_eq!(details["prefix"], "apik");
    assert_eq!(listed(&sandbox, &["--limit", "700"]).len(), 700);
    assert_eq!(listed(&sandbox, &["--operator", "of-the-test"]).len(), 1299);
}

#[test]
fn details_of_any_length_are_listed() {
    let sandbox = Sandbox::new();
    let set = |action: &str| {
        // The maximum of a group: 200,000 characters.
        let all: Vec<String> = (0..1000).map(|n| format!("{action}:{n:0198}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let args = [&["group", "set-permissions", "readonly", "-q"], &all[..]].concat();
        sandbox.run(&args).succeeds();
    };
    for _ in 0..8 {
        set("a");
        set("b");
    }
    for format in ["table", "json", "jsonl", "csv"] {
        let text = sandbox.run(&["log", "--format", format]).succeeds().stdout;
        assert!(text.len() > 31 * 200_000, "{format}");
        assert_eq!(text.matches("set-permissions").count(), 16);
    }
}

#[test]
fn without_entries_json_is_an_empty_array_and_csv_a_heading() {
    let sandbox = Sandbox::new();
    let print = |format: &str| {
        let ran = sandbox
            .run(&["log", "--operator", "nobody", "--format", format])
            .succeeds();
        (ran.stdout, ran.stderr)
    };
    assert_eq!(print("json"), ("[]\n".to_owned(), String::new()));
    assert_eq!(print("jsonl"), (String::new(), String::new()));
    assert_eq!(print("table"), (String::new(), String::new()));
    assert_eq!(
        print("csv"),
        (
            "seq,at,operator,action,key,name,reason,details\n".to_owned(),
            String::new()
        )
    );
}

#[test]
fn an_entry_prints_no_control_characters_formulas_or_secrets() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let shaped = format!("{}AAAAAA", &secret[..57]);
    sandbox.tamper(
        "UPDATE log SET operator = '=1+1\u{1b}[2J\nforged', action = '\r\u{202e}',
            details = '{\"to\":\"x\\u001b\\nforged\u{9b}\"}'",
    );
    let table = sandbox.run(&["log"]).succeeds().stdout;
    assert_eq!(table.lines().count(), 4, "{table}");
    let json = sandbox.run(&["log", "--json"]).succeeds().stdout;
    for smuggled in ['\u{1b}', '\u{202e}', '\u{9b}', '\r'] {
        assert!(!table.contains(smuggled), "{table:?}");
    }
    assert!(!json.contains('\u{1b}'), "{json:?}");
    let csv = sandbox.run(&["log", "--format", "csv"]).succeeds().stdout;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let row = rows.records().next().unwrap().unwrap();
    assert!(row[2].starts_with("'=1+1"), "{row:?}");
    // A secret, and a text shaped like one.
    for text in [&secret, &shaped] {
        sandbox.tamper(&format!(
            "UPDATE log SET operator = 'x', action = '{text}', details = '{{\"to\":\"{text}\"}}'"
        ));
        for format in ["table", "json", "jsonl", "csv"] {
            let text = sandbox.run(&["log", "--format", format]).succeeds().stdout;
            assert!(!text.contains(&secret[14..30]), "{format}: {text}");
            assert!(text.contains("[secret]"), "{format}: {text}");
        }
    }
}

#[sqlite_only("text that is not UTF-8, which no server stores")]
#[test]
fn an_invalid_entry_is_exit_5_and_named() {
    for sql in [
        "UPDATE log SET details = 'nothing' WHERE seq = 2",
        "UPDATE log SET key = 'x' WHERE seq = 2",
        "UPDATE log SET at = 9223372036854775807 WHERE seq = 2",
        "UPDATE log SET operator = CAST(X'ff' AS TEXT) WHERE seq = 2",
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox.tamper(sql);
        for format in ["table", "json", "jsonl", "csv"] {
            sandbox
                .run(&["log", "--format", format])
                .exits(5)
                .says("entry 2 of the log");
        }
        // An entry that is not listed fails no listing.
        sandbox.run(&["log", "--limit", "1"]).succeeds();
        assert_eq!(sandbox.run(&["log", "verify"]).exits(1).stdout, "2\n");
    }
}

#[test]
fn a_table_in_a_pipe_is_a_heading_and_one_line_per_entry() {
    let (sandbox, [first, ..]) = populated();
    let operator = sandbox.run(&["log", "--json"]).json()[0]["operator"].clone();
    let operator = operator.as_str().unwrap();
    let table = sandbox.log(&["--utc"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 11);
    let cells =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    assert_eq!(
        cells(lines[0]),
        [
            "SEQ", "WHEN", "OPERATOR", "ACTION", "KEY", "NAME", "DETAILS"
        ]
    );
    let renamed = cells(lines[4]);
    assert_eq!(renamed[0], "4");
    assert!(renamed[1].ends_with('Z'), "{renamed:?}");
    assert_eq!(
        renamed[2..],
        [
            operator,
            "rename",
            &first,
            "first",
            "from=first",
            "to=nightly"
        ]
    );
    assert_eq!(cells(lines[1])[4], "-");
    assert!(!table.contains('\u{1b}'));
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let (sandbox, [first, ..]) = populated();
    sandbox
        .run(&[
            "set-description",
            "nightly",
            &"deploys 部署 at night ".repeat(20),
        ])
        .succeeds();
    for columns in [20, 25, 30, 40, 60, 80, 120] {
        let mut terminal = Terminal::open(
            &sandbox,
            columns,
            "$APIKEY log > log; $APIKEY log --limit 4",
        );
        terminal.exits(&sandbox, 0);
        // A terminal would wrap a wider line.
        let text = String::from_utf8(terminal.bytes.clone()).unwrap();
        let (lines, _) = text.split_once("exit code").unwrap();
        for line in lines.lines() {
            let plain = dialoguer::console::strip_ansi_codes(line);
            let width = dialoguer::console::measure_text_width(plain.trim_end());
            assert!(width <= usize::from(columns), "{columns}: {plain:?}");
        }
        assert!(text.contains("SEQ"), "{text}");
        assert!(text.contains("11 "), "{text}");
    }
    assert!(
        std::fs::read_to_string(sandbox.path("log"))
            .unwrap()
            .contains(&first)
    );
}

#[sqlite_only("lengthens the log through a connection of SQLite")]
#[test]
fn on_a_screen_all_pages_have_the_same_columns_and_one_heading() {
    let sandbox = Sandbox::new();
    lengthen(&sandbox, 1300);
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY log --color never");
    terminal.exits(&sandbox, 0);
    let text = String::from_utf8(terminal.bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let headings = lines.iter().filter(|line| line.contains("ACTION"));
    assert_eq!(headings.count(), 1);
    let entries = lines.iter().filter(|line| line.contains("of-the-test"));
    let columns: BTreeSet<_> = entries
        .clone()
        .map(|line| line.find("of-the-test"))
        .collect();
    assert_eq!((entries.count(), columns.len()), (1299, 1));
}

#[sqlite_only("lengthens the log through a connection of SQLite")]
#[test]
fn a_closed_pipe_ends_a_listing_quietly_and_a_full_disk_is_an_error() {
    let sandbox = Sandbox::new();
    lengthen(&sandbox, 3000);
    for format in ["table", "json", "jsonl", "csv"] {
        let line = format!("{{ $APIKEY log --format {format}; echo code $? >&2; }} | head -n 1");
        assert_eq!(
            sandbox.shell(&line).succeeds().stderr,
            "code 0\n",
            "{format}"
        );
        let full = format!("$APIKEY log --format {format} > /dev/full");
        sandbox.shell(&full).exits(5).says("No space left");
    }
    // A head that was not written must not seem kept.
    sandbox.shell("$APIKEY log head > /dev/full").exits(5);
}

#[sqlite_only("lengthens the log through a connection of SQLite")]
#[test]
fn a_paused_listing_never_delays_a_change() {
    for format in ["table", "json", "csv"] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        lengthen(&sandbox, 5000);
        let mut child = sandbox
            .apikey(&["log", "--format", format])
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut first = [0];
        in_time(child.id(), "a first line", || out.read_exact(&mut first)).unwrap();
        // The pipe fills up, since the reader is paused. If a lock were held meanwhile, this
        // would exit with 75.
        sandbox.run(&["deactivate", "a"]).succeeds();
        let mut rest = String::new();
        in_time(child.id(), "the end", || out.read_to_string(&mut rest)).unwrap();
        finish(child).succeeds();
        // Only the entries that existed at the beginning are listed.
        assert!(!rest.contains("deactivate"), "{format}");
        assert!(rest.contains("5000"), "{format}");
    }
}
