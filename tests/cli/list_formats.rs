//! The formats of `list`.

use serde_json::Value;

use super::list::furnished;
use super::sandbox::Sandbox;

#[test]
fn a_table_in_a_pipe_has_a_heading_and_a_line_per_key() {
    let sandbox = furnished();
    for args in [&["list"][..], &["list", "--wide", "--utc"]] {
        let table = sandbox.run(args).succeeds().stdout;
        assert_eq!(table.lines().count(), 6, "{table}");
        assert!(!table.contains('\u{1b}'), "{table:?}");
        assert!(
            table.starts_with("NAME   STATUS    KEY                 GROUPS           CREATED"),
            "{table}"
        );
        let columns = "LAST USED  CREATED BY  EXPIRES";
        assert!(table.lines().next().unwrap().contains(columns), "{table}");
        assert!(!table.lines().any(|line| line.ends_with(' ')), "{table}");
    }
    // Empty columns are omitted.
    let table = sandbox
        .run(&["list", "--expired-for", "0s"])
        .succeeds()
        .stdout;
    assert!(
        table.lines().next().unwrap().ends_with("EXPIRES"),
        "{table}"
    );
    assert!(
        sandbox
            .run(&["list", "--expired-for", "0s", "--wide"])
            .succeeds()
            .stdout
            .contains("APPLICATION")
    );
    assert!(table.contains("days ago"), "{table}");
}

#[test]
fn an_empty_listing_is_an_empty_array_a_heading_or_no_output() {
    let sandbox = Sandbox::new();
    let print = |format: &str| {
        let ran = sandbox.run(&["list", "--format", format]).succeeds();
        (ran.stdout, ran.stderr)
    };
    assert_eq!(print("json"), ("[]\n".to_owned(), String::new()));
    assert_eq!(print("jsonl"), (String::new(), String::new()));
    assert_eq!(print("table"), (String::new(), String::new()));
    assert_eq!(print("csv").0.lines().count(), 1);
}

#[test]
fn an_error_in_the_middle_of_jsonl_leaves_complete_lines() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 700);
    sandbox.sql("UPDATE secrets SET last_four = 'a b!' WHERE key = (SELECT number FROM keys WHERE name = 'copy-000700')");
    let ran = sandbox.run(&["list", "--format", "jsonl"]).exits(5);
    assert!(ran.stdout.ends_with("}\n"), "{ran:?}");
    for line in ran.stdout.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

#[test]
fn damage_hides_only_the_keys_shortly_before_it() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 5000);
    // The damaged key is one of the last of a page of a thousand.
    sandbox.sql("UPDATE secrets SET last_four = 'a b!' WHERE key = (SELECT number FROM keys WHERE name = 'copy-004880')");
    let ran = sandbox.run(&["list", "--format", "jsonl"]).exits(5);
    let listed = ran.stdout.lines().count();
    assert!((4380..4881).contains(&listed), "{listed}");
}

#[test]
fn a_csv_cell_with_a_semicolon_is_quoted() {
    let sandbox = Sandbox::new();
    let text = "x;=1+1";
    sandbox.create(&["a", "-g", "readonly", "-d", text]);
    sandbox.run(&["user", "add", "u", "-d", text]).succeeds();
    sandbox
        .run(&["group", "create", "g", "-d", text])
        .succeeds();
    for args in [&["list"][..], &["user", "list"], &["group", "list"]] {
        let args = [args, &["--format", "csv"]].concat();
        let csv = sandbox.run(&args).succeeds().stdout;
        let quoted = format!(",\"{text}\",");
        assert!(csv.contains(&quoted), "{csv}");
        let mut rows = csv::Reader::from_reader(csv.as_bytes());
        let cells: Vec<_> = rows.records().map(Result::unwrap).collect();
        let is_there = |row: &csv::StringRecord| row.iter().any(|cell| cell == text);
        assert!(cells.iter().any(is_there), "{csv}");
    }
    let log = sandbox.log(&["--format", "csv"]);
    let line = log.lines().last().unwrap();
    assert!(
        line.ends_with(r#""{""description"":""x;=1+1"",""group"":""g"",""permissions"":[]}""#),
        "{log}"
    );
}

#[test]
fn csv_quotes_cells_and_prevents_formulas() {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "-g", "admin", "-d", "=1+1, \"two\""]);
    let csv = sandbox.run(&["list", "--format", "csv"]).succeeds().stdout;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let row = rows.records().next().unwrap().unwrap();
    assert_eq!(&row[2], "'=1+1, \"two\"");
    assert_eq!(&row[5], "admin readonly");
    assert_eq!(&row[11], "");
}

#[test]
fn no_cell_contains_control_characters() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.sql(
        "UPDATE keys SET description = 'x\u{1b}[2J\nforged\u{202e}\u{9b}', created_by = '\rroot'",
    );
    for args in [&["list"][..], &["show", "a"], &["delete", "a", "--yes"]] {
        let ran = sandbox.run(args).succeeds();
        let all = ran.stdout + &ran.stderr;
        for control in ['\u{1b}', '\u{202e}', '\u{9b}', '\r'] {
            assert!(!all.contains(control), "{args:?}: {all:?}");
        }
        assert!(!all.contains("\nforged"), "{args:?}: {all:?}");
    }
}

#[test]
fn a_closed_pipe_ends_a_listing_quietly() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 2000);
    for format in ["table", "json", "jsonl", "csv"] {
        let line = format!("{{ $APIKEY list --format {format}; echo code $? >&2; }} | head -n 1");
        let ran = sandbox.shell(&line).succeeds();
        assert_eq!(ran.stderr, "code 0\n", "{format}");
        let full = format!("$APIKEY list --format {format} > /dev/full");
        sandbox.shell(&full).exits(5).says("No space left");
    }
}

#[test]
fn every_format_lists_every_key_of_several_pages() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 1234);
    for sort in ["name", "created_at", "id"] {
        let print = |format: &str| {
            sandbox
                .run(&["list", "--sort", sort, "--format", format])
                .succeeds()
                .stdout
        };
        let json: Value = serde_json::from_str(&print("json")).unwrap();
        let names: std::collections::BTreeSet<_> = json
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["name"].to_string())
            .collect();
        assert_eq!(names.len(), 1235, "{sort}");
        assert_eq!(print("jsonl").lines().count(), 1235);
        assert_eq!(print("csv").lines().count(), 1236);
        assert_eq!(print("table").lines().count(), 1236);
    }
    assert_eq!(sandbox.names(&["--limit", "700"]).len(), 700);
}

#[test]
fn wide_cells_and_many_filters_are_handled() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.key("b");
    sandbox.sql(&format!(
        "UPDATE keys SET application = '{}', created_by = '{}' WHERE name = 'a'",
        "x".repeat(64),
        "x".repeat(70_000)
    ));
    let table = sandbox.run(&["list", "--wide"]).succeeds().stdout;
    assert_eq!(table.lines().count(), 3);
    let many = |option: &'static str, value: &'static str| [option, value].repeat(2000);
    for (option, value) in [
        ("--status", "active"),
        ("-g", "readonly"),
        ("--app", "none"),
    ] {
        let args = [vec!["list", "-q"], many(option, value)].concat();
        sandbox.run(&args).succeeds();
    }
}
