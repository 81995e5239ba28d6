//! The log listed. Whether it holds is in `log_verify.rs`.

use std::io::Read;

use serde_json::Value;

use super::log_verify::lengthen;
use super::pty::Terminal;
use super::sandbox::Sandbox;

/// What `log` lists with `args`, as `seq action`.
fn listed(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let args = [&["log", "--json", "-q"], args].concat();
    let entries = sandbox.run(&args).succeeds().json();
    let line = |entry: &Value| format!("{} {}", entry["seq"], entry["action"].as_str().unwrap());
    entries.as_array().unwrap().iter().map(line).collect()
}

/// A database whose log has entries 1 to 10, and the ids of the keys of 2 to 5, of
/// 6 to 8, and of 9 and 10.
fn furnished() -> (Sandbox, [String; 3]) {
    let sandbox = Sandbox::new();
    sandbox.key("first");
    sandbox.run(&["rename", "first", "nightly"]).succeeds();
    let first = sandbox.show("nightly")["id"].clone();
    sandbox.run(&["delete", "nightly", "-y"]).succeeds();
    sandbox.key("nightly");
    let second = sandbox.show("nightly")["id"].clone();
    sandbox.run(&["delete", "nightly", "-y"]).succeeds();
    sandbox.key("Nightly");
    let third = sandbox.show("nightly")["id"].clone();
    (
        sandbox,
        [first, second, third].map(|id| id.as_str().unwrap().to_owned()),
    )
}

#[test]
fn an_entry_says_what_was_done_by_whom() {
    let sandbox = Sandbox::new();
    sandbox
        .as_user(
            "anybody",
            &["create", "a", "-g", "readonly", "--expires", "2030-01-01"],
        )
        .succeeds();
    let entries = sandbox.run(&["log", "--json"]).succeeds().json();
    let created = &entries[1];
    let fields: Vec<&String> = created.as_object().unwrap().keys().collect();
    // As serde_json sorts them.
    assert_eq!(
        fields,
        ["action", "at", "details", "key", "operator", "seq"]
    );
    let key = sandbox.show("a");
    assert_eq!(created["seq"], 2);
    assert_eq!(created["at"], key["created_at"]);
    assert_eq!(created["operator"], "anybody");
    assert_eq!(created["action"], "create");
    assert_eq!(created["key"], key["id"]);
    assert_eq!(created["details"]["name"], "a");
    assert_eq!(created["details"]["expires_at"], "2030-01-01T00:00:00Z");
    assert_eq!(entries[0]["key"], Value::Null);
    let text = sandbox.run(&["log", "--json"]).succeeds().stdout;
    assert!(text.starts_with(r#"[{"seq":1,"at":"2"#), "{text}");
}

#[test]
fn the_last_are_listed_the_newest_at_the_end() {
    let (sandbox, _) = furnished();
    assert_eq!(listed(&sandbox, &[]).len(), 10);
    assert_eq!(
        listed(&sandbox, &["--limit", "3"]),
        ["8 delete", "9 create", "10 hand-over"]
    );
    assert_eq!(listed(&sandbox, &["--limit", "1"]), ["10 hand-over"]);
    assert_eq!(listed(&sandbox, &["--limit", "11"]).len(), 10);
    assert_eq!(
        listed(&sandbox, &["--limit", "18446744073709551615"]).len(),
        10
    );
    sandbox.run(&["log", "--limit", "0"]).exits(2);
}

#[test]
fn a_key_is_the_one_there_is_and_those_of_its_name_before_are_told_of() {
    let (sandbox, [first, second, third]) = furnished();
    let last = ["9 create", "10 hand-over"];
    for key in ["nightly", "NIGHTLY", &third] {
        assert_eq!(listed(&sandbox, &["--key", key]), last, "{key}");
    }
    let short = sandbox.show("nightly")["key"].as_str().unwrap().to_owned();
    assert_eq!(listed(&sandbox, &["--key", &short]), last);
    assert_eq!(
        listed(&sandbox, &["--key", &short.replace('…', "...")]),
        last
    );
    sandbox
        .run(&["log", "--key", "nightly"])
        .succeeds()
        .says(&format!("2 keys, with the ids {first}, {second}"));
    assert_eq!(sandbox.run(&["log", "--key", &third]).succeeds().stderr, "");
}

#[test]
fn a_key_that_was_deleted_is_found_by_its_id_its_short_form_and_its_names() {
    let (sandbox, [first, second, _]) = furnished();
    sandbox.run(&["rename", "nightly", "daily"]).succeeds();
    let of_first = ["2 create", "3 hand-over", "4 rename", "5 delete"];
    for key in [&first, "first", "FIRST", &format!("apik_{first}…0000")] {
        assert_eq!(listed(&sandbox, &["--key", key]), of_first, "{key}");
    }
    assert_eq!(listed(&sandbox, &["--key", &second]).len(), 3);
    // All that were ever called so, one of them deleted and one renamed since.
    assert_eq!(listed(&sandbox, &["--key", "nightly"]).len(), 4 + 3 + 3);
    assert_eq!(
        listed(&sandbox, &["--key", "nightly", "--limit", "2"]),
        ["10 hand-over", "11 rename"]
    );
    sandbox
        .run(&["log", "--key", "first"])
        .succeeds()
        .says(&format!(
            "no key is named \"first\" now; it was the name of the key with the id {first}"
        ));
    assert_eq!(sandbox.run(&["log", "--key", &first]).succeeds().stderr, "");
    for key in ["nosuch", "00000000", &format!("other_{first}…0000")] {
        let ran = sandbox.run(&["log", "--key", key, "--json"]).exits(3);
        assert_eq!(ran.error_code(), "key-not-found");
    }
    // Nothing else that the log tells is a key's name.
    sandbox.run(&["group", "create", "crew"]).succeeds();
    sandbox.run(&["log", "--key", "crew"]).exits(3);
    sandbox.run(&["log", "--key", "readonly"]).exits(3);
}

#[test]
fn the_short_form_of_another_secret_is_no_key() {
    let (sandbox, [_, _, third]) = furnished();
    let short = sandbox.show("nightly")["key"].as_str().unwrap().to_owned();
    let wrong = match short.ends_with("0000") {
        true => "1111",
        false => "0000",
    };
    let key = format!("apik_{third}…{wrong}");
    sandbox.run(&["log", "--key", &key]).exits(3);
}

#[test]
fn filters_are_and_ed() {
    let sandbox = Sandbox::new();
    sandbox
        .as_user("bob", &["group", "create", "crew"])
        .succeeds();
    sandbox
        .as_user("bob", &["create", "a", "-g", "crew"])
        .succeeds();
    sandbox.as_user("eve", &["deactivate", "a"]).succeeds();
    sandbox.sql(
        "DROP TRIGGER log_is_not_changed;
         UPDATE log SET at = at - 86400 WHERE seq <= 3;",
    );
    for (args, seqs) in [
        (&["--operator", "bob"][..], &[2, 3, 4][..]),
        (&["--operator", "eve"], &[5]),
        (&["--operator", "BOB"], &[]),
        (&["--operator", "nobody"], &[]),
        (&["--operator", "uid:4711"], &[]),
        (&["--since", "1h"], &[4, 5]),
        (&["--since", "2d"], &[1, 2, 3, 4, 5]),
        (&["--since", "365000d"], &[1, 2, 3, 4, 5]),
        (&["--since", "1h", "--operator", "bob"], &[4]),
        (&["--key", "a"], &[3, 4, 5]),
        (&["--key", "a", "--operator", "bob", "--limit", "1"], &[4]),
        (&["--operator", "bob", "--operator", "eve"], &[5]),
    ] {
        let seqs: Vec<String> = seqs.iter().map(ToString::to_string).collect();
        let found = listed(&sandbox, args);
        let found: Vec<_> = found
            .iter()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(found, seqs, "{args:?}");
    }
    sandbox
        .run(&["log", "--since", "1h"])
        .succeeds()
        .says("since 2");
    for args in [
        &["--since", "1M"][..],
        &["--since", "2027-01-31"],
        &["--operator", "a b"],
        &["--operator", ""],
        &["--key", "a b"],
        &["nonsense"],
    ] {
        sandbox.run(&[&["log"], args].concat()).exits(2);
    }
}

#[test]
fn an_option_of_the_listing_is_none_of_head_or_verify() {
    let sandbox = Sandbox::new();
    for option in [
        ["--limit", "1"],
        ["--key", "a"],
        ["--operator", "a"],
        ["--since", "1d"],
    ] {
        for command in ["head", "verify"] {
            let before = [&["log"], &option[..], &[command]].concat();
            sandbox.run(&before).exits(2).says(option[0]);
            let after = [&["log", command], &option[..]].concat();
            sandbox.run(&after).exits(2);
        }
    }
    sandbox.run(&["log", "--json", "head"]).succeeds().json();
    sandbox.run(&["log", "head", "--format", "csv"]).exits(2);
    sandbox
        .run(&["log", "verify", "--format", "jsonl"])
        .exits(2);
}

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
        ["seq", "at", "operator", "action", "key", "details"]
    );
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1300);
    assert_eq!((&rows[0][3], &rows[0][4]), ("init", ""));
    let details: Value = serde_json::from_str(&rows[0][5]).unwrap();
    assert_eq!(details["prefix"], "apik");
    assert_eq!(listed(&sandbox, &["--limit", "700"]).len(), 700);
    assert_eq!(listed(&sandbox, &["--operator", "of-the-test"]).len(), 1299);
}

#[test]
fn details_of_any_length_are_listed() {
    let sandbox = Sandbox::new();
    let long: String = std::iter::repeat_n('x', 100_000).collect();
    for _ in 0..8 {
        sandbox
            .run(&["group", "set-permissions", "readonly", &format!("a:{long}")])
            .succeeds();
        sandbox
            .run(&["group", "set-permissions", "readonly", &format!("b:{long}")])
            .succeeds();
    }
    for format in ["table", "json", "jsonl", "csv"] {
        let text = sandbox.run(&["log", "--format", format]).succeeds().stdout;
        assert!(text.len() > 31 * 100_000, "{format}");
        assert_eq!(text.matches("set-permissions").count(), 16);
    }
}

#[test]
fn no_entries_are_an_empty_array_a_heading_or_a_note() {
    let sandbox = Sandbox::new();
    let print = |format: &str| {
        let ran = sandbox
            .run(&["log", "--operator", "nobody", "--format", format])
            .succeeds();
        (ran.stdout, ran.stderr)
    };
    assert_eq!(print("json"), ("[]\n".to_owned(), String::new()));
    assert_eq!(print("jsonl"), (String::new(), String::new()));
    assert_eq!(print("table"), (String::new(), "no entries\n".to_owned()));
    assert_eq!(
        print("csv"),
        (
            "seq,at,operator,action,key,details\n".to_owned(),
            String::new()
        )
    );
}

#[test]
fn no_entry_can_smuggle_anything() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let shaped = format!("{}AAAAAA", &secret[..57]);
    sandbox.sql(
        "DROP TRIGGER log_is_not_changed;
         UPDATE log SET operator = '=1+1' || char(27) || '[2J' || char(10) || 'forged',
            action = char(13) || char(8238),
            details = json_object('to', 'x' || char(27, 10) || 'forged' || char(155));",
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
    // A text that looks like a secret, a mistyped one, too.
    for looks_so in [&secret, &shaped] {
        sandbox
            .sqlite()
            .execute(
                "UPDATE log SET operator = 'x', action = ?1, details = json_object('to', ?1)",
                [looks_so],
            )
            .unwrap();
        for format in ["table", "json", "jsonl", "csv"] {
            let text = sandbox.run(&["log", "--format", format]).succeeds().stdout;
            assert!(!text.contains(&secret[14..30]), "{format}: {text}");
            assert!(text.contains("[secret]"), "{format}: {text}");
        }
    }
}

#[test]
fn an_entry_that_is_none_is_exit_5_and_named() {
    for sql in [
        "UPDATE log SET details = 'nothing' WHERE seq = 2",
        "UPDATE log SET key = 'x' WHERE seq = 2",
        "UPDATE log SET at = 9223372036854775807 WHERE seq = 2",
        "UPDATE log SET operator = CAST(X'ff' AS TEXT) WHERE seq = 2",
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox.sql(&format!("DROP TRIGGER log_is_not_changed; {sql}"));
        for format in ["table", "json", "jsonl", "csv"] {
            sandbox
                .run(&["log", "--format", format])
                .exits(5)
                .says("entry 2 of the log");
        }
        // What is not listed is no hindrance.
        sandbox.run(&["log", "--limit", "1"]).succeeds();
        assert_eq!(sandbox.run(&["log", "verify"]).exits(1).stdout, "2\n");
    }
}

#[test]
fn a_table_for_a_program_is_a_heading_and_a_line_an_entry() {
    let (sandbox, [first, ..]) = furnished();
    let operator = sandbox.run(&["log", "--json"]).json()[0]["operator"].clone();
    let operator = operator.as_str().unwrap();
    let table = sandbox.run(&["log", "--utc"]).succeeds().stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 11);
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    assert_eq!(
        words(lines[0]),
        ["SEQ", "WHEN", "OPERATOR", "ACTION", "KEY", "DETAILS"]
    );
    let renamed = words(lines[4]);
    assert_eq!(renamed[0], "4");
    assert!(renamed[1].ends_with('Z'), "{renamed:?}");
    assert_eq!(
        renamed[2..],
        [operator, "rename", &first, "from=first", "to=nightly"]
    );
    assert_eq!(words(lines[1])[4], "-");
    assert!(!table.contains('\u{1b}'));
}

#[test]
fn on_a_screen_nothing_is_wider_than_it() {
    let (sandbox, [first, ..]) = furnished();
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
        // A line that is wider goes on in the next row of a terminal.
        let text = String::from_utf8(terminal.bytes.clone()).unwrap();
        let (lines, _) = text.split_once("exit code").unwrap();
        for line in lines.lines() {
            let plain = console::strip_ansi_codes(line);
            let width = console::measure_text_width(plain.trim_end());
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

#[test]
fn on_a_screen_pages_have_the_same_columns_and_one_heading() {
    let sandbox = Sandbox::new();
    lengthen(&sandbox, 1300);
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY log --color never");
    terminal.exits(&sandbox, 0);
    let text = String::from_utf8(terminal.bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let headings = lines.iter().filter(|line| line.contains("ACTION"));
    assert_eq!(headings.count(), 1);
    let entries = lines.iter().filter(|line| line.contains("of-the-test"));
    let columns: std::collections::BTreeSet<_> = entries
        .clone()
        .map(|line| line.find("of-the-test"))
        .collect();
    assert_eq!((entries.count(), columns.len()), (1299, 1));
}

#[test]
fn a_closed_pipe_ends_it_quietly_and_a_full_disk_does_not() {
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
    // What was not written is no head that could be kept.
    sandbox.shell("$APIKEY log head > /dev/full").exits(5);
}

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
        out.read_exact(&mut first).unwrap();
        // The pipe is full by now or soon; the reader is paused. A lock held
        // meanwhile would end this with exit 75.
        sandbox.run(&["deactivate", "a"]).succeeds();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert!(child.wait().unwrap().success());
        // Listed is what was there when it began.
        assert!(!rest.contains("deactivate"), "{format}");
        assert!(rest.contains("5000"), "{format}");
    }
}

#[test]
fn memory_does_not_grow_with_the_number_of_entries() {
    let few = Sandbox::new();
    lengthen(&few, 10_000);
    let many = Sandbox::new();
    lengthen(&many, 60_000);
    for format in ["table", "json", "jsonl", "csv"] {
        let args = ["log", "--format", format];
        let (few, many) = (few.peak(&args), many.peak(&args));
        // 50,000 entries more would be 10 MiB and more, were they kept.
        assert!(
            many < few + 4 * 1024,
            "{format}: {few} KiB for few, {many} KiB for many"
        );
    }
}
