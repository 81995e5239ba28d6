//! `list`: filters, sorting, formats, and its behavior on many keys.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::sandbox::{Sandbox, finish, has};
use super::waiting::{in_time, is_installed, wait_for};

fn furnished() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["group", "create", "deploy"]).succeeds();
    sandbox.create(&[
        "alpha",
        "-g",
        "readonly",
        "-d",
        "Erste Prüfung 100%",
        "--app",
        "shop",
    ]);
    sandbox.create(&["Beta", "-g", "deploy", "-g", "readonly", "--expires", "5d"]);
    sandbox.create(&[
        "gamma",
        "-g",
        "admin",
        "--app",
        "billing",
        "--expires",
        "90d",
    ]);
    sandbox.create(&["delta", "-g", "deploy", "-d", "under_score"]);
    sandbox.run(&["deactivate", "delta"]).succeeds();
    sandbox.create(&["old", "-g", "readonly"]);
    sandbox.run(&["set-expiry", "old", "2020-01-01"]).succeeds();
    sandbox
}

#[test]
fn different_filters_combine_with_and_and_repeated_ones_with_or() {
    let sandbox = furnished();
    let all: &[&str] = &["alpha", "Beta", "delta", "gamma", "old"];
    for (args, names) in [
        (&[][..], all),
        (&["--status", "active"], &["alpha", "Beta", "gamma"]),
        (
            &["--status", "inactive", "--status", "expired"],
            &["delta", "old"],
        ),
        (&["-g", "deploy"], &["Beta", "delta"]),
        (
            &["-g", "DEPLOY", "-g", "admin"],
            &["Beta", "delta", "gamma"],
        ),
        (&["-g", "deploy", "--status", "active"], &["Beta"]),
        (&["--app", "shop"], &["alpha"]),
        (&["--app", "SHOP", "--app", "billing"], &["alpha", "gamma"]),
        (&["--app", "none"], &[]),
        (&["--expires-within", "14d"], &["Beta"]),
        (&["--expires-within", "365d"], &["Beta", "gamma"]),
        (&["--search", "PRÜFUNG"], &["alpha"]),
        (&["--search", "BETA"], &["Beta"]),
        (&["--search", "elta"], &["delta"]),
        (&["--search", "%"], &["alpha"]),
        (&["--search", "_"], &["delta"]),
        (&["--search", "-x"], &[]),
        (&["--never-used"], all),
        (&["--limit", "2"], &["alpha", "Beta"]),
        (&["--reverse", "--limit", "1"], &["old"]),
        (&["--unused-for", "1h"], &[]),
        (&["--unused-for", "0s"], all),
    ] {
        assert_eq!(sandbox.names(args), names, "{args:?}");
    }
    assert_eq!(
        sandbox
            .run(&["list", "-g", "nosuch", "--json"])
            .exits(3)
            .error_code(),
        "group-not-found"
    );
}

#[test]
fn the_keys_of_an_owner_are_found_by_an_index() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::staffed();
    sandbox.key("a");
    sandbox.multiply("a", 20_000);
    sandbox.sql(
        "UPDATE keys SET owner = (SELECT id FROM users WHERE name = 'alice') WHERE number % 9000 = 7",
    );
    for args in ["", "--sort created_at"] {
        let list = format!("\"$APIKEY\" list --owner alice --format csv {args}");
        let trace = format!("strace -qq -o calls -e trace=pread64 {list}");
        let ran = sandbox.shell(&trace).succeeds();
        assert_eq!(ran.stdout.lines().count(), 1 + 3, "{ran:?}");
        // The table has more than a thousand pages.
        let reads = sandbox.shell("wc -l < calls").succeeds().stdout;
        let reads: u32 = reads.trim().parse().unwrap();
        assert!(reads < 200, "{reads} pages read {args}");
    }
}

#[test]
fn unused_for_counts_from_the_last_use() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("used");
    sandbox.key("never");
    sandbox.age(864_000);
    sandbox.feed(&["verify"], &secret).succeeds();
    assert_eq!(sandbox.names(&["--never-used"]), ["never"]);
    assert_eq!(sandbox.names(&["--unused-for", "9d"]), ["never"]);
    assert_eq!(sandbox.names(&["--unused-for", "11d"]), [""; 0]);
    assert_eq!(
        sandbox.names(&["--sort", "last_used_at"]),
        ["never", "used"]
    );
}

#[test]
fn every_field_sorts_both_ways() {
    let sandbox = furnished();
    let key = sandbox.show("alpha");
    let fields = key
        .as_object()
        .unwrap()
        .keys()
        .filter(|field| !field.starts_with("effective") && *field != "limits");
    for field in fields {
        let ascending = sandbox.names(&["--sort", field]);
        let mut descending = sandbox.names(&["--sort", field, "--reverse"]);
        assert_eq!(ascending.len(), 5, "{field}");
        descending.sort();
        let mut sorted = ascending.clone();
        sorted.sort();
        assert_eq!(descending, sorted, "{field}");
        assert_eq!(
            sandbox.names(&["--sort", field, "--limit", "2"]),
            ascending[..2],
            "{field}"
        );
    }
    for (field, names) in [
        ("name", ["alpha", "Beta", "delta", "gamma", "old"]),
        ("expires_at", ["old", "Beta", "gamma", "alpha", "delta"]),
        ("application", ["gamma", "alpha", "Beta", "delta", "old"]),
        ("groups", ["gamma", "delta", "Beta", "alpha", "old"]),
        ("status", ["alpha", "Beta", "gamma", "old", "delta"]),
        ("description", ["alpha", "delta", "Beta", "gamma", "old"]),
    ] {
        assert_eq!(sandbox.names(&["--sort", field]), names, "{field}");
    }
    assert_eq!(
        sandbox.names(&["--reverse"]),
        ["old", "gamma", "delta", "Beta", "alpha"]
    );
}

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
    // One of the last keys of a page of a thousand.
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
    let log = sandbox.run(&["log", "--format", "csv"]).succeeds().stdout;
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
    sandbox.sql("UPDATE keys SET description = 'x' || char(27) || '[2J' || char(10) || 'forged' || char(8238) || char(155), created_by = char(13) || 'root'");
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
fn a_paused_listing_never_delays_a_revocation() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 3000);
    let sorts = ["name", "created_at"];
    let formats = ["table", "json", "jsonl", "csv"];
    for (format, sort) in formats.iter().flat_map(|f| sorts.map(|sort| (f, sort))) {
        sandbox.run(&["activate", "a"]).succeeds();
        let mut command = sandbox.apikey(&["list", "--format", format, "--sort", sort]);
        let mut child = command.spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut first = [0];
        in_time(child.id(), "a first line", || out.read_exact(&mut first)).unwrap();
        // The pipe fills up while the reader pauses. If the listing held a lock, this would be
        // exit 75.
        sandbox.run(&["deactivate", "a"]).succeeds();
        let mut rest = Vec::new();
        in_time(child.id(), "the end", || out.read_to_end(&mut rest)).unwrap();
        finish(child).succeeds();
    }
}

#[test]
fn memory_does_not_grow_with_the_number_of_keys() {
    let small = Sandbox::new();
    small.key("a");
    small.multiply("a", 3_000);
    let large = Sandbox::new();
    large.key("a");
    large.multiply("a", 40_000);
    for (format, sort) in [
        ("table", "name"),
        ("json", "name"),
        ("jsonl", "created_at"),
        ("csv", "name"),
    ] {
        let args = ["list", "-q", "--format", format, "--sort", sort];
        let (small, large) = (small.peak(&args), large.peak(&args));
        // Keeping 37,000 more keys in memory would take more than 20 MiB.
        assert!(
            large < small + 12 * 1024,
            "{format}: {small} KiB for 3,000 keys, {large} KiB for 40,000"
        );
    }
}

#[test]
fn many_keys_are_listed_in_32_mib() {
    let sandbox = Sandbox::new();
    sandbox.run(&["group", "create", "deploy"]).succeeds();
    sandbox.create(&[
        "a",
        "-g",
        "deploy",
        "-g",
        "readonly",
        "-d",
        "what it is for",
    ]);
    sandbox.multiply("a", 60_000);
    for args in [
        &["--format", "table"][..],
        &["--format", "jsonl", "--sort", "groups", "-g", "deploy"],
    ] {
        let args = [&["list", "-q"], args].concat();
        let peak = sandbox.peak(&args);
        assert!(peak <= 32 * 1024, "{args:?}: {peak} KiB");
    }
}

#[test]
fn keys_with_long_descriptions_are_listed_in_32_mib() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 20_000);
    sandbox.sql("UPDATE keys SET description = printf('%.*c', 1000, 'x') || number");
    for format in ["table", "csv"] {
        let peak = sandbox.peak(&["list", "-q", "--format", format]);
        assert!(peak <= 32 * 1024, "{format}: {peak} KiB");
    }
}

#[test]
fn keys_with_groups_and_owners_of_their_own_are_listed_in_32_mib() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 60_000);
    sandbox.sql(
        "INSERT INTO key_permissions SELECT number, printf('%.*c', 900, 'x') FROM keys;
         INSERT INTO users (id, name, created_at, created_by)
         SELECT 'u' || id, printf('%.*c', 50, 'u') || id, 0, 'root' FROM keys WHERE number > 30000;
         INSERT INTO groups (id, name, created_at, created_by)
         SELECT 'g' || id, printf('%.*c', 50, 'g') || id, 0, 'root' FROM keys WHERE number > 30000;
         DELETE FROM key_groups;
         INSERT INTO key_groups SELECT number, 'g' || id FROM keys WHERE number > 30000;
         UPDATE keys SET owner = 'u' || id WHERE number > 30000;",
    );
    for format in ["table", "jsonl"] {
        let peak = sandbox.peak(&["list", "-q", "--format", format]);
        assert!(peak <= 32 * 1024, "{format}: {peak} KiB");
    }
}

#[test]
fn a_key_and_its_groups_are_read_in_one_transaction() {
    let sandbox = Sandbox::new();
    sandbox.run(&["group", "create", "even"]).succeeds();
    sandbox.run(&["group", "create", "odd"]).succeeds();
    sandbox.create(&["a", "-g", "even", "-d", "even"]);
    sandbox.multiply("a", 8000);
    sandbox.sql("UPDATE keys SET description = 'even'");
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let conn = sandbox.sqlite();
            conn.busy_timeout(std::time::Duration::from_secs(60))
                .unwrap();
            for group in ["odd", "even"].iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                conn.execute_batch(&format!(
                    "BEGIN IMMEDIATE;
                     UPDATE keys SET description = '{group}' WHERE number % 500 = 0;
                     UPDATE key_groups SET group_id = (SELECT id FROM groups WHERE name = '{group}')
                      WHERE key % 500 = 0;
                     COMMIT;"
                ))
                .unwrap();
            }
        });
        let list = |_| {
            let mut ran = None;
            // On a busy machine the writer may block a reader for too long.
            wait_for("a list that gets the lock", || {
                ran = Some(sandbox.run(&["list", "--format", "csv"]));
                ran.as_ref().is_some_and(|ran| ran.code != 75)
            });
            ran.unwrap()
        };
        let all: Vec<_> = (0..5).map(list).collect();
        // Before an assertion can fail: the scope waits for the writer.
        done.store(true, Ordering::Relaxed);
        for ran in all {
            let listed = ran.succeeds().stdout;
            let mut rows = csv::Reader::from_reader(listed.as_bytes());
            let mut count = 0;
            for row in rows.records() {
                let row = row.unwrap();
                assert_eq!(row[2], row[5], "{row:?}");
                count += 1;
            }
            assert_eq!(count, 8001);
        }
    });
}

#[test]
fn wide_cells_and_many_filters_are_handled() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.key("b");
    sandbox.sql("UPDATE keys SET application = printf('%.*c', 64, 'x'), created_by = printf('%.*c', 70000, 'x') WHERE name = 'a'");
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

#[test]
fn texts_sort_ignoring_case_and_keys_without_text_come_last() {
    let sandbox = Sandbox::new();
    for (name, text) in [("k1", Some("apple")), ("k2", Some("Banana")), ("k3", None)] {
        let mut args = vec![name, "-g", "readonly"];
        args.extend(
            text.into_iter()
                .flat_map(|text| ["-d", text, "--app", text]),
        );
        sandbox.create(&args);
    }
    for field in ["description", "application"] {
        assert_eq!(sandbox.names(&["--sort", field]), ["k1", "k2", "k3"]);
        let reversed = sandbox.names(&["--sort", field, "--reverse"]);
        assert_eq!(reversed, ["k2", "k1", "k3"], "{field}");
    }
}
